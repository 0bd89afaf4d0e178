/* What notifiers are told and what the log says, over days of an engine: worth reading, and quiet.
 */
#include "notify_world.h"

/* -- failures of updates ----------------------------------------------------------------------- */

/* Two failures that pass are for the log only, and so is their end. */
static void test_short_trouble(void **state)
{
    (void)state;
    apply_status = 503;
    world_daemon(WORLD_CORE WORLD_HOST);
    while (rig_http.applies < 2)
        world_pass(SECOND);
    apply_status = 200;
    world_pass(HOUR);
    assert_int_equal(world_record(ID)->failures, 0);
    assert_int_equal(told(EVENT_FAILED), 0);
    assert_int_equal(told(EVENT_RECOVERED), 0);
    assert_int_equal(told(EVENT_APPLIED), 2);
    assert_int_equal(lines_with("503"), 2);
    assert_int_equal(lines_with("updates work again"), 1);
}

static void test_lasting_trouble(void **state)
{
    struct rig_event e = { 0 };
    (void)state;
    apply_status = 503;
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(12 * HOUR);
    const int failures = world_record(ID)->failures;
    assert_true(failures > 12);
    assert_int_equal(rig_events_of(EVENT_FAILED, &e), 1); /* the same, within a day */
    assert_string_equal(e.record, ID);
    assert_int_equal(lines_with("503"), failures >= 16 ? 5 : 4);
    apply_status = 200;
    world_pass(2 * HOUR);
    assert_int_equal(told(EVENT_RECOVERED), 1);
    /* Another spell is another matter, however soon. */
    apply_status = 503;
    both_say(RIG_SAY, "9.9.9.9", "2a00:1450::1");
    world_pass(6 * HOUR);
    assert_int_equal(told(EVENT_FAILED), 2);
    /* And its end is told also when it needs no update. */
    both_say(RIG_SAY, "8.8.4.4", "2a00:1450::1");
    world_pass(HOUR);
    assert_int_equal(told(EVENT_RECOVERED), 2);
}

static void test_at_once(void **state)
{
    (void)state;
    apply_status = 503;
    world_daemon("[core]\nsources = one\nauth = rig\nnotifiers = note\ncontrol-socket = none\n"
                 "tell-failures-after = 1\n[ip-source one]\nmodule = rig\n[auth rig]\nid = 2\n"
                 "[notifier note]\nmodule = rig\nid = 3\n" WORLD_HOST);
    world_pass(10 * SECOND);
    assert_int_equal(told(EVENT_FAILED), 1);
}

static void test_refusal_is_told_at_once(void **state)
{
    (void)state;
    apply_status = 403;
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(5 * SECOND);
    assert_int_equal(rig_http.applies, 1);
    assert_int_equal(told(EVENT_FAILED), 1);
    world_pass(20 * HOUR);
    assert_int_equal(told(EVENT_FAILED), 1);
    world_pass(9 * DAY);
    assert_true(told(EVENT_FAILED) >= 2 && told(EVENT_FAILED) <= 7); /* a word now and then */
}

/* A failure before a restart was told; so is its end after it. */
static void test_recovered_after_a_restart(void **state)
{
    (void)state;
    apply_status = 503;
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(HOUR);
    assert_int_equal(told(EVENT_FAILED), 1);
    engine_down();
    forget();
    apply_status = 200;
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(2 * HOUR);
    assert_int_equal(told(EVENT_FAILED), 0);
    assert_int_equal(told(EVENT_RECOVERED), 1);
}

/* -- quiet ------------------------------------------------------------------------------------- */

/* A provider that fails every other time, an address that changes each time, for a day: what
 * notifiers hear is bounded. */
static void test_flapping(void **state)
{
    (void)state;
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(HOUR);
    forget();
    for (int i = 0; i < 24 * 12; i++) { /* every five minutes */
        apply_status = i % 2 ? 503 : 200;
        both_say(RIG_SAY, i % 4 < 2 ? "8.8.8.8" : "9.9.9.9", "2a00:1450::1");
        engine_check_now(engine);
        world_pass(5 * MINUTE);
    }
    print_message("  a day of flapping: %d told, %d failures among them, %d lines\n",
                  rig_events_seen(), told(EVENT_FAILED), line_count);
    assert_int_equal(told(EVENT_FAILED), 0);
    assert_int_equal(told(EVENT_RECOVERED), 0);
    assert_true(rig_events_seen() > 20 && rig_events_seen() <= 24 * 12); /* real changes */
}

