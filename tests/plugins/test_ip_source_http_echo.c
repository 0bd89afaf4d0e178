/* HTTP echo: which answers count as one, how many must agree, who is asked in which order. */
#include "fake_host.h"

const struct dcddns_plugin *dcddns_plugin_v1_http_echo(void);

#define A "https://a.example"
#define B "https://b.example"
#define C "https://c.example"
#define D "https://d.example"

static const struct dcddns_plugin *plugin;
static const struct dcddns_ip_source *ops;
static void *self;

static const struct fake_option one[] = { { "url4", A }, { "url6", A }, { NULL, NULL } };
static const struct fake_option four[] = {
    { "url4", " " A " ," B ",, " C "," D },
    { "url6", A ", " B ", " C },
    { NULL, NULL },
};

static int setup(void **state)
{
    (void)state;
    plugin = dcddns_plugin_v1_http_echo();
    ops = plugin->ops;
    return 0;
}

/* Tests that fail on the way leave an instance behind; it must not spoil the next. */
static int teardown(void **state)
{
    (void)state;
    if (self)
        plugin->destroy(self);
    self = NULL;
    return 0;
}

static void make(const struct fake_option *options)
{
    assert_int_equal(plugin->create(fake_reset(plugin, options), &self), DCDDNS_OK);
    assert_non_null(self);
}

/* One query; the address as text, or "" with CODE. */
static void query(const struct fake_answer *answers, int family, int code, const char *expected)
{
    struct dcddns_addr out = { 0 };
    char text[ADDR_TEXT_MAX] = "";

    fake_answer(answers);
    assert_int_equal(ops->query(self, NULL, family, &out), code);
    assert_string_equal(addr_text(&out, text), expected);
}

static void asked(const char *const *urls)
{
    for (size_t i = 0; urls[i]; i++) {
        assert_true(i < fake.asked_count);
        assert_string_equal(fake.asked[i], urls[i]);
    }
    size_t count = 0;
    while (urls[count])
        count++;
    assert_int_equal(fake.asked_count, count);
}
#define ASKED(...) asked((const char *const[]){ __VA_ARGS__, NULL })

static void test_descriptor(void **state)
{
    (void)state;
    fake_check_plugin(plugin, DCDDNS_KIND_IP_SOURCE, "http-echo");
    assert_int_equal(plugin->option_count, 3);
    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal(plugin->options[i].type, DCDDNS_OPT_URL);
        assert_int_equal(plugin->options[i].flags, DCDDNS_LIST);
    }
}

static void test_defaults_name_four_services(void **state)
{
    (void)state;
    make(NULL);
    query(NULL, 4, DCDDNS_E_TEMP, "");
    ASKED("4 https://api.ipify.org", "4 https://ipv4.icanhazip.com", "4 https://v4.ident.me",
          "4 https://checkip.amazonaws.com");
    query(NULL, 6, DCDDNS_E_TEMP, "");
    ASKED("6 https://api6.ipify.org", "6 https://ipv6.icanhazip.com", "6 https://v6.ident.me",
          "6 https://ip6.seeip.org");
}

