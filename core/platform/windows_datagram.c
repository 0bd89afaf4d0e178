/* A look at a datagram that another library will read, on Windows: a call cannot be told not to
 * wait, and a datagram that is longer than the room counts as an error there. */
#include <errno.h>
#include <limits.h>
#include <winsock2.h>

#include "platform/os.h"

int64_t os_datagram_peek(int fd, void *out, size_t len)
{
    const SOCKET handle = (SOCKET)fd;
    u_long waiting = 0;
    int type = 0, size = sizeof(type);
    if (getsockopt(handle, SOL_SOCKET, SO_TYPE, (char *)&type, &size) != 0)
        return -EBADF;
    if (type != SOCK_DGRAM)
        return -EPROTOTYPE;
    if (ioctlsocket(handle, FIONREAD, &waiting) != 0 || waiting == 0)
        return -EAGAIN;
    int most = len < INT_MAX ? (int)len : INT_MAX;
    int got = recv(handle, out, most, MSG_PEEK);
    if (got >= 0)
        return got;
    return WSAGetLastError() == WSAEMSGSIZE ? most : -EAGAIN;
}
