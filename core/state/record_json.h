/* Between the files of this room: one host's record as a JSON object. */
#ifndef DCDDNS_STATE_RECORD_JSON_H
#define DCDDNS_STATE_RECORD_JSON_H

#include "base/json.h"
#include "state/records.h"

/* Without the name, and without what is zero or empty.  NULL when out of memory. */
struct json *record_to_json(const struct record *);
/* Fills a blank record but for fqdn and dirty; what is missing, unknown or out of range stays zero.
 */
void record_from_json(const struct json *, struct record *);

#endif
