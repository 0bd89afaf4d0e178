/* The way of one address change: observation, decision, update, record, event.  Commit, then tell.
 */
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/log.h"
#include "base/mem.h"
#include "engine/engine_inside.h"

enum {
    TELL_MS = 250,        /* an event waits at most this long for its commit */
    FLUSH_MS = 60 * 1000, /* dirty records wait at most this long */
    NOTE_MS = 3600 * 1000 /* "checked at" alone is worth a write once an hour: flash wears out */
};

static void tell_recovered(struct host *, const struct record *before, const char *message);

void cycle_mark_dirty(struct host *h)
{
    struct engine *e = h->engine;
    h->record->dirty = true;
    h->noted_ms = os.boot_ms();
    if (e->flush_ms == 0)
        e->flush_ms = os.boot_ms() + FLUSH_MS;
}

/* Hosts by the thousand that change together share a few writes. */
void cycle_commit_soon(struct engine *e)
{
    if (e->flush_ms == 0 || e->flush_ms > os.boot_ms() + TELL_MS)
        e->flush_ms = os.boot_ms() + TELL_MS;
}

void cycle_queue_event(struct engine *e, const struct event *event)
{
    struct queued_event *queued = NULL;

    if (event->audience == EVENT_NOBODY)
        return;
    queued = mem_new(1, sizeof(*queued));
    if (!queued) {
        events_send(e->events, event);
        return;
    }
    cycle_commit_soon(e);
    queued->event = *event;
    queued->event.wall_ms = os.wall_ms();
    *e->events_last = queued;
    e->events_last = &queued->next;
}

enum error_class cycle_commit(struct engine *e, bool durable)
{
    struct error err = { 0 };

    if ((durable || records_dirty(e->records)) && records_commit(e->records, durable, &err) < 0) {
        log_warn("%s; it will be tried again", err.text);
        e->flush_ms = os.boot_ms() + (err.class == ERR_TEMP ? 1000 : FLUSH_MS);
    } else {
        e->flush_ms = 0;
    }
    while (e->events_first) {
        struct queued_event *queued = e->events_first;
        e->events_first = queued->next;
        e->news++;
        events_send(e->events, &queued->event);
        consent_event_sent(e, &queued->event);
        mem_free(queued);
    }
    e->events_last = &e->events_first;
    e->unwritten = err;
    return err.class;
}

void cycle_round_seen(const struct slot *slot)
{
    struct engine *e = slot->engine;

    for (size_t i = 0; i < e->host_count; i++) {
        if (e->hosts[i].selected && &e->slots[e->hosts[i].slot] == slot)
            cycle_consider(&e->hosts[i]);
    }
}

/* What is wrong with what the host sees, or NULL: an address that it refuses or that is not agreed
 * on, or none at all.  V4 and V6: NULL when not asked. */
static const struct error *wrong_with(const struct host *h, const struct observation *v4,
                                      const struct observation *v6)
{
    if (v4 && (h->refused[0] > 0 || v4->contested))
        return &v4->error;
    if (v6 && (h->refused[1] > 0 || v6->contested))
        return &v6->error;
    if ((v4 && addr_is_set(&v4->addr)) || (v6 && addr_is_set(&v6->addr)))
        return NULL;
    return v4 ? &v4->error : v6 ? &v6->error : NULL;
}

static void set_error(struct host *h, const struct error *why)
{
    if (h->record->error_class == why->class && strcmp(h->record->error, why->text) == 0)
        return;
    h->record->error_class = why->class;
    memcpy(h->record->error, why->text, sizeof(h->record->error));
    cycle_mark_dirty(h);
}

/* What is published is right again without our doing.  A waiting time that the provider asked for
 * still holds for the next change. */
static void settled(struct host *h)
{
    struct record *r = h->record;
    const struct error none = { 0 };

    r->success_wall_ms = os.wall_ms();
    if (r->error_class != ERR_CONSENT) /* that only an update can end */
        tell_recovered(h, r, "what is published is right again");
    if (r->state != RECORD_CURRENT || r->failures > 0) {
        r->state = RECORD_CURRENT;
        r->failures = 0;
        cycle_mark_dirty(h);
    }
    set_error(h, &none);
    h->result = (struct engine_result){ .verdict = HOST_UNCHANGED };
}

