/* The command source: real programs, run by the daemon's own service. */
#include "plugins/real_host.h"

const struct dcddns_plugin *dcddns_plugin_v1_command(void);

static void takes_what_is_printed(void **state)
{
    static const struct {
        const char *command;
        int family, code;
        const char *result; /* address, or words of the failure */
    } cases[] = {
        { "/bin/echo 203.0.114.7", 4, DCDDNS_OK, "203.0.114.7" },
        { "/bin/echo \"2a00::7\"", 6, DCDDNS_OK, "2a00::7" },
        { "  /bin/echo\t203.0.114.7  ", 4, DCDDNS_OK, "203.0.114.7" },
        { "/bin/sh -c 'echo 203.0.114.7; echo 2a00::7'", 4, DCDDNS_OK, "203.0.114.7" },
        { "/bin/sh -c 'echo 203.0.114.7; echo 2a00::7'", 6, DCDDNS_OK, "2a00::7" },
        { "/bin/sh -c 'printf \"\\n 203.0.114.7 \\r\\n\\n\"'", 4, DCDDNS_OK, "203.0.114.7" },
        { "/bin/sh -c 'test $DCDDNS_FAMILY = 4 && echo 203.0.114.4 || echo 2a00::6'", 6, DCDDNS_OK,
          "2a00::6" },
        { "/bin/sh -c 'test $DCDDNS_DEVICE = wan0 && echo 203.0.114.4'", 4, DCDDNS_OK,
          "203.0.114.4" },
        { "/bin/echo 2a00::7", 4, DCDDNS_E_NOADDR, "/bin/echo printed no IPv4 address" },
        { "/bin/true", 4, DCDDNS_E_NOADDR, "/bin/true printed no IPv4 address" },
        { "/bin/false", 4, DCDDNS_E_TEMP, "/bin/false ended with status 1" },
        { "/bin/echo 203.0.114.7 and more", 4, DCDDNS_E_TEMP,
          "printed \"203.0.114.7 and more\", which is not an address" },
        { "/bin/sh -c 'echo 203.0.114.7; echo oops'", 4, DCDDNS_E_TEMP, "printed \"oops\"" },
        { "/bin/sh -c 'printf \"203.0.114.7\\000x\"'", 4, DCDDNS_E_TEMP, "printed a NUL byte" },
        { "/bin/sh -c 'printf \"oops\\r\\n\"'", 4, DCDDNS_E_TEMP, "printed \"oops\"" },
        { "/bin/sh -c 'printf \"203.0.114.7\\rx\"'", 4, DCDDNS_E_TEMP, "is not an address" },
        { "/bin/echo 203.0.114.07", 4, DCDDNS_E_TEMP, "is not an address" },
        { "/bin/echo $HOME", 4, DCDDNS_E_TEMP, "printed \"$HOME\"" }, /* nothing is expanded */
        { "/bin/echo *", 4, DCDDNS_E_TEMP, "printed \"*\"" },
        { "/bin/echo a;/bin/false", 4, DCDDNS_E_TEMP, "printed \"a;/bin/false\"" },
        { "/bin/echo it\\'s \"a \\\"b\\\"\" 'c\\d' e''f", 4, DCDDNS_E_TEMP,
          "printed \"it's a \"b\" c\\x5cd ef\"" },
        { "/bin/echo \"s/\\./-/ \\$ a\\\\b\"", 4, DCDDNS_E_TEMP,
          "printed \"s/\\x5c./-/ $ a\\x5cb\"" },
        { "/no/such/program", 4, DCDDNS_E_CONFIG, "cannot run /no/such/program: No such file" },
        { "/bin/sh -c 'kill -9 $$'", 4, DCDDNS_E_TEMP, "killed by signal 9" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct error err = { 0 };
        struct dcddns_addr out = { 0 };
        char text[ADDR_TEXT_MAX] = "";
        struct instance *instance =
            real_instance(dcddns_plugin_v1_command(), &err, "command", cases[i].command, NULL);
        if (!instance)
            fail_msg("%s: %s", cases[i].command, err.text);
        int code = real_query(instance, cases[i].family, &out, &err);
        const char *got = code == DCDDNS_OK ? addr_text(&out, text) : err.text;
        if (code != cases[i].code || !strstr(got, cases[i].result))
            fail_msg("%s: %d \"%s\"", cases[i].command, code, got);
        instance_free(&instance);
    }
}

static void is_killed_in_time(void **state)
{
    struct error err = { 0 };
    struct dcddns_addr out = { 0 };
    (void)state;
    struct instance *instance = real_instance(dcddns_plugin_v1_command(), &err, "command",
                                              "/bin/sleep 63", "timeout", "1 s", NULL);
    int64_t began = os.boot_ms();
    assert_int_equal(real_query(instance, 4, &out, &err), DCDDNS_E_STOP);
    assert_true(os.boot_ms() - began >= 990 && os.boot_ms() - began < REAL_MS / 2);
    assert_non_null(strstr(err.text, "/bin/sleep did not end before the time was up"));
    instance_free(&instance);
}

static void refuses_what_cannot_work(void **state)
{
    static char many[200];
    static const struct {
        const char *command, *why;
    } cases[] = {
        { "", "must begin with the absolute path" },
        { "echo x", "must begin with the absolute path of a program" },
        { "'/bin/echo", "a quote that is not closed" },
        { "/bin/echo \"x", "a quote that is not closed" },
        { many, "more than 32 words" },
    };
    struct error err = { 0 };
    (void)state;
    for (size_t i = 0; i < 33; i++)
        memcpy(many + 3 * i, "/a ", 3);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_null(
            real_instance(dcddns_plugin_v1_command(), &err, "command", cases[i].command, NULL));
        assert_int_equal(err.class, ERR_CONFIG);
        if (!strstr(err.text, cases[i].why))
            fail_msg("%s: %s", cases[i].command, err.text);
    }
    assert_null(real_instance(dcddns_plugin_v1_command(), &err, NULL));
    assert_non_null(strstr(err.text, "command is empty"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_what_is_printed),
        cmocka_unit_test(is_killed_in_time),
        cmocka_unit_test(refuses_what_cannot_work),
    };
    return cmocka_run_group_tests(tests, NULL, real_done);
}
