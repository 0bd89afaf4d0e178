/* The rules of health, in the order in which they are told; see health.h. */
#include "engine/health.h"

#include <stdio.h>
#include <string.h>

enum { SLACK_MS = 2 * 60 * 1000, HOUR_MS = 3600 * 1000, INTERVALS = 3 };

/* On disk "checked" and "right" are up to an hour old although all is well. */
static int64_t limit_of(const struct health_input *in, int64_t slack_ms)
{
    return in->interval_s * 1000 * INTERVALS + slack_ms + (in->status->live ? 0 : HOUR_MS);
}

/* What never happened counts from the start of the daemon. */
static int64_t age_of(const struct status *s, int64_t at_ms)
{
    int64_t from = at_ms > 0 ? at_ms : s->daemon_since_at_ms;
    return s->taken_at_ms - from;
}

static bool needs_person(const struct status_host *h, struct error *why)
{
    const char *state = h->grant.state;

    if (strcmp(state, "unreadable") == 0)
        error_set(why, ERR_TEMP, "%s: the grant cannot be read", h->name);
    else if (!h->grant.found)
        error_set(why, ERR_TEMP, "%s: there is no consent; run: dcddns setup %s", h->name, h->name);
    else if (h->grant.needs_consent || h->error_class == ERR_CONSENT)
        error_set(why, ERR_TEMP, "%s: consent is needed again; run: dcddns setup %s", h->name,
                  h->name);
    else
        return false;
    return true;
}

/* A daemon that has been away for long has a moment to look.  One that began in the future has a
 * clock that was set back. */
static bool has_just_begun(const struct status *s)
{
    const int64_t age = s->taken_at_ms - s->daemon_since_at_ms;
    return age >= 0 && age <= SLACK_MS;
}

static void tell_age(struct error *why, const struct status_host *h, const char *what,
                     int64_t at_ms, int64_t age_ms)
{
    char age[48] = "never";
    if (at_ms > 0)
        snprintf(age, sizeof(age), "%lld min ago", (long long)(age_ms / 60000));
    error_set(why, ERR_TEMP, "%s: last %s %s%s%.300s", h->name, what, age, h->error[0] ? "; " : "",
              h->error);
}

static bool is_late(const struct health_input *in, const struct status_host *h, struct error *why)
{
    const struct status *s = in->status;
    const int64_t checked = age_of(s, h->checked_at_ms), right = age_of(s, h->success_at_ms);

    if (has_just_begun(s))
        return false;
    if (checked > limit_of(in, SLACK_MS))
        tell_age(why, h, "checked", h->checked_at_ms, checked);
    else if (right > limit_of(in, HOUR_MS))
        tell_age(why, h, "right", h->success_at_ms, right);
    else
        return false;
    return true;
}

static bool is_daemon_ill(const struct health_input *in, struct error *why)
{
    const struct status *s = in->status;

    if (in->died)
        error_set(why, ERR_TEMP, "the daemon is gone; it did not end in order");
    else if (in->mute)
        error_set(why, ERR_TEMP, "the daemon (process %lld) does not answer",
                  (long long)s->daemon_pid);
    else if (s->unsaved_tokens > 0)
        error_set(
            why, ERR_TEMP,
            "new tokens of %lld grant%s cannot be stored; mend the disk before the daemon ends",
            (long long)s->unsaved_tokens, s->unsaved_tokens == 1 ? "" : "s");
    else if (s->host_count == 0)
        error_set(why, ERR_TEMP, "no host is configured yet; run: dcddns setup NAME");
    else
        return false;
    return true;
}

bool health_of(const struct health_input *in, struct error *why)
{
    const struct status *s = in->status;

    if (is_daemon_ill(in, why))
        return false;
    for (size_t i = 0; i < s->host_count; i++) {
        if (needs_person(&s->hosts[i], why))
            return false;
    }
    for (size_t i = 0; i < s->host_count; i++) {
        if (is_late(in, &s->hosts[i], why))
            return false;
    }
    error_set(why, ERR_NONE, "healthy: %zu host%s, %s", s->host_count,
              s->host_count == 1 ? "" : "s",
              s->daemon_pid > 0 ? "the daemon runs" : "no daemon runs");
    return true;
}
