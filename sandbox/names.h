/*
 * Domain names as text: checked, lower case, joined. Knows nothing of zones or DNS wire.
 */
#ifndef SANDBOX_NAMES_H
#define SANDBOX_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Copy a name in lower case without its final dot into out. False when it is empty, does not fit,
 * or is no host name (letters, digits, '-', '_', or a whole label "*"; labels of 1 to 63 bytes).
 */
bool name_normalise(char *out, size_t size, const char *in);

/* host + "." + zone, or the zone itself for an empty host. False when it does not fit. */
bool name_join(char *out, size_t size, const char *host, const char *zone);

/* True when name (normalised) is the zone or a name below it. */
bool name_is_under(const char *name, const char *zone);

#endif
