/* Status: what is taken from an engine and from disk, and JSON in both directions. */
#include "engine_world.h"

#include "engine/status.h"
#include "own_memory.h"
#include "state/pending.h"

#define OTHER       "other.example.com"
#define WORLD_OTHER "[host " OTHER "]\nipv4 = yes\n"

static const struct status_names all;
static struct status status;

static int set_up(void **state)
{
    int rc = world_set_up(state);
    world_grant(ID, "dynamicdns-v2");
    world_daemon(WORLD_CORE WORLD_HOST WORLD_OTHER);
    world_pass(10 * MINUTE);
    return rc;
}

static int tear_down(void **state)
{
    status_free(&status);
    return world_tear_down(state);
}

static void take_live(void)
{
    struct error err = { 0 };
    status_free(&status);
    assert_int_equal(status_of_engine(engine, &all, &status, &err), 0);
}

static void test_live(void **state)
{
    (void)state;
    take_live();
    const struct status_host *h = &status.hosts[0], *bare = &status.hosts[1];
    assert_true(status.live);
    assert_string_equal(status.version, DCDDNS_VERSION);
    assert_int_equal(status.taken_at_ms, rig_wall_ms());
    assert_int_equal(status.host_count, 2);
    assert_string_equal(h->name, ID);
    assert_int_equal(h->state, RECORD_CURRENT);
    assert_ip(&h->v4.published, "8.8.4.4");
    assert_ip(&h->v6.observed, "2a00:1450::1");
    assert_string_equal(h->v4.source, "one");
    assert_true(h->v4.published_at_ms > 0 && h->checked_at_ms >= h->v4.published_at_ms);
    assert_true(h->next_check_at_ms > rig_wall_ms());
    assert_true(h->next_check_at_ms <= rig_wall_ms() + 360 * SECOND);
    assert_string_equal(h->grant.state, "active");
    assert_string_equal(h->grant.provider, "Example");
    assert_string_equal(h->grant.hosts, "home");
    assert_int_equal(h->grant.days_left, 29);
    assert_string_equal(bare->grant.state, "none");
    assert_false(bare->v6.wanted);
    assert_int_equal(bare->error_class, ERR_CONSENT);
    assert_int_equal(bare->failures > 0, 1);
}

static void test_waiting_addresses(void **state)
{
    (void)state;
    rig_set(0, RIG_SAY, "8.8.8.8", "2a00:1450::1");
    rig_set(1, RIG_HOLD, "8.8.8.8", "2a00:1450::1");
    engine_check_now(engine);
    for (int i = 0; i < 50; i++)
        engine_turn(engine, 5);
    take_live();
    assert_ip(&status.hosts[0].v4.candidate, "8.8.8.8");
    assert_ip(&status.hosts[0].v6.candidate, ""); /* no change */
    assert_ip(&status.hosts[0].v4.published, "8.8.4.4");
    rig_release();
    world_pass(2 * MINUTE);
    take_live();
    assert_ip(&status.hosts[0].v4.candidate, "");
    assert_ip(&status.hosts[0].v4.published, "8.8.8.8");
}

/* What is new for one host is not for another. */
static void test_candidate_is_of_a_host(void **state)
{
    (void)state;
    rig_set(1, RIG_HOLD, "8.8.4.4", "2a00:1450::1");
    engine_check_now(engine);
    for (int i = 0; i < 50; i++)
        engine_turn(engine, 5);
    take_live();
    assert_ip(&status.hosts[0].v4.candidate, "");
    assert_ip(&status.hosts[1].v4.candidate, "8.8.4.4");
}

static void test_names_choose(void **state)
{
    const char *items[] = { OTHER, "x.example.com" };
    const struct status_names names = { .items = items, .count = 2 };
    struct error err = { 0 };
    (void)state;
    assert_int_equal(status_of_engine(engine, &names, &status, &err), 0);
    assert_int_equal(status.host_count, 1);
    assert_string_equal(status.hosts[0].name, OTHER);
    assert_true(status.hosts[0].next_check_at_ms > 0);
}

