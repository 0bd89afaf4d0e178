/* The events of a running daemon, followed from another process: connects to its control socket,
 * asks for events, and comes back after 1 s .. 60 s whenever it is lost.  One thread, that of the
 * net.  Knows nothing of who is told. */
#ifndef DCDDNS_ENGINE_FEED_H
#define DCDDNS_ENGINE_FEED_H

#include "engine/event.h"
#include "net/net.h"

struct feed;

/* Follows the daemon at the first of PATHS (NULL-ended, the caller's, outlives the feed) where one
 * listens; EVENT gets what it tells.  Trouble is logged once, and once when it is over.  NULL: out
 * of memory.  The ids of events live as long as the feed. */
struct feed *feed_open(struct net *, const char *const *paths, events_tap event, void *ctx);
void feed_close(struct feed **);

#endif
