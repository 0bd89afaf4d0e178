/* Whether updates work, from a status alone: for `status --health`, containers and monitoring.
 * Pure: asks nobody; what DNS says does not count. */
#ifndef DCDDNS_ENGINE_HEALTH_H
#define DCDDNS_ENGINE_HEALTH_H

#include "engine/status.h"

struct health_input {
    const struct status *status; /* of all hosts */
    int64_t interval_s;          /* between two checks, as configured */
    bool died;                   /* none runs, and the last one did not end in order */
    bool mute;                   /* one runs, listens, and does not answer */
};

/* True: healthy.  WHY->text says it in one line, either way. */
bool health_of(const struct health_input *, struct error *why);

#endif
