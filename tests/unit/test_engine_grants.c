/* A grant of several hosts in the engine: one refresh, one denial, one keep-alive, one call for
 * consent. */
#include "engine_world.h"

#include "engine/engine_grants.h"
#include "state/pending.h"

#define HOSTS                                                                                      \
    "[host example.com]\nipv4 = yes\nipv6 = no\n[host home.example.com]\nipv4 = yes\nipv6 = no\n"  \
    "[host www.example.com]\nipv4 = yes\nipv6 = no\n"

static int token_status, apply_401;

static void answer(const struct rig_request *r, struct http_answer *out)
{
    if (rig_is_token(r) && token_status == 200)
        rig_reply(out, 200, GRANTED("a2-access", "r2-refresh"));
    else if (rig_is_token(r))
        rig_reply(out, token_status, token_status == 400 ? "{\"error\":\"invalid_grant\"}" : "");
    else if (apply_401 > 0 && strcmp(r->bearer, "a1-access") == 0)
        rig_reply(out, 401, "");
    else
        rig_reply(out, 200, "");
}

static void store(const char *service, const char *hosts, bool expired, const char *async_url)
{
    struct error err = { 0 };
    struct grants *mine = grants_open(rig_dir, &err);
    struct grant g = grant_example();
    assert_non_null(mine);
    mem_free(g.hosts);
    g.hosts = text(hosts);
    mem_free(g.service_id);
    g.service_id = text(service);
    g.async_url = async_url ? text(async_url) : NULL;
    if (expired)
        g.expires_in_s = 1;
    grant_store(mine, ID, &g);
    grant_clear(&g);
    grants_close(&mine);
    rig_pass(expired ? MINUTE : 0);
}

static int set_up(void **state)
{
    int rc = world_set_up(state);
    rig_http.handle = answer;
    token_status = 200;
    apply_401 = 0;
    store("dynamicdns-v2", "home,www,", true, "https://consent.example.net/dc");
    return rc;
}

static struct grant on_disk(void)
{
    struct error err = { 0 };
    struct grants *mine = grants_open(rig_dir, &err);
    struct grant g = grant_of(mine, ID);
    grants_close(&mine);
    return g;
}

static void test_one_refresh(void **state)
{
    bool seen[3] = { false };
    (void)state;
    world_daemon(WORLD_CORE HOSTS);
    assert_int_equal(engine->grant_count, 1);
    assert_int_equal(engine->engine_grants[0].host_count, 3);
    world_pass(MINUTE);
    assert_int_equal(rig_http.tokens, 1);
    assert_int_equal(rig_http.applies, 3);
    for (size_t i = 0; i < rig_http.count; i++) {
        const struct rig_request *r = &rig_http.list[i];
        if (rig_is_token(r))
            continue;
        assert_string_equal(r->bearer, "a2-access");
        assert_string_equal(rig_param(r, "domain"), "example.com");
        const char *host = rig_param(r, "host");
        seen[strcmp(host, "home") == 0 ? 0 : strcmp(host, "www") == 0 ? 1 : 2] = true;
    }
    assert_true(seen[0] && seen[1] && seen[2]);
}

/* Each host is told 401 for the same token; the token is replaced once. */
static void test_one_refresh_after_401(void **state)
{
    (void)state;
    store("dynamicdns-v2", "home,www,", false, NULL);
    apply_401 = 1;
    world_daemon(WORLD_CORE HOSTS);
    world_pass(MINUTE);
    assert_int_equal(rig_http.tokens, 1);
    assert_int_equal(rig_http.applies, 6);
    assert_int_equal(world_record("www.example.com")->failures, 0);
}

/* Four denials end a grant: three hosts must not make them out of two. */
static void test_one_denial(void **state)
{
    (void)state;
    token_status = 400;
    world_daemon(WORLD_CORE HOSTS);
    world_pass(SECOND);
    assert_int_equal(rig_http.tokens, 1);
    struct grant g = on_disk();
    assert_int_equal(g.refresh_failures, 1);
    assert_false(g.needs_consent);
    grant_clear(&g);
    for (size_t i = 0; i < engine->host_count; i++)
        assert_int_equal(engine->hosts[i].record->error_class, ERR_CONSENT);
    world_pass(2 * MINUTE);
    g = on_disk();
    assert_int_equal(g.refresh_failures, 2);
    grant_clear(&g);
}

