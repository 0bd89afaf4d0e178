/* Applying the template: the URL, and what each answer of a provider means. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "base/addr.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/url.h"
#include "connect/apply.h"
#include "connect/protocol.h"
#include "unit/answers.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define API         "https://api.example/dc"
#define BASE        API "/v2/domainTemplates/providers/domainconnect.org/services/"

static const struct apply_target home = { API, CONNECT_SERVICE_V2, "example.com", "home" };
static const struct apply_target apex = { API, CONNECT_SERVICE_V2, "example.com", "" };
static const struct apply_target old = { API, CONNECT_SERVICE_V1, "example.com", "home" };

static void builds_urls(void **state)
{
    static const struct {
        const struct apply_target *target;
        const char *v4, *v6;
        bool force;
        const char *start, *values[5]; /* IPv4, IPv6, IP, groupId, force */
    } rows[] = {
        { &home,
          "192.0.2.1",
          "2001:db8::1",
          false,
          BASE "dynamicdns-v2/apply?",
          { "192.0.2.1", "2001:db8::1", NULL, "IPv4,IPv6", NULL } },
        { &home,
          "192.0.2.1",
          NULL,
          true,
          BASE "dynamicdns-v2/apply?",
          { "192.0.2.1", NULL, NULL, "IPv4", "1" } },
        { &home,
          NULL,
          "2001:db8::1",
          false,
          BASE "dynamicdns-v2/apply?",
          { NULL, "2001:db8::1", NULL, "IPv6", NULL } },
        { &home, NULL, NULL, false, BASE "dynamicdns-v2/apply?", { NULL, NULL, NULL, NULL, NULL } },
        { &apex,
          "192.0.2.1",
          NULL,
          false,
          BASE "dynamicdns-v2/apply?",
          { "192.0.2.1", NULL, NULL, "IPv4", NULL } },
        { &old,
          "192.0.2.1",
          "2001:db8::1",
          false,
          BASE "dynamicdns/apply?",
          { NULL, NULL, "192.0.2.1", NULL, NULL } },
        { &old,
          NULL,
          "2001:db8::1",
          true,
          BASE "dynamicdns/apply?",
          { NULL, NULL, NULL, NULL, "1" } }, /* never an empty address, never IPv6 in v1 */
    };
    static const char *const names[] = { "IPv4", "IPv6", "IP", "groupId", "force" };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf url = BUF_MAX(1000);
        struct dcddns_addr v4 = { 0 }, v6 = { 0 };
        addr_parse(rows[i].v4, &v4);
        addr_parse(rows[i].v6, &v6);
        apply_url(&url, rows[i].target, &v4, &v6, rows[i].force);
        assert_true(text_starts_with(buf_text(&url), rows[i].start));
        for (size_t j = 0; j < COUNT(names); j++) {
            char *value = url_query_value(buf_text(&url), names[j]);
            if (!value != !rows[i].values[j] || (value && strcmp(value, rows[i].values[j]) != 0))
                fail_msg("row %zu: %s in %s", i, names[j], buf_text(&url));
            mem_free(value);
        }
        char *domain = url_query_value(buf_text(&url), "domain");
        char *host = url_query_value(buf_text(&url), "host");
        assert_string_equal(domain, "example.com");
        assert_string_equal(host, rows[i].target->host);
        mem_free(domain);
        mem_free(host);
        buf_free(&url);
    }
}

static void builds_the_revert(void **state)
{
    struct buf url = BUF_MAX(1000);
    (void)state;
    revert_url(&url, &home);
    assert_string_equal(buf_text(&url), BASE "dynamicdns-v2/revert?domain=example.com&host=home");
    buf_free(&url);
}