static void test_disk(void **state)
{
    struct error err = { 0 };
    (void)state;
    engine_down();
    assert_int_equal(status_of_disk(world_config, rig_path, &all, &status, &err), 0);
    assert_false(status.live);
    assert_int_equal(status.daemon_pid, 0);
    assert_int_equal(status.host_count, 2);
    assert_ip(&status.hosts[0].v4.published, "8.8.4.4");
    assert_int_equal(status.hosts[0].next_check_at_ms, 0);
    status_free(&status);
    assert_int_equal(status_of_disk(world_config, "/nonexistent/state", &all, &status, &err), 0);
    assert_int_equal(status.host_count, 2);
    assert_int_equal(status.hosts[0].state, RECORD_NEW);
    assert_string_equal(status.hosts[0].grant.state, "none");
    status_free(&status);
    assert_int_equal(status_of_disk(world_config, "/proc/version", &all, &status, &err), -1);
}

/* -- grants, row by row ------------------------------------------------------------------------ */

static void store(bool needs_consent, bool in_flight, int failures, int64_t refreshed_ago_ms)
{
    struct error err = { 0 };
    struct grants *mine = grants_open(rig_dir, &err);
    struct grant g = grant_of(mine, ID);
    rig_pass(SECOND); /* another process; see test_grants_are_kept */
    g.needs_consent = needs_consent;
    g.refresh_in_flight = in_flight;
    g.refresh_failures = failures;
    g.refreshed_wall_ms = rig_wall_ms() - refreshed_ago_ms;
    grant_store(mine, ID, &g);
    grant_clear(&g);
    grants_close(&mine);
}

static void test_grant_states(void **state)
{
    static const struct {
        bool needs_consent, in_flight;
        int failures;
        int64_t ago_ms;
        const char *state;
        int days;
    } rows[] = {
        { false, false, 0, 0, "active", 30 },
        { false, false, 0, 24 * HOUR - 1, "active", 29 },
        { false, false, 0, 24 * HOUR, "active", 29 },
        { false, false, 0, 29 * DAY, "active", 1 },
        { false, false, 0, 31 * DAY, "active", 0 },
        { false, false, 0, -5 * DAY, "active", -1 }, /* the clock was set */
        { false, true, 0, 0, "refreshing", 30 },
        { false, false, 2, DAY, "probing", 29 },
        { true, true, 4, DAY, "needs-consent", 0 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        store(rows[i].needs_consent, rows[i].in_flight, rows[i].failures, rows[i].ago_ms);
        take_live();
        assert_string_equal(status.hosts[0].grant.state, rows[i].state);
        assert_int_equal(status.hosts[0].grant.days_left, rows[i].days);
        assert_int_equal(status.hosts[0].grant.needs_consent, rows[i].needs_consent);
    }
}

static void test_grant_pending_and_unreadable(void **state)
{
    struct pending pending = { .zone = "example.com",
                               .hosts = text("other"),
                               .named = text("other"),
                               .state = "s1",
                               .provider_id = text("p"),
                               .provider_name = text("P"),
                               .api_url = text(API),
                               .async_url = text(API),
                               .service_id = text("dynamicdns-v2"),
                               .auth = text("rig"),
                               .url = text(API),
                               .ipv4 = true,
                               .created_wall_ms = rig_wall_ms() };
    struct error err = { 0 };
    char path[160] = "";
    (void)state;
    snprintf(pending.id, sizeof(pending.id), "%s", OTHER);
    assert_int_equal(pending_save(rig_dir, &pending, &err), 0);
    pending_clear(&pending);
    rig_pass(SECOND);
    take_live();
    assert_string_equal(status.hosts[1].grant.state, "pending-consent");
    assert_false(status_is_unreadable(&status));
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof(path), "%s/grants/" ID "/record%s", rig_path, i ? ".prev" : "");
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fputs("damaged", file);
        fclose(file);
    }
    rig_pass(SECOND);
    take_live();
    assert_string_equal(status.hosts[0].grant.state, "unreadable");
    assert_true(status_is_unreadable(&status));
    assert_false(status.hosts[0].grant.found);
    const struct error why = status.hosts[0].grant.error;
    assert_non_null(strstr(why.text, "record"));
    struct json *json = status_to_json(&status); /* as who asks the daemon sees it */
    status_free(&status);
    assert_int_equal(status_from_json(json, &status), 0);
    json_free(&json);
    assert_true(status_is_unreadable(&status));
    assert_string_equal(status.hosts[0].grant.error.text, why.text);
}

