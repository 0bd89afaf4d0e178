/* An ordinary auth strategy, for those that break one promise each; as hostile.h. */
#ifndef DCDDNS_TESTS_HOSTILE_AUTH_H
#define DCDDNS_TESTS_HOSTILE_AUTH_H

#include "dcddns/plugin.h"

static struct dcddns_plugin plugin;
static struct dcddns_auth ops;
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

static inline int honest_consent(void *self, struct dcddns_fields *params,
                                 struct dcddns_fields *keep)
{
    (void)self;
    (void)params;
    (void)keep;
    return DCDDNS_OK;
}

static inline int honest_token(void *self, const struct dcddns_fields *keep,
                               struct dcddns_fields *body)
{
    (void)self;
    (void)keep;
    (void)body;
    return DCDDNS_OK;
}

static inline void honest_auth(const char *name)
{
    ops.size = sizeof(ops);
    ops.consent = honest_consent;
    ops.token = honest_token;
    plugin.size = sizeof(plugin);
    plugin.kind = DCDDNS_KIND_AUTH;
    plugin.abi_minor = DCDDNS_ABI_MINOR;
    plugin.name = name;
    plugin.version = "1.0";
    plugin.summary = "a module of the tests";
    plugin.create = honest_create;
    plugin.destroy = honest_destroy;
    plugin.ops = &ops;
}

#endif
