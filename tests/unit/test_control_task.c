/* What the engine does for programs at the control socket: updates, checks, status, reloads. */
#include "socket_rig.h"

#include "engine/status.h"
#include "own_memory.h"

#define OTHER       "other.example.com"
#define WORLD_OTHER "[host " OTHER "]\nipv4 = yes\n"
#define UPDATE      "{\"v\":1,\"do\":\"update\"}\n"
#define FORCE       "{\"v\":1,\"do\":\"update\",\"force\":true,\"hosts\":[\"" ID "\"]}\n"

static int apply_status;

static void answer(const struct rig_request *r, struct http_answer *out)
{
    if (rig_is_token(r))
        rig_reply(out, 200, GRANTED("a2-access", "r2-refresh"));
    else
        rig_reply(out, apply_status, "");
}

static int set_up(void **state)
{
    int rc = world_set_up(state);
    rig_http.handle = answer;
    apply_status = 200;
    world_grant(ID, "dynamicdns-v2");
    world_grant(OTHER, "dynamicdns-v2");
    world_daemon(WORLD_CORE WORLD_HOST WORLD_OTHER);
    world_pass(10 * MINUTE);
    assert_int_equal(rig_http.applies, 2);
    socket_up();
    return rc;
}

static int tear_down(void **state)
{
    if (control)
        socket_down();
    return world_tear_down(state);
}

static void both_say(const char *v4, const char *v6)
{
    rig_set(0, RIG_SAY, v4, v6);
    rig_set(1, RIG_SAY, v4, v6);
}

static void expect_result(const struct json *json, const char *name, const char *verdict,
                          const char *ipv4)
{
    assert_string_equal(json_string(json, "name"), name);
    assert_string_equal(json_string(json, "verdict"), verdict);
    assert_string_equal(json_string(json, "ipv4"), ipv4);
}

/* Published for whoever asked first. */
static void expect_right(const struct json *json, const char *name, const char *ipv4)
{
    bool first = strcmp(json_string(json, "verdict"), "published") == 0;
    expect_result(json, name, first ? "published" : "unchanged", ipv4);
}

static void test_update(void **state)
{
    (void)state;
    int fd = client_new();
    both_say("8.8.8.8", "2a00:1450::1");
    say(fd, UPDATE);
    struct json *json = hear(fd);
    assert_true(json_bool(json, "ok", false));
    expect_result(result_of(json, 0), ID, "published", "8.8.8.8");
    assert_string_equal(json_string(result_of(json, 0), "ipv6"), "2a00:1450::1");
    expect_result(result_of(json, 1), OTHER, "published", "8.8.8.8");
    assert_null(json_string(result_of(json, 1), "error"));
    json_free(&json);
    assert_int_equal(rig_http.applies, 4);
    say(fd, UPDATE);
    json = hear(fd);
    expect_result(result_of(json, 0), ID, "unchanged", "8.8.8.8");
    json_free(&json);
    assert_int_equal(rig_http.applies, 4);
    close(fd);
}

static void test_force_is_for_the_host_named(void **state)
{
    (void)state;
    int fd = client_new();
    say(fd, FORCE);
    struct json *json = hear(fd);
    expect_result(result_of(json, 0), ID, "published", "8.8.4.4");
    assert_null(json_next(result_of(json, 0)));
    json_free(&json);
    assert_int_equal(rig_http.applies, 3);
    world_pass(10 * MINUTE); /* and for this once */
    assert_int_equal(rig_http.applies, 3);
    close(fd);
}

static void test_failures_are_told(void **state)
{
    (void)state;
    int fd = client_new();
    apply_status = 500;
    say(fd, FORCE);
    struct json *json = hear(fd);
    expect_result(result_of(json, 0), ID, "failed", "8.8.4.4");
    assert_string_equal(json_string(result_of(json, 0), "error_class"), "temporary");
    assert_non_null(strstr(json_string(result_of(json, 0), "error"), "500"));
    json_free(&json);
    both_say("8.8.8.8", "");
    say(fd, "{\"v\":1,\"do\":\"update\",\"hosts\":[\"" ID "\"]}\n");
    json = hear(fd);
    expect_result(result_of(json, 0), ID, "waiting", "8.8.4.4");
    json_free(&json);
    both_say("", "");
    say(fd, FORCE);
    json = hear(fd);
    expect_result(result_of(json, 0), ID, "unknown", "8.8.4.4");
    json_free(&json);
    assert_int_equal(rig_http.applies, 4); /* one of them for the other host, in the same round */
    close(fd);
}

/* A round that began before the question saw the world before it. */
static void test_a_round_on_its_way_is_no_answer(void **state)
{
    (void)state;
    int fd = client_new();
    rig_set(0, RIG_HOLD, "8.8.4.4", "2a00:1450::1");
    engine_check_now(engine);
    turns(5);
    const unsigned rounds = engine->slots[0].rounds;
    say(fd, FORCE);
    both_say("8.8.8.8", "2a00:1450::1");
    rig_release();
    struct json *json = hear(fd);
    assert_true(engine->slots[0].rounds >= rounds + 2);
    expect_result(result_of(json, 0), ID, "published", "8.8.8.8");
    json_free(&json);
    close(fd);
}

