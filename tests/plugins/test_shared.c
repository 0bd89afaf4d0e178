/* What modules share: addresses and times as text, and the words of command lines. */
#include "fake_host.h"

#include "shared/addr_words.h"
#include "shared/command_line.h"
#include "shared/event_words.h"

/* -- addresses -------------------------------------------------------------------------------- */

static void test_addr_words(void **state)
{
    static const char *const cases[] = {
        "0.0.0.0",
        "192.0.2.255",
        "::",
        "::1",
        "1::",
        "2001:db8::1",
        "1:0:2::3:4:5",
        "1::2:0:0:3:4", /* the longer, the first of two as long */
        "1::2:0:0:3",
        "1:0:2:3:4:5:6:7",
        "fe80::211:22ff:fe33:4455",
        "abcd:ef01:2345:6789:abcd:ef01:2345:6789",
        "::ffff:192.0.2.1",
        "0:1::",
    };
    char text[ADDR_WORDS_SIZE] = "old";
    const struct dcddns_addr none = { 0 };
    (void)state;
    assert_string_equal(addr_words(&none, text), "");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct dcddns_addr addr = { 0 };
        if (strncmp(cases[i], "::ffff:", 7) == 0) /* which the core takes for IPv4 */
            addr = (struct dcddns_addr){ .family = 6, .ip = { [10] = 0xff, 0xff, 192, 0, 2, 1 } };
        else
            assert_int_equal(addr_parse(cases[i], &addr), 0);
        assert_string_equal(addr_words(&addr, text), cases[i]);
    }
}

/* -- times ------------------------------------------------------------------------------------ */

static void test_times(void **state)
{
    static const struct {
        int64_t time_ms;
        const char *text;
    } cases[] = {
        { 0, "1970-01-01T00:00:00Z" },
        { 86399999, "1970-01-01T23:59:59Z" },
        { 951782400000, "2000-02-29T00:00:00Z" },
        { 951868800000, "2000-03-01T00:00:00Z" },
        { 1700000000123, "2023-11-14T22:13:20Z" },
        { 1735689599000, "2024-12-31T23:59:59Z" },
        { 1735689600000, "2025-01-01T00:00:00Z" },
        { 4107542400000, "2100-03-01T00:00:00Z" }, /* no leap year */
        { 253402300799999, "9999-12-31T23:59:59Z" },
        { 253402300800000, "" },
        { -1, "" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct dcddns_event event = { .size = sizeof(event), .time_ms = cases[i].time_ms };
        struct event_words words = { 0 };
        event_words_make(&words, &event);
        assert_string_equal(words.time, cases[i].text);
    }
}

/* -- command lines ---------------------------------------------------------------------------- */

static const struct dcddns_option schema[] = {
    { "command", NULL, "", DCDDNS_OPT_STRING, 0 },
    { "timeout", "10", "", DCDDNS_OPT_SECONDS, 0 },
};
static const struct dcddns_plugin plugin = { .options = schema, .option_count = 2 };

struct words {
    const char *command;
    const char *argv[6]; /* none: it is refused */
};

static void check_words(const struct words *want)
{
    const struct fake_option options[] = { { "command", want->command }, { NULL, NULL } };
    void *self = NULL;
    int code = command_line_create(fake_reset(&plugin, options), &self);

    assert_int_equal(code, want->argv[0] ? DCDDNS_OK : DCDDNS_E_CONFIG);
    if (code != DCDDNS_OK)
        return;
    const struct command_line *line = self;
    size_t i = 0;
    for (; want->argv[i]; i++)
        assert_string_equal(line->argv[i], want->argv[i]);
    assert_null(line->argv[i]);
    command_line_destroy(self);
}

/* Which of the tables holds is asked of the code, so that both are read by every compiler. */
static void test_command_line(void **state)
{
    static const struct words posix[] = {
        { "/bin/echo a\\ b 'c\\d' \"e\\f\\\"\"", { "/bin/echo", "a b", "c\\d", "e\\f\"" } },
        { "C:\\x.exe", { NULL } },
        { "\\\\server\\x.exe", { NULL } },
    };
    static const struct words windows[] = {
        { "C:\\ip\\my.exe -4", { "C:\\ip\\my.exe", "-4" } },
        { "c:/ip/my.exe", { "c:/ip/my.exe" } },
        { "\"C:\\Program Files\\my ip.exe\" C:\\dir\\ \"D:\\a b\\\" '\"q\"'",
          { "C:\\Program Files\\my ip.exe", "C:\\dir\\", "D:\\a b\\", "\"q\"" } },
        { "/bin/echo", { NULL } },
        { "C:my.exe", { NULL } }, /* where that drive stands */
        { "\\my.exe", { NULL } },
        { "my.exe", { NULL } },
        { "1:\\my.exe", { NULL } },
        { "\\\\server\\share\\my.exe", { NULL } },
        { "\\\\?\\C:\\my.exe", { NULL } },
    };
    const bool is_posix = command_line_is_absolute("/");
    const struct words *cases = is_posix ? posix : windows;
    const size_t count =
        is_posix ? sizeof(posix) / sizeof(posix[0]) : sizeof(windows) / sizeof(windows[0]);

    (void)state;
    for (size_t i = 0; i < count; i++)
        check_words(&cases[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addr_words),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_command_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
