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

static void mark_dirty(struct host *h)
{
    struct engine *e = h->engine;
    h->record->dirty = true;
    h->noted_ms = os.boot_ms();
    if (e->flush_ms == 0)
        e->flush_ms = os.boot_ms() + FLUSH_MS;
}

void cycle_queue_event(struct engine *e, const struct event *event)
{
    struct queued_event *queued = mem_new(1, sizeof(*queued));
    if (!queued) {
        events_send(e->events, event);
        return;
    }
    /* Hosts by the thousand that change together share a few writes. */
    if (e->flush_ms == 0 || e->flush_ms > os.boot_ms() + TELL_MS)
        e->flush_ms = os.boot_ms() + TELL_MS;
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
        events_send(e->events, &queued->event);
        mem_free(queued);
    }
    e->events_last = &e->events_first;
    return err.class;
}

static bool wants6(const struct host *h)
{
    return h->config->ipv6 && !h->no_ipv6;
}

bool cycle_would_change(void *ctx, const struct dcddns_addr *addr)
{
    const struct slot *slot = ctx;
    const struct engine *e = slot->engine;

    for (size_t i = 0; i < e->host_count; i++) {
        const struct host *h = &e->hosts[i];
        if (!h->selected || &e->slots[h->slot] != slot)
            continue;
        bool wanted = addr->family == 4 ? h->config->ipv4 : wants6(h);
        const struct record_family *family = addr->family == 4 ? &h->record->v4 : &h->record->v6;
        if (wanted && decide_is_change(addr, &family->published))
            return true;
    }
    return false;
}

/* Power of two: the first time, then ever more seldom. */
static bool worth_telling(int count)
{
    return count > 0 && (count & (count - 1)) == 0;
}

static void note_family(struct slot *slot, int at, const struct observation *seen)
{
    struct event event = { .id = EVENT_SOURCE_FAILED, .level = DCDDNS_LOG_WARN };
    int family = at == 0 ? 4 : 6;

    if (!seen || addr_is_set(&seen->addr)) {
        if (seen && worth_telling(slot->told[at]))
            log_notice("IPv%d address found again: %s", family, seen->source);
        slot->told[at] = 0;
        return;
    }
    slot->told[at]++;
    if (!worth_telling(slot->told[at])) {
        log_debug("no IPv%d address: %s", family, seen->error.text);
        return;
    }
    struct error words = seen->error;
    error_prefix(&words, "no IPv%d address", family);
    memcpy(event.message, words.text, sizeof(event.message));
    cycle_queue_event(slot->engine, &event);
}

static void plan_next_round(struct slot *slot, bool found)
{
    struct engine *e = slot->engine;
    int64_t interval = e->config->interval_s * 1000;
    int64_t wait = scheduler_jitter(interval, engine_random());

    slot->failures = found ? 0 : slot->failures + 1;
    slot->ever = slot->ever || found;
    if (!found) {
        int64_t sooner = slot->ever ? scheduler_backoff(slot->failures, engine_random())
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
                                                           .index = (size_t)(slot - e->slots) });
}

void cycle_round_done(void *ctx, const struct observation *v4, const struct observation *v6)
{
    struct slot *slot = ctx;
    struct engine *e = slot->engine;

    slot->asked4 = v4 != NULL;
    slot->asked6 = v6 != NULL;
    slot->v4 = v4 ? *v4 : (struct observation){ 0 };
    slot->v6 = v6 ? *v6 : (struct observation){ 0 };
    note_family(slot, 0, v4);
    note_family(slot, 1, v6);
    plan_next_round(slot, addr_is_set(&slot->v4.addr) || addr_is_set(&slot->v6.addr));
    for (size_t i = 0; i < e->host_count; i++) {
        if (e->hosts[i].selected && &e->slots[e->hosts[i].slot] == slot)
            cycle_consider(&e->hosts[i]);
    }
}

static void note_observed(struct host *h, struct record_family *family,
                          const struct observation *seen)
{
    if (!seen || !addr_is_set(&seen->addr))
        return;
    family->observed_wall_ms = os.wall_ms();
    if (addr_equal(&family->observed, &seen->addr) && strcmp(family->source, seen->source) == 0)
        return;
    family->observed = seen->addr;
    snprintf(family->source, sizeof(family->source), "%s", seen->source);
    mark_dirty(h);
}

/* Words for a host none of whose families could be observed, or NULL. */
static const struct error *blind(const struct host *h, const struct observation *v4,
                                 const struct observation *v6)
{
    bool see4 = h->config->ipv4 && v4 && addr_is_set(&v4->addr);
    bool see6 = h->config->ipv6 && v6 && addr_is_set(&v6->addr);
    if (see4 || see6)
        return NULL;
    if (h->config->ipv4 && v4)
        return &v4->error;
    return h->config->ipv6 && v6 ? &v6->error : NULL;
}

static void set_error(struct host *h, const struct error *why)
{
    if (h->record->error_class == why->class && strcmp(h->record->error, why->text) == 0)
        return;
    h->record->error_class = why->class;
    memcpy(h->record->error, why->text, sizeof(h->record->error));
    mark_dirty(h);
}

/* What is published is right again without our doing.  A waiting time that the provider asked for
 * still holds for the next change. */
static void settled(struct host *h)
{
    struct record *r = h->record;
    const struct error none = { 0 };

    r->checked_wall_ms = r->success_wall_ms = os.wall_ms();
    if (r->state != RECORD_CURRENT || r->failures > 0) {
        r->state = RECORD_CURRENT;
        r->failures = 0;
        mark_dirty(h);
    }
    set_error(h, &none);
    if (os.boot_ms() - h->noted_ms >= NOTE_MS)
        mark_dirty(h);
    h->result = (struct engine_result){ .verdict = HOST_UNCHANGED };
}

