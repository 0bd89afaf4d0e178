/* What the daemon says of itself at the control socket is so: healthy while it waits, on disk when
 * it says that it is done. */
#include "socket_rig.h"

#include <sys/ioctl.h>

#include "engine/control_inside.h"
#include "engine/health.h"
#include "engine/status.h"

#define STATUS "{\"v\":1,\"do\":\"status\"}\n"
#define UPDATE "{\"v\":1,\"do\":\"update\"}\n"

static int apply_status, apply_wait;

static void answer(const struct rig_request *r, struct http_answer *out)
{
    if (rig_is_token(r)) {
        rig_reply(out, 200, GRANTED("a2-access", "r2-refresh"));
        return;
    }
    rig_reply(out, apply_status, "");
    out->retry_after_s = apply_wait;
}

static int set_up(void **state)
{
    int rc = world_set_up(state);
    rig_http.handle = answer;
    apply_status = 200;
    apply_wait = -1;
    world_grant(ID, "dynamicdns-v2");
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(10 * MINUTE);
    assert_int_equal(rig_http.applies, 1);
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

/* -- a host that waits ------------------------------------------------------------------------- */

static void expect_healthy(struct status *status)
{
    const struct health_input in = { .status = status,
                                     .interval_s = engine_config(engine)->interval_s };
    struct error why = { 0 };
    if (!health_of(&in, &why))
        fail_msg("%s", why.text);
    status_free(status);
}

/* It is looked at all the time, although nothing may be published. */
static void test_who_waits_is_checked(void **state)
{
    const struct status_names all = { 0 };
    struct status status = { 0 };
    struct error err = { 0 };
    (void)state;
    apply_status = 429;
    apply_wait = 3600;
    both_say("8.8.8.8", "2a00:1450::1");
    world_pass(25 * MINUTE);
    assert_int_equal(rig_http.applies, 2);
    assert_int_equal(status_of_engine(engine, &all, &status, &err), 0);
    status.daemon_since_at_ms = desk.since_wall_ms;
    assert_true(status.taken_at_ms - status.hosts[0].checked_at_ms < 6 * MINUTE);
    expect_healthy(&status);
}

/* On disk "checked" is at most an hour old, while it waits, too. */
static void test_waiting_is_noted(void **state)
{
    const struct status_names all = { 0 };
    struct status status = { 0 };
    struct error err = { 0 };
    (void)state;
    apply_status = 429;
    apply_wait = 4 * 3600;
    both_say("8.8.8.8", "2a00:1450::1");
    world_pass(3 * HOUR);
    assert_int_equal(rig_http.applies, 2);
    assert_int_equal(status_of_disk(world_config, rig_path, &all, &status, &err), 0);
    assert_true(status.taken_at_ms - status.hosts[0].checked_at_ms < HOUR + 10 * MINUTE);
    status_free(&status);
}

/* -- room for others --------------------------------------------------------------------------- */

static int waiting_at(int fd)
{
    int bytes = 0;
    assert_int_equal(ioctl(fd, FIONREAD, &bytes), 0);
    return bytes;
}

/* Asks until the socket takes no more answers; returns how many were asked for. */
static int ask_until_full(int fd)
{
    int asked = 0, before = -1;
    while (waiting_at(fd) > before) {
        before = waiting_at(fd);
        for (int i = 0; i < 20; i++, asked++)
            say(fd, STATUS);
    }
    return asked;
}

static void expect_refusal(void)
{
    int fd = client_new();
    struct json *json = hear(fd);
    assert_non_null(strstr(json_string(json, "error"), "too many programs"));
    json_free(&json);
    close(fd);
}

/* Who is in the middle of an answer or of a request does not make room; who is silent does. */
static void test_room(void **state)
{
    int fds[CONTROL_CLIENTS_MAX];
    (void)state;
    for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
        fds[i] = client_new();
    turns(CONTROL_CLIENTS_MAX);
    for (int i = 2; i < CONTROL_CLIENTS_MAX; i++) {
        struct json *json = NULL;
        say(fds[i], "{\"v\":1,\"do\":\"events\"}\n");
        json = hear(fds[i]);
        json_free(&json);
    }
    const int asked = ask_until_full(fds[0]);
    say(fds[1], "{\"v\":1,\"do\":");
    expect_refusal();
    for (int i = 0; i < asked; i++) {
        struct json *json = hear(fds[0]);
        assert_true(json_bool(json, "ok", false));
        json_free(&json);
    }
    say(fds[1], "\"status\"}\n");
    struct json *json = hear(fds[1]);
    json_free(&json);
    int last = client_new();
    say(last, STATUS);
    json = hear(last);
    assert_true(json_bool(json, "ok", false));
    json_free(&json);
    close(last);
    for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
        close(fds[i]);
}

/* An answer that does not fit is refused; the connection stays. */
static void test_too_large(void **state)
{
    struct control_client client = { .fd = -1, .out = BUF_MAX(200) };
    char words[300] = "";
    (void)state;
    for (size_t len = 150; len < 210; len++) {
        struct json *json = control_answer(true);
        memset(words, 'x', len);
        words[len] = '\0';
        assert_true(control_send_answer(&client, json, json_set_string(json, "text", words)));
        const char *text = buf_text(&client.out);
        json = json_parse(text, strlen(text));
        assert_int_equal(text[strlen(text) - 1], '\n');
        assert_int_equal(json_bool(json, "ok", false),
                         len + strlen("{'v':1,'ok':true,'text':''}\n") <= 200);
        assert_true(json_string(json, "text") || strstr(json_string(json, "error"), "too large"));
        json_free(&json);
        buf_free(&client.out);
    }
}

/* -- on disk, then answered -------------------------------------------------------------------- */

/* What another process would read. */
static struct status_host on_disk(void)
{
    const struct status_names all = { 0 };
    struct status status = { 0 };
    struct error err = { 0 };
    assert_int_equal(status_of_disk(world_config, rig_path, &all, &status, &err), 0);
    const struct status_host host = status.hosts[0];
    status_free(&status);
    return host;
}

/* A failure that nobody is told of, as it is not the first. */
static void test_answered_when_written(void **state)
{
    (void)state;
    int fd = client_new();
    apply_status = 500;
    for (int i = 1; i <= 7; i++) {
        say(fd, "{\"v\":1,\"do\":\"update\",\"force\":true}\n");
        struct json *json = hear(fd);
        assert_true(json_bool(json, "ok", false));
        json_free(&json);
        assert_int_equal(on_disk().failures, i);
    }
    say(fd, UPDATE); /* nothing to be done: not long in coming either */
    const int64_t began = rig_boot_ms();
    struct json *json = hear(fd);
    json_free(&json);
    assert_true(rig_boot_ms() - began < 10 * SECOND);
    close(fd);
}

/* Nobody asked; a kill must not forget it. */
static void test_waiting_time_is_written(void **state)
{
    (void)state;
    apply_status = 503;
    both_say("8.8.8.8", "2a00:1450::1");
    engine_check_now(engine);
    world_pass(SECOND);
    for (int i = 0; i < 5; i++) { /* the later ones without an event */
        const int failures = world_record(ID)->failures;
        while (world_record(ID)->failures == failures)
            world_pass(SECOND);
        world_pass(SECOND);
        assert_int_equal(on_disk().failures, failures + 1);
        assert_int_equal(on_disk().next_at_ms, world_record(ID)->next_wall_ms);
    }
}

static void test_not_on_disk_is_not_ok(void **state)
{
    (void)state;
    int fd = client_new();
    both_say("8.8.8.8", "2a00:1450::1");
    rig_disk_code = -ENOSPC;
    say(fd, UPDATE);
    struct json *json = hear(fd);
    assert_false(json_bool(json, "ok", true));
    assert_non_null(strstr(json_string(json, "error"), "not on disk: "));
    assert_string_equal(json_string(json, "error_class"), "local");
    assert_string_equal(json_string(result_of(json, 0), "verdict"), "published");
    json_free(&json);
    rig_disk_code = 0;
    say(fd, UPDATE);
    json = hear(fd);
    assert_true(json_bool(json, "ok", false));
    json_free(&json);
    const struct status_host host = on_disk();
    assert_ip(&host.v4.published, "8.8.8.8");
    close(fd);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_who_waits_is_checked),
        TEST(test_waiting_is_noted),
        TEST(test_room),
        cmocka_unit_test(test_too_large),
        TEST(test_answered_when_written),
        TEST(test_waiting_time_is_written),
        TEST(test_not_on_disk_is_not_ok),
    };
    return cmocka_run_group_tests_name("control_words", tests, NULL, NULL);
}
