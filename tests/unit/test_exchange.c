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
    { "none will do", { { 400, "" }, { 400, "" }, { 400, "" } }, 2, 3, ERR_PERM, FIELDS_JSON },
    { "the request is wrong",
      { { 422, "{\"error\":\"invalid_request\"}" } },
      2,
      1,
      ERR_PERM,
      FIELDS_JSON },
    { "the code is wrong", { { 400, "{\"error\":\"invalid_grant\"}" } }, -1, 1, ERR_PERM, 0 },
    { "500 is not a matter of encoding", { { 500, "" } }, -1, 1, ERR_TEMP, 0 },
    { "404 neither", { { 404, "" } }, -1, 1, ERR_TEMP, 0 },
    { "no answer", { { 0, "" } }, -1, 1, ERR_TEMP, 0 },
    { "never again after a 2xx", { { 200, "{\"access" } }, -1, 1, ERR_TEMP, 0 },
    { "no refresh token", { { 200, "{\"access_token\":\"n1-access\"}" } }, -1, 1, ERR_PERM, 0 },
};

static struct grant fresh_grant(void)
{
    struct grant g = { .zone = "example.com", .hosts = text("home"), .api_url = text(API) };
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

/* -- PKCE ------------------------------------------------------------------------------------- */

static struct dcddns_fields verifier_field(const char *value)
{
    struct dcddns_fields keep = { 0 };
    assert_int_equal(fields_set(&keep, "code_verifier", value, DCDDNS_SECRET), DCDDNS_OK);
    return keep;
}

#define WORD(word, why) "{\"error\":\"" word "\",\"error_description\":\"" why "\"}"
#define ENCODING                                                                                   \
    {                                                                                              \
        400, ""                                                                                    \
    }

/* What a refusal is said to mean when a verifier was sent. */
static const struct {
    const char *name;
    struct script script[3];
    int requests;
    enum error_class class;
    const char *says;
} refusals[] = {
    { "wants a secret",
      { { 401, WORD("invalid_client", "") }, { 401, WORD("invalid_client", "") }, ENCODING },
      3,
      ERR_PERM,
      "Example wants the client secret even with PKCE: set client-secret = ... in [auth rig]" },
    { "wants a secret, in other words",
      { { 403, WORD("access_denied", "Client Secret is missing") } },
      1,
      ERR_PERM,
      "wants the client secret even with PKCE" },
    { "does not know PKCE",
      { { 400, WORD("invalid_request", "unknown CODE_VERIFIER") }, ENCODING, ENCODING },
      3,
      ERR_PERM,
      "Example does not take PKCE: set auth = published-secret in [core]" },
    { "the code is wrong",
      { { 400, WORD("invalid_grant", "code_verifier does not match") } },
      1,
      ERR_PERM,
      "does not accept this code" },
    { "nothing is said",
      { ENCODING, ENCODING, ENCODING },
      3,
      ERR_PERM,
      "does not accept this code" },
    { "out of order", { { 500, WORD("invalid_client", "") } }, 1, ERR_TEMP, "; run setup again" },
};

static void test_refusals(void **state)
{
    (void)state;
    rig_http.handle = answer;
    atomic_store(&rig_auth_pkce, true);
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        struct grant g = fresh_grant();
        struct dcddns_fields keep = verifier_field("verifier-0");
        struct error err = { 0 };
        print_message("  %s\n", refusals[i].name);
        rig_forget();
        script = refusals[i].script;
        script_at = 0;
        g.provider_name = text("Example");
        assert_int_not_equal(exchange_code(net, auth, &keep, "the-code-123", &g, &err), 0);
        assert_int_equal(rig_http.count, refusals[i].requests);
        assert_int_equal(err.class, refusals[i].class);
        if (!strstr(err.text, refusals[i].says))
            fail_msg("%s", err.text);
        fields_free(&keep);
        grant_clear(&g);
    }
}

/* The same words mean nothing of the kind where no verifier was sent. */
static void test_no_pkce_no_blame(void **state)
{
    static const struct script all[] = { { 401, WORD("invalid_client", "client secret") },
                                         { 400, WORD("invalid_request", "code_challenge") },
                                         { 401, WORD("invalid_client", "") } };
    struct grant g = fresh_grant();
    const struct dcddns_fields keep = { 0 };
    struct error err = { 0 };
    (void)state;
    rig_http.handle = answer;
    script = all;
    script_at = 0;
    assert_int_equal(exchange_code(net, auth, &keep, "the-code-123", &g, &err), -1);
    assert_non_null(strstr(err.text, "does not accept this code"));
    grant_clear(&g);
}

#define MISMATCH                                                                                   \
    {                                                                                              \
        400, WORD("invalid_grant", "code_verifier does not match")                                 \
    }
#define USED                                                                                       \
    {                                                                                              \
        400, WORD("invalid_grant", "used before")                                                  \
    }
#define PLAIN                                                                                      \
    {                                                                                              \
        400, WORD("invalid_grant", "")                                                             \
    }
#define YES                                                                                        \
    {                                                                                              \
        200, GOOD                                                                                  \
    }

