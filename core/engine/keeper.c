/* Keeps grants alive: a refresh at least every seven days without any change of address, since
 * providers let idle refresh tokens die (IONOS: after 30 days). */
#include <string.h>

#include "base/log.h"
#include "engine/engine_grants.h"

static const int64_t KEEP_MS = INT64_C(7) * 86400 * 1000;
static const int64_t RETRY_MS = INT64_C(3600) * 1000;
static const int64_t SOON_MS = INT64_C(60) * 1000;

static void put(struct engine_grant *g, int64_t in_ms)
{
    struct engine *e = g->engine;
    scheduler_put(&e->scheduler, (struct job){ .due_ms = os.boot_ms() + in_ms,
                                               .kind = JOB_GRANT,
                                               .index = (size_t)(g - e->engine_grants) });
}

static bool is_old(const struct grant *grant)
{
    int64_t age = grant_age_ms(grant, os.boot_ms(), os.wall_ms());
    return age < 0 || age >= KEEP_MS * 4 / 5;
}

static int64_t until_next(const struct grant *grant)
{
    int64_t age = grant_age_ms(grant, os.boot_ms(), os.wall_ms());

    /* A refresh was cut short, perhaps between the provider's rotation and our disk: the same token
     * must be sent again while the provider still forgives that, for seconds at most. */
    if (grant->refresh_in_flight && !grant->needs_consent)
        return 0;
    /* Not all of ten thousand grants at the moment of start. */
    if (age >= KEEP_MS)
        return (int64_t)(engine_random() % 60000);
    /* Obtained in the future: the clock is wrong now, and may be right soon, or was wrong then.
     * Never a whole period from now: a machine that is started often would never refresh. */
    if (age < 0)
        return RETRY_MS;
    /* Spread towards the earlier side: the period is a promise. */
    int64_t left = KEEP_MS - age;
    return left - scheduler_jitter(left, engine_random() | 0x80000000U) + left;
}

/* False: it is not there, or cannot be read, which is told. */
static bool read_grant(struct engine_grant *g, struct grant *grant)
{
    struct error err = { 0 };
    bool found = false;

    if (grants_load(g->engine->grants, g->id, grant, &found, &err) < 0)
        log_warn("%s: %s", g->id, err.text);
    else if (found && g->unread)
        engine_grants_adopt(g, grant);
    return found;
}

void keeper_schedule(struct engine_grant *g)
{
    struct grant grant = { 0 };
    int64_t left = read_grant(g, &grant) ? until_next(&grant) : RETRY_MS;

    grant_clear(&grant);
    if (g->hosts || g->unread)
        put(g, left);
}

static void kept(void *ctx, const struct outcome *outcome)
{
    struct engine_grant *g = ctx;

    if (outcome->kind == OUTCOME_DONE) {
        log_info("%s: the grant was refreshed", g->id);
        consent_event_over(g);
        keeper_schedule(g);
        return;
    }
    if (outcome->kind == OUTCOME_STOPPED)
        return;
    log_warn("%s: the grant could not be refreshed: %s", g->id, outcome->error.text);
    if (outcome->needs_consent && !g->consent_told)
        consent_event_tell(g, &outcome->error);
    put(g, outcome->wait_s > 0 ? outcome->wait_s * 1000 : RETRY_MS);
}

/* Nobody else would ask for the outcome of that refresh before the next change of address. */
void keeper_retry(struct engine_grant *g, int64_t wait_s)
{
    struct engine *e = g->engine;
    int64_t in_ms = wait_s > 0 ? wait_s * 1000 : scheduler_jitter(SOON_MS, engine_random());

    scheduler_put_earlier(&e->scheduler, (struct job){ .due_ms = os.boot_ms() + in_ms,
                                                       .kind = JOB_GRANT,
                                                       .index = (size_t)(g - e->engine_grants) });
}

/* Without an outcome, or refused and not yet for good. */
static bool is_unsettled(const struct grant *grant)
{
    return grant->refresh_in_flight || (grant->refresh_failures > 0 && !grant->needs_consent);
}

static bool any_busy(const struct engine_grant *g)
{
    for (const struct host *h = g->hosts; h; h = h->beside) {
        if (h->busy)
            return true;
    }
    return false;
}

void keeper_run(struct engine_grant *g)
{
    struct grant grant = { 0 };
    const struct update_request request = { .what = UPDATE_KEEP_ALIVE, .grant = g->id };

    /* An update may have refreshed it meanwhile, and one in flight may be doing so. */
    bool found = read_grant(g, &grant);
    bool due = found && (is_old(&grant) || is_unsettled(&grant));
    int64_t left = due || !found ? RETRY_MS : until_next(&grant);
    grant_clear(&grant);
    if (!g->hosts && !g->unread)
        return;
    if (any_busy(g) || !due) {
        put(g, left);
        return;
    }
    if (!update_start(g->engine->updater, &request, kept, g))
        put(g, RETRY_MS);
}
