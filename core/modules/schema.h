/* Option schemas: checks what a configuration section says against what a module declares, before
 * the module runs.  Pure; places are given in and come back in the messages. */
#ifndef DCDDNS_MODULES_SCHEMA_H
#define DCDDNS_MODULES_SCHEMA_H

#include "base/error.h"
#include "modules/module.h"

/* One option as written. */
struct schema_value {
    const char *name, *value;
    const char *file; /* for messages */
    int line;
};

/* A secret option NAME may be given as NAME-file, the path of a file that holds it. */
#define SCHEMA_FILE_SUFFIX "-file"
enum { SCHEMA_KEY_MAX = 128 };

typedef void (*schema_report)(void *ctx, const char *file, int line, const char *message);

/* Unknown keys (with "did you mean"), missing required keys, malformed values: each is reported.
 * SECTION is the text inside the brackets, FILE and LINE where it begins.  Returns the number of
 * reports. */
int schema_check(const struct module *, const char *section, const char *file, int line,
                 const struct schema_value *values, size_t count, schema_report, void *ctx);
/* Checks one value against type and flags; NULL = fine, else what is wrong ("is not a number"). */
const char *schema_check_value(uint32_t type, uint32_t flags, const char *value);
/* "string", "integer", "yes/no", "duration", "URL", "address block", "path". */
const char *schema_type_name(uint32_t type);

#endif
