/* Looks at DNS, on the engine's loop; see verify.h.  What an answer means is drift.c's. */
#include "engine/verify.h"

#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/log.h"
#include "connect/protocol.h"
#include "engine/drift.h"
#include "engine/engine_inside.h"

enum {
    HOUR_MS = 3600 * 1000,
    SPREAD_LEAST_MS = 60000, /* looks after a start, */
    SPREAD_A_HOST_MS = 200,  /* and more for many hosts */
    SOON_A_HOST_MS = 50,
    AGAIN_MS = 5000,  /* a look is good for so long when people ask */
    FIRST_MS = 12000, /* an update waits for DNS no longer, whoever else is in the line */
    BUSY_MS = 60000
};

static size_t index_of(const struct host *h)
{
    return (size_t)(h - h->engine->hosts);
}

static void plan(struct host *h, int64_t in_ms)
{
    struct engine *e = h->engine;
    if (e->daemon && !e->stopping)
        scheduler_put(
            &e->scheduler,
            (struct job){ .due_ms = os.boot_ms() + in_ms, .kind = JOB_DNS, .index = index_of(h) });
}

static void plan_hour(struct host *h)
{
    plan(h, scheduler_jitter(HOUR_MS, engine_random()));
}

/* What DNS should show; a family that is not wanted any more is not looked at. */
static struct dcddns_addr expected(const struct host *h, int family)
{
    const struct dcddns_addr none = { 0 };
    if (family == 4)
        return h->config->ipv4 ? h->record->v4.published : none;
    return h->config->ipv6 && !h->look.v1 ? h->record->v6.published : none;
}

static bool is_published(const struct host *h)
{
    const struct dcddns_addr v4 = expected(h, 4), v6 = expected(h, 6);
    return addr_is_set(&v4) || addr_is_set(&v6);
}

/* An update was acknowledged while the look was under way. */
static bool is_outdated(const struct host *h)
{
    const struct dcddns_addr v4 = expected(h, 4), v6 = expected(h, 6);
    return h->busy || !addr_equal(&h->look.v4, &v4) || !addr_equal(&h->look.v6, &v6);
}

static int64_t published_wall_ms(const struct host *h)
{
    const int64_t v4 = h->record->v4.published_wall_ms, v6 = h->record->v6.published_wall_ms;
    return v4 > v6 ? v4 : v6;
}

/* Since the last update, by whichever clock says less.  A wall clock that ran backwards says
 * nothing; then it was before this run. */
static int64_t age_ms(const struct host *h)
{
    int64_t now = os.boot_ms();
    int64_t age = os.wall_ms() - published_wall_ms(h);
    if (age < 0)
        age = now - h->engine->looks.began_ms;
    if (h->applied_ms > 0 && now - h->applied_ms < age)
        age = now - h->applied_ms;
    return age;
}

/* -- what comes of a look -------------------------------------------------------------------- */

static void tell(struct host *h, const struct drift *d, bool repair)
{
    const struct record_dns *dns = &h->record->dns;
    struct event event = { .id = EVENT_DRIFT, .level = DCDDNS_LOG_WARN };
    const char *next = repair             ? "it is being put right"
                       : dns->gave_up     ? "updates do not help; run: dcddns doctor "
                       : dns->applies > 0 ? "it will be put right later; see: dcddns doctor "
                                          : "run: dcddns doctor ";

    snprintf(event.record, sizeof(event.record), "%s", h->config->fqdn);
    snprintf(event.message, sizeof(event.message),
             "DNS does not show what was published: %s; %s%.*s", d->says, next, repair ? 0 : 60,
             h->config->fqdn);
    event.before = d->expected;
    event.after = d->found;
    cycle_queue_event(h->engine, &event);
}

static void tell_recovered(struct host *h)
{
    struct event event = { .id = EVENT_RECOVERED, .level = DCDDNS_LOG_NOTICE };
    snprintf(event.record, sizeof(event.record), "%s", h->config->fqdn);
    snprintf(event.message, sizeof(event.message), "DNS shows what was published again");
    cycle_queue_event(h->engine, &event);
}

/* With addresses as they are now: the sources are asked first. */
static void begin_repair(struct host *h)
{
    struct engine *e = h->engine;
    h->look.repair = true;
    e->slots[h->slot].fresh = true;
    scheduler_put_earlier(
        &e->scheduler, (struct job){ .due_ms = os.boot_ms(), .kind = JOB_CHAIN, .index = h->slot });
}

static struct drift judge(const struct host *h, const struct authority_result *result, int64_t age)
{
    const struct drift_input in = {
        .answers = result,
        .v4 = h->look.v4,
        .v6 = h->look.v6,
        .allow_private = h->config->allow_private,
        .age_ms = age,
        .settle_ms = h->look.settle_ms,
    };
    return drift_judge(&in);
}

