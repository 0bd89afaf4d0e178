/* query() returns a code that does not exist. */
#include "hostile.h"

static int query(void *self, struct dcddns_call *call, int family, struct dcddns_addr *out)
{
    honest_query(self, call, family, out);
    return 77;
}

DCDDNS_ENTRY(hostile)
{
    honest("bad-code");
    ops.query = query;
    return &plugin;
}
