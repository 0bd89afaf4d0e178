/* For the tests of sleeps and clocks: an engine that has published, and what may happen to it. */
#ifndef DCDDNS_TESTS_CLOCK_RIG_H
#define DCDDNS_TESTS_CLOCK_RIG_H

#include "engine_world.h"

static int apply_status, token_status;
static bool hold_token;
static int64_t apply_wait;

static void answer(const struct rig_request *r, struct http_answer *out)
{
    if (rig_is_token(r)) {
        rig_reply(out, token_status, GRANTED("a2-access", "r2-refresh"));
        if (hold_token)
            rig_silence(out);
        return;
    }
    rig_reply(out, apply_status, "");
    if (apply_status != 200)
        out->retry_after_s = apply_wait;
}

static inline int set_up(void **state)
{
    int rc = world_set_up(state);
    atomic_store(&rig_wall_offset, INT64_C(1700000000000));
    rig_http.handle = answer;
    apply_status = token_status = 200;
    apply_wait = -1;
    hold_token = false;
    world_grant(ID, "dynamicdns-v2");
    return rc;
}

static inline void say(const char *v4)
{
    for (int i = 0; i < 2; i++)
        rig_set(i, RIG_SAY, v4, "2a00:1450::1");
}

static inline void set_clock(int64_t days)
{
    atomic_fetch_add(&rig_wall_offset, days * DAY);
}

static void pass_inside(void *arg)
{
    const int64_t *ms = arg;
    rig_pass(*ms);
}

/* The machine sleeps while the loop waits. */
static inline void world_sleep(int64_t ms)
{
    assert_true(net_post(engine_net(engine), pass_inside, &ms));
    engine_turn(engine, 0);
}

static inline void settled_daemon(void)
{
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(2 * MINUTE);
    assert_ip(&world_record(ID)->v4.published, "8.8.4.4");
    rig_forget();
}

static inline int rounds_within(int64_t ms)
{
    int before = rig_get(0).queries[0];
    world_pass(ms);
    return rig_get(0).queries[0] - before;
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, world_tear_down)

#endif
