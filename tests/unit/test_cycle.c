/* The way of an address change through the engine: what is sent, recorded and told, and when. */
#include "engine_world.h"

static int apply_status;
static const char *apply_body;
static int64_t apply_wait;

static void answer(const struct rig_request *r, struct http_answer *out)
{
    if (rig_is_token(r)) {
        rig_reply(out, 200, GRANTED("a2-access", "r2-refresh"));
        return;
    }
    rig_reply(out, apply_status, apply_body);
    out->retry_after_s = apply_wait;
}

static int set_up(void **state)
{
    int rc = world_set_up(state);
    rig_http.handle = answer;
    apply_status = 200;
    apply_body = "";
    apply_wait = -1;
    world_grant(ID, "dynamicdns-v2");
    return rc;
}

static void both_say(const char *v4, const char *v6)
{
    rig_set(0, RIG_SAY, v4, v6);
    rig_set(1, RIG_SAY, v4, v6);
}

static struct engine_result result(void)
{
    return engine_result(engine, ID);
}

/* -- publishing -------------------------------------------------------------------------------- */

static void test_first_then_silence(void **state)
{
    (void)state;
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(30 * SECOND);
    assert_int_equal(rig_http.applies, 1);
    assert_ip(&world_record(ID)->v4.published, "8.8.4.4");
    assert_ip(&world_record(ID)->v6.published, "2a00:1450::1");
    assert_string_equal(world_record(ID)->v4.source, "one");
    assert_int_equal(world_record(ID)->state, RECORD_CURRENT);
    assert_int_equal(result().verdict, HOST_APPLIED);
    assert_int_equal(rig_queries(0), 2);
    assert_int_equal(rig_queries(1), 2); /* confirmed */
    world_pass(2 * HOUR);
    assert_int_equal(rig_http.applies, 1);
    assert_int_equal(result().verdict, HOST_UNCHANGED);
    assert_true(rig_get(0).queries[0] >= 20 && rig_get(0).queries[0] <= 31);
    assert_int_equal(rig_queries(1), 2); /* nothing to confirm */
}

static void test_change_of_one_family_sends_both(void **state)
{
    (void)state;
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(10 * MINUTE);
    both_say("8.8.8.8", "2a00:1450::1");
    world_pass(10 * MINUTE);
    assert_int_equal(rig_http.applies, 2);
    assert_string_equal(rig_param(&rig_http.list[1], "IPv4"), "8.8.8.8");
    assert_string_equal(rig_param(&rig_http.list[1], "IPv6"), "2a00:1450::1");
}

static void test_lost_family_is_kept(void **state)
{
    (void)state;
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(10 * MINUTE);
    both_say("8.8.8.8", "");
    world_pass(30 * MINUTE);
    assert_int_equal(rig_http.applies, 2);
    assert_string_equal(rig_param(&rig_http.list[1], "IPv6"), "2a00:1450::1");
    assert_ip(&world_record(ID)->v6.published, "2a00:1450::1");
    assert_int_equal(rig_events_of(EVENT_SOURCE_FAILED, NULL), 1);
}

/* An address that flaps is sent once a minute at most. */
static void test_publish_gap(void **state)
{
    (void)state;
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(10 * SECOND);
    for (int i = 0; i < 60; i++) { /* ten minutes */
        both_say(i % 2 ? "8.8.8.8" : "1.1.1.1", "2a00:1450::1");
        engine_check_now(engine);
        world_pass(10 * SECOND);
    }
    assert_true(rig_http.applies >= 3 && rig_http.applies <= 11);
    for (size_t i = 1; i < rig_http.count; i++)
        assert_true(rig_http.list[i].at_ms - rig_http.list[i - 1].at_ms >= MINUTE);
    both_say("9.9.9.9", "2a00:1450::1");
    engine_check_now(engine);
    world_pass(2 * MINUTE);
    assert_ip(&world_record(ID)->v4.published, "9.9.9.9");
}

