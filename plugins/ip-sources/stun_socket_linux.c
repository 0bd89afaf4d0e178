/* The socket of stun_socket.h on Linux. */
#include "stun_socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void explain(char why[STUN_WHY_MAX], const char *what)
{
    int error = errno;
    snprintf(why, STUN_WHY_MAX, "%s%s", what, strerror(error));
}

static int connect_to(int fd, const struct dcddns_addr *to, uint16_t port)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(port) };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };

    memcpy(&v4.sin_addr, to->ip, 4);
    memcpy(&v6.sin6_addr, to->ip, 16);
    if (to->family == 4)
        return connect(fd, (const struct sockaddr *)&v4, sizeof(v4));
    return connect(fd, (const struct sockaddr *)&v6, sizeof(v6));
}

/* Before connect(), which chooses the source address by the route. */
static bool leave_by(int fd, const char *device, char why[STUN_WHY_MAX])
{
    char what[STUN_WHY_MAX] = "";

    if (!device)
        return true;
    if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, (socklen_t)strlen(device)) == 0)
        return true;
    snprintf(what, sizeof(what), "device %.32s: ", device);
    explain(why, what);
    return false;
}

uintptr_t stun_socket_open(const struct dcddns_addr *to, uint16_t port, const char *device,
                           char why[STUN_WHY_MAX])
{
    int fd =
        socket(to->family == 4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0) {
        explain(why, "no socket: ");
        return STUN_NO_SOCKET;
    }
    if (leave_by(fd, device, why)) {
        if (connect_to(fd, to, port) == 0)
            return (uintptr_t)fd;
        explain(why, "");
    }
    close(fd);
    return STUN_NO_SOCKET;
}

void stun_socket_close(uintptr_t *socket)
{
    if (*socket != STUN_NO_SOCKET)
        close((int)*socket);
    *socket = STUN_NO_SOCKET;
}

static enum stun_io judge_error(char why[STUN_WHY_MAX])
{
    if (errno == EAGAIN || errno == EINTR || errno == ENOBUFS || errno == ENOMEM)
        return STUN_IO_AGAIN;
    explain(why, "");
    return STUN_IO_BROKEN;
}

enum stun_io stun_socket_send(uintptr_t socket, const void *data, size_t len,
                              char why[STUN_WHY_MAX])
{
    return send((int)socket, data, len, MSG_NOSIGNAL) >= 0 ? STUN_IO_DONE : judge_error(why);
}

enum stun_io stun_socket_receive(uintptr_t socket, void *data, size_t cap, size_t *len,
                                 char why[STUN_WHY_MAX])
{
    ssize_t n = recv((int)socket, data, cap, 0);

    *len = n > 0 ? (size_t)n : 0;
    return n >= 0 ? STUN_IO_DONE : judge_error(why);
}
