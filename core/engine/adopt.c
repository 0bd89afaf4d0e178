/* From the token of another client to a grant on disk; see adopt.h.  Store, then use; prove, then
 * replace. */
#include "engine/adopt.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "connect/protocol.h"
#include "engine/update.h"
#include "state/grant_hosts.h"
#include "state/grant_index.h"

/* Those clients prove themselves by the secret that the templates publish. */
static const char auth_name[] = "published-secret";
static const char staging[] = GRANTS_STAGED;

struct proof {
    bool over;
    struct outcome outcome;
};

void adopt_free(struct adoption *a)
{
    provider_free(&a->provider);
}

/* -- looking ---------------------------------------------------------------------------------- */

/* The grant in whose place the new one comes must not be needed by other hosts. */
static int check_place(const struct adoption *a, struct error *err)
{
    struct grant_index *index = grant_index_new(engine_grants(a->engine), err);
    char host[FQDN_MAX] = "", other[FQDN_MAX] = "";
    size_t count = 0;
    const struct grant_entry *entries = index ? grant_index_entries(index, &count) : NULL;
    int rc = index ? 0 : -1;

    *err = rc == 0 ? (struct error){ 0 } : *err;
    for (size_t i = 0; i < count && rc == 0; i++) {
        const struct grant_entry *at = &entries[i];
        if (strcmp(at->id, a->from->fqdn) != 0 || !at->readable ||
            !grant_hosts_relative(at->zone, a->from->fqdn, host) ||
            !grant_index_leaves_out(index, at, at->zone, host, other))
            continue;
        rc = error_set(err, ERR_PERM,
                       "the grant that is kept as %s serves %s too; give that one of its own "
                       "first: dcddns setup --each %s",
                       at->id, other, other);
    }
    grant_index_free(&index);
    return rc;
}

static int check_grant(const struct adoption *a, struct error *err)
{
    struct grant grant = { 0 };
    bool found = false;
    int rc = grants_find(engine_grants(a->engine), a->from->fqdn, &grant, &found, err);

    grant_clear(&grant);
    if (a->replace)
        return check_place(a, err);
    if (rc < 0 || !found)
        return rc;
    return error_set(err, ERR_PERM,
                     "there is a grant for %s already, which stays; to put the one of the file in "
                     "its place, give --replace",
                     a->from->fqdn);
}

/* The file's own words first: they are what was consented to. */
static int choose_zone(struct adoption *a, struct error *err)
{
    const struct import_name *from = a->from;
    bool told = from->zone[0] != '\0';

    if (!told && a->provider.zone[0] == '\0')
        return -1; /* ERR says why discovery found none */
    memcpy(a->zone, told ? from->zone : a->provider.zone, sizeof(a->zone));
    memcpy(a->host, told ? from->host : a->provider.host, sizeof(a->host));
    *err = (struct error){ 0 };
    return 0;
}

/* A false TXT record, or a provider that was left, must not get the token; nor may one that moved
 * be asked in a place that is not its own any more. */
static int check_api(const struct adoption *a, struct error *err)
{
    const char *now = a->provider.api_url, *then = a->from->api_url;
    if (!now || strcmp(now, then) == 0)
        return 0;
    return error_set(err, ERR_CONSENT,
                     "the file's urlAPI is %.160s, but DNS names %.160s now; the token was not "
                     "sent: run: dcddns setup %s",
                     then, now, a->from->fqdn);
}

int adopt_look(struct adoption *a, struct error *err)
{
    if (check_grant(a, err) < 0)
        return -1;
    a->discovered =
        discover(engine_net(a->engine), a->from->fqdn, false, &a->provider, NULL, NULL, err) == 0;
    /* For good: no provider, none that has the flow; the token is of no use. */
    if (!a->discovered && err->class != ERR_TEMP)
        return -1;
    if (choose_zone(a, err) < 0)
        return -1;
    return check_api(a, err);
}

/* -- storing ---------------------------------------------------------------------------------- */

