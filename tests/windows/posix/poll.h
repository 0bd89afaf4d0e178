/* For tests only: poll() of sockets.  With none that is one only time passes, which WSAPoll()
 * refuses.
 */
#ifndef DCDDNS_TESTS_WINDOWS_POLL_H
#define DCDDNS_TESTS_WINDOWS_POLL_H

#include <winsock2.h>

static inline int posix_poll(struct pollfd *fds, ULONG count, int timeout_ms)
{
    if (count > 0 && fds[0].fd != INVALID_SOCKET)
        return WSAPoll(fds, count, timeout_ms);
    Sleep((DWORD)timeout_ms);
    return 0;
}
#define poll(fds, count, timeout_ms) posix_poll(fds, (ULONG)(count), timeout_ms)

/* Who polls has sockets, which need their library. */
__attribute__((constructor)) static void open_sockets_library(void)
{
    WSADATA data;
    WSAStartup(MAKEWORD(2, 2), &data);
}

#endif
