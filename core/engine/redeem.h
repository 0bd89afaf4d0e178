/* From a code to a grant on disk: the request, the record of what it taught, the durable save.
 * Waits.  Must not know how the code came here. */
#ifndef DCDDNS_ENGINE_REDEEM_H
#define DCDDNS_ENGINE_REDEEM_H

#include "engine/exchange.h"
#include "state/pending.h"

struct redemption {
    struct net *net;
    struct grants *grants;
    struct instance *auth;         /* the one that PENDING names */
    const struct pending *pending; /* whose consent it was */
    bool prove;                    /* try a strange verifier first */
    bool alone;                    /* leave the other grants of the zone as they are */
    /* In: what is known of this provider already (GRANT_PKCE_NONE: nothing).  Out: what is recorded
     * in the grant or, when the code is spent, known for the next one. */
    enum grant_pkce pkce;
    bool stored; /* out: the grant is on disk */
};

/* The grant takes the place of an older one, one generation on, which survives every failure; then
 * other grants give up the hosts that it covers, for the newest one serves them anyway. */
enum exchange_proof redeem(struct redemption *, const char *code, struct error *);

#endif
