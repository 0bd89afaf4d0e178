/* Lost families of a host: counts the rounds by the boot clock, keeps the count in the record and
 * tells.  The rule is lost_family.c's. */
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "engine/engine_inside.h"
#include "engine/lost_family.h"

enum { NOTE_MS = 3600 * 1000 }; /* the count alone is worth a write once an hour */

static struct record_family *record_of(const struct host *h, int at)
{
    return at == 0 ? &h->record->v4 : &h->record->v6;
}

/* With a source, but without an address: contested, or refused by the rules of the host. */
static enum lost_sight sight_of(const struct observation *seen)
{
    if (!seen)
        return LOST_UNSURE;
    if (addr_is_set(&seen->addr))
        return LOST_FOUND;
    return seen->contested || seen->source[0] ? LOST_UNSURE : LOST_MISSING;
}

/* Since the family was looked for last.  What this process did not see itself (it has just started,
 * the machine slept) counts as two rounds at most, whatever the clocks say. */
static int64_t elapsed(const struct host *h, int at)
{
    const int64_t most = 2 * h->engine->config->interval_s * 1000;
    const int64_t counted = record_of(h, at)->loss.counted_wall_ms;
    int64_t ms = h->looked_ms[at] > 0 ? os.boot_ms() - h->looked_ms[at]
                 : counted > 0        ? os.wall_ms() - counted
                                      : 0;
    return ms < 0 ? 0 : ms > most ? most : ms;
}

static void say(struct host *h, int at, const struct dcddns_addr *now, const char *id,
                const char *message)
{
    struct event event = { .id = id, .level = now ? DCDDNS_LOG_NOTICE : DCDDNS_LOG_WARN };

    snprintf(event.record, sizeof(event.record), "%s", h->config->fqdn);
    snprintf(event.message, sizeof(event.message), "%s", message);
    event.before = record_of(h, at)->published;
    if (now)
        event.after = *now;
    cycle_queue_event(h->engine, &event);
}

static void say_lost(struct host *h, int at)
{
    char message[ERROR_TEXT_MAX] = "", addr[ADDR_TEXT_MAX] = "", then[64] = "";
    const struct record_family *family = record_of(h, at);
    const long long after_h = h->config->lost_remove_s / 3600;

    if (after_h > 0)
        snprintf(then, sizeof(then), "is left out after %lld h", after_h);
    snprintf(message, sizeof(message),
             "no IPv%d address for %lld min, while IPv%d has one; the %s record stays %s and %s",
             at == 0 ? 4 : 6, (long long)family->loss.missing_ms / 60000, at == 0 ? 6 : 4,
             at == 0 ? "A" : "AAAA", addr_text(&family->published, addr),
             after_h > 0 ? then : "may lead nowhere; see on-lost-family");
    say(h, at, NULL, EVENT_FAMILY_LOST, message);
}

static void say_back(struct host *h, int at, const struct observation *seen)
{
    char message[ERROR_TEXT_MAX] = "", addr[ADDR_TEXT_MAX] = "";

    snprintf(message, sizeof(message), "IPv%d is back: %s (from %s)", at == 0 ? 4 : 6,
             addr_text(&seen->addr, addr), seen->source);
    say(h, at, &seen->addr, EVENT_RECOVERED, message);
}

static void look_at(struct host *h, int at, const struct observation *seen,
                    const struct observation *other)
{
    struct record_family *family = record_of(h, at);
    const struct record_loss before = family->loss;
    const struct lost_look look = { .seen = sight_of(seen),
                                    .other = sight_of(other),
                                    .published = addr_is_set(&family->published),
                                    .elapsed_ms = elapsed(h, at),
                                    .wall_ms = os.wall_ms() };
    const enum lost_news news = lost_family_look(&family->loss, &look);

    h->looked_ms[at] = os.boot_ms();
    if (family->loss.rounds > 0)
        family->loss.counted_wall_ms = look.wall_ms;
    if (news == LOST_TELL)
        say_lost(h, at);
    else if (news == LOST_IS_BACK)
        say_back(h, at, seen);
    if (before.rounds != family->loss.rounds || before.told != family->loss.told ||
        (family->loss.rounds > 0 && (!h->engine->daemon || os.boot_ms() - h->noted_ms >= NOTE_MS)))
        cycle_mark_dirty(h);
}

void lost_watch(struct host *h, const struct observation *v4, const struct observation *v6)
{
    if (!h->config->ipv4 || !observed_wants6(h)) {
        h->record->v4.loss = h->record->v6.loss = (struct record_loss){ 0 };
        return;
    }
    look_at(h, 0, v4, v6);
    look_at(h, 1, v6, v4);
}

void lost_watch_keep(struct engine *e)
{
    for (size_t i = 0; e->daemon && i < e->host_count; i++) {
        struct record *r = e->hosts[i].record;
        r->dirty = r->dirty || r->v4.loss.rounds > 0 || r->v6.loss.rounds > 0;
    }
}

bool lost_watch_drops(const struct host *h, int family)
{
    const struct record_family *lost = family == 4 ? &h->record->v4 : &h->record->v6;
    return lost_family_is_over(&lost->loss, h->config->lost_remove_s);
}

void lost_watch_tell_dropped(struct host *h, int family, const struct record_family *was)
{
    char message[ERROR_TEXT_MAX] = "", addr[ADDR_TEXT_MAX] = "";
    struct event event = { .id = EVENT_APPLIED, .level = DCDDNS_LOG_NOTICE };

    if (!lost_family_is_over(&was->loss, h->config->lost_remove_s))
        return;
    snprintf(message, sizeof(message),
             "%s record left out after %lld h without an IPv%d address; it was %s",
             family == 4 ? "A" : "AAAA", (long long)was->loss.missing_ms / 3600000, family,
             addr_text(&was->published, addr));
    snprintf(event.record, sizeof(event.record), "%s", h->config->fqdn);
    snprintf(event.message, sizeof(event.message), "%s", message);
    event.before = was->published;
    cycle_queue_event(h->engine, &event);
}
