/* The machine sleeps and its clock is set: in each state of the schedule, over seconds and years.
 */
#include "engine_world.h"

static const int64_t STEPS[] = { 3650, -3, -19000, 1 }; /* days; -19000 is about 1970 */
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

static int apply_status, token_status;
static bool hold_token;
static int64_t apply_wait;

static void answer(const struct rig_request *r, struct http_answer *out)
{
    if (rig_is_token(r)) {
        rig_reply(out, token_status, GRANTED("a2-access", "r2-refresh"));
        if (hold_token)
            rig_silence(out);
        return;
    }
    rig_reply(out, apply_status, "");
    if (apply_status != 200)
        out->retry_after_s = apply_wait;
}

static int set_up(void **state)
{
    int rc = world_set_up(state);
    atomic_store(&rig_wall_offset, INT64_C(1700000000000));
    rig_http.handle = answer;
    apply_status = token_status = 200;
    apply_wait = -1;
    hold_token = false;
    world_grant(ID, "dynamicdns-v2");
    return rc;
}

static void say(const char *v4)
{
    for (int i = 0; i < 2; i++)
        rig_set(i, RIG_SAY, v4, "2a00:1450::1");
}

static void set_clock(int64_t days)
{
    atomic_fetch_add(&rig_wall_offset, days * DAY);
}

static void pass_inside(void *arg)
{
    const int64_t *ms = arg;
    rig_pass(*ms);
}

/* The machine sleeps while the loop waits. */
static void world_sleep(int64_t ms)
{
    assert_true(net_post(engine_net(engine), pass_inside, &ms));
    engine_turn(engine, 0);
}

static void settled_daemon(void)
{
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(2 * MINUTE);
    assert_ip(&world_record(ID)->v4.published, "8.8.4.4");
    rig_forget();
}

static int rounds_within(int64_t ms)
{
    int before = rig_get(0).queries[0];
    world_pass(ms);
    return rig_get(0).queries[0] - before;
}

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

/* -- steps of the wall clock ------------------------------------------------------------------- */

/* Nothing more is asked, nothing less is refreshed. */
static void test_steps(void **state)
{
    int64_t refreshed = 0, longest = 0;
    (void)state;
    settled_daemon();
    refreshed = rig_boot_ms();
    for (int day = 0; day < 60; day++) {
        if (day % 3 == 0)
            set_clock(STEPS[day / 3 % 4]);
        size_t tokens = rig_http.tokens;
        int rounds = rounds_within(DAY);
        assert_true(rounds >= 240 && rounds <= 370);
        if (rig_http.tokens != tokens) {
            assert_int_equal(rig_http.tokens, tokens + 1);
            longest = rig_boot_ms() - refreshed > longest ? rig_boot_ms() - refreshed : longest;
            refreshed = rig_boot_ms();
        }
    }
    assert_int_equal(rig_http.applies, 0);
    assert_true(rig_http.tokens >= 8 && rig_http.tokens <= 11);
    assert_true(longest <= 8 * DAY);
}

/* 1970 at the start, then right: a grant of the boot before is neither early nor late. */
static void test_1970_at_boot(void **state)
{
    struct error err = { 0 };
    struct grants *mine = grants_open(rig_dir, &err);
    struct grant g = grant_of(mine, ID);
    (void)state;
    snprintf(g.boot_id, sizeof(g.boot_id), "%s", "the-boot-before");
    g.refreshed_wall_ms = g.obtained_wall_ms = rig_wall_ms() - 3 * DAY;
    grant_store(mine, ID, &g);
    grant_clear(&g);
    grants_close(&mine);
    struct records *records = records_open(rig_dir, &err);
    struct record *r = records_get(records, ID);
    r->v4.published = ip("8.8.4.4");
    r->v6.published = ip("2a00:1450::1");
    r->dirty = true;
    assert_int_equal(records_commit(records, true, &err), 0);
    records_close(&records);

    const int64_t right = atomic_load(&rig_wall_offset);
    atomic_store(&rig_wall_offset, -rig_boot_ms());
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(2 * MINUTE);
    atomic_store(&rig_wall_offset, right);
    world_pass(2 * DAY);
    assert_int_equal(rig_http.count, 0);
    world_pass(2 * DAY + HOUR);
    assert_int_equal(rig_http.tokens, 1);
    assert_int_equal(rig_http.applies, 0);
}

/* A refresh while the clock was ten years ahead, and a machine that is started every other day: the
 * grant has an age all the same. */
