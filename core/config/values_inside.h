/* Between values.c and values_addr.c only. */
#ifndef DCDDNS_CONFIG_VALUES_INSIDE_H
#define DCDDNS_CONFIG_VALUES_INSIDE_H

#include "config/load.h"

enum { VALUE_MAX = 256 };

/* One value on its way into the configuration. */
struct value {
    struct load *load;
    const struct config_key *key;
    const char *text, *file;
    int line;
};

/* Reports TEXT, the value or a part of it: "KEY: 'TEXT' WHAT". */
void value_refuse(const struct value *, const char *text, const char *what);
void value_list_add_once(const struct value *, struct config_list *, const char *text);

/* -- values_addr.c -- */

void value_resolvers(const struct value *, struct config_list *out);
void value_blocks(const struct value *, struct config_blocks *out);
void value_suffix(const struct value *, struct config_suffix *out);

#endif
