/* Asking for consent: discovery, the URL, the question for its code.  Until the code is redeemed
 * nothing changes on disk but what is kept for it. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cli/setup.h"
#include "cli/setup_input.h"

static bool agree(const struct setup *s, const char *question)
{
    return s->yes || setup_agrees(question);
}

static int look_at_old_grant(struct setup *s, struct error *err)
{
    bool found = false;
    struct error damage = { 0 };

    if (grants_load(engine_grants(s->rt.engine), s->fqdn, &s->before, &found, &damage) < 0) {
        fprintf(stderr, "dcddns: %s; it is replaced when you consent again\n", damage.text);
        return 0;
    }
    if (!found || s->before.needs_consent || s->code || s->code_file || !os_is_terminal(0))
        return 0;
    if (agree(s, "There is a working grant for this name. Ask for consent again?"))
        return 0;
    return error_set(err, ERR_PERM, "nothing was changed");
}

/* A false TXT record must not lead tokens of a known name elsewhere unnoticed. */
static int accept_provider(const struct setup *s, const struct provider *p, struct error *err)
{
    if (!s->before.api_url || strcmp(s->before.api_url, p->api_url) == 0)
        return 0;
    printf("Until now %s was served by %s; DNS now names %s.\n", s->fqdn, s->before.api_url,
           p->api_url);
    if ((s->yes || os_is_terminal(0)) && agree(s, "Did you, or your provider, move it?"))
        return 0;
    return error_set(err, ERR_PERM,
                     "the urlAPI changed from %s to %s; nothing was changed. If that is "
                     "right, run setup again with --yes",
                     s->before.api_url, p->api_url);
}

int setup_find_provider(struct setup *s, struct error *err)
{
    struct provider provider = { 0 };
    int rc = -1;

    if (look_at_old_grant(s, err) == 0 &&
        discover(engine_net(s->rt.engine), s->fqdn, s->ipv6, &provider, NULL, NULL, err) == 0 &&
        accept_provider(s, &provider, err) == 0)
        rc = consent_request_from_provider(&s->pending, s->fqdn, &provider, err);
    provider_free(&provider);
    s->pending.ipv4 = s->ipv4;
    s->pending.ipv6 = s->ipv6;
    return rc;
}

/* Kept before it is shown, so that the code can come to another run. */
static void print_consent_url(const struct setup *s)
{
    struct error err = { 0 };
    const struct pending *p = &s->pending;

    pending_sweep(engine_state(s->rt.engine));
    if (pending_save(engine_state(s->rt.engine), p, &err) < 0)
        fprintf(stderr, "dcddns: the code can be given to this run only: %s\n", err.text);
    printf("%s is served by %s. Open this page and approve:\n\n%s\n\n", s->fqdn, p->provider_name,
           p->url);
    fflush(stdout);
    if (!s->no_browser && os_browser_open(p->url))
        puts("(It was opened in your browser.)");
}

/* One page, one code. */
static enum exchange_proof ask_once(struct setup *s, struct instance *auth, struct error *err)
{
    char code[CONSENT_CODE_MAX] = "";
    struct observation v4 = { 0 }, v6 = { 0 };
    enum exchange_proof rc = EXCHANGE_FAILED;
    bool declined = false;

    engine_look(s->rt.engine, s->fqdn, s->ipv4, s->ipv6, &v4, &v6);
    if (consent_request_make(&s->pending, auth, &v4.addr, &v6.addr, err) < 0)
        return rc;
    print_consent_url(s);
    if (setup_ask_code(&s->pending, code, &declined, err) == 0)
        rc = setup_redeem(s, auth, code, err);
    else if (declined)
        setup_forget_pending(s);
    mem_wipe(code, sizeof(code));
    return rc;
}

int setup_asked(struct setup *s, struct error *err)
{
    struct instance *auth = engine_auth(s->rt.engine, NULL);
    bool challenges = false;

    setup_choose_families(s);
    if (s->prove && consent_request_probe(auth, NULL, &challenges, err) < 0)
        return -1;
    if (s->prove && !challenges)
        return setup_no_challenge(instance_name(auth), err);
    if (setup_can_write(s, err) < 0 || setup_find_provider(s, err) < 0)
        return -1;
    enum exchange_proof rc = ask_once(s, auth, err);
    if (rc == EXCHANGE_SPENT) {
        printf("%s.\n\n", err->text);
        *err = (struct error){ 0 };
        s->prove = false;
        rc = ask_once(s, auth, err);
    }
    return rc == EXCHANGE_DONE ? 0 : -1;
}
