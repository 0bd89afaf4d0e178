/* What the programs with windows have in common: the folder they stand in, what they were started
 * with, and how dcddns.exe beside them is called.  Knows nothing of what it is called for. */
#ifndef DCDDNS_FRONTENDS_FRONT_H
#define DCDDNS_FRONTENDS_FRONT_H

#include <winsock2.h>

#include <windows.h>

#include <stdbool.h>

#include "platform/windows.h"

enum { FRONT_WORDS_MAX = 40, FRONT_TEXT_MAX = 4096 };

struct front {
    HINSTANCE instance;
    wchar_t folder[FRONT_TEXT_MAX]; /* of this program; without '\' at its end */
    wchar_t **argv;                 /* the system's; lives as long as the program */
    int argc;
    const wchar_t *config, *state_dir; /* as --config and --state-dir say, or NULL: passed on */
};

/* Before anything else: modules from nowhere but the system's folder, then the command line. False:
 * the system does not say where this program is. */
bool front_begin(struct front *, HINSTANCE);
/* Paths were given: the usual ones, and who may use them, do not matter. */
bool front_has_places(const struct front *);
bool front_has(const struct front *, const wchar_t *option);
/* The word after OPTION, or NULL. */
const wchar_t *front_value(const struct front *, const wchar_t *option);

/* Command lines are built word by word, each quoted as C programs read it. */
struct front_line {
    wchar_t *text; /* mem_ memory */
    size_t len;
    bool failed; /* out of memory, or longer than Windows takes */
};
void front_line_add(struct front_line *, const wchar_t *word);
void front_line_add_text(struct front_line *, const char *utf8);
void front_line_free(struct front_line *);
/* PROGRAM of our own folder, with the paths that were given. */
void front_line_begin(const struct front *, const wchar_t *program, struct front_line *);

/* Text of a window, or of an item of a dialog. */
void front_set_text(HWND, const char *utf8);
/* mem_ memory, UTF-8; NULL: out of memory.  Wiped by whoever holds a code in it. */
char *front_text_of(HWND);
/* Copies as many whole characters as fit. */
void front_copy(wchar_t *out, size_t size, const char *utf8);
/* Opens an https page, not in this thread: the browser may take a while. */
void front_open_page(const char *url);

#endif
