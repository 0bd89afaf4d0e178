/* Discovery: which zone a name is in, which provider serves it, which template it has.  At setup
 * and in `doctor` only, never on the update path; may wait (net's _await functions). */
#ifndef DCDDNS_CONNECT_DISCOVER_H
#define DCDDNS_CONNECT_DISCOVER_H

#include <stdbool.h>

#include "base/error.h"
#include "base/text.h"
#include "net/net.h"

struct provider {                        /* a zeroed struct is empty; free with provider_free() */
    char zone[FQDN_MAX], host[FQDN_MAX]; /* host "" = apex */
    char *announced;                     /* TXT that led there */
    char *id, *name;                     /* providerId, providerName ("" when absent) */
    char *api_url, *async_url;           /* urlAPI, urlAsyncUX (NULL: synchronous flow only) */
    char *control_panel;                 /* urlControlPanel with %domain% filled in, or NULL */
    const char *service_id;              /* CONNECT_SERVICE_V2 or _V1 */
};
void provider_free(struct provider *);

/* One step, for `doctor`: what was asked, what came, what it means.  OK 1 good, 0 bad, -1 unclear.
 */
typedef void (*discover_trace)(void *ctx, int ok, const char *asked, const char *answered,
                               const char *means);

/* The zone of FQDN, without asking its provider: fills zone and host.  Errors as discover(). */
int discover_zone(struct net *, const char *fqdn, struct provider *, struct error *);

/* All steps.  WANT_IPV6 rules the v1 template out.  0, or -1 with ERR naming the step and the way
 * out: ERR_TEMP (ask again later), ERR_PERM (this name cannot work, and why).  TRACE may be NULL.
 */
int discover(struct net *, const char *fqdn, bool want_ipv6, struct provider *, discover_trace,
             void *ctx, struct error *);

#endif
