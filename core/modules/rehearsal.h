/* Rehearsals: a module's file is proven, and its functions are played against a scripted host, with
 * every answer and failure that a real one may meet.  Prints nothing, needs no configuration.  Runs
 * foreign code that may crash or never return: in a process of its own, see cli/modules_check.c. */
#ifndef DCDDNS_MODULES_REHEARSAL_H
#define DCDDNS_MODULES_REHEARSAL_H

#include <stdbool.h>
#include <stddef.h>

#include "modules/schema.h"

enum rehearsal_verdict { REHEARSAL_OK, REHEARSAL_NOTE, REHEARSAL_FAIL };

/* Who is told.  WHAT names the check; both texts die when the call returns, and WHY, which may
 * quote foreign text, is escaped. */
struct rehearsal_audience {
    void (*begin)(void *ctx, const char *what); /* before foreign code runs */
    /* WHY: what happened and what to do; "" with REHEARSAL_OK. */
    void (*tell)(void *ctx, enum rehearsal_verdict, const char *what, const char *why);
    void *ctx;
};

/* Options given for the rehearsal; others have their defaults, or values made up by type. */
struct rehearsal_options {
    const struct schema_value *values;
    size_t count;
};

/* All checks of the module's file at PATH.  Returns the number that failed.  *STUCK: a thread is
 * still inside the module; the process must end without returning from main(). */
int rehearsal_run(const char *path, const struct rehearsal_options *,
                  const struct rehearsal_audience *, bool *stuck);

#endif
