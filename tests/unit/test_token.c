/* Token requests in each encoding, and what each answer seen in the wild means. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "base/json.h"
#include "base/text.h"
#include "base/url.h"
#include "connect/protocol.h"
#include "connect/token.h"
#include "unit/answers.h"
#include "unit/failing_memory.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define API         "https://api.example/dc"
#define SECRET      "s3cret-access-token-value"
#define REFRESH     "s3cret-refresh-token-value"

static int reset(void **state)
{
    (void)state;
    failing_memory_off();
    json_use_allocator(malloc, free);
    return 0;
}

static void exchange_has_its_fields(void **state)
{
    struct dcddns_fields f = { 0 };
    struct error err = { 0 };
    (void)state;
    assert_int_equal(token_exchange_fields(&f, "the-code", &err), 0);
    assert_string_equal(fields_get(&f, "grant_type"), "authorization_code");
    assert_string_equal(fields_get(&f, "code"), "the-code");
    assert_string_equal(fields_get(&f, "redirect_uri"), CONNECT_REDIRECT_URI);
    assert_string_equal(fields_get(&f, "client_id"), CONNECT_PROVIDER_ID);
    assert_null(fields_get(&f, "refresh_token"));
    assert_null(fields_get(&f, "client_secret")); /* the auth module's part */
    for (size_t i = 0; i < f.count; i++)
        assert_int_equal(f.list[i].flags, strcmp(f.list[i].name, "code") == 0 ? DCDDNS_SECRET : 0);
    fields_free(&f);
}

static void refresh_has_its_fields(void **state)
{
    struct dcddns_fields f = { 0 };
    struct error err = { 0 };
    (void)state;
    assert_int_equal(token_refresh_fields(&f, REFRESH, &err), 0);
    assert_string_equal(fields_get(&f, "grant_type"), "refresh_token");
    assert_string_equal(fields_get(&f, "refresh_token"), REFRESH);
    assert_string_equal(fields_get(&f, "client_id"), CONNECT_PROVIDER_ID);
    assert_null(fields_get(&f, "code"));
    for (size_t i = 0; i < f.count; i++)
        assert_int_equal(f.list[i].flags,
                         strcmp(f.list[i].name, "refresh_token") == 0 ? DCDDNS_SECRET : 0);
    fields_free(&f);
}

static void unusable_codes_and_tokens_go_nowhere(void **state)
{
    static char huge[CONNECT_TOKEN_MAX + 2];
    memset(huge, 'x', CONNECT_TOKEN_MAX + 1);
    const char *const rows[] = { "",         "two words", "s3cr\r\nX: y", "s3cr\n", "s3cr\x7f",
                                 "\xc3\xa4", huge };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct dcddns_fields f = { 0 };
        struct error err = { 0 };
        assert_int_equal(token_exchange_fields(&f, rows[i], &err), -1);
        assert_int_equal(err.class, ERR_USAGE);
        assert_null(strstr(err.text, "s3cr"));
        assert_int_equal(token_refresh_fields(&f, rows[i], &err), -1);
        assert_int_equal(err.class, ERR_CONSENT);
        assert_null(strstr(err.text, "s3cr"));
        fields_free(&f);
    }
    struct dcddns_fields f = { 0 };
    struct error err = { 0 };
    assert_int_equal(token_refresh_fields(&f, NULL, &err), -1);
    huge[CONNECT_TOKEN_MAX] = '\0'; /* 8 KiB fit */
    assert_int_equal(token_exchange_fields(&f, huge, &err), 0);
    fields_free(&f);
}

