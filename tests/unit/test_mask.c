/* Pseudonyms: the same for the same, nothing of the original, and messages of which only harmless
 * words are left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/addr.h"
#include "base/mem.h"
#include "engine/mask.h"
#include "platform/os.h"
#include "unit/failing_memory.h"

static struct mask mask;
static struct buf out = BUF_MAX(1 << 20);

static int tear_down(void **state)
{
    (void)state;
    mask.names = false;
    mask_free(&mask);
    buf_free(&out);
    return 0;
}

static const char *text_of(const char *text)
{
    buf_free(&out);
    mask_text(&mask, text, &out);
    return buf_text(&out);
}

static const char *addr_of(const char *text)
{
    struct dcddns_addr addr = { 0 };
    buf_free(&out);
    assert_int_equal(addr_parse(text, &addr), 0);
    mask_addr(&mask, &addr, &out);
    return buf_text(&out);
}

static const char *url_of(const char *url)
{
    buf_free(&out);
    mask_url(&mask, url, &out);
    return buf_text(&out);
}

static void one_for_one(void **state)
{
    (void)state;
    mask_host(&mask, "home.example.com", &out);
    assert_string_equal(buf_text(&out), "host-1.example");
    assert_string_equal(text_of("*.home.example.com"), "*.host-1.example");
    assert_string_equal(text_of("(HOME.Example.com.)"), "(host-1.example.)");
    assert_string_equal(text_of("office.example.com:"), "host-2.example:");
    assert_string_equal(addr_of("93.184.216.34"), "ipv4-1");
    assert_string_equal(addr_of("2606:2800:220:1::1"), "ipv6-2");
    assert_string_equal(text_of("says 93.184.216.34, not 2606:2800:220:1::1"),
                        "says ipv4-1, not ipv6-2");
    assert_string_equal(addr_of("127.0.0.53"), "127.0.0.53");
    assert_string_equal(addr_of("192.168.1.1"), "ipv4-3 (Private-Use)");
    assert_string_equal(text_of(TEST_DRIVE "/home/jane/dcddns.conf"), "path-1");
}

/* The places of the installed program, when they are not in somebody's own folder. */
static void usual_places(void **state)
{
    (void)state;
    static const char conf[] = DCDDNS_CONFIG_DIR "/dcddns.conf";
    static const char *const roots[] = { "/etc/", "/opt/",     "/run/",
                                         "/usr/", "/var/lib/", "/var/run/" };
    bool is_shared = false;
    if (!os_path_is_absolute(conf)) /* Windows: a name for wherever that is */
        skip();
    for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++)
        is_shared = is_shared || strncmp(conf, roots[i], strlen(roots[i])) == 0;
    assert_string_equal(text_of(conf), is_shared ? conf : "path-1");
    mask.names = true;
    assert_string_equal(text_of(conf), conf);
}

/* What the program found at run time, and only what every installation has there. */
static void known_places(void **state)
{
    (void)state;
    if (!os_path_is_absolute("/home")) /* tests/windows/report */
        skip();
    mask_know_place(&mask, mem_strdup("/home/jane/dcddns"), "%HOME%/dcddns");
    mask_know_place(&mask, NULL, "nowhere");
    mask_know_place(&mask, mem_strdup("/home/jane/plain"), NULL);
    assert_string_equal(text_of("/home/jane/dcddns"), "%HOME%/dcddns");
    assert_string_equal(text_of("/home/jane/dcddns/dcddns.conf:"), "%HOME%/dcddns/dcddns.conf:");
    assert_string_equal(text_of("/home/jane/dcddns/jane.conf"), "path-1");
    assert_string_equal(text_of("/home/jane/dcddns-jane"), "path-2");
    assert_string_equal(text_of("/home/jane/plain"), "path-3");
    mask.names = true;
    assert_string_equal(text_of("/home/jane/dcddns"), "/home/jane/dcddns");
}

static void urls(void **state)
{
    (void)state;
    assert_string_equal(url_of("https://a.example.net"), "https://host-1.example");
    assert_string_equal(url_of("https://a.example.net/"), "https://host-1.example");
    assert_string_equal(url_of("HTTPS://A.example.net:8443/T0/B0?x=y#z"),
                        "https://host-1.example/...");
    assert_string_equal(url_of("http://user:pass@a.example.net?q"), "http://host-1.example/...");
    assert_string_equal(url_of("http://192.168.1.1/x"), "http://ipv4-1 (Private-Use)/...");
    assert_string_equal(url_of("secret://a.example.net"), "***://host-1.example");
    assert_string_equal(url_of("no url"), "***");
    mask.names = true;
    assert_string_equal(url_of("https://a.example.net/T0?k=v"), "https://a.example.net/...");
}

static void messages(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
    } rows[] = {
        { "", "" },
        { "the provider refused it", "the provider refused it" },
        { "answered 403: Account of Jane Roe is closed", "answered 403: *** of *** *** is ***" },
        { "token AbCdEf0123456789 was refused", "token *** was refused" },
        { "code 123456", "code ***" },
        { "run:   dcddns setup", "run: dcddns setup" },
        { "\"hunter2\" (hunter2), 'hunter2'.", "\"***\" (***), '***'." },
        { "x=hunter2&y=z", "***" },
        { TEST_DRIVE "/dcddns.conf:7", "path-1" },
        { "jane@example.com", "***" },
        { "\x1b[31m", "***" },
        { "((((", "((((" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_string_equal(text_of(rows[i].in), rows[i].out);
    char *longest = calloc(1, 5000);
    assert_non_null(longest);
    memset(longest, 'a', 4999);
    assert_string_equal(text_of(longest), "***");
    free(longest);
}

static void vocabulary_is_sorted(void **state)
{
    (void)state;
    static const char *const words[] = {
#include "engine/mask_words.inc"
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        assert_true(i == 0 || strcasecmp(words[i - 1], words[i]) < 0);
        assert_string_equal(text_of(words[i]), words[i]);
    }
}

/* Without memory pseudonyms lose their numbers, never their meaning. */
static void without_memory(void **state)
{
    (void)state;
    for (long n = 0; n < 4; n++) {
        struct buf text = BUF_MAX(4096);
        failing_memory_at(n);
        mask_host(&mask, "home.example.com", &text);
        mask_text(&mask, "home.example.com hunter2 93.184.216.34", &text);
        assert_null(strstr(buf_text(&text), "home"));
        assert_null(strstr(buf_text(&text), "hunter2"));
        assert_null(strstr(buf_text(&text), "93.184"));
        buf_free(&text);
        mask_free(&mask);
        failing_memory_off();
    }
}

static void too_many(void **state)
{
    (void)state;
    char name[32] = "";
    for (int i = 0; i < 5000; i++) {
        snprintf(name, sizeof(name), "h%d.example.com", i);
        assert_null(strstr(text_of(name), name));
    }
    assert_string_equal(text_of(name), "host-0.example");
    assert_string_equal(text_of("h7.example.com"), "host-8.example");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(one_for_one, tear_down),
        cmocka_unit_test_teardown(usual_places, tear_down),
        cmocka_unit_test_teardown(known_places, tear_down),
        cmocka_unit_test_teardown(urls, tear_down),
        cmocka_unit_test_teardown(messages, tear_down),
        cmocka_unit_test_teardown(vocabulary_is_sorted, tear_down),
        cmocka_unit_test_teardown(without_memory, tear_down),
        cmocka_unit_test_teardown(too_many, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
