/* create() never comes back. */
#include <unistd.h>

#include "hostile.h"

static int create(const struct dcddns_host *host, void **self)
{
    for (int forever = 1; forever;)
        sleep(1);
    return honest_create(host, self);
}

DCDDNS_ENTRY(hostile)
{
    honest("hangs-create");
    plugin.create = create;
    return &plugin;
}
