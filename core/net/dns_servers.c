/* Which servers the system asks, as c-ares finds them: for reports only. */
#include <ares.h>
#include <netinet/in.h>
#include <string.h>

#include "net/dns.h"

static void take(const struct ares_addr_port_node *node, struct dcddns_addr *out)
{
    *out = (struct dcddns_addr){ .family = node->family == AF_INET6 ? 6 : 4 };
    if (node->family == AF_INET6)
        memcpy(out->ip, &node->addr.addr6, 16);
    else
        memcpy(out->ip, &node->addr.addr4, 4);
}

size_t dns_system_servers(struct dcddns_addr *out, size_t cap)
{
    ares_channel channel = NULL;
    struct ares_addr_port_node *servers = NULL;
    size_t count = 0;

    if (ares_init(&channel) != ARES_SUCCESS)
        return 0;
    if (ares_get_servers_ports(channel, &servers) == ARES_SUCCESS) {
        for (const struct ares_addr_port_node *at = servers; at && count < cap; at = at->next)
            take(at, &out[count++]);
        ares_free_data(servers);
    }
    ares_destroy(channel);
    return count;
}

const char *dns_library(void)
{
    return ares_version(NULL);
}
