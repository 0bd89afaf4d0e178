/* Small readers of text: numbers, durations, lists, names, escapes, tokens, redaction. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/text.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static void reads_integers(void **state)
{
    static const struct {
        const char *text;
        int64_t min, max;
        bool ok;
        int64_t value;
    } rows[] = {
        { "0", 0, 10, true, 0 },
        { "10", 0, 10, true, 10 },
        { "11", 0, 10, false, 0 },
        { "-1", 0, 10, false, 0 },
        { "-5", -5, 5, true, -5 },
        { "-6", -5, 5, false, 0 },
        { "007", 0, 10, true, 7 },
        { "9223372036854775807", INT64_MIN, INT64_MAX, true, INT64_MAX },
        { "9223372036854775808", INT64_MIN, INT64_MAX, false, 0 },
        { "-9223372036854775807", INT64_MIN, INT64_MAX, true, -INT64_MAX },
        { "-9223372036854775808", INT64_MIN, INT64_MAX, true, INT64_MIN },
        { "-9223372036854775809", INT64_MIN, INT64_MAX, false, 0 },
        { "99999999999999999999999999", INT64_MIN, INT64_MAX, false, 0 },
        { "", 0, 10, false, 0 },
        { "-", -10, 10, false, 0 },
        { "+1", 0, 10, false, 0 },
        { " 1", 0, 10, false, 0 },
        { "1 ", 0, 10, false, 0 },
        { "1.0", 0, 10, false, 0 },
        { "1e1", 0, 10, false, 0 },
        { "0x1", 0, 10, false, 0 },
        { "--1", -10, 10, false, 0 },
        { "\xd9\xa1", 0, 10, false, 0 }, /* ARABIC-INDIC DIGIT ONE */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t value = 77;
        if (text_int(rows[i].text, rows[i].min, rows[i].max, &value) != rows[i].ok)
            fail_msg("\"%s\"", rows[i].text);
        assert_int_equal(value, rows[i].ok ? rows[i].value : 77);
    }
}

