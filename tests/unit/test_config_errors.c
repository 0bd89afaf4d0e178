/* What is wrong in a configuration: each error alone with its place, then all at once. */
#include "config_fixture.h"

#define V "[core]\n"

/* -- one error at a time ---------------------------------------------------------------------- */

#define A10 "aaaaaaaaaa"
#define A50 A10 A10 A10 A10 A10

static const struct {
    const char *text, *error; /* the error must be the only one */
} cases[] = {
    { "interval = 300\n", ":1: a key before the first section; put `[core]` above it" },
    { V "interval 300\n", ":2: expected `key = value`" },
    { V "= 300\n", ":2: expected `key = value`" },
    { V "interval: 300\n", ":2: expected `key = value`" },
    { V "inter:val = 300\n", ":2: expected `key = value`" },
    { V "interval = 300\n  400\n", ":3: begins with a blank" },
    { V "\tinterval = 300\n", ":2: begins with a blank" },
    { V " [host a.example.com]\n", ":2: begins with a blank" },
    { V "interval = 300 ; seconds\n", ":2: a ';' after a blank" },
    { V "interval = ;\n", ":2: a ';' after a blank" },
    { "[core] ; x\n", ":1: a ';' after a blank" },
    { "[core] # x\nkey = 1\n", ":1: text after the section's ']'" },
    { "[core\nkey = 1\n", ":1: the section's name has no ']'" },
    { V "ca-file = /" A50 A50 A50 A50 "\ninterval = 70\n", ":2: the line has 211 bytes, 190 are" },
    { V "interval = \xff\n", ":2: is not valid UTF-8" },
    { V "# \xe9\n", ":2: is not valid UTF-8" },
    { V "# \xed\xa0\x80\n", ":2: is not valid UTF-8" },
    { V "# \xc0\x80\n", ":2: is not valid UTF-8" },
    { V "# \xe0\x80\x80\n", ":2: is not valid UTF-8" },
    { V "# \xf4\x90\x80\x80\n", ":2: is not valid UTF-8" },
    { V "# \xf0\x9f\x98", ":2: is not valid UTF-8" },
    { V "interval = \x1b[0m\n", ":2: holds a control character" },
    { V "interval = 300\rx\n", ":2: holds a control character" },
    { V "intervall = 300\n", ":2: unknown key 'intervall' in [core]; did you mean 'interval'?\n" },
    { V "frobnicate = 300\n", ":2: unknown key 'frobnicate' in [core]\n" },
    { V "ipv4 = yes\n", ":2: unknown key 'ipv4' in [core]\n" },
    { V "interval = 300\ninterval = 300\n", ":3: 'interval' is given already, in line 2; remove" },
    { V "interval = 59\n", ":2: interval: '59' is not between 60 s and 86400 s" },
    { V "interval = 2 d\n", ":2: interval: '2 d' is not between" },
    { V "interval =\n", ":2: interval: '' is not a duration" },
    { V "interval = -60\n", ":2: interval: '-60' is not a duration" },
    { V "interval = 300 # x\n", ":2: interval: '300 # x' is not a duration" },
    { V "confirm-delay = 0\n", "is not between 1 s and 300 s" },
    { V "query-timeout = 3 min\n", "is not between 1 s and 120 s" },
    { V "allow-private = maybe\n", ":2: allow-private: 'maybe' is neither yes nor no" },
    { V "ca-file = ca.pem\n", ":2: ca-file: 'ca.pem' is not an absolute path" },
    { V "state-dir = ./x\n", ":2: state-dir: './x' is not an absolute path" },
    { V "plugin-path = " TEST_DRIVE "/a, b\n", ":2: plugin-path: 'b' is not an absolute path" },
    { V "device = eth0, eth1\n", ":2: device: 'eth0, eth1' is not the name of one" },
    { V "log-level = warn\n",
      ":2: log-level: 'warn' is not one of error, warning, notice, info, debug" },
    { V "log-level = wrning\n", "did you mean 'warning'?" },
    { V "resolver = dns.example\n", ":2: resolver: 'dns.example' is not ADDRESS" },
    { V "resolver = 192.0.2.1:0\n", "is not ADDRESS" },
    { V "resolver = 192.0.2.1:65536\n", "is not ADDRESS" },
    { V "resolver = 192.0.2.1:\n", "is not ADDRESS" },
    { V "resolver = [192.0.2.1]:53\n", "is not ADDRESS" },
    { V "resolver = [2001:db8::1\n", "is not ADDRESS" },
    { V "resolver = [2001:db8::1]x\n", "is not ADDRESS" },
    { V "resolver = 192.0.2.1 :53\n", "is not ADDRESS" },
    { V "resolver = 192.0.2.1\nresolver = 192.0.2.1:53\n",
      ":3: resolver: '192.0.2.1:53' is in the list twice" },
    { V "sources = Stun\n", ":2: sources: 'Stun' is not a name" },
    { V "sources =\n", ":2: sources: '' names nothing" },
    { V "sources = a, b, a\n", ":2: sources: 'a' is in the list twice" },
    { V "auth = a, b\n", ":2: auth: 'a, b' is not a name" },
    { V "auth =\n", ":2: auth: '' is not a name" },
    { V "notifiers = none, syslog\n", "has `none` beside other names" },
    { V "notifiers = " A10 A10 A10 "aaa\n", "is not a name of 1 to 32" },
    { "[host]\n", ":1: [host]: write the host's full name" },
    { "[host localhost]\n", ":1: [host localhost]: is not a full host name" },
    { "[host 192.0.2.1]\n", ":1: [host 192.0.2.1]: is not a full host name" },
    { "[host a b.example.com]\n", ":1: [host a b.example.com]: is not a full host name" },
    { "[host a.example.com]\nipv4 = no\n",
      ":1: [host a.example.com] publishes nothing: say yes to ipv4 or ipv6" },
    { "[host a.example.com]\nipv4 = perhaps\n", ":2: ipv4: 'perhaps' is neither" },
    { "[host a.example.com]\nipv8 = yes\n",
      ":2: unknown key 'ipv8' in [host]; did you mean 'ipv4'?" },
    { V "on-lost-family = drop\n",
      ":2: on-lost-family: 'drop' is neither keep nor, as an example, remove-after 24 h" },
    { V "on-lost-family =\n", ":2: on-lost-family: '' is neither keep" },
    { V "on-lost-family = remove-after\n", "'remove-after' is neither keep" },
    { V "on-lost-family = remove-after24h\n", "'remove-after24h' is neither keep" },
    { V "on-lost-family = remove-after 24 hours\n", "'remove-after 24 hours' is neither keep" },
    { V "on-lost-family = remove-after 59 min\n",
      ":2: on-lost-family: 'remove-after 59 min' is not between 1 h and 30 d" },
    { V "on-lost-family = remove-after 31 d\n", "is not between 1 h and 30 d" },
    { "[host a.example.com]\non-lost-family = no\n", ":2: on-lost-family: 'no' is neither keep" },
    { V "confirm = 0\n", ":2: confirm: '0' is not a number from 1 to 8" },
    { V "confirm = 9\n", ":2: confirm: '9' is not a number from 1 to 8" },
    { V "confirm = two\n", ":2: confirm: 'two' is not a number from 1 to 8" },
    { V "confirm =\n", ":2: confirm: '' is not a number from 1 to 8" },
    { V "sources = a, b\nconfirm = 3\n[host a.example.com]\n[host b.example.com]\n",
      ":3: confirm = 3 asks for more IP sources than the 2 that sources names; name another" },
    { V "confirm = 2\n", ":2: confirm = 2 asks for more IP sources than the 1 that sources names" },
    { V "sources = a, b\nconfirm = 2\n[host a.example.com]\nipv6 = yes\nsources = c\n",
      ":6: confirm = 2 asks for more IP sources than the 1" },
    { V "sources = a, b\n[host a.example.com]\nconfirm = 3\n",
      ":4: confirm = 3 asks for more IP sources than the 2" },
    { V "sources = a\n[host a.example.com]\nsources = b, c\nsources = d\nconfirm = 4\n",
      ":6: confirm = 4 asks for more IP sources than the 3" },
    { V "expect = 192.0.2.1/24\n", ":2: expect: '192.0.2.1/24' is not a block as" },
    { V "expect = 192.0.2.0/24, fe80\n", ":2: expect: 'fe80' is not a block as" },
    { V "expect = 192.0.2.0/33\n", ":2: expect: '192.0.2.0/33' is not a block as" },
    { V "expect = 2001:db8::/32\nexpect = 2001:DB8:0::/32\n",
      ":3: expect: '2001:DB8:0::/32' is in the list twice" },
    { "[host a.example.com]\nexpect = any\n", ":2: expect: 'any' is not a block as" },
    { "[host a.example.com]\ndevice = ppp0 ppp1\n", ":2: device: 'ppp0 ppp1' is not the name" },
    { "[host a.example.com]\ndevice = " A50 A10 "aaaa\n", ":2: device: 'aaaa" },
    { "[host a.example.com]\nipv6 = yes\nipv6-suffix = ::1234\n",
      ":3: ipv6-suffix: '::1234' is not an IPv6 suffix as ::1234/64" },
    { "[host a.example.com]\nipv6 = yes\nipv6-suffix = ::1234/0\n", "is not an IPv6 suffix" },
    { "[host a.example.com]\nipv6 = yes\nipv6-suffix = ::1234/128\n", "is not an IPv6 suffix" },
    { "[host a.example.com]\nipv6 = yes\nipv6-suffix = ::1234 /64\n", "is not an IPv6 suffix" },
    { "[host a.example.com]\nipv6 = yes\nipv6-suffix = 192.0.2.1/24\n", "is not an IPv6 suffix" },
    { "[host a.example.com]\nipv6 = yes\nipv6-suffix = /64\n", "is not an IPv6 suffix" },
    { "[host a.example.com]\nipv6 = yes\nipv6-suffix = 2001:db8::1/64\n",
      ":3: ipv6-suffix: '2001:db8::1/64' has bits in the part that comes from the observed" },
    { "[host a.example.com]\nipv6 = yes\nipv6-suffix = 0:0:0:1::1/64\n", ":3: ipv6-suffix: '0:0" },
    { "[host a.example.com]\nipv6-suffix = ::1/64\nipv4 = yes\n",
      ":2: ipv6-suffix is of no use without ipv6 = yes" },
    { "[host a.example.com]\n[host A.example.COM.]\n",
      ":2: [host a.example.com] is there already, at @/dcddns.conf:1; merge the two" },
    { "[core]\n[core]\n", ":2: [core] is there already, at @/dcddns.conf:1" },
    { "[core x]\n", ":1: [core x]: this section has no name; write [core]" },
    { "[ip-source]\n", ":1: [ip-source]: the section needs a name of 1 to 32" },
    { "[auth a_b]\n", ":1: [auth a_b]: the section needs a name" },
    { "[notifier x]\n[notifier x]\n", ":2: [notifier x] is there already" },
    { "[notifyer x]\nkey = 1\n", ":1: unknown section 'notifyer'; did you mean 'notifier'? "
                                 "(there are [core], [host FQDN]" },
    { "[]\n", ":1: unknown section ''" },
    { "[ip-source x]\nmodule = Bad\n", ":2: module: 'Bad' is not a name" },
    { "[ip-source x]\nmodule = a\nmodule = b\n", ":3: 'module' is given already, in line 2" },
    { "include\n", ":1: expected `key = value`" },
    { "include  \n", ":1: expected `key = value`" },
    { "include = conf.d/*.conf\n", ":1: write `include FILE` or" },
    { V "include = conf.d/*.conf\n", ":2: write `include FILE` or" },
    { "include missing.conf\n", ":1: there is no file @/missing.conf" },
    { "include no/missing.conf\n", ":1: cannot open directory @/no: No such file" },
    { "include */x.conf\n", ":1: only the last part of an include may hold" },
    { "include ./\n", ":1: '@/./' is a directory; write `include @/./*.conf`" },
    { "include dcddns.conf\n", ":1: @/dcddns.conf includes itself" },
    { "include " TEST_DRIVE "/dev/null\n", "/dev/null: is not a regular file" },
};