static void test_create_refuses(void **state)
{
    static const char many[] = A "," A "," A "," A "," A "," A "," A "," A "," A "," A "," A "," A
                                 "," A "," A "," A "," A "," A;
    static const struct {
        const char *url4, *url6, *why;
    } cases[] = {
        { "http://plain.example", "", "url4: http://plain.example is not an https URL; use one" },
        { A, B ", ftp://x.example", "url6: ftp://x.example is not an https URL; use one" },
        { "", " , ", "url4 and url6 are both empty; give one a URL" },
        { many, "", "url4 names more than 16 services; remove some" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct fake_option options[] = { { "url4", cases[i].url4 },
                                               { "url6", cases[i].url6 },
                                               { NULL, NULL } };
        assert_int_equal(plugin->create(fake_reset(plugin, options), &self), DCDDNS_E_CONFIG);
        assert_null(self);
        assert_string_equal(fake.why, cases[i].why);
    }
}

static void test_create_without_random(void **state)
{
    (void)state;
    fake_reset(plugin, four);
    fake.random_fails = 1;
    assert_int_equal(plugin->create(&fake.host, &self), DCDDNS_E_TEMP);
    assert_null(self);
}

static void test_empty_list_means_no_address(void **state)
{
    static const struct fake_option options[] = { { "url4", A }, { "url6", "" }, { NULL, NULL } };
    static const struct fake_option unset[] = { { "url4", NULL }, { "url6", A }, { NULL, NULL } };
    (void)state;
    make(options);
    query(NULL, 6, DCDDNS_E_NOADDR, "");
    assert_string_equal(fake.why, "url6 is empty: nobody to ask for an IPv6 address");
    assert_int_equal(fake.asked_count, 0);
    plugin->destroy(self);
    make(unset);
    query(NULL, 4, DCDDNS_E_NOADDR, "");
    assert_string_equal(fake.why, "url4 is empty: nobody to ask for an IPv4 address");
}

/* With one service its single answer counts, so each body shows whether it is read as an address.
 */
static void test_bodies(void **state)
{
    static const struct {
        int family;
        const char *body;
        size_t len;
        const char *expected; /* "" = no information */
    } cases[] = {
        { 4, "192.0.2.1", 0, "192.0.2.1" },
        { 4, " 192.0.2.1\r\n", 0, "192.0.2.1" },
        { 6, "2001:db8::1\n", 0, "2001:db8::1" },
        { 6, "2001:0DB8:0:0::1", 0, "2001:db8::1" },
        { 4, "", 0, "" },
        { 4, "\n", 0, "" },
        { 4, "2001:db8::1", 0, "" },
        { 6, "192.0.2.1", 0, "" },
        { 4, "192.0.2.1 192.0.2.2", 0, "" },
        { 4, "192.0.2.1,192.0.2.1", 0, "" },
        { 4, "<html><body>192.0.2.1</body></html>", 0, "" },
        { 4, "192.0.2.1\0", 10, "" },
        { 4, "192.0.2.1\0<html>", 16, "" },
        { 4, "192.0.2", 0, "" },
        { 4, "192.0.2.1.5", 0, "" },
        { 4, "192.0.02.1", 0, "" },
        { 6, "fe80::1%eth0", 0, "" },
        { 6, "[2001:db8::1]", 0, "" },
    };
    (void)state;
    make(one);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct fake_answer answers[] = { { A, 200, cases[i].body, cases[i].len },
                                               { NULL, 0, NULL, 0 } };
        char why[128] = "";
        bool good = *cases[i].expected != '\0';
        query(answers, cases[i].family, good ? DCDDNS_OK : DCDDNS_E_TEMP, cases[i].expected);
        assert_int_equal(fake.last_cap, 4096);
        snprintf(why, sizeof(why), "%s gave no IPv%d address", A, cases[i].family);
        assert_string_equal(fake.why, good ? "" : why);
        assert_int_equal(fake.log_count, good ? 0 : 1);
    }
}

static void test_log_says_what_came(void **state)
{
    static const struct fake_answer answers[] = {
        { A, 200, "0123456789012345678901234567890123456789012345678901234567890123XYZ", 0 },
        { NULL, 0, NULL, 0 },
    };
    (void)state;
    make(one);
    query(answers, 4, DCDDNS_E_TEMP, "");
    assert_int_equal(fake.levels[0], DCDDNS_LOG_INFO);
    assert_string_equal(fake.log[0],
                        A " gave no IPv4 address but "
                          "\"0123456789012345678901234567890123456789012345678901234567890123\"");
}

static void test_statuses(void **state)
{
    static const struct {
        int status;
        bool good;
    } cases[] = { { 200, true },  { 203, true },  { 299, true },  { 199, false }, { 300, false },
                  { 301, false }, { 403, false }, { 500, false }, { 100, false } };
    (void)state;
    make(one);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct fake_answer answers[] = { { A, cases[i].status, "192.0.2.1", 0 },
                                               { NULL, 0, NULL, 0 } };
        char why[128] = "";
        query(answers, 4, cases[i].good ? DCDDNS_OK : DCDDNS_E_TEMP,
              cases[i].good ? "192.0.2.1" : "");
        snprintf(why, sizeof(why), A " answered with status %d", cases[i].status);
        assert_string_equal(fake.why, cases[i].good ? "" : why);
    }
}

