/* A look at a datagram that another library will read. */
#include <errno.h>
#include <sys/socket.h>

#include "platform/os.h"

int64_t os_datagram_peek(int fd, void *out, size_t len)
{
    int type = 0;
    socklen_t size = sizeof(type);
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0)
        return -errno;
    if (type != SOCK_DGRAM)
        return -EPROTOTYPE;
    ssize_t got = recv(fd, out, len, MSG_PEEK | MSG_DONTWAIT);
    return got < 0 ? -errno : got;
}
