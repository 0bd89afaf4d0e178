/* The whole engine and DNS before the first update: what is right already is not sent again. */
#include "verify_world.h"

static void test_right_already(void **state)
{
    (void)state;
    dns_world_say_all(V4, V6);
    world_daemon(CONF);
    world_pass(10 * MINUTE);
    assert_int_equal(rig_http.count, 0);
    assert_ip(&world_record(ID)->v4.published, V4);
    assert_ip(&world_record(ID)->v6.published, V6);
    assert_int_equal(world_record(ID)->state, RECORD_CURRENT);
    assert_int_equal(dns_world.zones, 1);
    assert_int_equal(rig_events_of(EVENT_APPLIED, NULL), 0);
    /* From then on as if it had been published by us. */
    rig_set(0, RIG_SAY, "9.9.9.9", V6);
    rig_set(1, RIG_SAY, "9.9.9.9", V6);
    world_pass(10 * MINUTE);
    assert_int_equal(rig_http.applies, 1);
}

static void test_first_update(void **state)
{
    static const struct {
        const char *v4, *v6;
        enum dns_mood mood1, mood2;
        size_t servers;
    } cases[] = {
        { "", "", MOOD_WELL, MOOD_WELL, 2 },
        { V4, "", MOOD_WELL, MOOD_WELL, 2 },
        { "9.9.9.9", V6, MOOD_WELL, MOOD_WELL, 2 },
        { V4, V6, MOOD_NO_AUTHORITY, MOOD_NO_AUTHORITY, 2 },
        { V4, V6, MOOD_SILENT, MOOD_SERVFAIL, 2 },
        { V4, V6, MOOD_ALIAS, MOOD_WELL, 2 },
        { V4, V6, MOOD_WELL, MOOD_WELL, 0 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        dns_world_say_all(cases[i].v4, cases[i].v6);
        dns_world.servers = cases[i].servers;
        dns_world.list[0].mood = cases[i].mood1;
        dns_world.list[1].mood = cases[i].mood2;
        world_daemon(CONF);
        world_pass(MINUTE);
        assert_int_equal(rig_http.applies, 1);
        assert_ip(&world_record(ID)->v4.published, V4);
        assert_int_equal(dns_world.zones, cases[i].servers > 0);
        engine_down();
        rig_forget();
        dns_world_reset();
        world_grant("other.example.com", "dynamicdns-v2"); /* keeps the folder of grants */
        assert_int_equal(os.unlink(rig_dir, "records.json"), 0);
    }
    engine_up();
}

/* A person who asks for an update gets one; and `no` means no. */
static void test_not_asked(void **state)
{
    (void)state;
    dns_world_say_all(V4, V6);
    world_read(CONF);
    engine_up();
    assert_true(engine_check_host(engine, ID, true));
    world_cycle();
    assert_int_equal(engine_result(engine, ID).verdict, HOST_APPLIED);
    engine_down();
    config_free(&world_config);
    rig_forget();
    assert_int_equal(os.unlink(rig_dir, "records.json"), 0);
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(DAY);
    assert_int_equal(rig_http.applies, 1);
    assert_int_equal(rig_dns.questions, 0);
}

/* A command waits for the look, too. */
static void test_command(void **state)
{
    (void)state;
    dns_world_say_all(V4, V6);
    world_read(CONF);
    engine_up();
    assert_true(engine_check_host(engine, ID, false));
    world_cycle();
    assert_int_equal(engine_result(engine, ID).verdict, HOST_UNCHANGED);
    assert_int_equal(rig_http.count, 0);
}

/* The v1 template has no IPv6: what DNS says of it is nobody's business. */
static void test_v1(void **state)
{
    (void)state;
    dns_world_say_all(V4, "2a00:1450::99");
    world_grant(ID, "dynamicdns");
    world_daemon(WORLD_CORE "[host home.example.com]\nipv6 = no\nverify-dns = yes\n");
    world_pass(10 * MINUTE);
    assert_int_equal(rig_http.count, 0);
    rig_set(0, RIG_SAY, "9.9.9.9", V6);
    rig_set(1, RIG_SAY, "9.9.9.9", V6);
    provider_works = false;
    world_pass(10 * MINUTE);
    assert_int_equal(rig_http.applies, 1);
    assert_int_equal(dns_world.zones, 1);
    assert_int_equal(dns_of()->drifts, 0); /* 600 s and 60 s are not over */
    world_pass(8 * MINUTE);
    assert_int_equal(dns_of()->drifts, 1);
    assert_int_equal(rig_http.applies, 2);
}

static void consider_meanwhile(const struct dcddns_addr *server, const char *name,
                               enum dns_type type, struct dns_answer *out)
{
    cycle_consider(&engine->hosts[0]);
    dns_world_answer(server, name, type, out);
}

/* Another round ends while the first look is under way: the update goes on waiting for it. */
static void test_first_look_holds(void **state)
{
    (void)state;
    dns_world_say_all(V4, V6);
    rig_dns.handle = consider_meanwhile;
    world_daemon(CONF);
    world_pass(MINUTE);
    assert_int_equal(rig_http.count, 0);
    assert_ip(&world_record(ID)->v4.published, V4);
}

/* Stopped with a look under way, at each of its steps. */
static void test_stop(void **state)
{
    (void)state;
    dns_world_say_all(V4, V6);
    world_read(CONF);
    for (int turns = 0; turns < 8; turns++) {
        (void)os.unlink(rig_dir, "records.json"); /* of the run before */
        engine_up();
        engine_schedule_all(engine);
        for (int i = 0; i < 2000 && engine->looks.running == 0; i++)
            engine_turn(engine, 1);
        assert_int_equal(engine->looks.running, 1);
        for (int i = 0; i < turns; i++)
            engine_turn(engine, 0);
        engine_down();
    }
    assert_int_equal(rig_http.count, 0);
    engine_up();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(test_right_already),
        WITH_WORLD(test_first_update),
        WITH_WORLD(test_not_asked),
        WITH_WORLD(test_command),
        WITH_WORLD(test_v1),
        WITH_WORLD(test_first_look_holds),
        WITH_WORLD(test_stop),
    };
    return cmocka_run_group_tests_name("verify_first", tests, NULL, NULL);
}
