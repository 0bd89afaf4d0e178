/* The day in one line: what was checked, changed and failed, what is published, and which grants
 * need a person. */
#ifndef DCDDNS_ENGINE_SUMMARY_H
#define DCDDNS_ENGINE_SUMMARY_H

#include <stdint.h>

struct engine;

struct tally { /* since the last summary; a zeroed struct: nothing yet */
    unsigned checks, changes, failures;
    int64_t due_ms; /* boot clock of the next summary; 0 = not set */
};

/* Tells daemon.summary a day after the first start and every day from then on, if the configuration
 * wants it and has a host. */
void summary_start(struct engine *);
void summary_stop(struct engine *);

#endif
