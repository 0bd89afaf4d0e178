/* How often grants are read for a status: who asks again and again does not hold up the engine. */
#include "engine_world.h"

#include "engine/status.h"

#define OTHER "other.example.com"
#define BARE  "bare.example.com"
#define WORLD_HOSTS                                                                                \
    WORLD_HOST "[host " OTHER "]\nipv4 = yes\n"                                                    \
               "[host " BARE "]\nipv4 = yes\n"

static const struct status_names all;
static struct status status;
static int (*open_before)(struct os_dir *, const char *, int, struct os_file **);
static int opened;
static int64_t opening_takes;

static int counting_open(struct os_dir *dir, const char *name, int how, struct os_file **file)
{
    opened++;
    rig_pass(opening_takes);
    return open_before(dir, name, how, file);
}

static void provider(const struct rig_request *r, struct http_answer *out)
{
    out->body = rig_is_token(r) ? GRANTED("a2-access", "r2-refresh") : "";
    out->len = strlen(out->body);
}

static int set_up(void **state)
{
    int rc = world_set_up(state);
    rig_http.handle = provider;
    world_grant(ID, "dynamicdns-v2");
    world_grant(OTHER, "dynamicdns-v2");
    world_daemon(WORLD_CORE WORLD_HOSTS);
    world_pass(10 * MINUTE);
    open_before = os.open;
    os.open = counting_open;
    opening_takes = 0;
    return rc;
}

static int tear_down(void **state)
{
    status_free(&status);
    return world_tear_down(state);
}

/* Files that are opened for it. */
static int take(const struct status_names *names)
{
    struct error err = { 0 };
    status_free(&status);
    opened = 0;
    assert_int_equal(status_of_engine(engine, names, &status, &err), 0);
    return opened;
}

static void test_kept_for_a_second(void **state)
{
    (void)state;
    assert_true(take(&all) > 0);
    rig_pass(SECOND - 1);
    assert_int_equal(take(&all), 0);
    assert_string_equal(status.hosts[1].name, ID);
    assert_string_equal(status.hosts[1].grant.state, "active");
    assert_string_equal(status.hosts[0].grant.state, "none");
    rig_pass(1);
    assert_true(take(&all) > 0);
}

static void test_kept_for_what_it_cost(void **state)
{
    (void)state;
    opening_takes = 40;
    const int64_t cost = opening_takes * take(&all), began = rig_boot_ms() - cost;
    assert_true(cost > 100);
    rig_pass(began + 50 * cost - 1 - rig_boot_ms());
    assert_int_equal(take(&all), 0);
    rig_pass(1);
    assert_true(take(&all) > 0);
}

/* It is not read for others that nobody asked of, nor again for those who ask of all. */
static void test_names(void **state)
{
    const char *items[] = { ID };
    const struct status_names one = { .items = items, .count = 1 };
    (void)state;
    const int alone = take(&one);
    assert_true(alone > 0);
    assert_int_equal(take(&one), 0);
    const int others = take(&all);
    assert_int_equal(take(&all), 0);
    rig_pass(MINUTE);
    assert_int_equal(take(&all), alone + others);
}

static void test_own_change_is_seen(void **state)
{
    (void)state;
    world_pass(55 * MINUTE); /* the access tokens are stale */
    const int both = take(&all);
    const int64_t then = status.hosts[1].grant.refreshed_at_ms;
    assert_true(engine_ask(engine, ID, true));
    opened = 0;
    world_settle();
    assert_int_equal(rig_http.tokens, 1);
    const int again = take(&all);
    assert_true(again > 0 && again < both);
    assert_true(status.hosts[1].grant.refreshed_at_ms > then);
    assert_int_equal(status.hosts[2].grant.refreshed_at_ms, then);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_kept_for_a_second),
        TEST(test_kept_for_what_it_cost),
        TEST(test_names),
        TEST(test_own_change_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