static void test_errors(void **state)
{
    const struct folder *folder = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        int count = 0;
        put(folder, "dcddns.conf", cases[i].text);
        char *errors = load_errors(folder, &count);
        if (count != 1 || !strstr(errors, cases[i].error) || !strchr(errors, '\n'))
            fail_msg("case %zu (%s): %d errors:\n%s", i, cases[i].text, count, errors);
        if (cases[i].error[0] == ':')
            assert_memory_equal(errors, "@/dcddns.conf:", 14);
        free(errors);
    }
}

static void test_nul_bytes(void **state)
{
    static const char text[] = "[core]\ninterval = 3\0 00\n";
    const struct folder *folder = *state;
    int count = 0;
    put_bytes(folder, "dcddns.conf", text, sizeof(text) - 1);
    char *errors = load_errors(folder, &count);
    assert_int_equal(count, 1);
    assert_non_null(strstr(errors, ":2: holds a control character"));
    free(errors);
}

/* Values may be secrets: only keys are quoted in sections of modules. */
static void test_no_secret_in_errors(void **state)
{
    const struct folder *folder = *state;
    int count = 0;
    put(folder, "dcddns.conf",
        "[notifier x]\ntoken hunter2\ntoken = hunter2 ;x\n token = hunter2\n"
        "token = \xff hunter2\n[notifier x]\ntoken = hunter2\n");
    char *errors = load_errors(folder, &count);
    assert_int_equal(count, 5);
    assert_null(strstr(errors, "hunter2"));
    free(errors);
}

