/* Asking for consent: from what discovery found, or a grant pinned, to the URL a person opens and
 * the pending consent that redeems the code.  Shared by setup, which prints, and the daemon, which
 * tells.  No requests are sent. */
#ifndef DCDDNS_ENGINE_CONSENT_REQUEST_H
#define DCDDNS_ENGINE_CONSENT_REQUEST_H

#include "connect/consent.h"
#include "connect/discover.h"
#include "modules/instance.h"
#include "state/grants.h"
#include "state/pending.h"

/* Who is asked, for which name, and for the host that it is in the zone; PENDING is overwritten,
 * not cleared.  -1: out of memory (PENDING is zeroed). */
int consent_request_from_provider(struct pending *, const char *fqdn, const struct provider *,
                                  struct error *);
/* The same for all hosts of a grant, whose place the new one takes.  -1 also when the grant does
 * not know where its provider asks for consent. */
int consent_request_from_grant(struct pending *, const struct grant *, struct error *);
/* Adds a fresh `state`, the URL, what AUTH wants to be kept, and the time.  Addresses of families
 * that were not asked for are not sent.  -1 with ERR: PENDING has no URL. */
int consent_request_make(struct pending *, struct instance *auth, const struct dcddns_addr *v4,
                         const struct dcddns_addr *v6, struct error *);

/* What a person pasted for this consent: consent_read(), and a refusal that came after a PKCE
 * challenge names that as its likely cause. */
int consent_request_read(const struct pending *, const char *pasted, char code[CONSENT_CODE_MAX],
                         struct error *);

/* What AUTH does at consent: whether it keeps something, without which no code can be redeemed, and
 * whether it sends a PKCE challenge.  Either may be NULL. */
int consent_request_probe(struct instance *auth, bool *keeps, bool *challenges, struct error *);
/* What AUTH would keep for another consent: a verifier that belongs to no URL. */
int consent_request_strange(struct instance *auth, struct dcddns_fields *keep, struct error *);

#endif
