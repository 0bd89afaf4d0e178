/* What a plugin declares, proven and copied into structs of our size.  Pure: nothing is loaded or
 * called here. */
#ifndef DCDDNS_MODULES_DESCRIPTOR_H
#define DCDDNS_MODULES_DESCRIPTOR_H

#include <stdbool.h>

#include "base/error.h"
#include "modules/module.h"

enum { MODULE_OPTIONS_MAX = 64 };

/* [a-z0-9-]{1,32} */
bool descriptor_name_ok(const char *name);
/* Fills MODULE->plugin and .ops from PLUGIN, or returns -1 with ERR_CONFIG: rule and remedy,
 * without the file's name.  KIND 0: any known kind.  STEM NULL: the name is not compared. */
int descriptor_take(struct module *, uint32_t kind, const char *stem, const struct dcddns_plugin *,
                    struct error *);
/* Row I of the option table, walked with the plugin's stride. */
void descriptor_option(const struct dcddns_plugin *, uint32_t i, struct dcddns_option *);

#endif
