/* query() never comes back. */
#include <unistd.h>

#include "hostile.h"

static volatile int forever = 1;

static int query(void *self, struct dcddns_call *call, int family, struct dcddns_addr *out)
{
    while (forever)
        sleep(1);
    return honest_query(self, call, family, out);
}

DCDDNS_ENTRY(hostile)
{
    honest("deaf");
    ops.query = query;
    return &plugin;
}
