/* The zones of the names that setup was called for, and who serves them.  Asks DNS and providers,
 * changes nothing. */
#include <string.h>

#include "base/mem.h"
#include "cli/setup.h"
#include "state/grant_hosts.h"

static struct setup_zone *find(struct setup *s, const char *zone)
{
    for (size_t i = 0; i < s->zone_count; i++) {
        if (strcmp(s->zones[i].zone, zone) == 0)
            return &s->zones[i];
    }
    return NULL;
}

static int put(struct setup *s, const struct setup_name *name, const struct provider *at,
               struct error *err)
{
    struct setup_zone *zone = find(s, at->zone);

    if (!zone) {
        zone = &s->zones[s->zone_count++];
        memcpy(zone->zone, at->zone, sizeof(zone->zone));
        zone->first = *name;
    }
    return grant_hosts_add(&zone->named, at->host, err);
}

int setup_find_zones(struct setup *s, struct error *err)
{
    s->zones = mem_new(s->name_count, sizeof(*s->zones));
    if (!s->zones)
        return error_set(err, ERR_LOCAL, "out of memory");
    for (size_t i = 0; i < s->name_count; i++) {
        struct provider at = { 0 };
        if (discover_zone(engine_net(s->rt.engine), s->names[i].fqdn, &at, err) < 0 ||
            put(s, &s->names[i], &at, err) < 0)
            return -1;
    }
    return 0;
}

void setup_zones_free(struct setup *s)
{
    for (size_t i = 0; i < s->zone_count; i++)
        mem_free(s->zones[i].named);
    mem_free(s->zones);
    s->zones = NULL;
    s->zone_count = 0;
}

static bool any_ipv6(const struct setup *s, const struct setup_zone *zone)
{
    char host[FQDN_MAX] = "", fqdn[FQDN_MAX] = "";
    const char *cursor = zone->named;
    bool any = false, ipv4 = false, ipv6 = false;

    while (grant_hosts_next(&cursor, host)) {
        if (!grant_hosts_fqdn(zone->zone, host, fqdn))
            continue;
        setup_families(s, NULL, fqdn, &ipv4, &ipv6);
        any = any || ipv6;
    }
    return any;
}

int setup_find_provider(struct setup *s, const struct setup_zone *zone, struct provider *provider,
                        struct error *err)
{
    return discover(engine_net(s->rt.engine), zone->zone, any_ipv6(s, zone), provider, NULL, NULL,
                    err);
}