/* -- many errors ------------------------------------------------------------------------------ */

static void test_all_errors_in_file_order(void **state)
{
    static const char *const expected[] = {
        "@/dcddns.conf:1: unknown section 'kore'",
        "@/dcddns.conf:4: interval: 'x'",
        "@/dcddns.conf:5: expected",
        "@/dcddns.conf:7: sources: ''",
        "@/dcddns.conf:8: [core] is there already, at @/dcddns.conf:3",
        "@/dcddns.conf:9: interval: 'y'",
        "@/a.conf:1: [host a.example.com] publishes",
        "@/a.conf:4: there is no file",
        "@/conf.d/b.conf:1: [host a.example.com] is",
        "@/conf.d/b.conf:2: ipv4: 'z'",
        "@/conf.d/c.conf:1: a key before",
    };
    const struct folder *folder = *state;
    int count = 0;

    make_dir(folder, "conf.d");
    put(folder, "dcddns.conf",
        "[kore]\nx = 1\n[core]\ninterval = x\nbad\ninclude a.conf\nsources =\n[core]\ninterval = "
        "y\n");
    put(folder, "a.conf", "[host a.example.com]\nipv4 = no\n\ninclude nothing.conf\n");
    put(folder, "conf.d/c.conf", "ipv4 = yes\n");
    put(folder, "conf.d/b.conf", "[host a.example.com]\nipv4 = z\n");
    char *errors = load_errors(folder, &count);
    const char *at = errors;
    for (size_t i = 0; i < COUNT(expected); i++) {
        if (strncmp(at, expected[i], strlen(expected[i])) != 0)
            fail_msg("expected \"%s\" in:\n%s", expected[i], errors);
        at = strchr(at, '\n') + 1;
    }
    assert_string_equal(at, "");
    assert_int_equal(count, COUNT(expected));
    free(errors);
}

