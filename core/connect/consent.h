/* The consent step: the URL a person opens, and what they paste back.  Pure. */
#ifndef DCDDNS_CONNECT_CONSENT_H
#define DCDDNS_CONNECT_CONSENT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/fields.h"
#include "dcddns/plugin.h"

enum { CONSENT_STATE_MAX = 44, CONSENT_CODE_MAX = 4096 };

struct consent_target {
    const char *async_url;  /* urlAsyncUX */
    const char *service_id; /* also the OAuth scope */
    const char *zone;
    const char *hosts; /* comma-separated, relative to the zone; an empty entry is the apex */
};

/* A fresh `state`: 32 random bytes, base64url.  0 or -1 (ERR_LOCAL). */
int consent_new_state(char state[CONSENT_STATE_MAX], struct error *);
/* Parameters of the consent URL before the auth plugin adds its own.  An address that
 * is not known (family 0) is sent as 0.0.0.0 or ::, so that the provider can look for conflicts. */
int consent_params(struct dcddns_fields *, const struct consent_target *, const char *state,
                   const struct dcddns_addr *v4, const struct dcddns_addr *v6, struct error *);
/* {async_url}/v2/domainTemplates/providers/domainconnect.org?params; secret fields are an error. */
int consent_url(struct buf *, const char *async_url, const struct dcddns_fields *, struct error *);
/* True when what was pasted says that the provider did not take the request itself, as it may when
 * the request names several hosts: neither a person's no nor a passing trouble. */
bool consent_says_invalid(const char *pasted);
/* What was pasted: the bare code, or the whole URL of the code page.  When the URL has a `state` it
 * must be ours.  0 with CODE, or -1: ERR_PERM (declined, refused), ERR_USAGE (unreadable, foreign).
 */
int consent_read(const char *pasted, const char *state, char code[CONSENT_CODE_MAX],
                 struct error *);

#endif