static void wait_until(struct host *h, int64_t until_ms)
{
    struct engine *e = h->engine;
    h->result.verdict = HOST_WAITING;
    /* What only a person can mend does not pass by waiting. */
    const bool paused = h->record->state == RECORD_PAUSED && h->record->error[0];
    error_set(&h->result.error, paused ? h->record->error_class : ERR_TEMP,
              "not due for another %lld s%s%s", (long long)(until_ms - os.boot_ms() + 999) / 1000,
              h->record->error[0] ? "; last: " : "", h->record->error);
    if (h->record->state == RECORD_CURRENT || h->record->state == RECORD_NEW) {
        h->record->state = RECORD_DUE;
        cycle_mark_dirty(h);
    }
    h->record->next_wall_ms = os.wall_ms() + until_ms - os.boot_ms();
    if (e->daemon)
        scheduler_put(
            &e->scheduler,
            (struct job){ .due_ms = until_ms, .kind = JOB_HOST, .index = (size_t)(h - e->hosts) });
}

static struct event event_of(const struct host *h, const char *id, int level, const char *message)
{
    struct event event = { .id = id, .level = level };
    snprintf(event.record, sizeof(event.record), "%s", h->config->fqdn);
    snprintf(event.message, sizeof(event.message), "%s", message);
    return event;
}

static void tell(struct host *h, const char *id, int level, enum event_audience audience,
                 const char *message)
{
    struct event event = event_of(h, id, level, message);
    event.audience = audience;
    cycle_queue_event(h->engine, &event);
}

static void tell_change(struct host *h, const struct record_family *was,
                        const struct record_family *is)
{
    const struct dcddns_addr *before = &was->published, *after = &is->published;
    char old[ADDR_TEXT_MAX] = "", now[ADDR_TEXT_MAX] = "", message[ERROR_TEXT_MAX] = "";
    if (addr_is_set(before) && !addr_is_set(after))
        lost_watch_tell_dropped(h, before->family, was);
    if (!addr_is_set(after) || addr_equal(before, after))
        return;
    addr_text(after, now);
    if (addr_is_set(before))
        snprintf(message, sizeof(message), "%s record changed from %s to %s",
                 after->family == 4 ? "A" : "AAAA", addr_text(before, old), now);
    else
        snprintf(message, sizeof(message), "%s record set to %s", after->family == 4 ? "A" : "AAAA",
                 now);
    struct event event = event_of(h, EVENT_APPLIED, DCDDNS_LOG_NOTICE, message);
    event.before = *before;
    event.after = *after;
    /* Something else may have been observed while this was on its way. */
    if (addr_equal(&was->observed, after))
        snprintf(event.source, sizeof(event.source), "%s", was->source);
    h->engine->tally->changes++;
    cycle_queue_event(h->engine, &event);
}

static void tell_failure(struct host *h, const struct outcome *outcome)
{
    bool consent = outcome->kind == OUTCOME_CONSENT &&
                   (outcome->needs_consent || h->record->failures > DECIDE_PROBES);
    const bool called = h->grant && h->grant->consent_told;
    const bool temporary = outcome->kind == OUTCOME_TEMP;
    const struct spell_rule rule = { .after = (int)h->engine->config->tell_failures_after,
                                     .permanent = !temporary };

    h->engine->tally->failures++;
    h->spell.count = h->record->failures - 1; /* survives a restart */
    const enum event_audience audience = spell_failed(&h->spell, &rule, os.boot_ms());
    if (consent && called && !h->consent_told)
        return; /* with the other hosts of its grant */
    if (consent && !called && !h->consent_told) {
        h->consent_told = true;
        consent_event_tell_host(h, &outcome->error);
    } else {
        tell(h, EVENT_FAILED, temporary ? DCDDNS_LOG_WARN : DCDDNS_LOG_ERROR, audience,
             outcome->error.text);
    }
}

/* Whether notifiers heard of the failures that are over; also those before a restart. */
static void tell_recovered(struct host *h, const struct record *before, const char *message)
{
    const bool long_ago = before->failures >= h->engine->config->tell_failures_after ||
                          before->state == RECORD_PAUSED;

    h->spell.count = before->failures;
    const enum event_audience over = spell_over(&h->spell);
    tell(h, EVENT_RECOVERED, DCDDNS_LOG_NOTICE,
         over == EVENT_LOG && long_ago ? EVENT_EVERYBODY : over, message);
}

static void after_success(struct host *h, const struct outcome *outcome,
                          const struct record *before)
{
    h->applied_ms = os.boot_ms();
    verify_applied(h);
    h->consent_told = false;
    if (h->grant && !outcome->unrefreshed)
        consent_event_over(h->grant);
    if (h->grant && outcome->unrefreshed && h->engine->daemon)
        keeper_retry(h->grant, outcome->wait_s);
    if (h->sent6 && !addr_is_set(&outcome->v6) && !h->no_ipv6) {
        h->no_ipv6 = true;
        log_warn("%s: the consent covers IPv4 only, the IPv6 address is not published; run: dcddns "
                 "setup %s",
                 h->config->fqdn, h->config->fqdn);
    }
    h->result = (struct engine_result){ .verdict = HOST_APPLIED };
    tell_recovered(h, before, "updates work again");
    tell_change(h, &before->v4, &h->record->v4);
    tell_change(h, &before->v6, &h->record->v6);
}

