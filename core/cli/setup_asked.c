/* Asking for consent: discovery, the URL, the question for its code; one consent for each zone, or
 * one for each host where the provider refuses the list.  Until a code is redeemed nothing changes
 * on disk but what is kept for it. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cli/setup.h"
#include "cli/setup_input.h"
#include "cli/setup_report.h"
#include "state/grant_hosts.h"

/* Kept before it is shown, so that the code can come to another run. */
static void show_page(const struct setup_consent *c)
{
    struct error err = { 0 };
    const struct setup *s = c->setup;
    const struct pending *p = &c->pending;

    pending_sweep(engine_state(s->rt.engine));
    if (pending_save(engine_state(s->rt.engine), p, &err) < 0)
        fprintf(stderr, "dcddns: the code can be given to this run only: %s\n", err.text);
    setup_report_consent(c);
    if (!s->no_browser && !s->json && os_browser_open(p->url))
        puts("(It was opened in your browser.)");
}

/* One page, one code. */
static enum exchange_proof ask_once(struct setup_consent *c, struct instance *auth,
                                    struct error *err)
{
    char code[CONSENT_CODE_MAX] = "";
    struct observation v4 = { 0 }, v6 = { 0 };
    struct pending *p = &c->pending;
    enum exchange_proof rc = EXCHANGE_FAILED;
    enum setup_answer answer = SETUP_NO_ANSWER;

    engine_look(c->setup->rt.engine, p->id, p->ipv4, p->ipv6, &v4, &v6);
    if (consent_request_make(p, auth, &v4.addr, &v6.addr, err) < 0)
        return rc;
    show_page(c);
    if (c->setup->json) /* the code comes to another run */
        return EXCHANGE_DONE;
    answer = setup_ask_code(p, code, err);
    if (answer == SETUP_CODE)
        rc = setup_redeem(c, auth, code, err);
    else if (answer != SETUP_NO_ANSWER)
        setup_forget_pending(c);
    if (answer == SETUP_INVALID)
        rc = EXCHANGE_INVALID;
    mem_wipe(code, sizeof(code));
    return rc;
}

static enum exchange_proof ask(struct setup_consent *c, struct instance *auth, struct error *err)
{
    enum exchange_proof rc = ask_once(c, auth, err);
    if (rc != EXCHANGE_SPENT)
        return rc;
    printf("%s.\n\n", err->text);
    *err = (struct error){ 0 };
    c->setup->prove = false;
    return ask_once(c, auth, err);
}

static int finish(struct setup_consent *c, struct error *err)
{
    return c->stored ? setup_finish(c, err) : 0;
}

/* -1 with ERR; 1: other hosts must come first. */
static int ask_host(struct setup *s, const struct setup_zone *zone, const struct provider *provider,
                    const char *host, struct error *err)
{
    struct setup_consent c = { .setup = s, .alone = true };
    struct instance *auth = engine_auth(s->rt.engine, NULL);
    bool later = false;
    int rc = setup_plan_exactly(&c, zone, host, provider, &later, err);

    if (rc == 0 && ask(&c, auth, err) != EXCHANGE_DONE)
        rc = -1;
    if (rc == 0)
        rc = finish(&c, err);
    setup_consent_clear(&c);
    return later ? 1 : rc;
}

/* A grant of several hosts that is to be split goes last: while its other hosts get theirs, it is
 * still in use. */
static int ask_each(struct setup *s, const struct setup_zone *zone, const struct provider *provider,
                    struct error *err)
{
    char host[FQDN_MAX] = "";
    char *waiting = NULL;
    const char *cursor = zone->named;
    int rc = 0;

    while (rc == 0 && grant_hosts_next(&cursor, host)) {
        rc = ask_host(s, zone, provider, host, err);
        if (rc > 0)
            rc = grant_hosts_add(&waiting, host, err);
    }
    cursor = waiting;
    while (rc == 0 && grant_hosts_next(&cursor, host))
        rc = ask_host(s, zone, provider, host, err) == 0 ? 0 : -1;
    mem_free(waiting);
    return rc;
}

static int ask_list(struct setup *s, const struct setup_zone *zone, const struct provider *provider,
                    struct error *err)
{
    struct setup_consent c = { .setup = s };
    struct instance *auth = engine_auth(s->rt.engine, NULL);
    int rc = setup_plan_list(&c, zone, provider, err);
    enum exchange_proof asked = rc == 0 ? ask(&c, auth, err) : EXCHANGE_FAILED;
    const bool refused = asked == EXCHANGE_INVALID && grant_hosts_count(c.pending.hosts) > 1;

    rc = asked == EXCHANGE_DONE ? finish(&c, err) : -1;
    if (refused)
        setup_forget_pending(&c);
    setup_consent_clear(&c);
    if (!refused)
        return rc;
    printf("It seems that %s does not take several hosts in one consent (%s).\nConsent is asked "
           "for each of them now.\n\n",
           provider->name, err->text);
    *err = (struct error){ 0 };
    return ask_each(s, zone, provider, err);
}

static int ask_zone(struct setup *s, const struct setup_zone *zone, struct error *err)
{
    struct provider provider = { 0 };
    int rc = setup_find_provider(s, zone, &provider, err);

    if (rc == 0)
        rc = s->each ? ask_each(s, zone, &provider, err) : ask_list(s, zone, &provider, err);
    provider_free(&provider);
    return rc;
}

int setup_asked(struct setup *s, struct error *err)
{
    struct instance *auth = engine_auth(s->rt.engine, NULL);
    bool challenges = false;

    if (s->prove && consent_request_probe(auth, NULL, &challenges, err) < 0)
        return -1;
    if (s->prove && !challenges)
        return setup_no_challenge(instance_name(auth), err);
    for (size_t i = 0; i < s->name_count; i++) {
        if (setup_can_write(s, NULL, s->names[i].fqdn, err) < 0)
            return -1;
    }
    if (setup_find_zones(s, err) < 0)
        return -1;
    for (size_t i = 0; i < s->zone_count; i++) {
        if (ask_zone(s, &s->zones[i], err) < 0)
            return -1;
    }
    return 0;
}
