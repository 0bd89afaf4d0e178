/*
 * Loopback sockets. The two addresses below are the only ones this program ever binds; it must not
 * learn others from outside.
 */
#include "listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ATTEMPTS 50

static int fail_close(int fd)
{
    int saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

static int bind_loopback(int family, int type, uint16_t port)
{
    const int on = 1;
    struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(port) };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
    v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    v6.sin6_addr = in6addr_loopback;

    int fd = socket(family, type | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -1;
    }
    if (type == SOCK_STREAM) {
        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    }
    if (family == AF_INET6) {
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    }
    int rc = family == AF_INET6 ? bind(fd, (const struct sockaddr *)&v6, sizeof v6)
                                : bind(fd, (const struct sockaddr *)&v4, sizeof v4);
    if (rc != 0 || (type == SOCK_STREAM && listen(fd, 128) != 0)) {
        return fail_close(fd);
    }
    return fd;
}

static uint16_t port_of(int fd)
{
    struct sockaddr_in address = { 0 };
    socklen_t size = sizeof address;
    if (getsockname(fd, (struct sockaddr *)&address, &size) != 0) {
        return 0;
    }
    return ntohs(address.sin_port);
}

bool listen_have_ipv6(void)
{
    int fd = bind_loopback(AF_INET6, SOCK_DGRAM, 0);
    if (fd >= 0) {
        close(fd);
    }
    return fd >= 0;
}

/* The kernel picks the port for the first socket; the second may find it taken, so try again. */
static bool bind_pair(struct listeners *out, uint16_t port, int type, int second_family,
                      int second_type)
{
    for (int i = 0; i < ATTEMPTS; i++) {
        int first = bind_loopback(AF_INET, type, port);
        if (first < 0) {
            return false;
        }
        uint16_t got = port_of(first);
        int second = bind_loopback(second_family, second_type, got);
        if (second >= 0) {
            *out = (struct listeners){ first, second, got };
            return true;
        }
        (void)fail_close(first);
        if (port != 0 || errno != EADDRINUSE) {
            return false;
        }
    }
    return false;
}

bool listen_both_families(struct listeners *out, uint16_t port, int type, bool ipv6)
{
    if (ipv6) {
        return bind_pair(out, port, type, AF_INET6, type);
    }
    out->first = bind_loopback(AF_INET, type, port);
    out->second = -1;
    out->port = out->first >= 0 ? port_of(out->first) : 0;
    return out->first >= 0;
}

bool listen_both_protocols(struct listeners *out, uint16_t port)
{
    return bind_pair(out, port, SOCK_DGRAM, AF_INET, SOCK_STREAM);
}

void listen_close(struct listeners *listeners)
{
    if (listeners->first >= 0) {
        close(listeners->first);
    }
    if (listeners->second >= 0) {
        close(listeners->second);
    }
    listeners->first = -1;
    listeners->second = -1;
}
