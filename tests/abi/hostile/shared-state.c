/* Keeps what it was asked in a global, where another instance finds it. */
#include <time.h>

#include "hostile.h"

static volatile int asked;

static int query(void *self, struct dcddns_call *call, int family, struct dcddns_addr *out)
{
    const struct timespec nap = { .tv_nsec = 2000000L };
    asked = family;
    nanosleep(&nap, NULL);
    return honest_query(self, call, asked, out);
}

DCDDNS_ENTRY(hostile)
{
    honest("shared-state");
    ops.query = query;
    return &plugin;
}
