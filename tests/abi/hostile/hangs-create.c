/* create() never comes back. */
#include <unistd.h>

#include "hostile.h"

static volatile int forever = 1;

static int create(const struct dcddns_host *host, void **self)
{
    while (forever)
        sleep(1);
    return honest_create(host, self);
}

DCDDNS_ENTRY(hostile)
{
    honest("hangs-create");
    plugin.create = create;
    return &plugin;
}
