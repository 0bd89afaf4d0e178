/* A code that comes on the command line or in a file: for a consent that an earlier run asked for,
 * or the daemon; or a bare one, out of nowhere. */
#include <string.h>

#include "base/mem.h"
#include "cli/setup.h"
#include "cli/setup_input.h"
#include "connect/protocol.h"

/* A bare code may come from a page that this program did not ask for, when the auth module needs
 * nothing of that time. */
static int without_pending(struct setup *s, const char *text, bool expired, struct error *err)
{
    struct instance *auth = engine_auth(s->rt.engine, NULL);
    bool keeps = false, challenges = false;

    if (consent_request_probe(auth, &keeps, &challenges, err) < 0)
        return -1;
    if (s->prove && !challenges)
        return setup_no_challenge(instance_name(auth), err);
    if (!keeps && !strstr(text, "://")) {
        setup_choose_families(s);
        return setup_can_write(s, err) < 0 ? -1 : setup_find_provider(s, err);
    }
    if (expired)
        return error_set(err, ERR_PERM,
                         "the consent that was asked for is older than 24 h, and codes live for "
                         "minutes: run dcddns setup %s again and open the URL it prints",
                         s->fqdn);
    return error_set(err, ERR_PERM,
                     "no consent is pending for %s, so that %s: run dcddns setup %s first and open "
                     "the URL it prints",
                     s->fqdn,
                     keeps ? "what belongs to the code is not known"
                           : "the state in this address cannot be checked",
                     s->fqdn);
}

/* The provider of that time is asked, whatever DNS says by now. */
static int with_pending(struct setup *s, struct instance **auth, struct error *err)
{
    const struct pending *p = &s->pending;

    *auth = engine_auth(s->rt.engine, p->auth);
    if (!*auth)
        return error_set(err, ERR_CONFIG,
                         "consent was asked for with the auth module \"%s\", which is not "
                         "configured any more: run dcddns setup %s again",
                         p->auth, s->fqdn);
    if (s->prove && !p->challenged)
        return setup_no_challenge(p->auth, err);
    setup_choose_families(s);
    if (s->ipv6 && strcmp(p->service_id, CONNECT_SERVICE_V1) == 0)
        return error_set(err, ERR_PERM,
                         "consent was asked for IPv4 only: run dcddns setup %s --ipv6 again and "
                         "open the URL it prints, or give the code with --ipv4",
                         s->fqdn);
    return setup_can_write(s, err);
}

int setup_given(struct setup *s, struct error *err)
{
    char text[SETUP_LINE_MAX] = "", code[CONSENT_CODE_MAX] = "";
    struct instance *auth = engine_auth(s->rt.engine, NULL);
    enum pending_found found = PENDING_NONE;
    int rc = setup_given_text(s->code, s->code_file, text, err);

    if (rc == 0)
        rc = pending_load(engine_state(s->rt.engine), s->fqdn, &s->pending, &found, err);
    if (rc == 0)
        rc = found == PENDING_FOUND ? with_pending(s, &auth, err)
                                    : without_pending(s, text, found == PENDING_EXPIRED, err);
    if (rc == 0) {
        rc = consent_request_read(&s->pending, text, code, err);
        if (rc < 0 && err->class == ERR_PERM)
            setup_forget_pending(s);
        else if (rc < 0 && err->class == ERR_USAGE)
            err->class = ERR_PERM; /* the command line was right, the code was not */
    }
    if (rc == 0)
        rc = setup_redeem(s, auth, code, err) == EXCHANGE_DONE ? 0 : -1;
    mem_wipe(text, sizeof(text));
    mem_wipe(code, sizeof(code));
    return rc;
}
