/* What every consent of setup has in common: families, sections, the exchange and its words. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cli/setup_report.h"
#include "state/grant_hosts.h"

void setup_families(const struct setup *s, const struct pending *p, const char *fqdn, bool *ipv4,
                    bool *ipv6)
{
    const struct config_host *host = config_find_host(s->rt.config, fqdn);
    bool asked = p && (p->ipv4 || p->ipv6);

    if (s->ipv4 || s->ipv6) {
        *ipv4 = s->ipv4;
        *ipv6 = s->ipv6;
    } else if (asked && (p->chosen || !host)) {
        *ipv4 = p->ipv4;
        *ipv6 = p->ipv6;
    } else {
        *ipv4 = host ? host->ipv4 : true;
        *ipv6 = host ? host->ipv6 : false;
    }
}

void setup_enter_families(struct setup_consent *c)
{
    const struct setup *s = c->setup;
    struct pending *p = &c->pending;
    char host[FQDN_MAX] = "", fqdn[FQDN_MAX] = "";
    const char *cursor = p->named;

    p->chosen = s->ipv4 || s->ipv6;
    p->ipv4 = p->ipv6 = false;
    while (grant_hosts_next(&cursor, host)) {
        bool ipv4 = false, ipv6 = false;
        if (!grant_hosts_fqdn(p->zone, host, fqdn))
            continue;
        setup_families(s, NULL, fqdn, &ipv4, &ipv6);
        p->ipv4 = p->ipv4 || ipv4;
        p->ipv6 = p->ipv6 || ipv6;
    }
}

/* The host has no section yet, or one with other families. */
static bool section_changes(const struct setup *s, const struct pending *p, const char *fqdn)
{
    const struct config_host *host = config_find_host(s->rt.config, fqdn);
    bool ipv4 = false, ipv6 = false;

    setup_families(s, p, fqdn, &ipv4, &ipv6);
    return !host || host->ipv4 != ipv4 || host->ipv6 != ipv6;
}

int setup_can_write(const struct setup *s, const struct pending *p, const char *fqdn,
                    struct error *err)
{
    if (!section_changes(s, p, fqdn))
        return 0;
    if (config_host_is_ours(s->rt.config, fqdn, err) < 0)
        return -1;
    return config_can_write(s->rt.config, err);
}

void setup_forget_pending(const struct setup_consent *c)
{
    struct error err = { 0 };
    const char *id = c->pending.id;
    if (id[0] && pending_delete(engine_state(c->setup->rt.engine), id, &err) < 0)
        fprintf(stderr, "dcddns: %s\n", err.text);
}

void setup_consent_clear(struct setup_consent *c)
{
    pending_clear(&c->pending);
}

enum exchange_proof setup_redeem(struct setup_consent *c, struct instance *auth, const char *code,
                                 struct error *err)
{
    struct redemption r = { .net = engine_net(c->setup->rt.engine),
                            .grants = engine_grants(c->setup->rt.engine),
                            .auth = auth,
                            .pending = &c->pending,
                            .prove = c->setup->prove,
                            .alone = c->alone,
                            .pkce = c->pkce };
    enum exchange_proof rc = redeem(&r, code, err);

    c->pkce = r.pkce;
    c->stored = r.stored;
    if (r.stored)
        setup_forget_pending(c);
    return rc;
}

int setup_no_challenge(const char *auth, struct error *err)
{
    return error_set(
        err, ERR_USAGE,
        "--prove-pkce: the auth module \"%s\" sends no PKCE challenge; set auth = pkce "
        "in [core] first",
        auth);
}

static void print_grant(const struct setup_consent *c)
{
    const struct pending *p = &c->pending;

    setup_report_grant(c);
    if (c->pkce == GRANT_PKCE_PROVEN)
        setup_say(c->setup,
                  "%s checks PKCE: it refused a verifier that did not belong to the code.",
                  p->provider_name);
    else if (c->pkce == GRANT_PKCE_IGNORED)
        fprintf(stderr,
                "dcddns: WARNING: %s ignores PKCE: it took the code with a verifier that does not "
                "belong to it, so whoever sees a code of yours can use it. The grant is good and "
                "was kept; tell the provider\n",
                p->provider_name);
}

/* Consent was worth something all the same. */
static void say_by_hand(const struct setup *s, const struct pending *p, const char *fqdn)
{
    bool ipv4 = false, ipv6 = false;

    setup_families(s, p, fqdn, &ipv4, &ipv6);
    fprintf(stderr,
            "dcddns: the grant for %s is stored all the same; add this section to %s, then run: "
            "dcddns update %s\n\n[host %s]\nipv4 = %s\nipv6 = %s\n",
            fqdn, s->rt.config->path, fqdn, fqdn, ipv4 ? "yes" : "no", ipv6 ? "yes" : "no");
}

static int write_section(const struct setup *s, const struct pending *p, const char *fqdn,
                         struct error *err)
{
    bool ipv4 = false, ipv6 = false;

    setup_families(s, p, fqdn, &ipv4, &ipv6);
    if (!section_changes(s, p, fqdn))
        return 0;
    return config_write_host(s->rt.config, fqdn, ipv4, ipv6, err);
}

static int put_done(struct setup *s, const char *fqdn, struct error *err)
{
    struct setup_name *done = mem_resize(s->done, (s->done_count + 1) * sizeof(*done));
    if (!done)
        return error_set(err, ERR_LOCAL, "out of memory");
    s->done = done;
    memcpy(done[s->done_count++].fqdn, fqdn, strlen(fqdn) + 1);
    return 0;
}

static int finish_host(const struct setup_consent *c, const char *host, struct error *err)
{
    struct setup *s = c->setup;
    const struct pending *p = &c->pending;
    char fqdn[FQDN_MAX] = "";

    if (!grant_hosts_fqdn(p->zone, host, fqdn))
        return 0;
    if (!grant_hosts_have(p->named, host))
        return config_find_host(s->rt.config, fqdn) ? put_done(s, fqdn, err) : 0;
    if (write_section(s, p, fqdn, err) == 0)
        return put_done(s, fqdn, err);
    say_by_hand(s, p, fqdn);
    return -1;
}

int setup_finish(struct setup_consent *c, struct error *err)
{
    char host[FQDN_MAX] = "";
    const char *cursor = c->pending.hosts;
    int rc = 0;

    while (grant_hosts_next(&cursor, host)) {
        struct error why = { 0 };
        if (finish_host(c, host, &why) == 0)
            continue;
        *err = why;
        rc = -1;
    }
    print_grant(c); /* whoever reads it takes all for stored */
    return rc;
}
