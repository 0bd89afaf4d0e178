/* Loading and reloading a configuration: all or nothing. */
#include "runtime_rig.h"

static void built(void)
{
    struct error err = { 0 };
    runtime_up();
    if (runtime_build(&rt, &err) != 0 || engine_start(rt.engine, &err) != 0)
        fail_msg("%s", err.text);
    engine_schedule_all(rt.engine);
}

/* Built on DIR, whatever the configuration says now. */
static void built_at(const char *dir)
{
    const char *override = rt.state_override;
    rt.state_override = dir;
    built();
    rt.state_override = override;
}

static void test_load(void **state)
{
    (void)state;
    world_write(WORLD_CORE "[core]\n" HOST_A);
    struct config_errors errors = { 0 };
    assert_int_equal(runtime_load(&rt, &errors), -1);
    assert_true(errors.count > 0);
    assert_null(rt.config);
    config_errors_free(&errors);
    world_write(WORLD_CORE HOST_A HOST_B);
    runtime_up();
    assert_int_equal(rt.config->host_count, 2);
    assert_string_equal(rt.state_dir, rig_path);
    assert_null(rt.engine);
}

static void test_log_level(void **state)
{
    static const char config[] = "[core]\nlog-level = debug\nsources = rig\nauth = rig\n"
                                 "notifiers = rig\n";
    (void)state;
    log_set_level(DCDDNS_LOG_WARN);
    world_write(config);
    rt.keep_log_level = true;
    runtime_up();
    assert_int_equal(log_level(), DCDDNS_LOG_WARN);
    rt.keep_log_level = false;
    runtime_up();
    assert_int_equal(log_level(), DCDDNS_LOG_DEBUG);
}

static void test_state_dir(void **state)
{
    static const char config[] =
        "[core]\nstate-dir = " TEST_DRIVE "/tmp/of-the-file\nsources = rig\nauth = rig\n"
        "notifiers = rig\n";
    (void)state;
    world_write(config);
    runtime_up();
    assert_string_equal(rt.state_dir, rig_path); /* the command line wins */
    rt.state_override = NULL;
    runtime_up();
    assert_string_equal(rt.state_dir, TEST_DRIVE "/tmp/of-the-file");
    world_write("[core]\nsources = rig\nauth = rig\nnotifiers = rig\n");
    runtime_up();
    assert_non_null(rt.state_dir);
}

static void test_missing_file(void **state)
{
    struct config_errors errors = { 0 };
    (void)state;
    rt.config_path = "/nonexistent/dcddns.conf";
    assert_int_equal(runtime_load(&rt, &errors), -1);
    assert_int_equal(errors.count, 1);
    config_errors_free(&errors);
}

/* -- reload ------------------------------------------------------------------------------------ */

static void expect_refused(const char *word)
{
    struct config_errors errors = { 0 };
    const struct engine *engine_before = rt.engine;
    const struct config *config_before = rt.config;
    int level = log_level();
    assert_int_equal(runtime_reload(&rt, 1000, &errors), -1);
    assert_true(errors.count > 0);
    if (!strstr(config_errors_text(&errors), word))
        fail_msg("\"%s\" is not in: %s", word, config_errors_text(&errors));
    config_errors_free(&errors);
    assert_ptr_equal(rt.engine, engine_before);
    assert_ptr_equal(rt.engine->modules, &rt.modules);
    assert_ptr_equal(rt.modules.paths, runtime_module_paths(rt.config));
    assert_ptr_equal(rt.config, config_before);
    assert_string_equal(rt.state_dir, rig_path);
    assert_int_equal(log_level(), level);
    engine_turn(rt.engine, 1); /* it lives */
    assert_int_equal(engine_result(rt.engine, "b.example.com").verdict, HOST_PENDING);
}

static void test_reload_bad(void **state)
{
    (void)state;
    built();
    world_write(WORLD_CORE HOST_A HOST_B "[host b.example.com]\nnonsense = 7\n");
    expect_refused("nonsense");
    world_write("[core]\nsources = not-there\nauth = rig\nnotifiers = note\nlog-level = debug\n"
                "[notifier note]\nmodule = rig\n" HOST_B);
    expect_refused("not-there");
    world_write(WORLD_CORE "\x01");
    expect_refused("dcddns.conf");
}