static void test_nothing_is_published_while_sources_disagree(void **state)
{
    (void)state;
    rig_set(1, RIG_SAY, "9.9.9.9", "2a00:1450::9");
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(HOUR);
    assert_int_equal(rig_http.applies, 0);
    assert_int_equal(result().verdict, HOST_UNKNOWN);
    assert_true(rig_events_of(EVENT_SOURCE_FAILED, NULL) <= 14); /* no storm */
    rig_set(1, RIG_SAY, "8.8.4.4", "2a00:1450::1");
    world_pass(10 * MINUTE);
    assert_int_equal(rig_http.applies, 1);
}

static void test_hint(void **state)
{
    (void)state;
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(20 * MINUTE);
    int64_t changed = rig_boot_ms();
    both_say("8.8.8.8", "2a00:1450::1");
    const struct rig_source s = rig_get(0);
    assert_int_equal(s.watched, 1);
    for (int i = 0; i < 50; i++) /* a storm */
        s.host->hint(s.host);
    int queries = rig_queries(0);
    world_pass(10 * SECOND);
    assert_int_equal(rig_http.applies, 2);
    assert_true(rig_http.list[1].at_ms - changed <= 3 * SECOND);
    assert_true(rig_queries(0) - queries <= 2); /* one question a family */
}

static void hint_now(void)
{
    const struct rig_source s = rig_get(0);
    s.host->hint(s.host);
    world_settle();
}

/* Hints without end: the round comes two seconds after the first, not after the last. */
static void test_hints_do_not_postpone(void **state)
{
    (void)state;
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(20 * MINUTE);
    int64_t changed = rig_boot_ms();
    int queries = rig_get(0).queries[0];
    both_say("8.8.8.8", "2a00:1450::1");
    for (int i = 0; i < 40; i++) { /* four seconds */
        hint_now();
        world_pass(SECOND / 10);
    }
    assert_int_equal(rig_http.applies, 2);
    assert_in_range(rig_http.list[1].at_ms - changed, 2 * SECOND, 2 * SECOND + 200);
    world_pass(3 * SECOND);
    /* four to six seconds of hints, a round every two */
    assert_in_range(rig_get(0).queries[0] - queries, 2, 3);
}

/* What a hint says while a round is running may be newer than its answers: one more round. */
static void test_hint_during_a_round(void **state)
{
    (void)state;
    world_daemon(WORLD_CORE "[host home.example.com]\n");
    world_pass(20 * MINUTE);
    int queries = rig_get(0).queries[0];
    rig_set(0, RIG_HOLD, "8.8.4.4", "");
    engine_check_now(engine);
    engine_turn(engine, 0);
    RIG_UNTIL(engine_net(engine), rig_get(0).inside == 1);
    for (int i = 0; i < 5; i++) {
        const struct rig_source s = rig_get(0);
        s.host->hint(s.host);
        engine_turn(engine, 0);
    }
    rig_pass(3 * SECOND); /* beyond the debounce, and still asking */
    engine_turn(engine, 0);
    both_say("8.8.4.4", "");
    assert_int_equal(rig_get(0).queries[0], queries + 1);
    rig_release();
    RIG_UNTIL(engine_net(engine), rig_get(0).inside == 0);
    RIG_UNTIL(engine_net(engine), !chain_is_busy(engine->slots[0].chain));
    world_pass(30 * SECOND);
    assert_int_equal(rig_get(0).queries[0], queries + 2);
}

