/* In which state a grant is, and how long it may last: docs/states.md.  Pure. */
#ifndef DCDDNS_STATE_GRANT_STATE_H
#define DCDDNS_STATE_GRANT_STATE_H

#include "state/grants.h"

enum grant_state {
    GRANT_STATE_NONE = 0,        /* nobody was asked */
    GRANT_STATE_PENDING_CONSENT, /* a page was shown, its code has not come */
    GRANT_STATE_ACTIVE,
    GRANT_STATE_REFRESHING,   /* a refresh was sent, its outcome is not recorded */
    GRANT_STATE_PROBING,      /* the refresh token was refused, it is tried again */
    GRANT_STATE_NEEDS_CONSENT /* refused for good, or incomplete: a person must consent */
};
enum { GRANT_STATES = GRANT_STATE_NEEDS_CONSENT + 1 };

/* GRANT NULL: there is none.  PENDING: a consent that was asked for waits for its code; that counts
 * only where there is no grant, for a grant stays in use until a new one is stored. */
enum grant_state grant_state_of(const struct grant *grant, bool pending);
/* "none", "pending-consent", "active", "refreshing", "probing", "needs-consent": part of the
 * interface. */
const char *grant_state_name(enum grant_state);

enum { GRANT_IDLE_DAYS = 30 };
/* Whole days until the refresh token may die of idleness, 0..GRANT_IDLE_DAYS, counted on the wall
 * clock from the last refresh; providers do not say, GRANT_IDLE_DAYS is the shortest life known
 * (IONOS).  0 also when it is refused; -1: not known. */
int grant_days_left(const struct grant *, int64_t wall_ms);

#endif
