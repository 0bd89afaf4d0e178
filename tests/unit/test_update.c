/* Updates: when a token is refreshed, in which order things are stored and sent, how it ends. */
#include "update_rig.h"

static const char *token_body;
static int token_status, apply_status;
static const char *apply_body;
static int64_t apply_wait;

/* The new token is on disk before it is used. */
static void check_stored_first(const struct rig_request *r)
{
    struct grant g = grant_of(grants, ID);
    assert_string_equal(r->bearer, g.access_token);
    assert_false(g.refresh_in_flight);
    grant_clear(&g);
}

static void answer(const struct rig_request *r, struct http_answer *out)
{
    if (rig_is_token(r)) {
        rig_reply(out, token_status, token_body);
        return;
    }
    if (rig_disk_code == 0)
        check_stored_first(r);
    rig_reply(out, apply_status, apply_body);
    out->retry_after_s = apply_wait;
}

static int set_up(void **state)
{
    int rc = update_set_up(state);
    token_status = 200;
    token_body = GRANTED("a2-access", "r2-refresh");
    apply_status = 202;
    apply_body = "{}";
    apply_wait = -1;
    rig_http.handle = answer;
    return rc;
}

/* -- the way of a good day ----------------------------------------------------------------------
 */

static void test_fresh_token(void **state)
{
    (void)state;
    const struct outcome o = update(UPDATE_APPLY);
    const struct rig_request *r = &rig_http.list[0];
    assert_int_equal(o.kind, OUTCOME_DONE);
    assert_ip(&o.v4, "8.8.4.4");
    assert_ip(&o.v6, "2a00:1450::1");
    assert_int_equal(o.error.class, ERR_NONE);
    assert_string_equal(requests_made(), "A");
    assert_non_null(strstr(r->url, API "/v2/domainTemplates/providers/domainconnect.org/services/"
                                       "dynamicdns-v2/apply?"));
    assert_string_equal(r->bearer, "a1-access");
    assert_string_equal(r->post, "");
    assert_null(strstr(r->url, "a1-access"));
    assert_string_equal(rig_param(r, "domain"), "example.com");
    assert_string_equal(rig_param(r, "host"), "home");
    assert_string_equal(rig_param(r, "IPv4"), "8.8.4.4");
    assert_string_equal(rig_param(r, "IPv6"), "2a00:1450::1");
    assert_string_equal(rig_param(r, "groupId"), "IPv4,IPv6");
    assert_string_equal(rig_param(r, "force"), "(none)");
    assert_int_equal(updater_busy(updater), 0);
}

