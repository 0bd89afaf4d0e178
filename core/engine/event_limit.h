/* How many events one notifier is told: ten at once, then one a minute (a token bucket), and what
 * was held back.  Pure: `now` is an argument.  Must not know why an event is worth telling. */
#ifndef DCDDNS_ENGINE_EVENT_LIMIT_H
#define DCDDNS_ENGINE_EVENT_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

enum { EVENT_LIMIT_BURST = 10, EVENT_LIMIT_MS = 60 * 1000 };

struct event_limit { /* a zeroed struct is a full bucket */
    int spent;       /* tokens that are gone, 0..EVENT_LIMIT_BURST */
    int64_t from_ms; /* boot clock: since when the oldest of them comes back */
};

/* Takes a token; false when there was none. */
bool event_limit_take(struct event_limit *, int64_t now_ms);
/* Boot clock when the next event may be told; NOW_MS or later. */
int64_t event_limit_next(const struct event_limit *, int64_t now_ms);

#endif
