/* Building and turning the engine; see engine.h.  Start order is build()'s, teardown its mirror. */
#include "engine/engine.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "engine/build.h"
#include "engine/engine_inside.h"
#include "state/pending.h"

enum { FRESH_MS = 30 * 1000, LAST_COMMITS = 10, LAST_COMMIT_MS = 100 };

uint32_t engine_random(void)
{
    uint32_t value = 0;
    if (os.random(&value, sizeof(value)) < 0)
        return 0x80000000U; /* no jitter */
    return value;
}

struct net *engine_net(struct engine *e)
{
    return e->net;
}

struct os_dir *engine_state(struct engine *e)
{
    return e->state;
}

struct grants *engine_grants(struct engine *e)
{
    return e->grants;
}

struct records *engine_records(struct engine *e)
{
    return e->records;
}

const struct config *engine_config(const struct engine *e)
{
    return e->config;
}

struct instance *engine_auth(struct engine *e, const char *name)
{
    if (!name)
        name = e->config->auth;
    for (size_t i = 0; i < e->auth_count; i++) {
        if (strcmp(instance_name(e->auths[i]), name) == 0)
            return e->auths[i];
    }
    return NULL;
}

struct engine *engine_new(const struct engine_options *options, struct error *err)
{
    struct engine *e = mem_new(1, sizeof(*e));
    if (!e) {
        error_set(err, ERR_LOCAL, "out of memory");
        return NULL;
    }
    e->config = options->config;
    e->modules = options->modules;
    e->tap = options->tap;
    e->tap_ctx = options->tap_ctx;
    e->ended = options->ended;
    e->tally = options->tally ? options->tally : &e->own_tally;
    e->events_last = &e->events_first;
    if (build_engine(e, options, err) == 0)
        return e;
    engine_free(&e, 0);
    return NULL;
}

/* What notifier I is told, and whether the journal gets it from there already. */
static void prepare_notifier(struct engine *e, size_t i)
{
    const struct instance *instance = e->notifiers[i];
    const struct config_instance *from =
        config_find_instance(e->config, DCDDNS_KIND_NOTIFIER, instance_name(instance));

    if (from)
        events_want(e->events, i, &from->filter);
    if (os_log_is_journal() && strcmp(instance_module(instance)->plugin.name, "syslog") == 0)
        events_is_log(e->events, i);
}

int engine_start(struct engine *e, struct error *err)
{
    e->events = events_new(e->notifiers, e->notifier_count, err);
    if (!e->events)
        return -1;
    for (size_t i = 0; i < e->notifier_count; i++)
        prepare_notifier(e, i);
    events_time_by(e->events, e->net);
    events_tap_by(e->events, e->tap, e->tap_ctx);
    for (size_t i = 0; i < e->source_count; i++)
        instance_watch(e->source_instances[i]);
    return 0;
}

static void check_slots(struct engine *e)
{
    for (size_t i = 0; i < e->slot_count; i++) {
        e->slots[i].fresh = true;
        scheduler_put_earlier(
            &e->scheduler, (struct job){ .due_ms = os.boot_ms(), .kind = JOB_CHAIN, .index = i });
    }
}

void engine_schedule_all(struct engine *e)
{
    struct error err = { 0 };

    /* On reload the engine before us has written since we opened them. */
    if (records_refresh(e->records, &err) < 0)
        log_warn("%s", err.text);
    e->daemon = true;
    clock_watch_open(e);
    e->looks.began_ms = os.boot_ms();
    pending_sweep(e->state);
    summary_start(e);
    for (size_t i = 0; i < e->host_count; i++) {
        e->hosts[i].selected = true;
        clock_watch_restore(&e->hosts[i]);
        consent_event_restore(&e->hosts[i]);
        verify_schedule(&e->hosts[i]);
    }
    for (size_t i = 0; i < e->grant_count; i++) {
        if (e->engine_grants[i].hosts || e->engine_grants[i].unread)
            keeper_schedule(&e->engine_grants[i]);
    }
    check_slots(e);
}

void engine_check_now(struct engine *e)
{
    check_slots(e);
    verify_soon(e);
}

