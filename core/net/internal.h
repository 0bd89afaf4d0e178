/* What the files of this room tell each other; nobody outside includes it.  net.c reaches curl and
 * c-ares only through http_wire.h and dns_wire.h. */
#ifndef DCDDNS_NET_INTERNAL_H
#define DCDDNS_NET_INTERNAL_H

#include "net/net.h"
#include "net/transport.h"

/* A descriptor that takes part in one wait: DCDDNS_READ and DCDDNS_WRITE bits. */
struct net_fd {
    int fd, events, ready;
};

/* Lives in the struct that needs it, so that arming cannot fail.  A timer armed by a callback never
 * runs in the same turn: what fails at once is still told later. */
struct net_timer {
    struct net_timer *prev, *next;
    int64_t due;
    uint64_t stamp; /* the turn in which it was armed */
    void (*call)(void *ctx);
    void *ctx;
    bool armed;
    bool dead; /* made by net_timer_add() and over: freed when no callback runs any more */
};

#define NET_NOW INT64_MIN /* a due time: at the next turn, in the order of arming */

/* Re-arming moves it. */
void net_timer_arm(struct net *, struct net_timer *, int64_t due, void (*call)(void *), void *ctx);
void net_timer_disarm(struct net *, struct net_timer *);

struct net_timers {
    struct net_timer *first, *last; /* by due time, then in the order of arming */
    struct net_timer *dead;
    uint64_t turn;
};
struct net_timers *net_timers(struct net *);
/* Until the first is due, in ms; -1 = there is none. */
int64_t net_timers_wait(const struct net_timers *);
void net_timers_run(struct net_timers *);
/* Frees the dead; no timer's callback may be running. */
void net_timers_sweep(struct net_timers *);
/* Disarms all of them. */
void net_timers_stop(struct net_timers *);

/* Nothing new may start. */
bool net_is_closing(const struct net *);

/* -- http_call.c: requests of callers, in order ---------------------------------------------- */

struct http_queue;
struct http_wire;
struct http_queue *http_queue_new(struct net *, struct http_wire *, const struct net_options *);
/* DONE of every request runs with ERR_STOP. */
void http_queue_stop(struct http_queue *);
void http_queue_free(struct http_queue **);
struct http_queue *net_http(const struct net *);

/* -- dns_query.c: questions of callers ------------------------------------------------------- */

struct dns;
struct dns_wire;
struct dns *dns_new(struct net *, struct dns_wire *, const struct net_options *);
/* DONE of every question runs. */
void dns_stop(struct dns *);
void dns_free(struct dns **);
struct dns *net_dns(const struct net *);

#endif