static int staging_id(const struct adoption *a, char id[FQDN_MAX], struct error *err)
{
    size_t len = strlen(a->from->fqdn);
    if (len + sizeof(staging) > FQDN_MAX)
        return error_set(err, ERR_PERM, "the name is too long to be imported; run: dcddns setup %s",
                         a->from->fqdn);
    memcpy(id, a->from->fqdn, len);
    memcpy(id + len, staging, sizeof(staging));
    return 0;
}

/* The one place that knows how a grant names its host. */
static void set_host(struct grant *g, const struct adoption *a)
{
    memcpy(g->zone, a->zone, sizeof(g->zone));
    g->hosts = mem_strdup(a->host);
}

static const char *text_or_empty(const char *text)
{
    return text ? text : "";
}

static int fill(const struct adoption *a, const char *id, struct grant *g, struct error *err)
{
    const struct import_name *from = a->from;
    const struct provider *p = &a->provider;
    const char *name = text_or_empty(p->name);
    int64_t now = os.wall_ms();

    memcpy(g->id, id, strlen(id) + 1);
    set_host(g, a);
    g->provider_id = mem_strdup(text_or_empty(p->id));
    g->provider_name = mem_strdup(name[0] ? name : from->provider_name);
    g->api_url = mem_strdup(from->api_url);
    g->async_url = mem_strdup(p->async_url);
    g->control_panel = mem_strdup(p->control_panel);
    g->service_id = mem_strdup(from->v1 ? CONNECT_SERVICE_V1 : CONNECT_SERVICE_V2);
    g->auth = mem_strdup(auth_name);
    g->refresh_token = mem_strdup(from->refresh_token);
    g->granted_wall_ms =
        from->issued_wall_ms > 0 && from->issued_wall_ms < now ? from->issued_wall_ms : now;
    if (g->provider_id && g->provider_name && g->api_url && g->service_id && g->auth &&
        g->refresh_token && g->hosts)
        return 0;
    return error_set(err, ERR_LOCAL, "out of memory");
}

static int save_as(struct grants *grants, const char *id, struct grant *g, struct error *err)
{
    struct grant_lock *lock = grants_lock(grants, id, err);
    if (!lock)
        return -1;
    memset(g->id, 0, sizeof(g->id));
    memcpy(g->id, id, strlen(id));
    g->generation = 0; /* counts on from what is there */
    int rc = grants_save(lock, g, err);
    grants_unlock(&lock);
    return rc;
}

/* -- proving ---------------------------------------------------------------------------------- */

static void on_refreshed(void *ctx, const struct outcome *outcome)
{
    struct proof *proof = ctx;
    proof->outcome = *outcome;
    proof->over = true;
}

static struct instance *find_auth(void *ctx, const char *name)
{
    return engine_auth(ctx, name);
}

static int refresh(const struct adoption *a, const char *id, struct proof *proof, struct error *err)
{
    const struct updater_options options = { .net = engine_net(a->engine),
                                             .grants = engine_grants(a->engine),
                                             .auth = find_auth,
                                             .ctx = a->engine };
    const struct update_request request = { .what = UPDATE_KEEP_ALIVE, .grant = id };
    struct updater *updater = updater_new(&options);

    *proof = (struct proof){ 0 };
    if (!updater || !update_start(updater, &request, on_refreshed, proof)) {
        updater_free(&updater);
        return error_set(err, ERR_LOCAL, "out of memory");
    }
    while (!proof->over)
        net_turn(engine_net(a->engine), -1);
    updater_free(&updater);
    return 0;
}

/* What is in staging is worth keeping when the provider has changed it: then the token of the file
 * is spent.  One of another provider is of an older file. */
static bool is_newer(const struct adoption *a, const char *id, bool *there)
{
    struct grant g = { 0 };
    struct error ignored = { 0 };
    bool newer = false;

    if (grants_load(engine_grants(a->engine), id, &g, there, &ignored) < 0)
        *there = newer = true;
    else if (*there && g.refresh_token && g.api_url)
        newer = strcmp(g.api_url, a->from->api_url) == 0 &&
                !text_equal_secret(g.refresh_token, a->from->refresh_token);
    grant_clear(&g);
    return newer;
}

static int stage(const struct adoption *a, const char *id, struct error *err)
{
    struct grant g = { 0 };
    int rc = fill(a, id, &g, err);
    if (rc == 0)
        rc = save_as(engine_grants(a->engine), id, &g, err);
    grant_clear(&g);
    return rc;
}

