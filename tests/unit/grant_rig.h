/* For the tests of grants: a folder of grants, one with every member, and comparing. */
#ifndef DCDDNS_TESTS_GRANT_RIG_H
#define DCDDNS_TESTS_GRANT_RIG_H

#include "state_rig.h"

#include "state/grants.h"

static const char secret[] = "SECRET-0123456789abcdef";
static struct scratch s;
static struct grants *grants;

static inline int set_up(void **state)
{
    (void)state;
    struct error err = { 0 };
    scratch_open(&s);
    assert_int_equal(mkdir(scratch_path(&s, "grants"), 0700), 0);
    grants = grants_open(s.dir, &err);
    if (!grants)
        fail_msg("%s", err.text);
    return 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    rig_fail_alloc(0, false);
    grants_close(&grants);
    assert_null(grants);
    grants_close(&grants);
    scratch_close(&s);
    return 0;
}

static inline char *text(const char *value)
{
    char *copy = mem_strdup(value);
    assert_non_null(copy);
    return copy;
}

static inline struct grant example(void)
{
    struct grant g = {
        .zone = "example.com",
        .hosts = text("home"),
        .provider_id = text("provider.test"),
        .provider_name = text("Provider \"quoted\" \xc3\xa9"),
        .api_url = text("https://api.provider.test/dc"),
        .async_url = text("https://consent.provider.test"),
        .control_panel = text("https://panel.provider.test/%domain%"),
        .service_id = text("dynamicdns-v2"),
        .auth = text("pkce"),
        .pkce = GRANT_PKCE_PROVEN,
        .granted_wall_ms = 1700000000001,
        .access_token = text("access-SECRET-0123456789abcdef"),
        .refresh_token = text("refresh-SECRET-0123456789abcdef"),
        .expires_in_s = 3600,
        .obtained_wall_ms = 1700000000002,
        .obtained_boot_ms = 123456,
        .boot_id = "11111111-2222-3333-4444-555555555555",
        .refreshed_wall_ms = 1700000000003,
        .encoding_exchange = FIELDS_FORM,
        .encoding_refresh = FIELDS_QUERY,
        .refresh_in_flight = true,
        .refresh_failures = 3,
        .needs_consent = true,
    };
    return g;
}

static inline void same_text(const char *a, const char *b)
{
    assert_int_equal(a == NULL, b == NULL);
    if (a)
        assert_string_equal(a, b);
}

/* All but id, generation and degraded. */
static inline void same(const struct grant *a, const struct grant *b)
{
    assert_string_equal(a->zone, b->zone);
    same_text(a->hosts, b->hosts);
    assert_string_equal(a->boot_id, b->boot_id);
    same_text(a->provider_id, b->provider_id);
    same_text(a->provider_name, b->provider_name);
    same_text(a->api_url, b->api_url);
    same_text(a->async_url, b->async_url);
    same_text(a->control_panel, b->control_panel);
    same_text(a->service_id, b->service_id);
    same_text(a->auth, b->auth);
    assert_int_equal(a->pkce, b->pkce);
    same_text(a->access_token, b->access_token);
    same_text(a->refresh_token, b->refresh_token);
    assert_int_equal(a->granted_wall_ms, b->granted_wall_ms);
    assert_int_equal(a->expires_in_s, b->expires_in_s);
    assert_int_equal(a->obtained_wall_ms, b->obtained_wall_ms);
    assert_int_equal(a->obtained_boot_ms, b->obtained_boot_ms);
    assert_int_equal(a->refreshed_wall_ms, b->refreshed_wall_ms);
    assert_int_equal(a->encoding_exchange, b->encoding_exchange);
    assert_int_equal(a->encoding_refresh, b->encoding_refresh);
    assert_int_equal(a->refresh_in_flight, b->refresh_in_flight);
    assert_int_equal(a->refresh_failures, b->refresh_failures);
    assert_int_equal(a->needs_consent, b->needs_consent);
}

static inline void save(const char *id, struct grant *grant)
{
    struct error err = { 0 };
    struct grant_lock *lock = grants_lock(grants, id, &err);
    if (!lock || grants_save(lock, grant, &err) != 0)
        fail_msg("%s", err.text);
    grants_unlock(&lock);
    assert_null(lock);
}

static inline struct grant load(const char *id)
{
    struct grant grant = { 0 };
    struct error err = { 0 };
    bool found = false;
    if (grants_load(grants, id, &grant, &found, &err) != 0)
        fail_msg("%s", err.text);
    assert_true(found);
    return grant;
}

static inline void expect_error(const char *id, enum error_class class, const char *word)
{
    struct grant grant = { 0 }, zero = { 0 };
    struct error err = { 0 };
    bool found = true;
    assert_int_equal(grants_load(grants, id, &grant, &found, &err), -1);
    assert_false(found);
    assert_memory_equal(&grant, &zero, sizeof(grant));
    assert_int_equal(err.class, class);
    if (!strstr(err.text, word))
        fail_msg("\"%s\" is not in: %s", word, err.text);
}

#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

#endif
