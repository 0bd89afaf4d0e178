/* One event as an entry of the Windows Event Log: its number, category, type and strings.  The
 * numbers are stable: people and programs filter by them.  Their texts are in eventlog_messages.mc.
 * Pure, and known on every system. */
#ifndef DCDDNS_PLUGINS_EVENTLOG_ENTRY_H
#define DCDDNS_PLUGINS_EVENTLOG_ENTRY_H

#include "dcddns/plugin.h"

enum { /* categories, texts 1 to 4 of the message file */
       EVENTLOG_UPDATES = 1,
       EVENTLOG_CONSENT,
       EVENTLOG_ADDRESSES,
       EVENTLOG_DAEMON,
       EVENTLOG_CATEGORIES = EVENTLOG_DAEMON
};
enum { EVENTLOG_ERROR = 1, EVENTLOG_WARNING = 2, EVENTLOG_INFORMATION = 4 }; /* as the system's */

/* Inserts %1 to %6 of the texts, in this order; new ones go to the end. */
enum eventlog_insert {
    EVENTLOG_RECORD,
    EVENTLOG_MESSAGE,
    EVENTLOG_BEFORE,
    EVENTLOG_AFTER,
    EVENTLOG_SOURCE,
    EVENTLOG_EVENT,
    EVENTLOG_INSERTS
};
enum { EVENTLOG_TEXT_SIZE = 1024, EVENTLOG_OTHER = 999 };

struct eventlog_kind {
    const char *id; /* of the event */
    uint16_t number, category;
};

enum { EVENTLOG_KINDS = 15 };
extern const struct eventlog_kind eventlog_kinds[EVENTLOG_KINDS];

struct eventlog_entry {
    uint32_t number; /* EVENTLOG_OTHER: an event of a newer program */
    uint16_t category, type;
    char texts[EVENTLOG_INSERTS][EVENTLOG_TEXT_SIZE]; /* UTF-8; "-" when there is nothing to say */
};

/* Longer texts are cut between two characters.  The event's URL is not in it: in a string of the
 * Event Log '%' must not stand before a digit, as it does in most of them, since whoever shows it
 * would put an insert there.  Elsewhere such a sign becomes U+FF05, the wide one. */
void eventlog_entry_make(struct eventlog_entry *, const struct dcddns_event *);

#endif
