/* What may be shown of the grant that serves a host; see status.h.  Tokens are wiped before this
 * returns. */
#include <stdio.h>
#include <string.h>

#include "engine/status.h"
#include "state/pending.h"

/* A refresh token that lies idle dies after this at the provider known to be strictest (IONOS);
 * others say nothing. */
enum { IDLE_DAYS = 30, DAY_MS = 24 * 3600 * 1000 };

static const char *state_of(const struct grant *grant)
{
    if (grant->needs_consent)
        return "needs-consent";
    if (grant->refresh_in_flight)
        return "refreshing";
    return grant->refresh_failures > 0 ? "probing" : "active";
}

static int days_left(const struct grant *grant, int64_t wall_ms)
{
    int64_t age = wall_ms - grant->refreshed_wall_ms;
    if (grant->refreshed_wall_ms == 0 || age < 0) /* the clock was set: nothing can be said */
        return -1;
    int64_t days = IDLE_DAYS - age / DAY_MS;
    return days > 0 ? (int)days : 0;
}

static void copy(char *out, size_t cap, const char *text)
{
    snprintf(out, cap, "%s", text ? text : "");
}

static void show(struct status_grant *out, const struct grant *grant, int64_t wall_ms)
{
    out->found = true;
    out->state = state_of(grant);
    copy(out->provider, sizeof(out->provider), grant->provider_name);
    copy(out->zone, sizeof(out->zone), grant->zone);
    copy(out->template, sizeof(out->template), grant->service_id);
    copy(out->pkce, sizeof(out->pkce), grant_pkce_name(grant->pkce));
    copy(out->hosts, sizeof(out->hosts), grant->host);
    out->granted_at_ms = grant->granted_wall_ms;
    out->refreshed_at_ms = grant->refreshed_wall_ms;
    out->days_left = days_left(grant, wall_ms);
    out->needs_consent = grant->needs_consent;
}

static bool is_pending(struct os_dir *state, const char *fqdn)
{
    struct pending pending = { 0 };
    struct error ignored = { 0 };
    enum pending_found found = PENDING_NONE;
    bool there = pending_load(state, fqdn, &pending, &found, &ignored) == 0;

    pending_clear(&pending);
    return there && found == PENDING_FOUND;
}

void status_grant_of(struct grants *grants, struct os_dir *state, const char *fqdn, int64_t wall_ms,
                     struct status_grant *out)
{
    struct grant grant = { 0 };
    bool found = false;

    *out = (struct status_grant){ .state = "none", .days_left = -1 };
    if (!grants)
        return;
    if (grants_load(grants, fqdn, &grant, &found, &out->error) < 0)
        out->state = "unreadable";
    else if (found)
        show(out, &grant, wall_ms);
    else if (is_pending(state, fqdn))
        out->state = "pending-consent";
    grant_clear(&grant);
}