/* A change inside the gap is published right after it, as it is by then. */
static void test_change_inside_the_gap(void **state)
{
    (void)state;
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(10 * SECOND);
    assert_int_equal(rig_http.applies, 1);
    both_say("8.8.8.8", "2a00:1450::1");
    hint_now();
    world_pass(10 * SECOND);
    assert_int_equal(result().verdict, HOST_WAITING);
    both_say("9.9.9.9", "2a00:1450::1"); /* nobody hints */
    world_pass(55 * SECOND);
    assert_int_equal(rig_http.applies, 2);
    assert_in_range(rig_http.list[1].at_ms - rig_http.list[0].at_ms, MINUTE, MINUTE + SECOND);
    assert_string_equal(rig_param(&rig_http.list[1], "IPv4"), "9.9.9.9");
    both_say("8.8.4.4", "2a00:1450::1"); /* and one that goes back in time is none */
    hint_now();
    world_pass(5 * SECOND);
    assert_int_equal(result().verdict, HOST_WAITING);
    both_say("9.9.9.9", "2a00:1450::1");
    world_pass(10 * MINUTE);
    assert_int_equal(rig_http.applies, 2);
}

/* -- rules of a host -----------------------------------------------------------------------------
 */

static void test_confirm_of_a_host(void **state)
{
    struct rig_event e = { 0 };
    (void)state;
    rig_set(1, RIG_FAIL, "", "");
    world_daemon(WORLD_CORE "[host b.example.com]\n[host home.example.com]\nconfirm = 2\n");
    world_grant("b.example.com", "dynamicdns-v2");
    world_pass(10 * MINUTE);
    assert_int_equal(rig_http.applies, 1); /* one reading twice is enough for b */
    assert_ip(&world_record("b.example.com")->v4.published, "8.8.4.4");
    assert_ip(&world_record(ID)->v4.published, "");
    assert_int_equal(result().verdict, HOST_UNKNOWN);
    assert_non_null(strstr(result().error.text, "only one says 8.8.4.4"));
    RIG_AWAIT(rig_events_of(EVENT_SOURCE_FAILED, &e) >= 1);
    assert_non_null(strstr(e.message, "confirm = 2"));
    rig_set(1, RIG_SAY, "8.8.4.4", "");
    world_pass(10 * MINUTE);
    assert_int_equal(rig_http.applies, 2);
    assert_ip(&world_record(ID)->v4.published, "8.8.4.4");
}

/* One family is as it should be, the other changed and is not agreed on: that is no success. */
static void test_one_family_is_contested(void **state)
{
    (void)state;
    both_say("8.8.4.4", "2a00:1450::1");
    world_daemon(WORLD_CORE WORLD_HOST "confirm = 2\n");
    world_pass(10 * MINUTE);
    assert_int_equal(rig_http.applies, 1);
    rig_set(0, RIG_SAY, "9.9.9.9", "2a00:1450::1");
    rig_set(1, RIG_SAY, "", "2a00:1450::1");
    world_pass(10 * MINUTE);
    assert_int_equal(rig_http.applies, 1);
    assert_int_equal(result().verdict, HOST_UNKNOWN);
    assert_non_null(strstr(result().error.text, "only one says 9.9.9.9"));
    assert_non_null(strstr(world_record(ID)->error, "only one says 9.9.9.9"));
    both_say("9.9.9.9", "2a00:1450::1");
    world_pass(10 * MINUTE);
    assert_int_equal(rig_http.applies, 2);
    assert_int_equal(result().verdict, HOST_UNCHANGED);
}

static void test_device_of_a_host(void **state)
{
    (void)state;
    rig_set_wan(0, "wan1", "9.9.9.9");
    rig_set_wan(1, "wan1", "9.9.9.9");
    world_grant("b.example.com", "dynamicdns-v2");
    world_daemon(WORLD_CORE "[host b.example.com]\n[host home.example.com]\ndevice = wan1\n");
    world_pass(MINUTE);
    assert_int_equal(rig_http.applies, 2);
    assert_ip(&world_record("b.example.com")->v4.published, "8.8.4.4");
    assert_ip(&world_record(ID)->v4.published, "9.9.9.9");
}