/* Three days in which nothing changes: three lines, the summaries. */
static void test_quiet_days(void **state)
{
    (void)state;
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(10 * MINUTE);
    assert_int_equal(rig_events_seen(), 2); /* both records */
    forget();
    world_pass(3 * DAY);
    assert_true(rig_queries(0) > 3 * 288 * 2 * 8 / 10);
    assert_int_equal(line_count, 3);
    assert_int_equal(lines_with("the last day: 1 host, "), 3);
    assert_int_equal(rig_events_seen(), 0); /* quiet, unless named */
}

/* Booted without a network: one line, sooner and later tries, and a word when it comes up. */
static void test_boot_without_network(void **state)
{
    (void)state;
    both_say(RIG_FAIL, "", "");
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(4 * MINUTE);
    assert_true(rig_get(0).queries[0] >= 7);
    assert_int_equal(line_count, 1);
    assert_int_equal(lines_with("no address: "), 1);
    assert_int_equal(rig_events_seen(), 0);
    both_say(RIG_SAY, "8.8.4.4", "2a00:1450::1");
    world_pass(2 * MINUTE);
    assert_int_equal(rig_http.applies, 1);
    assert_int_equal(lines_with("found again"), 2);
    assert_int_equal(told(EVENT_APPLIED), 2);
    assert_int_equal(rig_events_seen(), 2);
}

static void test_boot_without_network_for_hours(void **state)
{
    struct rig_event e = { 0 };
    (void)state;
    both_say(RIG_FAIL, "", "");
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(6 * HOUR);
    assert_int_equal(rig_events_of(EVENT_SOURCE_FAILED, &e), 1);
    assert_non_null(strstr(e.message, "no address: "));
    assert_true(line_count >= 3 && line_count <= 9);
    both_say(RIG_SAY, "8.8.4.4", "2a00:1450::1");
    world_pass(10 * MINUTE);
    assert_int_equal(told(EVENT_RECOVERED), 2);
}

/* -- addresses --------------------------------------------------------------------------------- */

static void test_cgnat(void **state)
{
    struct rig_event e = { 0 };
    (void)state;
    rig_set(0, RIG_SAY, "100.64.0.1", "2a00:1450::1");
    rig_set(1, RIG_FAIL, "", "2a00:1450::1"); /* says less than the first one */
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(2 * HOUR);
    assert_int_equal(rig_events_of(EVENT_CGNAT, &e), 1);
    assert_string_equal(e.message,
                        "one: 100.64.0.1 is in 100.64.0.0/10, Shared Address Space (CGNAT) (RFC "
                        "6598): the provider shares one address among many customers, dynamic DNS "
                        "cannot make this machine reachable; ask for a public address or use IPv6");
    assert_int_equal(told(EVENT_SOURCE_FAILED), 0);
    assert_int_equal(told(EVENT_FAILED), 0);
    assert_int_equal(lines_with("100.64.0.1"), 1);
    both_say(RIG_SAY, "8.8.4.4", "2a00:1450::1");
    world_pass(10 * MINUTE);
    assert_int_equal(told(EVENT_RECOVERED), 1);
    both_say(RIG_SAY, "100.127.255.254", "2a00:1450::1");
    world_pass(2 * HOUR);
    assert_int_equal(told(EVENT_CGNAT), 2); /* another spell */
    assert_ip(&world_record(ID)->v4.published, "8.8.4.4");
}

/* A module that asks beforehand and says no itself, as `interface` does. */
static void test_cgnat_met_by_a_module(void **state)
{
    struct rig_event e = { 0 };
    (void)state;
    rig_refused = ip("100.64.0.5");
    both_say(RIG_SAY, "", "2a00:1450::1");
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(2 * HOUR);
    assert_int_equal(rig_events_of(EVENT_CGNAT, &e), 1);
    assert_non_null(strstr(e.message, "there is none; the provider shares one address"));
    assert_int_equal(told(EVENT_SOURCE_FAILED), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ALONE(test_short_trouble),
        ALONE(test_lasting_trouble),
        ALONE(test_at_once),
        ALONE(test_refusal_is_told_at_once),
        ALONE(test_recovered_after_a_restart),
        ALONE(test_flapping),
        ALONE(test_quiet_days),
        ALONE(test_boot_without_network),
        ALONE(test_boot_without_network_for_hours),
        ALONE(test_cgnat),
        ALONE(test_cgnat_met_by_a_module),
    };
    return cmocka_run_group_tests_name("notify", tests, NULL, NULL);
}
