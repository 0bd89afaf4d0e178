/* Updates in flight; see update.h.  Tokens of a grant come in through refresh.c. */
#include "engine/update.h"

#include <string.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "connect/apply.h"
#include "connect/protocol.h"
#include "engine/update_inside.h"
#include "platform/os.h"

struct updater *updater_new(const struct updater_options *options)
{
    struct updater *owner = mem_new(1, sizeof(*owner));
    if (owner)
        owner->options = *options;
    return owner;
}

size_t updater_busy(const struct updater *owner)
{
    return owner->busy;
}

struct updater_counts updater_counts(const struct updater *owner)
{
    return owner->counts;
}

size_t updater_unsaved(const struct updater *owner)
{
    size_t count = 0;
    for (const struct held *held = owner->held; held; held = held->next)
        count++;
    return count;
}

static void unlink_update(struct update *u)
{
    *(u->prev ? &u->prev->next : &u->owner->running) = u->next;
    if (u->next)
        u->next->prev = u->prev;
    u->owner->busy--;
}

static bool is_v1(const struct grant *g)
{
    return g->service_id && strcmp(g->service_id, CONNECT_SERVICE_V1) == 0;
}

void update_finish(struct update *u, enum outcome_kind kind, const struct error *err,
                   int64_t wait_s)
{
    struct outcome outcome = { .kind = kind, .wait_s = wait_s };

    if (err)
        outcome.error = *err;
    u->owner->counts.applies += kind == OUTCOME_DONE && u->request.what == UPDATE_APPLY;
    if (kind == OUTCOME_DONE) {
        outcome.v4 = u->request.v4;
        outcome.v6 = u->request.v6;
        if (is_v1(&u->grant))
            outcome.v6 = (struct dcddns_addr){ 0 };
    }
    outcome.unrefreshed = kind == OUTCOME_DONE && u->unrefreshed;
    if (outcome.unrefreshed)
        outcome.wait_s = u->refresh_wait_s;
    outcome.needs_consent = kind == OUTCOME_CONSENT && u->grant.needs_consent;
    net_timer_cancel(u->owner->options.net, &u->timer);
    refresh_turn_over(u, kind);
    grant_clear(&u->grant);
    mem_free(u->spare);
    unlink_update(u);
    u->done(u->ctx, &outcome);
    mem_free(u);
}

static void on_refused(struct update *u, const struct apply_result *result)
{
    if (result->verdict == APPLY_OVERRIDE && !u->forced && u->request.what == UPDATE_APPLY) {
        /* Only address records at the very host the person consented to manage: replace them. */
        u->forced = true;
        update_send(u);
    } else if (result->verdict == APPLY_TOKEN && !u->refreshed) {
        u->rejected = true;
        refresh_start(u);
    } else if (result->verdict == APPLY_TOKEN && u->unrefreshed) {
        update_finish(u, u->refresh_outcome, &u->refresh_error, u->refresh_wait_s);
    } else if (result->verdict == APPLY_TOKEN) {
        struct error why = { 0 };
        error_set(&why, ERR_CONSENT,
                  "the provider refuses the token that it just gave; if that lasts, run: dcddns "
                  "setup %s (%s)",
                  u->called, result->error.text);
        update_finish(u, OUTCOME_CONSENT, &why, -1);
    } else if (result->verdict == APPLY_RETRY) {
        update_finish(u, OUTCOME_TEMP, &result->error, result->wait_s);
    } else if (result->verdict == APPLY_REFUSED) {
        update_finish(u, OUTCOME_REFUSED, &result->error, result->wait_s);
    } else {
        update_finish(u, OUTCOME_CONFLICT, &result->error, -1);
    }
}

static struct apply_target target_of(const struct update *u)
{
    const struct grant *g = &u->grant;
    return (struct apply_target){
        .api_url = g->api_url, .service_id = g->service_id, .zone = g->zone, .host = u->host
    };
}

static void on_answer(void *ctx, const struct http_answer *http)
{
    struct update *u = ctx;
    struct apply_result result = { 0 };
    const struct apply_target target = target_of(u);

    u->call = NULL;
    apply_judge(http, &target, &result);
    text_redact(result.error.text, u->grant.access_token);
    if (http->error.class == ERR_STOP)
        update_finish(u, OUTCOME_STOPPED, &result.error, -1);
    else if (result.verdict == APPLY_DONE)
        update_finish(u, OUTCOME_DONE, NULL, -1);
    else
        on_refused(u, &result);
}

/* The last gate, whatever the record or the caller holds: an apply without any address would say
 * nothing, or take records away, and 0.0.0.0 or :: are none. */
static bool can_send(const struct update *u)
{
    if (addr_never(&u->request.v4) || addr_never(&u->request.v6))
        return false;
    return addr_is_set(&u->request.v4) || (!is_v1(&u->grant) && addr_is_set(&u->request.v6));
}