static void judges_by_status(void **state)
{
    static const struct {
        int status;
        enum apply_verdict verdict;
        enum error_class class;
    } rows[] = {
        { 200, APPLY_DONE, ERR_NONE },    { 201, APPLY_DONE, ERR_NONE },
        { 202, APPLY_DONE, ERR_NONE },    { 204, APPLY_DONE, ERR_NONE },
        { 206, APPLY_DONE, ERR_NONE },    { 299, APPLY_DONE, ERR_NONE },
        { 100, APPLY_REFUSED, ERR_PERM }, { 199, APPLY_REFUSED, ERR_PERM },
        { 300, APPLY_REFUSED, ERR_PERM }, { 301, APPLY_REFUSED, ERR_PERM },
        { 302, APPLY_REFUSED, ERR_PERM }, { 304, APPLY_REFUSED, ERR_PERM },
        { 307, APPLY_REFUSED, ERR_PERM }, { 308, APPLY_REFUSED, ERR_PERM },
        { 400, APPLY_REFUSED, ERR_PERM }, { 401, APPLY_TOKEN, ERR_CONSENT },
        { 403, APPLY_REFUSED, ERR_PERM }, { 404, APPLY_REFUSED, ERR_PERM },
        { 405, APPLY_REFUSED, ERR_PERM }, { 409, APPLY_CONFLICT, ERR_CONFLICT },
        { 410, APPLY_REFUSED, ERR_PERM }, { 422, APPLY_REFUSED, ERR_PERM },
        { 429, APPLY_RETRY, ERR_TEMP },   { 500, APPLY_RETRY, ERR_TEMP },
        { 501, APPLY_REFUSED, ERR_PERM }, { 502, APPLY_RETRY, ERR_TEMP },
        { 503, APPLY_RETRY, ERR_TEMP },   { 504, APPLY_RETRY, ERR_TEMP },
        { 599, APPLY_RETRY, ERR_TEMP },
    };
    static const char *const bodies[] = { "", "{}", "<html>sorry</html>", "{\"code\":1}", "\xff" };
    (void)state;
    for (size_t i = 0; i < COUNT(rows) * COUNT(bodies); i++) {
        int status = rows[i / COUNT(bodies)].status;
        struct http_answer answer = answer_of(status, bodies[i % COUNT(bodies)]);
        struct apply_result result = { 0 };
        apply_judge(&answer, &home, &result);
        if (result.verdict != rows[i / COUNT(bodies)].verdict)
            fail_msg("%d: verdict %d", status, (int)result.verdict);
        assert_int_equal(result.error.class, rows[i / COUNT(bodies)].class);
        assert_int_equal(result.wait_s, -1);
        if (result.error.class != ERR_NONE) {
            char number[16] = "";
            snprintf(number, sizeof(number), "%d", status);
            assert_non_null(strstr(result.error.text, number));
            assert_non_null(strstr(result.error.text, API));
        }
    }
}

static void keeps_retry_after(void **state)
{
    static const int statuses[] = { 429, 503, 500 };
    (void)state;
    for (size_t i = 0; i < COUNT(statuses); i++) {
        struct http_answer answer = answer_of(statuses[i], "");
        struct apply_result result = { 0 };
        answer.retry_after_s = 120;
        apply_judge(&answer, &home, &result);
        assert_int_equal(result.verdict, APPLY_RETRY);
        assert_int_equal(result.wait_s, 120);
    }
}

static void no_answer_is_temporary(void **state)
{
    struct http_answer answer = answer_failed(ERR_TEMP, "connection refused");
    struct apply_result result = { 0 };
    (void)state;
    answer.retry_after_s = 77;
    apply_judge(&answer, &home, &result);
    assert_int_equal(result.verdict, APPLY_RETRY);
    assert_int_equal(result.error.class, ERR_TEMP);
    assert_string_equal(result.error.text, "connection refused");
    assert_int_equal(result.wait_s, -1);
}

