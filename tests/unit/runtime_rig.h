/* For the tests of runtime and daemon: a configuration file that can change, and a runtime that
 * finds the test's modules. */
#ifndef DCDDNS_TESTS_RUNTIME_RIG_H
#define DCDDNS_TESTS_RUNTIME_RIG_H

#include "engine_world.h"

#include "engine/runtime.h"

static struct runtime rt;

#define HOST_A "[host a.example.com]\nipv6 = no\n"
#define HOST_B "[host b.example.com]\nipv6 = no\n"

static inline int runtime_set_up(void **state)
{
    int rc = rig_begin(state);
    rig_modules_reset();
    rig_flow(true);
    rig_set(0, RIG_SAY, "8.8.4.4", "");
    rig_set(1, RIG_SAY, "8.8.4.4", "");
    rig_module(DCDDNS_KIND_IP_SOURCE);
    rig_module(DCDDNS_KIND_AUTH);
    rig_module(DCDDNS_KIND_NOTIFIER);
    world_write(WORLD_CORE HOST_A);
    rt = (struct runtime){ .config_path = world_file,
                           .state_override = rig_path,
                           .modules = rig_table };
    rig_table.list = NULL;
    return rc;
}

static inline int runtime_tear_down(void **state)
{
    rig_release();
    runtime_free(&rt);
    runtime_free(&rt);
    log_set_level(DCDDNS_LOG_INFO);
    return rig_end(state);
}

static inline void runtime_up(void)
{
    struct config_errors errors = { 0 };
    if (runtime_load(&rt, &errors) != 0)
        fail_msg("%s", config_errors_text(&errors));
    config_errors_free(&errors);
}

#endif
