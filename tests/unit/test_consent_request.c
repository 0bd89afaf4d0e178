/* Asking for consent: what URL and pending consent hold, and what a pasted answer means. */
#include "update_rig.h"

#include "engine/consent_request.h"
#include "engine/redeem.h"
#include "failing_memory.h"

static const struct dcddns_addr no_addr;

static struct provider example_provider(void)
{
    struct provider p = {
        .zone = "example.com",
        .host = "home",
        .id = text("example.net"),
        .name = text("Example"),
        .api_url = text(API),
        .async_url = text("https://consent.example.net/dc"),
        .control_panel = text("https://panel.example.net/"),
        .service_id = "dynamicdns-v2",
    };
    return p;
}

static struct pending asked(void)
{
    struct provider provider = example_provider();
    struct pending p = { 0 };
    struct error err = { 0 };
    const struct dcddns_addr v4 = ip("8.8.4.4"), v6 = ip("2a00:1450::1");

    assert_int_equal(consent_request_from_provider(&p, ID, &provider, &err), 0);
    p.ipv4 = true;
    assert_int_equal(consent_request_make(&p, auth, &v4, &v6, &err), 0);
    provider_free(&provider);
    return p;
}

static const char *param(const struct pending *p, const char *name)
{
    static char value[512];
    char *found = url_query_value(p->url, name);
    snprintf(value, sizeof(value), "%s", found ? found : "(none)");
    mem_free(found);
    return value;
}

static void test_make(void **state)
{
    (void)state;
    struct pending p = asked();
    assert_string_equal(p.id, ID);
    assert_string_equal(p.zone, "example.com");
    assert_string_equal(p.hosts, "home");
    assert_string_equal(p.provider_id, "example.net");
    assert_string_equal(p.provider_name, "Example");
    assert_string_equal(p.api_url, API);
    assert_string_equal(p.control_panel, "https://panel.example.net/");
    assert_string_equal(p.service_id, "dynamicdns-v2");
    assert_string_equal(p.auth, "rig");
    assert_int_equal(p.created_wall_ms, rig_wall_ms());
    assert_int_equal(strlen(p.state), 43);
    assert_string_equal(param(&p, "state"), p.state);
    assert_string_equal(param(&p, "scope"), "dynamicdns-v2");
    assert_string_equal(param(&p, "IPv4"), "8.8.4.4");
    assert_string_equal(param(&p, "IPv6"), "::"); /* was not asked for */
    assert_string_equal(param(&p, "code_challenge"), "(none)");
    assert_false(p.challenged);
    assert_int_equal(p.keep.count, 0);
    assert_int_equal(rig_http.count, 0);
    pending_clear(&p);
}

/* Each consent has a state and a verifier of its own. */
static void test_make_with_pkce(void **state)
{
    char first[PENDING_STATE_MAX] = "";
    struct error err = { 0 };
    (void)state;
    atomic_store(&rig_auth_pkce, true);
    struct pending p = asked();
    assert_string_equal(param(&p, "code_challenge"), "challenge");
    assert_true(p.challenged);
    assert_string_equal(fields_get(&p.keep, "code_verifier"), "verifier-1");
    assert_null(strstr(p.url, "verifier-1"));
    memcpy(first, p.state, sizeof(first));
    assert_int_equal(consent_request_make(&p, auth, &no_addr, &no_addr, &err), 0);
    assert_string_not_equal(p.state, first);
    assert_int_equal(p.keep.count, 1);
    assert_string_equal(fields_get(&p.keep, "code_verifier"), "verifier-2");
    atomic_store(&rig_auth_pkce, false); /* nothing of an older consent stays */
    assert_int_equal(consent_request_make(&p, auth, &no_addr, &no_addr, &err), 0);
    assert_int_equal(p.keep.count, 0);
    assert_false(p.challenged);
    pending_clear(&p);
}

