/* What a notifier can say of an event, as named words: the environment of `command` and the
 * placeholders of `webhook` are the same list. */
#ifndef DCDDNS_PLUGINS_EVENT_WORDS_H
#define DCDDNS_PLUGINS_EVENT_WORDS_H

#include "dcddns/plugin.h"
#include "shared/addr_words.h"

enum { EVENT_WORDS = 11, EVENT_WORD_TEXT = 48 };

struct event_words {
    struct {
        const char *name;  /* "event", "record", ...; lower case */
        const char *value; /* lives as long as the event and this struct */
    } list[EVENT_WORDS];
    char family[2], before[ADDR_WORDS_SIZE], after[ADDR_WORDS_SIZE], time[EVENT_WORD_TEXT];
};

void event_words_make(struct event_words *, const struct dcddns_event *);
/* "error", "warning", "notice", "info", "debug". */
const char *event_level_name(uint32_t level);

#endif
