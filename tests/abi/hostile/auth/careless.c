/* Says yes although its field was not set. */
#include "hostile_auth.h"

static int token(void *self, const struct dcddns_fields *keep, struct dcddns_fields *body)
{
    (void)self;
    (void)keep;
    the_host->field_set(body, "client_secret", "inconceivable", DCDDNS_SECRET);
    return DCDDNS_OK;
}

DCDDNS_ENTRY(hostile)
{
    honest_auth("careless");
    ops.token = token;
    return &plugin;
}
