/* The ids of events, part of the interface, and sets of them: which a notifier wants to hear of.
 * Must not know what an event carries or who sends it. */
#ifndef DCDDNS_BASE_EVENT_ID_H
#define DCDDNS_BASE_EVENT_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Stable; the part before the dot is the event's group. */
#define EVENT_APPLIED        "update.applied"
#define EVENT_FAILED         "update.failed"
#define EVENT_RECOVERED      "update.recovered"
#define EVENT_CONSENT_NEEDED "consent.needed"
#define EVENT_SOURCE_FAILED  "source.failed"
#define EVENT_SOURCE_STUCK   "source.stuck"
#define EVENT_NOTIFIER_STUCK "notifier.stuck"
#define EVENT_CGNAT          "address.cgnat"
#define EVENT_FAMILY_LOST    "family.lost"
#define EVENT_DRIFT          "dns.drift"
#define EVENT_SUMMARY        "daemon.summary"
#define EVENT_STARTED        "daemon.started"
#define EVENT_STOPPING       "daemon.stopping"
#define EVENT_RELOADED       "config.reloaded"
#define EVENT_REJECTED       "config.rejected"

enum event_traits {
    EVENT_QUIET = 1,  /* only for notifiers that name it */
    EVENT_URGENT = 2, /* no limit holds it back */
    EVENT_ALWAYS = 4  /* told again though nothing else happened meanwhile */
};

struct event_kind {
    const char *id;
    unsigned traits;
};

enum { EVENT_KINDS = 15 };
extern const struct event_kind event_kinds[EVENT_KINDS];

/* NULL when ID is none of them, as that of a newer program. */
const struct event_kind *event_kind_find(const char *id);

/* Sets have a bit for each kind, and one for ids that this program does not know.  The empty set
 * stands for the default: all that are not quiet. */
uint32_t event_set_default(void);
uint32_t event_set_all(void);
/* The ids that are NAME or begin with "NAME."; `all` for all.  0 when there are none. */
uint32_t event_set_named(const char *name);

/* What one notifier is told; a zeroed struct is the default. */
struct event_filter {
    uint32_t events;
    int min_level; /* DCDDNS_LOG_: no less important ones; 0 = any */
};
bool event_filter_passes(const struct event_filter *, const char *id, int level);

#endif
