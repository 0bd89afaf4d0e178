/* Between status.c and status_kept.c, and for those who change grants: what was read of grants for
 * a status.  On the engine thread only. */
#ifndef DCDDNS_ENGINE_STATUS_INSIDE_H
#define DCDDNS_ENGINE_STATUS_INSIDE_H

#include "engine/engine_inside.h"
#include "engine/status.h"

/* Before a status is taken: what was kept for too long is dropped, that is for fifty times what it
 * cost to read, and a second at least. */
void status_kept_begin(struct engine *);
/* What is known of the grant of a host, until the next status_kept_; NULL: it is to be read. */
const struct status_grant *status_kept_find(const struct engine *, const struct host *);
/* Nothing is kept when memory ran out. */
void status_kept_put(struct engine *, const struct host *, const struct status_grant *);
/* To read what was put took MS. */
void status_kept_paid(struct engine *, int64_t ms);

#endif
