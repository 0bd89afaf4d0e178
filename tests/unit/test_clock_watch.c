/* The machine sleeps, in each state of the schedule, over seconds and a month; and it starts
 * without a network. */
#include "clock_rig.h"

static const int64_t SLEEPS[] = { 1 * SECOND, 90 * SECOND,      10 * MINUTE,
                                  5 * HOUR,   INT64_C(3) * DAY, INT64_C(30) * DAY };

/* -- the rule ---------------------------------------------------------------------------------- */

static void test_judge(void **state)
{
    static const struct {
        int64_t wait, took, wall_moved;
        unsigned what;
    } rows[] = {
        { 1000, 1000, 1000, 0 },
        { 1000, 15999, 15999, 0 }, /* a busy machine */
        { 1000, 16001, 16001, CLOCK_RESUMED },
        { -1, 60000, 60000, 0 },
        { 3600000, 60000, 60000, 0 },
        { 3600000, 75001, 75001, CLOCK_RESUMED }, /* no turn waits longer than a minute */
        { 1000, 1000, 11001, CLOCK_SET },
        { 1000, 1000, -9001, CLOCK_SET },
        { 1000, 1000, 10999, 0 },
        { 0, 86400000, 86402000, CLOCK_RESUMED }, /* the battery's clock is a little off */
        { 0, 86400000, 999, CLOCK_RESUMED | CLOCK_SET },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t ahead = 5000000;
        const struct clock_turn turn = { .before_ms = 1000,
                                         .wait_ms = rows[i].wait,
                                         .after_ms = 1000 + rows[i].took,
                                         .wall_ms = 5001000 + rows[i].wall_moved };
        if (clock_watch_judge(&ahead, &turn) != rows[i].what)
            fail_msg("row %zu", i);
        assert_int_equal(ahead, turn.wall_ms - turn.after_ms);
        const struct clock_turn next = { .before_ms = turn.after_ms,
                                         .wait_ms = 1000,
                                         .after_ms = turn.after_ms + 1000,
                                         .wall_ms = turn.wall_ms + 1000 };
        assert_int_equal(clock_watch_judge(&ahead, &next), 0); /* told once */
    }
}

/* A clock that is slewed by 500 ppm for years is never one that was set. */
static void test_drift(void **state)
{
    int64_t ahead = 0, boot = 0, wall = 0;
    (void)state;
    for (int i = 0; i < 1000000; i++) {
        const struct clock_turn turn = { boot, -1, boot + 60000, wall + 60030 };
        assert_int_equal(clock_watch_judge(&ahead, &turn), 0);
        boot = turn.after_ms;
        wall = turn.wall_ms;
    }
}

/* -- the engine -------------------------------------------------------------------------------- */

/* Idle: one check within 10 s, and a changed address is published. */
static void test_sleep_idle(void **state)
{
    (void)state;
    settled_daemon();
    for (size_t i = 0; i < sizeof(SLEEPS) / sizeof(SLEEPS[0]); i++) {
        char addr[32] = "";
        world_sleep(SLEEPS[i]);
        int rounds = rounds_within(10 * SECOND);
        assert_true(SLEEPS[i] < 80 * SECOND ? rounds <= 1 : rounds == 1);
        assert_int_equal(rig_http.applies, i);
        snprintf(addr, sizeof(addr), "9.9.9.%d", (int)i + 1);
        say(addr);
        world_sleep(SLEEPS[i]);
        world_pass(SLEEPS[i] < 80 * SECOND ? 7 * MINUTE : 20 * SECOND);
        assert_ip(&world_record(ID)->v4.published, addr);
        assert_int_equal(rig_http.applies, i + 1);
        world_pass(5 * MINUTE);
    }
}

/* A round is running: its source answers after the sleep. */
static void test_sleep_in_a_round(void **state)
{
    (void)state;
    settled_daemon();
    rig_set(0, RIG_HOLD, "8.8.4.4", "2a00:1450::1");
    engine_check_now(engine);
    engine_turn(engine, 0);
    RIG_AWAIT(rig_get(0).inside > 0);
    world_sleep(5 * HOUR);
    rig_release();
    say("9.9.9.9");
    world_pass(40 * SECOND);
    assert_ip(&world_record(ID)->v4.published, "9.9.9.9");
    assert_int_equal(rig_http.applies, 1);
}

/* An update is in flight: its answer comes after the sleep, and is the end of it. */
static void test_sleep_in_an_update(void **state)
{
    (void)state;
    settled_daemon();
    for (size_t i = 0; i < sizeof(SLEEPS) / sizeof(SLEEPS[0]); i++) {
        char addr[32] = "";
        snprintf(addr, sizeof(addr), "9.9.8.%d", (int)i + 1);
        say(addr);
        rig_forget();
        engine_check_now(engine);
        for (int n = 0; n < 5000 && updater_busy(engine->updater) == 0; n++) {
            engine_turn(engine, rig_asking(engine_net(engine)) ? 20 : 0);
            if (!rig_asking(engine_net(engine)) && updater_busy(engine->updater) == 0)
                rig_pass(100);
        }
        assert_int_equal(updater_busy(engine->updater), 1);
        world_sleep(SLEEPS[i]);
        world_pass(20 * SECOND);
        assert_ip(&world_record(ID)->v4.published, addr);
        assert_int_equal(rig_http.applies, 1);
        world_pass(10 * MINUTE);
        assert_int_equal(rig_http.applies, 1);
    }
}

