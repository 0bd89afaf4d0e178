/* Asks for an option that its table does not have. */
#include "hostile.h"

static int create(const struct dcddns_host *host, void **self)
{
    if (host->option(host, "undeclared"))
        return DCDDNS_E_CONFIG;
    return honest_create(host, self);
}

DCDDNS_ENTRY(hostile)
{
    honest("nosy");
    plugin.create = create;
    return &plugin;
}
