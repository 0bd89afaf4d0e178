/* Network devices of sockets: curl knows how sockets leave by one here. */
#include <errno.h>

#include "platform/os.h"

bool os_binds_devices(void)
{
    return false;
}

int os_bind_device(int fd, int family, const char *device)
{
    (void)fd;
    (void)family;
    (void)device;
    return -ENOSYS;
}
