/* After a sleep of the machine everything is looked at once, a little later, as after a start;
 * after a step of the wall clock the waiting times that depend on it are read again, and what
 * failed because of the clock is tried again.  The schedule itself is on the boot clock and needs
 * neither.
 */
#include "engine/clock_watch.h"

#include "base/date.h"
#include "base/log.h"
#include "engine/engine_inside.h"
#include "net/http_fault.h"

enum {
    LATE_MS = 15 * 1000,   /* a busy machine is late, too, and a check too many does no harm */
    STEP_MS = 10 * 1000,   /* less matters to nothing here */
    RESUME_MS = 8 * 1000,  /* a check within that, not all machines of a house at once */
    GRANTS_MS = 60 * 1000, /* keep-alives within that: the network may not be back yet */
    RESTORE_MAX_MS = 24 * 3600 * 1000
};

unsigned clock_watch_judge(int64_t *ahead_ms, const struct clock_turn *t)
{
    const bool limited = t->wait_ms >= 0 && t->wait_ms < NET_WAIT_MAX;
    const int64_t wait = limited ? t->wait_ms : NET_WAIT_MAX;
    const int64_t step = t->wall_ms - t->after_ms - *ahead_ms;
    unsigned what = 0;

    if (t->after_ms - t->before_ms > wait + LATE_MS)
        what |= CLOCK_RESUMED;
    if (step > STEP_MS || step < -STEP_MS)
        what |= CLOCK_SET;
    *ahead_ms += step;
    return what;
}

static void on_watch(void *ctx, int fd, int ready)
{
    (void)ctx; /* waking up is all it is for: the clocks are compared after each turn */
    (void)ready;
    os_clock_watch_drain(fd);
}

void clock_watch_open(struct engine *e)
{
    e->clock.ahead_ms = os.wall_ms() - os.boot_ms();
    e->clock.fd = os_clock_watch_open();
    if (e->clock.fd >= 0)
        e->clock.watch = net_watch_add(e->net, e->clock.fd, DCDDNS_READ, on_watch, e);
}

void clock_watch_close(struct engine *e)
{
    if (!e->daemon)
        return;
    net_watch_remove(e->net, &e->clock.watch);
    os_clock_watch_close(e->clock.fd);
    e->clock.fd = -1;
}

void clock_watch_restore(struct host *h)
{
    int64_t left = h->record->not_before_wall_ms - os.wall_ms();

    h->doubted_wall_ms = 0;
    if (h->record->not_before_wall_ms == 0 || left <= 0)
        return;
    if (left > RESTORE_MAX_MS) { /* nobody asks for that long: it is the clock */
        h->doubted_wall_ms = h->record->not_before_wall_ms;
        left = RESTORE_MAX_MS;
    }
    h->not_before_ms = os.boot_ms() + left;
}

/* -- the machine slept ------------------------------------------------------------------------- */

static void put(struct engine *e, enum job_kind kind, size_t index, int64_t in_ms)
{
    scheduler_put(&e->scheduler,
                  (struct job){ .due_ms = os.boot_ms() + in_ms, .kind = kind, .index = index });
}

static bool overdue(const struct engine *e, enum job_kind kind, size_t index)
{
    return scheduler_due(&e->scheduler, kind, index) <= os.boot_ms();
}

/* The network may be another one, or none yet: as after a start. */
static void wake_slot(struct engine *e, size_t index)
{
    struct slot *slot = &e->slots[index];
    const int64_t in_ms = (int64_t)(engine_random() % RESUME_MS);

    slot->fresh = true;
    slot->ever = false;
    slot->failures = 0;
    if (overdue(e, JOB_CHAIN, index) ||
        scheduler_due(&e->scheduler, JOB_CHAIN, index) > os.boot_ms() + in_ms)
        put(e, JOB_CHAIN, index, in_ms);
}

