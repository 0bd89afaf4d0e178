/* Keeps grants alive: a refresh at least every seven days without any change of address, since
 * providers let idle refresh tokens die (IONOS: after 30 days). */
#include <string.h>

#include "base/log.h"
#include "engine/engine_inside.h"

static const int64_t KEEP_MS = INT64_C(7) * 86400 * 1000;
static const int64_t RETRY_MS = INT64_C(3600) * 1000;

static void put(struct host *h, int64_t in_ms)
{
    struct engine *e = h->engine;
    scheduler_put(&e->scheduler, (struct job){ .due_ms = os.boot_ms() + in_ms,
                                               .kind = JOB_GRANT,
                                               .index = (size_t)(h - e->hosts) });
}

static bool is_old(const struct grant *grant)
{
    int64_t age = os.wall_ms() - grant->refreshed_wall_ms;
    return age < 0 || age >= KEEP_MS * 4 / 5;
}

static int64_t until_next(const struct grant *grant)
{
    int64_t age = os.wall_ms() - grant->refreshed_wall_ms;

    /* A refresh was cut short, perhaps between the provider's rotation and our disk: the same token
     * must be sent again while the provider still forgives that, for seconds at most. */
    if (grant->refresh_in_flight && !grant->needs_consent)
        return 0;
    /* Not all of ten thousand grants at the moment of start. */
    if (age >= KEEP_MS)
        return (int64_t)(engine_random() % 60000);
    /* A clock that stepped back makes ages negative: then a whole period from now.  Spread towards
     * the earlier side: the period is a promise. */
    int64_t left = age < 0 ? KEEP_MS : KEEP_MS - age;
    return left - scheduler_jitter(left, engine_random() | 0x80000000U) + left;
}

void keeper_schedule(struct host *h)
{
    struct grant grant = { 0 };
    struct error err = { 0 };
    bool found = false;
    int64_t left = RETRY_MS;

    if (grants_load(h->engine->grants, h->config->fqdn, &grant, &found, &err) < 0)
        log_warn("%s: %s", h->config->fqdn, err.text);
    else if (found) {
        left = until_next(&grant);
    }
    grant_clear(&grant);
    put(h, left);
}

static void kept(void *ctx, const struct outcome *outcome)
{
    struct host *h = ctx;

    if (outcome->kind == OUTCOME_DONE) {
        log_info("%s: the grant was refreshed", h->config->fqdn);
        keeper_schedule(h);
        return;
    }
    if (outcome->kind == OUTCOME_STOPPED)
        return;
    log_warn("%s: the grant could not be refreshed: %s", h->config->fqdn, outcome->error.text);
    if (outcome->needs_consent && !h->consent_told) {
        h->consent_told = true;
        consent_event_tell(h, &outcome->error);
    }
    put(h, outcome->wait_s > 0 ? outcome->wait_s * 1000 : RETRY_MS);
}

void keeper_run(struct host *h)
{
    struct grant grant = { 0 };
    struct error err = { 0 };
    bool found = false;
    const struct update_request request = { .what = UPDATE_KEEP_ALIVE, .grant = h->config->fqdn };

    /* An update may have refreshed it meanwhile, and one in flight may be doing so. */
    bool readable = grants_load(h->engine->grants, h->config->fqdn, &grant, &found, &err) == 0;
    bool due = readable && found && (is_old(&grant) || grant.refresh_in_flight);
    int64_t left = due || !found ? RETRY_MS : until_next(&grant);
    grant_clear(&grant);
    if (h->busy || !due) {
        put(h, left);
        return;
    }
    if (!update_start(h->engine->updater, &request, kept, h))
        put(h, RETRY_MS);
}
