/* Events on their way to the log and to notifiers: who wants which, nothing twice, not too many.
 * Each notifier has a thread of its own (outbox.h): a slow one loses its oldest events and never
 * delays an update.  Events hold no secrets: there is no member that could. */
#ifndef DCDDNS_ENGINE_EVENT_H
#define DCDDNS_ENGINE_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/event_id.h"
#include "base/text.h"
#include "dcddns/plugin.h"
#include "modules/instance.h"
#include "net/net.h"

enum { EVENT_URL_MAX = 1024 };

/* Whom an event concerns. */
enum event_audience {
    EVENT_EVERYBODY = 0, /* a line of the log, and notifiers */
    EVENT_LOG,           /* the log only */
    EVENT_NOTIFIERS,     /* notifiers only: the log has said it another time */
    EVENT_NOBODY
};

struct event {
    const char *id; /* EVENT_ of base/event_id.h */
    int level;      /* DCDDNS_LOG_ */
    enum event_audience audience;
    char record[FQDN_MAX];
    char message[ERROR_TEXT_MAX];
    char source[64];         /* IP source that saw the address, or "" */
    char url[EVENT_URL_MAX]; /* page for a person to open, or "" */
    struct dcddns_addr before, after;
    int64_t wall_ms; /* 0: filled in by events_send() */
};

struct events;
/* One thread per notifier; the instances stay the caller's and must outlive the bus.  All functions
 * are one thread's. */
struct events *events_new(struct instance *const *notifiers, size_t count, struct error *);
/* Events are also log lines. */
void events_log_too(struct events *, bool on);
/* Notifier I writes where the log goes: what it is told is no log line besides. */
void events_is_log(struct events *, size_t i);
/* Which events notifier I is told; without it, the default. */
void events_want(struct events *, size_t i, const struct event_filter *);
/* Timers: what a limit held back is told when it may be, and a notifier that hangs is noticed.
 * Without it, neither.  NET must outlive the bus. */
void events_time_by(struct events *, struct net *net);
/* TAP sees every event that notifiers may be told, whatever their filters, in the sender's thread;
 * it must not block.  NULL: nobody. */
typedef void (*events_tap)(void *ctx, const struct event *);
void events_tap_by(struct events *, events_tap tap, void *ctx);
/* Events that queues were too full for. */
uint64_t events_dropped(const struct events *);
/* Copies the event to the queues of those who are to be told: it is for them (audience, filter),
 * it is news (event_memory.h) and it is not one too many (event_limit.h).  Never blocks. */
void events_send(struct events *, const struct event *);
/* Some notifier is about to deliver; for tests whose time does not flow. */
bool events_busy(const struct events *);
/* Lets the notifiers finish what is queued for at most GRACE_MS, then stops; NET (or NULL) turns
 * meanwhile, since they may have requests there.  False: one did not end in time; its thread is
 * left to itself and its instance must not be freed. */
bool events_free(struct events **, struct net *, int64_t grace_ms);

#endif
