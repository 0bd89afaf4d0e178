/* Names and texts of what is in an event; see event_words.h. */
#include "shared/event_words.h"

#include <arpa/inet.h>
#include <time.h>

const char *event_level_name(uint32_t level)
{
    static const char *const names[] = { "error", "warning", "notice", "info", "debug" };
    if (level < DCDDNS_LOG_ERROR)
        level = DCDDNS_LOG_ERROR;
    return names[level > DCDDNS_LOG_DEBUG ? DCDDNS_LOG_DEBUG - DCDDNS_LOG_ERROR
                                          : level - DCDDNS_LOG_ERROR];
}

static void put_addr(const struct dcddns_addr *addr, char text[EVENT_WORD_TEXT])
{
    text[0] = '\0';
    if (addr->family == 4 || addr->family == 6)
        inet_ntop(addr->family == 4 ? AF_INET : AF_INET6, addr->ip, text, EVENT_WORD_TEXT);
}

/* RFC 3339, UTC. */
static void put_time(int64_t time_ms, char text[EVENT_WORD_TEXT])
{
    time_t seconds = (time_t)(time_ms / 1000);
    struct tm parts = { 0 };
    text[0] = '\0';
    if (gmtime_r(&seconds, &parts))
        strftime(text, EVENT_WORD_TEXT, "%Y-%m-%dT%H:%M:%SZ", &parts);
}

void event_words_make(struct event_words *w, const struct dcddns_event *e)
{
    int family = e->after.family ? e->after.family : e->before.family;

    put_addr(&e->before, w->before);
    put_addr(&e->after, w->after);
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
