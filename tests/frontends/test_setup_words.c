/* The words of the setup dialog. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "windows/setup_words.h"

static void test_names(void **state)
{
    static const struct {
        const char *typed, *first;
        size_t count;
        const char *words;
    } rows[] = {
        { "", "", 0, "" },
        { "  ", "", 0, "" },
        { "home.example.com", "home.example.com", 1, "" },
        { " Home.Example.COM. ", "home.example.com", 1, "" },
        { "a.example.com, b.example.com;c.example.com", "a.example.com", 3, "" },
        { "a.example.com A.example.com", "a.example.com", 1, "" },
        { "home", "", 0, "The full name is needed, with its domain: home.example.com" },
        { "https://home.example.com/", "", 0,
          "Only the name, without https:// and what follows it." },
        { "me@example.com", "", 0, "This is a mail address; a name of a host is needed." },
        { "ho me.example.com", "", 0, "The full name is needed, with its domain: ho.example.com" },
        { "192.0.2.1", "", 0, "192.0.2.1 is not a full name like home.example.com" },
        { "home..com", "", 0, "home..com is not a full name like home.example.com" },
    };
    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct setup_names names = { 0 };
        char words[SETUP_WORDS_MAX] = "x";
        const bool good = setup_words_names(rows[i].typed, &names, words);
        assert_int_equal(good, rows[i].count > 0);
        assert_string_equal(words, rows[i].words);
        if (good) {
            assert_int_equal(names.count, rows[i].count);
            assert_string_equal(names.items[0], rows[i].first);
        }
    }
}

static void test_names_have_limits(void **state)
{
    struct setup_names names = { 0 };
    char typed[2048] = "", words[SETUP_WORDS_MAX] = "";
    size_t len = 0;
    (void)state;

    for (int i = 0; i < SETUP_NAMES_MAX; i++, len += 5)
        memcpy(typed + len, (const char[]){ (char)('a' + i), '.', 'd', 'e', ' ', '\0' }, 6);
    assert_true(setup_words_names(typed, &names, words));
    assert_int_equal(names.count, SETUP_NAMES_MAX);
    memcpy(typed + len, "z.de", 5);
    assert_false(setup_words_names(typed, &names, words));
    assert_string_equal(words, "At most 16 names at a time.");
    memset(typed, 'a', 1000);
    typed[1000] = '\0';
    assert_false(setup_words_names(typed, &names, words));
    assert_string_equal(words, "This is longer than any name.");
}

static struct setup_line line;

static void read_line(const char *text)
{
    setup_words_read(text, strlen(text), &line);
}

static void test_consent(void **state)
{
    (void)state;
    read_line("{\"v\":1,\"step\":\"consent\",\"name\":\"home.example.com\",\"provider\":\"Example "
              "DNS\",\"names\":[\"home.example.com\",\"office.example.com\"],\"url\":\"https://"
              "dns.example/a?b=c\"}");
    assert_int_equal(line.step, SETUP_CONSENT);
    assert_string_equal(line.name, "home.example.com");
    assert_string_equal(line.url, "https://dns.example/a?b=c");
    assert_non_null(strstr(line.words, "Found: Example DNS looks after the DNS of "
                                       "home.example.com, office.example.com.\n"));
    assert_string_equal(line.later, "After that: home.example.com, office.example.com, with a page "
                                    "and a code of its own.");
}

/* Whatever came: nothing but https is opened. */
static void test_consent_without_a_page(void **state)
{
    static const char *const lines[] = {
        "{\"step\":\"consent\",\"name\":\"a.example.com\"}",
        "{\"step\":\"consent\",\"name\":\"a.example.com\",\"url\":\"http://dns.example/\"}",
        "{\"step\":\"consent\",\"name\":\"a.example.com\",\"url\":\"file:///c:/x.exe\"}",
        "{\"step\":\"consent\",\"name\":\"a.example.com\",\"url\":7}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        read_line(lines[i]);
        assert_int_equal(line.step, SETUP_FAILED);
        assert_string_equal(line.url, "");
        assert_string_equal(line.words, "The page of the provider cannot be opened.");
    }
}

