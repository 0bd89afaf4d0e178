/* query() follows a pointer that leads nowhere. */
#include "hostile.h"

static int *volatile nowhere;

static int query(void *self, struct dcddns_call *call, int family, struct dcddns_addr *out)
{
    *nowhere = family;
    return honest_query(self, call, family, out);
}

DCDDNS_ENTRY(hostile)
{
    honest("crash-query");
    ops.query = query;
    return &plugin;
}