static void enter(struct host *h, const struct drift *d)
{
    const enum record_dns_state was = h->record->dns.state;
    const struct drift_step step = drift_enter(&h->record->dns, d, os.wall_ms());

    log_debug("%s: DNS: %s%s%s", h->config->fqdn, record_dns_name(d->state), d->says[0] ? ", " : "",
              d->says);
    /* That all is as before is no reason to write; settled() does so once an hour. */
    if (was != d->state || drift_is_wrong(d->state) || step.recovered)
        cycle_mark_dirty(h);
    if (step.tell)
        tell(h, d, step.repair);
    if (step.recovered)
        tell_recovered(h);
    if (step.repair)
        begin_repair(h);
    else if (d->state == RECORD_DNS_CURRENT)
        h->look.repair = false;
}

static void queue_look(struct host *h);

/* What the few servers that were asked say against the record is not believed until all were. */
static bool needs_more(const struct host *h, const struct authority_result *result,
                       const struct drift *d)
{
    return drift_is_wrong(d->state) && !h->look.wide && result->known > result->count;
}

static void regular_over(struct host *h, const struct authority_result *result)
{
    const int64_t age = age_ms(h);
    const struct drift d = judge(h, result, age);

    if (is_outdated(h)) {
        plan(h, BUSY_MS);
        return;
    }
    if (needs_more(h, result, &d)) {
        h->look.wide = true;
        queue_look(h);
        return;
    }
    if (d.state == RECORD_DNS_LAGGING && age < h->look.settle_ms)
        plan(h, h->look.settle_ms - age);
    else
        plan_hour(h);
    enter(h, &d);
}

/* DNS shows what the first update would publish: it is as if we had published it. */
static void adopt(struct host *h, const struct drift *d)
{
    char v4[ADDR_TEXT_MAX] = "", v6[ADDR_TEXT_MAX] = "";
    struct record *r = h->record;

    addr_text(&h->look.v4, v4);
    addr_text(&h->look.v6, v6);
    log_notice("%s: DNS says %s%s%s already: nothing is sent", h->config->fqdn, v4,
               v4[0] && v6[0] ? " and " : "", v6);
    r->v4.published = h->look.v4;
    r->v6.published = h->look.v6;
    r->v4.published_wall_ms = v4[0] ? os.wall_ms() : 0;
    r->v6.published_wall_ms = v6[0] ? os.wall_ms() : 0;
    enter(h, d);
    cycle_mark_dirty(h);
    plan_hour(h);
}

static void first_over(struct host *h, const struct authority_result *result)
{
    h->look.first = false;
    h->engine->looks.first--;
    if (result && !is_published(h)) {
        const struct drift d = judge(h, result, h->look.settle_ms);
        log_debug("%s: DNS before the first update: %s", h->config->fqdn, record_dns_name(d.state));
        if (d.state == RECORD_DNS_CURRENT)
            adopt(h, &d);
    }
    cycle_consider(h);
}

/* RESULT NULL: nobody could be asked. */
static void look_over(struct host *h, const struct authority_result *result)
{
    h->look.asked_ms = os.boot_ms();
    if (h->look.first)
        first_over(h, result);
    else if (result)
        regular_over(h, result);
    else
        plan_hour(h);
}

/* -- the line -------------------------------------------------------------------------------- */

static void start_looks(struct engine *e);

static void on_result(void *ctx, const struct authority_result *result)
{
    struct host *h = ctx;
    struct engine *e = h->engine;

    h->look.asking = NULL;
    e->looks.running--;
    look_over(h, result);
    start_looks(e);
}

/* False: there is no grant that names the zone, or no memory. */
static bool ask(struct host *h)
{
    struct engine *e = h->engine;
    struct look *look = &h->look;
    struct grant grant = { 0 };
    struct error err = { 0 };
    bool found = false;

    if (h->grant && grants_load(e->grants, h->grant->id, &grant, &found, &err) < 0)
        log_debug("%s: %s", h->config->fqdn, err.text);
    look->v1 = grant.service_id && strcmp(grant.service_id, CONNECT_SERVICE_V1) == 0;
    look->settle_ms = drift_settle_ms(look->v1);
    if (look->v1)
        look->v6 = (struct dcddns_addr){ 0 };
    const struct authority_question question = {
        .zone = grant.zone,
        .fqdn = h->config->fqdn,
        .want4 = addr_is_set(&look->v4),
        .want6 = addr_is_set(&look->v6),
        .servers = look->wide ? AUTHORITY_SERVERS_MAX : VERIFY_SERVERS,
    };
    bool early = !look->first && age_ms(h) < look->settle_ms;
    if (found && !early)
        look->asking = authority_ask(e->net, &question, on_result, h);
    else if (early)
        plan(h, look->settle_ms - age_ms(h));
    grant_clear(&grant);
    return look->asking != NULL || early;
}

