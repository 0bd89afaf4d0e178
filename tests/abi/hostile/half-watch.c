/* Can watch() but never unwatch(). */
#include "hostile.h"

static int watch(void *self)
{
    (void)self;
    return DCDDNS_OK;
}

DCDDNS_ENTRY(hostile)
{
    honest("half-watch");
    ops.watch = watch;
    return &plugin;
}
