/* Has an option without a help text. */
#include "hostile.h"

static const struct dcddns_option options[] = {
    { "a", NULL, NULL, DCDDNS_OPT_STRING, 0 },
};

DCDDNS_ENTRY(hostile)
{
    honest("bad-option");
    plugin.options = options;
    plugin.option_count = sizeof(options) / sizeof(options[0]);
    plugin.option_size = sizeof(options[0]);
    return &plugin;
}
