/* A configuration brought to life: read, checked against the modules, built into an engine; and the
 * same again on reload, all or nothing. */
#ifndef DCDDNS_ENGINE_RUNTIME_H
#define DCDDNS_ENGINE_RUNTIME_H

#include <stdbool.h>

#include "config/config.h"
#include "engine/engine.h"

struct runtime {
    /* given */
    const char *config_path;
    bool config_optional;                         /* a missing file counts as empty */
    const char *state_override;                   /* --state-dir, or NULL */
    bool keep_log_level;                          /* log-level is not obeyed */
    void (*tap)(void *ctx, const struct event *); /* as in engine_options */
    void *tap_ctx;
    struct tally *tally;         /* likewise */
    struct engine_counts *ended; /* likewise; of the engine that ended last */
    /* made */
    struct module_table modules;
    struct config *config;
    char *state_dir;
    bool state_existed; /* before anything was built on it */
    struct engine *engine;
};

/* Reads the configuration for its plugin-path alone, whatever modules it wants; nothing can be
 * built on it. */
int runtime_read(struct runtime *, struct config_errors *);
/* Finds out where state and daemon are, whatever is wrong with the configuration; nothing can be
 * built on it.  -1: out of memory. */
int runtime_peek(struct runtime *);
/* Reads the configuration and proves its modules.  -1: ERRORS says everything that is wrong. */
int runtime_load(struct runtime *, struct config_errors *);
/* Builds the engine of the configuration that was read. */
int runtime_build(struct runtime *, struct error *);
/* Reads and builds anew; the old engine ends within GRACE_MS only when the new one is ready. */
int runtime_reload(struct runtime *, int64_t grace_ms, struct config_errors *);
/* Ends the engine, keeps configuration and modules. */
void runtime_unbuild(struct runtime *, int64_t grace_ms);
void runtime_free(struct runtime *);
/* Where modules are looked for; NULL-ended. */
const char *const *runtime_module_paths(const struct config *);

#endif
