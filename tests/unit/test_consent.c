/* Consent: the URL a person opens, and everything they may paste back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "base/addr.h"
#include "base/text.h"
#include "base/url.h"
#include "connect/consent.h"
#include "connect/protocol.h"
#include "platform/os.h"
#include "unit/failing_memory.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define STATE       "Kf3-8xQ_ours"
#define CODE        "SplxlOBeZQQYbYS6WxSbIA"
#define PAGE        CONNECT_REDIRECT_URI
#define ASYNC       "https://consent.example/dc"

static struct os_calls real;

static int reset(void **state)
{
    (void)state;
    os = real;
    failing_memory_off();
    return 0;
}

static int no_random(void *out, size_t len)
{
    (void)out;
    (void)len;
    return -EIO;
}

static int counting(void *out, size_t len)
{
    unsigned char *at = out;
    for (size_t i = 0; i < len; i++)
        at[i] = (unsigned char)(i * 8 + 3);
    return 0;
}

static void makes_a_state(void **state)
{
    static const char base64url[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    char one[CONSENT_STATE_MAX] = "", two[CONSENT_STATE_MAX] = "";
    struct error err = { 0 };
    (void)state;
    assert_int_equal(consent_new_state(one, &err), 0);
    assert_int_equal(consent_new_state(two, &err), 0);
    assert_int_equal(strlen(one), 43); /* 32 bytes, no padding */
    assert_int_equal(strspn(one, base64url), 43);
    assert_string_not_equal(one, two);
    os.random = counting;
    assert_int_equal(consent_new_state(one, &err), 0);
    assert_string_equal(one, "AwsTGyMrMztDS1NbY2tze4OLk5ujq7O7w8vT2-Pr8_s"); /* RFC 4648, 5 */
    os.random = no_random;
    assert_int_equal(consent_new_state(one, &err), -1);
    assert_int_equal(err.class, ERR_LOCAL);
    assert_non_null(strstr(err.text, os_strerror(-EIO)));
}

static void sends_the_parameters(void **state)
{
    static const struct {
        const char *service, *host, *v4, *v6;
        const char *values[3]; /* IPv4, IPv6, IP */
    } rows[] = {
        { CONNECT_SERVICE_V2,
          "home",
          "192.0.2.1",
          "2001:db8::1",
          { "192.0.2.1", "2001:db8::1", NULL } },
        { CONNECT_SERVICE_V2, "h1,h2,", NULL, NULL, { "0.0.0.0", "::", NULL } },
        { CONNECT_SERVICE_V2, "", "192.0.2.1", NULL, { "192.0.2.1", "::", NULL } },
        { CONNECT_SERVICE_V1, "home", "192.0.2.1", "2001:db8::1", { NULL, NULL, "192.0.2.1" } },
        { CONNECT_SERVICE_V1, "home", NULL, NULL, { NULL, NULL, "0.0.0.0" } },
    };
    static const char *const names[] = { "IPv4", "IPv6", "IP" };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct consent_target target = { ASYNC, rows[i].service, "example.com",
                                               rows[i].host };
        struct dcddns_fields f = { 0 };
        struct dcddns_addr v4 = { 0 }, v6 = { 0 };
        struct buf url = BUF_MAX(2000);
        struct error err = { 0 };
        addr_parse(rows[i].v4, &v4);
        addr_parse(rows[i].v6, &v6);
        assert_int_equal(consent_params(&f, &target, STATE, &v4, &v6, &err), 0);
        assert_string_equal(fields_get(&f, "client_id"), "domainconnect.org");
        assert_string_equal(fields_get(&f, "scope"), rows[i].service);
        assert_string_equal(fields_get(&f, "domain"), "example.com");
        assert_string_equal(fields_get(&f, "host"), rows[i].host);
        assert_string_equal(fields_get(&f, "redirect_uri"), CONNECT_REDIRECT_URI);
        assert_string_equal(fields_get(&f, "state"), STATE);
        for (size_t j = 0; j < COUNT(names); j++) {
            const char *value = fields_get(&f, names[j]);
            if (!value != !rows[i].values[j] || (value && strcmp(value, rows[i].values[j]) != 0))
                fail_msg("row %zu: %s", i, names[j]);
        }
        assert_int_equal(consent_url(&url, ASYNC, &f, &err), 0);
        assert_true(text_starts_with(buf_text(&url),
                                     ASYNC "/v2/domainTemplates/providers/domainconnect.org?"));
        char *back = url_query_value(buf_text(&url), "redirect_uri");
        assert_string_equal(back, CONNECT_REDIRECT_URI);
        mem_free(back);
        buf_free(&url);
        fields_free(&f);
    }
}

