/* The token bucket; see event_limit.h.  Must not read a clock. */
#include "engine/event_limit.h"

static void refill(struct event_limit *limit, int64_t now_ms)
{
    const int64_t back = limit->spent > 0 ? (now_ms - limit->from_ms) / EVENT_LIMIT_MS : 0;

    if (back >= limit->spent) {
        *limit = (struct event_limit){ 0 };
        return;
    }
    limit->spent -= (int)back;
    limit->from_ms += back * EVENT_LIMIT_MS;
}

bool event_limit_take(struct event_limit *limit, int64_t now_ms)
{
    refill(limit, now_ms);
    if (limit->spent >= EVENT_LIMIT_BURST)
        return false;
    if (limit->spent++ == 0)
        limit->from_ms = now_ms;
    return true;
}

int64_t event_limit_next(const struct event_limit *limit, int64_t now_ms)
{
    const int64_t next = limit->from_ms + EVENT_LIMIT_MS;
    return limit->spent < EVENT_LIMIT_BURST || next < now_ms ? now_ms : next;
}
