/* The command source on Windows: a real program, run by the daemon's own service. */
#include "plugins/real_host.h"

#include "plugins/own_program.h"

const struct dcddns_plugin *dcddns_plugin_v1_command(void);

static void takes_what_is_printed(void **state)
{
    static const struct {
        const char *words;
        int family, code;
        const char *result; /* address, or words of the failure */
    } cases[] = {
        { "print 203.0.114.7", 4, DCDDNS_OK, "203.0.114.7" },
        { "print \"2a00::7\"", 6, DCDDNS_OK, "2a00::7" },
        { "print 203.0.114.7 2a00::7", 4, DCDDNS_OK, "203.0.114.7" },
        { "print 203.0.114.7 2a00::7", 6, DCDDNS_OK, "2a00::7" },
        { "print '' ' 203.0.114.7 ' ''", 4, DCDDNS_OK, "203.0.114.7" },
        { "print 2a00::7", 4, DCDDNS_E_NOADDR, " printed no IPv4 address" },
        { "status 0", 4, DCDDNS_E_NOADDR, " printed no IPv4 address" },
        { "status 1", 4, DCDDNS_E_TEMP, " ended with status 1" },
        { "variable DCDDNS_FAMILY", 4, DCDDNS_E_TEMP, "printed \"4\"" },
        { "variable DCDDNS_DEVICE", 4, DCDDNS_E_TEMP, "printed \"wan0\"" },
        { "variable SECRET_OF_OURS", 4, DCDDNS_E_TEMP, "printed \"none\"" },
        { "nul", 4, DCDDNS_E_TEMP, "printed a NUL byte" },
        { "print '203.0.114.7 and more'", 4, DCDDNS_E_TEMP,
          "printed \"203.0.114.7 and more\", which is not an address" },
        { "print %PATH%", 4, DCDDNS_E_TEMP, "printed \"%PATH%\"" }, /* nothing is expanded */
        { "print a&whoami", 4, DCDDNS_E_TEMP, "printed \"a&whoami\"" },
        { "print 'a \"b\" c\\'", 4, DCDDNS_E_TEMP, "printed \"a \"b\" c\\x5c\"" },
    };
    (void)state;
    SetEnvironmentVariableA("SECRET_OF_OURS", "x");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct error err = { 0 };
        struct dcddns_addr out = { 0 };
        char text[ADDR_TEXT_MAX] = "", command[1024] = "";
        snprintf(command, sizeof(command), "'%s' %s", own_program, cases[i].words);
        struct instance *instance =
            real_instance(dcddns_plugin_v1_command(), &err, "command", command, NULL);
        if (!instance)
            fail_msg("%s: %s", command, err.text);
        int code = real_query(instance, cases[i].family, &out, &err);
        const char *got = code == DCDDNS_OK ? addr_text(&out, text) : err.text;
        if (code != cases[i].code || !strstr(got, cases[i].result))
            fail_msg("%s: %d \"%s\"", command, code, got);
        instance_free(&instance);
    }
}

static void is_killed_in_time(void **state)
{
    struct error err = { 0 };
    struct dcddns_addr out = { 0 };
    char command[1024] = "";
    (void)state;
    snprintf(command, sizeof(command), "'%s' sleep", own_program);
    struct instance *instance =
        real_instance(dcddns_plugin_v1_command(), &err, "command", command, "timeout", "1 s", NULL);
    const int64_t began = os.boot_ms();
    assert_int_equal(real_query(instance, 4, &out, &err), DCDDNS_E_STOP);
    assert_true(os.boot_ms() - began >= 950 && os.boot_ms() - began < REAL_MS / 2);
    assert_non_null(strstr(err.text, " did not end before the time was up"));
    instance_free(&instance);
}

static void refuses_what_cannot_work(void **state)
{
    static const struct {
        const char *command, *why;
    } cases[] = {
        { "", "must begin with the absolute path" },
        { "cmd.exe /c x", "must begin with the absolute path of a program" },
        { "/bin/echo x", "must begin with the absolute path of a program" },
        { "\\\\server\\share\\x.exe", "must begin with the absolute path of a program" },
        { "'C:\\x", "a quote that is not closed" },
    };
    struct error err = { 0 };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_null(
            real_instance(dcddns_plugin_v1_command(), &err, "command", cases[i].command, NULL));
        assert_int_equal(err.class, ERR_CONFIG);
        if (!strstr(err.text, cases[i].why))
            fail_msg("%s: %s", cases[i].command, err.text);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_what_is_printed),
        cmocka_unit_test(is_killed_in_time),
        cmocka_unit_test(refuses_what_cannot_work),
    };
    int status = 0;
    if (own_program_ran(argc, argv, &status))
        return status;
    return cmocka_run_group_tests(tests, NULL, real_done);
}