static void update_over(void *ctx, const struct outcome *outcome)
{
    struct host *h = ctx;
    struct engine *e = h->engine;
    const struct record before = *h->record;
    int64_t now = os.boot_ms();

    h->busy = false;
    int64_t rest = decide_after(h->record, outcome, os.wall_ms(), engine_random());
    h->not_before_ms = rest > 0 ? now + rest : 0;
    h->record->next_wall_ms = rest > 0 ? os.wall_ms() + rest : 0;
    cycle_mark_dirty(h);
    if (rest > 0)
        cycle_commit_soon(e); /* a kill must not lose the waiting time */
    if (outcome->kind == OUTCOME_DONE) {
        after_success(h, outcome, &before);
    } else {
        h->result = (struct engine_result){ .verdict = HOST_FAILED, .error = outcome->error };
        if (outcome->kind != OUTCOME_STOPPED)
            tell_failure(h, outcome);
        if (e->daemon && rest > 0)
            scheduler_put(&e->scheduler, (struct job){ .due_ms = h->not_before_ms,
                                                       .kind = JOB_HOST,
                                                       .index = (size_t)(h - e->hosts) });
    }
    if (h->again && e->daemon) {
        h->again = false;
        cycle_consider(h);
    } else {
        asked_over(h);
    }
}

static void apply(struct host *h, const struct action *action)
{
    const struct update_request request = {
        .what = UPDATE_APPLY,
        .grant = h->grant ? h->grant->id : h->config->fqdn,
        .fqdn = h->config->fqdn,
        .v4 = action->v4,
        .v6 = action->v6,
    };
    h->sent6 = addr_is_set(&action->v6);
    h->busy = update_start(h->engine->updater, &request, update_over, h);
    if (!h->busy) {
        h->result.verdict = HOST_FAILED;
        error_set(&h->result.error, ERR_LOCAL, "out of memory");
    }
}

static struct action decide_now(const struct host *h, const struct observation *v4,
                                const struct observation *v6)
{
    const struct decide_input in = {
        .want4 = h->config->ipv4,
        .want6 = observed_wants6(h),
        .force = h->force,
        .repair = h->look.repair, /* with what is seen now, be it one family */
        .v4 = v4,
        .v6 = v6,
        .published4 = h->record->v4.published,
        .published6 = h->record->v6.published,
        .drop4 = lost_watch_drops(h, 4),
        .drop6 = lost_watch_drops(h, 6),
        .settles_ms = h->ripe ? 0 : round_plan_settles(h), /* who asked does not wait for it */
        .not_before_ms = h->not_before_ms,
        .applied_ms = h->applied_ms,
    };
    return decide(&in, os.boot_ms());
}

static void ask_again(const struct host *h)
{
    scheduler_put_earlier(
        &h->engine->scheduler,
        (struct job){ .due_ms = os.boot_ms(), .kind = JOB_CHAIN, .index = h->slot });
}

void cycle_consider(struct host *h)
{
    struct observation v4 = { 0 }, v6 = { 0 };

    if (h->engine->stopping)
        return;
    if (h->busy) {
        h->again = true;
        return;
    }
    if (verify_holds(h) && !h->force)
        return;
    if (observed_needs_round(h)) {
        ask_again(h);
        return;
    }
    const bool asked4 = observed_by(h, 4, &v4);
    const bool asked6 = observed_by(h, 6, &v6);
    lost_watch(h, asked4 ? &v4 : NULL, asked6 ? &v6 : NULL);
    const struct error *why = wrong_with(h, asked4 ? &v4 : NULL, asked6 ? &v6 : NULL);
    const struct action action = decide_now(h, asked4 ? &v4 : NULL, asked6 ? &v6 : NULL);
    const bool forced = h->force;
    h->force = false;
    h->result = (struct engine_result){ 0 };
    h->record->checked_wall_ms = os.wall_ms(); /* also when it must wait now */
    if (why) {
        h->result = (struct engine_result){ .verdict = HOST_UNKNOWN, .error = *why };
        if (h->record->failures == 0)
            set_error(h, why);
    }
    if (action.kind == ACTION_APPLY && !forced && verify_first(h, &action))
        return;
    if (action.kind == ACTION_APPLY)
        apply(h, &action);
    else if (action.kind == ACTION_WAIT)
        wait_until(h, action.until_ms);
    else if (!why)
        settled(h);
    if (os.boot_ms() - h->noted_ms >= NOTE_MS)
        cycle_mark_dirty(h);
    if (!h->busy)
        asked_over(h);
}
