/* The day in one line; see summary.h.  Sends no requests. */
#include "engine/summary.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/format.h"
#include "base/log.h"
#include "engine/engine_inside.h"
#include "platform/os.h"
#include "state/grant_state.h"

static const int64_t DAY_MS = INT64_C(24) * 3600 * 1000;
/* A grant is refreshed every 7 days. */
enum { FINE_DAYS = 8, LIST_MAX = 6, TROUBLE_MAX = 96 };

struct line { /* a text of bounded length, whole words only */
    char text[ERROR_TEXT_MAX];
    size_t len;
};

/* False when it did not fit, and nothing was added. */
static bool add(struct line *line, size_t spare, const char *format, ...) FORMAT_CHECKED(3, 4);
static bool add(struct line *line, size_t spare, const char *format, ...)
{
    const size_t room = sizeof(line->text) - line->len;
    va_list ap;

    va_start(ap, format);
    const int len = vsnprintf(line->text + line->len, room, format, ap);
    va_end(ap);
    if (len < 0 || (size_t)len + spare >= room) {
        line->text[line->len] = '\0';
        return false;
    }
    line->len += (size_t)len;
    return true;
}

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

/* What a person should know of the grant; "" when all is well. */
static void trouble_of(const struct engine_grant *g, char out[TROUBLE_MAX])
{
    struct grant grant = { 0 };
    struct error err = { 0 };
    bool found = false;

    out[0] = '\0';
    if (grants_load(g->engine->grants, g->id, &grant, &found, &err) < 0) {
        snprintf(out, TROUBLE_MAX, "cannot be read");
    } else if (!found || g->consent_told ||
               grant_state_of(&grant, false) == GRANT_STATE_NEEDS_CONSENT) {
        snprintf(out, TROUBLE_MAX, "needs consent");
    } else {
        const int left = grant_days_left(&grant, os.wall_ms());
        if (left == 0)
            snprintf(out, TROUBLE_MAX, "was not refreshed for %d days or more, may be dead",
                     GRANT_IDLE_DAYS);
        else if (left > 0 && left <= GRANT_IDLE_DAYS - FINE_DAYS)
            snprintf(out, TROUBLE_MAX, "could not be refreshed for days, about %d left", left);
    }
    grant_clear(&grant);
}

static void add_grants(struct line *line, const struct engine *e)
{
    unsigned troubled = 0, named = 0;

    for (size_t i = 0; i < e->grant_count; i++) {
        char trouble[TROUBLE_MAX] = "";
        if (e->engine_grants[i].hosts)
            trouble_of(&e->engine_grants[i], trouble);
        troubled += trouble[0] ? 1 : 0;
        if (trouble[0] && named < LIST_MAX / 2)
            named += add(line, 100, "; grant of %s %s", e->engine_grants[i].id, trouble);
    }
    for (size_t i = 0; i < e->host_count; i++) {
        if (e->hosts[i].grant)
            continue;
        troubled++;
        if (named < LIST_MAX / 2)
            named += add(line, 100, "; %s has no grant", e->hosts[i].config->fqdn);
    }
    if (troubled > named)
        add(line, 0, "; %u %sgrant%s need%s attention", troubled - named, named > 0 ? "more " : "",
            plural(troubled - named), troubled - named == 1 ? "s" : "");
}

static void add_addresses(struct line *line, const struct engine *e)
{
    size_t named = 0;

    for (size_t i = 0; i < e->host_count && named < LIST_MAX; i++) {
        const struct record *r = e->hosts[i].record;
        char v4[ADDR_TEXT_MAX] = "", v6[ADDR_TEXT_MAX] = "";
        addr_text(&r->v4.published, v4);
        addr_text(&r->v6.published, v6);
        const bool none = !v4[0] && !v6[0];
        if (!add(line, 24, "; %s%s%s%s%s%s", e->hosts[i].config->fqdn, v4[0] ? " " : "", v4,
                 v6[0] ? " " : "", v6, none ? " is not published" : ""))
            break;
        named++;
    }
    if (named < e->host_count)
        add(line, 0, "; and %zu more", e->host_count - named);
}

static void tell(struct engine *e)
{
    const struct tally *t = e->tally;
    struct event event = { .id = EVENT_SUMMARY, .level = DCDDNS_LOG_INFO };
    struct line line = { .len = 0 };

    add(&line, 0, "the last day: %zu host%s, %u check%s, %u change%s, %u failure%s", e->host_count,
        plural(e->host_count), t->checks, plural(t->checks), t->changes, plural(t->changes),
        t->failures, plural(t->failures));
    add_grants(&line, e);
    add_addresses(&line, e);
    memcpy(event.message, line.text, sizeof(event.message));
    cycle_queue_event(e, &event);
}

static void on_day(void *ctx)
{
    struct engine *e = ctx;

    e->summary_timer = NULL;
    tell(e);
    *e->tally = (struct tally){ 0 };
    summary_start(e);
}

void summary_start(struct engine *e)
{
    if (!e->config->daily_summary || e->host_count == 0)
        return;
    if (e->tally->due_ms == 0)
        e->tally->due_ms = os.boot_ms() + DAY_MS;
    e->summary_timer = net_timer_add(e->net, e->tally->due_ms, on_day, e);
    if (!e->summary_timer)
        log_warn("out of memory: there will be no daily summary");
}

void summary_stop(struct engine *e)
{
    if (e->net)
        net_timer_cancel(e->net, &e->summary_timer);
}