static int refused(const struct adoption *a, const struct outcome *outcome, struct error *err)
{
    log_info("%s: %s", a->from->fqdn, outcome->error.text);
    return error_set(err, ERR_CONSENT,
                     "the provider does not take the refresh token of the file: it was revoked, is "
                     "too old, or the other program has used it since; nothing was kept; run: "
                     "dcddns setup %s",
                     a->from->fqdn);
}

/* The outcome names the place where the grant waits. */
static int failed(const struct outcome *outcome, struct error *err)
{
    char *at = NULL;
    *err = outcome->error;
    for (at = strstr(err->text, staging); at; at = strstr(at, staging))
        memmove(at, at + sizeof(staging) - 1, strlen(at + sizeof(staging) - 1) + 1);
    error_prefix(err, "the token could not be tried now");
    return -1;
}

/* A refusal may pass; what only we have is not given up for it.  The token of the file is older
 * than that: to send it would be reuse. */
static int refused_for_now(const struct outcome *outcome, struct error *err)
{
    failed(outcome, err);
    err->class = ERR_TEMP;
    return -1;
}

static int prove(const struct adoption *a, const char *id, bool *refused_for_good,
                 struct error *err)
{
    struct proof proof = { 0 };
    bool there = false;
    bool resumed = is_newer(a, id, &there);

    if (!resumed && stage(a, id, err) < 0)
        return -1;
    if (refresh(a, id, &proof, err) < 0)
        return -1;
    if (proof.outcome.kind == OUTCOME_DONE)
        return 0;
    if (proof.outcome.kind != OUTCOME_CONSENT)
        return failed(&proof.outcome, err);
    *refused_for_good = proof.outcome.needs_consent;
    if (!*refused_for_good && is_newer(a, id, &there))
        return refused_for_now(&proof.outcome, err);
    return refused(a, &proof.outcome, err);
}

/* From staging to its own name; older grants give the host up only then. */
static int settle(const struct adoption *a, const char *id, struct error *err)
{
    struct grants *grants = engine_grants(a->engine);
    struct error ignored = { 0 }; /* what is in hand must be stored all the same */
    struct grant_index *others = grant_index_new(grants, &ignored);
    struct grant g = { 0 };
    bool found = false;
    int rc = grants_load(grants, id, &g, &found, err);

    if (rc == 0 && !found)
        rc = error_set(err, ERR_LOCAL, "the new grant is gone from disk; run: dcddns setup %s",
                       a->from->fqdn);
    if (others)
        grant_index_make_newest(others, &g);
    if (rc == 0)
        rc = save_as(grants, a->from->fqdn, &g, err);
    if (rc == 0 && others)
        grant_index_yield(others, grants, &g);
    grant_index_free(&others);
    grant_clear(&g);
    if (rc < 0)
        error_prefix(err, "the token is good, but the grant cannot be stored");
    return rc;
}

/* What was published or put off under an older grant says nothing about this one. */
static void forget_record(const struct adoption *a)
{
    struct records *records = engine_records(a->engine);
    struct error err = { 0 };

    if (!records_find(records, a->from->fqdn))
        return;
    records_remove(records, a->from->fqdn);
    if (records_commit(records, true, &err) < 0)
        log_warn("%s", err.text);
}

int adopt(struct adoption *a, struct error *err)
{
    char id[FQDN_MAX] = "";
    struct error ignored = { 0 };
    bool there = false, refused_for_good = false;

    if (staging_id(a, id, err) < 0 || !engine_need_auth(a->engine, auth_name, a->modules, err))
        return -1;
    int rc = prove(a, id, &refused_for_good, err);
    if (rc == 0)
        rc = settle(a, id, err);
    if (rc == 0)
        forget_record(a);
    /* What the file still has may go; what only we have may not. */
    bool keep = rc < 0 && !refused_for_good && is_newer(a, id, &there);
    if (keep)
        error_prefix(err, "the provider gave new tokens, which are kept; run import again");
    else if (grants_delete(engine_grants(a->engine), id, &ignored) < 0)
        log_warn("%s", ignored.text);
    return rc;
}