/* 7/8 of an hour is 3150 s. */
static void test_age_of_token(void **state)
{
    static const struct {
        int64_t seconds;
        const char *requests, *bearer;
    } rows[] = {
        { 0, "A", "a1-access" },     { 3149, "A", "a1-access" },  { 3150, "TA", "a2-access" },
        { 3599, "TA", "a2-access" }, { 3600, "TA", "a2-access" }, { 999999, "TA", "a2-access" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (i > 0)
            set_up(state);
        rig_pass(rows[i].seconds * SECOND);
        const struct outcome o = update(UPDATE_APPLY);
        assert_int_equal(o.kind, OUTCOME_DONE);
        assert_string_equal(requests_made(), rows[i].requests);
        assert_string_equal(rig_http.list[rig_http.count - 1].bearer, rows[i].bearer);
        if (i + 1 < sizeof(rows) / sizeof(rows[0]))
            update_tear_down(state);
    }
    assert_stored("a2-access", "r2-refresh");
}

static void test_refresh_request(void **state)
{
    (void)state;
    rig_pass(HOUR);
    update(UPDATE_APPLY);
    const struct rig_request *r = &rig_http.list[0];
    assert_string_equal(r->url, API "/v2/oauth/access_token");
    assert_string_equal(r->type, "application/json");
    assert_string_equal(r->bearer, "");
    assert_non_null(strstr(r->post, "\"refresh_token\":\"r1-refresh\""));
    assert_non_null(strstr(r->post, "\"grant_type\":\"refresh_token\""));
    assert_non_null(strstr(r->post, "\"client_id\":\"domainconnect.org\""));
    assert_non_null(strstr(r->post, "\"client_secret\":\"published\""));
    struct grant g = grant_of(grants, ID);
    assert_int_equal(g.generation, 3); /* stored, intent, new tokens */
    assert_int_equal(g.obtained_boot_ms, rig_boot_ms());
    assert_int_equal(g.refreshed_wall_ms, rig_wall_ms());
    assert_int_equal(g.expires_in_s, 3600);
    grant_clear(&g);
}

static void assert_intent(const struct rig_request *r, struct http_answer *out)
{
    if (rig_is_token(r)) {
        struct grant g = grant_of(grants, ID);
        assert_true(g.refresh_in_flight);
        assert_string_equal(g.refresh_token, "r1-refresh");
        grant_clear(&g);
    }
    answer(r, out);
}

static void test_intent_first(void **state)
{
    (void)state;
    rig_http.handle = assert_intent;
    rig_pass(HOUR);
    assert_int_equal(update(UPDATE_APPLY).kind, OUTCOME_DONE);
    assert_string_equal(requests_made(), "TA");
}

static void test_no_new_refresh_token(void **state)
{
    (void)state;
    rig_pass(HOUR);
    token_body = "{\"access_token\":\"a2-access\",\"expires_in\":\"600\"}";
    assert_int_equal(update(UPDATE_APPLY).kind, OUTCOME_DONE);
    assert_stored("a2-access", "r1-refresh");
}

static void test_keep_alive(void **state)
{
    (void)state;
    const struct outcome o =
        update(UPDATE_KEEP_ALIVE); /* the token is fresh: refreshed all the same */
    assert_int_equal(o.kind, OUTCOME_DONE);
    assert_string_equal(requests_made(), "T");
    assert_stored("a2-access", "r2-refresh");
    token_status = 503;
    token_body = "";
    assert_int_equal(update(UPDATE_KEEP_ALIVE).kind, OUTCOME_TEMP);
    assert_string_equal(requests_made(), "TT");
}

static void test_revert(void **state)
{
    (void)state;
    assert_int_equal(update(UPDATE_REVERT).kind, OUTCOME_DONE);
    assert_non_null(strstr(rig_http.list[0].url, "/services/dynamicdns-v2/revert?"));
    assert_string_equal(rig_param(&rig_http.list[0], "IPv4"), "(none)");
    apply_status = 501;
    assert_int_equal(update(UPDATE_REVERT).kind, OUTCOME_REFUSED);
    apply_status = 409; /* nothing to force here */
    apply_body = "{\"records\":[{\"type\":\"A\",\"host\":\"home\",\"data\":\"8.8.8.8\"}]}";
    assert_int_equal(update(UPDATE_REVERT).kind, OUTCOME_CONFLICT);
    assert_string_equal(requests_made(), "AAA");
}

/* -- the template without IPv6 ------------------------------------------------------------------
 */

static void use_v1(void)
{
    struct grant g = grant_of(grants, ID);
    mem_free(g.service_id);
    g.service_id = text("dynamicdns");
    grant_store(grants, ID, &g);
    grant_clear(&g);
}

static void test_v1_acknowledges_no_ipv6(void **state)
{
    (void)state;
    use_v1();
    const struct outcome o = update(UPDATE_APPLY);
    assert_int_equal(o.kind, OUTCOME_DONE);
    assert_ip(&o.v4, "8.8.4.4");
    assert_ip(&o.v6, "");
    assert_string_equal(rig_param(&rig_http.list[0], "IP"), "8.8.4.4");
    assert_string_equal(rig_param(&rig_http.list[0], "IPv6"), "(none)");
}

/* An apply without any address is never sent. */
static void test_v1_with_ipv6_only(void **state)
{
    const struct update_request request = {
        .what = UPDATE_APPLY, .grant = ID, .fqdn = ID, .v6 = ip("2a00:1450::1")
    };
    struct ended e = { 0 };
    (void)state;
    use_v1();
    assert_true(update_start(updater, &request, on_end, &e));
    finish(&e);
    assert_int_equal(e.outcome.kind, OUTCOME_REFUSED);
    assert_non_null(strstr(e.outcome.error.text, "dcddns setup"));
    assert_string_equal(requests_made(), "");
}

/* Not 0.0.0.0 nor :: either, alone or beside a good one; nor nothing at all. */
static void test_nothing_empty_is_sent(void **state)
{
    static const char *const pairs[][2] = { { "", "" },
                                            { "0.0.0.0", "" },
                                            { "", "::" },
                                            { "0.0.0.0", "::" },
                                            { "8.8.4.4", "::" },
                                            { "0.0.0.0", "2a00:1450::1" },
                                            { "255.255.255.255", "2a00:1450::1" },
                                            { "8.8.4.4", "ff02::1" } };
    (void)state;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        const struct update_request request = {
            .what = UPDATE_APPLY,
            .grant = ID,
            .fqdn = ID,
            .v4 = ip(pairs[i][0]),
            .v6 = ip(pairs[i][1]),
        };
        struct ended e = { 0 };
        assert_true(update_start(updater, &request, on_end, &e));
        finish(&e);
        assert_int_equal(e.outcome.kind, OUTCOME_REFUSED);
        assert_string_equal(requests_made(), "");
    }
}

/* -- what the provider says to an apply ----------------------------------------------------------
 */

