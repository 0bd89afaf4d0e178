/* Lost families: the rule, row by row, and what the engine makes of it over hours, restarts, steps
 * of the clock and a provider that refuses. */
#include "engine_world.h"

#include "engine/lost_family.h"

#define A1 "8.8.4.4"
#define B1 "2a00:1450::1"
#define B2 "2a00:1450::2"

#define CORE_AND(line) WORLD_CORE "[host home.example.com]\nipv4 = yes\nipv6 = yes\n" line

/* -- the rule ---------------------------------------------------------------------------------- */

static enum lost_news look(struct record_loss *loss, enum lost_sight seen, enum lost_sight other,
                           int64_t minutes)
{
    const struct lost_look one = { .seen = seen,
                                   .other = other,
                                   .published = true,
                                   .elapsed_ms = minutes * MINUTE,
                                   .wall_ms = 77 };
    return lost_family_look(loss, &one);
}

static void test_told_once_a_spell(void **state)
{
    struct record_loss loss = { 0 };
    (void)state;
    for (int spell = 0; spell < 3; spell++) {
        assert_int_equal(look(&loss, LOST_MISSING, LOST_FOUND, 500), LOST_NOTHING);
        assert_int_equal(loss.missing_ms, 0); /* nobody knows how long before the first round */
        assert_int_equal(loss.since_wall_ms, 77);
        assert_int_equal(look(&loss, LOST_MISSING, LOST_FOUND, 500), LOST_NOTHING);
        assert_int_equal(look(&loss, LOST_MISSING, LOST_FOUND, 1), LOST_TELL);
        for (int i = 0; i < 100; i++)
            assert_int_equal(look(&loss, LOST_MISSING, LOST_FOUND, 60), LOST_NOTHING);
        assert_int_equal(look(&loss, LOST_FOUND, LOST_FOUND, 5), LOST_IS_BACK);
        assert_int_equal(loss.rounds + loss.missing_ms + loss.since_wall_ms + loss.told, 0);
        assert_int_equal(look(&loss, LOST_FOUND, LOST_FOUND, 5), LOST_NOTHING);
    }
}

static void test_short_gaps_are_not_told(void **state)
{
    struct record_loss loss = { 0 };
    (void)state;
    for (int i = 0; i < 15; i++) /* a minute each: not 15 minutes before the sixteenth */
        assert_int_equal(look(&loss, LOST_MISSING, LOST_FOUND, 1), LOST_NOTHING);
    assert_int_equal(look(&loss, LOST_FOUND, LOST_FOUND, 1), LOST_NOTHING);
    assert_int_equal(loss.missing_ms, 0);
}

static void test_what_does_not_count(void **state)
{
    struct record_loss loss = { 0 };
    (void)state;
    for (int i = 0; i < 100; i++) {
        assert_int_equal(look(&loss, LOST_MISSING, LOST_MISSING, 60), LOST_NOTHING);
        assert_int_equal(look(&loss, LOST_MISSING, LOST_UNSURE, 60), LOST_NOTHING);
        assert_int_equal(look(&loss, LOST_UNSURE, LOST_FOUND, 60), LOST_NOTHING);
        assert_int_equal(look(&loss, LOST_MISSING, LOST_FOUND, -60) == LOST_TELL, false);
    }
    assert_int_equal(loss.missing_ms, 0);
    const struct lost_look unpublished = { .seen = LOST_MISSING,
                                           .other = LOST_FOUND,
                                           .elapsed_ms = HOUR };
    loss.told = true;
    assert_int_equal(lost_family_look(&loss, &unpublished), LOST_NOTHING);
    assert_false(loss.told);
}

static void test_long_enough(void **state)
{
    struct record_loss loss = { .told = true, .missing_ms = 2 * HOUR - 1 };
    (void)state;
    assert_false(lost_family_is_over(&loss, 7200));
    loss.missing_ms++;
    assert_true(lost_family_is_over(&loss, 7200));
    assert_false(lost_family_is_over(&loss, 0));
    loss.told = false;
    assert_false(lost_family_is_over(&loss, 7200));
}

/* -- the engine -------------------------------------------------------------------------------- */

static void say(const char *v4, const char *v6)
{
    for (int i = 0; i < 2; i++)
        rig_set(i, RIG_SAY, v4, v6);
}

