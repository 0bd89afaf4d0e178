/* The engine as a whole: many hosts, its parts by name, and its end in the middle of everything. */
#include "engine_world.h"

#include "state/grant_hosts.h"
#include "unit/slower.h"

static void grant_all(const struct rig_request *r, struct http_answer *out)
{
    if (rig_is_token(r))
        rig_reply(out, 200, GRANTED("a2-access", "r2-refresh"));
    else
        rig_reply(out, 200, "");
}

static int set_up(void **state)
{
    int rc = world_set_up(state);
    rig_http.handle = grant_all;
    return rc;
}

static void both_say(const char *v4, const char *v6)
{
    rig_set(0, RIG_SAY, v4, v6);
    rig_set(1, RIG_SAY, v4, v6);
}

static char *many_hosts(int count)
{
    struct buf text_of_config = BUF_MAX(1 << 20);
    buf_puts(&text_of_config, WORLD_CORE);
    for (int i = 0; i < count; i++)
        buf_printf(&text_of_config, "[host h%04d.example.com]\nipv4 = yes\nipv6 = no\n", i);
    assert_true(buf_ok(&text_of_config));
    return buf_take(&text_of_config);
}

static void grants_for(int count)
{
    char id[FQDN_MAX] = "";
    for (int i = 0; i < count; i++) {
        snprintf(id, sizeof(id), "h%04d.example.com", i);
        world_grant(id, "dynamicdns-v2");
    }
}

static void test_thousand_hosts(void **state)
{
    const int hosts = 1000 / TEST_SCALE / slower();
    char *config = many_hosts(hosts);
    (void)state;
    grants_for(hosts);
    world_daemon(config);
    mem_free(config);
    world_pass(30 * SECOND);
    assert_int_equal(rig_http.applies, hosts);
    assert_int_equal(rig_queries(0), 1); /* all of them together */
    assert_int_equal(rig_queries(1), 1);
    world_pass(HOUR);
    assert_int_equal(rig_http.applies, hosts); /* idle */
    assert_true(rig_queries(0) <= 17);
    assert_int_equal(rig_queries(1), 1);
    int before = rig_queries(0);
    both_say("8.8.8.8", "");
    world_pass(10 * MINUTE);
    assert_int_equal(rig_http.applies, 2 * hosts); /* one each */
    assert_true(rig_queries(0) - before <= 4);
    assert_int_equal(rig_queries(1), 2);
    for (int i = 0; i < hosts; i += 111) {
        char id[FQDN_MAX] = "";
        snprintf(id, sizeof(id), "h%04d.example.com", i);
        assert_ip(&world_record(id)->v4.published, "8.8.8.8");
    }
}

static void test_parts(void **state)
{
    (void)state;
    world_read(WORLD_CORE WORLD_HOST);
    engine_up();
    assert_non_null(engine_net(engine));
    assert_non_null(engine_grants(engine));
    assert_non_null(engine_records(engine));
    assert_ptr_equal(engine_auth(engine, NULL), engine_auth(engine, "rig"));
    assert_non_null(engine_auth(engine, "rig"));
    assert_null(engine_auth(engine, "pkce"));
    assert_true(engine_idle(engine));
    assert_int_equal(engine_unsaved(engine), 0);
    engine_turn(engine, 0);
    assert_int_equal(rig_queries(0), 0); /* nothing is due */
    engine_say(engine, EVENT_STARTED, DCDDNS_LOG_NOTICE, "%d words", 3);
    struct rig_event e = { 0 };
    RIG_AWAIT(rig_events_of(EVENT_STARTED, &e) == 1);
    assert_string_equal(e.message, "3 words");
}

#define OTHER_AUTH                                                                                 \
    "[core]\nsources = one\nauth = other\nnotifiers = none\n[ip-source one]\nmodule = rig\n"       \
    "[auth other]\nmodule = rig\n"

static void made_with(const char *id, const char *by)
{
    struct error err = { 0 };
    struct grants *mine = grants_open(rig_dir, &err);
    struct grant g = grant_example();
    char host[FQDN_MAX] = "";
    mem_free(g.auth);
    mem_free(g.hosts);
    g.auth = text(by);
    assert_true(grant_hosts_relative("example.com", id, host));
    g.hosts = text(host);
    grant_store(mine, id, &g);
    grant_clear(&g);
    grants_close(&mine);
}