static void test_what_came_of_it(void **state)
{
    (void)state;
    read_line("{\"step\":\"granted\",\"name\":\"a.example.com\"}");
    assert_int_equal(line.step, SETUP_GRANTED);
    assert_string_equal(line.words, "The permission for a.example.com is stored.");
    read_line("{\"step\":\"update\",\"name\":\"a.example.com\",\"done\":true,\"ipv4\":"
              "\"203.0.113.7\"}");
    assert_int_equal(line.step, SETUP_UPDATED);
    assert_string_equal(line.words, "a.example.com is now 203.0.113.7 in DNS.");
    read_line("{\"step\":\"update\",\"name\":\"a.example.com\",\"done\":true,\"ipv4\":"
              "\"203.0.113.7\",\"ipv6\":\"2001:db8::1\"}");
    assert_string_equal(line.words, "a.example.com is now 203.0.113.7 and 2001:db8::1 in DNS.");
    read_line("{\"step\":\"update\",\"name\":\"a.example.com\",\"done\":true}");
    assert_string_equal(line.words, "a.example.com is up to date.");
    read_line("{\"step\":\"update\",\"name\":\"a.example.com\",\"done\":false,\"ipv4\":"
              "\"203.0.113.7\",\"error\":\"no route\"}");
    assert_int_equal(line.step, SETUP_NOT_UPDATED);
    assert_string_equal(line.words, "a.example.com could not be updated yet: no route");
    read_line("{\"step\":\"update\",\"name\":\"a.de\",\"done\":false,\"error\":\"refused; run: "
              "dcddns setup a.de\"}");
    assert_string_equal(line.words, "a.de could not be updated yet: refused; get a new code");
    read_line("{\"step\":\"update\",\"name\":\"a.example.com\",\"done\":false}");
    assert_non_null(strstr(line.words, "the address of this network is not known"));
}

static void test_the_rest(void **state)
{
    (void)state;
    read_line("{\"step\":\"daemon\",\"told\":true}");
    assert_int_equal(line.step, SETUP_TOLD);
    assert_string_equal(line.words, "It is kept up to date from now on.");
    read_line("{\"step\":\"daemon\",\"told\":false}");
    assert_int_equal(line.step, SETUP_NOTHING);
    read_line("{\"step\":\"note\",\"text\":\"Until now.\"}");
    assert_int_equal(line.step, SETUP_NOTE);
    assert_string_equal(line.words, "Until now.");
    read_line("{\"step\":\"error\",\"error\":\"nobody answers\",\"error_class\":\"temporary\"}");
    assert_int_equal(line.step, SETUP_FAILED);
    assert_string_equal(line.words, "nobody answers");
    read_line("{\"step\":\"error\",\"error\":\"too old: run setup again and use the new code\"}");
    assert_string_equal(line.words, "too old: get a new code");
    read_line("{\"step\":\"error\"}");
    assert_non_null(strstr(line.words, "no reason was given"));
}

static void test_what_is_no_line(void **state)
{
    static const char *const lines[] = {
        "", "{}", "[]", "null", "nonsense", "{\"step\":5}", "{\"step\":\"of a later version\"}"
    };
    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        read_line(lines[i]);
        assert_int_equal(line.step, SETUP_NOTHING);
        assert_string_equal(line.words, "");
    }
}

static void test_texts(void **state)
{
    (void)state;
    for (int i = 0; i < SETUP_SAYINGS; i++) {
        assert_non_null(setup_words_text((enum setup_text)i));
        assert_true(*setup_words_text((enum setup_text)i) != '\0');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),           cmocka_unit_test(test_names_have_limits),
        cmocka_unit_test(test_consent),         cmocka_unit_test(test_consent_without_a_page),
        cmocka_unit_test(test_what_came_of_it), cmocka_unit_test(test_the_rest),
        cmocka_unit_test(test_what_is_no_line), cmocka_unit_test(test_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
