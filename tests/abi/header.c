/* The installed header alone, twice, with an entry: what every module's author compiles first. Also
 * compiled as C++. */
#include "dcddns/plugin.h"

int has_watch(const struct dcddns_ip_source *ops);

int has_watch(const struct dcddns_ip_source *ops)
{
    return DCDDNS_HAS(ops, struct dcddns_ip_source, watch) && ops->watch;
}

int first_of(const struct dcddns_host *host, const char *list);

int first_of(const struct dcddns_host *host, const char *list)
{
    char entry[16];
    if (dcddns_list_next(&list, entry, sizeof(entry)) == 1)
        dcddns_logf(host, DCDDNS_LOG_DEBUG, "first of %s", entry);
    return dcddns_failf(host, DCDDNS_E_CONFIG, "nothing but %s", list);
}

DCDDNS_ENTRY(header)
{
    return NULL;
}