static void secrets_never_go_into_the_url(void **state)
{
    struct dcddns_fields f = { 0 };
    struct buf url = BUF_MAX(2000);
    struct error err = { 0 };
    (void)state;
    fields_set(&f, "domain", "example.com", 0);
    fields_set(&f, "client_secret", "inconceivable", DCDDNS_SECRET);
    assert_int_equal(consent_url(&url, ASYNC, &f, &err), -1);
    assert_int_equal(err.class, ERR_CONFIG);
    assert_null(strstr(buf_text(&url), "inconceivable"));
    assert_null(strstr(err.text, "inconceivable"));
    assert_non_null(strstr(err.text, "client_secret"));
    buf_free(&url);
    fields_free(&f);
}

static void long_urls_are_an_error(void **state)
{
    struct dcddns_fields f = { 0 };
    struct buf url = BUF_MAX(60);
    struct error err = { 0 };
    (void)state;
    fields_set(&f, "domain", "example.com", 0);
    assert_int_equal(consent_url(&url, ASYNC, &f, &err), -1);
    assert_int_equal(err.class, ERR_LOCAL);
    buf_free(&url);
    fields_free(&f);
}

static const struct {
    const char *pasted, *code; /* NULL: refused with CLASS */
    enum error_class class;
    const char *says;
} pastes[] = {
    { CODE, CODE, ERR_NONE, NULL },
    { "  " CODE "\r\n", CODE, ERR_NONE, NULL },
    { "\t" CODE "\t", CODE, ERR_NONE, NULL },
    { "4/0AbUR2VM-_.~+/=", "4/0AbUR2VM-_.~+/=", ERR_NONE, NULL },
    { "x", "x", ERR_NONE, NULL },
    { PAGE "?code=" CODE "&state=" STATE, CODE, ERR_NONE, NULL },
    { PAGE "?state=" STATE "&code=" CODE, CODE, ERR_NONE, NULL },
    { " " PAGE "?code=" CODE "&state=" STATE " \n", CODE, ERR_NONE, NULL },
    { PAGE "?code=" CODE, CODE, ERR_NONE, NULL }, /* no state in it */
    { PAGE "?code=" CODE "&domain=example.com", CODE, ERR_NONE, NULL },
    { PAGE "?code=a%2Fb%3D%3D&state=" STATE, "a/b==", ERR_NONE, NULL },
    { PAGE "#code=" CODE "&state=" STATE, CODE, ERR_NONE, NULL },
    { "?code=" CODE "&state=" STATE, CODE, ERR_NONE, NULL },
    { "code=" CODE "&state=" STATE, CODE, ERR_NONE, NULL },
    { "state=" STATE "&code=" CODE, CODE, ERR_NONE, NULL },
    { "code=" CODE, CODE, ERR_NONE, NULL },
    { "dynamicdns.domainconnect.org/ddnscode?code=" CODE "&state=" STATE, CODE, ERR_NONE, NULL },
    { "http://elsewhere.example/?code=" CODE "&state=" STATE, CODE, ERR_NONE, NULL },
    /* another run of setup */
    { PAGE "?code=" CODE "&state=foreign", NULL, ERR_USAGE, "state" },
    { PAGE "?code=" CODE "&state=", NULL, ERR_USAGE, "state" },
    { PAGE "?code=" CODE "&state=" STATE "x", NULL, ERR_USAGE, "state" },
    { PAGE "?code=" CODE "&state=%zz", NULL, ERR_USAGE, "state" },
    { PAGE "?state=%00&code=" CODE, NULL, ERR_USAGE, "state" },
    { "?code=" CODE "&state=foreign", NULL, ERR_USAGE, "state" },
    { "code=" CODE "&state=foreign", NULL, ERR_USAGE, "state" },
    { PAGE "?error=access_denied&state=foreign", NULL, ERR_USAGE, "state" },
    /* declined or refused */
    { PAGE "?error=access_denied&error_description=user_cancel&state=" STATE, NULL, ERR_PERM,
      "declined" },
    { PAGE "?error=access_denied&state=" STATE, NULL, ERR_PERM, "declined" },
    { PAGE "?error=invalid_request&error_description=user_cancel", NULL, ERR_PERM, "declined" },
    { PAGE "?error=temporarily_unavailable&state=" STATE, NULL, ERR_TEMP, "temporarily" },
    { PAGE "?error=temporarily_unavailiable&state=" STATE, NULL, ERR_TEMP, "temporarily" },
    { PAGE "?error=server_error", NULL, ERR_TEMP, "internal error" },
    { PAGE "?error=invalid_scope", NULL, ERR_PERM, "template" },
    { PAGE "?error=unauthorized_client", NULL, ERR_PERM, "client" },
    { PAGE "?error=unsupported_response_type", NULL, ERR_PERM, "asynchronous" },
    { PAGE "?error=no%0Asuch%1b[2J", NULL, ERR_PERM, "no\\x0asuch\\x1b[2J" },
    { PAGE "?error=", NULL, ERR_PERM, "refused" },
    { PAGE "?error=access_denied&code=" CODE, NULL, ERR_PERM, "declined" },
    { "error=access_denied&state=" STATE, NULL, ERR_PERM, "declined" },
    /* unreadable */
    { "", NULL, ERR_USAGE, NULL },
    { "   \r\n", NULL, ERR_USAGE, NULL },
    { CODE " " CODE, NULL, ERR_USAGE, "blanks" },
    { "code " CODE, NULL, ERR_USAGE, "blanks" },
    { CODE "\x01", NULL, ERR_USAGE, NULL },
    { CODE "\x1b[2J", NULL, ERR_USAGE, NULL },
    { CODE "\x7f", NULL, ERR_USAGE, NULL },
    { "\xe2\x80\x9c" CODE "\xe2\x80\x9d", NULL, ERR_USAGE, NULL }, /* typographic quotes */
    { PAGE, NULL, ERR_USAGE, "no code" },
    { PAGE "?state=" STATE, NULL, ERR_USAGE, "no code" },
    { PAGE "?code=&state=" STATE, NULL, ERR_USAGE, "no code" },
    { PAGE "?code=a%0d%0ab&state=" STATE, NULL, ERR_USAGE, "no code" },
    { PAGE "?code=a+b&state=" STATE, NULL, ERR_USAGE, "no code" },
    { PAGE "?code=%zz&state=" STATE, NULL, ERR_USAGE, "no code" },
    { PAGE "?code=%00" CODE, NULL, ERR_USAGE, "no code" },
    { ASYNC "/v2/domainTemplates/providers/domainconnect.org?state=" STATE, NULL, ERR_USAGE,
      "no code" },
};

