/* Has required options, and refuses what is made up for one of them. */
#include "hostile.h"

static const struct dcddns_option options[] = {
    { "url", NULL, "where to ask", DCDDNS_OPT_URL, DCDDNS_REQUIRED },
    { "colour", NULL, "red or blue", DCDDNS_OPT_STRING, DCDDNS_REQUIRED },
};

static int create(const struct dcddns_host *host, void **self)
{
    const char *colour = host->option(host, "colour");
    if (!host->option(host, "url") || !colour || strcmp(colour, "blue") != 0)
        return host->fail(host, DCDDNS_E_CONFIG, "colour is not blue");
    return honest_create(host, self);
}

DCDDNS_ENTRY(hostile)
{
    honest("needs-option");
    plugin.create = create;
    plugin.options = options;
    plugin.option_count = sizeof(options) / sizeof(options[0]);
    plugin.option_size = sizeof(options[0]);
    return &plugin;
}