static void test_one_failure(void **state)
{
    (void)state;
    token_status = 500;
    world_daemon(WORLD_CORE HOSTS);
    world_pass(SECOND);
    assert_int_equal(rig_http.tokens, 1);
    for (size_t i = 0; i < engine->host_count; i++) {
        assert_int_equal(engine->hosts[i].record->error_class, ERR_TEMP);
        assert_int_equal(engine->hosts[i].record->failures, 1);
    }
    token_status = 200;
    world_pass(2 * MINUTE);
    assert_int_equal(world_record(ID)->failures, 0);
    assert_int_equal(world_record("example.com")->failures, 0);
}

/* The tokens that the disk refuses are in memory: those who waited use them. */
static void test_one_refresh_without_disk(void **state)
{
    (void)state;
    world_read(WORLD_CORE HOSTS);
    engine_up();
    engine_schedule_all(engine);
    while (rig_http.tokens == 0)
        engine_turn(engine, 20);
    rig_disk_code = -EIO;
    world_settle();
    assert_int_equal(rig_http.tokens, 1);
    assert_int_equal(rig_http.applies, 3);
    rig_disk_code = 0;
    world_pass(MINUTE);
    struct grant g = on_disk();
    assert_string_equal(g.refresh_token, "r2-refresh");
    grant_clear(&g);
}

static void test_stopped_while_waiting(void **state)
{
    (void)state;
    world_daemon(WORLD_CORE HOSTS);
    while (rig_http.tokens == 0)
        engine_turn(engine, 20);
    engine_free(&engine, 0);
    engine_up();
    engine_schedule_all(engine);
    world_pass(MINUTE);
    assert_int_equal(world_record("www.example.com")->failures, 0);
}

static void test_one_keep_alive(void **state)
{
    (void)state;
    world_daemon(WORLD_CORE HOSTS);
    world_pass(MINUTE);
    rig_forget();
    world_pass(21 * DAY);
    assert_true(rig_http.tokens >= 3 && rig_http.tokens <= 4);
    assert_int_equal(rig_http.applies, 0);
}

static void test_one_call(void **state)
{
    struct rig_event e = { 0 };
    struct pending p = { 0 };
    struct error err = { 0 };
    enum pending_found found = PENDING_NONE;
    (void)state;
    token_status = 400;
    world_daemon(WORLD_CORE HOSTS);
    world_pass(2 * DAY);
    RIG_AWAIT(rig_events_of(EVENT_CONSENT_NEEDED, &e) == 1);
    assert_int_equal(rig_http.tokens, 4);
    assert_string_equal(e.record, ID);
    assert_non_null(strstr(e.message, "run: dcddns setup " ID));
    assert_non_null(strstr(e.message, "it stops 3 hosts: example.com, " ID " and www.example.com"));
    assert_int_equal(pending_load(rig_dir, ID, &p, &found, &err), 0);
    assert_int_equal(found, PENDING_FOUND);
    assert_string_equal(p.hosts, "home,www,");
    assert_string_equal(p.grant, ID);
    assert_null(p.named);
    assert_true(p.ipv4 && !p.ipv6);
    pending_clear(&p);
}

/* The other hosts of a grant that is dead add nothing to that. */
static void test_others_are_silent(void **state)
{
    struct error err = { 0 };
    struct grants *mine = grants_open(rig_dir, &err);
    struct grant g = grant_of(mine, ID);
    (void)state;
    g.needs_consent = true;
    grant_store(mine, ID, &g);
    grant_clear(&g);
    grants_close(&mine);
    world_daemon(WORLD_CORE HOSTS);
    world_pass(MINUTE);
    RIG_AWAIT(rig_events_of(EVENT_CONSENT_NEEDED, NULL) == 1);
    assert_int_equal(rig_events_of(EVENT_FAILED, NULL), 0);
    assert_int_equal(rig_http.tokens, 0);
    assert_int_equal(world_record("www.example.com")->error_class, ERR_CONSENT);
}

