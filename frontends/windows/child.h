/* A program that runs hidden, and whose lines come to a window as messages.  It and what it starts
 * end with us.  Knows nothing of what it runs. */
#ifndef DCDDNS_FRONTENDS_CHILD_H
#define DCDDNS_FRONTENDS_CHILD_H

#include "windows/front.h"

enum { CHILD_LINE_MAX = 64 * 1024, CHILD_INPUT_MAX = 8 * 1024 };

/* wParam is the ID that the child was started with: what an older one still says is not meant. */
enum {
    CHILD_LINE = WM_APP + 1, /* of standard output; lParam: char *, UTF-8, the receiver frees it */
    CHILD_WORDS,             /* of standard error, the same */
    CHILD_END                /* after all of them; lParam: exit status */
};

struct child;

/* INPUT (or NULL), at most CHILD_INPUT_MAX bytes, is its standard input.  NULL: it could not be
 * started; *CODE is what Windows says. */
struct child *child_start(HWND to, WPARAM id, const wchar_t *command, const char *input,
                          DWORD *code);
DWORD child_pid(const struct child *);
/* Ends it at once; CHILD_END still comes. */
void child_kill(struct child *);
/* Asks it to end, as Ctrl+C does; false: it does not hear. */
bool child_ask_to_end(const struct child *);
/* False: it still runs after TIMEOUT_MS. */
bool child_wait(const struct child *, DWORD timeout_ms);
/* Kills it when it still runs. */
void child_free(struct child **);

#endif