static void encodes_each_way(void **state)
{
    struct dcddns_fields f = { 0 };
    struct error err = { 0 };
    (void)state;
    assert_int_equal(token_refresh_fields(&f, "to/sekret+=&", &err), 0);
    for (enum fields_encoding e = FIELDS_JSON; e < FIELDS_ENCODINGS; e++) {
        struct token_wire wire = { 0 };
        assert_int_equal(token_encode(&wire, API, &f, e, &err), 0);
        const char *url = buf_text(&wire.url), *body = buf_text(&wire.body);
        assert_true(text_starts_with(url, API "/v2/oauth/access_token"));
        assert_int_equal(strstr(url, "sekret") != NULL, e == FIELDS_QUERY);
        assert_string_equal(wire.content_type, e == FIELDS_JSON
                                                   ? "application/json"
                                                   : "application/x-www-form-urlencoded");
        if (e == FIELDS_JSON) {
            struct json *object = json_parse(body, wire.body.len);
            assert_string_equal(json_string(object, "refresh_token"), "to/sekret+=&");
            json_free(&object);
        } else {
            char *value = NULL;
            char query[512] = "?";
            strncat(query, body, sizeof(query) - 2);
            value = url_query_value(e == FIELDS_FORM ? query : url, "refresh_token");
            assert_string_equal(value, "to/sekret+=&");
            mem_free(value);
            if (e == FIELDS_QUERY)
                assert_string_equal(body, "");
        }
        token_wire_free(&wire);
        assert_string_equal(buf_text(&wire.url), "");
    }
    fields_free(&f);
}

static void refuses_requests_that_do_not_fit(void **state)
{
    static char value[FIELD_VALUE_MAX + 1];
    struct dcddns_fields f = { 0 };
    struct token_wire wire = { 0 };
    struct error err = { 0 };
    (void)state;
    memset(value, '%', FIELD_VALUE_MAX); /* three bytes each when encoded */
    fields_set(&f, "refresh_token", value, DCDDNS_SECRET);
    assert_int_equal(token_encode(&wire, API, &f, FIELDS_FORM, &err), -1);
    assert_int_equal(err.class, ERR_LOCAL);
    assert_null(strstr(err.text, "%%"));
    assert_null(wire.body.data);
    fields_free(&f);
}

