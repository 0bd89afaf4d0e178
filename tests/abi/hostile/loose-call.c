/* Waits with a call of its own making. */
#include "hostile.h"

static int query(void *self, struct dcddns_call *call, int family, struct dcddns_addr *out)
{
    (void)call;
    the_host->wait(NULL, UINTPTR_MAX, 0, 1);
    return honest_query(self, call, family, out);
}

DCDDNS_ENTRY(hostile)
{
    honest("loose-call");
    ops.query = query;
    return &plugin;
}
