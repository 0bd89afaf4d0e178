/* Has an option whose help says nothing. */
#include "hostile.h"

static const struct dcddns_option options[] = {
    { "a", NULL, "", DCDDNS_OPT_STRING, 0 },
};

DCDDNS_ENTRY(hostile)
{
    honest("empty-help");
    plugin.options = options;
    plugin.option_count = sizeof(options) / sizeof(options[0]);
    plugin.option_size = sizeof(options[0]);
    return &plugin;
}