static const struct row {
    int status;
    const char *body;
    enum token_verdict verdict;
    enum error_class class;
    const char *access, *refresh;
    int64_t expires; /* 0: not looked at */
} rows[] = {
#define A "\"access_token\":\"" SECRET "\""
#define R "\"refresh_token\":\"" REFRESH "\""
    { 200, "{" A "," R ",\"token_type\":\"bearer\",\"expires_in\":3600}", TOKEN_GRANTED, ERR_NONE,
      SECRET, REFRESH, 3600 },
    { 201, "{" A "," R "}", TOKEN_GRANTED, ERR_NONE, SECRET, REFRESH, 3600 },
    { 299, "{" A "}", TOKEN_GRANTED, ERR_NONE, SECRET, NULL, 3600 },
    /* expires_in */
    { 200, "{" A ",\"expires_in\":\"7200\"}", TOKEN_GRANTED, ERR_NONE, SECRET, NULL, 7200 },
    { 200, "{" A ",\"expires_in\":7200.0}", TOKEN_GRANTED, ERR_NONE, SECRET, NULL, 7200 },
    { 200, "{" A ",\"expires_in\":0}", TOKEN_GRANTED, ERR_NONE, SECRET, NULL, 60 },
    { 200, "{" A ",\"expires_in\":-5}", TOKEN_GRANTED, ERR_NONE, SECRET, NULL, 60 },
    { 200, "{" A ",\"expires_in\":\"59\"}", TOKEN_GRANTED, ERR_NONE, SECRET, NULL, 60 },
    { 200, "{" A ",\"expires_in\":61}", TOKEN_GRANTED, ERR_NONE, SECRET, NULL, 61 },
    { 200, "{" A ",\"expires_in\":31536000}", TOKEN_GRANTED, ERR_NONE, SECRET, NULL, 31536000 },
    { 200, "{" A ",\"expires_in\":99999999999}", TOKEN_GRANTED, ERR_NONE, SECRET, NULL, -1 },
    { 200, "{" A ",\"expires_in\":\"99999999999\"}", TOKEN_GRANTED, ERR_NONE, SECRET, NULL, -1 },
    { 200, "{" A ",\"expires_in\":null}", TOKEN_GRANTED, ERR_NONE, SECRET, NULL, 3600 },
    { 200, "{" A ",\"expires_in\":\"soon\"}", TOKEN_GRANTED, ERR_NONE, SECRET, NULL, 3600 },
    { 200, "{" A ",\"expires_in\":[1]}", TOKEN_GRANTED, ERR_NONE, SECRET, NULL, 3600 },
    /* token_type */
    { 200, "{" A ",\"token_type\":\"Bearer\"}", TOKEN_GRANTED, ERR_NONE, SECRET, NULL, 3600 },
    { 200, "{" A ",\"token_type\":\"BEARER\"}", TOKEN_GRANTED, ERR_NONE, SECRET, NULL, 3600 },
    { 200, "{" A "," R ",\"token_type\":\"mac\"}", TOKEN_RETRY, ERR_PERM, NULL, REFRESH, 0 },
    { 200, "{" A ",\"token_type\":\"bearerx\"}", TOKEN_RETRY, ERR_PERM, NULL, NULL, 0 },
    /* refresh_token missing, or nothing */
    { 200, "{" A ",\"refresh_token\":\"\"}", TOKEN_GRANTED, ERR_NONE, SECRET, NULL, 3600 },
    { 200, "{" A ",\"refresh_token\":null}", TOKEN_GRANTED, ERR_NONE, SECRET, NULL, 3600 },
    /* unknown members */
    { 200, "{\"scope\":\"x\"," A ",\"iat\":{\"a\":[1,2]},\"more\":null}", TOKEN_GRANTED, ERR_NONE,
      SECRET, NULL, 3600 },
    /* 2xx without a usable token: never a reason to send the secret another way */
    { 204, "", TOKEN_RETRY, ERR_TEMP, NULL, NULL, 0 },
    { 200, "", TOKEN_RETRY, ERR_TEMP, NULL, NULL, 0 },
    { 200, "{}", TOKEN_RETRY, ERR_TEMP, NULL, NULL, 0 },
    { 200, "[]", TOKEN_RETRY, ERR_TEMP, NULL, NULL, 0 },
    { 200, "\"" SECRET "\"", TOKEN_RETRY, ERR_TEMP, NULL, NULL, 0 },
    { 200, "<html>" SECRET "</html>", TOKEN_RETRY, ERR_TEMP, NULL, NULL, 0 },
    { 200, "access_token=" SECRET "&expires_in=3600", TOKEN_RETRY, ERR_TEMP, NULL, NULL, 0 },
    /* but a refresh token that came has replaced the old one all the same */
    { 200, "{" R "}", TOKEN_RETRY, ERR_TEMP, NULL, REFRESH, 0 },
    { 200, "{" A, TOKEN_RETRY, ERR_TEMP, NULL, NULL, 0 },
    { 200, "{\"access_token\":12345678}", TOKEN_RETRY, ERR_TEMP, NULL, NULL, 0 },
    { 200, "{\"access_token\":\"\"," R "}", TOKEN_RETRY, ERR_TEMP, NULL, REFRESH, 0 },
    { 200, "{\"access_token\":\"" SECRET " x\"}", TOKEN_RETRY, ERR_TEMP, NULL, NULL, 0 },
    { 200, "{\"access_token\":\"" SECRET "\\r\\nX: y\"}", TOKEN_RETRY, ERR_TEMP, NULL, NULL, 0 },
    { 200, "{\"access_token\":\"" SECRET "\\n\"}", TOKEN_RETRY, ERR_TEMP, NULL, NULL, 0 },
    { 200, "{\"access_token\":\"" SECRET "\\u007f\"}", TOKEN_RETRY, ERR_TEMP, NULL, NULL, 0 },
    { 200, "{\"access_token\":\"" SECRET "\\u00e4\"}", TOKEN_RETRY, ERR_TEMP, NULL, NULL, 0 },
    { 200, "{" A ",\"refresh_token\":\"" REFRESH " x\"}", TOKEN_RETRY, ERR_TEMP, NULL, NULL, 0 },
    { 200, "{" A ",\"refresh_token\":\"" REFRESH "\\r\\n\"}", TOKEN_RETRY, ERR_TEMP, NULL, NULL,
      0 },
    /* never a redirect, whatever it brings */
    { 301, "{" A "," R "}", TOKEN_RETRY, ERR_TEMP, NULL, NULL, 0 },
    { 302, "", TOKEN_RETRY, ERR_TEMP, NULL, NULL, 0 },
    { 307, "{" A "}", TOKEN_RETRY, ERR_TEMP, NULL, NULL, 0 },
    /* another encoding may do: IONOS says invalid_request of a dead token, too */
    { 400, "{\"error\":\"invalid_request\"}", TOKEN_ENCODING, ERR_CONSENT, NULL, NULL, 0 },
    { 400, "{\"error\":\"invalid_client\"}", TOKEN_ENCODING, ERR_CONSENT, NULL, NULL, 0 },
    { 400, "{\"error\":\"unsupported_grant_type\"}", TOKEN_ENCODING, ERR_CONSENT, NULL, NULL, 0 },
    { 400, "{\"error\":7}", TOKEN_ENCODING, ERR_CONSENT, NULL, NULL, 0 },
    { 400, "", TOKEN_ENCODING, ERR_CONSENT, NULL, NULL, 0 },
    { 400, "<html>Bad Request</html>", TOKEN_ENCODING, ERR_CONSENT, NULL, NULL, 0 },
    { 401, "", TOKEN_ENCODING, ERR_CONSENT, NULL, NULL, 0 },
    { 401, "{\"error\":\"invalid_client\"}", TOKEN_ENCODING, ERR_CONSENT, NULL, NULL, 0 },
    { 415, "", TOKEN_ENCODING, ERR_CONSENT, NULL, NULL, 0 },
    /* a clear word */
    { 400, "{\"error\":\"invalid_grant\"}", TOKEN_DENIED, ERR_CONSENT, NULL, NULL, 0 },
    { 401, "{\"error\":\"invalid_grant\"}", TOKEN_DENIED, ERR_CONSENT, NULL, NULL, 0 },
    { 400, "{\"error\":\"unauthorized_client\"}", TOKEN_DENIED, ERR_CONSENT, NULL, NULL, 0 },
    { 403, "{\"error\":\"access_denied\"}", TOKEN_DENIED, ERR_CONSENT, NULL, NULL, 0 },
    { 400, "{" A ",\"error\":\"invalid_grant\"}", TOKEN_DENIED, ERR_CONSENT, NULL, NULL, 0 },
    /* transient for ever: 5xx, and whatever does not speak OAuth (a gateway, a wrong route) */
    { 400, "{\"error\":\"temporarily_unavailable\"}", TOKEN_RETRY, ERR_TEMP, NULL, NULL, 0 },
    { 400, "{\"error\":\"temporarily_unavailiable\"}", TOKEN_RETRY, ERR_TEMP, NULL, NULL, 0 },
    { 403, "{\"error\":\"server_error\"}", TOKEN_RETRY, ERR_TEMP, NULL, NULL, 0 },
    { 403, "", TOKEN_RETRY, ERR_TEMP, NULL, NULL, 0 },
    { 404, "<html>", TOKEN_RETRY, ERR_TEMP, NULL, NULL, 0 },
    { 404, "{\"error\":\"invalid_grant\"}", TOKEN_DENIED, ERR_CONSENT, NULL, NULL, 0 },
    { 429, "", TOKEN_RETRY, ERR_TEMP, NULL, NULL, 0 },
    { 429, "{\"error\":\"access_denied\"}", TOKEN_RETRY, ERR_TEMP, NULL, NULL, 0 },
    { 500, "", TOKEN_RETRY, ERR_TEMP, NULL, NULL, 0 },
    { 500, "<html>oops</html>", TOKEN_RETRY, ERR_TEMP, NULL, NULL, 0 },
    { 500, "{\"error\":\"invalid_grant\"}", TOKEN_RETRY, ERR_TEMP, NULL, NULL, 0 },
    { 501, "", TOKEN_RETRY, ERR_TEMP, NULL, NULL, 0 },
    { 502, "", TOKEN_RETRY, ERR_TEMP, NULL, NULL, 0 },
    { 503, "{" A "}", TOKEN_RETRY, ERR_TEMP, NULL, NULL, 0 },
    { 504, "", TOKEN_RETRY, ERR_TEMP, NULL, NULL, 0 },
};