/* A grant keeps the auth strategy that made it, though the configuration names another by now. */
static void test_auths_of_grants(void **state)
{
    (void)state;
    made_with("a.example.com", "rig");
    made_with("b.example.com", "rig");
    made_with("c.example.com", "other");
    made_with("d.example.com", "not-installed");
    world_read(OTHER_AUTH "[host a.example.com]\n[host b.example.com]\n[host c.example.com]\n"
                          "[host d.example.com]\n[host none.example.com]\n");
    engine_up();
    assert_non_null(engine_auth(engine, "rig"));
    assert_int_equal(engine->auth_count, 2); /* one for both */
    assert_string_equal(instance_name(engine_auth(engine, NULL)), "other");
    assert_null(engine_auth(engine, "not-installed"));
}

/* Chains of their own, an allow-private host, and sources nobody names. */
static void test_chains(void **state)
{
    (void)state;
    world_grant("a.example.com", "dynamicdns-v2");
    world_grant("b.example.com", "dynamicdns-v2");
    world_grant("c.example.com", "dynamicdns-v2");
    rig_set(0, RIG_SAY, "192.168.1.7", "");
    rig_set(1, RIG_SAY, "8.8.4.4", "");
    world_daemon(WORLD_CORE "[host a.example.com]\nsources = one\nallow-private = yes\nipv6 = no\n"
                            "[host b.example.com]\nsources = two\nipv6 = no\n"
                            "[host c.example.com]\nsources = one\nipv6 = no\n");
    world_pass(MINUTE);
    assert_ip(&world_record("a.example.com")->v4.published, "192.168.1.7");
    assert_ip(&world_record("b.example.com")->v4.published, "8.8.4.4");
    assert_ip(&world_record("c.example.com")->v4.published, "");
    assert_int_equal(engine_result(engine, "c.example.com").verdict, HOST_UNKNOWN);
    assert_non_null(strstr(world_record("c.example.com")->error, "192.168.0.0/16"));
}

static void test_cannot_be_built(void **state)
{
    struct error err = { 0 };
    (void)state;
    world_read(WORLD_CORE WORLD_HOST);
    struct engine_options options = { .config = world_config,
                                      .modules = &rig_table,
                                      .state_dir = "/proc/no/such/place",
                                      .transport = &rig_net };
    assert_null(engine_new(&options, &err));
    assert_int_equal(err.class, ERR_LOCAL);
    engine_up();
}

static int allocations_left;
static void *(*real_alloc)(size_t);
static void *(*real_resize)(void *, size_t);

static void *few(size_t size)
{
    return allocations_left-- > 0 ? real_alloc(size) : NULL;
}

static void *few_more(void *block, size_t size)
{
    return allocations_left-- > 0 ? real_resize(block, size) : NULL;
}

/* Whatever allocation fails, nothing leaks and nothing is left behind. */
static void test_build_without_memory(void **state)
{
    (void)state;
    world_read(WORLD_CORE WORLD_HOST);
    real_alloc = mem_calls.alloc;
    real_resize = mem_calls.resize;
    const struct engine_options options = {
        .config = world_config, .modules = &rig_table, .state_dir = rig_path, .transport = &rig_net
    };
    for (int n = 0; !engine; n++) {
        struct error err = { 0 };
        allocations_left = n;
        mem_calls.alloc = few;
        mem_calls.resize = few_more;
        engine = engine_new(&options, &err);
        mem_calls.alloc = real_alloc;
        mem_calls.resize = real_resize;
        assert_true(engine || err.class == ERR_LOCAL || err.class == ERR_CONFIG);
        assert_true(n < 2000);
    }
}

/* -- the end ----------------------------------------------------------------------------------- */

/* A source answers after the updates were stopped: nobody may start another. */
static void test_end_while_a_source_answers(void **state)
{
    (void)state;
    world_grant(ID, "dynamicdns-v2");
    rig_set(0, RIG_HOLD, "8.8.8.8", "2a00:1450::8");
    world_daemon(WORLD_CORE WORLD_HOST);
    for (int i = 0; i < 5; i++)
        engine_turn(engine, 2);
    RIG_AWAIT(rig_get(0).inside == 1);
    rig_release();
    RIG_AWAIT(rig_get(0).finished >= 1);
    engine_down();
    assert_int_equal(rig_http.applies, 0);
    assert_int_equal(rig_get(0).watched, 0);
    assert_int_equal(rig_get(0).destroyed, 1);
}

