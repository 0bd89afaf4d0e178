/* Between the engine's own files only: the grants that its hosts are served by. */
#ifndef DCDDNS_ENGINE_ENGINE_GRANTS_H
#define DCDDNS_ENGINE_ENGINE_GRANTS_H

#include "base/buf.h"
#include "engine/engine_inside.h"
#include "state/grant_index.h"

/* Finds the grant of every host, and adds the auth strategies that only those grants name.  After
 * the hosts are there.  -1 with ERR. */
int engine_grants_build(struct engine *, struct module_table *, struct error *);
/* A grant that could not be read when the engine was built: GRANT is what it says.  Hosts that it
 * covers and that have none get it, and its auth strategy is made; when that cannot be, the log
 * says what to do. */
void engine_grants_adopt(struct engine_grant *, const struct grant *);
/* "a.example.com, b.example.com and 3 more"; at most MOST parts. */
void engine_grants_say_hosts(const struct engine_grant *, size_t most, struct buf *);

#endif
