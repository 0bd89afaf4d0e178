/* query() says yes without an address. */
#include "hostile.h"

static int query(void *self, struct dcddns_call *call, int family, struct dcddns_addr *out)
{
    honest_query(self, call, family, out);
    out->family = 0;
    return DCDDNS_OK;
}

DCDDNS_ENTRY(hostile)
{
    honest("family-zero");
    ops.query = query;
    return &plugin;
}
