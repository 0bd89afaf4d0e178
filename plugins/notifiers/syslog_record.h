/* One event as the formats that keep its fields apart.  Pure. */
#ifndef DCDDNS_PLUGINS_SYSLOG_RECORD_H
#define DCDDNS_PLUGINS_SYSLOG_RECORD_H

#include "shared/event_words.h"

enum { SYSLOG_RECORD_MAX = 8192 };

struct syslog_origin {
    int facility; /* LOG_DAEMON and so on */
    const char *host;
    long pid;
};

/* RFC 5424 section 6: header, the words as structured data, message.  Returns the length, or 0 when
 * it does not fit. */
size_t syslog_record_rfc5424(char out[SYSLOG_RECORD_MAX], const struct syslog_origin *,
                             const struct dcddns_event *);
/* The native protocol of systemd's journal: one FIELD=value a line. */
size_t syslog_record_journal(char out[SYSLOG_RECORD_MAX], const struct syslog_origin *,
                             const struct dcddns_event *);

#endif