static void start_looks(struct engine *e)
{
    while (e->looks.line && e->looks.running < VERIFY_LOOKS && !e->stopping) {
        struct host *h = e->looks.line;
        e->looks.line = h->look.next;
        if (!e->looks.line)
            e->looks.line_end = &e->looks.line;
        h->look.next = NULL;
        h->look.queued = false;
        if (!ask(h))
            look_over(h, NULL);
        e->looks.running += h->look.asking != NULL;
    }
}

static void queue_look(struct host *h)
{
    struct looks *looks = &h->engine->looks;
    if (!looks->line_end)
        looks->line_end = &looks->line;
    h->look.queued = true;
    struct host **at = h->look.first ? &looks->line : looks->line_end; /* who waits goes first */
    h->look.next = *at;
    *at = h;
    if (!h->look.next)
        looks->line_end = &h->look.next;
    start_looks(h->engine);
}

/* -- when ------------------------------------------------------------------------------------ */

/* Ten thousand hosts must not ask at once. */
static int64_t spread(const struct engine *e)
{
    int64_t most = (int64_t)e->host_count * SPREAD_A_HOST_MS;
    most = most < SPREAD_LEAST_MS ? SPREAD_LEAST_MS : most > HOUR_MS ? HOUR_MS : most;
    return (int64_t)((uint64_t)engine_random() * (uint64_t)most >> 32);
}

void verify_schedule(struct host *h)
{
    if (!h->config->verify_dns || !is_published(h))
        return;
    int64_t since = os.wall_ms() - h->record->dns.asked_wall_ms;
    /* The last run did not see what came of its last update. */
    if (published_wall_ms(h) > h->record->dns.asked_wall_ms) {
        plan(h, drift_settle_ms(false) + spread(h->engine));
        return;
    }
    if (since < 0 || since > HOUR_MS)
        since = HOUR_MS;
    plan(h, HOUR_MS - since + spread(h->engine));
}

void verify_soon(struct engine *e)
{
    int64_t now = os.boot_ms();
    for (size_t i = 0; i < e->host_count && e->daemon; i++) {
        const struct host *h = &e->hosts[i];
        int64_t due = now + (int64_t)i * SOON_A_HOST_MS;
        if (!h->config->verify_dns || !is_published(h))
            continue;
        if (h->look.asked_ms > 0 && h->look.asked_ms + AGAIN_MS > due)
            due = h->look.asked_ms + AGAIN_MS;
        scheduler_put_earlier(&e->scheduler,
                              (struct job){ .due_ms = due, .kind = JOB_DNS, .index = i });
    }
}

void verify_run(struct host *h)
{
    if (h->look.asking || h->look.queued) {
        if (h->look.first)
            first_over(h, NULL); /* its time is over: the look goes on, the update does not wait */
        return;                  /* what comes of it plans the next */
    }
    if (h->look.first) {
        scheduler_put(&h->engine->scheduler, (struct job){ .due_ms = os.boot_ms() + FIRST_MS,
                                                           .kind = JOB_DNS,
                                                           .index = index_of(h) });
        queue_look(h);
        return;
    }
    if (h->busy || !is_published(h)) {
        plan(h, BUSY_MS);
        return;
    }
    h->look.v4 = expected(h, 4);
    h->look.v6 = expected(h, 6);
    h->look.wide = false;
    queue_look(h);
}

/* Asked for as a job, not from inside the decision that it will change. */
bool verify_first(struct host *h, const struct action *action)
{
    const struct job job = { .due_ms = os.boot_ms(), .kind = JOB_DNS, .index = index_of(h) };
    if (!h->config->verify_dns || h->look.first_done || is_published(h) || h->look.asking ||
        h->look.queued || !scheduler_put(&h->engine->scheduler, job))
        return false;
    h->look.first_done = h->look.first = true;
    h->look.v4 = action->v4;
    h->look.v6 = action->v6;
    h->look.wide = false;
    h->engine->looks.first++;
    return true;
}

bool verify_holds(const struct host *h)
{
    return h->look.first;
}

void verify_applied(struct host *h)
{
    drift_applied(&h->record->dns, h->look.repair, os.wall_ms());
    h->look.repair = false;
    if (h->config->verify_dns)
        plan(h, drift_settle_ms(false)); /* ask() knows better */
}

void verify_stop(struct engine *e)
{
    for (size_t i = 0; i < e->host_count; i++)
        authority_cancel(&e->hosts[i].look.asking);
    e->looks = (struct looks){ 0 };
}