/* A new instance with four services, asked once: who is heard, and what comes of it. */
static void test_agreement(void **state)
{
    static const struct {
        const char *a, *b, *c, *d; /* bodies; NULL = cannot be reached */
        size_t requests;
        const char *expected, *why;
    } cases[] = {
        { "192.0.2.1", "192.0.2.1", "192.0.2.9", "192.0.2.9", 2, "192.0.2.1", NULL },
        { "192.0.2.1", "192.0.2.9", "192.0.2.1", "192.0.2.9", 3, "192.0.2.1", NULL },
        { "192.0.2.9", "192.0.2.1", "192.0.2.1", "192.0.2.9", 3, "192.0.2.1", NULL },
        { "<html>", "192.0.2.1", NULL, "192.0.2.1", 4, "192.0.2.1", NULL },
        { "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.1", 3, "",
          "services disagree: " A " says 192.0.2.1, " B " says 192.0.2.2, " C " says 192.0.2.3" },
        { "192.0.2.1", "192.0.2.2", NULL, "x", 4, "",
          "services disagree: " A " says 192.0.2.1, " B " says 192.0.2.2" },
        { NULL, "x", "192.0.2.2", NULL, 4, "192.0.2.2", NULL }, /* nobody contradicts */
        { NULL, NULL, NULL, NULL, 4, "", D ": connection refused" },
        { NULL, NULL, NULL, "<html>", 4, "", D " gave no IPv4 address" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *bodies[] = { cases[i].a, cases[i].b, cases[i].c, cases[i].d };
        const char *urls[] = { A, B, C, D };
        const char *reasons[] = { A ": timeout", B ": timeout", C ": timeout",
                                  D ": connection refused" };
        struct fake_answer answers[5] = { { NULL, 0, NULL, 0 } };
        for (size_t k = 0; k < 4; k++)
            answers[k] = (struct fake_answer){ urls[k], bodies[k] ? 200 : DCDDNS_E_TEMP,
                                               bodies[k] ? bodies[k] : reasons[k], 0 };
        make(four);
        query(answers, 4, *cases[i].expected ? DCDDNS_OK : DCDDNS_E_TEMP, cases[i].expected);
        assert_int_equal(fake.asked_count, cases[i].requests);
        if (cases[i].why)
            assert_string_equal(fake.why, cases[i].why);
        plugin->destroy(self);
        self = NULL;
    }
}

static void test_known_address_needs_one_voice_and_rotates(void **state)
{
    static const struct fake_answer same[] = {
        { A, 200, "192.0.2.1", 0 }, { B, 200, "192.0.2.1", 0 }, { C, 200, "192.0.2.1", 0 },
        { D, 200, "192.0.2.1", 0 }, { NULL, 0, NULL, 0 },
    };
    static const struct fake_answer other[] = {
        { A, 200, "192.0.2.7", 0 }, { B, 200, "192.0.2.1", 0 }, { C, 200, "192.0.2.7", 0 },
        { D, 200, "192.0.2.7", 0 }, { NULL, 0, NULL, 0 },
    };
    (void)state;
    make(four);
    query(same, 4, DCDDNS_OK, "192.0.2.1");
    ASKED("4 " A, "4 " B);
    query(same, 4, DCDDNS_OK, "192.0.2.1");
    ASKED("4 " B);
    query(same, 4, DCDDNS_OK, "192.0.2.1");
    ASKED("4 " C);
    query(other, 4, DCDDNS_OK, "192.0.2.7"); /* D, A */
    ASKED("4 " D, "4 " A);
    query(other, 4, DCDDNS_OK, "192.0.2.7");
    ASKED("4 " A);
    query(other, 4, DCDDNS_OK, "192.0.2.7"); /* B still says the old one: C and D decide */
    ASKED("4 " B, "4 " C, "4 " D);
}

/* One voice for the old address against one for a new one does not settle it. */
static void test_old_address_does_not_win_a_tie(void **state)
{
    static const struct fake_option two[] = { { "url4", A "," B }, { "url6", "" }, { NULL, NULL } };
    static const struct fake_answer same[] = {
        { A, 200, "192.0.2.1", 0 },
        { B, 200, "192.0.2.1", 0 },
        { NULL, 0, NULL, 0 },
    };
    static const struct fake_answer tie[] = {
        { A, 200, "192.0.2.1", 0 },
        { B, 200, "192.0.2.7", 0 },
        { NULL, 0, NULL, 0 },
    };
    (void)state;
    make(two);
    query(same, 4, DCDDNS_OK, "192.0.2.1");
    query(tie, 4, DCDDNS_E_TEMP, "");
    ASKED("4 " B, "4 " A);
    query(tie, 4, DCDDNS_OK, "192.0.2.1");
    ASKED("4 " A);
}

static void test_families_are_apart(void **state)
{
    static const struct fake_answer v6[] = {
        { A, 200, "2001:db8::1", 0 },
        { B, 200, "2001:db8::1", 0 },
        { NULL, 0, NULL, 0 },
    };
    static const struct fake_answer v4[] = {
        { A, 200, "192.0.2.1", 0 },
        { B, 200, "192.0.2.1", 0 },
        { NULL, 0, NULL, 0 },
    };
    (void)state;
    make(four);
    query(v6, 6, DCDDNS_OK, "2001:db8::1");
    ASKED("6 " A, "6 " B);
    query(v4, 4, DCDDNS_OK, "192.0.2.1");
    ASKED("4 " A, "4 " B);
}

static void test_start_is_random(void **state)
{
    (void)state;
    fake_reset(plugin, four);
    fake.random = 0x02; /* 0x02020202 is 2 modulo 4 */
    assert_int_equal(plugin->create(&fake.host, &self), DCDDNS_OK);
    query(NULL, 4, DCDDNS_E_TEMP, "");
    ASKED("4 " C, "4 " D, "4 " A, "4 " B);
}

static void test_stop_and_bugs_end_at_once(void **state)
{
    static const int codes[] = { DCDDNS_E_STOP, DCDDNS_E_BUG, DCDDNS_E_NOMEM, DCDDNS_E_CONFIG };
    (void)state;
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        const struct fake_answer answers[] = { { A, 200, "192.0.2.1", 0 },
                                               { B, codes[i], "why", 0 },
                                               { C, 200, "192.0.2.1", 0 },
                                               { NULL, 0, NULL, 0 } };
        make(four);
        query(answers, 4, codes[i], "");
        ASKED("4 " A, "4 " B);
        assert_string_equal(fake.why, "why");
        plugin->destroy(self);
        self = NULL;
    }
}

