/* The options of one use of a module: given or default, in the plain form that the contract
 * promises, secrets read from their files.  Copies; a zeroed struct is empty. */
#ifndef DCDDNS_MODULES_OPTIONS_H
#define DCDDNS_MODULES_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "modules/schema.h"

struct option_value {
    char *name, *value;
    bool secret;
};

struct options {
    struct option_value *list;
    size_t count;
};

/* From VALUES, which schema_check() has passed.  0, or -1: ERR_CONFIG with the place of what is
 * wrong with a file, ERR_LOCAL; options_free() even then. */
int options_make(struct options *, const struct module *, const struct schema_value *values,
                 size_t count, struct error *);
void options_free(struct options *);
/* NULL: it has no value. */
const char *options_get(const struct options *, const char *name);
/* Puts "***" in the place of every secret in TEXT. */
void options_redact(const struct options *, char *text);

#endif