void update_send(struct update *u)
{
    struct buf url = BUF_MAX(CONNECT_URL_MAX);
    const struct apply_target target = target_of(u);
    const struct error memory = { ERR_LOCAL, "cannot send the update: out of memory" };
    const struct error no_addr = { ERR_LOCAL, "there is an address among those to publish that no "
                                              "machine can have; nothing was sent" };
    const struct error no_ipv6 = { ERR_PERM, "the consent covers IPv4 only and there is no IPv4 "
                                             "address; run: dcddns setup NAME" };

    if (u->request.what == UPDATE_KEEP_ALIVE) {
        update_finish(u, OUTCOME_DONE, NULL, -1);
        return;
    }
    if (u->request.what == UPDATE_APPLY && !can_send(u)) {
        bool never = addr_never(&u->request.v4) || addr_never(&u->request.v6);
        update_finish(u, OUTCOME_REFUSED, never ? &no_addr : &no_ipv6, -1);
        return;
    }
    if (u->request.what == UPDATE_REVERT)
        revert_url(&url, &target);
    else
        apply_url(&url, &target, &u->request.v4, &u->request.v6, u->forced);
    const struct http_request request = { .url = buf_text(&url),
                                          .post = "",
                                          .bearer = u->grant.access_token,
                                          .max_body = CONNECT_BODY_MAX };
    if (buf_ok(&url))
        u->call = http_start(u->owner->options.net, &request, on_answer, u);
    u->owner->counts.requests += u->call != NULL;
    buf_free(&url);
    if (!u->call)
        update_finish(u, OUTCOME_TEMP, &memory, -1);
}

bool update_is_covered(struct update *u)
{
    grant_setup_name(&u->grant, u->called);
    return u->request.what == UPDATE_KEEP_ALIVE || grant_covers(&u->grant, u->fqdn, u->host);
}

/* The grant as it is in memory, when the disk refused it, else as it is on disk. */
static bool find_grant(struct update *u, struct error *err)
{
    bool found = false;
    const char *name = u->fqdn[0] ? u->fqdn : u->id;
    const struct grant *held = held_find(u->owner, u->id);
    if (held && grant_copy(&u->grant, held, err) != 0)
        return false;
    found = held != NULL;
    if (!held && grants_load(u->owner->options.grants, u->id, &u->grant, &found, err) < 0)
        return false;
    if (u->grant.degraded)
        log_warn("%s: the stored grant was damaged, the generation before it is used", u->id);
    if (!found || !update_is_covered(u))
        error_set(err, ERR_CONSENT, "no consent was given for %s yet; run: dcddns setup %s", name,
                  name);
    else if (!u->grant.api_url || !u->grant.service_id)
        error_set(err, ERR_CONSENT, "the stored grant of %s is incomplete; run: dcddns setup %s",
                  u->id, u->called);
    else
        return true;
    u->grant.needs_consent = true; /* no waiting will help; this copy is not stored */
    return false;
}

static void begin(void *arg)
{
    struct update *u = arg;
    struct error err = { 0 };
    int64_t boot = os.boot_ms(), wall = os.wall_ms();

    u->timer = NULL;
    held_retry(u->owner, u->id);
    if (!find_grant(u, &err)) {
        update_finish(u, err.class == ERR_CONSENT ? OUTCOME_CONSENT : OUTCOME_TEMP, &err, -1);
        return;
    }
    bool fresh = u->grant.access_token && !grant_access_stale(&u->grant, boot, wall);
    if (fresh && u->request.what != UPDATE_KEEP_ALIVE)
        update_send(u);
    else
        refresh_start(u);
}

bool update_start(struct updater *owner, const struct update_request *request, update_done done,
                  void *ctx)
{
    struct update *u = mem_new(1, sizeof(*u));
    if (!u)
        return false;
    *u = (struct update){ .owner = owner, .request = *request, .done = done, .ctx = ctx };
    strncpy(u->id, request->grant, sizeof(u->id) - 1);
    if (request->fqdn)
        strncpy(u->fqdn, request->fqdn, sizeof(u->fqdn) - 1);
    u->request.grant = u->id;
    u->request.fqdn = u->fqdn;
    u->timer = net_timer_add(owner->options.net, os.boot_ms(), begin, u);
    if (!u->timer) {
        mem_free(u);
        return false;
    }
    u->next = owner->running;
    if (u->next)
        u->next->prev = u;
    owner->running = u;
    owner->busy++;
    return true;
}

void updater_free(struct updater **updater)
{
    struct updater *owner = *updater;
    const struct error stopped = { ERR_STOP, "stopped" };

    if (!owner)
        return;
    while (owner->running) {
        struct update *u = owner->running;
        if (u->call)
            http_cancel(owner->options.net, u->call); /* ends in on_answer, which finishes it */
        else
            update_finish(u, OUTCOME_STOPPED, &stopped, -1);
    }
    net_timer_cancel(owner->options.net, &owner->store_timer);
    held_store(owner);
    while (owner->held) {
        struct held *next = owner->held->next;
        log_error("%s: the newest tokens could not be stored and are lost; run: dcddns setup %s",
                  owner->held->grant.id, owner->held->grant.id);
        grant_clear(&owner->held->grant);
        mem_free(owner->held);
        owner->held = next;
    }
    mem_free(owner);
    *updater = NULL;
}
