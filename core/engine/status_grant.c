/* What may be shown of the grant that serves a host; see status.h.  Tokens are wiped before this
 * returns. */
#include <stdio.h>
#include <string.h>

#include "engine/status.h"
#include "state/grant_state.h"
#include "state/pending.h"

static void copy(char *out, size_t cap, const char *text)
{
    snprintf(out, cap, "%s", text ? text : "");
}

static void show(struct status_grant *out, const struct grant *grant, int64_t wall_ms)
{
    out->found = true;
    out->state = grant_state_name(grant_state_of(grant, false));
    copy(out->provider, sizeof(out->provider), grant->provider_name);
    copy(out->zone, sizeof(out->zone), grant->zone);
    copy(out->template, sizeof(out->template), grant->service_id);
    copy(out->pkce, sizeof(out->pkce), grant_pkce_name(grant->pkce));
    copy(out->hosts, sizeof(out->hosts), grant->hosts);
    if (grant->control_panel && text_starts_with(grant->control_panel, "https://") &&
        strlen(grant->control_panel) <
            sizeof(out->control_panel)) /* one that is cut leads nowhere */
        copy(out->control_panel, sizeof(out->control_panel), grant->control_panel);
    out->granted_at_ms = grant->granted_wall_ms;
    out->refreshed_at_ms = grant->refreshed_wall_ms;
    out->days_left = grant_days_left(grant, wall_ms);
    out->needs_consent = grant_state_of(grant, false) == GRANT_STATE_NEEDS_CONSENT;
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

void status_grant_of(struct grants *grants, struct os_dir *state, const char *id, const char *fqdn,
                     int64_t wall_ms, struct status_grant *out)
{
    struct grant grant = { 0 };
    bool found = false;

    *out = (struct status_grant){ .state = grant_state_name(GRANT_STATE_NONE), .days_left = -1 };
    if (!grants)
        return;
    if (id && grants_load(grants, id, &grant, &found, &out->error) < 0)
        out->state = "unreadable";
    else if (found)
        show(out, &grant, wall_ms);
    else if (is_pending(state, fqdn))
        out->state = grant_state_name(GRANT_STATE_PENDING_CONSENT);
    grant_clear(&grant);
}
