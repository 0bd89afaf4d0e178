/* Names and texts of what is in an event; see event_words.h. */
#include "shared/event_words.h"

#include <string.h>

const char *event_level_name(uint32_t level)
{
    static const char *const names[] = { "error", "warning", "notice", "info", "debug" };
    if (level < DCDDNS_LOG_ERROR)
        level = DCDDNS_LOG_ERROR;
    return names[level > DCDDNS_LOG_DEBUG ? DCDDNS_LOG_DEBUG - DCDDNS_LOG_ERROR
                                          : level - DCDDNS_LOG_ERROR];
}

/* The day that is DAYS after 1970-01-01; no library, as the systems' differ in what is safe with
 * threads.  Years begin with March here, and four hundred of them have 146097 days. */
static void put_day(int64_t days, char text[EVENT_WORD_TEXT])
{
    const int64_t since = days + 719468; /* 0000-03-01 */
    const int64_t era = since / 146097, of_era = since % 146097;
    const int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    const int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    const int64_t march = (5 * of_year + 2) / 153; /* 0 = March */
    const int month = (int)(march < 10 ? march + 3 : march - 9);

    snprintf(text, EVENT_WORD_TEXT, "%04d-%02d-%02d", (int)(400 * era + year + (month <= 2)), month,
             (int)(of_year - (153 * march + 2) / 5 + 1));
}

/* RFC 3339, UTC; "" before 1970 and when the year has not four digits. */
static void put_time(int64_t time_ms, char text[EVENT_WORD_TEXT])
{
    static const int64_t day_s = 86400, most_s = 253402300799;
    const int64_t seconds = time_ms / 1000;
    const int of_day = (int)(seconds % day_s);

    text[0] = '\0';
    if (time_ms < 0 || seconds > most_s)
        return;
    put_day(seconds / day_s, text);
    const size_t used = strlen(text);
    snprintf(text + used, EVENT_WORD_TEXT - used, "T%02d:%02d:%02dZ", of_day / 3600,
             of_day / 60 % 60, of_day % 60);
}

void event_words_make(struct event_words *w, const struct dcddns_event *e)
{
    int family = e->after.family ? e->after.family : e->before.family;

    addr_words(&e->before, w->before);
    addr_words(&e->after, w->after);
    put_time(e->time_ms, w->time);
    w->family[0] = family == 4 ? '4' : family == 6 ? '6' : '\0';
    w->family[1] = '\0';
    const struct {
        const char *name, *value;
    } words[EVENT_WORDS] = {
        { "event", e->id },      { "level", event_level_name(e->level) },
        { "time", w->time },     { "profile", e->profile },
        { "record", e->record }, { "message", e->message },
        { "family", w->family }, { "before", w->before },
        { "after", w->after },   { "source", e->source },
        { "url", e->url },
    };
    for (size_t i = 0; i < EVENT_WORDS; i++) {
        w->list[i].name = words[i].name;
        w->list[i].value = words[i].value;
    }
}
