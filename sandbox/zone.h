/*
 * The records of a zone, as text, with their owners. Knows nothing of DNS wire or of requests.
 * All functions need the lock once threads run.
 */
#ifndef SANDBOX_ZONE_H
#define SANDBOX_ZONE_H

#include "sandbox.h"

#define OWNER_BIT(owner) (1u << (owner))
#define OWNER_ANY        (~0u)

void zone_init(struct zone *zone, const char *name);
void zone_free(struct zone *zone);

/* The managed zone is about to be changed by an apply: DNS shows it as it is now for a while. */
void zone_hold(struct sandbox *s);
/* What DNS shows of a zone now. */
const struct zone *zone_shown(struct sandbox *s, const struct zone *zone);

/*
 * Add a record; name is normalised and in the zone, data in presentation form. One that is there
 * already is left alone. False: no memory, or over 200000 records.
 */
bool zone_add(struct zone *zone, const char *name, uint16_t type, uint32_t ttl, const char *data,
              enum owner owner);

/* Remove records of a name; type 0 is any type, owners is a set of OWNER_BIT. Returns how many. */
size_t zone_remove(struct zone *zone, const char *name, uint16_t type, unsigned owners);

/* The next record of a name and type (0: any) at or after *index, moved past it; or NULL. */
const struct record *zone_next(const struct zone *zone, const char *name, uint16_t type,
                               size_t *index);

/* True when the name has records or is between the zone and a name that has (RFC 8020). */
bool zone_has_name(const struct zone *zone, const char *name);

/* The zone with the longest name that holds `name` (normalised), or NULL. */
struct zone *zone_find(struct sandbox *s, const char *name);

/* The data of the SOA record; minimum TTL 60 s. */
void zone_soa(const struct zone *zone, struct buf *out);

/* Master file (RFC 1035 5), whole names, SOA first, then sorted by name, type and data. */
void zone_print(const struct zone *zone, struct buf *out);

/* Records sorted as zone_print does; the array is the caller's, the records the zone's. */
const struct record **zone_sorted(const struct zone *zone);

/* "A", "AAAA", "TYPE65280": the name of a type; the text is static or in the caller's buffer. */
const char *zone_type_name(uint16_t type, char buffer[16]);

#endif