static void test_device(void **state)
{
    static const struct fake_option options[] = {
        { "url4", A }, { "url6", "" }, { "device", "wan0" }, { NULL, NULL }
    };
    static const struct fake_answer answers[] = { { A, 200, "192.0.2.1", 0 },
                                                  { NULL, 0, NULL, 0 } };
    (void)state;
    make(options);
    query(answers, 4, DCDDNS_OK, "192.0.2.1");
    ASKED("4 " A " wan0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_descriptor, teardown),
        cmocka_unit_test_teardown(test_defaults_name_four_services, teardown),
        cmocka_unit_test_teardown(test_create_refuses, teardown),
        cmocka_unit_test_teardown(test_create_without_random, teardown),
        cmocka_unit_test_teardown(test_empty_list_means_no_address, teardown),
        cmocka_unit_test_teardown(test_bodies, teardown),
        cmocka_unit_test_teardown(test_log_says_what_came, teardown),
        cmocka_unit_test_teardown(test_statuses, teardown),
        cmocka_unit_test_teardown(test_agreement, teardown),
        cmocka_unit_test_teardown(test_known_address_needs_one_voice_and_rotates, teardown),
        cmocka_unit_test_teardown(test_old_address_does_not_win_a_tie, teardown),
        cmocka_unit_test_teardown(test_families_are_apart, teardown),
        cmocka_unit_test_teardown(test_start_is_random, teardown),
        cmocka_unit_test_teardown(test_stop_and_bugs_end_at_once, teardown),
        cmocka_unit_test_teardown(test_device, teardown),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
