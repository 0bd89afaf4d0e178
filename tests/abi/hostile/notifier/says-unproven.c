/* notify() returns what only query() may. */
#include "hostile_notifier.h"

static int notify(void *self, struct dcddns_call *call, const struct dcddns_event *event)
{
    (void)self;
    (void)call;
    (void)event;
    return DCDDNS_UNPROVEN;
}

DCDDNS_ENTRY(hostile)
{
    honest_notifier("says-unproven");
    ops.notify = notify;
    return &plugin;
}
