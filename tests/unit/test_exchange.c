/* The authorization code: which encodings are tried, and that a code is spent once. */
#include "update_rig.h"

#include "engine/exchange.h"

struct script {
    int status; /* 0: no answer */
    const char *body;
};
static const struct script *script;
static size_t script_at;

static void answer(const struct rig_request *r, struct http_answer *out)
{
    const struct script *s = &script[script_at++];
    assert_true(rig_is_token(r));
    if (s->status == 0)
        rig_silence(out);
    else
        rig_reply(out, s->status, s->body);
}

#define GOOD GRANTED("n1-access", "n1-refresh")

static const struct {
    const char *name;
    struct script script[4];
    int rc, requests;
    enum error_class class;
    enum fields_encoding encoding;
} rows[] = {
    { "json", { { 200, GOOD } }, 0, 1, ERR_NONE, FIELDS_JSON },
    { "created", { { 201, GOOD } }, 0, 1, ERR_NONE, FIELDS_JSON },
    { "form", { { 415, "" }, { 200, GOOD } }, 0, 2, ERR_NONE, FIELDS_FORM },
    { "query", { { 400, "" }, { 401, "" }, { 200, GOOD } }, 0, 3, ERR_NONE, FIELDS_QUERY },
    { "none will do", { { 400, "" }, { 400, "" }, { 400, "" } }, -1, 3, ERR_PERM, FIELDS_JSON },
    { "the code is wrong", { { 400, "{\"error\":\"invalid_grant\"}" } }, -1, 1, ERR_PERM, 0 },
    { "500 is not a matter of encoding", { { 500, "" } }, -1, 1, ERR_TEMP, 0 },
    { "404 neither", { { 404, "" } }, -1, 1, ERR_TEMP, 0 },
    { "no answer", { { 0, "" } }, -1, 1, ERR_TEMP, 0 },
    { "never again after a 2xx", { { 200, "{\"access" } }, -1, 1, ERR_TEMP, 0 },
    { "no refresh token", { { 200, "{\"access_token\":\"n1-access\"}" } }, -1, 1, ERR_PERM, 0 },
};

static struct grant fresh_grant(void)
{
    struct grant g = { .zone = "example.com", .host = "home", .api_url = text(API) };
    return g;
}

static void test_rows(void **state)
{
    (void)state;
    rig_http.handle = answer;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct grant g = fresh_grant();
        const struct dcddns_fields keep = { 0 };
        struct error err = { 0 };
        print_message("  %s\n", rows[i].name);
        rig_forget();
        script = rows[i].script;
        script_at = 0;
        assert_int_equal(exchange_code(net, auth, &keep, "the-code-123", &g, &err), rows[i].rc);
        assert_int_equal(rig_http.count, rows[i].requests);
        assert_int_equal(err.class, rows[i].class);
        assert_null(strstr(err.text, "the-code-123"));
        assert_null(strstr(err.text, "tried again")); /* setup tries once */
        if (rows[i].class == ERR_TEMP)
            assert_non_null(strstr(err.text, "; run setup again"));
        if (rows[i].rc == 0) {
            assert_string_equal(g.access_token, "n1-access");
            assert_string_equal(g.refresh_token, "n1-refresh");
            assert_int_equal(g.expires_in_s, 3600);
            assert_int_equal(g.encoding_exchange, rows[i].encoding);
            assert_int_equal(g.encoding_refresh, rows[i].encoding);
            assert_int_equal(g.obtained_boot_ms, rig_boot_ms());
            assert_int_equal(g.granted_wall_ms, rig_wall_ms());
            assert_int_equal(g.refreshed_wall_ms, rig_wall_ms());
            assert_string_equal(g.boot_id, os_boot_id());
        } else {
            assert_null(g.access_token);
            assert_null(g.refresh_token);
        }
        grant_clear(&g);
    }
}

static void test_request(void **state)
{
    static const struct script good = { 200, GOOD };
    struct grant g = fresh_grant();
    const struct dcddns_fields keep = { 0 };
    struct error err = { 0 };
    (void)state;
    rig_http.handle = answer;
    script = &good;
    script_at = 0;
    g.access_token = text("old-access"); /* set up again: replaced, not leaked */
    g.refresh_token = text("old-refresh");
    assert_int_equal(exchange_code(net, auth, &keep, "the-code-123", &g, &err), 0);
    const struct rig_request *r = &rig_http.list[0];
    assert_string_equal(r->url, API "/v2/oauth/access_token");
    assert_non_null(strstr(r->post, "\"grant_type\":\"authorization_code\""));
    assert_non_null(strstr(r->post, "\"code\":\"the-code-123\""));
    assert_non_null(strstr(r->post, "\"redirect_uri\":\"https://dynamicdns.domainconnect.org/"));
    assert_non_null(strstr(r->post, "\"client_secret\":\"published\""));
    assert_string_equal(g.refresh_token, "n1-refresh");
    grant_clear(&g);
}

static void quote(const struct rig_request *r, struct http_answer *out)
{
    (void)r;
    rig_reply(out, 400, "{\"error\":\"invalid_grant\",\"error_description\":\"the-code-123?\"}");
}

static void test_before_and_after(void **state)
{
    struct grant g = fresh_grant();
    const struct dcddns_fields keep = { 0 };
    struct error err = { 0 };
    (void)state;
    assert_int_equal(exchange_code(net, auth, &keep, "two words", &g, &err), -1);
    assert_int_equal(err.class, ERR_USAGE);
    rig_auth_code = DCDDNS_E_CONFIG;
    assert_int_equal(exchange_code(net, auth, &keep, "the-code-123", &g, &err), -1);
    assert_int_equal(err.class, ERR_CONFIG);
    rig_auth_code = DCDDNS_OK;
    assert_int_equal(rig_http.count, 0);
    rig_http.handle = quote;
    assert_int_equal(exchange_code(net, auth, &keep, "the-code-123", &g, &err), -1);
    assert_null(strstr(err.text, "the-code-123"));
    grant_clear(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_UPDATER(test_rows),
        WITH_UPDATER(test_request),
        WITH_UPDATER(test_before_and_after),
    };
    return cmocka_run_group_tests_name("exchange", tests, NULL, NULL);
}
