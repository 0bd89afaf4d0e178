/* URLs as text: encoding, queries, and which forms a provider may announce. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/url.h"
#include "unit/failing_memory.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static int reset(void **state)
{
    (void)state;
    failing_memory_off();
    return 0;
}

static void escapes_all_but_unreserved(void **state)
{
    static const char unreserved[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    (void)state;
    for (int byte = 1; byte < 256; byte++) {
        struct buf b = BUF_MAX(10);
        const char text[2] = { (char)byte, '\0' };
        char want[4] = { (char)byte, '\0' };
        static const char hex[] = "0123456789ABCDEF";
        if (!strchr(unreserved, byte))
            memcpy(want, (const char[]){ '%', hex[byte >> 4], hex[byte & 15], '\0' }, 4);
        url_add_escaped(&b, text);
        assert_string_equal(buf_text(&b), want);
        buf_free(&b);
    }
}

static void builds_queries(void **state)
{
    struct buf b = BUF_MAX(200);
    (void)state;
    buf_puts(&b, "https://api.example/apply");
    url_add_query(&b, "domain", "example.com");
    url_add_query(&b, "host", "");
    url_add_query(&b, "IPv6", "2001:db8::1");
    url_add_query(&b, "a b", "c&d=e?#%");
    assert_string_equal(buf_text(&b), "https://api.example/apply?domain=example.com&host="
                                      "&IPv6=2001%3Adb8%3A%3A1&a%20b=c%26d%3De%3F%23%25");
    buf_free(&b);
    buf_puts(&b, "https://api.example/apply?x=1");
    url_add_query(&b, "y", "2");
    assert_string_equal(buf_text(&b), "https://api.example/apply?x=1&y=2");
    buf_free(&b);
    struct buf small = BUF_MAX(5);
    url_add_query(&small, "name", "value");
    assert_false(buf_ok(&small));
    buf_free(&small);
}

static void reads_queries(void **state)
{
    static const struct {
        const char *url, *name, *want; /* NULL: absent */
    } rows[] = {
        { "https://x/?code=abc", "code", "abc" },
        { "https://x/?state=s&code=abc", "code", "abc" },
        { "https://x/?code=abc&state=s", "code", "abc" },
        { "https://x/?code=abc#top", "code", "abc" },
        { "https://x/#code=abc", "code", "abc" },
        { "https://x/?a=1#code=abc&state=s", "state", "s" },
        { "?code=abc", "code", "abc" },
        { "https://x/?code=", "code", "" },
        { "https://x/?code=&state=s", "code", "" },
        { "https://x/?code=a%2Fb%3D", "code", "a/b=" },
        { "https://x/?code=a%2fb", "code", "a/b" },
        { "https://x/?code=a+b%20c%2B", "code", "a b c+" },
        { "https://x/?code=a=b", "code", "a=b" },
        { "https://x/?code=one&code=two", "code", "one" },
        { "https://x/?xcode=1&code=2", "code", "2" },
        { "https://x/?codes=1", "code", NULL },
        { "https://x/?code", "code", NULL },
        { "https://x/?code&state=s", "state", "s" },
        { "https://x/?CODE=1", "code", NULL },
        { "https://x/code=abc", "code", NULL },
        { "https://x/", "code", NULL },
        { "", "code", NULL },
        { "https://x/?", "code", NULL },
        { "https://x/?code=%", "code", NULL },
        { "https://x/?code=%4", "code", NULL },
        { "https://x/?code=%zz", "code", NULL },
        { "https://x/?code=%4z", "code", NULL },
        { "https://x/?code=%4&a=1", "code", NULL },
        { "https://x/?code=a%00b", "code", NULL },
        { "https://x/?code=a%0d%0ab", "code", "a\r\nb" },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *got = url_query_value(rows[i].url, rows[i].name);
        if (!got != !rows[i].want || (got && strcmp(got, rows[i].want) != 0))
            fail_msg("%s: %s", rows[i].url, got ? got : "nothing");
        mem_free(got);
    }
    failing_memory_at(0);
    assert_null(url_query_value("?code=abc", "code"));
}