static const struct rig_request *last_apply(void)
{
    const struct rig_request *last = NULL;
    for (size_t i = 0; i < rig_http.count && i < RIG_REQUESTS; i++) {
        if (!rig_is_token(&rig_http.list[i]))
            last = &rig_http.list[i];
    }
    assert_non_null(last);
    return last;
}

static void test_expect(void **state)
{
    struct rig_event e = { 0 };
    (void)state;
    world_daemon(WORLD_CORE WORLD_HOST "expect = 8.8.0.0/16, 9.9.9.9\n");
    world_pass(10 * MINUTE);
    assert_int_equal(rig_http.applies, 1);
    RIG_AWAIT(rig_events_of(EVENT_APPLIED, NULL) == 2);
    int confirmations = rig_get(1).queries[0];
    both_say("1.1.1.1", "2a00:1450::1"); /* a VPN */
    world_pass(2 * HOUR);
    assert_int_equal(rig_http.applies, 1);
    assert_int_equal(rig_get(1).queries[0], confirmations); /* nothing to confirm */
    assert_ip(&world_record(ID)->v4.published, "8.8.4.4");
    assert_ip(&world_record(ID)->v4.observed, "1.1.1.1");
    assert_int_equal(result().verdict, HOST_UNKNOWN);
    assert_non_null(strstr(world_record(ID)->error, "1.1.1.1 (from one) is in none"));
    assert_int_equal(rig_events_of(EVENT_FAILED, &e), 1);
    assert_non_null(strstr(e.message, "is a VPN up?"));
    assert_string_equal(e.record, ID);
    assert_string_equal(e.source, "one");
    /* The other family goes its way, and takes the published address with it. */
    both_say("1.1.1.1", "2a00:1450::2");
    world_pass(10 * MINUTE);
    assert_int_equal(rig_http.applies, 2);
    assert_string_equal(rig_param(last_apply(), "IPv4"), "8.8.4.4");
    assert_string_equal(rig_param(last_apply(), "IPv6"), "2a00:1450::2");
    both_say("8.8.4.4", "2a00:1450::2");
    world_pass(10 * MINUTE);
    assert_int_equal(rig_http.applies, 2);
    assert_string_equal(world_record(ID)->error, "");
    RIG_AWAIT(rig_events_of(EVENT_RECOVERED, NULL) == 1);
    both_say("9.9.9.9", "2a00:1450::2");
    world_pass(10 * MINUTE);
    assert_int_equal(rig_http.applies, 3);
}

static void test_expect_of_core(void **state)
{
    (void)state;
    world_grant("b.example.com", "dynamicdns-v2");
    world_daemon("[core]\nexpect = 9.0.0.0/8\nsources = one, two\nauth = rig\nnotifiers = none\n"
                 "[ip-source one]\nmodule = rig\nid = 0\n[ip-source two]\nmodule = rig\nid = 1\n"
                 "[auth rig]\nid = 2\n[host home.example.com]\n"
                 "[host b.example.com]\nexpect = 8.8.4.4\n");
    world_pass(MINUTE);
    assert_int_equal(rig_http.applies, 1);
    assert_ip(&world_record("b.example.com")->v4.published, "8.8.4.4");
    assert_ip(&world_record(ID)->v4.published, "");
}

