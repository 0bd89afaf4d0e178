/* Keep-alives: a refresh at least every seven days, over restarts, steps of the clock and refusals,
 * and at once after a refresh that was cut short. */
#include "engine_world.h"

static int token_status;
static int64_t refreshed_ms; /* of the last good refresh, boot clock */
static int64_t longest_ms;

static void answer(const struct rig_request *r, struct http_answer *out)
{
    if (!rig_is_token(r)) {
        rig_reply(out, 200, "");
        return;
    }
    if (token_status != 200) {
        rig_reply(out, token_status, "{\"error\":\"invalid_grant\"}");
        return;
    }
    int64_t gap = rig_boot_ms() - refreshed_ms;
    longest_ms = gap > longest_ms ? gap : longest_ms;
    refreshed_ms = rig_boot_ms();
    rig_reply(out, 200, GRANTED("a2-access", "r2-refresh"));
}

static int set_up(void **state)
{
    int rc = world_set_up(state);
    rig_http.handle = answer;
    token_status = 200;
    refreshed_ms = rig_boot_ms();
    longest_ms = 0;
    world_grant(ID, "dynamicdns-v2");
    return rc;
}

static void restart(void)
{
    engine_down();
    engine_up();
    engine_schedule_all(engine);
}

static void test_at_least_every_seven_days(void **state)
{
    (void)state;
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(50 * DAY);
    assert_true(longest_ms > 5 * DAY && longest_ms <= 7 * DAY + MINUTE);
    assert_true(rig_http.tokens >= 7 && rig_http.tokens <= 9);
    assert_int_equal(rig_http.applies, 1);
}

/* However often it is restarted. */
static void test_restarts(void **state)
{
    (void)state;
    world_daemon(WORLD_CORE WORLD_HOST);
    for (int i = 0; i < 60; i++) {
        world_pass((int64_t)(rig_random() % 30) * HOUR);
        restart();
    }
    world_pass(8 * DAY);
    assert_true(longest_ms <= 7 * DAY + MINUTE);
    assert_true(rig_http.tokens <= 10);
}

static void test_long_off(void **state)
{
    (void)state;
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(MINUTE);
    engine_down();
    rig_pass(20 * DAY);
    engine_up();
    engine_schedule_all(engine);
    world_pass(2 * MINUTE);
    assert_int_equal(rig_http.tokens, 1);
}

static void test_clock_steps_back(void **state)
{
    (void)state;
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(MINUTE);
    atomic_fetch_sub(&rig_wall_offset, 400 * DAY);
    restart();
    world_pass(15 * DAY);
    assert_true(rig_http.tokens >= 2 && rig_http.tokens <= 4);
    assert_true(longest_ms <= 7 * DAY + MINUTE);
    atomic_fetch_add(&rig_wall_offset, 400 * DAY);
}

static void store_cut_short(bool needs_consent)
{
    struct error err = { 0 };
    struct grants *mine = grants_open(rig_dir, &err);
    struct grant g = grant_of(mine, ID);
    g.refresh_in_flight = true;
    g.needs_consent = needs_consent;
    grant_store(mine, ID, &g);
    grant_clear(&g);
    grants_close(&mine);
}

/* The provider's grace for the old token is seconds: reliability.md, (c) f. */
static void test_cut_short(void **state)
{
    (void)state;
    store_cut_short(false);
    int64_t began = rig_boot_ms();
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(SECOND);
    assert_int_equal(rig_http.tokens, 1);
    assert_true(refreshed_ms - began <= SECOND);
    world_pass(5 * DAY);
    assert_int_equal(rig_http.tokens, 1);
}

static void test_cut_short_and_dead(void **state)
{
    (void)state;
    store_cut_short(true);
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(DAY);
    assert_int_equal(rig_http.tokens, 0);
}

static void test_refused(void **state)
{
    struct rig_event e = { 0 };
    (void)state;
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(MINUTE);
    token_status = 400;
    world_pass(12 * DAY);
    assert_int_equal(rig_http.tokens, 4); /* then, 60 s, 1 h, 24 h */
    RIG_AWAIT(rig_events_of(EVENT_CONSENT_NEEDED, &e) == 1);
    assert_non_null(strstr(e.message, "dcddns setup " ID));
    assert_string_equal(e.record, ID);
}

static void test_trouble_is_tried_again(void **state)
{
    (void)state;
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(MINUTE);
    token_status = 500;
    world_pass(8 * DAY);
    assert_true(rig_http.tokens >= 20 && rig_http.tokens <= 70); /* hourly */
    token_status = 200;
    world_pass(2 * HOUR);
    assert_true(rig_boot_ms() - refreshed_ms <= 2 * HOUR);
    assert_int_equal(rig_events_of(EVENT_CONSENT_NEEDED, NULL), 0);
}

static void test_no_grant(void **state)
{
    struct error err = { 0 };
    struct grants *mine = grants_open(rig_dir, &err);
    (void)state;
    assert_int_equal(grants_delete(mine, ID, &err), 0);
    grants_close(&mine);
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(10 * DAY);
    assert_int_equal(rig_http.tokens, 0);
}

/* The token is stale but lives: the update goes out with it, and the refresh is made up for without
 * another change of address. */
static void stale_start(int status)
{
    rig_pass(55 * MINUTE);
    token_status = status;
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(30 * SECOND);
    assert_int_equal(rig_http.applies, 1);
    assert_int_equal(rig_http.tokens, 1);
    token_status = 200;
}

static void test_update_without_fresh_token(void **state)
{
    (void)state;
    stale_start(500);
    world_pass(2 * MINUTE);
    assert_int_equal(rig_http.tokens, 2);
    assert_int_equal(rig_http.applies, 1);
    world_pass(DAY);
    assert_int_equal(rig_http.tokens, 2);
}

/* The time of the probing table, and neither earlier nor days later. */
static void test_update_refused_a_token(void **state)
{
    (void)state;
    stale_start(400);
    world_pass(20 * SECOND);
    assert_int_equal(rig_http.tokens, 1);
    world_pass(2 * MINUTE);
    assert_int_equal(rig_http.tokens, 2);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, world_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_at_least_every_seven_days),
        TEST(test_restarts),
        TEST(test_long_off),
        TEST(test_clock_steps_back),
        TEST(test_cut_short),
        TEST(test_cut_short_and_dead),
        TEST(test_refused),
        TEST(test_trouble_is_tried_again),
        TEST(test_update_without_fresh_token),
        TEST(test_update_refused_a_token),
        TEST(test_no_grant),
    };
    return cmocka_run_group_tests_name("keeper", tests, NULL, NULL);
}
