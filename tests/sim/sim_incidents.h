/* For simulations: what goes wrong in the real world, as rows of a table: when, what, for how long,
 * and how long after its end everything must be right again. */
#ifndef DCDDNS_TESTS_SIM_INCIDENTS_H
#define DCDDNS_TESTS_SIM_INCIDENTS_H

#include "sim_world.h"
#include "state/pending.h"

enum incident {
    CHANGE_4,
    CHANGE_6,
    CHANGE_BOTH,  /* the second 20 s after the first */
    OUTAGE,       /* no Internet, and a new address at its end */
    PROVIDER_500, /* updates and tokens */
    PROVIDER_429, /* Retry-After: 3600 */
    PROVIDER_429_DAY,
    PROVIDER_429_DATE, /* as an HTTP date, an hour ahead */
    TOKENS_500,
    REFUSED_ONCE,   /* one refresh, without a reason */
    REFUSED,        /* every refresh, until a person consents at the end */
    DECLINED,       /* the same; the person says no first, and yes in the end */
    YOUNG_401,      /* an access token dies long before its time */
    PROVIDER_CLOCK, /* all of them do: ten minutes of the hour that is told */
    LOST_TOKENS,    /* the answer with the new tokens does not arrive */
    FULL_DISK,      /* while tokens rotate */
    NO_DISK,        /* full before anything happens */
    ONE_SOURCE,     /* the first one is down */
    NO_SOURCE,
    LIAR, /* the first one says a wrong address */
    FLIP_FLOP,
    NO_IPV6,
    CGNAT,
    RELOAD,
    CRASH,
    SUSPEND,
    CLOCK_AHEAD, /* ten years, and back at the end */
    CLOCK_1970,
    DRIFT, /* somebody changes a record by hand */
    DNS_LAG,
    CONFLICT,    /* another record stands in the way */
    REPLACEABLE, /* an address record does, which is replaced */
    INCIDENTS
};

struct sim_row {
    double day; /* of the beginning */
    enum incident what;
    double hours;   /* that it lasts; 0: it is over at once */
    double settles; /* hours after its end until all is right */
};

/* Usual lengths, for random schedules. */
static const struct {
    const char *name;
    double hours, settles;
    bool stops; /* nothing new is published while it lasts */
} sim_kinds[INCIDENTS] = {
    [CHANGE_4] = { "IPv4 changes", 0, 0.5, false },
    [CHANGE_6] = { "IPv6 changes", 0, 0.5, false },
    [CHANGE_BOTH] = { "both change", 0, 0.5, false },
    [OUTAGE] = { "outage", 6, 1.5, false },
    [PROVIDER_500] = { "provider 500", 48, 1.5, true },
    [PROVIDER_429] = { "429, 1 h", 3, 1.5, true },
    [PROVIDER_429_DAY] = { "429, 24 h", 1, 30, true },
    [PROVIDER_429_DATE] = { "429, date", 3, 1.5, true },
    [TOKENS_500] = { "tokens 500", 9, 1.5, true },
    [REFUSED_ONCE] = { "refused once", 0, 1.5, false },
    [REFUSED] = { "refused for good", 60, 8, true },
    [DECLINED] = { "declined", 60, 8, true },
    [YOUNG_401] = { "401", 0, 1.5, false },
    [PROVIDER_CLOCK] = { "provider's clock", 12, 1.5, false },
    [LOST_TOKENS] = { "answer lost", 0, 1.5, false },
    [FULL_DISK] = { "disk full in a rotation", 5, 1.5, false },
    [NO_DISK] = { "disk full", 5, 1.5, false },
    [ONE_SOURCE] = { "one source down", 12, 0.5, false },
    [NO_SOURCE] = { "no source", 3, 0.5, true },
    [LIAR] = { "a source lies", 12, 1, true },
    [FLIP_FLOP] = { "a source flips", 12, 1, false },
    [NO_IPV6] = { "no IPv6", 24, 0.5, false },
    [CGNAT] = { "CGNAT", 24, 0.5, false },
    [RELOAD] = { "reload", 0, 1.5, false },
    [CRASH] = { "crash", 0, 1.5, false },
    [SUSPEND] = { "suspend", 0, 1.5, false },
    [CLOCK_AHEAD] = { "10 years ahead", 10, 1.5, false },
    [CLOCK_1970] = { "1970", 10, 1.5, false },
    [DRIFT] = { "drift", 0, 2, false },
    [DNS_LAG] = { "DNS lags", 3, 2, false },
    [CONFLICT] = { "409", 8, 8, true },
    [REPLACEABLE] = { "409, ours", 2, 1.5, false },
};