/* First on disk and told, then answered. */
static void test_commit_then_answer(void **state)
{
    const struct event event = { .id = EVENT_FAILED, .level = DCDDNS_LOG_WARN };
    (void)state;
    assert_false(engine_is_asked(engine, ID));
    cycle_queue_event(engine, &event);
    assert_true(engine_is_asked(engine, ID));
    cycle_commit(engine, true);
    assert_false(engine_is_asked(engine, ID));
}

static void test_who_hangs_up_disturbs_nobody(void **state)
{
    (void)state;
    int gone = client_new(), stays = client_new();
    say(gone, FORCE);
    say(stays, UPDATE);
    close(gone);
    struct json *json = hear(stays);
    assert_true(json_bool(json, "ok", false));
    json_free(&json);
    assert_int_equal(rig_http.applies, 3); /* it was done all the same */
    close(stays);
}

static void test_sixteen_at_once(void **state)
{
    int fds[CONTROL_CLIENTS_MAX];
    (void)state;
    both_say("8.8.8.8", "2a00:1450::1");
    for (int i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        fds[i] = client_new();
        assert_int_equal(send(fds[i], UPDATE, strlen(UPDATE), MSG_NOSIGNAL), strlen(UPDATE));
    }
    turns(3);
    int more = client_new(); /* all of them wait for something: none makes room */
    struct json *json = hear(more);
    assert_false(json_bool(json, "ok", true));
    json_free(&json);
    close(more);
    for (int i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        json = hear(fds[i]);
        expect_right(result_of(json, 1), OTHER, "8.8.8.8");
        json_free(&json);
        close(fds[i]);
    }
    assert_int_equal(rig_http.applies, 4);
}

/* Requests of one connection are answered in their order, the quick ones behind the slow. */
static void test_one_after_another(void **state)
{
    (void)state;
    int fd = client_new();
    say(fd, FORCE "{\"v\":1,\"do\":\"check\"}\n{\"v\":1,\"do\":\"status\"}\n");
    struct json *json = hear(fd);
    assert_non_null(json_get(json, "results"));
    json_free(&json);
    json = hear(fd);
    int64_t hosts = 0;
    assert_true(json_integer(json, "hosts", 2, 2, &hosts));
    json_free(&json);
    json = hear(fd);
    assert_non_null(json_get(json, "status"));
    json_free(&json);
    close(fd);
}

static void test_check(void **state)
{
    int64_t hosts = 0;
    (void)state;
    int fd = client_new();
    int before = rig_queries(0);
    say(fd, "{\"v\":1,\"do\":\"check\",\"hosts\":[\"HOME.example.com.\"]}\n");
    struct json *json = hear(fd);
    assert_true(json_integer(json, "hosts", 1, 1, &hosts));
    json_free(&json);
    world_settle();
    assert_true(rig_queries(0) > before); /* anew */
    close(fd);
}

static void test_status(void **state)
{
    struct status status = { 0 };
    (void)state;
    int fd = client_new();
    say(fd, "{\"v\":1,\"do\":\"status\",\"hosts\":[\"" OTHER "\"]}\n");
    struct json *json = hear(fd);
    assert_int_equal(status_from_json(json_get(json, "status"), &status), 0);
    json_free(&json);
    assert_true(status.live);
    assert_int_equal(status.daemon_pid, getpid());
    assert_int_equal(status.daemon_since_at_ms, desk.since_wall_ms);
    assert_int_equal(status.host_count, 1);
    assert_string_equal(status.hosts[0].name, OTHER);
    assert_true(status.hosts[0].next_check_at_ms > rig_wall_ms());
    status_free(&status);
    close(fd);
}

