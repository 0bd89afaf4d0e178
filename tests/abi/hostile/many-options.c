/* Says that it has more options than anybody could read. */
#include "hostile.h"

static const struct dcddns_option options[] = {
    { "a", NULL, "an option", DCDDNS_OPT_STRING, 0 },
};

DCDDNS_ENTRY(hostile)
{
    honest("many-options");
    plugin.options = options;
    plugin.option_count = sizeof(options) / sizeof(options[0]);
    plugin.option_size = sizeof(options[0]);
    plugin.option_count = UINT32_MAX;
    return &plugin;
}
