/* IP addresses as values: strict reading, RFC 5952 writing, comparing, and which are special.
 * Compares binary, never text.  No sockets here. */
#ifndef DCDDNS_BASE_ADDR_H
#define DCDDNS_BASE_ADDR_H

#include <stdbool.h>

#include "dcddns/plugin.h"

enum { ADDR_TEXT_MAX = 46 };

/* One row of IANA's special-purpose registries. */
struct addr_block {
    const char *cidr, *name,
        *source; /* "100.64.0.0/10", "Shared Address Space (CGNAT)", "RFC 6598" */
};

/* Exactly one address, dotted quad without leading zeros or RFC 4291 text without zone; blanks
 * around it are ignored.  Returns 0, or -1 with OUT zeroed. */
int addr_parse(const char *text, struct dcddns_addr *out);
/* RFC 5952 text; "" when the family is 0. */
const char *addr_text(const struct dcddns_addr *, char text[ADDR_TEXT_MAX]);
bool addr_equal(const struct dcddns_addr *, const struct dcddns_addr *);
bool addr_is_set(const struct dcddns_addr *);
/* The most specific special-purpose block that holds the address, or NULL: then it is an
 * ordinary global unicast address.  Anything outside 2000::/3 is special. */
const struct addr_block *addr_special(const struct dcddns_addr *);
/* As addr_special(), but for connecting: NAT64 (64:ff9b::/96) and IPv4-mapped addresses are
 * judged by the IPv4 address inside. */
const struct addr_block *addr_special_peer(const struct dcddns_addr *);
bool addr_is_loopback(const struct dcddns_addr *);
/* Of the own network: private (RFC 1918, unique local), link-local or loopback. */
bool addr_is_local(const struct dcddns_addr *);
/* Shared by many customers of a provider: 100.64.0.0/10 (RFC 6598). */
bool addr_is_cgnat(const struct dcddns_addr *);
/* The block of an address that no single machine can have (unspecified, multicast, limited
 * broadcast), or NULL. */
const struct addr_block *addr_never(const struct dcddns_addr *);

/* A block of addresses. */
struct addr_cidr {
    struct dcddns_addr addr; /* host bits are zero */
    uint8_t bits;
};
/* "2001:db8::/32", or one address (all bits).  Host bits that are set are an error.  0 or -1. */
int addr_cidr_parse(const char *text, struct addr_cidr *out);
bool addr_cidr_holds(const struct addr_cidr *, const struct dcddns_addr *);
/* The first BITS (0..128) of the IPv6 address PREFIX followed by the rest of SUFFIX. */
struct dcddns_addr addr_combine(const struct dcddns_addr *prefix, unsigned bits,
                                const struct dcddns_addr *suffix);

#endif
