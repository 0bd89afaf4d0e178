/* Loading and reloading; see runtime.h. */
#include "engine/runtime.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"

static const char *const built_paths[] = { DCDDNS_PLUGIN_DIR, NULL };

/* Found once, for as long as the program lives. */
static const char *const *default_paths(void)
{
    static const char *found[2];
    if (!found[0])
        found[0] = os_place(OS_PLACE_MODULES, DCDDNS_PLUGIN_DIR);
    return found[0] ? found : built_paths;
}

static char *find_state_dir(const struct runtime *rt, const struct config *config)
{
    if (rt->state_override)
        return mem_strdup(rt->state_override);
    if (config->state_dir)
        return mem_strdup(config->state_dir);
    return os_place(OS_PLACE_STATE, DCDDNS_STATE_DIR);
}

const char *const *runtime_module_paths(const struct config *config)
{
    if (config->plugin_path.count == 0)
        return default_paths();
    return (const char *const *)config->plugin_path.items;
}

int runtime_read(struct runtime *rt, struct config_errors *errors)
{
    struct config *config = config_load(rt->config_path, rt->config_optional, errors);
    if (!config)
        return -1;
    config_free(&rt->config);
    rt->config = config;
    rt->modules.paths = runtime_module_paths(config);
    return 0;
}

int runtime_peek(struct runtime *rt)
{
    config_free(&rt->config);
    mem_free(rt->state_dir);
    rt->config = config_peek(rt->config_path);
    rt->state_dir = rt->config ? find_state_dir(rt, rt->config) : NULL;
    rt->state_existed = true; /* nothing is made there */
    return rt->state_dir ? 0 : -1;
}

int runtime_load(struct runtime *rt, struct config_errors *errors)
{
    struct config *config = config_load(rt->config_path, rt->config_optional, errors);
    if (!config)
        return -1;
    const char *const *before = rt->modules.paths;
    rt->modules.paths = runtime_module_paths(config);
    char *state_dir = find_state_dir(rt, config);
    if (!state_dir || config_check_modules(config, &rt->modules, errors) > 0) {
        if (!state_dir)
            config_errors_add(errors, rt->config_path, 0, "out of memory");
        rt->modules.paths = before;
        mem_free(state_dir);
        config_free(&config);
        return -1;
    }
    mem_free(rt->state_dir);
    config_free(&rt->config);
    rt->config = config;
    rt->state_dir = state_dir;
    char *real = os_real_path(state_dir);
    rt->state_existed = real != NULL;
    mem_free(real);
    if (!rt->keep_log_level)
        log_set_level(config->log_level);
    return 0;
}

/* The engine loads from MODULES as long as it lives. */
static struct engine *build(struct runtime *rt, struct module_table *modules, struct error *err)
{
    const struct engine_options options = { .config = rt->config,
                                            .modules = modules,
                                            .state_dir = rt->state_dir,
                                            .tap = rt->tap,
                                            .tap_ctx = rt->tap_ctx,
                                            .tally = rt->tally,
                                            .ended = rt->ended };
    return engine_new(&options, err);
}

int runtime_build(struct runtime *rt, struct error *err)
{
    rt->engine = build(rt, &rt->modules, err);
    return rt->engine ? 0 : -1;
}

static void forget_absent(struct runtime *rt, const struct config *next)
{
    for (size_t i = 0; i < rt->config->host_count; i++) {
        const char *fqdn = rt->config->hosts[i].fqdn;
        if (!config_find_host(next, fqdn))
            engine_forget_host(rt->engine, fqdn);
    }
}

/* The daemon's lock stays where it was taken. */
static bool same_state_dir(const struct runtime *rt, const struct runtime *next,
                           struct config_errors *errors)
{
    const struct config *config = next->config;
    if (!rt->state_dir || strcmp(rt->state_dir, next->state_dir) == 0)
        return true;
    config_errors_add(errors, config->core_file ? config->core_file : config->path,
                      config->core_line,
                      "state-dir changes from %s to %s, which a running daemon cannot do; restart "
                      "it, or change it back",
                      rt->state_dir, next->state_dir);
    return false;
}

int runtime_reload(struct runtime *rt, int64_t grace_ms, struct config_errors *errors)
{
    struct runtime next = { .config_path = rt->config_path,
                            .config_optional = rt->config_optional,
                            .state_override = rt->state_override,
                            .keep_log_level = rt->keep_log_level,
                            .tap = rt->tap,
                            .tap_ctx = rt->tap_ctx,
                            .tally = rt->tally,
                            .ended = rt->ended,
                            .modules = rt->modules };
    struct error err = { 0 };

    if (rt->engine && engine_unsaved(rt->engine) > 0) {
        config_errors_add(errors, rt->state_dir, 0,
                          "new tokens cannot be stored and live in the running engine only; mend "
                          "the disk and reload again");
        return -1;
    }
    int rc = runtime_load(&next, errors);
    rt->modules.list = next.modules.list; /* what was loaded stays loaded */
    if (rc < 0)
        return -1;
    rt->modules.paths = next.modules.paths;
    if (same_state_dir(rt, &next, errors)) {
        next.engine = build(&next, &rt->modules, &err);
        if (!next.engine)
            config_errors_add(errors, rt->config_path, 0, "%s", err.text);
    }
    if (!next.engine) {
        rt->modules.paths = runtime_module_paths(rt->config);
        if (!rt->keep_log_level)
            log_set_level(rt->config->log_level);
        mem_free(next.state_dir);
        config_free(&next.config);
        return -1;
    }
    forget_absent(rt, next.config);
    runtime_unbuild(rt, grace_ms);
    config_free(&rt->config);
    mem_free(rt->state_dir);
    next.modules = rt->modules;
    *rt = next;
    return 0;
}

void runtime_unbuild(struct runtime *rt, int64_t grace_ms)
{
    engine_free(&rt->engine, grace_ms);
}

void runtime_free(struct runtime *rt)
{
    runtime_unbuild(rt, 0);
    config_free(&rt->config);
    mem_free(rt->state_dir);
    module_table_free(&rt->modules);
    *rt = (struct runtime){ 0 };
}
