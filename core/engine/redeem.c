/* Redeeming a code; see redeem.h.  Store, then tell: nothing is reported before it is durable. */
#include "engine/redeem.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "engine/consent_request.h"
#include "state/grant_index.h"

enum { LOCK_TRIES = 40, LOCK_RETRY_MS = 1000 };

static const char *id_of(const struct pending *p)
{
    return p->grant ? p->grant : p->id;
}

static int fill(const struct pending *p, struct grant *g, struct error *err)
{
    const char *id = id_of(p);

    if (strlen(id) >= sizeof(g->id))
        return error_set(err, ERR_LOCAL, "the grant that is to be replaced has no name");
    memcpy(g->id, id, strlen(id) + 1);
    memcpy(g->zone, p->zone, sizeof(g->zone));
    g->hosts = mem_strdup(p->hosts);
    g->provider_id = mem_strdup(p->provider_id);
    g->provider_name = mem_strdup(p->provider_name);
    g->api_url = mem_strdup(p->api_url);
    g->async_url = mem_strdup(p->async_url);
    g->control_panel = mem_strdup(p->control_panel);
    g->service_id = mem_strdup(p->service_id);
    if (g->provider_id && g->provider_name && g->api_url && g->async_url && g->service_id &&
        g->hosts)
        return 0;
    return error_set(err, ERR_LOCAL, "out of memory");
}

/* Other hosts may have come to the grant since this consent was asked for. */
static bool leaves_out(const struct redemption *r, struct error *err)
{
    const struct pending *p = r->pending;
    struct grant_index *index = grant_index_new(r->grants, err);
    char other[FQDN_MAX] = "";
    size_t count = 0;
    bool out = index == NULL;
    const struct grant_entry *entries = index ? grant_index_entries(index, &count) : NULL;

    for (size_t i = 0; i < count && !out; i++) {
        out = strcmp(entries[i].id, id_of(p)) == 0 &&
              grant_index_leaves_out(index, &entries[i], p->zone, p->hosts, other);
        if (out)
            error_set(err, ERR_PERM,
                      "since this consent was asked for, the grant of %s came to serve %s, which "
                      "it does not cover; run: dcddns setup %s again",
                      id_of(p), other, p->id);
    }
    grant_index_free(&index);
    return out;
}

/* The daemon may be refreshing the grant that is replaced: a code must not be spent before its
 * tokens can be stored.  A grant that is new has no rival, and leaves no trace when it fails. */
static int lock_early(const struct redemption *r, struct grant_lock **lock, struct error *err)
{
    struct grant old = { 0 };
    struct error trouble = { 0 };
    bool found = false;

    bool there = grants_load(r->grants, id_of(r->pending), &old, &found, &trouble) < 0 || found;
    grant_clear(&old);
    if (there && leaves_out(r, err))
        return -1;
    for (int i = 0; there && !*lock; i++) {
        trouble = (struct error){ 0 };
        *lock = grants_lock(r->grants, id_of(r->pending), &trouble);
        if (!*lock && (trouble.class != ERR_TEMP || i == LOCK_TRIES)) {
            *err = trouble;
            return -1;
        }
        if (!*lock)
            net_turn(r->net, LOCK_RETRY_MS);
    }
    return 0;
}

static int store(struct redemption *r, struct grant_lock **lock, struct grant *g, struct error *err)
{
    struct grant old = { 0 };
    struct error ignored = { 0 };
    bool found = false;

    if (!*lock)
        *lock = grants_lock(r->grants, g->id, err);
    if (!*lock)
        return -1;
    if (grants_load(r->grants, g->id, &old, &found, &ignored) == 0 && found)
        g->generation = old.generation;
    int rc = grants_save(*lock, g, err);
    grant_clear(&old);
    r->stored = rc == 0;
    return rc;
}

/* Store, then let the others yield: after a crash between the two the newest one counts. */
static int conclude(struct redemption *r, struct grant_lock **lock, struct grant *g,
                    struct error *err)
{
    struct error ignored = { 0 }; /* what is in hand must be stored all the same */
    struct grant_index *others = grant_index_new(r->grants, &ignored);

    if (others)
        grant_index_make_newest(others, g);
    int rc = store(r, lock, g, err);
    if (rc == 0 && others && !r->alone)
        grant_index_yield(others, r->grants, g);
    grant_index_free(&others);
    return rc;
}

static enum exchange_proof exchange(struct redemption *r, const char *code, struct grant *g,
                                    struct error *err)
{
    struct dcddns_fields strange = { 0 };
    enum exchange_proof rc = EXCHANGE_FAILED;

    if (!r->prove)
        return exchange_code(r->net, r->auth, &r->pending->keep, code, g, err);
    if (consent_request_strange(r->auth, &strange, err) == 0)
        rc = exchange_prove(r->net, r->auth, &r->pending->keep, &strange, code, g, err);
    fields_free(&strange);
    return rc;
}

enum exchange_proof redeem(struct redemption *r, const char *code, struct error *err)
{
    struct grant g = { 0 };
    struct grant_lock *lock = NULL;
    enum exchange_proof rc = EXCHANGE_FAILED;

    r->stored = false;
    g.auth = mem_strdup(instance_name(r->auth));
    if (!g.auth)
        error_set(err, ERR_LOCAL, "out of memory");
    else if (fill(r->pending, &g, err) == 0 && lock_early(r, &lock, err) == 0)
        rc = exchange(r, code, &g, err);
    /* What an earlier try has shown is not forgotten because this one did not ask. */
    if (g.pkce == GRANT_PKCE_UNPROVEN && r->pkce != GRANT_PKCE_NONE)
        g.pkce = r->pkce;
    r->pkce = g.pkce;
    if (rc == EXCHANGE_DONE && conclude(r, &lock, &g, err) < 0)
        rc = EXCHANGE_FAILED;
    grants_unlock(&lock);
    grant_clear(&g);
    return rc;
}
