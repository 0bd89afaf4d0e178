/* Between the files of this room: the members of struct grant by name, and a grant as a payload. */
#ifndef DCDDNS_STATE_GRANT_JSON_H
#define DCDDNS_STATE_GRANT_JSON_H

#include "state/grants.h"

enum { GRANT_TEXTS = 10 };

/* Name of the I-th allocated string of a grant, and the string; setting takes ownership and does
 * not free what was there. */
const char *grant_text_name(size_t i);
char *grant_text_get(const struct grant *, size_t i);
void grant_text_set(struct grant *, size_t i, char *text);

/* Holds the tokens: mem_free_secret() it.  NULL when out of memory. */
char *grant_to_json(const struct grant *);
/* Fills a zeroed GRANT, except generation and degraded; unknown members are ignored, missing ones
 * stay zero.  -1: GRANT is zeroed again. */
int grant_from_json(const char *text, size_t len, struct grant *, struct error *);

#endif
