/* The option `command` of both modules of that name: a line cut into words as a shell would, but
 * nothing in it is expanded and no shell ever sees it. */
#ifndef DCDDNS_PLUGINS_COMMAND_LINE_H
#define DCDDNS_PLUGINS_COMMAND_LINE_H

#include <stdbool.h>

#include "dcddns/plugin.h"

enum { COMMAND_WORDS_MAX = 32 };

/* What an instance of either module is. */
struct command_line {
    const struct dcddns_host *host;
    const char *argv[COMMAND_WORDS_MAX + 1]; /* NULL-ended; the first is an absolute path */
    char *text;                              /* holds the words */
    uint32_t timeout_ms;
};

/* create() and destroy() of both, from the options `command` and `timeout`. */
int command_line_create(const struct dcddns_host *, void **self);
void command_line_destroy(void *self);
/* What to say of an exit status that is not 0: a code after fail(). */
int command_line_failed(const struct command_line *, int status);

/* -- the system: command_line_SYSTEM.c -----------------------------------------------------------
 */

/* Whether PATH names a program wherever the daemon stands. */
bool command_line_is_absolute(const char *path);
/* Whether a backslash within QUOTE (NUL: none) takes away what NEXT means. */
bool command_line_escapes(char quote, char next);

#endif
