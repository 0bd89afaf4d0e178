/* Structured log records; see syslog_record.h.  Opens no socket. */
#include "syslog_record.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

struct out {
    char *text;
    size_t len;
    bool full;
};

__attribute__((format(printf, 2, 3))) static void put(struct out *out, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    int len = vsnprintf(out->text + out->len, SYSLOG_RECORD_MAX - out->len, format, ap);
    va_end(ap);
    out->full = out->full || len < 0 || (size_t)len >= SYSLOG_RECORD_MAX - out->len;
    if (!out->full)
        out->len += (size_t)len;
}

static int severity(const struct dcddns_event *event)
{
    return event->level <= LOG_DEBUG ? (int)event->level : LOG_DEBUG;
}

/* PARAM-VALUE, section 6.3.3: '"', '\' and ']' are escaped. */
static void put_param(struct out *out, const char *name, const char *value)
{
    put(out, " %s=\"", name);
    for (; *value; value++)
        put(out, strchr("\"\\]", *value) ? "\\%c" : "%c", *value);
    put(out, "\"");
}

size_t syslog_record_rfc5424(char text[SYSLOG_RECORD_MAX], const struct syslog_origin *origin,
                             const struct dcddns_event *event)
{
    struct out out = { .text = text };
    struct event_words words = { 0 };
    event_words_make(&words, event);

    put(&out, "<%d>1 %s %s dcddns %ld %s [dcddns@32473", origin->facility | severity(event),
        words.time[0] ? words.time : "-", origin->host[0] ? origin->host : "-", origin->pid,
        event->id);
    for (size_t i = 0; i < EVENT_WORDS; i++) {
        const char *name = words.list[i].name;
        if (words.list[i].value[0] && strcmp(name, "message") != 0 && strcmp(name, "time") != 0)
            put_param(&out, name, words.list[i].value);
    }
    put(&out, "] \xef\xbb\xbf%s%s%s", event->record, event->record[0] ? ": " : "", event->message);
    return out.full ? 0 : out.len;
}

/* DCDDNS_RECORD=home.example.com; a line end would begin another field. */
static void put_field(struct out *out, const char *name, const char *value)
{
    put(out, "DCDDNS_");
    for (; *name; name++)
        put(out, "%c", toupper((unsigned char)*name));
    put(out, "=");
    for (; *value; value++)
        put(out, "%c", *value == '\n' ? ' ' : *value);
    put(out, "\n");
}

size_t syslog_record_journal(char text[SYSLOG_RECORD_MAX], const struct syslog_origin *origin,
                             const struct dcddns_event *event)
{
    struct out out = { .text = text };
    struct event_words words = { 0 };
    event_words_make(&words, event);

    put(&out, "PRIORITY=%d\nSYSLOG_FACILITY=%d\nSYSLOG_IDENTIFIER=dcddns\nSYSLOG_PID=%ld\nMESSAGE=",
        severity(event), origin->facility >> 3, origin->pid);
    for (const char *at = event->record; *at; at++)
        put(&out, "%c", *at);
    put(&out, "%s", event->record[0] ? ": " : "");
    for (const char *at = event->message; *at; at++)
        put(&out, "%c", *at == '\n' ? ' ' : *at);
    put(&out, "\n");
    for (size_t i = 0; i < EVENT_WORDS; i++) {
        if (words.list[i].value[0] && strcmp(words.list[i].name, "message") != 0)
            put_field(&out, words.list[i].name, words.list[i].value);
    }
    return out.full ? 0 : out.len;
}
