/* The installed header alone, twice, with an entry: what every module's author compiles first. Also
 * compiled as C++. */
#include "dcddns/plugin.h"

int has_watch(const struct dcddns_ip_source *ops);

int has_watch(const struct dcddns_ip_source *ops)
{
    return DCDDNS_HAS(ops, struct dcddns_ip_source, watch) && ops->watch;
}

DCDDNS_ENTRY(header)
{
    return NULL;
}