static const struct rig_request *last_apply(void)
{
    assert_true(rig_http.count > 0 && rig_http.count <= RIG_REQUESTS);
    return &rig_http.list[rig_http.count - 1];
}

static void assert_sent(const char *v4, const char *v6, const char *groups)
{
    assert_string_equal(rig_param(last_apply(), "IPv4"), v4);
    assert_string_equal(rig_param(last_apply(), "IPv6"), v6);
    assert_string_equal(rig_param(last_apply(), "groupId"), groups);
}

/* Both families are published. */
static void begin(const char *config)
{
    rig_http.handle = NULL;
    world_grant(ID, "dynamicdns-v2");
    world_daemon(config);
    world_pass(MINUTE);
    assert_ip(&world_record(ID)->v6.published, B1);
    rig_forget();
}

static void token_or_done(const struct rig_request *r, struct http_answer *out)
{
    rig_reply(out, 200, rig_is_token(r) ? GRANTED("a2-access", "r2-refresh") : "");
}

static void no_applies(const struct rig_request *r, struct http_answer *out)
{
    rig_reply(out, rig_is_token(r) ? 200 : 500,
              rig_is_token(r) ? GRANTED("a2-access", "r2-refresh") : "");
}

static void test_kept_and_sent_again(void **state)
{
    struct rig_event e = { 0 };
    (void)state;
    begin(CORE_AND(""));
    rig_http.handle = token_or_done;
    say(A1, "");
    world_pass(10 * MINUTE);
    assert_int_equal(rig_events_of(EVENT_FAMILY_LOST, NULL), 0);
    world_pass(20 * MINUTE);
    RIG_AWAIT(rig_events_of(EVENT_FAMILY_LOST, &e) == 1);
    assert_int_equal(e.level, DCDDNS_LOG_WARN);
    assert_string_equal(e.record, ID);
    assert_ip(&e.before, B1);
    assert_non_null(strstr(e.message, "no IPv6 address for"));
    assert_non_null(strstr(e.message, "AAAA record stays " B1));
    world_pass(30 * DAY);
    assert_int_equal(rig_http.applies, 0);
    assert_int_equal(rig_events_of(EVENT_FAMILY_LOST, NULL), 1);
    say("8.8.8.8", "");
    world_pass(HOUR);
    assert_sent("8.8.8.8", B1, "IPv4,IPv6");
    say("8.8.8.8", B2);
    world_pass(HOUR);
    assert_sent("8.8.8.8", B2, "IPv4,IPv6");
    RIG_AWAIT(rig_events_of(EVENT_RECOVERED, &e) == 2); /* of the sources, then of the host */
    assert_non_null(strstr(e.message, "IPv6 is back: " B2));
}

static void test_left_out_and_back(void **state)
{
    struct rig_event e = { 0 };
    (void)state;
    begin(CORE_AND("on-lost-family = remove-after 2 h\n"));
    rig_http.handle = token_or_done;
    say(A1, "");
    world_pass(2 * HOUR - 5 * MINUTE);
    assert_int_equal(rig_http.applies, 0);
    world_pass(20 * MINUTE);
    assert_int_equal(rig_http.applies, 1);
    assert_sent(A1, "(none)", "IPv4");
    assert_ip(&world_record(ID)->v6.published, "");
    RIG_AWAIT(rig_events_of(EVENT_APPLIED, &e) == 3);
    assert_non_null(strstr(e.message, "AAAA record left out after 2 h"));
    assert_ip(&e.before, B1);
    assert_ip(&e.after, "");
    world_pass(30 * DAY);
    assert_int_equal(rig_http.applies, 1); /* once */
    assert_int_equal(rig_events_of(EVENT_FAMILY_LOST, NULL), 1);
    say(A1, B1);
    world_pass(10 * MINUTE);
    assert_int_equal(rig_http.applies, 2);
    assert_sent(A1, B1, "IPv4,IPv6");
    assert_true(rig_queries(1) >= 1); /* it was confirmed as every change is */
}

static void test_ipv4_is_left_out(void **state)
{
    (void)state;
    begin(CORE_AND("on-lost-family = remove-after 1 h\n"));
    rig_http.handle = token_or_done;
    say("", B1);
    world_pass(2 * HOUR);
    assert_sent("(none)", B1, "IPv6");
    assert_ip(&world_record(ID)->v4.published, "");
}