/* A refresh is in flight, and nobody knows what became of it: the same token again, soon. */
static void test_sleep_in_a_refresh(void **state)
{
    (void)state;
    settled_daemon();
    hold_token = true;
    world_sleep(2 * HOUR); /* the access token is old now */
    say("9.9.9.9");
    world_pass(2 * SECOND);
    for (int n = 0; n < 100 && rig_http.tokens == 0; n++)
        world_pass(SECOND);
    size_t sent = rig_http.tokens;
    assert_true(sent >= 1 && sent <= 3); /* within the grace of the provider */
    hold_token = false;
    world_sleep(5 * HOUR);
    world_pass(MINUTE);
    assert_int_equal(rig_http.tokens, sent + 1);
    assert_non_null(strstr(rig_http.list[0].post, "r1-refresh"));
    assert_ip(&world_record(ID)->v4.published, "9.9.9.9");
    world_pass(DAY);
    assert_int_equal(rig_http.applies, 1);
}

/* Backing off: over when the machine wakes up, tried within seconds and once. */
static void test_sleep_backing_off(void **state)
{
    (void)state;
    settled_daemon();
    apply_status = 500;
    say("9.9.9.9");
    world_pass(8 * MINUTE);
    assert_true(rig_http.applies >= 1);
    rig_forget();
    apply_status = 200;
    world_sleep(3 * HOUR);
    world_pass(20 * SECOND);
    assert_int_equal(rig_http.applies, 1);
    assert_ip(&world_record(ID)->v4.published, "9.9.9.9");
}

/* What the provider asked for is not shortened by a sleep that is shorter. */
static void test_sleep_told_to_wait(void **state)
{
    (void)state;
    settled_daemon();
    apply_status = 503;
    apply_wait = 6 * 3600;
    say("9.9.9.9");
    world_pass(8 * MINUTE);
    assert_int_equal(rig_http.applies, 1);
    apply_status = 200;
    world_sleep(3 * HOUR);
    world_pass(2 * HOUR);
    assert_int_equal(rig_http.applies, 1);
    world_pass(3 * HOUR);
    assert_int_equal(rig_http.applies, 2);
}

/* Within the publish gap. */
static void test_sleep_in_the_gap(void **state)
{
    (void)state;
    settled_daemon();
    say("9.9.9.9");
    engine_check_now(engine);
    world_pass(3 * SECOND);
    engine_check_now(engine);
    world_pass(6 * SECOND);
    assert_int_equal(rig_http.applies, 1);
    say("9.9.9.8");
    engine_check_now(engine);
    world_pass(8 * SECOND);
    assert_int_equal(rig_http.applies, 1); /* waits */
    world_sleep(10 * MINUTE);
    world_pass(20 * SECOND);
    assert_int_equal(rig_http.applies, 2);
    assert_ip(&world_record(ID)->v4.published, "9.9.9.8");
}

/* A keep-alive is due: one refresh within two minutes. */
static void test_sleep_keep_alive(void **state)
{
    (void)state;
    settled_daemon();
    world_sleep(9 * DAY);
    world_pass(2 * MINUTE);
    assert_int_equal(rig_http.tokens, 1);
    assert_int_equal(rig_http.applies, 0);
    world_pass(3 * DAY);
    assert_int_equal(rig_http.tokens, 1);
}

/* There may be more grants than hosts, and in another order. */
static void test_sleep_keep_alive_of_second_grant(void **state)
{
    (void)state;
    world_grant("another.example.com", "dynamicdns-v2");
    settled_daemon();
    world_sleep(9 * DAY);
    world_pass(7 * SECOND);
    assert_int_equal(rig_http.tokens, 0); /* the network may not be back yet */
    world_pass(2 * MINUTE);
    assert_int_equal(rig_http.tokens, 1);
}

/* No network after the sleep: as after a start, 2, 4, 8 ... 60 s. */
static void test_sleep_then_no_network(void **state)
{
    (void)state;
    settled_daemon();
    for (int i = 0; i < 2; i++)
        rig_set(i, RIG_FAIL, "", "");
    world_sleep(8 * HOUR);
    assert_true(rounds_within(10 * SECOND) >= 1);
    assert_true(rounds_within(3 * MINUTE) >= 5);
    say("9.9.9.9");
    world_pass(70 * SECOND);
    assert_ip(&world_record(ID)->v4.published, "9.9.9.9");
}

/* -- the start --------------------------------------------------------------------------------- */

/* No network at boot: 2, 4, 8 ... 60 s until the first answer. */
static void test_boot_without_network(void **state)
{
    static const int64_t after_s[] = { 0, 2, 6, 14, 30, 62, 122, 182, 242 };
    (void)state;
    for (int i = 0; i < 2; i++)
        rig_set(i, RIG_FAIL, "", "");
    const int64_t began = rig_boot_ms();
    world_daemon(WORLD_CORE WORLD_HOST);
    world_settle();
    for (size_t i = 0; i + 1 < sizeof(after_s) / sizeof(after_s[0]); i++) {
        assert_int_equal(rig_get(0).queries[0], i + 1);
        world_pass(began + after_s[i + 1] * SECOND - 1 - rig_boot_ms());
        assert_int_equal(rig_get(0).queries[0], i + 1);
        world_pass(1);
    }
    say("9.9.9.9");
    world_pass(66 * SECOND);
    assert_ip(&world_record(ID)->v4.published, "9.9.9.9");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_judge),
        cmocka_unit_test(test_drift),
        TEST(test_sleep_idle),
        TEST(test_sleep_in_a_round),
        TEST(test_sleep_in_an_update),
        TEST(test_sleep_in_a_refresh),
        TEST(test_sleep_backing_off),
        TEST(test_sleep_told_to_wait),
        TEST(test_sleep_in_the_gap),
        TEST(test_sleep_keep_alive),
        TEST(test_sleep_keep_alive_of_second_grant),
        TEST(test_sleep_then_no_network),
        TEST(test_boot_without_network),
    };
    return cmocka_run_group_tests_name("clock watch", tests, NULL, NULL);
}
