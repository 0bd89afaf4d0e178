/* One refresh at a time for each grant, among the updates of this process: those that come second
 * wait without asking, and use what the first one got, or share its failure.  The lock file keeps
 * other processes out.  And only so many grants at a time: each holds files open until its answer,
 * and its first steps are synced to disk while everything else waits; the others stand in a queue.
 * A provider that hangs keeps its own places only.  Must not see tokens. */
#include <string.h>

#include "engine/update_inside.h"
#include "platform/os.h"

enum { A_PROVIDER = 16 }; /* of the places: grants at one urlAPI; three files each */

/* -- lists --------------------------------------------------------------------------------------
 */

static void stand_before(struct update **at, struct update *u)
{
    u->wait_next = *at;
    u->wait_at = at;
    if (*at)
        (*at)->wait_at = &u->wait_next;
    *at = u;
}

static void queue_up(struct update *u)
{
    struct refresh_turns *turns = &u->owner->turns;
    stand_before(turns->queue_end ? turns->queue_end : &turns->queue, u);
    turns->queue_end = &u->wait_next;
}

static void stop_waiting(struct update *u)
{
    struct refresh_turns *turns = &u->owner->turns;

    if (!u->wait_at)
        return;
    if (turns->queue_end == &u->wait_next)
        turns->queue_end = u->wait_at;
    *u->wait_at = u->wait_next;
    if (u->wait_next)
        u->wait_next->wait_at = u->wait_at;
    u->wait_at = NULL;
    u->wait_next = NULL;
}

/* FNV-1a */
static struct update **bucket_of(struct update *u)
{
    uint32_t hash = 2166136261U;
    for (const char *at = u->id; *at; at++)
        hash = (hash ^ (unsigned char)*at) * 16777619U;
    return &u->owner->turns.first[hash % REFRESH_BUCKETS];
}

static struct update *find_first(struct update *u)
{
    struct update *first = *bucket_of(u);
    while (first && strcmp(first->id, u->id) != 0)
        first = first->first_next;
    return first;
}

static void become_first(struct update *u)
{
    struct update **bucket = bucket_of(u);
    u->first_next = *bucket;
    *bucket = u;
    u->first = true;
}

static void be_first_no_more(struct update *u)
{
    struct update **at = bucket_of(u);
    while (*at != u)
        at = &(*at)->first_next;
    *at = u->first_next;
    u->first = false;
}

/* -- places -------------------------------------------------------------------------------------
 */

static bool has_place(const struct update *u)
{
    const struct refresh_turns *turns = &u->owner->turns;
    size_t same = 0;

    for (size_t i = 0; i < turns->counted; i++)
        same += strcmp(turns->places[i]->grant.api_url, u->grant.api_url) == 0;
    return turns->counted < REFRESH_PLACES && same < A_PROVIDER;
}

static void take_place(struct update *u)
{
    struct refresh_turns *turns = &u->owner->turns;
    turns->places[turns->counted++] = u;
    u->counted = true;
}

static void leave_place(struct update *u)
{
    struct refresh_turns *turns = &u->owner->turns;
    size_t i = 0;
    while (turns->places[i] != u)
        i++;
    turns->places[i] = turns->places[--turns->counted];
    u->counted = false;
}

/* -- turns --------------------------------------------------------------------------------------
 */

bool refresh_turn_taken(struct update *u)
{
    struct update *first = find_first(u);

    if (first && first != u) {
        stand_before(&first->others, u);
        return true;
    }
    if (!first)
        become_first(u);
    if (u->counted)
        return false;
    /* Who was served only looks at what is there. */
    if (has_place(u)) {
        take_place(u);
        return false;
    }
    if (!u->served)
        queue_up(u);
    return !u->served;
}

static void go_on(void *ctx)
{
    struct update *u = ctx;
    u->timer = NULL;
    refresh_start(u);
}

static void fail(void *ctx)
{
    struct update *u = ctx;
    u->timer = NULL;
    refresh_shared(u, u->refresh_outcome);
}

static const struct error no_memory = { ERR_LOCAL, "cannot wait for the refresh: out of memory" };

static void call(struct update *next)
{
    stop_waiting(next);
    next->timer = net_timer_add(next->owner->options.net, os.boot_ms(), go_on, next);
    if (!next->timer) {
        update_finish(next, OUTCOME_TEMP, &no_memory, -1);
        return;
    }
    take_place(next);
}

/* The first in the queue that there is a place for. */
static struct update *who_is_next(const struct refresh_turns *turns)
{
    struct update *u = turns->queue;
    while (u && !has_place(u))
        u = u->wait_next;
    return u;
}

void refresh_turn_rest(struct update *u)
{
    struct refresh_turns *turns = &u->owner->turns;

    if (!u->counted)
        return;
    leave_place(u);
    for (struct update *next = who_is_next(turns); next; next = who_is_next(turns))
        call(next);
}

/* From the loop: whoever is woken may end, and be freed. */
static void wake(struct update *u, const struct update *first, enum outcome_kind kind)
{
    stop_waiting(u);
    u->served = kind == OUTCOME_DONE;
    u->refresh_outcome = kind;
    if (kind != OUTCOME_DONE) {
        u->refresh_error = first->refresh_error;
        u->refresh_wait_s = first->refresh_wait_s;
        u->grant.needs_consent = first->grant.needs_consent;
    }
    u->timer =
        net_timer_add(u->owner->options.net, os.boot_ms(), kind == OUTCOME_DONE ? go_on : fail, u);
    if (!u->timer)
        update_finish(u, OUTCOME_TEMP, &no_memory, -1);
}

void refresh_turn_over(struct update *u, enum outcome_kind kind)
{
    stop_waiting(u);
    if (!u->first)
        return;
    be_first_no_more(u);
    grants_unlock(&u->lock);
    refresh_turn_rest(u);
    while (u->others)
        wake(u->others, u, kind);
}
