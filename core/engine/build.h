/* Making and unmaking the parts of an engine; between the engine's own files only. */
#ifndef DCDDNS_ENGINE_BUILD_H
#define DCDDNS_ENGINE_BUILD_H

#include "engine/engine_inside.h"

/* Everything but threads.  -1 with ERR; unbuild_engine() then frees what there is. */
int build_engine(struct engine *, const struct engine_options *, struct error *);
/* One instance of the configuration, its module loaded; NULL with ERR. */
struct instance *build_instance(const struct config_instance *, struct module_table *,
                                const struct instance_env *, struct error *);
/* Stops the workers, then frees chains and sources. */
void unbuild_sources(struct engine *);
void unbuild_engine(struct engine *);
/* Adds the auth strategy NAME, when it is a module that works without options.  -1: out of memory.
 * grant_auths.c */
int build_grant_auth(struct engine *, const char *name, struct module_table *, struct error *);

#endif