static void test_both_lost(void **state)
{
    (void)state;
    begin(CORE_AND("on-lost-family = remove-after 1 h\n"));
    say("", "");
    world_pass(30 * DAY);
    assert_int_equal(rig_http.applies, 0);
    assert_int_equal(rig_events_of(EVENT_FAMILY_LOST, NULL), 0);
    assert_ip(&world_record(ID)->v4.published, A1);
    assert_ip(&world_record(ID)->v6.published, B1);
    /* One comes back: the time without either of them was no time without the other. */
    rig_http.handle = token_or_done;
    say(A1, "");
    world_pass(50 * MINUTE);
    assert_int_equal(rig_http.applies, 0);
    world_pass(HOUR);
    assert_int_equal(rig_http.applies, 1);
}

static void test_restarts(void **state)
{
    (void)state;
    begin(CORE_AND("on-lost-family = remove-after 6 h\n"));
    rig_http.handle = token_or_done;
    say(A1, "");
    int64_t began = rig_boot_ms();
    for (int i = 0; i < 60 && rig_http.applies == 0; i++) {
        world_pass(20 * MINUTE);
        engine_down();
        engine_up();
        engine_schedule_all(engine);
    }
    assert_sent(A1, "(none)", "IPv4");
    assert_true(rig_boot_ms() - began >= 6 * HOUR - 10 * MINUTE);
    assert_true(rig_boot_ms() - began <= 8 * HOUR);
    assert_true(rig_events_of(EVENT_FAMILY_LOST, NULL) == 1);
}

/* Neither what the wall clock does nor the sleep of the machine is time without the family. */
static void test_clocks(void **state)
{
    (void)state;
    begin(CORE_AND("on-lost-family = remove-after 720 h\n"));
    say(A1, "");
    world_pass(HOUR);
    for (int i = 0; i < 6; i++) {
        int64_t step = i % 2 ? -3650 * DAY : 3650 * DAY;
        atomic_fetch_add(&rig_wall_offset, step);
        if (i > 3) {
            engine_down();
            engine_up();
            engine_schedule_all(engine);
        }
        world_pass(HOUR);
    }
    rig_pass(60 * DAY);
    world_pass(HOUR);
    assert_int_equal(rig_http.applies, 0);
    assert_ip(&world_record(ID)->v6.published, B1);
    assert_true(world_record(ID)->v6.loss.missing_ms <= 9 * HOUR + 30 * MINUTE);
}

static void test_provider_refuses(void **state)
{
    (void)state;
    begin(CORE_AND("on-lost-family = remove-after 1 h\n"));
    rig_http.handle = no_applies;
    say(A1, "");
    world_pass(3 * HOUR);
    assert_true(rig_http.applies >= 2 && rig_http.applies <= 12);
    assert_ip(&world_record(ID)->v6.published, B1);
    rig_http.handle = token_or_done;
    world_pass(2 * HOUR);
    assert_ip(&world_record(ID)->v6.published, "");
}

/* What is refused or contested was seen. */
static void test_unsure(void **state)
{
    (void)state;
    begin(CORE_AND("on-lost-family = remove-after 1 h\nexpect = 2a00::/16\n"));
    say(A1, "2a01::1");
    world_pass(DAY);
    rig_set(0, RIG_SAY, A1, B2);
    rig_set(1, RIG_SAY, A1, "2a00:1450::3");
    world_pass(DAY);
    assert_int_equal(rig_http.applies, 0);
    assert_int_equal(rig_events_of(EVENT_FAMILY_LOST, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_told_once_a_spell),
        cmocka_unit_test(test_short_gaps_are_not_told),
        cmocka_unit_test(test_what_does_not_count),
        cmocka_unit_test(test_long_enough),
        WITH_WORLD(test_kept_and_sent_again),
        WITH_WORLD(test_left_out_and_back),
        WITH_WORLD(test_ipv4_is_left_out),
        WITH_WORLD(test_both_lost),
        WITH_WORLD(test_restarts),
        WITH_WORLD(test_clocks),
        WITH_WORLD(test_provider_refuses),
        WITH_WORLD(test_unsure),
    };
    return cmocka_run_group_tests_name("lost family", tests, NULL, NULL);
}
