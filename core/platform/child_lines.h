/* Between child_lines.c, which reads what a child says line by line, and the files that know what a
 * child is on their system. */
#ifndef DCDDNS_PLATFORM_CHILD_LINES_H
#define DCDDNS_PLATFORM_CHILD_LINES_H

#include "platform/os.h"

enum { CHILD_LINE_SIZE = 1024 };

struct child_lines { /* of one pipe */
    char data[CHILD_LINE_SIZE];
    size_t len;
};

struct child_said { /* the first member of struct os_child */
    struct child_lines told, printed;
    bool ended; /* nothing is written any more; what was written may be unread */
};

/* -- each system has ------------------------------------------------------------------------------
 */

struct child_said *child_said(struct os_child *);
/* What came by the pipe of LINES: how many bytes; 0 or less: nothing, now or for ever. */
int64_t child_read(struct os_child *, const struct child_lines *lines, void *out, size_t room);
/* Waits at most MS until there may be something to read, or it has ended. */
void child_pause(const struct os_child *, int64_t ms);
/* Sets ENDED. */
void child_look(struct os_child *);
/* The boot clock of the system, whatever a test has put before it. */
int64_t child_now_ms(void);

#endif
