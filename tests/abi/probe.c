/* Gives abidiff something to compare: every public struct, reachable from an exported function. */
#include "dcddns/plugin.h"

#define PROBE(type)                                                                                \
    __attribute__((visibility("default"))) void probe_##type(const struct dcddns_##type *);        \
    void probe_##type(const struct dcddns_##type *it)                                              \
    {                                                                                              \
        (void)it;                                                                                  \
    }

PROBE(addr)
PROBE(http)
PROBE(run)
PROBE(host)
PROBE(option)
PROBE(plugin)
PROBE(ip_source)
PROBE(auth)
PROBE(event)
PROBE(notifier)
