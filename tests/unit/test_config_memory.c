/* Every allocation of a load fails in turn: an error, no crash, no leak, never half a
 * configuration. */
#include "config_fixture.h"

/* -- no memory -------------------------------------------------------------------------------- */

static void put_rich_tree(const struct folder *folder, const char *broken)
{
    make_dir(folder, "conf.d");
    put(folder, "dcddns.conf",
        "[core]\nresolver = 192.0.2.1\nresolver = 2001:db8::1\nca-file = " TEST_DRIVE
        "/x\nexpect = "
        "192.0.2.0/24, 2001:db8::1\nsources = a, b\n"
        "include more.conf\n[ip-source a]\nmodule = x\nurl = 1\nurl = 2\n[host b.example.com]\n");
    put(folder, "more.conf", "include *.inc\n[notifier n]\nkey = value\nevents = update\n");
    put(folder, "x.inc", broken);
    put(folder, "conf.d/a.conf",
        "[host a.example.com]\nsources = c\nexpect = 10.0.0.1\ndevice = ppp0\n");
}

static void fail_every_allocation(const struct folder *folder, bool all, int expected)
{
    long n = 0;
    for (;; n++) {
        struct config_errors errors = { 0 };
        mem_fail_at(n, all);
        struct config *config = config_load(folder->main, true, &errors);
        bool reached = mem_restore();
        if (!reached) {
            assert_int_equal(errors.count, expected);
            config_free(&config);
            config_errors_free(&errors);
            break;
        }
        /* Only what an error list could not hold may be lost; a configuration never is. */
        if (config || errors.count == 0 || config_errors_text(&errors)[0] == '\0')
            print_error("allocation %ld: %d errors: %s\n", n, errors.count,
                        config_errors_text(&errors));
        assert_null(config);
        assert_true(errors.count > 0);
        assert_string_not_equal(config_errors_text(&errors), "");
        config_errors_free(&errors);
    }
    assert_true(n > 50);
}

static void test_no_memory(void **state)
{
    put_rich_tree(*state, "[host c.example.com]\nipv6 = yes\n");
    fail_every_allocation(*state, false, 0);
    fail_every_allocation(*state, true, 0);
}

static void test_no_memory_for_errors(void **state)
{
    put_rich_tree(*state,
                  "[hosst x]\nbad\n[host a.example.com]\nkey = 1\n[host b]\ninclude none\n");
    fail_every_allocation(*state, false, 6);
    fail_every_allocation(*state, true, 6);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_setup, folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_no_memory),
        TEST(test_no_memory_for_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
