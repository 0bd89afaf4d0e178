/* create() says yes and makes nothing. */
#include "hostile.h"

static int create(const struct dcddns_host *host, void **self)
{
    (void)host;
    *self = NULL;
    return DCDDNS_OK;
}

DCDDNS_ENTRY(hostile)
{
    honest("self-null");
    plugin.create = create;
    return &plugin;
}
