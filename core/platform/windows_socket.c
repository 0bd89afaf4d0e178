/* Sockets on Windows: how threads reach the loop that waits for sockets only. */
#include "platform/windows_handles.h"

#include <errno.h>
#include <limits.h>

#include <ws2tcpip.h>

enum { PAIR_TRIES = 3, STRANGERS_MAX = 8 };

static int last_error(void)
{
    return windows_error((DWORD)WSAGetLastError());
}

static BOOL CALLBACK start_sockets(PINIT_ONCE once, PVOID arg, PVOID *ctx)
{
    WSADATA data = { 0 };
    (void)once;
    (void)arg;
    (void)ctx;
    return WSAStartup(MAKEWORD(2, 2), &data) == 0;
}

static SOCKET new_socket(void)
{
    return WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0,
                      WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
}

void windows_socket_close(SOCKET *socket)
{
    if (*socket != INVALID_SOCKET)
        closesocket(*socket);
    *socket = INVALID_SOCKET;
}

void windows_handle_close(HANDLE *handle)
{
    if (*handle && *handle != INVALID_HANDLE_VALUE)
        CloseHandle(*handle);
    *handle = NULL;
}

/* A port that nobody else may share, on loopback. */
static int listen_here(SOCKET socket, struct sockaddr_in *at)
{
    const BOOL alone = TRUE;
    int size = sizeof(*at);

    *at = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    if (setsockopt(socket, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, (const char *)&alone, sizeof(alone)) ||
        bind(socket, (const struct sockaddr *)at, sizeof(*at)) || listen(socket, STRANGERS_MAX) ||
        getsockname(socket, (struct sockaddr *)at, &size))
        return last_error();
    return 0;
}

static bool is_same(const struct sockaddr_in *one, const struct sockaddr_in *other)
{
    return one->sin_port == other->sin_port && one->sin_addr.s_addr == other->sin_addr.s_addr;
}

/* Any program of this machine may connect to a port: each end must be the other's. */
static bool is_pair(SOCKET one, SOCKET other)
{
    struct sockaddr_in at[4] = { { 0 } };
    int size[4] = { sizeof(at[0]), sizeof(at[0]), sizeof(at[0]), sizeof(at[0]) };

    return getsockname(one, (struct sockaddr *)&at[0], &size[0]) == 0 &&
           getpeername(one, (struct sockaddr *)&at[1], &size[1]) == 0 &&
           getsockname(other, (struct sockaddr *)&at[2], &size[2]) == 0 &&
           getpeername(other, (struct sockaddr *)&at[3], &size[3]) == 0 &&
           is_same(&at[0], &at[3]) && is_same(&at[1], &at[2]);
}

static SOCKET accept_own(SOCKET listener, SOCKET own)
{
    for (int i = 0; i < STRANGERS_MAX; i++) {
        SOCKET got = accept(listener, NULL, NULL);
        if (got == INVALID_SOCKET || is_pair(own, got))
            return got;
        closesocket(got);
    }
    WSASetLastError(WSAECONNABORTED);
    return INVALID_SOCKET;
}

static int make_ready(SOCKET socket)
{
    u_long yes = 1;
    const BOOL at_once = TRUE;

    if (socket > INT_MAX) /* descriptors are ints elsewhere; handles have 32 bits */
        return -EMFILE;
    SetHandleInformation((HANDLE)socket, HANDLE_FLAG_INHERIT, 0); /* an accepted one has no flag */
    if (ioctlsocket(socket, (long)FIONBIO, &yes) != 0)
        return last_error();
    (void)setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, (const char *)&at_once, sizeof(at_once));
    return 0;
}

static int try_pair(SOCKET pair[2])
{
    struct sockaddr_in at = { 0 };
    SOCKET listener = new_socket();
    int rc = listener == INVALID_SOCKET ? last_error() : listen_here(listener, &at);

    if (rc == 0) {
        pair[0] = new_socket();
        if (pair[0] == INVALID_SOCKET || connect(pair[0], (const struct sockaddr *)&at, sizeof(at)))
            rc = last_error();
    }
    if (rc == 0) {
        pair[1] = accept_own(listener, pair[0]);
        rc = pair[1] == INVALID_SOCKET ? last_error() : 0;
    }
    windows_socket_close(&listener);
    for (int i = 0; rc == 0 && i < 2; i++)
        rc = make_ready(pair[i]);
    for (int i = 0; rc < 0 && i < 2; i++)
        windows_socket_close(&pair[i]);
    return rc;
}

int windows_socket_pair(SOCKET pair[2])
{
    static INIT_ONCE started = INIT_ONCE_STATIC_INIT;
    int rc = -EIO;

    pair[0] = pair[1] = INVALID_SOCKET;
    if (!InitOnceExecuteOnce(&started, start_sockets, NULL, NULL))
        return -ENETDOWN;
    for (int i = 0; i < PAIR_TRIES && rc < 0; i++)
        rc = try_pair(pair);
    return rc;
}

int64_t os_local_read(int fd, void *out, size_t len)
{
    int got = recv((SOCKET)fd, out, len < INT_MAX ? (int)len : INT_MAX, 0);
    return got < 0 ? last_error() : got;
}

int64_t os_local_write(int fd, const void *data, size_t len)
{
    int put = send((SOCKET)fd, data, len < INT_MAX ? (int)len : INT_MAX, 0);
    int rc = put < 0 ? last_error() : put;
    /* However it ended: nobody will read this. */
    return rc == -ECONNABORTED || rc == -ECONNRESET || rc == -ENOTCONN ? -EPIPE : rc;
}

void os_local_close(int fd)
{
    if (fd >= 0 && !windows_pump_leave(fd))
        closesocket((SOCKET)fd);
}
