/* query() gives an address of the other family. */
#include "hostile.h"

static int query(void *self, struct dcddns_call *call, int family, struct dcddns_addr *out)
{
    honest_query(self, call, family, out);
    out->family = family == 4 ? 6 : 4;
    return DCDDNS_OK;
}

DCDDNS_ENTRY(hostile)
{
    honest("family-wrong");
    ops.query = query;
    return &plugin;
}