static void test_ipv6_suffix(void **state)
{
    struct rig_event e = { 0 };
    (void)state;
    both_say("8.8.4.4", "2a00:1450:1:2:aaaa:bbbb:cccc:1");
    world_daemon(WORLD_CORE WORLD_HOST "ipv6-suffix = ::1234/64\n");
    world_pass(MINUTE);
    assert_int_equal(rig_http.applies, 1);
    assert_string_equal(rig_param(last_apply(), "IPv6"), "2a00:1450:1:2::1234");
    assert_ip(&world_record(ID)->v6.observed, "2a00:1450:1:2::1234");
    assert_ip(&world_record(ID)->v6.published, "2a00:1450:1:2::1234");
    RIG_AWAIT(rig_events_of(EVENT_APPLIED, &e) == 2);
    assert_string_equal(e.source, "one");
    int confirmations = rig_get(1).queries[1];
    both_say("8.8.4.4", "2a00:1450:1:2:aaaa:bbbb:cccc:2"); /* another machine of the same net */
    world_pass(HOUR);
    assert_int_equal(rig_http.applies, 1);
    assert_int_equal(rig_get(1).queries[1], confirmations); /* no change, so nothing to confirm */
    /* Sources need to agree on the prefix only: one may know a temporary address. */
    rig_set(0, RIG_SAY, "8.8.4.4", "2a00:1450:1:3:aaaa:bbbb:cccc:2");
    rig_set(1, RIG_SAY, "8.8.4.4", "2a00:1450:1:3:1:2:3:4");
    world_pass(10 * MINUTE);
    assert_int_equal(rig_http.applies, 2);
    assert_string_equal(rig_param(last_apply(), "IPv6"), "2a00:1450:1:3::1234");
}

static void test_unproven(void **state)
{
    (void)state;
    rig_set(0, RIG_GUESS, "8.8.4.4", "2a00:1450::1");
    rig_set(1, RIG_FAIL, "", "");
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(10 * MINUTE);
    assert_int_equal(rig_http.applies, 0);
    assert_non_null(strstr(result().error.text, "one knows 8.8.4.4 from one server only"));
    rig_set(1, RIG_SAY, "8.8.4.4", "2a00:1450::1");
    world_pass(10 * MINUTE);
    assert_int_equal(rig_http.applies, 1);
    rig_set(1, RIG_FAIL, "", "");
    world_pass(10 * MINUTE);
    assert_int_equal(result().verdict, HOST_UNCHANGED); /* it changes nothing: good enough */
}

/* An answer that changed nothing when it came, and would when it is looked at: asked again. */
static void test_nothing_unconfirmed_is_published(void **state)
{
    struct slot *slot = NULL;
    (void)state;
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(10 * MINUTE);
    slot = &engine->slots[0];
    assert_false(slot->v4.confirmed);
    rig_set(0, RIG_SAY, "9.9.9.9", "2a00:1450::1");
    world_record(ID)->v4.published = ip("9.9.9.9"); /* meanwhile published; and not confirmed */
    slot->v4.addr = ip("8.8.8.8");
    cycle_consider(&engine->hosts[0]);
    world_settle();
    assert_int_equal(rig_http.applies, 1);
    assert_int_equal(result().verdict, HOST_UNCHANGED);
    assert_ip(&slot->v4.addr, "9.9.9.9");
}

static void test_v1_does_not_apply_for_ever(void **state)
{
    (void)state;
    world_grant(ID, "dynamicdns");
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(3 * HOUR);
    assert_int_equal(rig_http.applies, 1);
    assert_int_equal(world_record(ID)->v6.published.family, 0);
    both_say("8.8.8.8", "2a00:1450::2");
    world_pass(10 * MINUTE);
    assert_int_equal(rig_http.applies, 2);
}

/* -- failures ---------------------------------------------------------------------------------- */

static void test_provider_in_trouble(void **state)
{
    struct rig_event e = { 0 };
    (void)state;
    apply_status = 503;
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(5 * SECOND);
    assert_int_equal(rig_http.applies, 1);
    assert_int_equal(world_record(ID)->state, RECORD_BACKING_OFF);
    assert_int_equal(result().verdict, HOST_FAILED);
    world_pass(12 * HOUR);
    assert_true(rig_http.applies >= 15 && rig_http.applies <= 24);
    assert_true(world_record(ID)->failures > 10);
    apply_status = 200;
    world_pass(2 * HOUR);
    assert_int_equal(world_record(ID)->failures, 0);
    assert_int_equal(world_record(ID)->state, RECORD_CURRENT);
    assert_string_equal(world_record(ID)->error, "");
    RIG_AWAIT(rig_events_of(EVENT_RECOVERED, NULL) == 1);
    RIG_AWAIT(rig_events_of(EVENT_APPLIED, &e) == 2);
    assert_int_equal(rig_events_of(EVENT_FAILED, &e), 1);
}