static void check(const struct row *row, const struct token_answer *answer)
{
    if (answer->verdict != row->verdict || answer->error.class != row->class)
        fail_msg("%d %s: verdict %d, %s", row->status, row->body, (int)answer->verdict,
                 answer->error.text);
    assert_int_equal(!answer->access_token, !row->access);
    assert_int_equal(!answer->refresh_token, !row->refresh);
    if (row->access)
        assert_string_equal(answer->access_token, row->access);
    if (row->refresh)
        assert_string_equal(answer->refresh_token, row->refresh);
    if (row->expires > 0)
        assert_int_equal(answer->expires_in_s, row->expires);
    if (row->expires < 0) /* clamped to one year */
        assert_in_range((unsigned long)answer->expires_in_s, 365 * 86400UL, 366 * 86400UL);
    assert_null(strstr(answer->error.text, "s3cret"));
    assert_int_equal(answer->error.text[0] == '\0', row->verdict == TOKEN_GRANTED);
}

static void judges_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct http_answer http = answer_of(rows[i].status, rows[i].body);
        struct token_answer answer = { 0 };
        token_judge(&http, API, &answer);
        check(&rows[i], &answer);
        assert_int_equal(answer.wait_s, -1);
        token_answer_free(&answer);
        assert_null(answer.access_token);
    }
}