/* The check of its chain looks at the host; a second one beside it would be for nothing. */
static void wake_host(struct engine *e, size_t index)
{
    if (overdue(e, JOB_HOST, index))
        scheduler_remove(&e->scheduler, JOB_HOST, index);
}

static void wake_grant(struct engine *e, size_t index)
{
    if (overdue(e, JOB_GRANT, index))
        put(e, JOB_GRANT, index, RESUME_MS + (int64_t)(engine_random() % (GRANTS_MS - RESUME_MS)));
}

static void wake(struct engine *e, int64_t slept_ms)
{
    log_info("the machine slept for %lld s or so; all addresses are checked now",
             (long long)slept_ms / 1000);
    for (size_t i = 0; i < e->slot_count; i++)
        wake_slot(e, i);
    for (size_t i = 0; i < e->host_count; i++)
        wake_host(e, i);
    for (size_t i = 0; i < e->grant_count; i++)
        wake_grant(e, i);
}

/* -- the clock was set ------------------------------------------------------------------------- */

/* The waiting time is one of an earlier run that could not be read by the clock as it was then. */
static bool is_doubted(const struct host *h)
{
    return h->doubted_wall_ms != 0 && h->doubted_wall_ms == h->record->not_before_wall_ms;
}

/* True when the host may have something to do earlier than it was planned. */
static bool read_again(struct host *h)
{
    struct record *r = h->record;
    const int64_t before = h->not_before_ms;

    if (before <= os.boot_ms())
        return false;
    if (http_fault_blames_clock(r->error) && r->state == RECORD_BACKING_OFF) {
        h->not_before_ms = r->not_before_wall_ms = r->next_wall_ms = 0;
    } else if (is_doubted(h)) {
        h->not_before_ms = 0;
        clock_watch_restore(h);
    } else {
        /* Known by the boot clock: what a later run will read must follow the wall clock. */
        r->not_before_wall_ms = r->next_wall_ms = os.wall_ms() + before - os.boot_ms();
    }
    cycle_mark_dirty(h);
    return h->not_before_ms < before;
}

/* A grant of an earlier boot has an age by the wall clock.  One that is being probed keeps its
 * time: probes are counted, so none may come early. */
static void plan_again(struct engine_grant *g)
{
    struct grant grant = { 0 };
    struct error err = { 0 };
    bool found = false;

    if (grants_load(g->engine->grants, g->id, &grant, &found, &err) == 0 && found &&
        grant.refresh_failures == 0)
        keeper_schedule(g);
    grant_clear(&grant);
}

static void clock_set(struct engine *e, int64_t from_ms)
{
    char before[DATE_TEXT_MAX] = "", now[DATE_TEXT_MAX] = "";

    log_notice("the clock of this machine was set from %s to %s", date_text(from_ms, before),
               date_text(os.wall_ms(), now));
    for (size_t i = 0; i < e->host_count; i++) {
        if (read_again(&e->hosts[i]))
            put(e, JOB_HOST, i, 0);
    }
    for (size_t i = 0; i < e->grant_count; i++) {
        if (e->engine_grants[i].hosts)
            plan_again(&e->engine_grants[i]);
    }
    for (size_t i = 0; i < e->slot_count; i++) {
        if (e->slots[i].failures > 0)
            put(e, JOB_CHAIN, i, 0);
    }
}

void clock_watch_turn(struct engine *e, int64_t before_ms, int64_t wait_ms)
{
    const struct clock_turn turn = { .before_ms = before_ms,
                                     .wait_ms = wait_ms,
                                     .after_ms = os.boot_ms(),
                                     .wall_ms = os.wall_ms() };
    const int64_t ahead = e->clock.ahead_ms;

    if (!e->daemon || e->stopping)
        return;
    unsigned what = clock_watch_judge(&e->clock.ahead_ms, &turn);
    if (what & CLOCK_SET)
        clock_set(e, turn.after_ms + ahead);
    if (what & CLOCK_RESUMED)
        wake(e, turn.after_ms - before_ms);
}
