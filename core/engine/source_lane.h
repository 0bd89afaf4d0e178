/* Lanes: the different questions that one IP source is asked, each with those who wait for its
 * answer. Between source.c and its lanes only; asks nobody. */
#ifndef DCDDNS_ENGINE_SOURCE_LANE_H
#define DCDDNS_ENGINE_SOURCE_LANE_H

#include "engine/source.h"

struct waiter;

/* One question that is asked again and again: as many as the configuration has different ones. */
struct lane {
    int family;
    struct source_terms terms;
    struct waiter *waiters;
    struct waiter *later; /* for an answer to a question that is asked from now on */
    bool queued;          /* waits for the worker */
    struct source_answer last;
    int64_t answered_ms; /* boot clock; 0 = never */
    struct lane *next;
    struct lane *next_queued;
};

/* Made when it is the first of its kind; NULL: out of memory. */
struct lane *lane_of(struct lane **lanes, int family, const struct source_terms *);
/* Frees lanes and waiters; nobody is told. */
void lanes_free(struct lane **lanes);

/* First come, first served. */
void lane_enqueue(struct lane **queue, struct lane *);
struct lane *lane_dequeue(struct lane **queue);

/* NULL: out of memory.  mem_free()d by the caller unless it is added. */
struct waiter *waiter_new(source_done, void *ctx);
void lane_add(struct lane *, struct waiter *);
void lane_add_later(struct lane *, struct waiter *);
/* Those for later wait like the others now; false: there is none. */
bool lane_renew(struct lane *);
/* Those who wait now, taken out of the lane. */
struct waiter *lane_take(struct lane *);
/* Tells them, and frees; they may ask again meanwhile. */
void waiters_tell(struct waiter *, const struct source_answer *);

#endif