static void test_too_many_errors(void **state)
{
    const struct folder *folder = *state;
    struct buf text = BUF_MAX(1 << 20);
    int count = 0;

    for (int i = 0; i < 1000; i++)
        buf_puts(&text, "nonsense\n");
    put(folder, "dcddns.conf", buf_text(&text));
    char *errors = load_errors(folder, &count);
    assert_int_equal(count, 1000);
    assert_non_null(strstr(errors, "conf:200: expected"));
    assert_null(strstr(errors, "conf:201: expected"));
    assert_non_null(strstr(errors, "@/dcddns.conf: and 800 more errors"));
    free(errors);
    buf_free(&text);
}

static void test_too_many_keys(void **state)
{
    const struct folder *folder = *state;
    struct buf text = BUF_MAX(1 << 20);
    int count = 0;

    buf_puts(&text, "[ip-source x]\n");
    for (int i = 0; i < 257; i++)
        buf_printf(&text, "key%d = x\n", i);
    put(folder, "dcddns.conf", buf_text(&text));
    char *errors = load_errors(folder, &count);
    assert_int_equal(count, 1);
    assert_string_equal(errors, "@/dcddns.conf:258: too many keys in this section\n");
    free(errors);
    buf_free(&text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_setup, folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_errors),
        TEST(test_nul_bytes),
        TEST(test_no_secret_in_errors),
        TEST(test_all_errors_in_file_order),
        TEST(test_too_many_errors),
        TEST(test_too_many_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