static void test_refusals(void **state)
{
    static const struct {
        const char *line, *words;
    } rows[] = {
        { "{\"v\":1,\"do\":\"update\",\"hosts\":[\"x.example.com\"]}\n",
          "x.example.com is not conf" },
        { "{\"v\":1,\"do\":\"status\",\"hosts\":[\"x.example.com\"]}\n",
          "x.example.com is not conf" },
        { "{\"v\":1,\"do\":\"update\",\"hosts\":[]}\n", "a list of names" },
        { "{\"v\":1,\"do\":\"update\",\"hosts\":{\"a\":\"" ID "\"}}\n", "a list of names" },
        { "{\"v\":1,\"do\":\"update\",\"hosts\":\"" ID "\"}\n", "a list of names" },
        { "{\"v\":1,\"do\":\"update\",\"hosts\":[5]}\n", "a list of names" },
        { "{\"v\":1,\"do\":\"update\",\"hosts\":[\"not a name\"]}\n", "a list of names" },
        { "{\"v\":1,\"do\":\"check\",\"hosts\":[\"" ID "\",null]}\n", "a list of names" },
        { "{\"v\":1,\"do\":\"update\",\"force\":1}\n", "force is to be" },
        { "{\"v\":1,\"do\":\"update\",\"force\":\"yes\"}\n", "force is to be" },
        { "{\"v\":1,\"do\":\"reload\",\"state\":\"/elsewhere\"}\n", "this daemon works on" },
        { "{\"v\":1,\"do\":\"update\",\"state\":\"/elsewhere\"}\n", "this daemon works on" },
        { "{\"v\":2,\"do\":\"update\"}\n", "version 1" },
        { "{\"v\":1,\"do\":\"Update\"}\n", "does not know that request" },
    };
    (void)state;
    int fd = client_new();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        say(fd, rows[i].line);
        struct json *json = hear(fd);
        assert_false(json_bool(json, "ok", true));
        if (!strstr(json_string(json, "error"), rows[i].words))
            fail_msg("%s: %s", rows[i].line, json_string(json, "error"));
        json_free(&json);
    }
    assert_false(desk.reload);
    desk.engine = NULL; /* between two engines */
    say(fd, UPDATE);
    struct json *json = hear(fd);
    assert_non_null(strstr(json_string(json, "error"), "not ready"));
    json_free(&json);
    desk.engine = engine;
    assert_int_equal(rig_http.applies, 2);
    close(fd);
}

static void test_reload(void **state)
{
    struct config_errors errors = { 0 };
    int64_t hosts = 0;
    (void)state;
    int one = client_new(), two = client_new();
    say(one, "{\"v\":1,\"do\":\"reload\"}\n");
    say(two, "{\"v\":1,\"do\":\"reload\"}\n");
    assert_true(desk.reload);
    turns(5);
    config_errors_add(&errors, "/etc/x.conf", 7, "no such key");
    control_reloaded(control, &errors);
    config_errors_free(&errors);
    assert_false(desk.reload);
    for (int i = 0; i < 2; i++) {
        struct json *json = hear(i == 0 ? one : two);
        assert_false(json_bool(json, "ok", true));
        assert_string_equal(json_string(json, "error_class"), "configuration");
        assert_string_equal(json_string(json, "errors"), "/etc/x.conf:7: no such key\n");
        json_free(&json);
    }
    say(one, "{\"v\":1,\"do\":\"reload\"}\n"); /* the connection is as good as before */
    control_reloaded(control, NULL);
    struct json *json = hear(one);
    assert_true(json_integer(json, "hosts", 2, 2, &hosts));
    json_free(&json);
    close(one);
    close(two);
}

/* What was asked of an engine that ended in between is asked of the next. */
static void test_an_update_outlives_a_reload(void **state)
{
    (void)state;
    int fd = client_new();
    rig_set(0, RIG_BLOCK, "", "");
    say(fd, UPDATE);
    turns(5);
    control_attach(control, NULL);
    desk.engine = NULL;
    engine_down();
    both_say("8.8.8.8", "2a00:1450::1");
    engine_up();
    engine_schedule_all(engine);
    control_attach(control, engine_net(engine));
    desk.engine = engine;
    desk.generation++;
    control_reloaded(control, NULL);
    struct json *json = hear(fd);
    expect_right(result_of(json, 0), ID, "8.8.8.8");
    json_free(&json);
    close(fd);
}

static void test_no_memory(void **state)
{
    static const char *const lines[] = {
        UPDATE,
        FORCE,
        "{\"v\":1,\"do\":\"status\"}\n",
        "{\"v\":1,\"do\":\"check\",\"hosts\":[\"" ID "\"]}\n",
        "{\"v\":1,\"do\":\"reload\"}\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        for (long n = 0; n < 120; n++) { /* a client may be lost, never the daemon */
            int fd = client_new();
            turns(2);
            assert_int_equal(send(fd, lines[i], strlen(lines[i]), MSG_NOSIGNAL), strlen(lines[i]));
            own_memory_left = n;
            net_turn(engine_net(engine), 0);
            control_turn(control);
            control_reloaded(control, NULL);
            own_memory_left = -1;
            close(fd);
            turns(2);
        }
    }
    int fd = client_new();
    world_pass(10 * MINUTE);
    say(fd, UPDATE);
    struct json *json = hear(fd);
    assert_true(json_bool(json, "ok", false));
    json_free(&json);
    close(fd);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_update),
        TEST(test_force_is_for_the_host_named),
        TEST(test_failures_are_told),
        TEST(test_a_round_on_its_way_is_no_answer),
        TEST(test_commit_then_answer),
        TEST(test_who_hangs_up_disturbs_nobody),
        TEST(test_sixteen_at_once),
        TEST(test_one_after_another),
        TEST(test_check),
        TEST(test_status),
        TEST(test_refusals),
        TEST(test_reload),
        TEST(test_an_update_outlives_a_reload),
        TEST(test_no_memory),
    };
    own_memory_install();
    return cmocka_run_group_tests_name("control_task", tests, NULL, NULL);
}
