/* A network that goes and comes back: how often the sources are asked meanwhile, and how soon all
 * is right afterwards. */
#include "engine_world.h"

#define ID     "home.example.com"
#define SECOND INT64_C(1000)
#define HOUR   (3600 * SECOND)

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

static void both(enum rig_mode mode, const char *v4)
{
    rig_set(0, mode, v4, "");
    rig_set(1, mode, v4, "");
}

static int asked(void)
{
    return rig_get(0).queries[0];
}

/* However long it was away: an address of the first minute is published in the first minute. */
static void test_network_is_back(void **state)
{
    (void)state;
    world_grant(ID, "dynamicdns-v2");
    both(RIG_SAY, "8.8.4.4");
    world_daemon(WORLD_CORE "[host home.example.com]\n");
    world_pass(10 * SECOND);
    assert_int_equal(rig_http.applies, 1);
    for (int i = 0; i < 5; i++) {
        const char *ip = i % 2 ? "8.8.4.4" : "9.9.9.9";
        int before = asked();
        both(RIG_FAIL, "");
        world_pass((i + 1) * HOUR);
        int questions = asked() - before;
        assert_true(questions >= 70 * (i + 1) && questions <= 115 * (i + 1));
        both(RIG_SAY, ip);
        world_pass(60 * SECOND);
        assert_int_equal(rig_http.applies, i + 2);
        assert_ip(&world_record(ID)->v4.published, ip);
    }
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, world_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = { TEST(test_network_is_back) };
    return cmocka_run_group_tests_name("outage", tests, NULL, NULL);
}