static void wait_until(struct host *h, int64_t until_ms)
{
    struct engine *e = h->engine;
    h->result.verdict = HOST_WAITING;
    error_set(&h->result.error, ERR_TEMP, "not due for another %lld s%s%s",
              (long long)(until_ms - os.boot_ms() + 999) / 1000,
              h->record->error[0] ? "; last: " : "", h->record->error);
    if (h->record->state == RECORD_CURRENT || h->record->state == RECORD_NEW) {
        h->record->state = RECORD_DUE;
        mark_dirty(h);
    }
    h->record->next_wall_ms = os.wall_ms() + until_ms - os.boot_ms();
    if (e->daemon)
        scheduler_put(
            &e->scheduler,
            (struct job){ .due_ms = until_ms, .kind = JOB_HOST, .index = (size_t)(h - e->hosts) });
}

static void tell(struct host *h, const char *id, int level, const char *message,
                 const struct dcddns_addr *before, const struct dcddns_addr *after)
{
    struct event event = { .id = id, .level = level };
    snprintf(event.record, sizeof(event.record), "%s", h->config->fqdn);
    snprintf(event.message, sizeof(event.message), "%s", message);
    if (before)
        event.before = *before;
    if (after)
        event.after = *after;
    cycle_queue_event(h->engine, &event);
}

static void tell_change(struct host *h, const struct dcddns_addr *before,
                        const struct dcddns_addr *after)
{
    char old[ADDR_TEXT_MAX] = "", now[ADDR_TEXT_MAX] = "", message[ERROR_TEXT_MAX] = "";
    if (!addr_is_set(after) || addr_equal(before, after))
        return;
    addr_text(after, now);
    if (addr_is_set(before))
        snprintf(message, sizeof(message), "%s record changed from %s to %s",
                 after->family == 4 ? "A" : "AAAA", addr_text(before, old), now);
    else
        snprintf(message, sizeof(message), "%s record set to %s", after->family == 4 ? "A" : "AAAA",
                 now);
    tell(h, EVENT_APPLIED, DCDDNS_LOG_NOTICE, message, before, after);
}

static void tell_failure(struct host *h, const struct outcome *outcome)
{
    bool consent = outcome->kind == OUTCOME_CONSENT &&
                   (outcome->needs_consent || h->record->failures > DECIDE_PROBES);
    if (consent && !h->consent_told) {
        h->consent_told = true;
        consent_event_tell(h, &outcome->error);
    } else if (worth_telling(h->record->failures)) {
        tell(h, EVENT_FAILED, outcome->kind == OUTCOME_TEMP ? DCDDNS_LOG_WARN : DCDDNS_LOG_ERROR,
             outcome->error.text, NULL, NULL);
    }
}

static void after_success(struct host *h, const struct outcome *outcome,
                          const struct record *before)
{
    h->applied_ms = os.boot_ms();
    h->consent_told = false;
    if (h->sent6 && !addr_is_set(&outcome->v6) && !h->no_ipv6) {
        h->no_ipv6 = true;
        log_warn("%s: the consent covers IPv4 only, the IPv6 address is not published; run: dcddns "
                 "setup %s",
                 h->config->fqdn, h->config->fqdn);
    }
    h->result = (struct engine_result){ .verdict = HOST_APPLIED };
    if (before->failures > 0)
        tell(h, EVENT_RECOVERED, DCDDNS_LOG_NOTICE, "updates work again", NULL, NULL);
    tell_change(h, &before->v4.published, &outcome->v4);
    tell_change(h, &before->v6.published, &outcome->v6);
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
    mark_dirty(h);
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
    }
}

static void apply(struct host *h, const struct action *action)
{
    const struct update_request request = {
        .what = UPDATE_APPLY, .grant = h->config->fqdn, .v4 = action->v4, .v6 = action->v6
    };
    h->sent6 = addr_is_set(&action->v6);
    h->busy = update_start(h->engine->updater, &request, update_over, h);
    if (!h->busy) {
        h->result.verdict = HOST_FAILED;
        error_set(&h->result.error, ERR_LOCAL, "out of memory");
    }
}

void cycle_consider(struct host *h)
{
    const struct slot *slot = &h->engine->slots[h->slot];
    const struct observation *v4 = slot->asked4 ? &slot->v4 : NULL;
    const struct observation *v6 = slot->asked6 ? &slot->v6 : NULL;

    if (h->engine->stopping)
        return;
    if (h->busy) {
        h->again = true;
        return;
    }
    note_observed(h, &h->record->v4, h->config->ipv4 ? v4 : NULL);
    note_observed(h, &h->record->v6, h->config->ipv6 ? v6 : NULL);
    const struct decide_input in = {
        .want4 = h->config->ipv4,
        .want6 = wants6(h),
        .force = h->force,
        .v4 = v4,
        .v6 = v6,
        .published4 = h->record->v4.published,
        .published6 = h->record->v6.published,
        .not_before_ms = h->not_before_ms,
        .applied_ms = h->applied_ms,
    };
    const struct error *why = blind(h, v4, v6);
    const struct action action = decide(&in, os.boot_ms());
    h->force = false;
    h->result = (struct engine_result){ 0 };
    if (why) {
        h->result = (struct engine_result){ .verdict = HOST_UNKNOWN, .error = *why };
        if (h->record->failures == 0)
            set_error(h, why);
        h->record->checked_wall_ms = os.wall_ms();
    }
    if (action.kind == ACTION_APPLY)
        apply(h, &action);
    else if (action.kind == ACTION_WAIT)
        wait_until(h, action.until_ms);
    else if (!why)
        settled(h);
}
