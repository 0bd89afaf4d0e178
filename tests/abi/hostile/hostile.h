/* An ordinary IP source, for modules that break one promise each: start from honest(NAME), spoil
 * one thing.  Not constant, as a real descriptor must be, so that it can be spoiled. */
#ifndef DCDDNS_TESTS_HOSTILE_H
#define DCDDNS_TESTS_HOSTILE_H

#include <string.h>

#include "dcddns/plugin.h"

static struct dcddns_plugin plugin;
static struct dcddns_ip_source ops;
static const struct dcddns_host *the_host;

static inline int honest_create(const struct dcddns_host *host, void **self)
{
    the_host = host;
    *self = &plugin;
    return DCDDNS_OK;
}

static inline void honest_destroy(void *self)
{
    (void)self;
}

static inline int honest_query(void *self, struct dcddns_call *call, int family,
                               struct dcddns_addr *out)
{
    static const uint8_t documentation[16] = { 192, 0, 2, 1 };
    (void)self;
    (void)call;
    memset(out, 0, sizeof(*out));
    out->family = (uint8_t)family;
    memcpy(out->ip, documentation, sizeof(out->ip));
    return DCDDNS_OK;
}

static inline const struct dcddns_plugin *honest(const char *name)
{
    ops.size = sizeof(ops);
    ops.query = honest_query;
    plugin.size = sizeof(plugin);
    plugin.kind = DCDDNS_KIND_IP_SOURCE;
    plugin.abi_minor = DCDDNS_ABI_MINOR;
    plugin.name = name;
    plugin.version = "1.0";
    plugin.summary = "a module of the tests";
    plugin.create = honest_create;
    plugin.destroy = honest_destroy;
    plugin.ops = &ops;
    return &plugin;
}

#endif