static void test_from_grant(void **state)
{
    struct pending p = { 0 };
    struct grant g = grant_example();
    struct error err = { 0 };
    (void)state;
    assert_int_equal(consent_request_from_grant(&p, &g, &err), -1); /* no urlAsyncUX */
    g.async_url = text("https://consent.example.net/dc");
    assert_int_equal(consent_request_from_grant(&p, &g, &err), 0);
    assert_int_equal(consent_request_make(&p, auth, &no_addr, &no_addr, &err), 0);
    assert_string_equal(p.api_url, g.api_url);
    assert_int_equal(strncmp(p.url, g.async_url, strlen(g.async_url)), 0);
    assert_null(p.control_panel);
    pending_clear(&p);
    grant_clear(&g);
}

static void test_auth_fails(void **state)
{
    struct provider provider = example_provider();
    struct pending p = { 0 };
    struct error err = { 0 };
    bool keeps = true, challenges = true;
    (void)state;
    rig_auth_code = DCDDNS_E_TEMP;
    assert_int_equal(consent_request_from_provider(&p, ID, &provider, &err), 0);
    assert_int_equal(consent_request_make(&p, auth, &no_addr, &no_addr, &err), -1);
    assert_null(p.url);
    assert_int_equal(consent_request_probe(auth, &keeps, &challenges, &err), -1);
    assert_false(keeps || challenges);
    pending_clear(&p);
    provider_free(&provider);
}

static void test_probe(void **state)
{
    struct dcddns_fields strange = { 0 };
    struct error err = { 0 };
    bool keeps = true, challenges = true;
    (void)state;
    assert_int_equal(consent_request_probe(auth, &keeps, &challenges, &err), 0);
    assert_false(keeps || challenges);
    atomic_store(&rig_auth_pkce, true);
    assert_int_equal(consent_request_probe(auth, &keeps, &challenges, &err), 0);
    assert_true(keeps && challenges);
    assert_int_equal(consent_request_strange(auth, &strange, &err), 0);
    assert_string_equal(fields_get(&strange, "code_verifier"), "verifier-2");
    fields_free(&strange);
}

#define PAGE "https://dynamicdns.domainconnect.org/ddnscode"

static void test_read(void **state)
{
    static const struct {
        const char *query;
        bool blames;
    } rows[] = {
        { "error=invalid_request", true },
        { "error=invalid_request ", true },
        { "error=unauthorized_client&error_description=x", true },
        { "error=unsupported_response_type", true },
        { "error=access_denied", false },
        { "error=temporarily_unavailable", false },
    };
    (void)state;
    for (int pkce = 0; pkce < 2; pkce++) {
        atomic_store(&rig_auth_pkce, pkce == 1);
        struct pending p = asked();
        char url[512] = "", code[CONSENT_CODE_MAX] = "";
        struct error err = { 0 };
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
            snprintf(url, sizeof(url), PAGE "?%s", rows[i].query);
            assert_int_equal(consent_request_read(&p, url, code, &err), -1);
            bool blames = strstr(err.text, "does not take PKCE") != NULL;
            if (blames != (pkce == 1 && rows[i].blames))
                fail_msg("%s: %s", url, err.text);
        }
        snprintf(url, sizeof(url), PAGE "?code=abc&state=%s", p.state);
        assert_int_equal(consent_request_read(&p, url, code, &err), 0);
        assert_string_equal(code, "abc");
        assert_int_equal(
            consent_request_read(&p, PAGE "?error=invalid_request&state=other", code, &err), -1);
        assert_int_equal(err.class, ERR_USAGE);
        assert_null(strstr(err.text, "PKCE"));
        pending_clear(&p);
    }
}

static void test_without_memory(void **state)
{
    bool done = false;
    (void)state;
    atomic_store(&rig_auth_pkce, true);
    for (long n = 0; n < 200 && !done; n++) {
        struct provider provider = example_provider();
        struct pending p = { 0 };
        struct error err = { 0 };
        failing_memory_at(n);
        done = consent_request_from_provider(&p, ID, &provider, &err) == 0 &&
               consent_request_make(&p, auth, &no_addr, &no_addr, &err) == 0;
        assert_int_equal(err.class == ERR_NONE, done);
        failing_memory_off();
        assert_int_equal(done, p.url != NULL && p.auth != NULL);
        pending_clear(&p);
        provider_free(&provider);
    }
    assert_true(done);
}

