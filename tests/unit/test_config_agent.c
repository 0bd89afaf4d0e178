/* The configuration of `dcddns agent`, and the key `control-socket`. */
#include "config_fixture.h"

static struct config *agent_ok(const struct folder *folder)
{
    struct config_errors errors = { 0 };
    struct config *config = config_load_agent(folder->main, true, &errors);
    if (!config)
        print_error("%s", config_errors_text(&errors));
    assert_non_null(config);
    config_errors_free(&errors);
    return config;
}

static void check_only_notifier(const struct config *config, const char *name)
{
    assert_int_equal(config->notifiers.count, 1);
    assert_string_equal(config->notifiers.items[0], name);
    assert_int_equal(config->instance_count, 1);
    assert_string_equal(config->instances[0].name, name);
    assert_int_equal(config->sources.count, 0);
    assert_null(config->auth);
    assert_int_equal(config->host_count, 0);
}

static void test_without_a_file(void **state)
{
    struct config *config = agent_ok(*state);
    check_only_notifier(config, "desktop");
    assert_int_equal(config->log_level, DCDDNS_LOG_INFO);
    config_free(&config);
}

static void test_hosts_of_the_daemon_are_not_read(void **state)
{
    const struct folder *folder = *state;
    make_dir(folder, "conf.d");
    put(folder, "conf.d/home.example.com.conf", "[host home.example.com]\nsources = mine\n");
    put(folder, "dcddns.conf", "[core]\nlog-level = debug\n");
    struct config *config = agent_ok(folder);
    check_only_notifier(config, "desktop");
    assert_int_equal(config->log_level, DCDDNS_LOG_DEBUG);
    config_free(&config);
}

static void test_own_notifiers(void **state)
{
    const struct folder *folder = *state;
    put(folder, "dcddns.conf",
        "[core]\nnotifiers = loud\ncontrol-socket = " TEST_DRIVE "/run/x/y\n"
        "[notifier loud]\nmodule = syslog\nfacility = user\n");
    struct config *config = agent_ok(folder);
    check_only_notifier(config, "loud");
    assert_string_equal(config->instances[0].module, "syslog");
    assert_string_equal(config->control_socket, TEST_DRIVE "/run/x/y");
    config_free(&config);
}

static void test_errors(void **state)
{
    const struct folder *folder = *state;
    struct config_errors errors = { 0 };
    put(folder, "dcddns.conf", "[core]\nnotifers = desktop\n");
    assert_null(config_load_agent(folder->main, true, &errors));
    assert_non_null(strstr(config_errors_text(&errors), "did you mean 'notifiers'"));
    config_errors_free(&errors);
}

static void test_control_socket(void **state)
{
    const struct folder *folder = *state;
    int count = 0;
    put(folder, "dcddns.conf", "[core]\ncontrol-socket = none\n");
    struct config *config = load_ok(folder);
    assert_string_equal(config->control_socket, "none");
    config_free(&config);
    put(folder, "dcddns.conf", "[core]\ncontrol-socket = run/sock\n");
    char *errors = load_errors(folder, &count);
    assert_string_equal(errors,
                        "@/dcddns.conf:2: control-socket: 'run/sock' is not an absolute path\n");
    free(errors);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, folder_setup, folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_without_a_file), TEST(test_hosts_of_the_daemon_are_not_read),
        TEST(test_own_notifiers),  TEST(test_errors),
        TEST(test_control_socket),
    };
    return cmocka_run_group_tests_name("config_agent", tests, NULL, NULL);
}