static void long_tokens(void **state)
{
    static char body[CONNECT_BODY_MAX];
    static const char *const names[] = { "access_token", "refresh_token" };
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        size_t len = i < 2 ? CONNECT_TOKEN_MAX : 9 * 1024;
        struct token_answer answer = { 0 };
        size_t used =
            (size_t)snprintf(body, sizeof(body), "{%s\"%s\":\"", i % 2 ? A "," : "", names[i % 2]);
        memset(body + used, 'x', len);
        snprintf(body + used + len, sizeof(body) - used - len, "\"}");
        struct http_answer http = answer_of(200, body);
        token_judge(&http, API, &answer);
        assert_int_equal(answer.verdict, i < 2 ? TOKEN_GRANTED : TOKEN_RETRY);
        assert_null(strstr(answer.error.text, "xxx"));
        token_answer_free(&answer);
    }
}

static void keeps_retry_after(void **state)
{
    struct http_answer http = answer_of(429, "{\"error\":\"slow_down\"}");
    struct token_answer answer = { 0 };
    (void)state;
    http.retry_after_s = 3600;
    token_judge(&http, API, &answer);
    assert_int_equal(answer.verdict, TOKEN_RETRY);
    assert_int_equal(answer.wait_s, 3600);
    token_answer_free(&answer);
}

static void no_answer_is_transient(void **state)
{
    struct http_answer http = answer_failed(ERR_TEMP, "timed out");
    struct token_answer answer = { 0 };
    (void)state;
    http.retry_after_s = 5;
    token_judge(&http, API, &answer);
    assert_int_equal(answer.verdict, TOKEN_RETRY);
    assert_string_equal(answer.error.text, "timed out");
    assert_int_equal(answer.wait_s, -1);
    token_answer_free(&answer);
}

static void quotes_the_provider_escaped(void **state)
{
    static const char body[] =
        "{\"error\":\"invalid_\\ngrant\",\"error_description\":\"too\\u001b[2J old\"}";
    struct http_answer http = answer_of(400, body);
    struct token_answer answer = { 0 };
    (void)state;
    token_judge(&http, API, &answer);
    assert_non_null(strstr(answer.error.text, "invalid_\\x0agrant: too\\x1b[2J old"));
    assert_non_null(strstr(answer.error.text, API));
    assert_non_null(strstr(answer.error.text, "400"));
    token_answer_free(&answer);
}

