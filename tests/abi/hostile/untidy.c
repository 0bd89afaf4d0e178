/* query() leaves garbage in the bytes of an address that mean nothing. */
#include "hostile.h"

static int query(void *self, struct dcddns_call *call, int family, struct dcddns_addr *out)
{
    honest_query(self, call, family, out);
    memset(out->reserved, 0xaa, sizeof(out->reserved));
    memset(out->ip + 4, 0xaa, 12);
    return DCDDNS_OK;
}

DCDDNS_ENTRY(hostile)
{
    honest("untidy");
    ops.query = query;
    return &plugin;
}
