/* The whole engine and DNS: looked at after each update and every hour; what somebody changed is
 * put right, once; what is not known for certain changes nothing. */
#include "verify_world.h"

/* -- drift ------------------------------------------------------------------------------------- */

static void test_repaired_once(void **state)
{
    struct rig_event e = { 0 };
    (void)state;
    settled();
    dns_world_say_all("6.6.6.6", V6);
    world_pass(3 * HOUR);
    assert_int_equal(rig_http.applies, 2);
    assert_string_equal(rig_param(&last_apply, "IPv4"), V4);
    assert_string_equal(rig_param(&last_apply, "IPv6"), V6);
    assert_string_equal(dns4, V4);
    assert_int_equal(dns_of()->state, RECORD_DNS_CURRENT);
    RIG_AWAIT(rig_events_of(EVENT_DRIFT, &e) == 1);
    assert_non_null(strstr(e.message, "example.net says A 6.6.6.6, published was 8.8.4.4"));
    assert_non_null(strstr(e.message, "it is being put right"));
    assert_ip(&e.before, V4);
    assert_ip(&e.after, "6.6.6.6");
    assert_string_equal(e.record, ID);
    RIG_AWAIT(rig_events_of(EVENT_RECOVERED, &e) == 1);
    world_pass(DAY);
    assert_int_equal(rig_http.applies, 2);
    assert_int_equal(rig_events_of(EVENT_DRIFT, NULL), 1);
}

static void test_removed_record(void **state)
{
    (void)state;
    settled();
    dns_world_say_all(V4, "");
    world_pass(3 * HOUR);
    assert_int_equal(rig_http.applies, 2);
    assert_string_equal(dns6, V6);
}

/* Two updates that do not help, then words; a restart makes no third one. */
static void test_no_help(void **state)
{
    struct rig_event e = { 0 };
    (void)state;
    settled();
    provider_works = false;
    dns_world_say_all("6.6.6.6", V6);
    world_pass(2 * DAY);
    assert_int_equal(rig_http.applies, 3);
    RIG_AWAIT(rig_events_of(EVENT_DRIFT, &e) >= 2);
    assert_true(rig_events_of(EVENT_DRIFT, NULL) <= 6);
    assert_non_null(strstr(e.message, "updates do not help; run: dcddns doctor home.example.com"));
    assert_int_equal(dns_of()->applies, 2);
    for (int i = 0; i < 5; i++) {
        engine_down();
        engine_up();
        engine_schedule_all(engine);
        world_pass(3 * HOUR);
    }
    assert_int_equal(rig_http.applies, 3);
    assert_int_equal(dns_of()->state, RECORD_DNS_DIFFERENT);
    assert_true(dns_of()->drifts > 40);
}

/* The first update does nothing: it is one of the two. */
static void test_update_without_effect(void **state)
{
    (void)state;
    provider_works = false;
    world_daemon(CONF);
    world_pass(DAY);
    assert_int_equal(rig_http.applies, 2);
    assert_true(applies_at[1] - applies_at[0] >= 2 * MINUTE);
}

static void test_unknown_changes_nothing(void **state)
{
    static const enum dns_mood moods[] = { MOOD_SILENT,  MOOD_NO_AUTHORITY, MOOD_SERVFAIL,
                                           MOOD_REFUSED, MOOD_UPWARD,       MOOD_MALFORMED };
    (void)state;
    settled();
    dns_world_say_all("6.6.6.6", "2a00:1450::6");
    for (size_t i = 0; i < sizeof(moods) / sizeof(moods[0]); i++) {
        dns_world.list[0].mood = dns_world.list[1].mood = moods[i];
        world_pass(3 * HOUR);
        assert_int_equal(rig_http.applies, 1);
        assert_int_equal(dns_of()->state, RECORD_DNS_UNKNOWN);
    }
    dns_world.inside = true; /* split horizon: other servers, */
    world_pass(3 * HOUR);
    dns_world.inside = false; /* other addresses, */
    dns_world.list[0].mood = dns_world.list[1].mood = MOOD_WELL;
    dns_world_say_all("192.168.1.2", "fd00::2");
    world_pass(3 * HOUR);
    dns_world.servers = 0; /* nothing at all */
    world_pass(3 * HOUR);
    assert_int_equal(rig_http.applies, 1);
    assert_int_equal(rig_events_of(EVENT_DRIFT, NULL), 0);
}

