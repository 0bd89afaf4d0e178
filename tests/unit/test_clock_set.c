/* The clock of the machine is set: nothing is asked for because of it, and nothing is forgotten. */
#include "clock_rig.h"

static const int64_t STEPS[] = { 3650, -3, -19000, 1 }; /* days; -19000 is about 1970 */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_steps),
        TEST(test_1970_at_boot),
        TEST(test_stored_in_the_future),
        TEST(test_waiting_in_1970),
        TEST(test_waiting_follows_the_clock),
        TEST(test_set_after_a_failure),
        TEST(test_set_after_another_failure),
    };
    return cmocka_run_group_tests_name("clock set", tests, NULL, NULL);
}
