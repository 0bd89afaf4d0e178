/* The keys of [notifier NAME] that are the program's own: which events go there.  The module never
 * sees them.  Must not know how events are sent. */
#include <stdio.h>
#include <string.h>

#include "base/event_id.h"
#include "base/log.h"
#include "config/load.h"

enum { WORD_MAX = CONFIG_LINE_MAX + 1, GROUPS = EVENT_KINDS, ID_MAX = 32 };

bool notifier_owns(uint32_t kind, const char *key)
{
    return kind == DCDDNS_KIND_NOTIFIER && keys_find("notifier", key) != NULL;
}

/* Ids, their groups and `all`; the same group more than once does no harm. */
static struct suggestion suggest_event(const char *word)
{
    const char *names[EVENT_KINDS + GROUPS + 1] = { "all" };
    char groups[GROUPS][ID_MAX] = { "" };

    for (size_t i = 0; i < EVENT_KINDS; i++) {
        const char *id = event_kinds[i].id;
        snprintf(groups[i], ID_MAX, "%.*s", (int)strcspn(id, "."), id);
        names[1 + i] = id;
        names[1 + EVENT_KINDS + i] = groups[i];
    }
    return suggest(word, names, sizeof(names) / sizeof(names[0]));
}

static void read_word(struct load *load, const struct ini_entry *entry, const char *word,
                      uint32_t *events)
{
    const bool minus = word[0] == '-';
    const char *name = word + (minus ? 1 : 0);
    const uint32_t named = event_set_named(name);
    char shown[TEXT_ESCAPED_MAX] = "";

    if (named == 0)
        problems_add(&load->problems, entry->file, entry->line,
                     "events: '%s' is no event and no group of events%s (they are listed in "
                     "dcddns(1))",
                     text_escape(name, strlen(name), shown), suggest_event(name).text);
    else if (minus)
        *events &= ~named;
    else
        *events |= named;
}

static void read_events(struct load *load, const struct ini_section *section, uint32_t *out)
{
    const struct ini_entry *last = NULL;
    const int before = load->problems.total;
    uint32_t events = 0;

    for (size_t i = 0; i < section->count; i++) {
        const struct ini_entry *entry = &section->entries[i];
        char word[WORD_MAX] = "";
        const char *cursor = entry->value;
        if (strcmp(entry->key, "events") != 0)
            continue;
        while (text_list_next(&cursor, word, sizeof(word))) {
            if (!last && word[0] == '-') /* what is left of the default */
                events = event_set_default();
            last = entry;
            read_word(load, entry, word, &events);
        }
    }
    if (last && events == 0 && load->problems.total == before)
        problems_add(&load->problems, last->file, last->line,
                     "events: nothing is left to tell; leave the notifier out of `notifiers` "
                     "instead");
    *out = events;
}

static void read_min_level(struct load *load, const struct ini_section *section, int *out)
{
    const struct ini_entry *first = NULL;
    char shown[TEXT_ESCAPED_MAX] = "";

    for (size_t i = 0; i < section->count; i++) {
        const struct ini_entry *entry = &section->entries[i];
        if (strcmp(entry->key, "min-level") != 0)
            continue;
        if (first)
            problems_add(&load->problems, entry->file, entry->line,
                         "'min-level' is given already, in line %d; remove one", first->line);
        else if (!log_level_parse(entry->value, out))
            problems_add(&load->problems, entry->file, entry->line,
                         "min-level: '%s' is not one of error, warning, notice, info, debug%s",
                         text_escape(entry->value, strlen(entry->value), shown),
                         suggest(entry->value, log_level_names, LOG_LEVELS).text);
        if (!first)
            first = entry;
    }
}

void notifier_read(struct load *load, const struct ini_section *section,
                   struct event_filter *filter)
{
    read_events(load, section, &filter->events);
    read_min_level(load, section, &filter->min_level);
}
