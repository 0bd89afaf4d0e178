/* For tests that look at DNS: the zone example.com with name servers whose answers are the test's.
 * Goes with engine_rig.h. */
#ifndef DCDDNS_TESTS_DNS_WORLD_H
#define DCDDNS_TESTS_DNS_WORLD_H

#include "engine_rig.h"

enum { DNS_WORLD_SERVERS = 4 };

enum dns_mood {
    MOOD_WELL,
    MOOD_SILENT,
    MOOD_NO_AUTHORITY, /* a resolver, or one in between */
    MOOD_SERVFAIL,
    MOOD_REFUSED,
    MOOD_ALIAS,
    MOOD_CUT,      /* the host belongs to another zone */
    MOOD_UPWARD,   /* lame: refers to the zone itself */
    MOOD_MALFORMED /* a message that could not be read */
};

struct dns_world_server {
    enum dns_mood mood;
    const char *v4, *v6; /* records of the host; "" none, "a b" two */
};

static struct {
    size_t servers;       /* that the resolver names; 0: it does not answer */
    bool no_zone, inside; /* no NS records; their addresses are of the own network */
    struct dns_world_server list[DNS_WORLD_SERVERS];
    size_t asked[DNS_WORLD_SERVERS]; /* questions to each */
    size_t zones;                    /* questions for the servers of the zone */
    const char *fqdn, *zone;
} dns_world;

static inline void dns_world_reset(void)
{
    memset(&dns_world, 0, sizeof(dns_world));
    dns_world.fqdn = "home.example.com";
    dns_world.zone = "example.com";
    dns_world.servers = 2;
    for (size_t i = 0; i < DNS_WORLD_SERVERS; i++)
        dns_world.list[i] = (struct dns_world_server){ .v4 = "", .v6 = "" };
}

static inline void dns_world_say(size_t server, const char *v4, const char *v6)
{
    dns_world.list[server].v4 = v4;
    dns_world.list[server].v6 = v6;
}

static inline void dns_world_say_all(const char *v4, const char *v6)
{
    for (size_t i = 0; i < DNS_WORLD_SERVERS; i++)
        dns_world_say(i, v4, v6);
}

static inline void dns_world_none(struct dns_answer *out, enum dns_status status)
{
    out->status = status;
    error_set(&out->error, ERR_PERM, "no such record");
}

/* ns1 to ns4 at 8.8.0.1 to 8.8.0.4. */
static inline void dns_world_resolve(const char *name, enum dns_type type, struct dns_answer *out)
{
    static char names[DNS_WORLD_SERVERS][64];
    char addr[32] = "";
    out->error = (struct error){ 0 };
    if (type == DNS_NS) {
        dns_world.zones++;
        assert_string_equal(name, dns_world.zone);
        if (dns_world.no_zone)
            dns_world_none(out, DNS_NODATA);
        for (; out->count < dns_world.servers && !dns_world.no_zone; out->count++) {
            snprintf(names[out->count], sizeof(names[0]), "ns%zu.example.net", out->count + 1);
            out->txts[out->count] = names[out->count];
            out->status = DNS_OK;
        }
        return;
    }
    assert_int_equal(strncmp(name, "ns", 2), 0); /* the host's own records are never asked for */
    snprintf(addr, sizeof(addr), "%s.%c", dns_world.inside ? "10.0.0" : "8.8.0", name[2]);
    if (type != DNS_A)
        dns_world_none(out, DNS_NODATA);
    else
        out->addrs[out->count++] = ip(addr);
    out->status = type == DNS_A ? DNS_OK : DNS_NODATA;
}

static inline void dns_world_records(const char *list, struct dns_answer *out)
{
    char one[64] = "";
    for (int used = 0; sscanf(list, "%63s%n", one, &used) == 1; list += used)
        out->addrs[out->count++] = ip(one);
    out->status = DNS_OK;
    if (out->count == 0)
        dns_world_none(out, DNS_NXDOMAIN);
    out->rcode = out->count == 0 ? 3 : 0;
}

static void dns_world_answer(const struct dcddns_addr *server, const char *name, enum dns_type type,
                             struct dns_answer *out)
{
    if (!server && dns_world.servers == 0)
        return;
    if (!server) {
        dns_world_resolve(name, type, out);
        return;
    }
    const size_t i = server->family == 4 ? server->ip[3] - 1U : 0;
    const struct dns_world_server *s = &dns_world.list[i];
    assert_string_equal(name, dns_world.fqdn);
    dns_world.asked[i]++;
    if (s->mood == MOOD_SILENT)
        return;
    *out = (struct dns_answer){ .replied = true, .authoritative = s->mood != MOOD_NO_AUTHORITY };
    dns_world_records(type == DNS_A ? s->v4 : s->v6, out);
    if (s->mood == MOOD_SERVFAIL || s->mood == MOOD_REFUSED || s->mood == MOOD_MALFORMED) {
        *out = (struct dns_answer){ .replied = true, .status = DNS_TEMP };
        out->rcode = s->mood == MOOD_SERVFAIL ? 2 : s->mood == MOOD_REFUSED ? 5 : 0;
        out->authoritative = s->mood == MOOD_MALFORMED;
        error_set(&out->error, ERR_TEMP, "the DNS server answered with a fault");
    } else if (s->mood == MOOD_ALIAS) {
        out->alias = true;
    } else if (s->mood == MOOD_CUT || s->mood == MOOD_UPWARD) {
        *out = (struct dns_answer){ .replied = true };
        dns_world_none(out, DNS_NODATA);
        snprintf(out->cut, sizeof(out->cut), "%s",
                 s->mood == MOOD_CUT ? dns_world.fqdn : dns_world.zone);
    }
}

#endif
