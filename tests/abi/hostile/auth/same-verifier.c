/* Keeps the same "random" value for every consent, and does not notice when there is none. */
#include "hostile_auth.h"

static int consent(void *self, struct dcddns_fields *params, struct dcddns_fields *keep)
{
    unsigned char raw[8] = { 0 };
    (void)self;
    (void)params;
    the_host->random(raw, sizeof(raw));
    return the_host->field_set(keep, "code_verifier", "always-the-same", DCDDNS_SECRET);
}

DCDDNS_ENTRY(hostile)
{
    honest_auth("same-verifier");
    ops.consent = consent;
    return &plugin;
}
