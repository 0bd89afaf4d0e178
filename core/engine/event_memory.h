/* What notifiers were told last about each record, so that the same is not told again within a day
 * unless something else about that record was told in between.  Pure: `now` is an argument.  Of
 * fixed size: when it is full the oldest is forgotten, and at worst told twice. */
#ifndef DCDDNS_ENGINE_EVENT_MEMORY_H
#define DCDDNS_ENGINE_EVENT_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

struct event;

enum { EVENT_MEMORY_SLOTS = 4096, EVENT_MEMORY_REACH = 8 };

struct event_memory_slot {
    uint64_t subject; /* digest of the record, or of none; 0 = free */
    uint64_t told;    /* digest of what was said about it */
    int64_t at_ms;    /* boot clock */
};

struct event_memory { /* a zeroed struct is empty */
    struct event_memory_slot slots[EVENT_MEMORY_SLOTS];
};

/* True when the event is news, which is then remembered. */
bool event_memory_is_news(struct event_memory *, const struct event *, int64_t now_ms);

#endif