static void reads_booleans(void **state)
{
    static const struct {
        const char *text;
        int want; /* -1: not a boolean */
    } rows[] = {
        { "yes", 1 }, { "on", 1 },    { "true", 1 },  { "1", 1 },     { "YES", 1 }, { "True", 1 },
        { "no", 0 },  { "off", 0 },   { "false", 0 }, { "0", 0 },     { "Off", 0 }, { "", -1 },
        { "y", -1 },  { "yess", -1 }, { "ye", -1 },   { " yes", -1 }, { "2", -1 },  { "01", -1 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        bool value = rows[i].want != 1;
        if (text_bool(rows[i].text, &value) != (rows[i].want >= 0))
            fail_msg("\"%s\"", rows[i].text);
        assert_int_equal(value, rows[i].want >= 0 ? rows[i].want == 1 : true);
    }
}

static void reads_durations(void **state)
{
    static const struct {
        const char *text;
        int64_t want; /* -1: not a duration */
    } rows[] = {
        { "0", 0 },
        { "300", 300 },
        { "300 s", 300 },
        { "300s", 300 },
        { "5 min", 300 },
        { "5min", 300 },
        { "1 h", 3600 },
        { "7 d", 604800 },
        { "1 H", 3600 },
        { "2\th", 7200 },
        { "3650 d", 315360000 },
        { "315360000", 315360000 },
        { "315360001", -1 },
        { "3651 d", -1 },
        { "87601 h", -1 },
        { "99999999999999", -1 },
        { "5 w", -1 },
        { "", -1 },
        { "h", -1 },
        { "-1", -1 },
        { "-1 h", -1 },
        { "1.5 h", -1 },
        { " 5", -1 },
        { "5 h 3", -1 },
        { "5 h ", -1 },
        { "1 h 5 min", -1 },
        { "9223372036854775807 d", -1 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t value = -1;
        bool ok = text_seconds(rows[i].text, &value);
        if (ok != (rows[i].want >= 0) || value != rows[i].want)
            fail_msg("\"%s\" -> %lld", rows[i].text, (long long)value);
    }
}

static void walks_lists(void **state)
{
    static const struct {
        const char *text;
        const char *want[4];
    } rows[] = {
        { "a", { "a" } },
        { " a , b,c ", { "a", "b", "c" } },
        { "home.example.com,\toffice.example.com", { "home.example.com", "office.example.com" } },
        { "a,,b,", { "a", "b" } },
        { "a b", { "a b" } },
        { "", { NULL } },
        { " ,  , ", { NULL } },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *cursor = rows[i].text;
        char entry[20] = "";
        size_t n = 0;
        while (text_list_next(&cursor, entry, sizeof(entry))) {
            assert_non_null(rows[i].want[n]);
            assert_string_equal(entry, rows[i].want[n]);
            n++;
        }
        if (rows[i].want[n])
            fail_msg("\"%s\": only %zu entries", rows[i].text, n);
        assert_int_equal(*cursor, '\0');
    }
}

static void stops_at_entries_that_do_not_fit(void **state)
{
    const char *cursor = "abc,abcd,x";
    char entry[4] = "";
    (void)state;
    assert_true(text_list_next(&cursor, entry, sizeof(entry)));
    assert_string_equal(entry, "abc");
    assert_false(text_list_next(&cursor, entry, sizeof(entry)));
}

#define A50 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A63 A50 "aaaaaaaaaaaaa"

static void reads_names(void **state)
{
    static const struct {
        const char *text, *want; /* NULL: not a name */
    } rows[] = {
        { "example.com", "example.com" },
        { "Home.EXAMPLE.com.", "home.example.com" },
        { "a.b", "a.b" },
        { "_acme.example.com", "_acme.example.com" },
        { "x_y.example.com", "x_y.example.com" },
        { "*.example.com", "*.example.com" },
        { "xn--bcher-kva.example", "xn--bcher-kva.example" },
        { "1.2.3.example", "1.2.3.example" },
        { "3com.com", "3com.com" },
        { A63 ".com", A63 ".com" },
        { A63 "." A63 "." A63 ".aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
          A63 "." A63 "." A63 ".aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
        { A63 "." A63 "." A63 ".aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
          NULL },
        { A63 "a.com", NULL },
        { "", NULL },
        { ".", NULL },
        { "com", NULL },
        { "com.", NULL },
        { "*", NULL },
        { "*.com", NULL },
        { "a.*.com", NULL },
        { "**.example.com", NULL },
        { "a*.example.com", NULL },
        { ".example.com", NULL },
        { "a..com", NULL },
        { "a.com..", NULL },
        { "-a.com", NULL },
        { "a-.com", NULL },
        { "a.-com", NULL },
        { "a b.com", NULL },
        { "a.com ", NULL },
        { "a/b.com", NULL },
        { "a\n.com", NULL },
        { "b\xc3\xbc"
          "cher.example",
          NULL },
        { "192.0.2.1", NULL },
        { "192.0.2.1.", NULL },
        { "a.123", NULL },
        { "2001:db8::1", NULL },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[FQDN_MAX];
        memset(out, 'z', sizeof(out));
        if (text_fqdn(rows[i].text, out) != (rows[i].want != NULL))
            fail_msg("\"%s\"", rows[i].text);
        if (rows[i].want)
            assert_string_equal(out, rows[i].want);
    }
}

static void escapes(void **state)
{
    static const struct {
        const char *data;
        size_t len;
        const char *want;
    } rows[] = {
        { "plain text", 10, "plain text" },
        { "", 0, "" },
        { "a\nb\r\tc", 6, "a\\x0ab\\x0d\\x09c" },
        { "\n<2>fake\x1b[2J", 12, "\\x0a<2>fake\\x1b[2J" },
        { "\x7f", 1, "\\x7f" },
        { "nul\0in", 6, "nul\\x00in" },
        { "b\xc3\xbc"
          "cher",
          7,
          "b\xc3\xbc"
          "cher" },
        { "\xf0\x9f\x98\x80", 4, "\xf0\x9f\x98\x80" },
        { "\xc3", 1, "\\xc3" }, /* cut in the middle */
        { "\xc3(", 2, "\\xc3(" },
        { "\xff\xfe", 2, "\\xff\\xfe" },
        { "\xc0\xaf", 2, "\\xc0\\xaf" }, /* overlong */
        { "\xe0\x80\xaf", 3, "\\xe0\\x80\\xaf" },
        { "\xf0\x80\x80\xaf", 4, "\\xf0\\x80\\x80\\xaf" },
        { "\xf4\x90\x80\x80", 4, "\\xf4\\x90\\x80\\x80" }, /* beyond U+10FFFF */
        { "\xed\xa0\x80", 3, "\\xed\\xa0\\x80" },          /* a surrogate */
        { "\xc2\x85", 2, "\\xc2\\x85" },                   /* NEL: a line ending */
        { "\xc2\x9b"
          "2J",
          4,
          "\\xc2\\x9b"
          "2J" },                                 /* CSI */
        { "\xe2\x80\xa8", 3, "\\xe2\\x80\\xa8" }, /* U+2028 */
        { "\xe2\x80\xa9", 3, "\\xe2\\x80\\xa9" }, /* U+2029 */
        { "\xe2\x80\xae", 3, "\\xe2\\x80\\xae" }, /* right-to-left override */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[TEXT_ESCAPED_MAX];
        memset(out, 'z', sizeof(out));
        assert_ptr_equal(text_escape(rows[i].data, rows[i].len, out), out);
        assert_string_equal(out, rows[i].want);
    }
}

static void cuts_what_is_too_long(void **state)
{
    char data[600];
    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        memset(data, byte, sizeof(data));
        for (size_t len = 0; len < sizeof(data); len += 7) {
            char out[TEXT_ESCAPED_MAX + 1];
            out[TEXT_ESCAPED_MAX] = 'Z';
            text_escape(data, len, out);
            assert_int_equal(out[TEXT_ESCAPED_MAX], 'Z');
            size_t got = strlen(out);
            assert_true(got < TEXT_ESCAPED_MAX);
            if (len >= TEXT_ESCAPED_MAX)
                assert_string_equal(out + got - 3, "...");
            for (size_t i = 0; i < got; i++)
                assert_true((unsigned char)out[i] >= 0x20 && out[i] != 0x7f);
        }
    }
}

static void finds_the_closest_word(void **state)
{
    static const char *const keys[] = { "interval", "ipv6", "notify", "provider", "on" };
    static const struct {
        const char *word, *want;
    } rows[] = {
        { "interval", "interval" },
        { "intervall", "interval" },
        { "intrval", "interval" },
        { "INTERVAL", "interval" },
        { "itnerval", "interval" },
        { "provder", "provider" },
        { "providr", "provider" },
        { "ipv4", "ipv6" },
        { "notfy", "notify" },
        { "xyz", NULL },
        { "inter", NULL },
        { "", NULL },
        { "zz", NULL },
        { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
          NULL },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *got = text_closest(rows[i].word, keys, COUNT(keys));
        if (!rows[i].want != !got || (got && strcmp(got, rows[i].want) != 0))
            fail_msg("\"%s\" -> %s", rows[i].word, got ? got : "nothing");
    }
    assert_null(text_closest("interval", keys, 0));
}

static void compares_secrets(void **state)
{
    (void)state;
    assert_true(text_equal_secret("", ""));
    assert_true(text_equal_secret("abc", "abc"));
    assert_false(text_equal_secret("abc", "abd"));
    assert_false(text_equal_secret("abc", "ab"));
    assert_false(text_equal_secret("", "a"));
    assert_false(text_equal_secret("abc", "Abc"));
    assert_false(text_equal_secret("\x80", "\x01"));
}

static void knows_tokens(void **state)
{
    static const struct {
        const char *text;
        bool want;
    } rows[] = {
        { "abc", true },    { "!~", true },         { "a.b-c_d/e+f=", true }, { "12345678", true },
        { "", false },      { "123456789", false }, { "a b", false },         { "a\r", false },
        { "a\n", false },   { "\ta", false },       { "a\x7f", false },       { "\xc3\xa4", false },
        { "a\x80", false }, { "\x1f", false },      { "\xff", false },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t max = i == 2 ? 12 : 8;
        if (text_is_token(rows[i].text, max) != rows[i].want)
            fail_msg("row %zu", i);
    }
    assert_false(text_is_token("a", 0));
}

static void knows_prefixes(void **state)
{
    (void)state;
    assert_true(text_starts_with("https://x", "https://"));
    assert_true(text_starts_with("x", ""));
    assert_true(text_starts_with("x", "x"));
    assert_false(text_starts_with("http", "https://"));
    assert_false(text_starts_with("", "x"));
    assert_false(text_starts_with("HTTPS://", "https://"));
}

static void redacts(void **state)
{
    static const struct {
        const char *text, *secret, *want;
    } rows[] = {
        { "no such thing", "s3cret-token", "no such thing" },
        { "s3cret-token", "s3cret-token", "***" },
        { "bad token s3cret-token here", "s3cret-token", "bad token *** here" },
        { "s3cret-tokens3cret-token", "s3cret-token", "******" },
        { "a s3cret-token, b s3cret-token", "s3cret-token", "a ***, b ***" },
        { "S3CRET-TOKEN", "s3cret-token", "S3CRET-TOKEN" },
        { "sixsix", "sixsix", "***" },
        { "xsixsixsix", "sixsix", "x***six" },
        { "aaaaaaa", "aaaaaa", "***a" },
        { "short", "short", "short" }, /* 5 bytes */
        { "anything", "", "anything" },
        { "anything", NULL, "anything" },
        { "", "s3cret-token", "" },
        { "s3s3cret-token", "s3cret-token", "s3***" },
        { "cut: 0123456789ab...", "0123456789abcdefghij", "cut: ***..." },
        { "cut: 0123456789ab", "0123456789abcdefghij", "cut: ***" },
        { "0123456789a", "0123456789abcdefghij", "0123456789a" }, /* 11 bytes say too little */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[64] = "";
        memcpy(text, rows[i].text, strlen(rows[i].text) + 1);
        text_redact(text, rows[i].secret);
        assert_string_equal(text, rows[i].want);
    }
}

static void redacts_what_was_escaped_and_cut(void **state)
{
    char remote[600] = "", out[TEXT_ESCAPED_MAX] = "", secret[201] = "";
    (void)state;
    for (size_t i = 0; i < sizeof(secret) - 1; i++)
        secret[i] = (char)('a' + i * i % 26);
    for (size_t at = 0; at < 260; at++) {
        memset(remote, '-', at);
        memcpy(remote + at, secret, sizeof(secret));
        text_escape(remote, strlen(remote), out);
        text_redact(out, secret);
        char twelve[13] = "";
        memcpy(twelve, secret, 12);
        assert_null(strstr(out, twelve));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_integers),
        cmocka_unit_test(reads_booleans),
        cmocka_unit_test(reads_durations),
        cmocka_unit_test(walks_lists),
        cmocka_unit_test(stops_at_entries_that_do_not_fit),
        cmocka_unit_test(reads_names),
        cmocka_unit_test(escapes),
        cmocka_unit_test(cuts_what_is_too_long),
        cmocka_unit_test(finds_the_closest_word),
        cmocka_unit_test(compares_secrets),
        cmocka_unit_test(knows_tokens),
        cmocka_unit_test(knows_prefixes),
        cmocka_unit_test(redacts),
        cmocka_unit_test(redacts_what_was_escaped_and_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