#define OURS                                                                                       \
    "{\"code\":409,\"records\":[{\"type\":\"AAAA\",\"host\":\"home\",\"data\":\"2a00::9\"}]}"
#define THEIRS                                                                                     \
    "{\"code\":\"409\",\"records\":[{\"type\":\"CNAME\",\"host\":\"home\",\"data\":\"x\"}]}"

static void test_apply_status(void **state)
{
    static const struct {
        int status;
        const char *body;
        int64_t retry_after;
        enum outcome_kind kind;
        enum error_class class;
        int64_t wait_s;
        const char *requests;
    } rows[] = {
        { 200, "{}", -1, OUTCOME_DONE, ERR_NONE, -1, "A" },
        { 202, "", -1, OUTCOME_DONE, ERR_NONE, -1, "A" },
        { 204, "", -1, OUTCOME_DONE, ERR_NONE, -1, "A" },
        { 301, "", -1, OUTCOME_REFUSED, ERR_PERM, -1, "A" },
        { 302, "", -1, OUTCOME_REFUSED, ERR_PERM, -1, "A" },
        { 303, "", -1, OUTCOME_REFUSED, ERR_PERM, -1, "A" },
        { 307, "", -1, OUTCOME_REFUSED, ERR_PERM, -1, "A" },
        { 308, "", -1, OUTCOME_REFUSED, ERR_PERM, -1, "A" },
        { 400, "no", -1, OUTCOME_REFUSED, ERR_PERM, -1, "A" },
        { 403, "no", -1, OUTCOME_REFUSED, ERR_PERM, -1, "A" },
        { 404, "no", -1, OUTCOME_REFUSED, ERR_PERM, -1, "A" },
        { 422, "no", -1, OUTCOME_REFUSED, ERR_PERM, -1, "A" },
        { 501, "no", -1, OUTCOME_REFUSED, ERR_PERM, -1, "A" },
        { 409, OURS, -1, OUTCOME_CONFLICT, ERR_CONFLICT, -1, "AA" },
        { 409, THEIRS, -1, OUTCOME_CONFLICT, ERR_CONFLICT, -1, "A" },
        { 409, "{}", -1, OUTCOME_CONFLICT, ERR_CONFLICT, -1, "A" },
        { 429, "", 77, OUTCOME_TEMP, ERR_TEMP, 77, "A" },
        { 503, "", 3600, OUTCOME_TEMP, ERR_TEMP, 3600, "A" },
        { 500, "", -1, OUTCOME_TEMP, ERR_TEMP, -1, "A" },
        { 502, "", -1, OUTCOME_TEMP, ERR_TEMP, -1, "A" },
        { 504, "", -1, OUTCOME_TEMP, ERR_TEMP, -1, "A" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        print_message("  %d %s\n", rows[i].status, rows[i].body);
        rig_forget();
        apply_status = rows[i].status;
        apply_body = rows[i].body;
        apply_wait = rows[i].retry_after;
        const struct outcome o = update(UPDATE_APPLY);
        assert_int_equal(o.kind, rows[i].kind);
        assert_int_equal(o.error.class, rows[i].class);
        assert_int_equal(o.wait_s, rows[i].wait_s);
        assert_string_equal(requests_made(), rows[i].requests);
        assert_false(o.needs_consent);
        assert_null(strstr(o.error.text, "a1-access"));
    }
}

static void override_once(const struct rig_request *r, struct http_answer *out)
{
    if (strcmp(rig_param(r, "force"), "1") == 0)
        rig_reply(out, 200, "");
    else
        rig_reply(out, 409, OURS);
}

static void test_override(void **state)
{
    (void)state;
    rig_http.handle = override_once;
    assert_int_equal(update(UPDATE_APPLY).kind, OUTCOME_DONE);
    assert_string_equal(requests_made(), "AA");
    assert_string_equal(rig_param(&rig_http.list[1], "IPv4"), "8.8.4.4");
}

static void quote_token(const struct rig_request *r, struct http_answer *out)
{
    static char body[256];
    snprintf(body, sizeof(body), "bad: Bearer %s", r->bearer);
    rig_reply(out, 400, body);
}

static void test_quoted_token_is_redacted(void **state)
{
    (void)state;
    rig_http.handle = quote_token;
    const struct outcome o = update(UPDATE_APPLY);
    assert_null(strstr(o.error.text, "a1-access"));
    assert_non_null(strstr(o.error.text, "***"));
}

/* -- 401 --------------------------------------------------------------------------------------- */

static const char *good_bearer;

static void want_bearer(const struct rig_request *r, struct http_answer *out)
{
    if (rig_is_token(r))
        rig_reply(out, token_status, token_body);
    else
        rig_reply(out, strcmp(r->bearer, good_bearer) == 0 ? 200 : 401, "{}");
}

static void test_401_one_refresh(void **state)
{
    (void)state;
    rig_http.handle = want_bearer;
    good_bearer = "a2-access";
    assert_int_equal(update(UPDATE_APPLY).kind, OUTCOME_DONE);
    assert_string_equal(requests_made(), "ATA");
}

static void test_401_for_ever(void **state)
{
    (void)state;
    rig_http.handle = want_bearer;
    good_bearer = "nobody";
    const struct outcome o = update(UPDATE_APPLY);
    assert_int_equal(o.kind, OUTCOME_CONSENT);
    assert_int_equal(o.error.class, ERR_CONSENT);
    assert_non_null(strstr(o.error.text, "dcddns setup " ID));
    assert_string_equal(requests_made(), "ATA");
    assert_int_equal(o.wait_s, -1); /* by the probing table, longer each time */
    rig_forget();
    rig_pass(HOUR); /* the refresh comes first: then no other */
    assert_int_equal(update(UPDATE_APPLY).kind, OUTCOME_CONSENT);
    assert_string_equal(requests_made(), "TA");
}

/* A rejected access token is not sent again when no other comes, and that is the refresh's fault.
 */
static void test_401_and_no_fresh_token(void **state)
{
    static const struct {
        int status;
        const char *body;
        enum outcome_kind kind;
    } rows[] = {
        { 500, "", OUTCOME_TEMP },
        { 429, "", OUTCOME_TEMP },
        { 400, "{\"error\":\"invalid_grant\"}", OUTCOME_CONSENT },
    };
    (void)state;
    rig_http.handle = want_bearer;
    good_bearer = "nobody";
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        rig_forget();
        token_status = rows[i].status;
        token_body = rows[i].body;
        assert_int_equal(update(UPDATE_APPLY).kind, rows[i].kind);
        assert_string_equal(requests_made(), "AT");
    }
}

