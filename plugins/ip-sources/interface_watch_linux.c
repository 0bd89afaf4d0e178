/* Changes of devices and addresses on Linux: a netlink socket and a thread of its own; see
 * interface.h.  What changed is not read here: who is told lists anew, so nothing can be lost. */
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "interface.h"

/* Changes come in bursts; all of one is looked at once.  Also bounds how often, whatever comes. */
enum { SETTLE_MS = 250, STACK_SIZE = 256 * 1024 };

struct interface_watch {
    int netlink, stop; /* stop: an eventfd */
    pthread_t thread;
    void (*changed)(void *ctx);
    void *ctx;
};

/* Until FD can be read (-1: nothing but time) or TIMEOUT_MS passed; false when it is to stop. */
static bool wait_for(const struct interface_watch *w, int fd, int timeout_ms)
{
    struct pollfd fds[] = { { .fd = w->stop, .events = POLLIN }, { .fd = fd, .events = POLLIN } };

    while (poll(fds, 2, timeout_ms) < 0) {
        if (errno != EINTR) /* not to be waited for: then only time tells, but nothing spins */
            return false;
    }
    return fds[0].revents == 0;
}

/* Everything up to now.  ENOBUFS, changes were lost, is as good a reason to look as any other. */
static void drain(const struct interface_watch *w)
{
    char rest[64];
    for (;;) {
        ssize_t got = recv(w->netlink, rest, sizeof(rest), MSG_DONTWAIT);
        if (got < 0 && errno != EINTR && errno != ENOBUFS)
            return;
    }
}

static void *run(void *arg)
{
    struct interface_watch *w = arg;

    while (wait_for(w, w->netlink, -1) && wait_for(w, -1, SETTLE_MS)) {
        drain(w);
        w->changed(w->ctx);
    }
    return NULL;
}

static int open_events(void)
{
    const struct sockaddr_nl groups = { .nl_family = AF_NETLINK,
                                        .nl_groups =
                                            RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR };
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

    if (fd >= 0 && bind(fd, (const struct sockaddr *)&groups, sizeof(groups)) < 0) {
        int saved = errno;
        close(fd);
        errno = saved;
        return -1;
    }
    return fd;
}

/* Signals are the daemon's first thread's. */
static int start_thread(struct interface_watch *w)
{
    sigset_t all, before;
    pthread_attr_t attributes;

    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int code = pthread_create(&w->thread, &attributes, run, w);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return code;
}

static void release(struct interface_watch *w)
{
    if (w->netlink >= 0)
        close(w->netlink);
    if (w->stop >= 0)
        close(w->stop);
    free(w);
}

struct interface_watch *interface_watch_start(void (*changed)(void *ctx), void *ctx,
                                              char reason[INTERFACE_REASON_SIZE])
{
    struct interface_watch *w = calloc(1, sizeof(*w));
    int code = ENOMEM;

    if (w) {
        *w = (struct interface_watch){ .netlink = -1, .stop = -1, .changed = changed, .ctx = ctx };
        w->netlink = open_events();
        w->stop = w->netlink < 0 ? -1 : eventfd(0, EFD_CLOEXEC);
        code = w->stop < 0 ? errno : start_thread(w);
    }
    if (code == 0)
        return w;
    snprintf(reason, INTERFACE_REASON_SIZE, "changes of addresses cannot be watched: %s",
             strerror(code));
    if (w)
        release(w);
    return NULL;
}

void interface_watch_stop(struct interface_watch **watch)
{
    const uint64_t one = 1;
    struct interface_watch *w = *watch;

    *watch = NULL;
    if (!w)
        return;
    while (write(w->stop, &one, sizeof(one)) < 0 && errno == EINTR)
        ;
    pthread_join(w->thread, NULL);
    release(w);
}
