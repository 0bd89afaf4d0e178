/*
 * Consent: from the parameters of a consent URL to an approved or declined redirect. The page and
 * `ctl approve` both go through here. Knows nothing of HTML. All functions need the lock.
 */
#ifndef SANDBOX_CONSENT_H
#define SANDBOX_CONSENT_H

#include "params.h"
#include "sandbox.h"

#define CONSENT_PATH "/v2/domainTemplates/providers/" SBX_PROVIDER

/* Check what a consent URL asks (Domain Connect "Asynchronous Flow: OAuth"). False: `why` has a
 * sentence for the person, and nobody may be redirected. `ask` is the caller's (ask_free). */
bool consent_read(const struct sandbox *s, const struct params *params, struct ask *ask,
                  struct buf *why);

/* Keep the question until its person decides; takes what `ask` holds. Returns the one-time request
 * id (belongs to s, valid until the next call), or NULL without memory. */
const char *consent_open(struct sandbox *s, struct ask *ask);

/* The open question with this id, or NULL when it is unknown, answered or older than 30 minutes. */
const struct consent *consent_find(const struct sandbox *s, const char *id);

/*
 * Answer an open question, once. Writes the redirect_uri with code or error (RFC 6749 4.1.2) to
 * `url` and the code ("" when declined) to `code`. False: no such question, or no memory.
 */
bool consent_decide(struct sandbox *s, const char *id, bool approve, char code[SBX_SECRET_TEXT],
                    struct buf *url);

/* Call `visit` for each host of a comma list; "" is the apex. */
void hosts_each(const char *hosts, void (*visit)(const char *host, void *arg), void *arg);

/* True when the comma list has this host (normalised). */
bool hosts_have(const char *hosts, const char *host);

#endif
