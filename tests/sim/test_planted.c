/* That the rules of the simulation can be broken: a defect is planted for each of them, and the
 * rule must notice.  The same hours without the defect must break none. */
#include "sim_incidents.h"

static bool planted; /* false: the same without the defect */

static struct host *first_host(void)
{
    struct host *h = engine_find_host(engine, sim.hosts[0].fqdn);
    assert_non_null(h);
    return h;
}

/* The engine believes that its sources agreed on this. */
static void believe(const char *v4)
{
    struct host *h = first_host();
    struct observation seen = { .addr = ip(v4), .confirmed = true, .at_ms = rig_boot_ms() };
    struct observation v6 = { .addr = ip(sim_line.v6), .confirmed = true, .at_ms = rig_boot_ms() };
    snprintf(seen.source, sizeof(seen.source), "one");
    if (planted)
        round_plan_done(&engine->slots[h->slot], &seen, &v6);
    sim_pass(MINUTE);
}

static void plant_unconfirmed(void)
{
    believe("8.8.66.6");
}

static void plant_special(void)
{
    believe("10.0.0.1");
}

/* A copy of the grant that is older than the last rotation comes back. */
static void plant_old_token(void)
{
    sim_access_dies();
    sim_pass(HOUR);
    struct sim_grant *g = &sim.grants[0];
    assert_int_equal(g->serial, 2);
    g->serial -= planted;
    sim_store(0);
    g->serial += planted;
    sim_access_dies();
    sim_pass(HOUR);
}

/* The lock of the first refresh is lost while it is on the wire; it gets one that is good for
 * nothing when the second is sent. */
static struct update *unlocked;

static void lose_lock(struct sim_grant *g)
{
    struct error err = { 0 };
    if (unlocked) {
        unlocked->lock = grants_lock(engine->grants, "spare.example.com", &err);
        sim_on_refresh = NULL;
        return;
    }
    for (struct update *u = engine->updater->running; u; u = u->next) {
        if (u->lock && strcmp(u->id, g->id) == 0)
            unlocked = u;
    }
    assert_non_null(unlocked);
    grants_unlock(&unlocked->lock);
}

static void plant_two_refreshes(void)
{
    static struct ended ended[2];
    const struct update_request request = { .what = UPDATE_KEEP_ALIVE, .grant = sim.grants[0].id };
    struct updater *other = updater_new(&engine->updater->options); /* as of another process */
    sim_on_refresh = planted ? lose_lock : NULL;
    unlocked = NULL;
    for (int i = 0; i < 2; i++) {
        ended[i] = (struct ended){ 0 };
        assert_true(update_start(i == 0 ? engine->updater : other, &request, on_end, &ended[i]));
    }
    sim_pass(MINUTE);
    updater_free(&other);
    assert_int_equal(ended[0].count + ended[1].count, 2);
}

/* What DNS and provider know of IPv6 is forgotten, and no source has any. */
static void plant_one_family(void)
{
    if (planted) {
        first_host()->record->v6.published = (struct dcddns_addr){ 0 };
        sim_line.no_v6 = true;
    }
    sim_change4();
    sim_pass(5 * MINUTE);
    if (planted)
        sim_pass(HOUR);
}

/* Nobody waits after a failure. */
static void plant_flood(void)
{
    sim_provider_says(500, NULL, false);
    sim_right_within(DAY); /* not what is looked at */
    for (int i = 0; i < 60; i++) {
        struct host *h = first_host();
        if (planted)
            h->not_before_ms = 0;
        engine_check_now(engine);
        sim_pass(MINUTE);
    }
}

/* Tokens that have just come count as old. */
static void plant_refreshes(void)
{
    for (int i = 0; i < 60; i++) {
        if (planted)
            sim_access_dies();
        sim_pass(10 * MINUTE);
    }
}

static void plant_no_gap(void)
{
    sim_change4();
    sim_pass(7 * MINUTE);
    sim_change4();
    engine_check_now(engine);
    world_pass(10 * SECOND);
    sim_change4();
    if (planted) {
        first_host()->applied_ms = 0;
    }
    engine_check_now(engine);
    world_pass(15 * SECOND);
}

/* Told before it is written. */
static void plant_early_word(void)
{
    struct event event = { .id = EVENT_APPLIED, .level = DCDDNS_LOG_NOTICE };
    snprintf(event.record, sizeof(event.record), "%s", sim.hosts[0].fqdn);
    event.after = ip("9.99.99.1");
    if (planted)
        events_send(engine->events, &event);
    sim_pass(MINUTE);
}

/* Nobody looks for addresses any more. */
static void plant_sleep(void)
{
    sim_change4();
    for (int i = 0; i < 6; i++) {
        for (size_t s = 0; planted && s < engine->slot_count; s++)
            scheduler_remove(&engine->scheduler, JOB_CHAIN, s);
        sim_pass(10 * MINUTE);
    }
}

/* That a person was called is forgotten. */
static void plant_calls(void)
{
    sim.grants[0].dead = true;
    sim_access_dies();
    sim.grants[0].serial++; /* the old access token does not come back */
    for (int i = 0; i < 60; i++) {
        struct host *h = first_host();
        if (planted)
            h->grant->consent_told = h->consent_told = false;
        sim_pass(HOUR);
    }
    assert_true(sim.grants[0].calls > 0);
}

static void plant_idle_grant(void)
{
    for (int i = 0; i < 8; i++) {
        for (size_t g = 0; planted && g < engine->grant_count; g++)
            scheduler_remove(&engine->scheduler, JOB_GRANT, g);
        sim_pass(DAY);
    }
}

static const struct {
    enum sim_rule rule;
    void (*plant)(void);
} defects[] = {
    { RULE_ONE_REFRESH, plant_two_refreshes }, { RULE_NEWEST_TOKEN, plant_old_token },
    { RULE_CONFIRMED, plant_unconfirmed },     { RULE_ADDRESS, plant_special },
    { RULE_FAMILIES, plant_one_family },       { RULE_REQUESTS, plant_flood },
    { RULE_REFRESHES, plant_refreshes },       { RULE_GAP, plant_no_gap },
    { RULE_COMMIT, plant_early_word },         { RULE_RIGHT, plant_sleep },
    { RULE_CALL_ONCE, plant_calls },           { RULE_KEEP_ALIVE, plant_idle_grant },
};

static void run(void **state, size_t i, bool with)
{
    planted = with;
    sim_begin(7, 2, 4);
    sim_assert_rules();
    sim_watch.quiet = with;
    defects[i].plant();
    if (!with)
        sim_assert_rules();
    else if (sim_watch.broken[defects[i].rule] == 0)
        fail_msg("%s: the planted defect was not noticed", sim_rule_names[defects[i].rule]);
    world_tear_down(state);
    world_set_up(state);
}

static void test_planted(void **state)
{
    const char *only = getenv("SIM_RULE");
    assert_int_equal(sizeof(defects) / sizeof(defects[0]), RULES);
    for (size_t i = 0; i < RULES; i++) {
        assert_int_equal(defects[i].rule, i);
        if (only && rig_number(only) != (int)i)
            continue;
        run(state, i, false);
        run(state, i, true);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { WITH_WORLD(test_planted) };
    return cmocka_run_group_tests_name("planted", tests, NULL, NULL);
}
