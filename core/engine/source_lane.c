/* Lists of questions and of who waits for them; see source_lane.h. */
#include "engine/source_lane.h"

#include <string.h>

#include "base/mem.h"

struct waiter {
    source_done done;
    void *ctx;
    struct waiter *next;
};

static bool same_terms(const struct source_terms *a, const struct source_terms *b)
{
    return a->allow_private == b->allow_private && strcmp(a->device, b->device) == 0;
}

struct lane *lane_of(struct lane **lanes, int family, const struct source_terms *terms)
{
    for (struct lane *lane = *lanes; lane; lane = lane->next) {
        if (lane->family == family && same_terms(&lane->terms, terms))
            return lane;
    }
    struct lane *made = mem_new(1, sizeof(*made));
    if (!made)
        return NULL;
    *made = (struct lane){ .family = family, .terms = *terms, .next = *lanes };
    *lanes = made;
    return made;
}

void lanes_free(struct lane **lanes)
{
    while (*lanes) {
        struct lane *lane = *lanes;
        *lanes = lane->next;
        lane_renew(lane);
        while (lane->waiters) {
            struct waiter *next = lane->waiters->next;
            mem_free(lane->waiters);
            lane->waiters = next;
        }
        mem_free(lane);
    }
}

void lane_enqueue(struct lane **queue, struct lane *lane)
{
    while (*queue)
        queue = &(*queue)->next_queued;
    *queue = lane;
    lane->next_queued = NULL;
    lane->queued = true;
}

struct lane *lane_dequeue(struct lane **queue)
{
    struct lane *lane = *queue;
    *queue = lane->next_queued;
    lane->queued = false;
    return lane;
}

struct waiter *waiter_new(source_done done, void *ctx)
{
    struct waiter *waiter = mem_new(1, sizeof(*waiter));
    if (waiter)
        *waiter = (struct waiter){ .done = done, .ctx = ctx };
    return waiter;
}

void lane_add(struct lane *lane, struct waiter *waiter)
{
    waiter->next = lane->waiters;
    lane->waiters = waiter;
}

void lane_add_later(struct lane *lane, struct waiter *waiter)
{
    waiter->next = lane->later;
    lane->later = waiter;
}

bool lane_renew(struct lane *lane)
{
    const bool any = lane->later != NULL;
    while (lane->later) {
        struct waiter *next = lane->later->next;
        lane_add(lane, lane->later);
        lane->later = next;
    }
    return any;
}

struct waiter *lane_take(struct lane *lane)
{
    struct waiter *waiters = lane->waiters;
    lane->waiters = NULL;
    return waiters;
}

void waiters_tell(struct waiter *waiters, const struct source_answer *answer)
{
    while (waiters) {
        struct waiter *next = waiters->next;
        waiters->done(waiters->ctx, answer);
        mem_free(waiters);
        waiters = next;
    }
}
