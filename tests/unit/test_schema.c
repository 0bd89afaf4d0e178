/* Option schemas: what a value may be, and the whole words of every report. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "modules/schema.h"

static void test_values(void **state)
{
    static const char *const number = "is not a whole number";
    static const char *const yesno = "is neither yes nor no";
    static const char *const duration = "is not a duration such as 30 s, 5 min or 1 h";
    static const char *const url = "is not a URL such as https://host.example/path";
    static const char *const control = "holds control characters";
    static const char *const block =
        "is not a block such as 2001:db8::/32 with no bits behind the prefix";
    static const char *const empty = "is empty, but must be given";
    const struct {
        uint32_t type, flags;
        const char *value, *wrong;
    } cases[] = {
        { DCDDNS_OPT_STRING, 0, "", NULL },
        { DCDDNS_OPT_STRING, 0, "any \xc3\xa9 text", NULL },
        { DCDDNS_OPT_STRING, 0, "a\nb", control },
        { DCDDNS_OPT_STRING, 0, "a\x7f", control },
        { DCDDNS_OPT_STRING, DCDDNS_REQUIRED, "", empty },
        { DCDDNS_OPT_STRING, DCDDNS_REQUIRED, "x", NULL },
        { DCDDNS_OPT_INT, 0, "-17", NULL },
        { DCDDNS_OPT_INT, 0, "9223372036854775807", NULL },
        { DCDDNS_OPT_INT, 0, "9223372036854775808", number },
        { DCDDNS_OPT_INT, 0, "", number },
        { DCDDNS_OPT_INT, 0, "1x", number },
        { DCDDNS_OPT_INT, 0, "1,2", number },
        { DCDDNS_OPT_INT, DCDDNS_LIST, "1, 2,3", NULL },
        { DCDDNS_OPT_INT, DCDDNS_LIST, "1, b", number },
        { DCDDNS_OPT_INT, DCDDNS_LIST, "", NULL },
        { DCDDNS_OPT_INT, DCDDNS_LIST | DCDDNS_REQUIRED, "", empty },
        { DCDDNS_OPT_BOOL, 0, "Yes", NULL },
        { DCDDNS_OPT_BOOL, 0, "0", NULL },
        { DCDDNS_OPT_BOOL, 0, "maybe", yesno },
        { DCDDNS_OPT_SECONDS, 0, "5 min", NULL },
        { DCDDNS_OPT_SECONDS, 0, "5 fortnights", duration },
        { DCDDNS_OPT_SECONDS, 0, "-5", duration },
        { DCDDNS_OPT_URL, 0, "https://a.example", NULL },
        { DCDDNS_OPT_URL, 0, "https://[2001:db8::1]:8443/x?y=z", NULL },
        { DCDDNS_OPT_URL, 0, "http://plain.example", NULL },
        { DCDDNS_OPT_URL, 0, "https://user:pw@a.example/", url },
        { DCDDNS_OPT_URL, 0, "https://a.example/@x", NULL },
        { DCDDNS_OPT_URL, 0, "a.example", url },
        { DCDDNS_OPT_URL, 0, "://a.example", url },
        { DCDDNS_OPT_URL, 0, "https://", url },
        { DCDDNS_OPT_URL, 0, "https://a b", url },
        { DCDDNS_OPT_URL, 0, "see https://a.example", url },
        { DCDDNS_OPT_URL, 0, "https:/a.example", url },
        { DCDDNS_OPT_URL, 0, "", url },
        { DCDDNS_OPT_URL, DCDDNS_LIST, "https://a.example,https://b.example", NULL },
        { DCDDNS_OPT_URL, DCDDNS_LIST, "https://a.example,b.example", url },
        { DCDDNS_OPT_CIDR, 0, "2001:db8::/32", NULL },
        { DCDDNS_OPT_CIDR, 0, "192.0.2.1", NULL },
        { DCDDNS_OPT_CIDR, 0, "192.0.2.1/24", block },
        { DCDDNS_OPT_CIDR, DCDDNS_LIST, "10.0.0.0/8, fc00::/7", NULL },
        { DCDDNS_OPT_CIDR, DCDDNS_LIST, "10.0.0.0/8, here", block },
        { DCDDNS_OPT_PATH, 0, TEST_DRIVE "/usr/bin/true", NULL },
        { DCDDNS_OPT_PATH, 0, "bin/true", "is not an absolute path" },
        { 77, 0, "x", "has a type that this dcddns does not know" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *wrong = schema_check_value(cases[i].type, cases[i].flags, cases[i].value);
        if (cases[i].wrong && wrong)
            assert_string_equal(wrong, cases[i].wrong);
        else if (wrong != cases[i].wrong)
            fail_msg("case %zu, \"%s\": %s", i, cases[i].value, wrong ? wrong : "accepted");
    }
}

static void test_long_value(void **state)
{
    char value[4098] = "";
    (void)state;
    memset(value, '1', 4096);
    assert_null(schema_check_value(DCDDNS_OPT_STRING, DCDDNS_LIST, value));
    value[4096] = '1';
    assert_string_equal(schema_check_value(DCDDNS_OPT_STRING, 0, value),
                        "is longer than 4096 bytes");
}

static void test_type_names(void **state)
{
    static const char *const names[] = { "unknown",       "string",   "integer",
                                         "yes/no",        "duration", "URL",
                                         "address block", "path",     "unknown" };
    (void)state;
    for (uint32_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        assert_string_equal(schema_type_name(i), names[i]);
}

static const struct dcddns_option options[] = {
    { "server", NULL, "whom to ask", DCDDNS_OPT_STRING, DCDDNS_REQUIRED },
    { "timeout", "5 s", "how long to wait", DCDDNS_OPT_SECONDS, 0 },
    { "key", NULL, "number of the vault", DCDDNS_OPT_INT, DCDDNS_SECRET },
};

static const struct module full = {
    .plugin = { .name = "stun",
                .options = options,
                .option_count = 3,
                .option_size = sizeof(options[0]) },
};
static const struct module bare = { .plugin = { .name = "bare" } };

static char seen[8][512];
static int seen_count;

static void report(void *ctx, const char *file, int line, const char *message)
{
    assert_ptr_equal(ctx, seen);
    assert_true(seen_count < 8);
    snprintf(seen[seen_count++], sizeof(seen[0]), "%s:%d: %s", file, line, message);
}

static void check(const struct module *module, const struct schema_value *values, size_t count,
                  const char *const *expected)
{
    size_t want = 0;
    while (expected[want])
        want++;
    seen_count = 0;
    assert_int_equal(
        schema_check(module, "ip-source stun", "a.conf", 7, values, count, report, seen), want);
    assert_int_equal(seen_count, want);
    for (size_t i = 0; i < want; i++)
        assert_string_equal(seen[i], expected[i]);
}
#define EXPECT(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void test_section_is_good(void **state)
{
    static const struct schema_value values[] = {
        { "timeout", "1 min", "a.conf", 8 },
        { "server", "x", "a.conf", 9 },
        { "key", "42", "a.conf", 10 },
    };
    static const char *const nothing[] = { NULL };
    (void)state;
    check(&full, values, 3, nothing);
    check(&bare, NULL, 0, nothing);
}

static void test_all_reports_at_once(void **state)
{
    static const struct schema_value values[] = {
        { "tiemout", "1", "b.conf", 8 },
        { "timeout", "soon\x1b[2J", "b.conf", 9 },
        { "key", "hunter2", "b.conf", 10 },
    };
    (void)state;
    check(
        &full, values, 3,
        EXPECT("b.conf:8: [ip-source stun] has no key \"tiemout\"; did you mean \"timeout\"?",
               "b.conf:9: timeout: \"soon\\x1b[2J\" holds control characters; it is \"how long to "
               "wait\"",
               "b.conf:10: key: the value is not a whole number; it is \"number of the vault\"",
               "a.conf:7: [ip-source stun] lacks the key \"server\" (whom to ask); add it"));
}

static void test_secret_from_a_file(void **state)
{
    static const struct dcddns_option needed[] = {
        { "token", NULL, "the key", DCDDNS_OPT_STRING, DCDDNS_SECRET | DCDDNS_REQUIRED },
        { "name", NULL, "no secret", DCDDNS_OPT_STRING, 0 },
    };
    static const struct module module = {
        .plugin = { .name = "stun",
                    .options = needed,
                    .option_count = 2,
                    .option_size = sizeof(needed[0]) },
    };
    static const struct schema_value good = { "token-file", TEST_DRIVE "/etc/token", "b.conf", 8 };
    static const struct schema_value bad[] = {
        { "token", "x", "b.conf", 3 },
        { "token-file", "here", "b.conf", 8 },
        { "name-file", TEST_DRIVE "/etc/name", "b.conf", 9 },
        { "-file", TEST_DRIVE "/etc/name", "b.conf", 10 },
    };
    static const char *const nothing[] = { NULL };
    (void)state;
    check(&module, &good, 1, nothing);
    check(&module, bad, 4,
          EXPECT("b.conf:8: token-file: give the absolute path of a file that holds the token",
                 "b.conf:9: [ip-source stun] has no key \"name-file\"; it knows token, name",
                 "b.conf:10: [ip-source stun] has no key \"-file\"; it knows token, name",
                 "b.conf:8: token-file: token is given already, in line 3; remove one"));
}

static void test_unknown_keys(void **state)
{
    static const struct schema_value far = { "elephant", "1", "b.conf", 8 };
    static const struct schema_value given[] = { { "server", "", "b.conf", 2 },
                                                 { "elephant\n", "1", "b.conf", 8 } };
    (void)state;
    check(&bare, &far, 1,
          EXPECT("b.conf:8: [ip-source stun] has no key \"elephant\"; the module bare takes none"));
    check(&full, given, 2,
          EXPECT("b.conf:2: server: \"\" is empty, but must be given; it is \"whom to ask\"",
                 "b.conf:8: [ip-source stun] has no key \"elephant\\x0a\"; it knows server, "
                 "timeout, key"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_long_value),
        cmocka_unit_test(test_type_names),
        cmocka_unit_test(test_section_is_good),
        cmocka_unit_test(test_all_reports_at_once),
        cmocka_unit_test(test_secret_from_a_file),
        cmocka_unit_test(test_unknown_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
