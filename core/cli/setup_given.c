/* A code that comes on the command line or in a file: for a consent that an earlier run asked for,
 * or the daemon; or a bare one, out of nowhere. */
#include <string.h>

#include "base/mem.h"
#include "cli/setup.h"
#include "cli/setup_input.h"
#include "connect/protocol.h"
#include "state/grant_hosts.h"

static int can_write_all(const struct setup_consent *c, struct error *err)
{
    char host[FQDN_MAX] = "", fqdn[FQDN_MAX] = "";
    const char *cursor = c->pending.named;

    while (grant_hosts_next(&cursor, host)) {
        if (grant_hosts_fqdn(c->pending.zone, host, fqdn) &&
            setup_can_write(c->setup, &c->pending, fqdn, err) < 0)
            return -1;
    }
    return 0;
}

/* Whoever has a code has one page, so the names must be in one zone. */
static int plan_given(struct setup_consent *c, struct error *err)
{
    struct setup *s = c->setup;
    struct provider provider = { 0 };
    bool later = false;

    if (setup_find_zones(s, err) < 0)
        return -1;
    if (s->zone_count != 1)
        return error_set(err, ERR_USAGE,
                         "one code is for names of one zone, these are in %zu: give the names of "
                         "each zone alone",
                         s->zone_count);
    int rc = setup_find_provider(s, &s->zones[0], &provider, err);
    if (rc == 0)
        rc = setup_plan_exactly(c, &s->zones[0], s->zones[0].named, &provider, &later, err);
    provider_free(&provider);
    return rc < 0 ? -1 : can_write_all(c, err);
}

/* A bare code may come from a page that this program did not ask for, when the auth module needs
 * nothing of that time. */
static int without_pending(struct setup_consent *c, const char *text, bool expired,
                           struct error *err)
{
    struct setup *s = c->setup;
    const char *name = s->names[0].fqdn;
    struct instance *auth = engine_auth(s->rt.engine, NULL);
    bool keeps = false, challenges = false;

    if (consent_request_probe(auth, &keeps, &challenges, err) < 0)
        return -1;
    if (s->prove && !challenges)
        return setup_no_challenge(instance_name(auth), err);
    if (!keeps && !strstr(text, "://"))
        return plan_given(c, err);
    if (expired)
        return error_set(err, ERR_PERM,
                         "the consent that was asked for is older than 24 h, and codes live for "
                         "minutes: run dcddns setup %s again and open the URL it prints",
                         name);
    return error_set(err, ERR_PERM,
                     "no consent is pending for %s, so that %s: run dcddns setup %s first and open "
                     "the URL it prints",
                     name,
                     keeps ? "what belongs to the code is not known"
                           : "the state in this address cannot be checked",
                     name);
}

/* All names that are given must be what consent was asked for; what was named then is configured,
 * or else, when it was not setup that asked, what is named now. */
static int check_names(struct setup_consent *c, struct error *err)
{
    struct pending *p = &c->pending;
    const bool told = p->named != NULL;
    char host[FQDN_MAX] = "";

    for (size_t i = 0; i < c->setup->name_count; i++) {
        const char *fqdn = c->setup->names[i].fqdn;
        if (!grant_hosts_relative(p->zone, fqdn, host) || !grant_hosts_have(p->hosts, host))
            return error_set(err, ERR_USAGE,
                             "the consent that is pending for %s does not cover %s: leave that "
                             "name out, or run setup for all of them without a code",
                             p->id, fqdn);
        if (!told && grant_hosts_add(&p->named, host, err) < 0)
            return -1;
    }
    return 0;
}

static bool any_ipv6(const struct setup_consent *c)
{
    char host[FQDN_MAX] = "", fqdn[FQDN_MAX] = "";
    const char *cursor = c->pending.named;
    bool ipv4 = false, ipv6 = false, any = false;

    while (grant_hosts_next(&cursor, host)) {
        if (!grant_hosts_fqdn(c->pending.zone, host, fqdn))
            continue;
        setup_families(c->setup, &c->pending, fqdn, &ipv4, &ipv6);
        any = any || ipv6;
    }
    return any;
}

/* The provider of that time is asked, whatever DNS says by now. */
static int with_pending(struct setup_consent *c, struct instance **auth, struct error *err)
{
    const struct setup *s = c->setup;
    const struct pending *p = &c->pending;

    *auth = engine_auth(s->rt.engine, p->auth);
    if (!*auth)
        return error_set(err, ERR_CONFIG,
                         "consent was asked for with the auth module \"%s\", which is not "
                         "configured any more: run dcddns setup %s again",
                         p->auth, p->id);
    if (s->prove && !p->challenged)
        return setup_no_challenge(p->auth, err);
    if (check_names(c, err) < 0)
        return -1;
    if (any_ipv6(c) && strcmp(p->service_id, CONNECT_SERVICE_V1) == 0)
        return error_set(err, ERR_PERM,
                         "consent was asked for IPv4 only: run dcddns setup %s --ipv6 again and "
                         "open the URL it prints, or give the code with --ipv4",
                         p->id);
    return can_write_all(c, err);
}

/* Nobody can be asked for another consent here. */
static void hint_each(const struct setup_consent *c, struct error *err)
{
    const struct error plain = *err;
    if (grant_hosts_count(c->pending.hosts) > 1)
        error_set(err, plain.class,
                  "%s; if the provider does not take several hosts in one consent, run setup again "
                  "with --each",
                  plain.text);
}

static int take(struct setup_consent *c, struct instance *auth, const char *text, struct error *err)
{
    char code[CONSENT_CODE_MAX] = "";
    enum exchange_proof rc = EXCHANGE_FAILED;
    const bool understood = consent_request_read(&c->pending, text, code, err) == 0;

    if (understood)
        rc = setup_redeem(c, auth, code, err);
    else if (err->class == ERR_PERM)
        setup_forget_pending(c);
    else if (err->class == ERR_USAGE)
        err->class = ERR_PERM; /* the command line was right, the code was not */
    if (rc == EXCHANGE_INVALID || (!understood && consent_says_invalid(text)))
        hint_each(c, err);
    mem_wipe(code, sizeof(code));
    return rc == EXCHANGE_DONE ? 0 : -1;
}

int setup_given(struct setup *s, struct error *err)
{
    char text[SETUP_LINE_MAX] = "";
    struct setup_consent c = { .setup = s };
    struct instance *auth = engine_auth(s->rt.engine, NULL);
    enum pending_found found = PENDING_NONE;
    int rc = setup_given_text(s->code, s->code_file, text, err);

    if (rc == 0)
        rc = pending_load(engine_state(s->rt.engine), s->names[0].fqdn, &c.pending, &found, err);
    if (rc == 0)
        rc = found == PENDING_FOUND ? with_pending(&c, &auth, err)
                                    : without_pending(&c, text, found == PENDING_EXPIRED, err);
    if (rc == 0)
        rc = take(&c, auth, text, err);
    if (rc == 0)
        rc = setup_finish(&c, err);
    mem_wipe(text, sizeof(text));
    setup_consent_clear(&c);
    return rc;
}
