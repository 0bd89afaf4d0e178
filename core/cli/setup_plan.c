/* What a consent of setup is asked for: which hosts, and which grant the new one takes the place
 * of.  Changes nothing. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cli/setup.h"
#include "cli/setup_input.h"
#include "cli/setup_report.h"
#include "state/grant_hosts.h"
#include "state/grant_index.h"

enum { WORDS_MAX = 600, NAMES_SHOWN = 8 };

struct plan {
    const struct setup_zone *zone;
    struct grant_index *index;
    const struct grant_entry *base; /* the grant whose place is taken; NULL: a new one */
    char *hosts;
};

static void plan_free(struct plan *p)
{
    grant_index_free(&p->index);
    mem_free(p->hosts);
}

static int plan_begin(struct plan *p, const struct setup *s, const struct setup_zone *zone,
                      struct error *err)
{
    *p = (struct plan){ .zone = zone, .index = grant_index_new(engine_grants(s->rt.engine), err) };
    return p->index ? 0 : -1;
}

static bool serves(const struct plan *p, const struct grant_entry *entry)
{
    return entry && entry->readable && strcmp(entry->zone, p->zone->zone) == 0;
}

/* The grant that serves HOST, if any. */
static const struct grant_entry *grant_of(const struct plan *p, const char *host)
{
    char fqdn[FQDN_MAX] = "";
    const struct grant_entry *entry = NULL;
    if (grant_hosts_fqdn(p->zone->zone, host, fqdn))
        entry = grant_index_find(p->index, fqdn);
    return serves(p, entry) ? entry : NULL;
}

static const struct grant_entry *newest(const struct plan *p)
{
    size_t count = 0;
    const struct grant_entry *entries = grant_index_entries(p->index, &count), *best = NULL;

    for (size_t i = 0; i < count; i++) {
        if (serves(p, &entries[i]) && (!best || entries[i].granted_wall_ms > best->granted_wall_ms))
            best = &entries[i];
    }
    return best;
}

/* -- words ------------------------------------------------------------------------------------- */

static void say_joined(const struct setup *s, const struct plan *p)
{
    struct buf had = BUF_MAX(WORDS_MAX), wanted = BUF_MAX(WORDS_MAX);

    grant_hosts_say(&had, p->zone->zone, p->base->hosts, NAMES_SHOWN);
    grant_hosts_say(&wanted, p->zone->zone, p->hosts, NAMES_SHOWN);
    setup_say(s,
              "The grant for %s covers %s; consent is asked again for %s, until then the old grant "
              "stays in use.",
              p->base->id, buf_text(&had), buf_text(&wanted));
    buf_free(&had);
    buf_free(&wanted);
}

static bool agree(const struct setup *s, const char *question)
{
    return s->yes || setup_agrees(question);
}

/* A false TXT record must not lead tokens of a known name elsewhere unnoticed. */
static int accept_provider(const struct setup *s, const struct setup_zone *zone,
                           const struct grant *before, const struct provider *p, struct error *err)
{
    if (!before->api_url || strcmp(before->api_url, p->api_url) == 0)
        return 0;
    setup_say(s, "Until now %s was served by %s; DNS now names %s.", zone->first.fqdn,
              before->api_url, p->api_url);
    if ((s->yes || os_is_terminal(0)) && agree(s, "Did you, or your provider, move it?"))
        return 0;
    return error_set(err, ERR_PERM,
                     "the urlAPI changed from %s to %s; nothing was changed. If that is "
                     "right, run setup again with --yes",
                     before->api_url, p->api_url);
}

/* What the old grant means for this run. */
static int look_at_old(const struct setup *s, const struct plan *p, const struct provider *provider,
                       struct error *err)
{
    struct grant before = { 0 };
    bool found = false;
    int rc = grants_load(engine_grants(s->rt.engine), p->base ? p->base->id : p->zone->first.fqdn,
                         &before, &found, err);

    if (rc < 0) {
        fprintf(stderr, "dcddns: %s; it is replaced when you consent again\n", err->text);
        *err = (struct error){ 0 };
        return 0;
    }
    if (!p->base) {
        grant_clear(&before);
        return 0;
    }
    bool joins = grant_hosts_count(p->hosts) > grant_hosts_count(p->base->hosts);
    if (joins)
        say_joined(s, p);
    else if (!before.needs_consent && !s->code && !s->code_file && os_is_terminal(0) &&
             !agree(s, "There is a working grant for this name. Ask for consent again?"))
        rc = error_set(err, ERR_PERM, "nothing was changed");
    if (rc == 0)
        rc = accept_provider(s, p->zone, &before, provider, err);
    grant_clear(&before);
    return rc;
}

