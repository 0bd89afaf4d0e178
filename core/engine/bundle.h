/* A report of an installation that strangers may read: program, configuration, state.  What is
 * printed is chosen member by member; secrets are never looked at, names and addresses become
 * pseudonyms (engine/mask.h).  Asks nobody. */
#ifndef DCDDNS_ENGINE_BUNDLE_H
#define DCDDNS_ENGINE_BUNDLE_H

#include "engine/runtime.h"

enum { BUNDLE_MAX = 4 << 20, BUNDLE_HOSTS_MAX = 500 };

/* Appends the report.  RT is located; it is loaded as far as that works, what does not is part of
 * the report.  NAMES: with names, addresses and paths, for private use.  -1 with ERR: out of
 * memory, or larger than BUNDLE_MAX. */
int bundle_write(struct runtime *rt, bool names, struct buf *out, struct error *err);

#endif
