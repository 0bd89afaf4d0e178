/* notify() never comes back. */
#include <unistd.h>

#include "hostile_notifier.h"

static volatile int forever = 1;

static int notify(void *self, struct dcddns_call *call, const struct dcddns_event *event)
{
    (void)self;
    (void)call;
    (void)event;
    while (forever)
        sleep(1);
    return DCDDNS_OK;
}

DCDDNS_ENTRY(hostile)
{
    honest_notifier("deaf-notifier");
    ops.notify = notify;
    return &plugin;
}