static const struct {
    const char *text;
    bool ok; /* after "https://" too */
} authorities[] = {
    { "api.example.com", true },
    { "API.example.com", true },
    { "api.example.com:8443", true },
    { "api.example.com/dc", true },
    { "api.example.com:443/a/b", true },
    { "api.example.com/", true },
    { "127.0.0.1:4430", true },
    { "[2001:db8::1]:443/x", true },
    { "under_score.example", true },
    { "", false },
    { "/", false },
    { "/path", false },
    { "//host", false },
    { ":443", false },
    { "host:", false },
    { "host:/x", false },
    { "host:0", false },
    { "host:65536", false },
    { "host:99999999999", false },
    { "host:4a", false },
    { "host:-1", false },
    { "https://host", false },
    { "user@host", false },
    { "user:pw@host", false },
    { "host/a@b", false },
    { "host?x=1", false },
    { "host/p?x=1", false },
    { "host#f", false },
    { "host/p#f", false },
    { "ho st", false },
    { "host ", false },
    { " host", false },
    { "host\n", false },
    { "host/\r\nX: y", false },
    { "host\x7f", false },
    { "h\xc3\xb6st", false },
    { "host\\x", false },
    { "ho\"st", false },
    { "[::1", false },
    { "[]", false },
    { "[fe80::1%eth0]", false },
    { "[::1]x", false },
    { "-host", false },
    { ".host", false },
    { "host,other", false },
};

static void judges_what_is_announced(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(authorities); i++) {
        struct buf url = BUF_MAX(400);
        if (url_is_bare_authority(authorities[i].text) != authorities[i].ok)
            fail_msg("\"%s\"", authorities[i].text);
        buf_printf(&url, "https://%s", authorities[i].text);
        if (url_is_https_base(buf_text(&url)) != authorities[i].ok)
            fail_msg("\"%s\"", buf_text(&url));
        buf_free(&url);
    }
}

static void only_https_is_a_base(void **state)
{
    static const char *const rows[] = {
        "http://api.example",
        "HTTPS://api.example",
        "ftp://api.example",
        "https:/api.example",
        "https:api.example",
        "//api.example",
        "api.example",
        "file:///etc/passwd",
        "javascript://x/%0aa",
        " https://api.example",
        "",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (i != 1 && url_is_https_base(rows[i]))
            fail_msg("\"%s\"", rows[i]);
    }
}

static void announced_text_has_a_limit(void **state)
{
    char text[300];
    (void)state;
    memset(text, 'a', sizeof(text));
    memcpy(text, "host/", 5);
    text[255] = '\0';
    assert_true(url_is_bare_authority(text));
    text[255] = 'a';
    text[256] = '\0';
    assert_false(url_is_bare_authority(text));
}

static void finds_the_host(void **state)
{
    static const struct {
        const char *url, *want; /* NULL: none */
    } rows[] = {
        { "https://api.example.com", "api.example.com" },
        { "https://API.Example.COM/x", "api.example.com" },
        { "https://api.example.com:8443/x", "api.example.com" },
        { "https://api.example.com?x=://other/", "api.example.com" },
        { "https://api.example.com#x", "api.example.com" },
        { "https://user:pw@api.example.com/", "api.example.com" },
        { "https://[2001:DB8::1]:443/", "2001:db8::1" },
        { "https://[::1]", "::1" },
        { "http://127.0.0.1:80", "127.0.0.1" },
        { "https:///path", NULL },
        { "https://", NULL },
        { "https://:443/", NULL },
        { "https://@/", NULL },
        { "https://good@bad@evil/", NULL }, /* which one is meant depends on the reader */
        { "https://good\\@evil/", "evil" },
        { "https://good evil/", NULL },
        { "https://good%2eevil/", NULL },
        { "https://[::1", NULL },
        { "https://[::1]x/", NULL },
        { "api.example.com", NULL },
        { "", NULL },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char host[64] = "";
        bool got = url_host(rows[i].url, host, sizeof(host));
        if (got != (rows[i].want != NULL) || (got && strcmp(host, rows[i].want) != 0))
            fail_msg("%s: %s", rows[i].url, got ? host : "nothing");
    }
    char host[12] = "";
    assert_true(url_host("https://example.com/", host, sizeof(host)));
    assert_false(url_host("https://xexample.com/", host, sizeof(host)));
    assert_false(url_host("https://example.com/", host, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes_all_but_unreserved),
        cmocka_unit_test(builds_queries),
        cmocka_unit_test_teardown(reads_queries, reset),
        cmocka_unit_test(judges_what_is_announced),
        cmocka_unit_test(only_https_is_a_base),
        cmocka_unit_test(announced_text_has_a_limit),
        cmocka_unit_test(finds_the_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