/* What a person must remove is told, and no update is sent against it. */
static void test_alias_and_delegation_are_told(void **state)
{
    struct rig_event e = { 0 };
    (void)state;
    settled();
    dns_world.list[0].mood = dns_world.list[1].mood = MOOD_ALIAS;
    world_pass(3 * HOUR);
    RIG_AWAIT(rig_events_of(EVENT_DRIFT, &e) == 1);
    assert_non_null(strstr(e.message, "CNAME"));
    dns_world.list[0].mood = dns_world.list[1].mood = MOOD_WELL;
    world_pass(3 * HOUR);
    dns_world.list[0].mood = dns_world.list[1].mood = MOOD_CUT;
    world_pass(3 * HOUR);
    RIG_AWAIT(rig_events_of(EVENT_DRIFT, &e) == 2);
    assert_non_null(strstr(e.message, "other name servers serve home.example.com"));
    assert_int_equal(rig_http.applies, 1);
}

/* Two of four servers are behind: whichever two are asked, nothing is sent. */
static void test_some_servers_lag(void **state)
{
    (void)state;
    dns_world.servers = 4;
    settled();
    dns_world_say(2, "6.6.6.6", V6);
    dns_world_say(3, "6.6.6.6", V6);
    world_pass(10 * DAY);
    assert_int_equal(rig_http.applies, 1);
    assert_int_equal(rig_events_of(EVENT_DRIFT, NULL), 0);
    /* Where only those behind answer, that is believed: two updates, and no more. */
    for (size_t i = 0; i < 2; i++)
        dns_world.list[i].mood = MOOD_SILENT;
    provider_works = false;
    world_pass(10 * DAY);
    assert_int_equal(rig_http.applies, 3);
}

/* Sources that see nothing: what was published is not sent again without being seen. */
static void test_no_repair_without_address(void **state)
{
    (void)state;
    settled();
    rig_set(0, RIG_FAIL, "", "");
    rig_set(1, RIG_FAIL, "", "");
    dns_world_say_all("6.6.6.6", V6);
    world_pass(3 * HOUR);
    assert_int_equal(rig_http.applies, 1);
    rig_set(0, RIG_SAY, V4, V6);
    rig_set(1, RIG_SAY, V4, V6);
    world_pass(2 * HOUR);
    assert_int_equal(rig_http.applies, 2);
    assert_string_equal(dns4, V4);
}

static void refuse(const struct rig_request *r, struct http_answer *out)
{
    provider(r, out);
    if (rig_is_token(r))
        return;
    rig_reply(out, 503, "");
    out->retry_after_s = 7200;
}

/* The provider's waiting time is longer than our impatience. */
static void test_repair_waits(void **state)
{
    (void)state;
    settled();
    provider_works = false;
    dns_world_say_all("6.6.6.6", V6);
    rig_http.handle = refuse;
    world_pass(2 * HOUR);
    const size_t before = rig_http.applies;
    assert_int_equal(before, 2);
    rig_http.handle = provider;
    provider_works = true;
    world_pass(4 * HOUR);
    assert_int_equal(rig_http.applies, before + 1);
    assert_true(applies_at[2] - applies_at[1] >= 2 * HOUR);
    assert_int_equal(dns_of()->applies, 1);
}

static void published_meanwhile(const struct dcddns_addr *server, const char *name,
                                enum dns_type type, struct dns_answer *out)
{
    if (server) {
        world_record(ID)->v4.published = ip("9.9.9.9");
        dns_world_say_all("9.9.9.9", V6);
    }
    dns_world_answer(server, name, type, out);
}

/* What was asked about is not what is published by the time of the answer. */
static void test_update_in_between(void **state)
{
    (void)state;
    settled();
    rig_set(0, RIG_FAIL, "", ""); /* what they see would be published anew */
    rig_set(1, RIG_FAIL, "", "");
    rig_dns.handle = published_meanwhile;
    engine_check_now(engine);
    world_pass(10 * SECOND);
    assert_int_equal(dns_of()->drifts, 0);
    assert_int_equal(dns_of()->state, RECORD_DNS_CURRENT);
}

/* A family that the configuration gave up is nobody's business any more. */
static void test_unwanted_family(void **state)
{
    (void)state;
    settled();
    engine_down();
    config_free(&world_config);
    dns_world_say_all(V4, "");
    world_daemon(WORLD_CORE "[host home.example.com]\nverify-dns = yes\n");
    world_pass(5 * HOUR);
    assert_int_equal(rig_http.applies, 1);
    assert_int_equal(dns_of()->state, RECORD_DNS_CURRENT);
}

