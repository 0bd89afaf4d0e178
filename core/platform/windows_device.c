/* Network devices of sockets on Windows.  Must not know what a socket is for. */
#include "platform/windows_handles.h"

#include <errno.h>

#include <ws2tcpip.h>

#include <iphlpapi.h>
#include <netioapi.h>

#include "base/mem.h"

/* By the name that the system shows; 0 = there is none such. */
static NET_IFINDEX index_of(const char *device)
{
    wchar_t *name = windows_wide(device);
    NET_LUID luid = { 0 };
    NET_IFINDEX index = 0;

    if (!name || ConvertInterfaceAliasToLuid(name, &luid) != NO_ERROR ||
        ConvertInterfaceLuidToIndex(&luid, &index) != NO_ERROR)
        index = 0;
    mem_free(name);
    return index;
}

bool os_binds_devices(void)
{
    return true;
}

int os_bind_device(int fd, int family, const char *device)
{
    const NET_IFINDEX index = index_of(device);
    const bool v4 = family == 4;
    const DWORD value = v4 ? htonl(index) : index; /* the order that each wants */

    if (index == 0)
        return -ENODEV;
    if (setsockopt((SOCKET)fd, v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_UNICAST_IF : IPV6_UNICAST_IF,
                   (const char *)&value, sizeof(value)) != 0)
        return windows_error((DWORD)WSAGetLastError());
    return 0;
}
