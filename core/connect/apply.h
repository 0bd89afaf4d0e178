/* Applying and reverting the template: the request's URL, and what the answer means.  Pure: no
 * network here, the engine sends and receives. */
#ifndef DCDDNS_CONNECT_APPLY_H
#define DCDDNS_CONNECT_APPLY_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"
#include "dcddns/plugin.h"
#include "net/http.h"

struct apply_target {
    const char *api_url;     /* pinned urlAPI */
    const char *service_id;  /* CONNECT_SERVICE_V1 or _V2 */
    const char *zone, *host; /* host "" = apex */
};

/* Appends the URL of an apply.  Families with family 0 are left out, with their group; v1 takes the
 * IPv4 address only.  Domain Connect 2.3, section 6.4 ("Applying a template") and the conflict
 * rules: a host with both families is applied with both. */
void apply_url(struct buf *url, const struct apply_target *, const struct dcddns_addr *v4,
               const struct dcddns_addr *v6, bool force);
/* Appends the URL of a revert. */
void revert_url(struct buf *url, const struct apply_target *);

enum apply_verdict {
    APPLY_RETRY,    /* temporary: back off, or wait as told */
    APPLY_DONE,     /* any 2xx */
    APPLY_TOKEN,    /* 401: the access token is not accepted */
    APPLY_OVERRIDE, /* 409, only address records at this very host: force=1 is what was consented */
    APPLY_CONFLICT, /* 409, other records stand in the way: a person must decide */
    APPLY_REFUSED   /* any other answer: pause this host */
};

struct apply_result {
    enum apply_verdict verdict;
    int64_t wait_s;     /* Retry-After in seconds, or -1 */
    struct error error; /* ERR_NONE for APPLY_DONE */
};

/* Judges the answer to an apply or a revert. */
void apply_judge(const struct http_answer *, const struct apply_target *, struct apply_result *);

#endif
