/* JSON with limits: the only includer of cJSON.  Depth 16, size given by the caller.  Numbers are
 * doubles there, and 15 digits are written: integers are exact below 10^15, as times in ms are. */
#ifndef DCDDNS_BASE_JSON_H
#define DCDDNS_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json; /* one value; children belong to their parent */

/* Makes cJSON use the given wiping allocator; call once, before threads. */
void json_use_allocator(void *(*alloc)(size_t), void (*release)(void *));

/* Version of the library, for reports. */
const char *json_library(void);

/* The whole of TEXT is one JSON value, nested at most 16 deep, without duplicate or NUL-bearing
 * keys being fatal.  NULL when it is not, or out of memory. */
struct json *json_parse(const char *text, size_t len);
/* The same for files that people send in: *WHERE, when it fails, is the offset of the first byte
 * that could not be read, or 0 when that is not known. */
struct json *json_parse_where(const char *text, size_t len, size_t *where);
/* Wipes strings as far as the allocator does, frees, NULLs. */
void json_free(struct json **);

/* Member of an object by exact name, or NULL; OBJECT may be NULL. */
const struct json *json_get(const struct json *object, const char *name);
/* Value of a string member, or NULL when absent or not a string.  Owned by the object. */
const char *json_string(const struct json *object, const char *name);
/* A number, or a string holding one; false when absent, fractional or outside [MIN, MAX]. */
bool json_integer(const struct json *object, const char *name, int64_t min, int64_t max,
                  int64_t *out);
/* DEF when absent or not a boolean. */
bool json_bool(const struct json *object, const char *name, bool def);
bool json_is_object(const struct json *);
bool json_is_array(const struct json *);
/* First element or member, and the one after; NULL at the end. */
const struct json *json_first(const struct json *);
const struct json *json_next(const struct json *);
/* Name of a member, or NULL. */
const char *json_name(const struct json *);
/* String value of this very value, or NULL. */
const char *json_text(const struct json *);

/* Building.  Setters return false when out of memory; the object is then incomplete. */
struct json *json_new_object(void);
struct json *json_new_array(void);
struct json *json_new_string(const char *value); /* for json_append() */
bool json_set_string(struct json *object, const char *name, const char *value); /* NULL: left out */
bool json_set_integer(struct json *object, const char *name, int64_t value);
bool json_set_bool(struct json *object, const char *name, bool value);
/* Moves CHILD into the object or array; on failure (or NULL CHILD) frees it and returns false. */
bool json_set(struct json *object, const char *name, struct json *child);
bool json_append(struct json *array, struct json *child);
/* Text, indented when PRETTY; mem_free() it.  NULL when out of memory. */
char *json_print(const struct json *, bool pretty);

#endif
