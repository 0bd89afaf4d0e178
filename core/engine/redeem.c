/* Redeeming a code; see redeem.h.  Store, then tell: nothing is reported before it is durable. */
#include "engine/redeem.h"

#include <string.h>

#include "base/mem.h"
#include "engine/consent_request.h"

static int fill(const struct pending *p, struct grant *g, struct error *err)
{
    memcpy(g->id, p->id, sizeof(g->id));
    memcpy(g->zone, p->zone, sizeof(g->zone));
    memcpy(g->host, p->host, sizeof(g->host));
    g->provider_id = mem_strdup(p->provider_id);
    g->provider_name = mem_strdup(p->provider_name);
    g->api_url = mem_strdup(p->api_url);
    g->async_url = mem_strdup(p->async_url);
    g->control_panel = mem_strdup(p->control_panel);
    g->service_id = mem_strdup(p->service_id);
    if (g->provider_id && g->provider_name && g->api_url && g->async_url && g->service_id)
        return 0;
    return error_set(err, ERR_LOCAL, "out of memory");
}

static int store(struct redemption *r, struct grant *g, struct error *err)
{
    struct grant old = { 0 };
    struct error ignored = { 0 };
    bool found = false;
    struct grant_lock *lock = grants_lock(r->grants, g->id, err);

    if (!lock)
        return -1;
    if (grants_load(r->grants, g->id, &old, &found, &ignored) == 0 && found)
        g->generation = old.generation;
    int rc = grants_save(lock, g, err);
    grants_unlock(&lock);
    grant_clear(&old);
    r->stored = rc == 0;
    return rc;
}

static enum exchange_proof exchange(struct redemption *r, const char *code, struct grant *g,
                                    struct error *err)
{
    struct dcddns_fields strange = { 0 };
    enum exchange_proof rc = EXCHANGE_FAILED;

    if (!r->prove)
        return exchange_code(r->net, r->auth, &r->pending->keep, code, g, err) == 0
                   ? EXCHANGE_DONE
                   : EXCHANGE_FAILED;
    if (consent_request_strange(r->auth, &strange, err) == 0)
        rc = exchange_prove(r->net, r->auth, &r->pending->keep, &strange, code, g, err);
    fields_free(&strange);
    return rc;
}

enum exchange_proof redeem(struct redemption *r, const char *code, struct error *err)
{
    struct grant g = { 0 };
    enum exchange_proof rc = EXCHANGE_FAILED;

    r->stored = false;
    g.auth = mem_strdup(instance_name(r->auth));
    if (!g.auth)
        error_set(err, ERR_LOCAL, "out of memory");
    else if (fill(r->pending, &g, err) == 0)
        rc = exchange(r, code, &g, err);
    /* What an earlier try has shown is not forgotten because this one did not ask. */
    if (g.pkce == GRANT_PKCE_UNPROVEN && r->pkce != GRANT_PKCE_NONE)
        g.pkce = r->pkce;
    r->pkce = g.pkce;
    if (rc == EXCHANGE_DONE && store(r, &g, err) < 0)
        rc = EXCHANGE_FAILED;
    grant_clear(&g);
    return rc;
}