static const struct {
    const struct apply_target *target;
    const char *body;
    enum apply_verdict want;
} conflicts[] = {
    /* nothing to go by */
    { &home, "", APPLY_CONFLICT },
    { &home, "<html>409</html>", APPLY_CONFLICT },
    { &home, "{\"code\":\"1\",\"message\":\"Conflicting records\"}", APPLY_CONFLICT },
    { &home, "{\"code\":1}", APPLY_CONFLICT },
    { &home, "{\"code\":1,\"records\":[]}", APPLY_CONFLICT },
    { &home, "{\"code\":1,\"records\":null}", APPLY_CONFLICT },
    { &home, "{\"code\":1,\"records\":\"A home\"}", APPLY_CONFLICT },
    { &home, "{\"code\":1,\"records\":[{}]}", APPLY_CONFLICT },
    { &home, "{\"code\":1,\"records\":[\"A\"]}", APPLY_CONFLICT },
    { &home, "{\"code\":1,\"records\":[{\"type\":\"A\"}]}", APPLY_CONFLICT },
    { &home, "{\"code\":1,\"records\":[{\"host\":\"home\"}]}", APPLY_CONFLICT },
    { &home, "{\"code\":1,\"records\":[{\"type\":1,\"host\":\"home\"}]}", APPLY_CONFLICT },
    /* only ours */
    { &home, "{\"code\":1,\"records\":[{\"type\":\"A\",\"host\":\"home\",\"data\":\"192.0.2.9\"}]}",
      APPLY_OVERRIDE },
    { &home, "{\"code\":\"1\",\"records\":[{\"type\":\"AAAA\",\"host\":\"home\"}]}",
      APPLY_OVERRIDE },
    { &home,
      "{\"records\":[{\"type\":\"A\",\"host\":\"home\"},{\"type\":\"AAAA\",\"host\":\"home\"}]}",
      APPLY_OVERRIDE },
    { &home, "{\"records\":[{\"type\":\"a\",\"host\":\"HOME\"}]}", APPLY_OVERRIDE },
    { &home, "{\"records\":[{\"type\":\"A\",\"host\":\"home.example.com\"}]}", APPLY_OVERRIDE },
    { &home, "{\"records\":[{\"type\":\"A\",\"host\":\"Home.Example.COM.\"}]}", APPLY_OVERRIDE },
    { &apex, "{\"records\":[{\"type\":\"A\",\"host\":\"@\"}]}", APPLY_OVERRIDE },
    { &apex, "{\"records\":[{\"type\":\"A\",\"host\":\"\"}]}", APPLY_OVERRIDE },
    { &apex, "{\"records\":[{\"type\":\"AAAA\",\"host\":\"example.com\"}]}", APPLY_OVERRIDE },
    { &apex, "{\"records\":[{\"type\":\"AAAA\",\"host\":\"EXAMPLE.com.\"}]}", APPLY_OVERRIDE },
    /* of others */
    { &home, "{\"records\":[{\"type\":\"CNAME\",\"host\":\"home\",\"data\":\"x.example\"}]}",
      APPLY_CONFLICT },
    { &home, "{\"records\":[{\"type\":\"MX\",\"host\":\"home\"}]}", APPLY_CONFLICT },
    { &home, "{\"records\":[{\"type\":\"\",\"host\":\"home\"}]}", APPLY_CONFLICT },
    { &home,
      "{\"records\":[{\"type\":\"A\",\"host\":\"home\"},{\"type\":\"CNAME\",\"host\":\"home\"}]}",
      APPLY_CONFLICT },
    { &home,
      "{\"records\":[{\"type\":\"CNAME\",\"host\":\"home\"},{\"type\":\"A\",\"host\":\"home\"}]}",
      APPLY_CONFLICT },
    { &home, "{\"records\":[{\"type\":\"A\",\"host\":\"www\"}]}", APPLY_CONFLICT },
    { &home, "{\"records\":[{\"type\":\"A\",\"host\":\"@\"}]}", APPLY_CONFLICT },
    { &home, "{\"records\":[{\"type\":\"A\",\"host\":\"\"}]}", APPLY_CONFLICT },
    { &home, "{\"records\":[{\"type\":\"A\",\"host\":\"example.com\"}]}", APPLY_CONFLICT },
    { &home, "{\"records\":[{\"type\":\"A\",\"host\":\"home.example.org\"}]}", APPLY_CONFLICT },
    { &home, "{\"records\":[{\"type\":\"A\",\"host\":\"home.home.example.com\"}]}",
      APPLY_CONFLICT },
    { &home, "{\"records\":[{\"type\":\"A\",\"host\":\"home\"},{\"type\":\"A\",\"host\":\"www\"}]}",
      APPLY_CONFLICT },
    { &home, "{\"records\":[{\"type\":\"A\",\"host\":\"*\"}]}", APPLY_CONFLICT },
    { &apex, "{\"records\":[{\"type\":\"A\",\"host\":\"www\"}]}", APPLY_CONFLICT },
    { &apex, "{\"records\":[{\"type\":\"A\",\"host\":\"www.example.com\"}]}", APPLY_CONFLICT },
    { &apex, "{\"records\":[{\"type\":\"NS\",\"host\":\"@\"}]}", APPLY_CONFLICT },
};

static void judges_conflicts(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(conflicts); i++) {
        struct http_answer answer = answer_of(409, conflicts[i].body);
        struct apply_result result = { 0 };
        apply_judge(&answer, conflicts[i].target, &result);
        if (result.verdict != conflicts[i].want)
            fail_msg("%s", conflicts[i].body);
        assert_int_equal(result.error.class, ERR_CONFLICT);
    }
}

