/* query() ends the whole process, politely. */
#include <stdlib.h>

#include "hostile.h"

static int query(void *self, struct dcddns_call *call, int family, struct dcddns_addr *out)
{
    (void)self;
    (void)call;
    (void)family;
    (void)out;
    exit(0);
}

DCDDNS_ENTRY(hostile)
{
    honest("exits");
    ops.query = query;
    return &plugin;
}
