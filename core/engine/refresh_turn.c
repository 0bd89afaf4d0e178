/* One refresh at a time for each grant, among the updates of this process: those that come second
 * wait without asking, and use what the first one got, or share its failure.  The lock file keeps
 * other processes out.  Must not see tokens. */
#include <string.h>

#include "engine/update_inside.h"
#include "platform/os.h"

bool refresh_turn_taken(struct update *u)
{
    for (const struct update *other = u->owner->running; other; other = other->next) {
        if (other != u && other->lock && strcmp(other->id, u->id) == 0) {
            u->waiting = true;
            return true;
        }
    }
    return false;
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

/* From the loop: whoever is woken may end, and be freed. */
static void wake(struct update *u, const struct update *first, enum outcome_kind kind)
{
    const struct error memory = { ERR_LOCAL, "cannot wait for the refresh: out of memory" };

    u->waiting = false;
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
        update_finish(u, OUTCOME_TEMP, &memory, -1);
}

void refresh_turn_over(struct update *u, enum outcome_kind kind)
{
    if (!u->lock)
        return;
    grants_unlock(&u->lock);
    for (struct update *other = u->owner->running, *next = NULL; other; other = next) {
        next = other->next;
        if (other->waiting && strcmp(other->id, u->id) == 0)
            wake(other, u, kind);
    }
}
