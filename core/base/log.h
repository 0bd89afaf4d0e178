/* The daemon's own log lines.  Levels are DCDDNS_LOG_ of the plugin header (syslog's numbers).
 * Lines are escaped here once more, so that no caller can inject one. */
#ifndef DCDDNS_BASE_LOG_H
#define DCDDNS_BASE_LOG_H

#include <stdbool.h>

#include "base/format.h"
#include "dcddns/plugin.h"

/* Receives a finished line without newline; may be called from any thread. */
typedef void (*log_sink)(void *ctx, int level, const char *line);

/* Where lines go; the default is standard error.  Call before threads start. */
void log_to(log_sink sink, void *ctx);
/* Lines above this level are dropped; default DCDDNS_LOG_INFO. */
void log_set_level(int level);
int log_level(void);
/* Standard error with the "<N>" prefix that the journal understands; set by the daemon. */
void log_journal_prefix(int on);

/* The words for levels, from DCDDNS_LOG_ERROR on. */
enum { LOG_LEVELS = 5 };
extern const char *const log_level_names[LOG_LEVELS];
bool log_level_parse(const char *name, int *level);

void log_line(int level, const char *format, ...) FORMAT_CHECKED(2, 3);

#define log_error(...)  log_line(DCDDNS_LOG_ERROR, __VA_ARGS__)
#define log_warn(...)   log_line(DCDDNS_LOG_WARN, __VA_ARGS__)
#define log_notice(...) log_line(DCDDNS_LOG_NOTICE, __VA_ARGS__)
#define log_info(...)   log_line(DCDDNS_LOG_INFO, __VA_ARGS__)
#define log_debug(...)  log_line(DCDDNS_LOG_DEBUG, __VA_ARGS__)

#endif