/* Retry-After holds even when the address comes back in between and goes again. */
static void test_retry_after_outlives_a_flap(void **state)
{
    (void)state;
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(10 * MINUTE);
    apply_status = 429;
    apply_wait = 7200;
    both_say("8.8.8.8", "2a00:1450::1");
    world_pass(10 * MINUTE);
    assert_int_equal(rig_http.applies, 2);
    both_say("8.8.4.4", "2a00:1450::1");
    world_pass(20 * MINUTE);
    assert_int_equal(world_record(ID)->state, RECORD_CURRENT);
    both_say("9.9.9.9", "2a00:1450::1");
    world_pass(60 * MINUTE);
    assert_int_equal(rig_http.applies, 2);
    apply_status = 200;
    world_pass(90 * MINUTE);
    assert_int_equal(rig_http.applies, 3);
    assert_ip(&world_record(ID)->v4.published, "9.9.9.9");
    assert_true(rig_http.list[2].at_ms - rig_http.list[1].at_ms >= 7200 * SECOND);
}

static void test_refused_is_probed_every_six_hours(void **state)
{
    (void)state;
    apply_status = 403;
    apply_wait = 5; /* no reason to hurry */
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(5 * SECOND);
    assert_int_equal(world_record(ID)->state, RECORD_PAUSED);
    world_pass(2 * DAY);
    assert_true(rig_http.applies >= 6 && rig_http.applies <= 11);
}

static void test_no_consent(void **state)
{
    struct rig_event e = { 0 };
    struct error err = { 0 };
    struct grants *mine = grants_open(rig_dir, &err);
    (void)state;
    assert_int_equal(grants_delete(mine, ID, &err), 0);
    grants_close(&mine);
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(5 * SECOND);
    assert_int_equal(result().verdict, HOST_FAILED);
    assert_int_equal(result().error.class, ERR_CONSENT);
    world_pass(3 * DAY);
    assert_int_equal(rig_http.count, 0);
    RIG_AWAIT(rig_events_of(EVENT_CONSENT_NEEDED, &e) == 1); /* once */
    assert_non_null(strstr(e.message, "dcddns setup " ID));
    assert_string_equal(e.record, ID);
}

static void reject(const struct rig_request *r, struct http_answer *out)
{
    if (rig_is_token(r))
        rig_reply(out, 200, GRANTED("a2-access", "r2-refresh"));
    else
        rig_reply(out, 401, "");
}

/* 401 whatever we send: probed after 60 s, 1 h, 24 h, then every 6 h, and told once. */
static void test_401_for_ever(void **state)
{
    (void)state;
    rig_http.handle = reject;
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(3 * DAY);
    assert_true(rig_http.tokens >= 4 && rig_http.tokens <= 14);
    RIG_AWAIT(rig_events_of(EVENT_CONSENT_NEEDED, NULL) == 1);
}

static void test_conflict(void **state)
{
    (void)state;
    apply_status = 409;
    apply_body = "{\"records\":[{\"type\":\"CNAME\",\"host\":\"home\",\"data\":\"x\"}]}";
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(5 * SECOND);
    assert_int_equal(result().verdict, HOST_FAILED);
    assert_int_equal(result().error.class, ERR_CONFLICT);
    world_pass(HOUR);
    assert_int_equal(result().verdict, HOST_WAITING);
    assert_int_equal(rig_http.applies, 1);
    RIG_AWAIT(rig_events_of(EVENT_FAILED, NULL) == 1);
}

/* -- commit, then tell --------------------------------------------------------------------------
 */

static atomic_int checked, missing;