static inline void sim_set_tokens(enum sim_token_mood mood)
{
    for (size_t i = 0; i < sim.grant_count; i++)
        sim.grants[i].mood = mood;
}

static inline void sim_decline(void)
{
    struct error err = { 0 };
    assert_int_equal(pending_delete(rig_dir, sim.grants[0].id, &err), 0);
}

static inline int64_t sim_wall_of_1970(void)
{
    return -atomic_load(&rig_wall_offset) - rig_boot_ms() + MINUTE;
}

/* An address changes with it, as a rule: otherwise nobody would notice. */
static inline void sim_provider_says(int status, const char *wait, bool tokens)
{
    sim.status = status;
    sim.wait = wait;
    sim.token_status = tokens;
    sim_change4();
}

static int64_t sim_clock_moved; /* to be taken back */
static char sim_date[64];

static inline const char *sim_date_in(int64_t ms)
{
    time_t at = (time_t)((rig_wall_ms() + ms) / 1000);
    struct tm tm = { 0 };
    gmtime_r(&at, &tm);
    strftime(sim_date, sizeof(sim_date), "%a, %d %b %Y %H:%M:%S GMT", &tm);
    return sim_date;
}

static inline void sim_move_clock(int64_t ms)
{
    sim_clock_moved = ms;
    atomic_fetch_add(&rig_wall_offset, ms);
    sim_change4();
}

static inline void sim_access_dies(void)
{
    for (size_t i = 0; i < sim.grant_count; i++)
        sim.grants[i].access_until_ms = 0;
    sim_change4();
}

static inline void sim_begin_source(enum incident what)
{
    sim_line.source[0] = what == ONE_SOURCE || what == NO_SOURCE ? SOURCE_DOWN
                         : what == LIAR                          ? SOURCE_LIES
                                                                 : SOURCE_FLIPS;
    if (what == NO_SOURCE)
        sim_line.source[1] = SOURCE_DOWN;
    sim_change4();
}

static inline void sim_begin_daemon(enum incident what)
{
    if (what == CRASH)
        sim_crash();
    else if (what == RELOAD)
        sim_reload();
    else
        sim_sleep(8 * HOUR);
    sim_change4();
}

static inline void sim_begin_tokens(enum incident what)
{
    static const enum sim_token_mood moods[INCIDENTS] = { [TOKENS_500] = TOKENS_FAIL,
                                                          [REFUSED_ONCE] = TOKENS_REFUSE_ONCE,
                                                          [LOST_TOKENS] = TOKENS_LOSE_ONCE,
                                                          [FULL_DISK] = TOKENS_FILL_DISK };
    sim_set_tokens(moods[what]);
    if (what == REFUSED || what == DECLINED)
        sim.grants[0].dead = true;
    if (what == PROVIDER_CLOCK)
        sim.token_life_s = 600;
    sim_access_dies();
}

static inline void sim_begin_line(enum incident what)
{
    if (what == CHANGE_6) {
        sim_change6();
    } else if (what == CHANGE_4) {
        sim_change4();
    } else if (what == CHANGE_BOTH) {
        sim_change4();
        world_pass(20 * SECOND);
        sim_change6();
    }
    sim_line.no_v6 = sim_line.no_v6 || what == NO_IPV6;
    sim_line.cgnat = sim_line.cgnat || what == CGNAT;
    if (what == OUTAGE) {
        sim_line.cut = true;
        sim.status = 0;
        sim.token_status = true;
    }
}

static inline void sim_begin_disk_or_dns(enum incident what, int64_t ms)
{
    if (what == NO_DISK) {
        rig_disk_code = -ENOSPC;
    } else if (what == DRIFT) {
        struct sim_host *h = &sim.hosts[rig_random() % sim.host_count];
        snprintf(h->shown4, sizeof(h->shown4), "8.8.77.7");
        return;
    } else if (what == DNS_LAG) {
        sim.lag_until_ms = rig_boot_ms() + ms;
    }
    sim.conflict = what == CONFLICT;
    sim.replaceable = what == REPLACEABLE;
    sim_change4();
}

