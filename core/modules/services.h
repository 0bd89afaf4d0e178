/* The host services that know no instance: the daemon's, and the same in a rehearsal. */
#ifndef DCDDNS_MODULES_SERVICES_H
#define DCDDNS_MODULES_SERVICES_H

#include "dcddns/plugin.h"

int service_parse_addr(const char *text, struct dcddns_addr *out);
int service_addr_in(const struct dcddns_addr *, const char *cidr);
int service_sha256(const void *data, size_t len, uint8_t out[32]);

#endif
