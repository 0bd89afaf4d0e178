/*
 * Named parameters from a query string, a form body or a JSON object, decoded.
 * Knows nothing of what they mean.
 */
#ifndef SANDBOX_PARAMS_H
#define SANDBOX_PARAMS_H

#include "buf.h"

#include <stdbool.h>
#include <stddef.h>

struct param {
    char *name;
    char *value;
};

/* A zeroed struct is empty. */
struct params {
    struct param *items;
    size_t count;
    size_t cap;
};

/*
 * application/x-www-form-urlencoded (query string or form body), '+' is a space. False when an
 * escape is wrong, when a NUL byte is inside, or over 64 parameters; p may then be part-filled.
 */
bool params_read_form(struct params *p, const char *text, size_t n);

/* A flat JSON object; members that are no strings are left out. False: not a JSON object. */
bool params_read_json(struct params *p, const char *text, size_t n);

/* The first value of a name, or NULL. The value belongs to p. */
const char *params_get(const struct params *p, const char *name);

/* The first name that is there twice, or NULL (RFC 6749 3.1: not more than once). */
const char *params_duplicate(const struct params *p);

void params_free(struct params *p);

/* Append text, percent-encoded except for RFC 3986 unreserved bytes. */
void buf_url(struct buf *b, const char *text);

#endif
