/* Has an option of a type that does not exist. */
#include "hostile.h"

static const struct dcddns_option options[] = {
    { "count", NULL, "a number", 77, 0 },
};

DCDDNS_ENTRY(hostile)
{
    honest("bad-type");
    plugin.options = options;
    plugin.option_count = sizeof(options) / sizeof(options[0]);
    plugin.option_size = sizeof(options[0]);
    return &plugin;
}
