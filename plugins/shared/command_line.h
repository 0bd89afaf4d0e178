/* The option `command` of both modules of that name: a line cut into words as a shell would, but
 * nothing in it is expanded and no shell ever sees it. */
#ifndef DCDDNS_PLUGINS_COMMAND_LINE_H
#define DCDDNS_PLUGINS_COMMAND_LINE_H

#include "dcddns/plugin.h"

enum { COMMAND_WORDS_MAX = 32 };

struct command_line {
    const char *argv[COMMAND_WORDS_MAX + 1]; /* NULL-ended; the first is an absolute path */
    char *text;                              /* holds the words */
    uint32_t timeout_ms;
};

/* From the options `command` and `timeout`.  DCDDNS_OK, or a code after fail(). */
int command_line_read(const struct dcddns_host *, struct command_line *);
void command_line_free(struct command_line *);
/* What to say of an exit status that is not 0: a code after fail(). */
int command_line_failed(const struct dcddns_host *, const struct command_line *, int status);

#endif