/* The first of a chain fails because it is cancelled, and the next of the chain is gone already. */
static void test_end_with_a_chain_in_the_middle(void **state)
{
    (void)state;
    rig_set(0, RIG_SAY, "8.8.8.8", "");
    rig_set(1, RIG_BLOCK, "", "");
    world_daemon(WORLD_CORE "[host home.example.com]\nsources = two, one\nipv6 = no\n");
    for (int i = 0; i < 5; i++)
        engine_turn(engine, 2);
    RIG_AWAIT(rig_get(1).inside == 1);
    engine_down();
    assert_int_equal(rig_get(1).destroyed, 1);
}

/* watch() is always followed by unwatch(), though a query runs at the end. */
static void test_end_unwatches_a_busy_source(void **state)
{
    (void)state;
    rig_set(0, RIG_BLOCK, "", "");
    world_daemon(WORLD_CORE WORLD_HOST);
    for (int i = 0; i < 5; i++)
        engine_turn(engine, 2);
    RIG_AWAIT(rig_get(0).inside == 1);
    assert_int_equal(rig_get(0).watched, 1);
    engine_down();
    assert_int_equal(rig_get(0).watched, 0);
    assert_int_equal(rig_get(0).destroyed, 1);
}

/* Rounds, confirmations, updates, keep-alives, hints and events at every stage. */
static void test_end_at_any_moment(void **state)
{
    char *config = many_hosts(20);
    (void)state;
    world_read(config);
    mem_free(config);
    grants_for(20);
    for (int turns = 0; turns < 30; turns++) {
        char v4[32] = "";
        rig_flow(true);
        engine_up();
        engine_schedule_all(engine);
        snprintf(v4, sizeof(v4), "9.9.9.%d", turns + 1);
        both_say(v4, "");
        for (int i = 0; i < turns; i++) {
            const struct rig_source s = rig_get(0);
            s.host->hint(s.host);
            engine_turn(engine, i % 3);
        }
        engine_free(&engine, turns % 2 ? 5000 : 0);
        rig_flow(false);
        rig_pass(2 * HOUR); /* the next ones must refresh */
    }
    assert_int_equal(rig_get(0).watched, 0);
    assert_int_equal(rig_get(0).destroyed, 30);
    size_t before = rig_http.applies;
    engine_up();
    engine_schedule_all(engine);
    both_say("9.9.10.1", "");
    world_pass(5 * MINUTE);
    assert_true(rig_http.applies >= before + 20); /* nothing was spoilt */
}

/* What was published is on disk after an orderly end, without any event about it. */
static void test_end_writes_records(void **state)
{
    struct error err = { 0 };
    (void)state;
    world_grant(ID, "dynamicdns-v2");
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(5 * MINUTE);
    world_record(ID)->checked_wall_ms = 4711;
    world_record(ID)->dirty = true;
    engine_down();
    struct records *r = records_open(rig_dir, &err);
    assert_non_null(records_find(r, ID));
    assert_int_equal(records_find(r, ID)->checked_wall_ms, 4711);
    records_close(&r);
}

static int busy_locks;

static int busy_lock(struct os_file *file)
{
    return busy_locks-- > 0 ? -EAGAIN : rig_real.lock(file);
}

/* Another process is writing at that very moment. */
static void test_end_waits_for_the_records(void **state)
{
    struct error err = { 0 };
    (void)state;
    world_grant(ID, "dynamicdns-v2");
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(5 * MINUTE);
    world_record(ID)->checked_wall_ms = 4711;
    world_record(ID)->dirty = true;
    busy_locks = 5;
    os.lock = busy_lock;
    engine_down();
    struct records *r = records_open(rig_dir, &err);
    assert_int_equal(records_find(r, ID)->checked_wall_ms, 4711);
    records_close(&r);
}

