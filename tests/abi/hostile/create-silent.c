/* create() fails for a reason it keeps to itself. */
#include "hostile.h"

static int create(const struct dcddns_host *host, void **self)
{
    (void)host;
    (void)self;
    return DCDDNS_E_CONFIG;
}

DCDDNS_ENTRY(hostile)
{
    honest("create-silent");
    plugin.create = create;
    return &plugin;
}
