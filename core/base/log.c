/* Finished, escaped log lines to one sink; see log.h.  Must not know what is secret: callers keep
 * secrets out, there is no second chance here. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LINE_MAX_BYTES = 1024 };

static log_sink current_sink;
static void *current_ctx;
static _Atomic int current_level = DCDDNS_LOG_INFO; /* set by a reload while workers log */
static int journal_prefix;

void log_to(log_sink sink, void *ctx)
{
    current_sink = sink;
    current_ctx = ctx;
}

void log_set_level(int level)
{
    current_level = level;
}

int log_level(void)
{
    return current_level;
}

void log_journal_prefix(int on)
{
    journal_prefix = on;
}

const char *const log_level_names[LOG_LEVELS] = { "error", "warning", "notice", "info", "debug" };

bool log_level_parse(const char *name, int *level)
{
    for (int i = 0; i < LOG_LEVELS; i++) {
        if (strcmp(name, log_level_names[i]) != 0)
            continue;
        *level = DCDDNS_LOG_ERROR + i;
        return true;
    }
    return false;
}

static const char *level_word(int level)
{
    switch (level) {
    case DCDDNS_LOG_ERROR:
        return "error: ";
    case DCDDNS_LOG_WARN:
        return "warning: ";
    case DCDDNS_LOG_DEBUG:
        return "debug: ";
    default:
        return "";
    }
}

static void to_stderr(int level, const char *line)
{
    if (journal_prefix)
        fprintf(stderr, "<%d>%s\n", level, line);
    else
        fprintf(stderr, "dcddns: %s%s\n", level_word(level), line);
}

/* A line stays one line, whatever a caller forgot to escape. */
static void flatten(char *line)
{
    for (char *at = line; *at; at++) {
        unsigned char byte = (unsigned char)*at;
        if (byte < 0x20 || byte == 0x7f)
            *at = '?';
    }
}

void log_line(int level, const char *format, ...)
{
    if (level > current_level)
        return;
    char line[LINE_MAX_BYTES] = "";
    va_list ap;
    va_start(ap, format);
    vsnprintf(line, sizeof(line), format, ap);
    va_end(ap);
    flatten(line);
    if (current_sink)
        current_sink(current_ctx, level, line);
    else
        to_stderr(level, line);
}
