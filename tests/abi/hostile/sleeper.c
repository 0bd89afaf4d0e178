/* query() ignores its call: it sleeps on when cancelled. */
#include <time.h>

#include "hostile.h"

static int query(void *self, struct dcddns_call *call, int family, struct dcddns_addr *out)
{
    const struct timespec nap = { .tv_nsec = 600 * 1000000L };
    nanosleep(&nap, NULL);
    return honest_query(self, call, family, out);
}

DCDDNS_ENTRY(hostile)
{
    honest("sleeper");
    ops.query = query;
    return &plugin;
}
