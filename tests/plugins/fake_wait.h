/* Waiting on a socket and on time, for the fake host: the one place where it is the system's. */
#ifndef DCDDNS_TESTS_FAKE_WAIT_H
#define DCDDNS_TESTS_FAKE_WAIT_H

#include <stdint.h>

#include "dcddns/plugin.h"

#ifdef _WIN32
#include <winsock2.h> /* before windows.h, whoever includes that */
#else
#include <poll.h>
#endif

static inline void fake_sleep(uint32_t ms)
{
#ifdef _WIN32
    Sleep(ms);
#else
    poll(NULL, 0, (int)ms);
#endif
}

/* Ready DCDDNS_READ, DCDDNS_WRITE, or 0 after MS.  SOCKET UINTPTR_MAX: only time passes. */
static inline int fake_ready(uintptr_t socket, int events, uint32_t ms)
{
    struct pollfd fd = { .events = (short)((events & DCDDNS_READ ? POLLIN : 0) |
                                           (events & DCDDNS_WRITE ? POLLOUT : 0)) };

    if (socket == UINTPTR_MAX) {
        fake_sleep(ms);
        return 0;
    }
#ifdef _WIN32
    fd.fd = socket;
    int ready = WSAPoll(&fd, 1, (int)ms);
#else
    fd.fd = (int)socket;
    int ready = poll(&fd, 1, (int)ms);
#endif
    if (ready <= 0)
        return 0;
    return (fd.revents & (POLLIN | POLLERR | POLLHUP) ? DCDDNS_READ : 0) |
           (fd.revents & POLLOUT ? DCDDNS_WRITE : 0);
}

#endif
