/* A notifier that reads every member of an event; see source.c. */
#include <stdlib.h>
#include <string.h>

#include "dcddns/plugin.h"

struct notifier {
    const struct dcddns_host *host;
};

static int notifier_create(const struct dcddns_host *host, void **self)
{
    struct notifier *notifier = calloc(1, sizeof(*notifier));

    if (!notifier)
        return DCDDNS_E_NOMEM;
    notifier->host = host;
    *self = notifier;
    return DCDDNS_OK;
}

static int notifier_notify(void *self, struct dcddns_call *call, const struct dcddns_event *event)
{
    const struct dcddns_host *host = ((const struct notifier *)self)->host;
    long long until = 0;

    if (host->remaining_ms(call) == 0)
        return DCDDNS_E_STOP;
#ifdef DCDDNS_TESTS_NEXT
    if (DCDDNS_HAS(event, struct dcddns_event, valid_until_ms))
        until = event->valid_until_ms;
#endif
    dcddns_logf(host, DCDDNS_LOG_INFO, "%u %lld %s|%s|%s|%.100s|%s|%s|%u|%u|%lld",
                (unsigned)event->level, (long long)event->time_ms, event->id, event->profile,
                event->record, event->message, event->source, event->url,
                (unsigned)event->before.family, (unsigned)event->after.ip[3], until);
    return DCDDNS_OK;
}

static const struct dcddns_notifier notifier_ops = {
    .size = sizeof(notifier_ops),
    .notify = notifier_notify,
};

static const struct dcddns_plugin notifier_plugin = {
    .size = sizeof(notifier_plugin),
    .kind = DCDDNS_KIND_NOTIFIER,
    .abi_minor = DCDDNS_ABI_MINOR,
    .name = "notifier",
    .version = "1.0",
    .summary = "reads every member",
    .create = notifier_create,
    .destroy = free,
    .ops = &notifier_ops,
};

DCDDNS_ENTRY(notifier)
{
    return &notifier_plugin;
}
