/* Text of URLs: percent-encoding, queries, and the strict form a provider may announce in DNS. */
#ifndef DCDDNS_BASE_URL_H
#define DCDDNS_BASE_URL_H

#include <stdbool.h>

#include "base/buf.h"

/* Appends NAME=VALUE percent-encoded (RFC 3986 unreserved kept), with '?' or '&' before it as the
 * text so far asks.  An existing buffer without '?' gets '?'. */
void url_add_query(struct buf *, const char *name, const char *value);
/* Appends TEXT percent-encoded. */
void url_add_escaped(struct buf *, const char *text);
/* Decoded value of NAME in the query (or fragment) of URL; NULL when absent or not decodable (bad
 * escape, NUL).  mem_free() it. */
char *url_query_value(const char *url, const char *name);
/* `host[:port][/path]` as a _domainconnect TXT may hold it (Domain Connect 2.3, section 5.2): no
 * scheme, userinfo, query, fragment, control bytes, blanks; at most 255 bytes. */
bool url_is_bare_authority(const char *text);
/* Absolute https URL with a host and without userinfo, query, fragment or control bytes. */
bool url_is_https_base(const char *text);
/* Host of an absolute URL into OUT (lower case, brackets of IPv6 literals removed); false when
 * there is none or it does not fit. */
bool url_host(const char *url, char *out, size_t cap);

#endif
