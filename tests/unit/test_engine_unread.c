/* A grant that cannot be read when the engine is built, and can be later. */
#include "engine_world.h"

#define HOSTS                                                                                      \
    "[host example.com]\nipv4 = yes\nipv6 = no\n[host home.example.com]\nipv4 = yes\nipv6 = no\n"  \
    "[host www.example.com]\nipv4 = yes\nipv6 = no\n"

static void answer(const struct rig_request *r, struct http_answer *out)
{
    rig_reply(out, 200, rig_is_token(r) ? GRANTED("a2-access", "r2-refresh") : "");
}

/* Its access token is over. */
static void store(const char *made_by)
{
    struct error err = { 0 };
    struct grants *mine = grants_open(rig_dir, &err);
    struct grant g = grant_example();
    assert_non_null(mine);
    mem_free(g.hosts);
    mem_free(g.auth);
    g.hosts = text("home,www,");
    g.auth = text(made_by);
    g.expires_in_s = 1;
    assert_int_equal(grants_delete(mine, ID, &err), 0); /* no older generation */
    grant_store(mine, ID, &g);
    grant_clear(&g);
    grants_close(&mine);
}

static int set_up(void **state)
{
    int rc = world_set_up(state);
    rig_http.handle = answer;
    store("rig");
    rig_pass(MINUTE);
    return rc;
}

static char record_path[128], away_path[128];

/* The record of the grant cannot be read until it is back. */
static void spoil(void)
{
    snprintf(record_path, sizeof(record_path), "%s/grants/" ID "/record", rig_path);
    snprintf(away_path, sizeof(away_path), "%s/away", rig_path);
    assert_int_equal(rename(record_path, away_path), 0);
    FILE *file = fopen(record_path, "w");
    assert_non_null(file);
    fputs("spoilt", file);
    assert_int_equal(fclose(file), 0);
}

static void bring_back(void)
{
    assert_int_equal(rename(away_path, record_path), 0);
}

/* What could not be read at start serves its hosts when it can. */
static void test_unread_at_first(void **state)
{
    (void)state;
    spoil();
    world_daemon(WORLD_CORE HOSTS);
    world_pass(MINUTE);
    assert_int_equal(rig_http.count, 0);
    assert_true(engine->engine_grants[0].unread);
    bring_back();
    world_pass(7 * HOUR);
    assert_false(engine->engine_grants[0].unread);
    assert_int_equal(engine->engine_grants[0].host_count, 3);
    assert_int_equal(world_record(ID)->failures, 0);
    assert_int_equal(world_record("www.example.com")->failures, 0);
    assert_int_equal(world_record("example.com")->failures, 0);
}

#define OTHER_AUTH                                                                                 \
    "[core]\nsources = one\nauth = other\nnotifiers = none\nverify-dns = no\n"                     \
    "[ip-source one]\nmodule = rig\n[auth other]\nmodule = rig\n"

/* Its auth strategy, which the configuration does not name any more, comes with it. */
static void test_unread_with_other_auth(void **state)
{
    (void)state;
    spoil();
    world_daemon(OTHER_AUTH HOSTS);
    world_pass(MINUTE);
    assert_null(engine_auth(engine, "rig"));
    bring_back();
    world_pass(7 * HOUR);
    assert_non_null(engine_auth(engine, "rig"));
    assert_int_equal(rig_http.tokens > 0, 1);
    assert_int_equal(world_record(ID)->failures, 0);
    assert_ip(&world_record(ID)->v4.published, "8.8.4.4");
}

static int told_of_auth;

static void hear(void *ctx, int level, const char *line)
{
    (void)ctx;
    told_of_auth += level == DCDDNS_LOG_WARN && strstr(line, "auth module \"gone\"") &&
                    strstr(line, "dcddns modules show gone") &&
                    strstr(line, "or run: dcddns setup " ID);
}

static void test_unread_with_missing_auth(void **state)
{
    (void)state;
    store("gone");
    spoil();
    world_daemon(OTHER_AUTH HOSTS);
    told_of_auth = 0;
    log_to(hear, NULL);
    world_pass(MINUTE);
    assert_int_equal(told_of_auth, 0);
    bring_back();
    world_pass(7 * HOUR);
    assert_int_equal(told_of_auth, 1);
    assert_non_null(strstr(world_record(ID)->error, "set auth = gone"));
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, world_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_unread_at_first),
        TEST(test_unread_with_other_auth),
        TEST(test_unread_with_missing_auth),
    };
    return cmocka_run_group_tests_name("unread grants", tests, NULL, NULL);
}
