/* The grants of an engine: which one serves each host, found once when it is built.  Several hosts
 * of a zone may share one, with its keep-alive and its one call for consent.  Must not see tokens.
 */
#include "engine/engine_grants.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "engine/build.h"
#include "state/grant_hosts.h"

static void attach(struct engine_grant *g, struct host *h)
{
    h->grant = g;
    h->beside = g->hosts;
    g->hosts = h;
    g->host_count++;
}

/* Every auth strategy that a grant in use was made with, whatever the configuration names. */
static int add_auths(struct engine *e, const struct grant_entry *entries,
                     struct module_table *modules, struct error *err)
{
    for (size_t i = 0; i < e->grant_count; i++) {
        const char *auth = entries[i].auth;
        if (e->engine_grants[i].hosts && auth && !engine_auth(e, auth) &&
            build_grant_auth(e, auth, modules, err) < 0)
            return -1;
    }
    return 0;
}

int engine_grants_build(struct engine *e, struct module_table *modules, struct error *err)
{
    size_t count = 0;
    struct grant_index *index = grant_index_new(e->grants, err);
    int rc = -1;

    if (!index)
        return -1;
    const struct grant_entry *entries = grant_index_entries(index, &count);
    e->engine_grants = mem_new(count, sizeof(*e->engine_grants));
    if (!e->engine_grants) {
        error_set(err, ERR_LOCAL, "out of memory");
        goto out;
    }
    e->grant_count = count;
    for (size_t i = 0; i < count; i++) {
        struct engine_grant *g = &e->engine_grants[i];
        *g = (struct engine_grant){ .engine = e, .unread = !entries[i].readable };
        memcpy(g->id, entries[i].id, strlen(entries[i].id) + 1);
    }
    for (size_t i = e->host_count; i-- > 0;) { /* so that lists are in the order of names */
        const struct grant_entry *entry = grant_index_find(index, e->hosts[i].config->fqdn);
        if (entry)
            attach(&e->engine_grants[entry - entries], &e->hosts[i]);
    }
    rc = add_auths(e, entries, modules, err);
out:
    grant_index_free(&index);
    return rc;
}

/* The strategy that it was made with is looked for when the engine is built, and this one was not
 * known then. */
static void need_auth(const struct engine_grant *g, const struct grant *grant)
{
    struct engine *e = g->engine;
    struct error err = { 0 };

    if (g->hosts && grant->auth && !engine_need_auth(e, grant->auth, e->modules, &err))
        log_warn("%s: the grant can be read again, but it was made with an auth module that is "
                 "missing: %s; or run: dcddns setup %s",
                 g->id, err.text, g->id);
}

void engine_grants_adopt(struct engine_grant *g, const struct grant *grant)
{
    struct engine *e = g->engine;
    char host[FQDN_MAX] = "";

    g->unread = false;
    status_kept_drop(e, NULL); /* hosts get another one */
    for (size_t i = e->host_count; i-- > 0;) {
        struct host *h = &e->hosts[i];
        if (!h->grant && grant_covers(grant, h->config->fqdn, host))
            attach(g, h);
    }
    need_auth(g, grant);
}

void engine_grants_say_hosts(const struct engine_grant *g, size_t most, struct buf *out)
{
    const struct host *h = g->hosts;
    size_t shown = g->host_count <= most ? g->host_count : most - 1;

    for (size_t i = 0; i < shown && h; i++, h = h->beside) {
        if (i > 0)
            buf_puts(out, i + 1 == g->host_count ? " and " : ", ");
        buf_puts(out, h->config->fqdn);
    }
    if (shown < g->host_count)
        buf_printf(out, " and %zu more", g->host_count - shown);
}