static void end_with_stuck_threads(void **state)
{
    (void)state;
    world_grant(ID, "dynamicdns-v2");
    rig_set(0, RIG_IGNORE, "8.8.8.8", "");
    world_daemon(WORLD_CORE WORLD_HOST);
    for (int i = 0; i < 5; i++)
        engine_turn(engine, 2);
    RIG_AWAIT(rig_get(0).inside == 1);
    rig_pass(15 * SECOND);
    engine_turn(engine, 2);
    rig_pass(40 * SECOND);
    world_pass(10 * MINUTE);
    assert_int_equal(rig_events_of(EVENT_SOURCE_STUCK, NULL), 1);
    assert_int_equal(rig_http.applies, 1); /* the other source serves, read twice */
    atomic_store(&rig_notify_hangs, true);
    engine_say(engine, EVENT_STOPPING, DCDDNS_LOG_NOTICE, "bye");
    const struct rig_source s = rig_get(0);
    rig_flow(true);
    int64_t began = rig_real_ms();
    engine_free(&engine, 100);
    assert_true(rig_real_ms() - began < 8000);
    s.host->hint(s.host); /* nobody listens any more */
    rig_release();
    RIG_AWAIT(rig_get(0).inside == 0);
    usleep(50000);
    assert_int_equal(rig_get(0).destroyed, 0); /* it may still have been inside */
}

static void test_end_with_stuck_threads(void **state)
{
    (void)state;
    rig_in_child(end_with_stuck_threads, set_up, NULL);
}

/* Something is to be done when IN_MS have passed. */
static bool is_due(int64_t in_ms)
{
    const struct net_timer *timer = net_timers(engine_net(engine))->first;
    while (timer && timer->due != rig_boot_ms() + in_ms)
        timer = timer->next;
    return timer != NULL;
}

/* While one host's update is waited for, another host's source answers: nothing new begins. */
static void test_end_begins_nothing(void **state)
{
    struct error err = { 0 };
    (void)state;
    world_grant(ID, "dynamicdns-v2");
    rig_pass(HOUR);
    world_grant("z.example.com", "dynamicdns-v2");
    struct grants *theirs = grants_open(rig_dir, &err);
    struct grant_lock *lock = grants_lock(theirs, ID, &err);
    assert_non_null(lock);
    rig_set(1, RIG_HOLD, "8.8.4.4", "");
    world_daemon(WORLD_CORE "[host home.example.com]\nsources = one\nipv6 = no\n"
                            "[host z.example.com]\nsources = two\nipv6 = no\n");
    for (int i = 0; i < 2000 && !is_due(5 * SECOND); i++)
        engine_turn(engine, 2);
    assert_true(is_due(5 * SECOND)); /* the second reading of the other one */
    rig_pass(5 * SECOND);
    RIG_UNTIL(engine_net(engine), updater_busy(engine->updater) == 1);
    RIG_AWAIT(rig_get(1).inside == 1);
    world_record("z.example.com")->v4.published = ip("8.8.4.4"); /* needs no confirmation */
    engine->hosts[1].force = true;
    rig_release();
    RIG_AWAIT(rig_get(1).finished == 1);
    rig_flow(true);
    engine_free(&engine, 300);
    rig_flow(false);
    assert_int_equal(rig_http.count, 0);
    grants_unlock(&lock);
    grants_close(&theirs);
}

/* An update that does not end is stopped when the grace is over. */
static void test_end_stops_updates(void **state)
{
    struct error err = { 0 };
    struct grants *theirs = NULL;
    (void)state;
    world_grant(ID, "dynamicdns-v2");
    theirs = grants_open(rig_dir, &err);
    struct grant_lock *lock = grants_lock(theirs, ID, &err);
    assert_non_null(lock);
    rig_pass(HOUR); /* a refresh is needed, and somebody else holds the lock */
    world_daemon(WORLD_CORE WORLD_HOST);
    world_settle();
    assert_false(engine_idle(engine));
    rig_flow(true);
    int64_t began = rig_real_ms();
    engine_free(&engine, 300);
    assert_true(rig_real_ms() - began < 3000);
    rig_flow(false);
    assert_int_equal(rig_http.count, 0);
    grants_unlock(&lock);
    grants_close(&theirs);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, world_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_thousand_hosts),
        TEST(test_parts),
        TEST(test_auths_of_grants),
        TEST(test_chains),
        TEST(test_cannot_be_built),
        TEST(test_build_without_memory),
        TEST(test_end_while_a_source_answers),
        TEST(test_end_with_a_chain_in_the_middle),
        TEST(test_end_unwatches_a_busy_source),
        TEST(test_end_at_any_moment),
        TEST(test_end_writes_records),
        TEST(test_end_waits_for_the_records),
        cmocka_unit_test(test_end_with_stuck_threads),
        TEST(test_end_begins_nothing),
        TEST(test_end_stops_updates),
    };
    return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
