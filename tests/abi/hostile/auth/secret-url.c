/* Puts a secret field into the consent URL. */
#include "hostile_auth.h"

static int consent(void *self, struct dcddns_fields *params, struct dcddns_fields *keep)
{
    (void)self;
    (void)keep;
    return the_host->field_set(params, "client_secret", "inconceivable", DCDDNS_SECRET);
}

DCDDNS_ENTRY(hostile)
{
    honest_auth("secret-url");
    ops.consent = consent;
    return &plugin;
}