/* -- plans ------------------------------------------------------------------------------------- */

static int enter(struct setup_consent *c, const struct plan *p, const char *named,
                 const struct provider *provider, struct error *err)
{
    char first[FQDN_MAX] = "", host[FQDN_MAX] = "";
    const char *cursor = named;

    if (!grant_hosts_next(&cursor, host) || !grant_hosts_fqdn(p->zone->zone, host, first))
        return error_set(err, ERR_USAGE, "the name is too long");
    if (consent_request_from_provider(&c->pending, first, provider, err) < 0)
        return -1;
    mem_free(c->pending.hosts);
    c->pending.hosts = mem_strdup(p->hosts);
    c->pending.named = mem_strdup(named);
    c->pending.grant = mem_strdup(p->base ? p->base->id : NULL);
    if (!c->pending.hosts || !c->pending.named || (p->base && !c->pending.grant))
        return error_set(err, ERR_LOCAL, "out of memory");
    setup_enter_families(c);
    return 0;
}

/* A new grant is called like its first host; one of that name may be there, for others. */
static int check_place(const struct plan *p, const char *named, bool *later, struct error *err)
{
    char host[FQDN_MAX] = "", first[FQDN_MAX] = "", other[FQDN_MAX] = "";
    size_t count = 0;
    const struct grant_entry *entries = grant_index_entries(p->index, &count);

    if (!grant_hosts_next(&named, host) || !grant_hosts_fqdn(p->zone->zone, host, first))
        return error_set(err, ERR_USAGE, "the name is too long");
    for (size_t i = 0; !p->base && i < count; i++) {
        if (strcmp(entries[i].id, first) != 0 ||
            !grant_index_leaves_out(p->index, &entries[i], p->zone->zone, p->hosts, other))
            continue;
        if (later)
            *later = true;
        return error_set(err, ERR_PERM,
                         "the grant that is kept as %s serves %s too; give that one of its own "
                         "first: dcddns setup --each %s",
                         first, other, other);
    }
    return 0;
}

/* Of the grants that serve the named hosts, the first is the base, and each gives its hosts. */
static int join(struct plan *p, struct error *err)
{
    char host[FQDN_MAX] = "";
    const char *cursor = p->zone->named;
    int rc = 0;

    while (rc == 0 && grant_hosts_next(&cursor, host)) {
        const struct grant_entry *entry = grant_of(p, host);
        p->base = p->base ? p->base : entry;
        if (entry)
            rc = grant_hosts_add(&p->hosts, entry->hosts, err);
    }
    if (!p->base) {
        p->base = newest(p);
        if (p->base)
            rc = grant_hosts_add(&p->hosts, p->base->hosts, err);
    }
    return rc == 0 ? grant_hosts_add(&p->hosts, p->zone->named, err) : -1;
}

int setup_plan_list(struct setup_consent *c, const struct setup_zone *zone,
                    const struct provider *provider, struct error *err)
{
    struct plan p = { 0 };
    int rc = plan_begin(&p, c->setup, zone, err);

    if (rc == 0)
        rc = join(&p, err);
    if (rc == 0)
        rc = check_place(&p, zone->named, NULL, err);
    if (rc == 0)
        rc = look_at_old(c->setup, &p, provider, err);
    if (rc == 0)
        rc = enter(c, &p, zone->named, provider, err);
    plan_free(&p);
    return rc;
}

/* The grant whose place one for HOSTS can take: that of its first host, if no other needs it. */
static int find_place(struct plan *p, const char *hosts, struct error *err)
{
    char host[FQDN_MAX] = "", other[FQDN_MAX] = "";
    const char *cursor = hosts;

    if (grant_hosts_next(&cursor, host))
        p->base = grant_of(p, host);
    if (p->base && grant_index_leaves_out(p->index, p->base, p->zone->zone, hosts, other))
        p->base = NULL;
    return grant_hosts_add(&p->hosts, hosts, err);
}

int setup_plan_exactly(struct setup_consent *c, const struct setup_zone *zone, const char *hosts,
                       const struct provider *provider, bool *later, struct error *err)
{
    struct plan p = { 0 };
    int rc = plan_begin(&p, c->setup, zone, err);

    *later = false;
    if (rc == 0)
        rc = find_place(&p, hosts, err);
    if (rc == 0)
        rc = check_place(&p, hosts, later, err);
    if (rc == 0)
        rc = look_at_old(c->setup, &p, provider, err);
    if (rc == 0)
        rc = enter(c, &p, hosts, provider, err);
    plan_free(&p);
    return rc;
}
