/* Events to notifiers, each on its own thread behind a bounded queue: a slow notifier loses its
 * oldest events and never delays an update.  Events hold no secrets: there is no member that could.
 */
#ifndef DCDDNS_ENGINE_EVENT_H
#define DCDDNS_ENGINE_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "dcddns/plugin.h"
#include "modules/instance.h"
#include "net/net.h"

/* Stable ids, part of the interface. */
#define EVENT_APPLIED        "update.applied"
#define EVENT_FAILED         "update.failed"
#define EVENT_RECOVERED      "update.recovered"
#define EVENT_CONSENT_NEEDED "consent.needed"
#define EVENT_SOURCE_FAILED  "source.failed"
#define EVENT_SOURCE_STUCK   "source.stuck"
#define EVENT_CGNAT          "address.cgnat"
#define EVENT_FAMILY_LOST    "family.lost"
#define EVENT_DRIFT          "dns.drift"
#define EVENT_SUMMARY        "daemon.summary"
#define EVENT_STARTED        "daemon.started"
#define EVENT_STOPPING       "daemon.stopping"
#define EVENT_RELOADED       "config.reloaded"
#define EVENT_REJECTED       "config.rejected"

enum { EVENT_URL_MAX = 1024 };

struct event {
    const char *id; /* one of the above */
    int level;      /* DCDDNS_LOG_ */
    char record[FQDN_MAX];
    char message[ERROR_TEXT_MAX];
    char source[64];         /* IP source that saw the address, or "" */
    char url[EVENT_URL_MAX]; /* page for a person to open, or "" */
    struct dcddns_addr before, after;
    int64_t wall_ms; /* 0: filled in by events_send() */
};

struct events;
/* One thread per notifier; the instances stay the caller's and must outlive the bus. */
struct events *events_new(struct instance *const *notifiers, size_t count, struct error *);
/* Events are also log lines, unless the log already ends where a notifier writes (the journal). */
void events_log_too(struct events *, bool on);
/* TAP sees every event that is sent, in the sender's thread; it must not block.  NULL: nobody. */
typedef void (*events_tap)(void *ctx, const struct event *);
void events_tap_by(struct events *, events_tap tap, void *ctx);
/* Copies the event to every queue; never blocks. */
void events_send(struct events *, const struct event *);
/* Lets the notifiers finish what is queued for at most GRACE_MS, then stops; NET (or NULL) turns
 * meanwhile, since they may have requests there.  False: one did not end in time; its thread is
 * left to itself and its instance must not be freed. */
bool events_free(struct events **, struct net *, int64_t grace_ms);

#endif
