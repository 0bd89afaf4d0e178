/* notify() cannot take a long message. */
#include <stdlib.h>
#include <string.h>

#include "hostile_notifier.h"

static int notify(void *self, struct dcddns_call *call, const struct dcddns_event *event)
{
    (void)self;
    (void)call;
    if (strlen(event->message) > 4000)
        abort();
    return DCDDNS_OK;
}

DCDDNS_ENTRY(hostile)
{
    honest_notifier("long-message");
    ops.notify = notify;
    return &plugin;
}
