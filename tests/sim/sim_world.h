/* For simulations: a line with two addresses, two sources that see it or do not, a daemon that can
 * be restarted, and time that passes in steps of ten minutes, each of which is looked at. */
#ifndef DCDDNS_TESTS_SIM_WORLD_H
#define DCDDNS_TESTS_SIM_WORLD_H

#include "sim_provider.h"

enum { SIM_STEP_MS = 10 * MINUTE, SIM_CHANGE_MS = 20 * MINUTE };

enum sim_source_mood {
    SOURCE_WELL,
    SOURCE_DOWN,
    SOURCE_LIES,  /* the same wrong address all the time */
    SOURCE_FLIPS, /* the right one and a wrong one in turn */
};

static struct {
    char v4[64], v6[64]; /* of the line */
    int changes;         /* of the line, so far */
    bool cut;            /* no Internet: no source, no provider */
    bool cgnat, no_v6;
    enum sim_source_mood source[2];
    int64_t right_at_ms; /* from then on all must be right */
    int steps, queries, runs;
} sim_line;

/* What must be printed in the end. */
static struct {
    double days;
    int incidents, applies, refreshes, requests, queries, runs;
    int64_t began_ms;
} sim_total;

static inline void sim_say(int id)
{
    const enum sim_source_mood mood = sim_line.source[id];
    const bool lies = mood == SOURCE_LIES || (mood == SOURCE_FLIPS && sim_line.steps % 2 == 0);
    const char *v4 = lies ? "8.8.66.6" : sim_line.cgnat ? "100.64.9.9" : sim_line.v4;
    rig_set(id, sim_line.cut || mood == SOURCE_DOWN ? RIG_FAIL : RIG_SAY, v4,
            sim_line.no_v6 ? "" : sim_line.v6);
}

static inline void sim_say_all(void)
{
    sim_say(0);
    sim_say(1);
}

/* Everything must be right MS from now; or later, when that was known already. */
static inline void sim_right_within(int64_t ms)
{
    if (rig_boot_ms() + ms > sim_line.right_at_ms)
        sim_line.right_at_ms = rig_boot_ms() + ms;
}

static inline void sim_change4(void)
{
    const int n = ++sim_line.changes;
    snprintf(sim_line.v4, sizeof(sim_line.v4), "9.%d.%d.1", 10 + n / 200, 1 + n % 200);
    sim_say_all();
    sim_right_within(SIM_CHANGE_MS);
}

static inline void sim_change6(void)
{
    snprintf(sim_line.v6, sizeof(sim_line.v6), "2a00:1450:%x::1", ++sim_line.changes);
    sim_say_all();
    sim_right_within(SIM_CHANGE_MS);
}

/* -- the daemon -------------------------------------------------------------------------------- */

static inline void sim_on_applied(const struct event *event)
{
    struct error err = { 0 };
    struct records *disk = records_open(rig_dir, &err);
    const struct record *r = disk ? records_find(disk, event->record) : NULL;
    if (!addr_is_set(&event->after))
        r = NULL;
    if (r &&
        !addr_equal(&event->after, event->after.family == 4 ? &r->v4.published : &r->v6.published))
        sim_broken(RULE_COMMIT, "%s: %s", event->record, event->message);
    if (!r && addr_is_set(&event->after))
        sim_broken(RULE_COMMIT, "%s: no record", event->record);
    records_close(&disk);
}

static void sim_tap(void *ctx, const struct event *event)
{
    (void)ctx;
    if (strcmp(event->id, EVENT_APPLIED) == 0 && rig_disk_code == 0)
        sim_on_applied(event);
    for (size_t i = 0; strcmp(event->id, EVENT_CONSENT_NEEDED) == 0 && i < sim.grant_count; i++) {
        struct sim_grant *g = &sim.grants[i];
        if (strcmp(event->record, g->id) == 0 && ++g->calls > 1)
            sim_broken(RULE_CALL_ONCE, "%s: %d times", g->id, g->calls);
    }
}

static inline void sim_up(void)
{
    struct error err = { 0 };
    const struct engine_options options = { .config = world_config,
                                            .modules = &rig_table,
                                            .state_dir = rig_path,
                                            .transport = &rig_net,
                                            .tap = sim_tap };
    for (size_t i = 0; i < sim.host_count; i++)
        sim.hosts[i].acked_ms = 0; /* the gap is of one run */
    engine = engine_new(&options, &err);
    if (!engine || engine_start(engine, &err) != 0)
        fail_msg("%s", err.text);
    engine_schedule_all(engine);
    sim_line.runs++;
}

/* All that it knew is what is on disk. */
static inline void sim_crash(void)
{
    assert_int_equal(engine_unsaved(engine), 0);
    rig_disk_code = -EIO;
    engine_down();
    rig_disk_code = 0;
    rig_pass(SECOND);
    sim_up();
}

static inline void sim_reload(void)
{
    engine_down();
    sim_up();
}

static void sim_pass_inside(void *arg)
{
    const int64_t *ms = arg;
    rig_pass(*ms);
}

/* The machine sleeps while the loop waits. */
static inline void sim_sleep(int64_t ms)
{
    assert_true(net_post(engine_net(engine), sim_pass_inside, &ms));
    engine_turn(engine, 0);
}

/* -- each step --------------------------------------------------------------------------------- */

static inline void sim_watch_right(const struct sim_host *h)
{
    if (sim.grants[h->grant].dead)
        return;
    if (strcmp(h->v4, sim_line.v4) != 0 || strcmp(h->v6, sim_line.v6) != 0)
        sim_broken(RULE_RIGHT, "%s: %s %s is published, %s %s is right", h->fqdn, h->v4, h->v6,
                   sim_line.v4, sim_line.v6);
    else if (strcmp(h->shown4, sim_line.v4) != 0 || strcmp(h->shown6, sim_line.v6) != 0)
        sim_broken(RULE_RIGHT, "%s: DNS shows %s %s, %s %s is right", h->fqdn, h->shown4, h->shown6,
                   sim_line.v4, sim_line.v6);
}

