/* Looks at DNS where they meet what else a host goes through: a family that is contested, another
 * template, a restart, a line that does not move. */
#include "verify_world.h"

/* The sources disagree on IPv6 for good; IPv4, which they agree on, is put right all the same. */
static void test_other_family_contested(void **state)
{
    struct rig_event e = { 0 };
    (void)state;
    settled();
    rig_set(0, RIG_SAY, V4, "2a00:1450::aaaa");
    rig_set(1, RIG_SAY, V4, "2a00:1450::bbbb");
    world_pass(HOUR);
    dns_world_say_all("6.6.6.6", V6);
    world_pass(3 * HOUR);
    assert_int_equal(rig_http.applies, 2);
    assert_string_equal(rig_param(&last_apply, "IPv4"), V4);
    assert_string_equal(rig_param(&last_apply, "IPv6"), V6);
    RIG_AWAIT(rig_events_of(EVENT_DRIFT, &e) == 1);
}

/* A grant for the template without IPv6 took the place of one with it. */
static void test_template_without_ipv6(void **state)
{
    (void)state;
    settled();
    engine_down();
    world_grant(ID, "dynamicdns");
    dns_world.zones = 0;
    engine_up();
    engine_schedule_all(engine);
    world_pass(10 * HOUR);
    assert_in_range(dns_world.zones, 8, 15);
    assert_true(rig_wall_ms() - dns_of()->asked_wall_ms < 2 * HOUR);
}

/* What became of the last update of the run before is looked at when it must be visible. */
static void test_restart_after_update(void **state)
{
    (void)state;
    settled();
    world_pass(20 * MINUTE);
    rig_set(0, RIG_SAY, "9.9.9.9", V6);
    rig_set(1, RIG_SAY, "9.9.9.9", V6);
    while (rig_http.applies < 2)
        world_pass(10 * SECOND);
    const size_t before = dns_world.zones;
    engine_down();
    engine_up();
    engine_schedule_all(engine);
    world_pass(4 * MINUTE);
    assert_true(dns_world.zones > before);
}

/* All that may be asked at once hang: an update waits for its look no longer than it would take. */
static void test_line_that_stands(void **state)
{
    (void)state;
    world_read(CONF);
    engine_up();
    engine->looks.running = VERIFY_LOOKS;
    engine_schedule_all(engine);
    world_pass(30 * SECOND);
    assert_int_equal(rig_http.applies, 1);
    engine->looks.running = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(test_other_family_contested),
        WITH_WORLD(test_template_without_ipv6),
        WITH_WORLD(test_restart_after_update),
        WITH_WORLD(test_line_that_stands),
    };
    return cmocka_run_group_tests_name("verify_seams", tests, NULL, NULL);
}
