/* Redeeming an authorization code: the one request of setup that yields a grant.  Waits. */
#ifndef DCDDNS_ENGINE_EXCHANGE_H
#define DCDDNS_ENGINE_EXCHANGE_H

#include "base/fields.h"
#include "modules/instance.h"
#include "net/net.h"
#include "state/grants.h"

/* Fills tokens, times and encodings of GRANT, whose api_url is set.  Another encoding is tried only
 * after 400, 401 or 415, never after a 2xx: a code works once.  KEEP is what the auth module asked
 * to keep at consent.  -1 with ERR; the grant then has no tokens. */
int exchange_code(struct net *, struct instance *auth, const struct dcddns_fields *keep,
                  const char *code, struct grant *, struct error *);

#endif
