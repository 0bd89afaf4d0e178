/* Events as entries of the Event Log; see eventlog_entry.h.  Must not know the system. */
#include "eventlog_entry.h"

#include <stdbool.h>
#include <string.h>

#include "shared/addr_words.h"

const struct eventlog_kind eventlog_kinds[EVENTLOG_KINDS] = {
    { "update.applied", 100, EVENTLOG_UPDATES },   { "update.failed", 101, EVENTLOG_UPDATES },
    { "update.recovered", 102, EVENTLOG_UPDATES }, { "dns.drift", 103, EVENTLOG_UPDATES },
    { "consent.needed", 200, EVENTLOG_CONSENT },   { "source.failed", 300, EVENTLOG_ADDRESSES },
    { "source.stuck", 301, EVENTLOG_ADDRESSES },   { "address.cgnat", 302, EVENTLOG_ADDRESSES },
    { "family.lost", 303, EVENTLOG_ADDRESSES },    { "daemon.started", 400, EVENTLOG_DAEMON },
    { "daemon.stopping", 401, EVENTLOG_DAEMON },   { "daemon.summary", 402, EVENTLOG_DAEMON },
    { "config.reloaded", 403, EVENTLOG_DAEMON },   { "config.rejected", 404, EVENTLOG_DAEMON },
    { "notifier.stuck", 405, EVENTLOG_DAEMON },
};

static uint16_t type_of(uint32_t level)
{
    if (level <= DCDDNS_LOG_ERROR)
        return EVENTLOG_ERROR;
    return level == DCDDNS_LOG_WARN ? EVENTLOG_WARNING : EVENTLOG_INFORMATION;
}

/* How many bytes of TEXT fit into SIZE with the NUL, no character cut in two. */
static size_t whole(const char *text, size_t len, size_t size)
{
    if (len < size)
        return len;
    for (len = size - 1; len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80;)
        len--;
    return len;
}

static bool is_insert(const char *at)
{
    return at[0] == '%' && at[1] >= '0' && at[1] <= '9';
}

/* Signs for which there is no place in a log of lines become blanks. */
static void put(char out[EVENTLOG_TEXT_SIZE], const char *text)
{
    static const char wide[] = "\xef\xbc\x85";
    char all[EVENTLOG_TEXT_SIZE + 4] = "";
    size_t used = 0;

    for (; *text && used < EVENTLOG_TEXT_SIZE; text++) {
        if (is_insert(text)) {
            memcpy(all + used, wide, sizeof(wide) - 1);
            used += sizeof(wide) - 1;
        } else {
            all[used++] = (unsigned char)*text < ' ' || *text == 0x7f ? ' ' : *text;
        }
    }
    used = whole(all, used, EVENTLOG_TEXT_SIZE);
    memcpy(out, used > 0 ? all : "-", used > 0 ? used : 1);
    out[used > 0 ? used : 1] = '\0';
}

void eventlog_entry_make(struct eventlog_entry *entry, const struct dcddns_event *event)
{
    char before[ADDR_WORDS_SIZE] = "", after[ADDR_WORDS_SIZE] = "";

    *entry = (struct eventlog_entry){ .number = EVENTLOG_OTHER,
                                      .category = EVENTLOG_DAEMON,
                                      .type = type_of(event->level) };
    for (size_t i = 0; i < EVENTLOG_KINDS; i++) {
        if (strcmp(eventlog_kinds[i].id, event->id) != 0)
            continue;
        entry->number = eventlog_kinds[i].number;
        entry->category = eventlog_kinds[i].category;
    }
    put(entry->texts[EVENTLOG_RECORD], event->record);
    put(entry->texts[EVENTLOG_MESSAGE], event->message);
    put(entry->texts[EVENTLOG_BEFORE], addr_words(&event->before, before));
    put(entry->texts[EVENTLOG_AFTER], addr_words(&event->after, after));
    put(entry->texts[EVENTLOG_SOURCE], event->source);
    put(entry->texts[EVENTLOG_EVENT], event->id);
}
