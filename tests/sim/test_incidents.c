/* The updater in the real world: thirty days with every incident that we know of, the same in
 * random order, and many hosts of which a third has lost its grant.  What must hold is held
 * against each request, event and step: sim_rules.h. */
#include "sim_incidents.h"

enum { DAYS = 30, A_MONTH = 14 };

static const struct sim_row script[] = {
    { 0.2, CHANGE_4, 0, 0.5 },        { 0.4, CHANGE_6, 0, 0.5 },
    { 0.6, CHANGE_BOTH, 0, 0.5 },     { 0.8, OUTAGE, 6, 1.5 },
    { 1.2, YOUNG_401, 0, 1.5 },       { 1.4, PROVIDER_500, 48, 1.5 },
    { 4.0, PROVIDER_429, 3, 1.5 },    { 4.5, PROVIDER_429_DATE, 3, 1.5 },
    { 5.0, PROVIDER_429_DAY, 1, 30 }, { 6.8, TOKENS_500, 9, 1.5 },
    { 7.5, REFUSED_ONCE, 0, 1.5 },    { 8.0, LOST_TOKENS, 0, 1.5 },
    { 8.5, FULL_DISK, 5, 1.5 },       { 9.0, NO_DISK, 5, 1.5 },
    { 9.5, REFUSED, 96, 8 },          { 14.0, PROVIDER_CLOCK, 12, 1.5 },
    { 14.8, ONE_SOURCE, 12, 0.5 },    { 15.5, LIAR, 12, 1 },
    { 16.2, FLIP_FLOP, 12, 1 },       { 17.0, NO_SOURCE, 3, 0.5 },
    { 17.3, NO_IPV6, 24, 0.5 },       { 18.5, CGNAT, 24, 0.5 },
    { 19.6, RELOAD, 0, 1.5 },         { 19.8, CRASH, 0, 1.5 },
    { 20.0, SUSPEND, 0, 1.5 },        { 20.5, CLOCK_AHEAD, 10, 1.5 },
    { 21.0, CLOCK_1970, 10, 1.5 },    { 21.6, DRIFT, 0, 2 },
    { 21.8, DNS_LAG, 3, 2 },          { 22.2, CONFLICT, 8, 8 },
    { 23.0, REPLACEABLE, 2, 1.5 },    { 23.2, DECLINED, 60, 8 },
    /* and nothing at all until the end of the month: keep-alives */
};

static void test_script(void **state)
{
    (void)state;
    sim_begin(1, 2, 5);
    sim_run(script, sizeof(script) / sizeof(script[0]), DAYS);
    print_message("  at most %d requests of a host in an hour, %d refreshes of a grant in a day\n",
                  sim_watch.most_applies_hour, sim_watch.most_refreshes_day);
    sim_assert_rules();
}

static int by_day(const void *a, const void *b)
{
    const struct sim_row *one = a, *other = b;
    return (one->day > other->day) - (one->day < other->day);
}

static void a_random_month(uint64_t seed)
{
    struct sim_row rows[A_MONTH] = { 0 };
    sim_begin(seed, 2, 5);
    for (size_t i = 0; i < A_MONTH; i++) {
        const enum incident what = (enum incident)(rig_random() % INCIDENTS);
        rows[i] = (struct sim_row){ .day = rig_random() % (DAYS * 90) / 100.0,
                                    .what = what,
                                    .hours = sim_kinds[what].hours,
                                    .settles = sim_kinds[what].settles };
    }
    qsort(rows, A_MONTH, sizeof(rows[0]), by_day);
    sim_run(rows, A_MONTH, DAYS);
    sim_assert_rules();
}

static void test_random(void **state)
{
    const char *given = getenv("SIM_SEED");
    const uint64_t first = given ? strtoull(given, NULL, 10) : 100;
    const uint64_t count = given ? 1 : SIM_SEEDS;
    (void)state;
    for (uint64_t seed = first; seed < first + count; seed++) {
        print_message("  seed %llu\n", (unsigned long long)seed);
        a_random_month(seed);
        if (seed + 1 < first + count) {
            world_tear_down(state);
            world_set_up(state);
        }
    }
}

static void test_many_hosts(void **state)
{
    static const struct sim_row rows[] = {
        { 0.1, CHANGE_4, 0, 0.5 },     { 0.2, REFUSED, 40, 8 },     { 2.3, CHANGE_BOTH, 0, 0.5 },
        { 2.4, PROVIDER_500, 4, 1.5 }, { 2.6, TOKENS_500, 4, 1.5 }, { 2.8, CRASH, 0, 1.5 },
    };
    (void)state;
    sim_begin(2, 3, SIM_MANY);
    sim_run(rows, sizeof(rows) / sizeof(rows[0]), 3);
    sim_assert_rules();
}

/* The dead one does not keep the others from being right, while it is dead. */
static void test_one_grant_dead(void **state)
{
    (void)state;
    sim_begin(3, 3, SIM_MANY);
    sim.grants[0].dead = true;
    sim_pass(2 * HOUR);
    sim_access_dies();
    sim_pass(DAY);
    sim_change4();
    sim_pass(2 * HOUR);
    assert_string_not_equal(sim.hosts[0].v4, sim_line.v4);
    assert_string_equal(sim.hosts[1].v4, sim_line.v4);
    assert_string_equal(sim.hosts[SIM_MANY - 2].v4, sim_line.v4);
    sim_add_up(1, 1);
    sim_assert_rules();
}

/* Who was called for a grant is not called again because the daemon was started anew. */
static void test_called_once_over_restarts(void **state)
{
    (void)state;
    sim_begin(4, 2, 4);
    sim.grants[0].dead = true;
    sim_access_dies();
    sim_pass(2 * DAY);
    assert_int_equal(sim.grants[0].calls, 1);
    sim_crash();
    sim_pass(DAY);
    sim_reload();
    sim_pass(DAY);
    assert_int_equal(sim.grants[0].calls, 1);
    sim_person_consents();
    sim_pass(8 * HOUR);
    sim_assert_rules();
}

static int begin(void **state)
{
    (void)state;
    sim_total.began_ms = rig_real_ms();
    return 0;
}

static int end(void **state)
{
    const long long ms = rig_real_ms() - sim_total.began_ms;
    (void)state;
    print_message("  %.0f days, %d incidents, %d runs of the daemon: %d requests, %d updates, %d "
                  "refreshes, %d queries, %lld ms\n",
                  sim_total.days, sim_total.incidents, sim_total.runs, sim_total.requests,
                  sim_total.applies, sim_total.refreshes, sim_total.queries, ms);
    return clock() / CLOCKS_PER_SEC < 60 ? 0 : -1; /* of the processor: others use it as well */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(test_script),
        WITH_WORLD(test_random),
        WITH_WORLD(test_many_hosts),
        WITH_WORLD(test_one_grant_dead),
        WITH_WORLD(test_called_once_over_restarts),
    };
    cmocka_set_test_filter(getenv("SIM_ONLY"));
    return cmocka_run_group_tests_name("incidents", tests, begin, end);
}