static const struct {
    const char *name;
    struct script script[6];
    const char *verifiers; /* which verifier each request had: S strange, R right */
    enum exchange_proof proof;
    enum grant_pkce pkce;
    const char *says;
} proofs[] = {
    { "checked", { MISMATCH, YES }, "SR", EXCHANGE_DONE, GRANT_PKCE_PROVEN, "" },
    { "checked, form only",
      { ENCODING, MISMATCH, YES },
      "SSR",
      EXCHANGE_DONE,
      GRANT_PKCE_PROVEN,
      "" },
    { "ignored", { YES }, "S", EXCHANGE_DONE, GRANT_PKCE_IGNORED, "" },
    { "ignored, form only", { ENCODING, YES }, "SS", EXCHANGE_DONE, GRANT_PKCE_IGNORED, "" },
    { "spent", { MISMATCH, USED }, "SR", EXCHANGE_SPENT, GRANT_PKCE_PROVEN, "the code is spent" },
    { "spent, seen by the words",
      { PLAIN, USED },
      "SR",
      EXCHANGE_SPENT,
      GRANT_PKCE_PROVEN,
      "a new consent is needed" },
    { "the code was wrong, perhaps",
      { PLAIN, PLAIN },
      "SR",
      EXCHANGE_SPENT,
      GRANT_PKCE_UNPROVEN,
      "or the code was wrong" },
    { "a mismatch as invalid_request",
      { { 400, WORD("invalid_request", "code_verifier") }, ENCODING, YES },
      "SSR",
      EXCHANGE_DONE,
      GRANT_PKCE_PROVEN,
      "" },
    /* The try never goes into a URL, so it says nothing of a provider that reads only those. */
    { "URL only",
      { ENCODING, ENCODING, ENCODING, ENCODING, YES },
      "SSRRR",
      EXCHANGE_DONE,
      GRANT_PKCE_UNPROVEN,
      "" },
    { "wants a secret",
      { { 401, WORD("invalid_client", "") }, ENCODING, { 401, WORD("invalid_client", "") }, PLAIN },
      "SSRR",
      EXCHANGE_FAILED,
      GRANT_PKCE_NONE,
      "wants the client secret" },
    { "out of order", { { 503, "" } }, "S", EXCHANGE_FAILED, GRANT_PKCE_NONE, "; run setup again" },
    { "out of order later",
      { MISMATCH, { 503, "" } },
      "SR",
      EXCHANGE_FAILED,
      GRANT_PKCE_NONE,
      "; run setup again" },
};

static void check_requests(const char *verifiers)
{
    assert_int_equal(rig_http.count, strlen(verifiers));
    for (size_t i = 0; i < rig_http.count; i++) {
        const struct rig_request *r = &rig_http.list[i];
        const char *in = strstr(r->url, "code_verifier") ? r->url : r->post;
        assert_non_null(strstr(in, verifiers[i] == 'S' ? "strange-1" : "right-1"));
        if (verifiers[i] == 'S')
            assert_null(strstr(r->url, "the-code"));
    }
}

static void test_proofs(void **state)
{
    (void)state;
    rig_http.handle = answer;
    atomic_store(&rig_auth_pkce, true);
    for (size_t i = 0; i < sizeof(proofs) / sizeof(proofs[0]); i++) {
        struct grant g = fresh_grant();
        struct dcddns_fields right = verifier_field("right-1"),
                             strange = verifier_field("strange-1");
        struct error err = { 0 };
        print_message("  %s\n", proofs[i].name);
        rig_forget();
        script = proofs[i].script;
        script_at = 0;
        enum exchange_proof proof =
            exchange_prove(net, auth, &right, &strange, "the-code-123", &g, &err);
        assert_int_equal(proof, proofs[i].proof);
        assert_int_equal(g.pkce, proofs[i].pkce);
        check_requests(proofs[i].verifiers);
        assert_int_equal(g.refresh_token != NULL, proof == EXCHANGE_DONE);
        assert_int_equal(err.class == ERR_NONE, proof == EXCHANGE_DONE);
        if (!strstr(err.text, proofs[i].says))
            fail_msg("%s", err.text);
        assert_null(strstr(err.text, "the-code-123"));
        fields_free(&right);
        fields_free(&strange);
        grant_clear(&g);
    }
}

/* An ordinary exchange claims nothing. */
static void test_unproven(void **state)
{
    static const struct script good = { 200, GOOD };
    struct dcddns_fields keep = verifier_field("right-1");
    const struct dcddns_fields none = { 0 };
    struct grant g = fresh_grant();
    struct error err = { 0 };
    (void)state;
    rig_http.handle = answer;
    script = &good;
    script_at = 0;
    assert_int_equal(exchange_code(net, auth, &none, "the-code-123", &g, &err), 0);
    assert_int_equal(g.pkce, GRANT_PKCE_NONE);
    script_at = 0;
    atomic_store(&rig_auth_pkce, true);
    assert_int_equal(exchange_code(net, auth, &keep, "the-code-123", &g, &err), 0);
    assert_int_equal(g.pkce, GRANT_PKCE_UNPROVEN);
    fields_free(&keep);
    grant_clear(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_UPDATER(test_rows),
        WITH_UPDATER(test_request),
        WITH_UPDATER(test_before_and_after),
        WITH_UPDATER(test_refusals),
        WITH_UPDATER(test_no_pkce_no_blame),
        WITH_UPDATER(test_proofs),
        WITH_UPDATER(test_unproven),
    };
    return cmocka_run_group_tests_name("exchange", tests, NULL, NULL);
}