/* A wall clock that leaps ahead does not make a young update old; */
static void test_clock_ahead(void **state)
{
    (void)state;
    provider_works = false;
    world_daemon(CONF);
    world_pass(30 * SECOND);
    assert_int_equal(rig_http.applies, 1);
    atomic_fetch_add(&rig_wall_offset, DAY);
    engine_check_now(engine);
    world_pass(30 * SECOND);
    assert_int_equal(rig_http.applies, 1);
    world_pass(5 * MINUTE);
    assert_int_equal(rig_http.applies, 2);
    atomic_fetch_sub(&rig_wall_offset, DAY);
}

/* and one that was set back, over a restart too, does not make it young for ever. */
static void test_clock_back(void **state)
{
    (void)state;
    settled();
    engine_down();
    atomic_fetch_sub(&rig_wall_offset, 400 * DAY);
    engine_up();
    engine_schedule_all(engine);
    dns_world_say_all("6.6.6.6", V6);
    world_pass(3 * HOUR);
    assert_int_equal(rig_http.applies, 2);
    atomic_fetch_add(&rig_wall_offset, 400 * DAY);
}

/* -- how often --------------------------------------------------------------------------------- */

static void test_hourly(void **state)
{
    (void)state;
    settled();
    dns_world.zones = 0;
    world_pass(10 * DAY);
    assert_in_range(dns_world.zones, 220, 265); /* 240 and jitter */
    assert_in_range(asked(), 4 * dns_world.zones, 4 * dns_world.zones + 8);
    assert_int_equal(rig_http.applies, 1);
}

static size_t most_at_once, zones_at_start;

static void count_looks(const struct dcddns_addr *server, const char *name, enum dns_type type,
                        struct dns_answer *out)
{
    most_at_once =
        engine && engine->looks.running > most_at_once ? engine->looks.running : most_at_once;
    if (server)
        dns_world.fqdn = name;
    dns_world_answer(server, name, type, out);
}

/* Three hundred hosts: never more at once than agreed, spread after a restart. */
static void test_many_hosts(void **state)
{
    enum { HOSTS = 300 };
    static char conf[64 * 1024];
    size_t len = (size_t)snprintf(conf, sizeof(conf), "%s", WORLD_CORE);
    (void)state;
    for (int i = 0; i < HOSTS; i++) {
        char id[64] = "";
        snprintf(id, sizeof(id), "h%d.example.com", i);
        world_grant(id, "dynamicdns-v2");
        len += (size_t)snprintf(conf + len, sizeof(conf) - len,
                                "[host %s]\nipv6 = yes\nverify-dns = yes\n", id);
    }
    dns_world_say_all(V4, V6);
    rig_dns.handle = count_looks;
    world_daemon(conf);
    world_pass(MINUTE);
    assert_int_equal(dns_world.zones, HOSTS); /* before the first update of each */
    assert_int_equal(rig_http.count, 0);
    assert_in_range(most_at_once, 2, VERIFY_LOOKS);
    engine_down();
    rig_pass(DAY);
    dns_world.zones = most_at_once = 0;
    engine_up();
    engine_schedule_all(engine);
    world_pass(20 * SECOND);
    zones_at_start = dns_world.zones;
    assert_in_range(zones_at_start, HOSTS / 6, HOSTS / 2);
    world_pass(40 * SECOND);
    assert_int_equal(dns_world.zones, HOSTS);
    assert_in_range(most_at_once, 1, VERIFY_LOOKS);
}

/* "Check now" means DNS, too, but not twice in a moment. */
static void test_check_now(void **state)
{
    (void)state;
    settled();
    dns_world.zones = 0;
    for (int i = 0; i < 20; i++) {
        engine_check_now(engine);
        world_pass(SECOND);
    }
    assert_in_range(dns_world.zones, 3, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(test_repaired_once),
        WITH_WORLD(test_removed_record),
        WITH_WORLD(test_no_help),
        WITH_WORLD(test_update_without_effect),
        WITH_WORLD(test_unknown_changes_nothing),
        WITH_WORLD(test_alias_and_delegation_are_told),
        WITH_WORLD(test_some_servers_lag),
        WITH_WORLD(test_no_repair_without_address),
        WITH_WORLD(test_repair_waits),
        WITH_WORLD(test_update_in_between),
        WITH_WORLD(test_unwanted_family),
        WITH_WORLD(test_clock_ahead),
        WITH_WORLD(test_clock_back),
        WITH_WORLD(test_hourly),
        WITH_WORLD(test_many_hosts),
        WITH_WORLD(test_check_now),
    };
    return cmocka_run_group_tests_name("verify", tests, NULL, NULL);
}
