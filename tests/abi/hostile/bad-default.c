/* Has a default that its own schema refuses. */
#include "hostile.h"

static const struct dcddns_option options[] = {
    { "count", "many", "a number", DCDDNS_OPT_INT, 0 },
};

DCDDNS_ENTRY(hostile)
{
    honest("bad-default");
    plugin.options = options;
    plugin.option_count = sizeof(options) / sizeof(options[0]);
    plugin.option_size = sizeof(options[0]);
    return &plugin;
}