/* -- JSON -------------------------------------------------------------------------------------- */

static void test_json_both_ways(void **state)
{
    struct status again = { 0 };
    (void)state;
    rig_pass(3 * DAY);
    take_live();
    status.hosts[0].v4.candidate = ip("9.9.9.9");
    snprintf(status.hosts[0].grant.pkce, sizeof(status.hosts[0].grant.pkce), "proven");
    snprintf(status.hosts[0].grant.control_panel, sizeof(status.hosts[0].grant.control_panel),
             "https://panel.provider.test/");
    status.unsaved_tokens = 3;
    status.daemon_since_at_ms = 77;
    struct json *json = status_to_json(&status);
    char *text = json_print(json, false);
    assert_null(strstr(text, "a1-access"));
    assert_null(strstr(text, "r1-refresh"));
    assert_int_equal(status_from_json(json, &again), 0);
    struct json *twice = status_to_json(&again);
    char *text_again = json_print(twice, false);
    assert_string_equal(text, text_again);
    mem_free(text);
    mem_free(text_again);
    json_free(&json);
    json_free(&twice);
    assert_ip(&again.hosts[0].v4.candidate, "9.9.9.9");
    assert_string_equal(again.hosts[0].grant.control_panel, "https://panel.provider.test/");
    assert_int_equal(again.hosts[1].error_class, ERR_CONSENT);
    assert_int_equal(again.unsaved_tokens, 3);
    status_free(&again);
}

static void test_json_of_others(void **state)
{
    static const char *const wrong[] = { "{}", "[]", "{\"schema\":2,\"hosts\":[]}",
                                         "{\"schema\":\"x\"}" };
    static const char odd[] = "{\"schema\":1,\"new\":[],\"hosts\":[{\"name\":5,\"state\":\"later\","
                              "\"failures\":-1,\"ipv4\":{\"published\":\"1.2.3\"},\"grant\":[],"
                              "\"grant_state\":\"other\",\"error_class\":\"x\"},7,null]}";
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct json *json = json_parse(wrong[i], strlen(wrong[i]));
        assert_int_equal(status_from_json(json, &status), -1);
        json_free(&json);
    }
    struct json *json = json_parse(odd, strlen(odd));
    assert_int_equal(status_from_json(json, &status), 0);
    json_free(&json);
    assert_int_equal(status.host_count, 3);
    assert_string_equal(status.hosts[0].name, "");
    assert_int_equal(status.hosts[0].failures, 0);
    assert_false(addr_is_set(&status.hosts[0].v4.published));
    assert_string_equal(status.hosts[0].grant.state, "unknown");
}

static void test_no_memory(void **state)
{
    struct error err = { 0 };
    int fails = 0;
    (void)state;
    for (long n = 0; n < 200; n++) {
        status_free(&status);
        own_memory_left = n;
        struct json *json =
            status_of_engine(engine, &all, &status, &err) == 0 ? status_to_json(&status) : NULL;
        own_memory_left = -1;
        fails += !json;
        json_free(&json);
    }
    assert_true(fails > 50);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_live),
        TEST(test_waiting_addresses),
        TEST(test_candidate_is_of_a_host),
        TEST(test_names_choose),
        TEST(test_disk),
        TEST(test_grant_states),
        TEST(test_grant_pending_and_unreadable),
        TEST(test_json_both_ways),
        TEST(test_json_of_others),
        TEST(test_no_memory),
    };
    own_memory_install();
    return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
