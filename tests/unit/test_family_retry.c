/* One family is found and the other is not: that one is asked for again soon, alone, and in
 * silence. */
#include "engine_world.h"

#define V6 "2a00:1450::1"

static int words; /* lines of the log that somebody reads */

static void hear(void *ctx, int level, const char *line)
{
    rig_log(ctx, level, line);
    words += level <= DCDDNS_LOG_INFO && strstr(line, "no IPv4 address") != NULL;
}

static void provider(const struct rig_request *r, struct http_answer *out)
{
    rig_reply(out, 200, rig_is_token(r) ? GRANTED("a2-access", "r2-refresh") : "");
}

static void both_say(enum rig_mode mode, const char *v4, const char *v6)
{
    rig_set(0, mode, v4, v6);
    rig_set(1, mode, v4, v6);
}

static int set_up(void **state)
{
    int rc = world_set_up(state);
    rig_http.handle = provider;
    world_grant(ID, "dynamicdns-v2");
    both_say(RIG_SAY, "", V6);
    words = 0;
    log_to(hear, NULL);
    world_daemon(WORLD_CORE WORLD_HOST);
    world_settle();
    return rc;
}

/* The first source, by family: 0 = IPv4. */
static int asked(int family)
{
    return rig_get(0).queries[family];
}

static void test_backs_off_and_ends(void **state)
{
    static const int at_s[] = { 2, 6, 14, 30, 62, 122 };
    const int64_t began = rig_boot_ms();
    (void)state;
    assert_int_equal(asked(0), 1);
    const int six = asked(1);
    for (int i = 0; i < 6; i++) {
        world_pass(began + at_s[i] * SECOND - 1 - rig_boot_ms());
        assert_int_equal(asked(0), 1 + i);
        world_pass(1);
        assert_int_equal(asked(0), 2 + i);
    }
    world_pass(began + 239 * SECOND - rig_boot_ms());
    assert_int_equal(asked(0), 7);
    assert_int_equal(asked(1), six);
    assert_int_equal(words, 1);
    world_pass(HOUR); /* then as the schedule says */
    assert_in_range(asked(0), 7 + 9, 7 + 16);
    assert_int_equal(rig_events_of(EVENT_RECOVERED, NULL), 0);
    assert_int_equal(rig_http.applies, 1);
}

static void test_found_soon(void **state)
{
    (void)state;
    assert_ip(&world_record(ID)->v6.published, V6);
    world_pass(10 * SECOND);
    const int six = asked(1);
    both_say(RIG_SAY, "8.8.4.4", V6);
    world_pass(65 * SECOND); /* with the gap between two updates */
    assert_ip(&world_record(ID)->v4.published, "8.8.4.4");
    assert_ip(&world_record(ID)->v6.published, V6);
    assert_int_equal(rig_http.applies, 2);
    assert_string_equal(rig_param(&rig_http.list[1], "IPv6"), V6);
    assert_int_equal(rig_events_of(EVENT_SOURCE_FAILED, NULL), 0);
    assert_true(asked(1) <= six + 1); /* when the gap was over */
    const int four = asked(0);
    world_pass(100 * SECOND);
    assert_int_equal(asked(0), four);
}

/* A network that changed begins anew; one that is away altogether has its own schedule. */
static void test_begins_anew(void **state)
{
    (void)state;
    world_pass(200 * SECOND);
    int four = asked(0);
    engine_check_now(engine);
    world_pass(31 * SECOND);
    assert_int_equal(asked(0), four + 5);
    both_say(RIG_FAIL, "", "");
    engine_check_now(engine);
    world_pass(0);
    four = asked(0);
    world_pass(20 * SECOND);
    assert_int_equal(asked(0), four);
}

/* Who asks meanwhile gets a round of both families, and does not wait for the schedule. */
static void test_asked_meanwhile(void **state)
{
    (void)state;
    both_say(RIG_HOLD, "8.8.4.4", V6);
    rig_pass(2 * SECOND);
    for (int i = 0; i < 50 && engine->slots[0].retrying == 0; i++)
        engine_turn(engine, 5);
    assert_int_equal(engine->slots[0].retrying, 4);
    const int six = asked(1);
    assert_true(engine_ask(engine, ID, true));
    for (int i = 0; i < 50; i++)
        engine_turn(engine, 5);
    assert_true(engine_is_asked(engine, ID));
    both_say(RIG_SAY, "8.8.4.4", V6);
    rig_release();
    world_pass(10 * SECOND);
    assert_false(engine_is_asked(engine, ID));
    assert_int_equal(asked(1), six + 1);
    assert_ip(&world_record(ID)->v4.published, "8.8.4.4");
}

