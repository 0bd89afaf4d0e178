/* The state of a grant, from what its record says; see grant_state.h. */
#include "state/grant_state.h"

static const int64_t DAY_MS = INT64_C(86400) * 1000;

enum grant_state grant_state_of(const struct grant *g, bool pending)
{
    if (!g)
        return pending ? GRANT_STATE_PENDING_CONSENT : GRANT_STATE_NONE;
    if (g->needs_consent || !g->refresh_token || !g->api_url || !g->service_id)
        return GRANT_STATE_NEEDS_CONSENT;
    if (g->refresh_in_flight)
        return GRANT_STATE_REFRESHING;
    return g->refresh_failures > 0 ? GRANT_STATE_PROBING : GRANT_STATE_ACTIVE;
}

const char *grant_state_name(enum grant_state state)
{
    static const char *const names[GRANT_STATES] = {
        [GRANT_STATE_NONE] = "none",       [GRANT_STATE_PENDING_CONSENT] = "pending-consent",
        [GRANT_STATE_ACTIVE] = "active",   [GRANT_STATE_REFRESHING] = "refreshing",
        [GRANT_STATE_PROBING] = "probing", [GRANT_STATE_NEEDS_CONSENT] = "needs-consent",
    };
    return names[state];
}

int grant_days_left(const struct grant *g, int64_t wall_ms)
{
    int64_t idle = wall_ms - g->refreshed_wall_ms;

    if (grant_state_of(g, false) == GRANT_STATE_NEEDS_CONSENT)
        return 0;
    if (g->refreshed_wall_ms <= 0 || idle < 0)
        return -1;
    if (idle >= GRANT_IDLE_DAYS * DAY_MS)
        return 0;
    return (int)((GRANT_IDLE_DAYS * DAY_MS - idle) / DAY_MS);
}
