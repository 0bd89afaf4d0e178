/* The servers that the configuration names.  Must not know how they are asked. */
#ifndef DCDDNS_PLUGINS_STUN_SERVER_H
#define DCDDNS_PLUGINS_STUN_SERVER_H

#include <stdbool.h>

#include "dcddns/plugin.h"

enum { STUN_SERVERS_MAX = 16, STUN_HOST_MAX = 254, STUN_PORT = 3478 };

struct stun_server {
    const char *text; /* as it was written, for messages */
    char host[STUN_HOST_MAX];
    uint16_t port;
    bool literal; /* HOST is an address */
    uint8_t rest; /* questions for which it comes last, because DNS did not find it */
};

struct stun_servers {
    char *text; /* the option's value, cut up */
    struct stun_server list[STUN_SERVERS_MAX];
    size_t count;
};

/* Reads "host, host:port, 192.0.2.1:port, [2001:db8::1]:port"; at least one.  DCDDNS_OK, E_CONFIG
 * with words in the failure slot, or E_NOMEM.  stun_servers_free() in any case. */
int stun_servers_read(const struct dcddns_host *, const char *value, struct stun_servers *);
void stun_servers_free(struct stun_servers *);
/* Sorts indices of LIST, those that are equal stay as they are: addresses, which need no DNS, then
 * names, then names that rest. */
void stun_servers_sort(const struct stun_servers *, uint8_t order[STUN_SERVERS_MAX]);

#endif