static inline void sim_watch_grant(const struct sim_grant *g)
{
    if (!g->dead && rig_boot_ms() - g->refreshed_ms > 7 * DAY)
        sim_broken(RULE_KEEP_ALIVE, "%s: %.1f days", g->id,
                   (double)(rig_boot_ms() - g->refreshed_ms) / (double)DAY);
}

static inline void sim_step(int64_t ms)
{
    sim_say_all();
    world_pass(ms);
    sim_line.steps++;
    if (rig_boot_ms() < sim_line.right_at_ms)
        return;
    for (size_t i = 0; i < sim.host_count; i++)
        sim_watch_right(&sim.hosts[i]);
    for (size_t i = 0; i < sim.grant_count; i++)
        sim_watch_grant(&sim.grants[i]);
}

static inline void sim_pass(int64_t ms)
{
    for (; ms > SIM_STEP_MS; ms -= SIM_STEP_MS)
        sim_step(SIM_STEP_MS);
    sim_step(ms);
}

/* -- begin and end ----------------------------------------------------------------------------- */

static inline void sim_store(size_t number)
{
    struct error err = { 0 };
    struct buf hosts = BUF_MAX(4096);
    struct sim_grant *g = &sim.grants[number];
    struct grants *mine = grants_open(rig_dir, &err);
    struct grant grant = grant_example();
    char token[64] = "";
    size_t suffix = 0;

    assert_non_null(mine);
    for (size_t i = 0; i < sim.host_count; i++) {
        suffix = strcspn(sim.hosts[i].fqdn, ".");
        if (sim.hosts[i].grant == number)
            buf_printf(&hosts, "%s%.*s", hosts.len ? "," : "", (int)suffix, sim.hosts[i].fqdn);
    }
    assert_true(buf_ok(&hosts));
    mem_free(grant.hosts);
    grant.hosts = text(buf_text(&hosts));
    snprintf(grant.zone, sizeof(grant.zone), "%s", g->zone);
    mem_free_secret(grant.access_token);
    mem_free_secret(grant.refresh_token);
    snprintf(token, sizeof(token), "access-%zu-%d-x", number, g->serial);
    grant.access_token = text(token);
    snprintf(token, sizeof(token), "refresh-%zu-%d-x", number, g->serial);
    grant.refresh_token = text(token);
    grant_store(mine, g->id, &grant);
    grant_clear(&grant);
    buf_free(&hosts);
    grants_close(&mine);
}

/* As setup does: the provider begins anew, and the tokens are on disk. */
static inline void sim_consent(size_t number)
{
    struct sim_grant *g = &sim.grants[number];
    g->dead = false;
    g->delivered = ++g->serial;
    g->access_until_ms = rig_boot_ms() + SIM_TOKEN_S * INT64_C(1000);
    g->refreshed_ms = rig_boot_ms();
    sim_store(number);
}

/* The second host of the first grant asks for two sources. */
static inline void sim_configure(void)
{
    struct buf text = BUF_MAX(65536);
    buf_puts(&text, WORLD_CORE);
    for (size_t i = 0; i < sim.host_count; i++)
        buf_printf(&text, "[host %s]\nipv4 = yes\nipv6 = yes\nverify-dns = yes\n%s",
                   sim.hosts[i].fqdn, sim.hosts[i].confirm > 1 ? "confirm = 2\n" : "");
    assert_true(buf_ok(&text));
    world_read(buf_text(&text));
    buf_free(&text);
}

static inline void sim_begin(uint64_t seed, size_t grant_count, size_t host_count)
{
    const uint64_t first = seed * UINT64_C(1000003);
    memset(&sim, 0, sizeof(sim));
    memset(&sim_line, 0, sizeof(sim_line));
    memset(&sim_watch, 0, sizeof(sim_watch));
    sim_watch.seed = seed;
    sim_reading_count = 0;
    sim_on_refresh = NULL;
    atomic_store(&rig_seed, first);
    atomic_store(&rig_wall_offset, INT64_C(1700000000000));
    sim.status = 200;
    sim.token_life_s = SIM_TOKEN_S;
    sim.grant_count = grant_count;
    sim.host_count = host_count;
    for (size_t i = 0; i < host_count; i++) {
        struct sim_host *h = &sim.hosts[i];
        h->grant = i % grant_count;
        h->confirm = i == grant_count ? 2 : 1;
        snprintf(h->fqdn, sizeof(h->fqdn), "h%zu.z%zu.example.com", i, h->grant);
    }
    for (size_t i = 0; i < grant_count; i++) {
        struct sim_grant *g = &sim.grants[i];
        snprintf(g->id, sizeof(g->id), "%s", sim.hosts[i].fqdn);
        snprintf(g->zone, sizeof(g->zone), "z%zu.example.com", i);
        sim_consent(i);
    }
    rig_http.handle = sim_answer;
    rig_dns.handle = sim_dns;
    rig_on_answer = sim_on_answer;
    sim_change4();
    sim_change6();
    sim_configure();
    sim_up();
    sim_pass(HOUR);
}

static inline void sim_add_up(int incidents, int64_t days)
{
    sim_total.days += (double)days;
    sim_total.incidents += incidents;
    sim_total.applies += sim.applies;
    sim_total.refreshes += sim.refreshes;
    sim_total.requests += sim.requests;
    sim_total.queries += rig_queries(0) + rig_queries(1);
    sim_total.runs += sim_line.runs;
}

#endif