/* Stale but alive, the refresh fails, and the old one is rejected as well: still no alarm. */
static void test_stopgap_rejected(void **state)
{
    (void)state;
    rig_http.handle = want_bearer;
    good_bearer = "nobody";
    token_status = 500;
    token_body = "";
    rig_pass(3200 * SECOND);
    const struct outcome o = update(UPDATE_APPLY);
    assert_int_equal(o.kind, OUTCOME_TEMP);
    assert_string_equal(requests_made(), "TA");
    assert_non_null(strstr(o.error.text, "500"));
}

/* -- the end ----------------------------------------------------------------------------------- */

static void silence(const struct rig_request *r, struct http_answer *out)
{
    (void)r;
    rig_silence(out);
}

static void test_no_answer_to_apply(void **state)
{
    (void)state;
    rig_http.handle = silence;
    const struct outcome o = update(UPDATE_APPLY);
    assert_int_equal(o.kind, OUTCOME_TEMP);
    assert_int_equal(o.wait_s, -1);
    assert_string_equal(requests_made(), "A");
}

static void test_free_with_updates_in_flight(void **state)
{
    struct ended e[3] = { 0 };
    (void)state;
    start(UPDATE_APPLY, &e[0]); /* has its answer on the way */
    net_turn(net, 0);
    rig_pass(HOUR);
    start(UPDATE_APPLY, &e[1]); /* refreshing */
    net_turn(net, 0);
    start(UPDATE_KEEP_ALIVE, &e[2]); /* not even begun */
    assert_int_equal(updater_busy(updater), 3 - e[0].count);
    updater_free(&updater);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(e[i].count, 1);
        if (i > 0)
            assert_int_equal(e[i].outcome.kind, OUTCOME_STOPPED);
    }
    /* the lock is free again */
    struct error err = { 0 };
    struct grant_lock *lock = grants_lock(grants, ID, &err);
    assert_non_null(lock);
    grants_unlock(&lock);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, update_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_fresh_token),
        TEST(test_age_of_token),
        TEST(test_refresh_request),
        TEST(test_intent_first),
        TEST(test_no_new_refresh_token),
        TEST(test_keep_alive),
        TEST(test_revert),
        TEST(test_v1_acknowledges_no_ipv6),
        TEST(test_v1_with_ipv6_only),
        WITH_UPDATER(test_nothing_empty_is_sent),
        TEST(test_apply_status),
        TEST(test_override),
        TEST(test_quoted_token_is_redacted),
        TEST(test_401_one_refresh),
        TEST(test_401_for_ever),
        TEST(test_401_and_no_fresh_token),
        TEST(test_stopgap_rejected),
        TEST(test_no_answer_to_apply),
        TEST(test_free_with_updates_in_flight),
    };
    return cmocka_run_group_tests_name("update", tests, NULL, NULL);
}
