/* Fails when a token is refreshed: nothing is kept by then. */
#include "hostile_auth.h"

static int consent(void *self, struct dcddns_fields *params, struct dcddns_fields *keep)
{
    (void)self;
    (void)params;
    return the_host->field_set(keep, "kept", "something", 0);
}

static int token(void *self, const struct dcddns_fields *keep, struct dcddns_fields *body)
{
    (void)self;
    (void)body;
    if (!the_host->field_get(keep, "kept"))
        return the_host->fail(the_host, DCDDNS_E_CONFIG, "nothing was kept");
    return DCDDNS_OK;
}

DCDDNS_ENTRY(hostile)
{
    honest_auth("no-refresh");
    ops.consent = consent;
    ops.token = token;
    return &plugin;
}