static void lists_the_records_in_the_way(void **state)
{
    static const char body[] = "{\"code\":\"1\",\"records\":[{\"type\":\"CNAME\",\"host\":\"home\","
                               "\"data\":\"old.example\"},"
                               "{\"type\":\"TXT\",\"host\":\"ho\\nme\",\"data\":\"\\u001b[2J\"}]}";
    struct http_answer answer = answer_of(409, body);
    struct apply_result result = { 0 };
    (void)state;
    apply_judge(&answer, &home, &result);
    assert_non_null(strstr(result.error.text, "CNAME home old.example"));
    assert_non_null(strstr(result.error.text, "TXT ho\\x0ame"));
    assert_null(strpbrk(result.error.text, "\n\x1b"));
}

static void lists_records_of_any_length(void **state)
{
    static char body[20000];
    struct apply_result result = { 0 };
    char data[600] = "";
    (void)state;
    memset(data, 'x', sizeof(data) - 1);
    snprintf(body, sizeof(body),
             "{\"records\":[{\"type\":\"TXT\",\"host\":\"home\",\"data\":\"%s\"}]}", data);
    struct http_answer answer = answer_of(409, body);
    apply_judge(&answer, &home, &result);
    assert_non_null(strstr(result.error.text, "TXT home xxx"));

    size_t used = (size_t)snprintf(body, sizeof(body), "{\"records\":[");
    for (int i = 0; i < 200; i++)
        used += (size_t)snprintf(body + used, sizeof(body) - used,
                                 "%s{\"type\":\"A\",\"host\":\"home\",\"data\":\"192.0.2.%d\"}",
                                 i ? "," : "", i);
    snprintf(body + used, sizeof(body) - used, "]}");
    answer = answer_of(409, body);
    apply_judge(&answer, &home, &result);
    assert_int_equal(result.verdict, APPLY_OVERRIDE);
    assert_non_null(strstr(result.error.text, "A home 192.0.2.0"));
    assert_true(strlen(result.error.text) < ERROR_TEXT_MAX);
}

static void quotes_the_provider_escaped(void **state)
{
    static const struct {
        const char *body, *words;
    } rows[] = {
        { "{\"message\":\"no such\\ntemplate\"}", ": no such\\x0atemplate" },
        { "{\"error_description\":\"nope\"}", ": nope" },
        { "plain <b>text</b>\r\n\x1b[2J", ": plain <b>text</b>\\x0d\\x0a\\x1b[2J" },
    };
    static const int statuses[] = { 400, 403, 404, 422, 501, 500, 429 };
    (void)state;
    for (size_t i = 0; i < COUNT(rows) * COUNT(statuses); i++) {
        struct http_answer answer =
            answer_of(statuses[i / COUNT(rows)], rows[i % COUNT(rows)].body);
        struct apply_result result = { 0 };
        apply_judge(&answer, &home, &result);
        assert_non_null(strstr(result.error.text, rows[i % COUNT(rows)].words));
        assert_null(strpbrk(result.error.text, "\r\n\x1b"));
    }
}

/* A provider that repeats our token: the caller redacts, and nothing of it is left. */
static void echoed_tokens_can_be_redacted(void **state)
{
    static const char token[] = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJob21lIn0.c2lnbmF0dXJlLXNlY3JldA";
    static const int statuses[] = { 302, 400, 401, 403, 404, 409, 422, 429, 500, 501 };
    char body[600] = "";
    (void)state;
    for (size_t i = 0; i < COUNT(statuses); i++) {
        for (size_t pad = 0; pad < 300; pad += 11) {
            struct apply_result result = { 0 };
            memset(body, '-', pad);
            snprintf(body + pad, sizeof(body) - pad, "Bearer %s is not valid", token);
            struct http_answer answer = answer_of(statuses[i], body);
            apply_judge(&answer, &home, &result);
            text_redact(result.error.text, token);
            assert_null(strstr(result.error.text, "eyJhbGciOiJF"));
            assert_null(strstr(result.error.text, "c2lnbmF0dXJl"));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(builds_urls),
        cmocka_unit_test(builds_the_revert),
        cmocka_unit_test(judges_by_status),
        cmocka_unit_test(keeps_retry_after),
        cmocka_unit_test(no_answer_is_temporary),
        cmocka_unit_test(judges_conflicts),
        cmocka_unit_test(lists_the_records_in_the_way),
        cmocka_unit_test(lists_records_of_any_length),
        cmocka_unit_test(quotes_the_provider_escaped),
        cmocka_unit_test(echoed_tokens_can_be_redacted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