static inline void sim_incident_begins(const struct sim_row *row)
{
    const int64_t ms = (int64_t)(row->hours * HOUR);
    sim_right_within(ms + (int64_t)(row->settles * HOUR));
    if (row->what <= OUTAGE || row->what == NO_IPV6 || row->what == CGNAT)
        sim_begin_line(row->what);
    else if (row->what == PROVIDER_500)
        sim_provider_says(500, NULL, true);
    else if (row->what == PROVIDER_429)
        sim_provider_says(429, "3600", false);
    else if (row->what == PROVIDER_429_DAY)
        sim_provider_says(429, "86400", false);
    else if (row->what == PROVIDER_429_DATE)
        sim_provider_says(429, sim_date_in(HOUR), false);
    else if (row->what <= FULL_DISK)
        sim_begin_tokens(row->what);
    else if (row->what >= ONE_SOURCE && row->what <= FLIP_FLOP)
        sim_begin_source(row->what);
    else if (row->what >= RELOAD && row->what <= SUSPEND)
        sim_begin_daemon(row->what);
    else if (row->what == CLOCK_AHEAD)
        sim_move_clock(3653 * DAY);
    else if (row->what == CLOCK_1970)
        sim_move_clock(sim_wall_of_1970());
    else
        sim_begin_disk_or_dns(row->what, ms);
    sim_say_all();
}

static inline void sim_person_consents(void)
{
    const struct sim_grant *g = &sim.grants[0];
    if (g->calls != 1)
        sim_broken(RULE_CALL_ONCE, "%s: %d times in its spell", g->id, g->calls);
    sim_consent(0);
    sim_right_within(8 * HOUR);
    assert_true(engine_ask(engine, g->id, true)); /* as setup does */
}

static inline void sim_incident_ends(const struct sim_row *row)
{
    if (row->what == REFUSED || row->what == DECLINED)
        sim_person_consents();
    if (row->what == CLOCK_AHEAD || row->what == CLOCK_1970)
        atomic_fetch_add(&rig_wall_offset, -sim_clock_moved);
    if (row->what == OUTAGE)
        sim_change4();
    sim.status = 200;
    sim.token_status = sim.conflict = sim.replaceable = false;
    sim.token_life_s = SIM_TOKEN_S;
    rig_disk_code = 0;
    if (row->hours > 0)
        sim_set_tokens(TOKENS_WELL);
    sim_line.cut = sim_line.no_v6 = sim_line.cgnat = false;
    sim_line.source[0] = sim_line.source[1] = SOURCE_WELL;
    sim_say_all();
}

static inline void sim_until(int64_t at_ms)
{
    if (at_ms > rig_boot_ms())
        sim_pass(at_ms - rig_boot_ms());
}

/* Otherwise it did not do what it is for. */
static inline void sim_assert_effect(const struct sim_row *row)
{
    if (sim_kinds[row->what].stops && strcmp(sim.hosts[0].v4, sim_line.v4) == 0)
        fail_msg("%s: had no effect", sim_kinds[row->what].name);
}

/* One after the other; a row that would begin before the end of the one before begins then. */
static inline void sim_run(const struct sim_row *rows, size_t count, int64_t days)
{
    const int64_t start = rig_boot_ms();
    for (size_t i = 0; i < count; i++) {
        sim_until(start + (int64_t)(rows[i].day * (double)DAY));
        if (getenv("SIM_TELL"))
            print_message("  hour %.1f: %s\n", (double)rig_boot_ms() / HOUR,
                          sim_kinds[rows[i].what].name);
        sim_incident_begins(&rows[i]);
        sim_pass((int64_t)(rows[i].hours * HOUR) / 2 + MINUTE);
        if (rows[i].what == DECLINED)
            sim_decline();
        sim_pass((int64_t)(rows[i].hours * HOUR) / 2 + MINUTE);
        sim_assert_effect(&rows[i]);
        sim_incident_ends(&rows[i]);
    }
    sim_until(start + days * DAY);
    sim_add_up((int)count, days);
}

#endif
