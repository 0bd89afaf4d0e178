/* Redeeming an authorization code: the one request of setup that yields a grant.  Waits. */
#ifndef DCDDNS_ENGINE_EXCHANGE_H
#define DCDDNS_ENGINE_EXCHANGE_H

#include "base/fields.h"
#include "modules/instance.h"
#include "net/net.h"
#include "state/grants.h"

enum exchange_proof {
    EXCHANGE_FAILED = -1,
    EXCHANGE_DONE = 0,
    EXCHANGE_SPENT = 1, /* no grant: the code was refused after the try; ERR says what that means */
    EXCHANGE_INVALID = 2 /* no grant: refused in words that blame neither the code nor the client */
};

/* Fills tokens, times, encodings and pkce of GRANT, whose api_url is set.  Another encoding is
 * tried only after 400, 401 or 415, never after a 2xx: a code works once.  KEEP is what the auth
 * module asked to keep at consent.  Unless DONE there is ERR, and the grant has no tokens. */
enum exchange_proof exchange_code(struct net *, struct instance *auth,
                                  const struct dcddns_fields *keep, const char *code,
                                  struct grant *, struct error *);

/* The same, after a try with STRANGE, a verifier that does not belong to the code (RFC 7636,
 * section 4.6): a provider that takes it ignores PKCE, and its answer is the grant; one that
 * refuses it gets the right one.  The try never puts the code into a URL.  GRANT->pkce says what is
 * known afterwards, also when the code is spent: then GRANT has no tokens, and a new consent is
 * needed. */
enum exchange_proof exchange_prove(struct net *, struct instance *auth,
                                   const struct dcddns_fields *keep,
                                   const struct dcddns_fields *strange, const char *code,
                                   struct grant *, struct error *);

#endif