static void test_stored_in_the_future(void **state)
{
    struct error err = { 0 };
    struct grants *mine = grants_open(rig_dir, &err);
    struct grant g = grant_of(mine, ID);
    (void)state;
    snprintf(g.boot_id, sizeof(g.boot_id), "%s", "the-boot-before");
    g.refreshed_wall_ms = g.obtained_wall_ms = rig_wall_ms() + 3650 * DAY;
    grant_store(mine, ID, &g);
    grant_clear(&g);
    grants_close(&mine);
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(2 * HOUR);
    assert_int_equal(rig_http.tokens, 1);
    world_pass(5 * DAY);
    assert_int_equal(rig_http.tokens, 1);
}

static void restart(void)
{
    engine_down();
    engine_up();
    engine_schedule_all(engine);
}

/* A provider's waiting time over a restart in 1970, then right. */
static void test_waiting_in_1970(void **state)
{
    (void)state;
    settled_daemon();
    apply_status = 503;
    apply_wait = 2 * 3600;
    say("9.9.9.9");
    world_pass(8 * MINUTE);
    assert_int_equal(rig_http.applies, 1);
    apply_status = 200;
    const int64_t right = atomic_load(&rig_wall_offset);
    engine_down();
    atomic_store(&rig_wall_offset, -rig_boot_ms());
    engine_up();
    engine_schedule_all(engine);
    world_pass(10 * MINUTE);
    atomic_store(&rig_wall_offset, right);
    world_pass(HOUR);
    assert_int_equal(rig_http.applies, 1); /* not early */
    world_pass(90 * MINUTE);
    assert_int_equal(rig_http.applies, 2); /* nor a day late */
}

/* A clock that is set while a provider is being waited for, then a restart. */
static void test_waiting_follows_the_clock(void **state)
{
    (void)state;
    settled_daemon();
    apply_status = 503;
    apply_wait = 2 * 3600;
    say("9.9.9.9");
    world_pass(8 * MINUTE);
    apply_status = 200;
    set_clock(3650);
    world_pass(MINUTE);
    restart();
    world_pass(HOUR);
    assert_int_equal(rig_http.applies, 1);
    set_clock(-3653);
    world_pass(MINUTE);
    restart();
    world_pass(2 * HOUR);
    assert_int_equal(rig_http.applies, 2);
}

static bool clock_bad;

static void certificate(const struct rig_request *r, struct http_answer *out)
{
    answer(r, out);
    if (!clock_bad)
        return;
    out->status = 0;
    error_set(&out->error, ERR_TEMP, "the clock of this machine is wrong, set it: it says 1970");
}

/* What failed because of the clock is tried again as soon as that is set. */
static void test_set_after_a_failure(void **state)
{
    (void)state;
    rig_http.handle = certificate;
    settled_daemon();
    clock_bad = true;
    say("9.9.9.9");
    world_pass(3 * HOUR);
    assert_true(rig_http.applies >= 4);
    rig_forget();
    clock_bad = false;
    set_clock(300);
    world_pass(5 * SECOND);
    assert_int_equal(rig_http.applies, 1);
    assert_ip(&world_record(ID)->v4.published, "9.9.9.9");
}

/* Another failure keeps its time: a clock that is set often is no way around a back-off. */
static void test_set_after_another_failure(void **state)
{
    (void)state;
    settled_daemon();
    apply_status = 500;
    say("9.9.9.9");
    world_pass(3 * HOUR);
    rig_forget();
    for (int i = 0; i < 10; i++) {
        set_clock(i % 2 ? -20 : 20);
        world_pass(SECOND);
    }
    assert_true(rig_http.applies <= 1);
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

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, world_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_judge),
        cmocka_unit_test(test_drift),
        TEST(test_sleep_idle),
        TEST(test_sleep_in_a_round),
        TEST(test_sleep_backing_off),
        TEST(test_sleep_told_to_wait),
        TEST(test_sleep_in_the_gap),
        TEST(test_sleep_keep_alive),
        TEST(test_sleep_then_no_network),
        TEST(test_steps),
        TEST(test_1970_at_boot),
        TEST(test_stored_in_the_future),
        TEST(test_waiting_in_1970),
        TEST(test_waiting_follows_the_clock),
        TEST(test_set_after_a_failure),
        TEST(test_set_after_another_failure),
        TEST(test_boot_without_network),
    };
    return cmocka_run_group_tests_name("clock watch", tests, NULL, NULL);
}
