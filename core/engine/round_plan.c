/* When the chain of a slot is asked: at the interval, sooner while nothing is found, and again for
 * one family alone that is missing.  Must not know what hosts make of the answers. */
#include "base/addr.h"
#include "base/log.h"
#include "engine/engine_inside.h"

enum { RETRIES = 6 }; /* 2, 4, 8 ... 60 s; who has no such family is left in peace then */
/* Two of them, and time for the answers; each has a second reading besides.  An address that
 * changed while it was read has settled by then, or will not; and to wait for longer than updates
 * are apart gains nothing. */
enum { SETTLE_MS = 10 * 1000, SETTLE_MAX_MS = 60 * 1000, READINGS = 2 };

static size_t index_of(const struct slot *slot)
{
    return (size_t)(slot - slot->engine->slots);
}

/* A question that is on its way may have been answered before the change we are told of. */
void round_plan_start(struct slot *slot)
{
    const bool fresh = slot->fresh;

    slot->fresh = false;
    if (fresh)
        slot->retries = 0;
    if (chain_start(slot->chain, 0, fresh))
        scheduler_remove(&slot->engine->scheduler, JOB_FAMILY, index_of(slot));
    else
        slot->again = slot->again || fresh || slot->retrying != 0;
}

void round_plan_retry(struct slot *slot)
{
    if (slot->missing == 0 || chain_is_busy(slot->chain))
        return;
    slot->retrying = slot->missing; /* before: it may be over at once */
    if (!chain_start(slot->chain, slot->missing, true))
        slot->retrying = 0;
}

static bool has_failed(const struct observation *seen)
{
    return seen && !addr_is_set(&seen->addr) && !seen->cgnat;
}

/* The family that failed, or is contested, while the other was found, or 0. */
static int missing_of(const struct observation *v4, const struct observation *v6)
{
    if (has_failed(v4) && v6 && addr_is_set(&v6->addr))
        return 4;
    if (has_failed(v6) && v4 && addr_is_set(&v4->addr))
        return 6;
    return 0;
}

/* SEEN: of the family that is missing. */
static void plan_retry(struct slot *slot, int missing, const struct observation *seen)
{
    struct engine *e = slot->engine;
    const bool contested = missing != 0 && seen->contested;
    const bool anew = missing != slot->missing || (contested && !slot->contested);
    const bool moves = contested && !addr_equal(&seen->last, &slot->said);

    if (missing == 0 || anew || moves) {
        slot->retries = 0;
        slot->moved_ms = os.boot_ms();
    }
    if (anew)
        slot->missing_ms = os.boot_ms();
    slot->missing = missing;
    slot->contested = contested;
    if (contested)
        slot->said = seen->last;
    if (missing == 0 || !e->daemon || slot->retries >= RETRIES)
        return;
    const int64_t wait = scheduler_startup_delay(++slot->retries);
    scheduler_put(
        &e->scheduler,
        (struct job){ .due_ms = os.boot_ms() + wait, .kind = JOB_FAMILY, .index = index_of(slot) });
}

int64_t round_plan_settles(const struct host *h)
{
    const struct slot *slot = &h->engine->slots[h->slot];
    const bool wanted = slot->missing == 4 ? h->config->ipv4 : observed_wants6(h);
    const int64_t wait_ms = SETTLE_MS + READINGS * slot->engine->config->confirm_delay_s * 1000;
    const int64_t most_ms = slot->missing_ms + SETTLE_MAX_MS;

    if (!slot->contested || !wanted || !slot->engine->daemon)
        return 0;
    return slot->moved_ms + wait_ms < most_ms ? slot->moved_ms + wait_ms : most_ms;
}

static void plan_next(struct slot *slot, bool found)
{
    struct engine *e = slot->engine;
    int64_t interval = e->config->interval_s * 1000;
    int64_t wait = scheduler_jitter(interval, engine_random());

    slot->failures = found ? 0 : slot->failures + 1;
    slot->ever = slot->ever || found;
    if (!found) {
        int64_t sooner = slot->ever ? scheduler_outage_delay(slot->failures, engine_random())
                                    : scheduler_startup_delay(slot->failures);
        wait = sooner < wait ? sooner : wait;
    }
    if (slot->again)
        wait = 0;
    slot->fresh = slot->fresh || slot->again;
    slot->again = false;
    if (e->daemon)
        scheduler_put_earlier(&e->scheduler, (struct job){ .due_ms = os.boot_ms() + wait,
                                                           .kind = JOB_CHAIN,
                                                           .index = index_of(slot) });
}

/* Nothing is told of one that failed again: the schedule's rounds do that. */
static void retry_over(struct slot *slot, const struct observation *v4,
                       const struct observation *v6)
{
    struct engine *e = slot->engine;
    const struct observation *seen = slot->retrying == 4 ? v4 : v6;

    slot->retrying = 0;
    if (addr_is_set(&seen->addr)) {
        *(seen == v4 ? &slot->v4 : &slot->v6) = *seen;
        plan_retry(slot, 0, NULL);
        round_note(slot, v4, v6);
        e->round_count++;
        cycle_round_seen(slot);
    } else {
        log_debug("still no IPv%d address: %s", slot->missing, seen->error.text);
        plan_retry(slot, slot->missing, seen);
    }
    if (!slot->again)
        return;
    slot->fresh = true;
    slot->again = false;
    scheduler_put_earlier(
        &e->scheduler,
        (struct job){ .due_ms = os.boot_ms(), .kind = JOB_CHAIN, .index = index_of(slot) });
}

void round_plan_done(void *ctx, const struct observation *v4, const struct observation *v6)
{
    struct slot *slot = ctx;
    struct engine *e = slot->engine;

    if (slot->retrying != 0) {
        retry_over(slot, v4, v6);
        return;
    }
    slot->asked4 = v4 != NULL;
    slot->asked6 = v6 != NULL;
    slot->v4 = v4 ? *v4 : (struct observation){ 0 };
    slot->v6 = v6 ? *v6 : (struct observation){ 0 };
    slot->round_ms = os.boot_ms();
    e->tally->checks++;
    round_note(slot, v4, v6);
    plan_next(slot, addr_is_set(&slot->v4.addr) || addr_is_set(&slot->v6.addr));
    const int missing = missing_of(v4, v6);
    plan_retry(slot, missing, missing == 4 ? v4 : v6);
    asked_round_over(slot);
    e->round_count++;
    cycle_round_seen(slot);
}