static void reads_what_was_pasted(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(pastes); i++) {
        char code[CONSENT_CODE_MAX] = "left over";
        struct error err = { 0 };
        int rc = consent_read(pastes[i].pasted, STATE, code, &err);
        if (rc != (pastes[i].code ? 0 : -1) || err.class != pastes[i].class)
            fail_msg("\"%s\": %d %s %s", pastes[i].pasted, rc, error_class_name(err.class),
                     err.text);
        assert_string_equal(code, pastes[i].code ? pastes[i].code : "");
        if (pastes[i].says && !strstr(err.text, pastes[i].says))
            fail_msg("\"%s\": %s", pastes[i].pasted, err.text);
        assert_null(strstr(err.text, CODE));
        assert_null(strstr(err.text, STATE));
        assert_null(strpbrk(err.text, "\r\n\x1b"));
    }
}

static void long_pastes(void **state)
{
    static char pasted[100000];
    char code[CONSENT_CODE_MAX] = "";
    (void)state;
    for (size_t len = CONSENT_CODE_MAX - 3; len < CONSENT_CODE_MAX + 3; len++) {
        struct error err = { 0 };
        memset(pasted, 'c', len);
        pasted[len] = '\0';
        assert_int_equal(consent_read(pasted, STATE, code, &err), len < CONSENT_CODE_MAX ? 0 : -1);
        assert_int_equal(strlen(code), len < CONSENT_CODE_MAX ? len : 0);
        memcpy(pasted, "?code=", 6);
        assert_int_equal(consent_read(pasted, STATE, code, &err), 0);
        memset(pasted + len, 'c', 6);
        pasted[len + 6] = '\0';
        assert_int_equal(consent_read(pasted, STATE, code, &err), len < CONSENT_CODE_MAX ? 0 : -1);
        assert_null(strstr(err.text, "cccc"));
    }
    for (size_t len = 8000; len < sizeof(pasted); len += 1013) {
        struct error err = { 0 };
        memset(pasted, 'c', len);
        pasted[len] = '\0';
        assert_int_equal(consent_read(pasted, STATE, code, &err), -1);
        assert_int_equal(err.class, ERR_USAGE);
        assert_null(strstr(err.text, "cccc"));
        memcpy(pasted, "?state=x&code=", 14);
        assert_int_equal(consent_read(pasted, STATE, code, &err), -1);
        assert_int_equal(err.class, ERR_USAGE);
    }
}

