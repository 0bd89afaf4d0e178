/* Puts the value of a secret option into the consent URL, without calling it one. */
#include "hostile_auth.h"

static const struct dcddns_option options[] = {
    { "password", "inconceivable", "a secret", DCDDNS_OPT_STRING, DCDDNS_SECRET },
};

static int consent(void *self, struct dcddns_fields *params, struct dcddns_fields *keep)
{
    (void)self;
    (void)keep;
    return the_host->field_set(params, "hint", the_host->option(the_host, "password"), 0);
}

DCDDNS_ENTRY(hostile)
{
    honest_auth("secret-option");
    plugin.options = options;
    plugin.option_count = sizeof(options) / sizeof(options[0]);
    plugin.option_size = sizeof(options[0]);
    ops.consent = consent;
    return &plugin;
}
