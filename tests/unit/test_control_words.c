/* What the daemon says of itself at the control socket is so: healthy while it waits, on disk when
 * it says that it is done. */
#include "socket_rig.h"

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

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_who_waits_is_checked),
        TEST(test_waiting_is_noted),
    };
    return cmocka_run_group_tests_name("control_words", tests, NULL, NULL);
}
