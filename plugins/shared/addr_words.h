/* Addresses as people write them, without a library of the system's. */
#ifndef DCDDNS_PLUGINS_ADDR_WORDS_H
#define DCDDNS_PLUGINS_ADDR_WORDS_H

#include "dcddns/plugin.h"

enum { ADDR_WORDS_SIZE = 48 };

/* RFC 5952 for IPv6, also its section 5: ::ffff:192.0.2.1; "" when there is no address.  Gives
 * TEXT. */
const char *addr_words(const struct dcddns_addr *, char text[ADDR_WORDS_SIZE]);

#endif