static void test_reload_good(void **state)
{
    struct config_errors errors = { 0 };
    struct error err = { 0 };
    (void)state;
    built();
    world_write(WORLD_CORE HOST_A HOST_B);
    assert_int_equal(runtime_reload(&rt, 1000, &errors), 0);
    assert_int_equal(errors.count, 0);
    assert_int_equal(rt.config->host_count, 2);
    assert_ptr_equal(rt.engine->modules, &rt.modules); /* it goes on loading from there */
    assert_int_equal(engine_start(rt.engine, &err), 0);
    engine_schedule_all(rt.engine);
    for (int i = 0; i < 200 && rig_queries(0) == 0; i++)
        engine_turn(rt.engine, 5);
    assert_true(rig_queries(0) > 0);
    config_errors_free(&errors);
    world_write(WORLD_CORE HOST_B);
    assert_int_equal(runtime_reload(&rt, 1000, &errors), 0);
    assert_int_equal(rt.config->host_count, 1);
    config_errors_free(&errors);
}

/* The state cannot be opened: the new engine is not built, the old one stays. */
static void test_reload_without_state(void **state)
{
    (void)state;
    built();
    chmod(rig_path, 0755);
    world_write(WORLD_CORE HOST_A HOST_B);
    expect_refused("others may enter this directory (mode 0755); run: ");
    expect_refused(TEST_DRIVE[0] ? "icacls " : "chmod 700");
    chmod(rig_path, 0700);
}

/* The daemon holds its lock in the old directory. */
static void test_reload_moves_no_state(void **state)
{
    (void)state;
    rt.state_override = NULL;
    world_write("[core]\nsources = rig\nauth = rig\nnotifiers = rig\nstate-dir = " TEST_DRIVE
                "/nonexistent/a\n");
    built_at(rig_path);
    expect_refused("dcddns.conf:1: state-dir changes from ");
    rt.state_override = rig_path;
}

/* The old engine writes its records after the new one has read them. */
static void test_reload_keeps_waiting_times(void **state)
{
    struct config_errors errors = { 0 };
    struct error err = { 0 };
    (void)state;
    built();
    struct record *r = records_get(engine_records(rt.engine), "a.example.com");
    r->not_before_wall_ms = os.wall_ms() + 5 * HOUR;
    r->v4.published = ip("1.1.1.1");
    r->dirty = true;
    assert_int_equal(runtime_reload(&rt, 1000, &errors), 0);
    assert_int_equal(engine_start(rt.engine, &err), 0);
    engine_schedule_all(rt.engine);
    assert_true(rt.engine->hosts[0].not_before_ms > os.boot_ms() + 4 * HOUR);
    config_errors_free(&errors);
}

/* New tokens that the disk refuses live in the old engine: it stays. */
static void test_reload_with_unsaved_tokens(void **state)
{
    struct held *held = mem_new(1, sizeof(*held));
    struct config_errors errors = { 0 };
    (void)state;
    built();
    held->grant = grant_example();
    snprintf(held->grant.id, sizeof(held->grant.id), "a.example.com");
    rt.engine->updater->held = held;
    world_write(WORLD_CORE HOST_A HOST_B);
    expect_refused("disk");
    held_store(rt.engine->updater);
    assert_int_equal(engine_unsaved(rt.engine), 0);
    assert_int_equal(runtime_reload(&rt, 1000, &errors), 0);
    config_errors_free(&errors);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, runtime_set_up, runtime_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_load),
        TEST(test_log_level),
        TEST(test_state_dir),
        TEST(test_missing_file),
        TEST(test_reload_bad),
        TEST(test_reload_good),
        TEST(test_reload_without_state),
        TEST(test_reload_moves_no_state),
        TEST(test_reload_keeps_waiting_times),
        TEST(test_reload_with_unsaved_tokens),
    };
    return cmocka_run_group_tests_name("runtime", tests, NULL, NULL);
}
