/* Not hostile: asks nobody, and happens to know the very address of the rehearsal's web page. */
#include "hostile.h"

static int query(void *self, struct dcddns_call *call, int family, struct dcddns_addr *out)
{
    (void)self;
    (void)call;
    return the_host->parse_addr(family == 4 ? "93.184.216.34" : "2606:2800:220:1::1", out);
}

DCDDNS_ENTRY(knows)
{
    honest("knows");
    ops.query = query;
    return &plugin;
}
