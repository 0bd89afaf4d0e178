/* Several notifiers of one engine: filters, bursts, one that hangs, one whose receiver is away. */
#include "notify_world.h"

#define TWO_NOTIFIERS                                                                              \
    "[core]\nsources = one, two\nauth = rig\nnotifiers = all, few\ncontrol-socket = none\n"        \
    "[ip-source one]\nmodule = rig\nid = 0\n[ip-source two]\nmodule = rig\nid = 1\n"               \
    "[auth rig]\nid = 2\n[notifier all]\nmodule = rig\nid = 3\nevents = all\n"                     \
    "[notifier few]\nmodule = rig\nid = 3\nevents = consent, notifier, source, -source.failed\n"

static void test_filters(void **state)
{
    struct rig_event e = { 0 };
    (void)state;
    world_daemon(TWO_NOTIFIERS WORLD_HOST);
    world_pass(DAY + HOUR);
    assert_int_equal(told(EVENT_APPLIED), 2);
    assert_int_equal(told_to("few"), 0);
    assert_int_equal(rig_events_of(EVENT_SUMMARY, &e), 1);
    assert_int_equal(strncmp(e.message, "the last day: 1 host, ", 22), 0);
    assert_non_null(strstr(e.message, ", 2 changes, 0 failures; home.example.com 8.8.4.4 2a00:"));
    assert_int_equal(e.level, DCDDNS_LOG_INFO);
    both_say(RIG_FAIL, "", "");
    world_pass(HOUR);
    assert_int_equal(told(EVENT_SOURCE_FAILED), 1);
    assert_int_equal(told_to("few"), 0);
}

static void test_summary_of_trouble(void **state)
{
    struct rig_event e = { 0 };
    struct error err = { 0 };
    (void)state;
    world_daemon(TWO_NOTIFIERS WORLD_HOST "[host b.example.com]\n");
    world_pass(HOUR);
    struct grants *mine = grants_open(rig_dir, &err);
    struct grant g = grant_of(mine, ID);
    g.refreshed_wall_ms -= 20 * DAY;
    grant_store(mine, ID, &g);
    grant_clear(&g);
    grants_close(&mine);
    world_pass(DAY);
    assert_int_equal(rig_events_of(EVENT_SUMMARY, &e), 1);
    assert_non_null(strstr(e.message, "2 hosts"));
    assert_non_null(strstr(e.message, "; b.example.com has no grant"));
    assert_non_null(strstr(e.message, "; b.example.com is not published"));
    assert_non_null(
        strstr(e.message, "home.example.com could not be refreshed for days, about 9 left"));
}

/* Fifty hosts change at once: ten are told, the others in one word a minute later. */
static void test_burst(void **state)
{
    struct rig_event e = { 0 };
    char text[8192] = WORLD_CORE;
    (void)state;
    for (int i = 0; i < 50; i++) {
        char name[64] = "";
        snprintf(name, sizeof(name), "h%02d.example.com", i);
        world_grant(name, "dynamicdns-v2");
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "[host %s]\n", name);
    }
    world_daemon(text);
    world_pass(30 * SECOND);
    assert_int_equal(rig_http.applies, 50);
    assert_int_equal(lines_with("A record set to 8.8.4.4"), 50);
    assert_int_equal(told(EVENT_APPLIED), 10);
    world_pass(MINUTE);
    assert_int_equal(rig_events_of(EVENT_APPLIED, &e), 11);
    assert_non_null(strstr(e.message, "A record set to 8.8.4.4 (and 39 more, see the log)"));
    world_pass(HOUR);
    assert_int_equal(told(EVENT_APPLIED), 11);
}

/* No limit holds back that somebody must consent. */
static void test_urgent(void **state)
{
    struct event event = { .id = EVENT_APPLIED, .level = DCDDNS_LOG_NOTICE };
    struct rig_event e = { 0 };
    (void)state;
    world_daemon(WORLD_CORE);
    for (int i = 0; i < 30; i++) {
        snprintf(event.message, sizeof(event.message), "%d", i);
        events_send(engine->events, &event);
    }
    event.id = EVENT_CONSENT_NEEDED;
    events_send(engine->events, &event);
    world_settle();
    assert_int_equal(told(EVENT_APPLIED), 10);
    assert_int_equal(rig_events_of(EVENT_CONSENT_NEEDED, &e), 1);
    assert_string_equal(e.message, "29 (and 20 more, see the log)");
}

static void test_hanging_notifier(void **state)
{
    struct rig_event e = { 0 };
    (void)state;
    rig_hanging = "all";
    world_daemon(TWO_NOTIFIERS WORLD_HOST);
    world_pass(10 * SECOND);
    RIG_AWAIT(atomic_load(&rig_notify_entered) == 1);
    assert_int_equal(told(EVENT_NOTIFIER_STUCK), 0);
    world_pass(MINUTE);
    RIG_AWAIT(rig_events_of(EVENT_NOTIFIER_STUCK, &e) == 1);
    assert_string_equal(e.to, "few");
    assert_int_equal(lines_with("notifier all (module rig) did not come back"), 1);
    world_pass(DAY);
    assert_int_equal(told(EVENT_NOTIFIER_STUCK), 1);
    assert_int_equal(lines_with("did not come back"), 1);
    /* Nothing came into its queue since. */
    rig_release();
    RIG_AWAIT(told_to("all") == 2);
    usleep(50000);
    assert_int_equal(told_to("all"), 2);
    assert_int_equal(told(EVENT_SUMMARY), 0);
}

/* Behind a dead uplink a change is told when the uplink is back. */
static void test_told_later(void **state)
{
    (void)state;
    atomic_store(&rig_notify_code, DCDDNS_E_TEMP);
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(10 * MINUTE);
    assert_int_equal(rig_events_seen(), 0);
    atomic_store(&rig_notify_code, DCDDNS_OK);
    rig_pass(10 * MINUTE);
    RIG_AWAIT(rig_events_seen() == 2);
    assert_int_equal(told(EVENT_APPLIED), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ALONE(test_filters), ALONE(test_summary_of_trouble), ALONE(test_burst),
        ALONE(test_urgent),  ALONE(test_hanging_notifier),   ALONE(test_told_later),
    };
    return cmocka_run_group_tests_name("notifiers", tests, NULL, NULL);
}
