/* For the tests of the whole engine: a configuration as text, sources, provider and time in the
 * test's hand, and time that jumps from one thing that is due to the next. */
#ifndef DCDDNS_TESTS_ENGINE_WORLD_H
#define DCDDNS_TESTS_ENGINE_WORLD_H

#include "update_rig.h"

#include "engine/engine_inside.h"

static struct config *world_config;
static struct engine *engine;
static char world_file[128];

/* Kept apart from the state, which must be private. */
static inline void world_write(const char *text_of_config)
{
    snprintf(world_file, sizeof(world_file), "%s/dcddns.conf", rig_path);
    FILE *file = fopen(world_file, "w");
    assert_non_null(file);
    fputs(text_of_config, file);
    assert_int_equal(fclose(file), 0);
}

/* DNS is left alone, but for hosts that say verify-dns = yes. */
#define WORLD_CORE                                                                                 \
    "[core]\nsources = one, two\nauth = rig\nnotifiers = note\ninterval = 300\n"                   \
    "control-socket = none\nverify-dns = no\n"                                                     \
    "[ip-source one]\nmodule = rig\nid = 0\n[ip-source two]\nmodule = rig\nid = 1\n"               \
    "[notifier note]\nmodule = rig\nid = 3\n[auth rig]\nid = 2\n"
#define WORLD_HOST "[host home.example.com]\nipv4 = yes\nipv6 = yes\n"

static inline void world_read(const char *text_of_config)
{
    struct config_errors errors = { 0 };
    rig_module(DCDDNS_KIND_IP_SOURCE);
    rig_module(DCDDNS_KIND_AUTH);
    rig_module(DCDDNS_KIND_NOTIFIER);
    world_write(text_of_config);
    world_config = config_load(world_file, false, &errors);
    if (!world_config || config_check_modules(world_config, &rig_table, &errors) != 0)
        fail_msg("%s", config_errors_text(&errors));
    config_errors_free(&errors);
}

static inline void engine_up(void)
{
    struct error err = { 0 };
    const struct engine_options options = {
        .config = world_config, .modules = &rig_table, .state_dir = rig_path, .transport = &rig_net
    };
    engine = engine_new(&options, &err);
    if (!engine || engine_start(engine, &err) != 0)
        fail_msg("%s", err.text);
}

static inline void engine_down(void)
{
    rig_flow(true);
    engine_free(&engine, 5000);
    assert_null(engine);
    rig_flow(false);
}

static inline void world_grant(const char *id, const char *service)
{
    struct error err = { 0 };
    struct grants *mine = grants_open(rig_dir, &err);
    struct grant g = grant_example();
    char host[FQDN_MAX] = "";
    assert_non_null(mine);
    snprintf(host, sizeof(host), "%.*s", (int)strcspn(id, "."), id);
    mem_free(g.hosts);
    g.hosts = text(host);
    mem_free(g.service_id);
    g.service_id = text(service);
    grant_store(mine, id, &g);
    grant_clear(&g);
    grants_close(&mine);
}

/* A notifier is about to be told: that happens at the time of the event. */
static inline bool world_telling(void)
{
    return !atomic_load(&rig_notify_hangs) && !atomic_load(&rig_notify_blocks) && !rig_hanging[0] &&
           events_busy(engine->events);
}

/* Everything that can happen at this instant has happened. */
static inline void world_settle(void)
{
    int quiet = 0;
    int64_t end = rig_real_ms() + 20000;
    while (quiet < 3) {
        bool asking = rig_asking(engine_net(engine)) || world_telling();
        engine_turn(engine, asking ? 2 : 0);
        const struct net_timer *first = net_timers(engine_net(engine))->first;
        bool due = (first && first->due <= rig_boot_ms()) ||
                   scheduler_next(&engine->scheduler) <= rig_boot_ms();
        quiet = asking || due ? 0 : quiet + 1;
        if (rig_real_ms() > end)
            fail_msg("the engine does not come to rest");
    }
}

static inline int64_t world_next(void)
{
    int64_t next = scheduler_next(&engine->scheduler);
    const struct net_timer *first = net_timers(engine_net(engine))->first;
    if (first && first->due < next)
        next = first->due;
    if (engine->flush_ms > 0 && engine->flush_ms < next)
        next = engine->flush_ms;
    return next;
}

/* Lets MS pass, stopping wherever something is due. */
static inline void world_pass(int64_t ms)
{
    int64_t end = rig_boot_ms() + ms;
    world_settle();
    for (;;) {
        int64_t next = world_next();
        if (next > end)
            break;
        if (next > rig_boot_ms())
            rig_pass(next - rig_boot_ms());
        world_settle();
    }
    rig_pass(end - rig_boot_ms());
    world_settle();
}

/* Until no round or update is under way; hosts may still be waiting for later. */
static inline void world_cycle(void)
{
    world_settle();
    while (!engine_idle(engine)) {
        rig_pass(world_next() - rig_boot_ms());
        world_settle();
    }
}

static inline struct record *world_record(const char *fqdn)
{
    struct record *r = records_find(engine_records(engine), fqdn);
    assert_non_null(r);
    return r;
}

static inline int world_set_up(void **state)
{
    int rc = rig_begin(state);
    rig_modules_reset();
    rig_forget();
    rig_http.handle = NULL;
    rig_set(0, RIG_SAY, "8.8.4.4", "2a00:1450::1");
    rig_set(1, RIG_SAY, "8.8.4.4", "2a00:1450::1");
    return rc;
}

static inline int world_tear_down(void **state)
{
    rig_release();
    rig_disk_code = 0;
    engine_down();
    config_free(&world_config);
    return rig_end(state);
}

/* An engine with one host that publishes both families, running as a daemon. */
static inline void world_daemon(const char *text_of_config)
{
    if (!world_config)
        world_read(text_of_config);
    engine_up();
    engine_schedule_all(engine);
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, world_set_up, world_tear_down)

#endif
