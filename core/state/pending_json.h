/* A pending consent as JSON, between the files of this room. */
#ifndef DCDDNS_STATE_PENDING_JSON_H
#define DCDDNS_STATE_PENDING_JSON_H

#include "state/pending.h"

/* Holds secrets: mem_free_secret() it.  NULL when out of memory. */
char *pending_to_json(const struct pending *);
/* Fills a zeroed PENDING; unknown members are ignored.  -1: PENDING is zeroed again; *DAMAGED is
 * false when memory ran out. */
int pending_from_json(const char *text, size_t len, struct pending *, bool *damaged,
                      struct error *);

#endif