static void look_on_disk(const struct dcddns_event *event)
{
    char path[128] = "", line[4096] = "";
    if (strcmp(event->id, EVENT_APPLIED) != 0)
        return;
    snprintf(path, sizeof(path), "%s/records.json", rig_path);
    FILE *file = fopen(path, "r");
    size_t len = file ? fread(line, 1, sizeof(line) - 1, file) : 0;
    line[len] = '\0';
    if (file)
        fclose(file);
    atomic_fetch_add(&checked, 1);
    if (!strstr(line, event->after.family == 4 ? "8.8.4.4" : "2a00:1450::1"))
        atomic_fetch_add(&missing, 1);
}

static void test_commit_before_tell(void **state)
{
    struct rig_event e = { 0 };
    (void)state;
    atomic_store(&checked, 0);
    atomic_store(&missing, 0);
    rig_on_event = look_on_disk;
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(MINUTE);
    RIG_AWAIT(atomic_load(&checked) == 2);
    assert_int_equal(atomic_load(&missing), 0);
    assert_int_equal(rig_events_of(EVENT_APPLIED, &e), 2);
    assert_string_equal(e.record, ID);
    assert_ip(&e.before, "");
}

static void test_full_disk_does_not_stop_updates(void **state)
{
    (void)state;
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(10 * MINUTE);
    rig_disk_code = -ENOSPC;
    both_say("8.8.8.8", "2a00:1450::1");
    world_pass(10 * MINUTE);
    assert_int_equal(rig_http.applies, 2);
    assert_true(world_record(ID)->dirty);
    rig_disk_code = 0;
    world_pass(10 * MINUTE);
    assert_false(world_record(ID)->dirty);
    assert_int_equal(rig_http.applies, 2);
}

/* -- restarts and other processes ---------------------------------------------------------------
 */

static void restart(void)
{
    engine_down();
    engine_up();
    engine_schedule_all(engine);
}

static void test_restart_publishes_nothing_anew(void **state)
{
    (void)state;
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(10 * MINUTE);
    restart();
    world_pass(HOUR);
    assert_int_equal(rig_http.applies, 1);
}

static void test_restart_honours_not_before(void **state)
{
    (void)state;
    apply_status = 503;
    apply_wait = 4 * 3600;
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(MINUTE);
    for (int i = 0; i < 3; i++) {
        restart();
        world_pass(HOUR);
        assert_int_equal(result().verdict, HOST_WAITING);
    }
    assert_int_equal(rig_http.applies, 1);
    apply_status = 200;
    world_pass(2 * HOUR);
    assert_int_equal(rig_http.applies, 2);
}

/* The command `update` published it meanwhile. */
static void test_records_of_another_process(void **state)
{
    struct error err = { 0 };
    (void)state;
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(10 * MINUTE);
    struct records *theirs = records_open(rig_dir, &err);
    struct record *r = records_get(theirs, ID);
    r->v4.published = ip("8.8.8.8");
    r->dirty = true;
    assert_int_equal(records_commit(theirs, true, &err), 0);
    records_close(&theirs);
    both_say("8.8.8.8", "2a00:1450::1");
    world_pass(10 * MINUTE);
    assert_int_equal(rig_http.applies, 1);
    assert_ip(&world_record(ID)->v4.published, "8.8.8.8");
}

/* -- commands ---------------------------------------------------------------------------------- */

