/* What went wrong: a class the program acts on and a sentence people read. */
#ifndef DCDDNS_BASE_ERROR_H
#define DCDDNS_BASE_ERROR_H

#include "base/format.h"

enum error_class {
    ERR_NONE = 0,
    ERR_TEMP,     /* network, server, rate limit: try again later */
    ERR_PERM,     /* will not work until somebody changes something */
    ERR_CONSENT,  /* the grant is dead: setup must be run again */
    ERR_CONFLICT, /* records at the provider stand in the way */
    ERR_CONFIG,   /* the configuration is wrong */
    ERR_LOCAL,    /* this machine: disk, permissions, memory */
    ERR_STOP,     /* cancelled, or the deadline passed */
    ERR_USAGE     /* the command line is wrong */
};

enum { ERROR_TEXT_MAX = 512 };

/* A zeroed struct is "no error". */
struct error {
    enum error_class class;
    char text[ERROR_TEXT_MAX]; /* what happened, where, what to do next; one line, escaped */
};

/* Fills ERR (NULL is allowed) and returns -1, so that callers can `return error_set(...)`.
 * Remote text must be escaped by the caller (text_escape). */
int error_set(struct error *err, enum error_class class, const char *format, ...)
    FORMAT_CHECKED(3, 4);
/* Puts PREFIX and ": " before the text that is there. */
void error_prefix(struct error *err, const char *format, ...) FORMAT_CHECKED(2, 3);
/* "temporary", "permanent", ...; also the words of status --json. */
const char *error_class_name(enum error_class);
/* ERR_NONE for NULL and for words that are none of these. */
enum error_class error_class_by_name(const char *name);
/* Exit status of the program: 0 done, 1 temporary, 2 permanent, 64 usage. */
int error_exit_status(enum error_class);

#endif