/* A state that could not be looked at was not checked: never a success. */
static void a_state_is_checked_without_memory_too(void **state)
{
    (void)state;
    for (long n = 0; n < 8; n++) {
        char code[CONSENT_CODE_MAX] = "";
        struct error err = { 0 };
        failing_memory_at(n);
        assert_int_equal(consent_read(PAGE "?code=" CODE "&state=foreign", STATE, code, &err), -1);
        assert_string_equal(code, "");
    }
}

static void parameters_without_memory(void **state)
{
    const struct consent_target target = { ASYNC, CONNECT_SERVICE_V2, "example.com", "home" };
    const struct dcddns_addr none = { 0 };
    bool done = false;
    (void)state;
    for (long n = 0; n < 80 && !done; n++) {
        struct dcddns_fields f = { 0 };
        struct error err = { 0 };
        failing_memory_at(n);
        done = consent_params(&f, &target, STATE, &none, &none, &err) == 0;
        assert_int_equal(err.class, done ? ERR_NONE : ERR_LOCAL);
        fields_free(&f);
    }
    assert_true(done);
}

/* Only a no to the request itself: not to a person, nor for now. */
static void test_says_invalid(void **state)
{
    static const struct {
        const char *pasted;
        bool invalid;
    } pasted[] = {
        { "https://x.example/c?error=invalid_request&state=s", true },
        { "https://x.example/c?error=INVALID_SCOPE", true },
        { "?error=invalid_host", true },
        { "https://x.example/c?error=access_denied", false },
        { "https://x.example/c?error=temporarily_unavailable", false },
        { "https://x.example/c?error=server_error", false },
        { "https://x.example/c?code=invalid_request", false },
        { "invalid_request", false },
        { "", false },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(pasted) / sizeof(pasted[0]); i++)
        assert_int_equal(consent_says_invalid(pasted[i].pasted), pasted[i].invalid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_says_invalid),
        cmocka_unit_test_teardown(makes_a_state, reset),
        cmocka_unit_test(sends_the_parameters),
        cmocka_unit_test(secrets_never_go_into_the_url),
        cmocka_unit_test(long_urls_are_an_error),
        cmocka_unit_test(reads_what_was_pasted),
        cmocka_unit_test(long_pastes),
        cmocka_unit_test_teardown(a_state_is_checked_without_memory_too, reset),
        cmocka_unit_test_teardown(parameters_without_memory, reset),
    };
    real = os;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