/* -- redeeming -------------------------------------------------------------------------------- */

static int token_status;

static void token(const struct rig_request *r, struct http_answer *out)
{
    bool right = strstr(r->post, "verifier-1") != NULL;
    if (token_status != 200)
        rig_reply(out, token_status, "{\"error\":\"invalid_grant\"}");
    else if (right)
        rig_reply(out, 200, GRANTED("n1-access", "n1-refresh"));
    else
        rig_reply(out, 400, "{\"error\":\"invalid_grant\"}");
}

static struct redemption redemption(const struct pending *p)
{
    return (struct redemption){ .net = net, .grants = grants, .auth = auth, .pending = p };
}

static void test_redeem(void **state)
{
    struct error err = { 0 };
    (void)state;
    rig_http.handle = token;
    token_status = 200;
    atomic_store(&rig_auth_pkce, true);
    struct pending p = asked();
    struct redemption r = redemption(&p);
    r.prove = true;
    assert_int_equal(redeem(&r, "the-code-123", &err), EXCHANGE_DONE);
    assert_true(r.stored);
    assert_int_equal(r.pkce, GRANT_PKCE_PROVEN);
    struct grant g = grant_of(grants, ID);
    assert_int_equal(g.generation, 2); /* the one of the rig was there before */
    assert_int_equal(g.pkce, GRANT_PKCE_PROVEN);
    assert_string_equal(g.refresh_token, "n1-refresh");
    assert_string_equal(g.auth, "rig");
    assert_string_equal(g.async_url, p.async_url);
    assert_string_equal(g.control_panel, p.control_panel);
    assert_string_equal(g.zone, "example.com");
    assert_string_equal(g.hosts, "home");
    grant_clear(&g);

    /* what an earlier try has shown is not forgotten */
    r.prove = false;
    r.pkce = GRANT_PKCE_PROVEN;
    assert_int_equal(redeem(&r, "the-code-123", &err), EXCHANGE_DONE);
    assert_int_equal(r.pkce, GRANT_PKCE_PROVEN);
    r.pkce = GRANT_PKCE_NONE;
    assert_int_equal(redeem(&r, "the-code-123", &err), EXCHANGE_DONE);
    assert_int_equal(r.pkce, GRANT_PKCE_UNPROVEN);
    pending_clear(&p);
}

static void test_redeem_fails(void **state)
{
    struct error err = { 0 };
    (void)state;
    rig_http.handle = token;
    token_status = 400;
    struct pending p = asked();
    struct redemption r = redemption(&p);
    assert_int_equal(redeem(&r, "the-code-123", &err), EXCHANGE_FAILED);
    assert_false(r.stored);
    assert_stored("a1-access", "r1-refresh");
    token_status = 200;
    atomic_store(&rig_auth_pkce, true);
    assert_int_equal(fields_set(&p.keep, "code_verifier", "verifier-1", DCDDNS_SECRET), DCDDNS_OK);
    rig_disk_code = -ENOSPC;
    assert_int_equal(redeem(&r, "the-code-123", &err), EXCHANGE_FAILED);
    assert_int_equal(err.class, ERR_LOCAL);
    assert_false(r.stored);
    rig_disk_code = 0;
    assert_stored("a1-access", "r1-refresh");
    rig_auth_code = DCDDNS_E_CONFIG;
    assert_int_equal(redeem(&r, "the-code-123", &err), EXCHANGE_FAILED);
    assert_int_equal(err.class, ERR_CONFIG);
    pending_clear(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_UPDATER(test_make),           WITH_UPDATER(test_make_with_pkce),
        WITH_UPDATER(test_from_grant),     WITH_UPDATER(test_auth_fails),
        WITH_UPDATER(test_probe),          WITH_UPDATER(test_read),
        WITH_UPDATER(test_without_memory), WITH_UPDATER(test_redeem),
        WITH_UPDATER(test_redeem_fails),
    };
    return cmocka_run_group_tests_name("consent request", tests, NULL, NULL);
}
