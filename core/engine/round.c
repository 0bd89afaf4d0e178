/* What is said of a round of questions: that a family has no address, once it lasts; that there is
 * a shared one only; that an address is there again.  Decides nothing about hosts. */
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/log.h"
#include "engine/engine_inside.h"
#include "platform/os.h"

/* Without any address since the start, the network may not be up yet. */
enum { START_MS = 5 * 60 * 1000 };

/* What one family of a round comes to. */
struct verdict {
    int family;
    const struct observation *seen; /* NULL: not asked */
    bool failed;
    enum event_audience audience; /* of the failure */
};

static void say(const struct slot *slot, const char *id, int level, enum event_audience audience,
                const char *message)
{
    struct event event = { .id = id, .level = level, .audience = audience };
    snprintf(event.message, sizeof(event.message), "%s", message);
    cycle_queue_event(slot->engine, &event);
}

static void note_found(struct slot *slot, const struct verdict *v)
{
    struct lack *lack = &slot->lack[v->family == 6];
    char words[ERROR_TEXT_MAX] = "";
    const enum event_audience over = spell_over(&lack->spell);
    const bool told = over == EVENT_EVERYBODY || lack->cgnat_told;

    snprintf(words, sizeof(words), "IPv%d address found again: %s", v->family, v->seen->source);
    if (lack->cgnat_told || over != EVENT_NOBODY)
        say(slot, EVENT_RECOVERED, DCDDNS_LOG_NOTICE, told ? EVENT_EVERYBODY : EVENT_LOG, words);
    lack->cgnat_told = false;
}

static void note_cgnat(struct slot *slot, const struct verdict *v)
{
    struct lack *lack = &slot->lack[v->family == 6];

    if (lack->cgnat_told)
        log_debug("no IPv%d address: %s", v->family, v->seen->error.text);
    else
        say(slot, EVENT_CGNAT, DCDDNS_LOG_WARN, EVENT_EVERYBODY, v->seen->error.text);
    lack->cgnat_told = true;
}

static struct verdict judge(struct slot *slot, int family, const struct observation *seen)
{
    struct verdict v = { .family = family, .seen = seen, .audience = EVENT_NOBODY };
    const struct spell_rule rule = { .after = (int)slot->engine->config->tell_failures_after,
                                     .patience_ms = slot->ever ? 0 : START_MS };

    if (!seen)
        return v;
    if (addr_is_set(&seen->addr)) {
        note_found(slot, &v);
    } else if (seen->cgnat && !seen->contested) {
        note_cgnat(slot, &v);
    } else {
        v.failed = true;
        v.audience = spell_failed(&slot->lack[family == 6].spell, &rule, os.boot_ms());
    }
    return v;
}

static void note_failure(const struct slot *slot, const struct verdict *v)
{
    struct error words = { 0 };

    if (!v->failed)
        return;
    if (v->audience == EVENT_NOBODY || v->audience == EVENT_NOTIFIERS)
        log_debug("no IPv%d address: %s", v->family, v->seen->error.text);
    words = v->seen->error;
    error_prefix(&words, "no IPv%d address", v->family);
    say(slot, EVENT_SOURCE_FAILED, DCDDNS_LOG_WARN, v->audience, words.text);
}

/* Both families at once: the network is down, which is one thing to tell. */
static void note_both(const struct slot *slot, const struct verdict *v4, const struct verdict *v6)
{
    const char *four = v4->seen->error.text, *six = v6->seen->error.text;
    struct error words = { 0 };

    if (strcmp(four, six) == 0)
        error_set(&words, ERR_TEMP, "no address: %s", four);
    else
        error_set(&words, ERR_TEMP, "no IPv4 address: %.200s; no IPv6 address: %.200s", four, six);
    say(slot, EVENT_SOURCE_FAILED, DCDDNS_LOG_WARN, v4->audience, words.text);
}

void round_note(struct slot *slot, const struct observation *v4, const struct observation *v6)
{
    const struct verdict four = judge(slot, 4, v4), six = judge(slot, 6, v6);

    slot->engine->tally->failures += four.failed || six.failed ? 1 : 0;
    if (four.failed && six.failed && four.audience == six.audience &&
        four.audience != EVENT_NOBODY) {
        note_both(slot, &four, &six);
        return;
    }
    note_failure(slot, &four);
    note_failure(slot, &six);
}
