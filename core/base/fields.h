/* Ordered name -> value list behind the plugin contract's struct dcddns_fields: parameters of a
 * consent URL, members of a token request.  Values are wiped when removed. */
#ifndef DCDDNS_BASE_FIELDS_H
#define DCDDNS_BASE_FIELDS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "dcddns/plugin.h"

struct field {
    char *name, *value;
    uint32_t flags; /* DCDDNS_SECRET or 0 */
};

/* A zeroed struct is a valid empty list. */
struct dcddns_fields {
    struct field *list;
    size_t count;
};

enum { FIELDS_MAX = 64, FIELD_VALUE_MAX = 16384 };

/* Value of NAME, or NULL. */
const char *fields_get(const struct dcddns_fields *, const char *name);
/* Replaces or appends a copy; NULL VALUE removes.  Names are [A-Za-z0-9_.-]{1,64}, values printable
 * and at most FIELD_VALUE_MAX bytes.  Returns DCDDNS_OK, DCDDNS_E_NOMEM or DCDDNS_E_BUG. */
int fields_set(struct dcddns_fields *, const char *name, const char *value, uint32_t flags);
void fields_free(struct dcddns_fields *);

/* How a list travels in an HTTP request. */
enum fields_encoding { FIELDS_JSON = 0, FIELDS_FORM, FIELDS_QUERY, FIELDS_ENCODINGS };
/* Appends the list to OUT: a JSON object of strings, or name=value pairs joined by '&' (form body),
 * or the same as the query of the URL that is in OUT. */
void fields_encode(const struct dcddns_fields *, enum fields_encoding, struct buf *out);

#endif