/* It worked in between: a person is called once more. */
static void test_called_again(void **state)
{
    (void)state;
    token_status = 400;
    world_daemon(WORLD_CORE HOSTS);
    world_pass(3 * DAY);
    RIG_AWAIT(rig_events_of(EVENT_CONSENT_NEEDED, NULL) == 1);
    engine_down();
    token_status = 200;
    store("dynamicdns-v2", "home,www,", true, NULL);
    engine_up();
    engine_schedule_all(engine);
    world_pass(7 * HOUR);
    assert_int_equal(world_record("www.example.com")->failures, 0);
    assert_false(engine->engine_grants[0].consent_told);
}

/* The name that the grant is kept under is not covered any more: the command names one that is. */
static void test_called_by_a_name_it_has(void **state)
{
    struct rig_event e = { 0 };
    (void)state;
    store("dynamicdns-v2", "www,", true, "https://consent.example.net/dc");
    token_status = 400;
    world_daemon(WORLD_CORE "[host example.com]\n[host www.example.com]\n");
    world_pass(3 * DAY);
    RIG_AWAIT(rig_events_of(EVENT_CONSENT_NEEDED, &e) == 1);
    assert_non_null(strstr(e.message, "then run: dcddns setup www.example.com --code CODE"));
    assert_null(strstr(e.message, "setup " ID));
}

/* The template of the grant has no IPv6 and a host wants it: no page is named that could not serve,
 * but the command is. */
static void test_v1_with_ipv6(void **state)
{
    struct rig_event e = { 0 };
    struct pending p = { 0 };
    struct error err = { 0 };
    enum pending_found found = PENDING_FOUND;
    (void)state;
    store("dynamicdns", "home", true, "https://consent.example.net/dc");
    token_status = 400;
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(3 * DAY);
    RIG_AWAIT(rig_events_of(EVENT_CONSENT_NEEDED, &e) == 1);
    assert_string_equal(e.url, "");
    assert_non_null(strstr(e.message, "run: dcddns setup " ID));
    assert_null(strstr(e.message, "--code"));
    assert_null(strstr(e.message, "it stops"));
    assert_int_equal(pending_load(rig_dir, ID, &p, &found, &err), 0);
    assert_int_equal(found, PENDING_NONE);
}

/* A host outside of every list: never sent, and said with its own name. */
static void test_not_covered(void **state)
{
    (void)state;
    store("dynamicdns-v2", "www", false, NULL);
    world_daemon(WORLD_CORE HOSTS);
    world_pass(MINUTE);
    assert_int_equal(rig_http.applies, 1);
    assert_string_equal(rig_param(&rig_http.list[0], "host"), "www");
    assert_non_null(strstr(world_record(ID)->error, "dcddns setup " ID));
    assert_non_null(strstr(world_record("example.com")->error, "dcddns setup example.com"));
}

/* Grants that nobody configured needs are left alone. */
static void test_stranger(void **state)
{
    (void)state;
    world_daemon(WORLD_CORE "[host other.example.org]\n");
    world_pass(30 * DAY);
    assert_int_equal(rig_http.count, 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, world_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_one_refresh),
        TEST(test_one_refresh_after_401),
        TEST(test_one_denial),
        TEST(test_one_failure),
        TEST(test_one_refresh_without_disk),
        TEST(test_stopped_while_waiting),
        TEST(test_one_keep_alive),
        TEST(test_one_call),
        TEST(test_others_are_silent),
        TEST(test_called_again),
        TEST(test_called_by_a_name_it_has),
        TEST(test_v1_with_ipv6),
        TEST(test_not_covered),
        TEST(test_stranger),
    };
    return cmocka_run_group_tests_name("engine grants", tests, NULL, NULL);
}