struct host *engine_find_host(const struct engine *e, const char *fqdn)
{
    for (size_t low = 0, high = e->host_count; low < high;) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(fqdn, e->hosts[middle].config->fqdn);
        if (order == 0)
            return &e->hosts[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

bool engine_check_host(struct engine *e, const char *fqdn, bool force)
{
    struct host *h = engine_find_host(e, fqdn);
    if (!h)
        return false;
    h->selected = true;
    h->force = force;
    clock_watch_restore(h);
    scheduler_put_earlier(
        &e->scheduler, (struct job){ .due_ms = os.boot_ms(), .kind = JOB_CHAIN, .index = h->slot });
    return true;
}

void engine_forget_host(struct engine *e, const char *fqdn)
{
    struct host *h = engine_find_host(e, fqdn);
    if (h)
        h->record->dirty = false;
}

const char *engine_verdict_name(enum engine_verdict verdict)
{
    static const char *const names[] = {
        [HOST_PENDING] = "pending", [HOST_UNCHANGED] = "unchanged", [HOST_APPLIED] = "published",
        [HOST_WAITING] = "waiting", [HOST_UNKNOWN] = "unknown",     [HOST_FAILED] = "failed",
    };
    if ((size_t)verdict >= sizeof(names) / sizeof(names[0]))
        return "pending";
    return names[verdict];
}

struct engine_result engine_result(const struct engine *e, const char *fqdn)
{
    const struct host *h = engine_find_host(e, fqdn);
    return h ? h->result : (struct engine_result){ 0 };
}

/* Its waiting time is over.  Sources are not asked once for each of a thousand hosts that wait for
 * one provider: what they said just now will do. */
static void try_host(struct host *h)
{
    struct slot *slot = &h->engine->slots[h->slot];

    if (slot->round_ms > 0 && os.boot_ms() - slot->round_ms < FRESH_MS && !slot->fresh)
        cycle_consider(h);
    else
        round_plan_start(slot);
}

static void do_job(struct engine *e, const struct job *job)
{
    struct error err = { 0 };
    switch (job->kind) {
    case JOB_CHAIN:
    case JOB_FAMILY:
        /* Another process (command `update`) may have published meanwhile. */
        if (records_refresh(e->records, &err) < 0)
            log_debug("%s", err.text);
        (job->kind == JOB_CHAIN ? round_plan_start : round_plan_retry)(&e->slots[job->index]);
        break;
    case JOB_HOST:
        try_host(&e->hosts[job->index]);
        break;
    case JOB_DNS:
        verify_run(&e->hosts[job->index]);
        break;
    default:
        keeper_run(&e->engine_grants[job->index]);
        break;
    }
}

static int64_t time_to_wait(const struct engine *e, int64_t max_wait_ms)
{
    int64_t now = os.boot_ms();
    int64_t next = scheduler_next(&e->scheduler);
    if (e->flush_ms > 0 && e->flush_ms < next)
        next = e->flush_ms;
    if (next == INT64_MAX)
        return max_wait_ms;
    int64_t wait = next > now ? next - now : 0;
    return max_wait_ms >= 0 && max_wait_ms < wait ? max_wait_ms : wait;
}

void engine_turn(struct engine *e, int64_t max_wait_ms)
{
    struct job job = { 0 };

    int64_t before = os.boot_ms(), wait = time_to_wait(e, max_wait_ms);
    net_turn(e->net, wait);
    clock_watch_turn(e, before, wait);
    while (scheduler_take(&e->scheduler, os.boot_ms(), &job))
        do_job(e, &job);
    bool tell = e->events_first && updater_busy(e->updater) == 0;
    if (tell || (e->flush_ms > 0 && os.boot_ms() >= e->flush_ms))
        cycle_commit(e, e->events_first != NULL);
}

size_t engine_unsaved(const struct engine *e)
{
    return updater_unsaved(e->updater);
}

struct engine_counts engine_counts(const struct engine *e)
{
    const struct updater_counts counts = updater_counts(e->updater);
    return (struct engine_counts){ .requests = counts.requests,
                                   .applies = counts.applies,
                                   .refreshes = counts.refreshes,
                                   .events_dropped = events_dropped(e->events),
                                   .news = e->news,
                                   .looks = e->round_count };
}

bool engine_idle(const struct engine *e)
{
    if (updater_busy(e->updater) > 0 || e->looks.first > 0)
        return false;
    for (size_t i = 0; i < e->slot_count; i++) {
        if (chain_is_busy(e->slots[i].chain))
            return false;
    }
    return scheduler_next(&e->scheduler) > os.boot_ms();
}

void engine_look(struct engine *e, const char *fqdn, bool want4, bool want6, struct observation *v4,
                 struct observation *v6)
{
    const struct host *h = engine_find_host(e, fqdn);
    struct slot *slot = &e->slots[h ? h->slot : 0];

    *v4 = *v6 = (struct observation){ 0 };
    chain_want(slot->chain, want4, want6);
    if (!chain_start(slot->chain, 0, false))
        return;
    while (chain_is_busy(slot->chain))
        net_turn(e->net, -1);
    if (slot->asked4)
        *v4 = slot->v4;
    if (slot->asked6)
        *v6 = slot->v6;
    observed_judge(e, h ? h->config : NULL, v4);
    observed_judge(e, h ? h->config : NULL, v6);
}

void engine_say(struct engine *e, const char *id, int level, const char *format, ...)
{
    struct event event = { .id = id, .level = level };
    va_list ap;
    va_start(ap, format);
    vsnprintf(event.message, sizeof(event.message), format, ap);
    va_end(ap);
    events_send(e->events, &event);
}

void engine_finish(struct engine *e, int64_t grace_ms)
{
    const int64_t until = os.boot_ms() + grace_ms;

    if (e->stopping)
        return;
    e->stopping = true;
    summary_stop(e);
    clock_watch_close(e);
    verify_stop(e);
    while (e->updater && updater_busy(e->updater) > 0 && os.boot_ms() < until)
        net_turn(e->net, until - os.boot_ms());
}

static void end_updates(struct engine *e)
{
    if (e->ended && e->events) /* it was started */
        *e->ended = engine_counts(e);
    updater_free(&e->updater);
}

void engine_free(struct engine **engine, int64_t grace_ms)
{
    struct engine *e = *engine;
    if (!e)
        return;
    engine_finish(e, grace_ms);
    end_updates(e);
    unbuild_sources(e);
    lost_watch_keep(e);
    for (int i = 0; e->records && i < LAST_COMMITS && cycle_commit(e, true) == ERR_TEMP; i++)
        net_turn(e->net, LAST_COMMIT_MS);
    if (!events_free(&e->events, e->net, grace_ms))
        e->leaking = true;
    unbuild_engine(e);
    mem_free(e);
    *engine = NULL;
}
