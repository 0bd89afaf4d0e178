/* The list of hosts that one consent covers, as Domain Connect sends it: names relative to the
 * zone, joined by commas, an empty entry is the apex ("home,www," is home, www and the apex; ""
 * is the apex alone).  A list always has an entry; none at all is NULL.  Pure text. */
#ifndef DCDDNS_STATE_GRANT_HOSTS_H
#define DCDDNS_STATE_GRANT_HOSTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"

enum { GRANT_HOSTS_MAX = 8192 }; /* bytes of a list */

/* The next entry, into HOST; false at the end, or at an entry that is no name.  *CURSOR starts at
 * the list (NULL: the empty one). */
bool grant_hosts_next(const char **cursor, char host[FQDN_MAX]);
size_t grant_hosts_count(const char *hosts);
bool grant_hosts_have(const char *hosts, const char *host);
/* HOST, relative to ZONE, of FQDN: both in lower case.  False: FQDN is not in ZONE. */
bool grant_hosts_relative(const char *zone, const char *fqdn, char host[FQDN_MAX]);
/* The other way round; false when the name would be too long. */
bool grant_hosts_fqdn(const char *zone, const char *host, char fqdn[FQDN_MAX]);
/* Appends the entries of MORE that *HOSTS lacks, in their order.  -1: *HOSTS is as it was,
 * ERR_LOCAL (out of memory) or ERR_USAGE (longer than GRANT_HOSTS_MAX). */
int grant_hosts_add(char **hosts, const char *more, struct error *);
/* Takes the entries of LESS out of *HOSTS, which is NULL when none is left.  -1: out of memory,
 * *HOSTS is as it was. */
int grant_hosts_drop(char **hosts, const char *less, struct error *);
/* "home, www and example.com" for people, at most MOST names, the others counted. */
void grant_hosts_say(struct buf *, const char *zone, const char *hosts, size_t most);

#endif