static void echoed_tokens_can_be_redacted(void **state)
{
    static const char *const words[] = { "error", "error_description" };
    (void)state;
    for (size_t i = 0; i < 300; i++) {
        char body[600] = "";
        struct token_answer answer = { 0 };
        int pad = (int)(i / 2);
        snprintf(
            body, sizeof(body), "{\"%s\":\"%.*s%s\"}", words[i % 2], pad,
            "----------------------------------------------------------------------------------"
            "----------------------------------------------------------------------------------",
            REFRESH);
        struct http_answer http = answer_of(400, body);
        token_judge(&http, API, &answer);
        text_redact(answer.error.text, REFRESH);
        assert_null(strstr(answer.error.text, "s3cret-refre"));
        token_answer_free(&answer);
    }
}

static void survives_without_memory(void **state)
{
    static const char body[] = "{" A "," R ",\"expires_in\":\"7200\"}";
    bool granted = false;
    (void)state;
    for (long n = 0; n < 60 && !granted; n++) {
        struct http_answer http = answer_of(200, body);
        struct token_answer answer = { 0 };
        failing_memory_at(n);
        json_use_allocator(failing_memory_alloc, failing_memory_release);
        token_judge(&http, API, &answer);
        granted = answer.verdict == TOKEN_GRANTED;
        if (granted) { /* never half of an answer: a lost refresh token is a lost grant */
            assert_string_equal(answer.access_token, SECRET);
            assert_string_equal(answer.refresh_token, REFRESH);
        } else {
            assert_int_equal(answer.verdict, TOKEN_RETRY);
            assert_null(answer.access_token);
        }
        token_answer_free(&answer);
    }
    assert_true(granted);
}

static void requests_survive_without_memory(void **state)
{
    bool done = false;
    (void)state;
    for (long n = 0; n < 80 && !done; n++) {
        struct dcddns_fields f = { 0 };
        struct token_wire wire = { 0 };
        struct error err = { 0 };
        failing_memory_at(n);
        json_use_allocator(failing_memory_alloc, failing_memory_release);
        int rc = token_exchange_fields(&f, SECRET, &err);
        if (rc == 0)
            rc = token_encode(&wire, API, &f, FIELDS_JSON, &err);
        done = rc == 0;
        if (done)
            assert_non_null(strstr(buf_text(&wire.body), SECRET));
        else
            assert_int_equal(err.class, ERR_LOCAL);
        assert_null(strstr(err.text, "s3cret"));
        token_wire_free(&wire);
        fields_free(&f);
    }
    assert_true(done);
}

static void wipes_tokens(void **state)
{
    struct http_answer http = answer_of(200, "{" A "," R "}");
    struct token_answer answer = { 0 };
    struct dcddns_fields f = { 0 };
    struct token_wire wire = { 0 };
    struct error err = { 0 };
    (void)state;
    failing_memory_at(-1);
    failing_memory_secret = "s3cret";
    token_judge(&http, API, &answer);
    assert_int_equal(token_refresh_fields(&f, answer.refresh_token, &err), 0);
    token_answer_free(&answer);
    for (enum fields_encoding e = FIELDS_FORM; e < FIELDS_ENCODINGS; e++) {
        assert_int_equal(token_encode(&wire, API, &f, e, &err), 0);
        token_wire_free(&wire);
    }
    fields_free(&f);
    assert_false(failing_memory_dirty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exchange_has_its_fields),
        cmocka_unit_test(refresh_has_its_fields),
        cmocka_unit_test(unusable_codes_and_tokens_go_nowhere),
        cmocka_unit_test(encodes_each_way),
        cmocka_unit_test(refuses_requests_that_do_not_fit),
        cmocka_unit_test(judges_answers),
        cmocka_unit_test(long_tokens),
        cmocka_unit_test(keeps_retry_after),
        cmocka_unit_test(no_answer_is_transient),
        cmocka_unit_test(quotes_the_provider_escaped),
        cmocka_unit_test(echoed_tokens_can_be_redacted),
        cmocka_unit_test_teardown(survives_without_memory, reset),
        cmocka_unit_test_teardown(requests_survive_without_memory, reset),
        cmocka_unit_test_teardown(wipes_tokens, reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
