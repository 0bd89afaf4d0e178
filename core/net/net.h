/* The network of the engine thread: one loop that drives every HTTP request, every DNS question,
 * timers and descriptors.  Only the thread that made a `struct net` may call it; the exceptions are
 * marked [any].  Nothing here blocks except net_turn() and the _await() functions.
 * Knows nothing of Domain Connect. */
#ifndef DCDDNS_NET_NET_H
#define DCDDNS_NET_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct net;
struct net_transport;

struct net_options {
    const char *const *resolvers; /* "addr:port" or "[v6]:port", NULL-ended; NULL = the system's */
    const char *ca_file;          /* PEM file of trusted CAs, or NULL = the system's */
    const char *device;           /* leave by this network device, or NULL (provider requests) */
    bool allow_loopback;          /* untrusted URLs may lead to 127/8 and ::1 (sandbox) */
    const struct net_transport *transport; /* tests: replaces HTTP and DNS; NULL = the real ones */
    void *transport_ctx;
};

/* One-time set-up and teardown of libcurl and c-ares with wiping allocators; before threads. */
int net_global_init(struct error *);
void net_global_cleanup(void);

struct net *net_new(const struct net_options *, struct error *);
/* What was posted runs; everything in flight is cancelled: done callbacks run with ERR_STOP before
 * this returns, and nothing new can be started by them.  Not from inside a callback of this net. */
void net_free(struct net **);

/* A net_turn() never waits longer, in ms: the sleep of a suspended machine does not count towards
 * the timeout of a wait, but does on the boot clock of the timers. */
enum { NET_WAIT_MAX = 60 * 1000 };

/* Waits at most TIMEOUT_MS (-1: for ever) for something to happen, then runs what became ready:
 * callbacks of HTTP, DNS, descriptors, timers and posted functions. */
void net_turn(struct net *, int64_t timeout_ms);

/* Runs FN(ARG) in the net's thread during a net_turn() or net_free(); in order.  False: no memory,
 * or the net is closing, FN will not run.  Threads may still be inside when net_free() begins, but
 * none may call after it has returned.  [any] */
bool net_post(struct net *, void (*fn)(void *arg), void *arg);
/* As net_post(), but it needs no memory: POSTED, its FN and ARG set, is the net's until FN begins,
 * which may free it.  False: the net is closing.  [any] */
struct net_posted {
    struct net_posted *next; /* the net's */
    void (*fn)(void *arg);
    void *arg;
};
bool net_post_prepared(struct net *, struct net_posted *);

/* Descriptors beside curl's.  EVENTS and what CALL gets are DCDDNS_READ and DCDDNS_WRITE bits;
 * errors and the end of a stream count as ready.  NULL: no memory, or closing.  Watches and timers
 * may be made and removed inside any callback.  Remove before closing the descriptor. */
struct net_watch;
struct net_watch *net_watch_add(struct net *, int fd, int events,
                                void (*call)(void *ctx, int fd, int ready), void *ctx);
void net_watch_remove(struct net *, struct net_watch **);

/* One-shot timers on the boot clock; never run in the turn that made them.  The timer is gone once
 * CALL runs (to cancel it in there is harmless).  NULL: no memory, or closing. */
struct net_timer;
struct net_timer *net_timer_add(struct net *, int64_t due_boot_ms, void (*call)(void *ctx),
                                void *ctx);
void net_timer_cancel(struct net *, struct net_timer **);

#endif