/* Both families changed, and one of them is read while it does. */
static void contest(void)
{
    both_say(RIG_SAY, "8.8.4.4", V6);
    world_pass(70 * SECOND);
    assert_ip(&world_record(ID)->v4.published, "8.8.4.4");
    rig_http.applies = 0;
    world_pass(70 * SECOND);
    rig_set(0, RIG_SAY, "8.8.8.8", "2a00:1450::2");
    rig_set(1, RIG_SAY, "9.9.9.9", "2a00:1450::2");
    engine_check_now(engine);
    world_pass(1 * SECOND);
    assert_int_equal(rig_http.applies, 0);
}

static void test_settles_in_one_apply(void **state)
{
    (void)state;
    contest();
    both_say(RIG_SAY, "9.9.9.9", "2a00:1450::2");
    world_pass(12 * SECOND);
    assert_int_equal(rig_http.applies, 1);
    assert_ip(&world_record(ID)->v4.published, "9.9.9.9");
    assert_ip(&world_record(ID)->v6.published, "2a00:1450::2");
}

static void test_does_not_settle(void **state)
{
    (void)state;
    contest();
    world_pass(18 * SECOND);
    assert_int_equal(rig_http.applies, 0);
    world_pass(2 * SECOND);
    assert_int_equal(rig_http.applies, 1);
    assert_ip(&world_record(ID)->v4.published, "8.8.4.4");
    assert_ip(&world_record(ID)->v6.published, "2a00:1450::2");
    const int four = asked(0);
    world_pass(150 * SECOND); /* the rest of the tries */
    assert_true(asked(0) >= four + 3);
    assert_int_equal(rig_http.applies, 1);
}

/* One source, and the second try: each reads twice. */
static void test_settles_at_the_second_try(void **state)
{
    (void)state;
    contest();
    rig_set(1, RIG_FAIL, "", "");
    world_pass(5 * SECOND); /* within the first try: it was 8.8.8.8 before */
    both_say(RIG_SAY, "9.9.9.9", "2a00:1450::2");
    rig_set(1, RIG_FAIL, "", "");
    world_pass(14 * SECOND);
    assert_int_equal(rig_http.applies, 1);
    assert_ip(&world_record(ID)->v4.published, "9.9.9.9");
    assert_ip(&world_record(ID)->v6.published, "2a00:1450::2");
}

/* The network comes back: a family that was missing is contested first. */
static void test_was_missing_before(void **state)
{
    (void)state;
    both_say(RIG_SAY, "8.8.4.4", V6);
    world_pass(140 * SECOND);
    both_say(RIG_SAY, "", V6);
    engine_check_now(engine);
    world_pass(200 * SECOND); /* the tries are used up */
    rig_http.applies = 0;
    rig_set(0, RIG_SAY, "8.8.8.8", "2a00:1450::2");
    rig_set(1, RIG_SAY, "9.9.9.9", "2a00:1450::2");
    engine->slots[0].fresh = false;
    scheduler_put_earlier(&engine->scheduler,
                          (struct job){ .due_ms = os.boot_ms(), .kind = JOB_CHAIN });
    world_pass(1 * SECOND);
    assert_int_equal(rig_http.applies, 0);
    both_say(RIG_SAY, "9.9.9.9", "2a00:1450::2");
    world_pass(12 * SECOND);
    assert_int_equal(rig_http.applies, 1);
    assert_ip(&world_record(ID)->v4.published, "9.9.9.9");
}

/* An address that goes on changing is waited for. */
static void test_goes_on_changing(void **state)
{
    (void)state;
    contest();
    for (int i = 0; i < 2; i++) {
        char other[ADDR_TEXT_MAX] = "";
        world_pass(14 * SECOND);
        snprintf(other, sizeof(other), "9.9.9.%d", 10 + i);
        rig_set(1, RIG_SAY, other, "2a00:1450::2");
        engine_check_now(engine);
        world_pass(1 * SECOND);
        assert_int_equal(rig_http.applies, 0);
    }
    world_pass(20 * SECOND);
    assert_int_equal(rig_http.applies, 1);
    assert_ip(&world_record(ID)->v6.published, "2a00:1450::2");
}

/* Who asks has an answer now: what is known goes out. */
static void test_asked_does_not_wait(void **state)
{
    (void)state;
    contest();
    assert_true(engine_ask(engine, ID, false));
    world_pass(1 * SECOND);
    assert_false(engine_is_asked(engine, ID));
    assert_int_equal(rig_http.applies, 1);
    assert_ip(&world_record(ID)->v6.published, "2a00:1450::2");
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, world_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_backs_off_and_ends),
        TEST(test_found_soon),
        TEST(test_begins_anew),
        TEST(test_asked_meanwhile),
        TEST(test_settles_in_one_apply),
        TEST(test_does_not_settle),
        TEST(test_settles_at_the_second_try),
        TEST(test_was_missing_before),
        TEST(test_goes_on_changing),
        TEST(test_asked_does_not_wait),
    };
    return cmocka_run_group_tests_name("family retry", tests, NULL, NULL);
}
