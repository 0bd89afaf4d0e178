/* A status as Prometheus text (exposition format 0.0.4); see metrics.h.  Must not know of files. */
#include "engine/metrics.h"

#include <string.h>

#include "base/addr.h"
#include "base/buf.h"

enum { TEXT_MAX = 64 * 1024 * 1024 };

static void head(struct buf *out, const char *name, const char *type, const char *help)
{
    buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void label(struct buf *out, const char *value)
{
    for (; *value; value++) {
        if (*value == '\n')
            buf_puts(out, "\\n");
        else if (*value == '\\' || *value == '"')
            buf_printf(out, "\\%c", *value);
        else
            buf_putc(out, *value);
    }
}

static void seconds(struct buf *out, int64_t ms)
{
    if (ms == 0)
        buf_puts(out, "0\n");
    else
        buf_printf(out, "%lld.%03d\n", (long long)(ms / 1000), (int)(ms % 1000));
}

static void put_count(struct buf *out, const char *name, const char *help, uint64_t value)
{
    head(out, name, "counter", help);
    buf_printf(out, "%s %llu\n", name, (unsigned long long)value);
}

static void put_gauge(struct buf *out, const char *name, const char *help, int64_t value)
{
    head(out, name, "gauge", help);
    buf_printf(out, "%s %lld\n", name, (long long)value);
}

static void put_daemon(struct buf *out, const struct status *s, const struct engine_counts *counts,
                       bool up)
{
    put_gauge(out, "dcddns_up", "Whether the daemon runs; 0 after its orderly end.", up);
    head(out, "dcddns_build_info", "gauge", "Version of the daemon.");
    buf_puts(out, "dcddns_build_info{version=\"");
    label(out, s->version);
    buf_puts(out, "\"} 1\n");
    head(out, "dcddns_start_timestamp_seconds", "gauge", "Start of the daemon.");
    buf_puts(out, "dcddns_start_timestamp_seconds ");
    seconds(out, s->daemon_since_at_ms);
    put_gauge(out, "dcddns_hosts", "Hosts that are configured.", (int64_t)s->host_count);
    put_gauge(out, "dcddns_unsaved_tokens", "Grants whose newest tokens the disk refuses.",
              s->unsaved_tokens);
    put_count(out, "dcddns_requests_total", "Requests to providers.", counts->requests);
    put_count(out, "dcddns_applies_total", "Updates that a provider acknowledged.",
              counts->applies);
    put_count(out, "dcddns_refreshes_total", "Refreshes that gave new tokens.", counts->refreshes);
    put_count(out, "dcddns_events_dropped_total", "Events that slow notifiers lost.",
              counts->events_dropped);
}

/* -- one metric over all hosts ----------------------------------------------------------------- */

static void begin(struct buf *out, const char *name, const struct status_host *h)
{
    buf_printf(out, "%s{host=\"", name);
    label(out, h->name);
    buf_putc(out, '"');
}

static void put_published(struct buf *out, const char *name, const struct status_host *h,
                          const char *family, const struct status_family *f)
{
    char addr[ADDR_TEXT_MAX] = "";

    if (!f->wanted || !addr_is_set(&f->published))
        return;
    begin(out, name, h);
    buf_printf(out, ",family=\"%s\",address=\"%s\"} 1\n", family, addr_text(&f->published, addr));
}

static void put_changed(struct buf *out, const char *name, const struct status_host *h,
                        const char *family, const struct status_family *f)
{
    if (!f->wanted)
        return;
    begin(out, name, h);
    buf_printf(out, ",family=\"%s\"} ", family);
    seconds(out, f->published_at_ms);
}

static void put_families(struct buf *out, const struct status *s, const char *name,
                         const char *help,
                         void (*put)(struct buf *, const char *, const struct status_host *,
                                     const char *, const struct status_family *))
{
    head(out, name, "gauge", help);
    for (size_t i = 0; i < s->host_count; i++) {
        put(out, name, &s->hosts[i], "ipv4", &s->hosts[i].v4);
        put(out, name, &s->hosts[i], "ipv6", &s->hosts[i].v6);
    }
}

enum value { CHECKED, RIGHT, NEXT, FAILURES, REFRESHED, CONSENT, IDLE_LEFT };

/* False: nothing can be said. */
static bool value_of(const struct status *s, const struct status_host *h, enum value what,
                     int64_t *out)
{
    switch (what) {
    case CHECKED:
        *out = h->checked_at_ms;
        return true;
    case RIGHT:
        *out = h->success_at_ms;
        return true;
    case NEXT:
        *out = h->next_at_ms > s->taken_at_ms ? h->next_at_ms : h->next_check_at_ms;
        return *out > 0;
    case FAILURES:
        *out = h->failures;
        return true;
    case REFRESHED:
        *out = h->grant.refreshed_at_ms;
        return h->grant.found;
    case CONSENT:
        *out = !h->grant.found || h->grant.needs_consent;
        return true;
    default:
        *out = h->grant.days_left * 86400;
        return *out >= 0;
    }
}

static const struct {
    const char *name, *help;
    enum value what;
    bool is_time;
} values[] = {
    { "dcddns_checked_timestamp_seconds", "Last check of the host's addresses; 0 is never.",
      CHECKED, true },
    { "dcddns_success_timestamp_seconds",
      "Last check after which the records were right; 0 is never.", RIGHT, true },
    { "dcddns_next_try_timestamp_seconds", "When the host is looked at next.", NEXT, true },
    { "dcddns_consecutive_failures", "Failed updates in a row.", FAILURES, false },
    { "dcddns_grant_refreshed_timestamp_seconds", "When tokens were fetched last.", REFRESHED,
      true },
    { "dcddns_grant_needs_consent", "Whether a person must consent, again or at all.", CONSENT,
      false },
    { "dcddns_grant_idle_left_seconds", "Time before an idle grant may die, in whole days.",
      IDLE_LEFT, false },
};

static void put_values(struct buf *out, const struct status *s)
{
    for (size_t v = 0; v < sizeof(values) / sizeof(values[0]); v++) {
        head(out, values[v].name, "gauge", values[v].help);
        for (size_t i = 0; i < s->host_count; i++) {
            int64_t value = 0;
            if (!value_of(s, &s->hosts[i], values[v].what, &value))
                continue;
            begin(out, values[v].name, &s->hosts[i]);
            buf_puts(out, "} ");
            if (values[v].is_time)
                seconds(out, value);
            else
                buf_printf(out, "%lld\n", (long long)value);
        }
    }
}

static void put_states(struct buf *out, const struct status *s)
{
    const char *name = "dcddns_host_state";

    head(out, name, "gauge", "The state that a host is in has 1, the others 0.");
    for (size_t i = 0; i < s->host_count; i++) {
        for (int state = RECORD_NEW; state <= RECORD_PAUSED; state++) {
            begin(out, name, &s->hosts[i]);
            buf_printf(out, ",state=\"%s\"} %d\n", record_state_name((enum record_state)state),
                       (int)s->hosts[i].state == state);
        }
    }
}

char *metrics_text(const struct status *s, const struct engine_counts *counts, bool up)
{
    struct buf out = BUF_MAX(TEXT_MAX);

    put_daemon(&out, s, counts, up);
    put_states(&out, s);
    put_families(&out, s, "dcddns_published_info", "Address that a provider acknowledged last.",
                 put_published);
    put_families(&out, s, "dcddns_published_timestamp_seconds",
                 "When that address was published; 0 is never.", put_changed);
    put_values(&out, s);
    return buf_take(&out);
}
