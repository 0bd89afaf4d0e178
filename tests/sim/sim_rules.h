/* For simulations: what must hold at every step, whatever happens.  A rule that is broken is
 * counted and printed; the test decides whether that was expected. */
#ifndef DCDDNS_TESTS_SIM_RULES_H
#define DCDDNS_TESTS_SIM_RULES_H

#include "unit/engine_world.h"

enum sim_rule {
    RULE_ONE_REFRESH,  /* never two refreshes of one grant on the wire */
    RULE_NEWEST_TOKEN, /* no refresh token is sent but the last one that was delivered */
    RULE_CONFIRMED,    /* a change was seen by as many sources, or as often, as configured */
    RULE_ADDRESS,      /* at least one address is sent, and none that is special */
    RULE_FAMILIES,     /* both families of a host in one apply */
    RULE_REQUESTS,     /* applies of a host within an hour */
    RULE_REFRESHES,    /* refreshes of a grant within a day */
    RULE_GAP,          /* a minute between an update that worked and the next */
    RULE_COMMIT,       /* what is told is on disk */
    RULE_RIGHT,        /* some time after the last incident, what is published is right */
    RULE_CALL_ONCE,    /* a person is called once for a grant that died */
    RULE_KEEP_ALIVE,   /* a grant is refreshed every seven days */
    RULES
};

static const char *const sim_rule_names[RULES] = {
    "one refresh",     "newest token",     "confirmed",       "address",
    "both families",   "requests an hour", "refreshes a day", "publish gap",
    "commit and tell", "eventually right", "called once",     "keep-alive",
};

enum {
    SIM_APPLIES_HOUR = 14,     /* of one host; back-off, 401 and 409 are in it */
    SIM_TOKEN_TRIES_HOUR = 14, /* of one host's share of the grant: as above */
    SIM_REFRESHES_DAY = 26,    /* that worked: tokens live for an hour */
    SIM_GAP_MS = 60 * SECOND
};

static struct {
    int broken[RULES];
    uint64_t seed;
    bool quiet;            /* broken on purpose: print the first one only */
    int most_applies_hour; /* that was seen */
    int most_refreshes_day;
} sim_watch;

__attribute__((format(printf, 2, 3))) static inline void sim_broken(enum sim_rule rule,
                                                                    const char *format, ...)
{
    char words[512] = "";
    va_list ap;
    va_start(ap, format);
    vsnprintf(words, sizeof(words), format, ap);
    va_end(ap);
    if (sim_watch.broken[rule]++ == 0 || (!sim_watch.quiet && sim_watch.broken[rule] < 4))
        print_message("  %s%s: %s (hour %.2f, seed %llu)\n", sim_watch.quiet ? "as planted, " : "",
                      sim_rule_names[rule], words, (double)rig_boot_ms() / HOUR,
                      (unsigned long long)sim_watch.seed);
}

static inline void sim_assert_rules(void)
{
    for (int i = 0; i < RULES; i++) {
        if (sim_watch.broken[i] > 0)
            fail_msg("%s: broken %d times, seed %llu", sim_rule_names[i], sim_watch.broken[i],
                     (unsigned long long)sim_watch.seed);
    }
}

/* Times of the latest calls; how many of them were within the last PERIOD. */
enum { SIM_TIMES = 256 };
struct sim_times {
    int64_t at_ms[SIM_TIMES];
    int count;
};

static inline int sim_count(struct sim_times *times, int64_t period_ms)
{
    int within = 0;
    times->at_ms[times->count++ % SIM_TIMES] = rig_boot_ms();
    for (int i = 0; i < times->count && i < SIM_TIMES; i++)
        within += times->at_ms[i] > rig_boot_ms() - period_ms;
    return within;
}

#endif
