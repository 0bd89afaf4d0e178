/* What the clocks did while the loop waited: the machine slept, or the wall clock was set. */
#ifndef DCDDNS_ENGINE_CLOCK_WATCH_H
#define DCDDNS_ENGINE_CLOCK_WATCH_H

#include <stdbool.h>
#include <stdint.h>

struct net_watch;

struct clock_watch {
    int fd; /* of the system's own watch; below 0 = it has none */
    struct net_watch *watch;
    int64_t ahead_ms; /* of the wall clock before the boot clock, at the last turn */
};

struct clock_turn {             /* boot clock, but WALL_MS */
    int64_t before_ms, wait_ms; /* wait_ms: -1 = no limit */
    int64_t after_ms, wall_ms;
};

enum { CLOCK_RESUMED = 1, CLOCK_SET = 2 };
/* Bits of what happened, and AHEAD_MS brought up to date.  Pure.  A turn that took much longer than
 * it was to wait was a sleep; slow drift of the wall clock is no step. */
unsigned clock_watch_judge(int64_t *ahead_ms, const struct clock_turn *);

#endif