static void test_one_host_by_command(void **state)
{
    (void)state;
    world_read(WORLD_CORE WORLD_HOST "[host b.example.com]\nipv4 = yes\n");
    engine_up();
    assert_false(engine_check_host(engine, "nobody.example.com", false));
    assert_int_equal(engine_result(engine, "nobody.example.com").verdict, HOST_PENDING);
    assert_true(engine_check_host(engine, ID, false));
    world_cycle();
    assert_int_equal(rig_http.applies, 1);
    assert_int_equal(result().verdict, HOST_APPLIED);
    assert_int_equal(engine_result(engine, "b.example.com").verdict, HOST_PENDING);
    assert_true(engine_check_host(engine, ID, false));
    world_cycle();
    assert_int_equal(result().verdict, HOST_UNCHANGED);
    assert_true(engine_check_host(engine, ID, true));
    world_cycle();
    assert_int_equal(rig_http.applies, 2);
    assert_int_equal(result().verdict, HOST_APPLIED);
    both_say("8.8.8.8", "2a00:1450::1");
    rig_pass(5 * SECOND);
    assert_true(engine_check_host(engine, ID, false));
    world_cycle();
    assert_int_equal(result().verdict, HOST_WAITING); /* the gap */
    assert_int_equal(result().error.class, ERR_TEMP);
}

static void test_look(void **state)
{
    struct observation v4 = { 0 }, v6 = { 0 };
    (void)state;
    world_read(WORLD_CORE);
    engine_up();
    rig_set(0, RIG_SAY, "8.8.4.4", "");
    rig_set(1, RIG_FAIL, "", "");
    engine_look(engine, ID, true, true, &v4, &v6);
    assert_ip(&v4.addr, "8.8.4.4");
    assert_ip(&v6.addr, "");
    assert_int_not_equal(v6.error.class, ERR_NONE);
    assert_int_equal(rig_http.count, 0);
}

/* As the host would publish it: by its device and sources, with its suffix and blocks. */
static void test_look_for_a_host(void **state)
{
    struct observation v4 = { 0 }, v6 = { 0 };
    (void)state;
    rig_set_wan(1, "wan1", "9.9.9.9");
    world_read(WORLD_CORE WORLD_HOST "sources = two\ndevice = wan1\nipv6-suffix = ::1234/64\n"
                                     "[host b.example.com]\nexpect = 9.0.0.0/8\n");
    engine_up();
    engine_look(engine, ID, true, true, &v4, &v6);
    assert_ip(&v4.addr, "9.9.9.9");
    assert_string_equal(v4.source, "two");
    assert_ip(&v6.addr, "2a00:1450::1234");
    engine_look(engine, "b.example.com", true, true, &v4, &v6);
    assert_ip(&v4.addr, "");
    assert_non_null(strstr(v4.error.text, "is a VPN up?"));
    assert_ip(&v6.addr, "2a00:1450::1");
    engine_look(engine, "new.example.com", true, false, &v4, &v6);
    assert_ip(&v4.addr, "8.8.4.4");
    assert_int_equal(rig_http.count, 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, world_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_first_then_silence),
        TEST(test_change_of_one_family_sends_both),
        TEST(test_lost_family_is_kept),
        TEST(test_publish_gap),
        TEST(test_nothing_is_published_while_sources_disagree),
        TEST(test_hint),
        TEST(test_hints_do_not_postpone),
        TEST(test_hint_during_a_round),
        TEST(test_change_inside_the_gap),
        TEST(test_confirm_of_a_host),
        TEST(test_one_family_is_contested),
        TEST(test_device_of_a_host),
        TEST(test_expect),
        TEST(test_expect_of_core),
        TEST(test_ipv6_suffix),
        TEST(test_unproven),
        TEST(test_nothing_unconfirmed_is_published),
        TEST(test_v1_does_not_apply_for_ever),
        TEST(test_provider_in_trouble),
        TEST(test_retry_after_outlives_a_flap),
        TEST(test_refused_is_probed_every_six_hours),
        TEST(test_no_consent),
        TEST(test_401_for_ever),
        TEST(test_conflict),
        TEST(test_commit_before_tell),
        TEST(test_full_disk_does_not_stop_updates),
        TEST(test_restart_publishes_nothing_anew),
        TEST(test_restart_honours_not_before),
        TEST(test_records_of_another_process),
        TEST(test_one_host_by_command),
        TEST(test_look),
        TEST(test_look_for_a_host),
    };
    return cmocka_run_group_tests_name("cycle", tests, NULL, NULL);
}
