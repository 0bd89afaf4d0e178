/* Says that its options are closer together than an option is long. */
#include "hostile.h"

static const struct dcddns_option options[] = {
    { "a", NULL, "an option", DCDDNS_OPT_STRING, 0 },
};

DCDDNS_ENTRY(hostile)
{
    honest("bad-stride");
    plugin.options = options;
    plugin.option_count = sizeof(options) / sizeof(options[0]);
    plugin.option_size = sizeof(options[0]);
    plugin.option_size = 4;
    return &plugin;
}
