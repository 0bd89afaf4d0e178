/* Not hostile: takes the contract at its word that options come in their plain form. */
#include "hostile.h"

static const struct dcddns_option options[] = {
    { "wait", "2 min", "a duration", DCDDNS_OPT_SECONDS, 0 },
    { "on", "TRUE", "a switch", DCDDNS_OPT_BOOL, 0 },
};

static int create(const struct dcddns_host *host, void **self)
{
    if (strcmp(host->option(host, "wait"), "120") != 0 ||
        strcmp(host->option(host, "on"), "yes") != 0)
        return dcddns_failf(host, DCDDNS_E_CONFIG, "wait is %s, on is %s",
                            host->option(host, "wait"), host->option(host, "on"));
    return honest_create(host, self);
}

DCDDNS_ENTRY(units)
{
    honest("units");
    plugin.options = options;
    plugin.option_count = 2;
    plugin.option_size = sizeof(options[0]);
    plugin.create = create;
    return &plugin;
}
