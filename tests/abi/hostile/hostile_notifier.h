/* An ordinary notifier, for those that break one promise each; as hostile.h. */
#ifndef DCDDNS_TESTS_HOSTILE_NOTIFIER_H
#define DCDDNS_TESTS_HOSTILE_NOTIFIER_H

#include "dcddns/plugin.h"

static struct dcddns_plugin plugin;
static struct dcddns_notifier ops;

static inline int honest_create(const struct dcddns_host *host, void **self)
{
    (void)host;
    *self = &plugin;
    return DCDDNS_OK;
}

static inline void honest_destroy(void *self)
{
    (void)self;
}

static inline void honest_notifier(const char *name)
{
    ops.size = sizeof(ops);
    plugin.size = sizeof(plugin);
    plugin.kind = DCDDNS_KIND_NOTIFIER;
    plugin.abi_minor = DCDDNS_ABI_MINOR;
    plugin.name = name;
    plugin.version = "1.0";
    plugin.summary = "a module of the tests";
    plugin.create = honest_create;
    plugin.destroy = honest_destroy;
    plugin.ops = &ops;
}

#endif
