/* One notifier at work: a thread behind a bounded queue.  What could not be delivered for a passing
 * reason is tried again, in its place, so that a notifier hears of events in their order; it and
 * what waits behind it are kept for a day, in memory only.  One that alone does not get through is
 * given up for the others.  Must not know which events its notifier wants. */
#ifndef DCDDNS_ENGINE_OUTBOX_H
#define DCDDNS_ENGINE_OUTBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/event.h"
#include "modules/instance.h"
#include "net/net.h"

enum { OUTBOX_MAX = 64, OUTBOX_CALL_MS = 30 * 1000 };

struct outbox;

/* The instance stays the caller's.  NULL: out of memory or threads. */
struct outbox *outbox_new(struct instance *);
struct instance *outbox_instance(const struct outbox *);
/* Copies the event; never blocks.  MISSED: events before it that the notifier is not told, which
 * are counted in its message.  When full, the oldest goes and counts as missed. */
void outbox_put(struct outbox *, const struct event *, uint32_t missed);
/* Events that it was too full for. */
uint64_t outbox_dropped(const struct outbox *);
/* Something is not delivered yet. */
bool outbox_is_pending(const struct outbox *);
/* The same, and it does not wait for another try: the thread is about to deliver. */
bool outbox_is_busy(const struct outbox *);
/* Boot clock by which the running call must be over; 0 = none runs. */
int64_t outbox_deadline(const struct outbox *);
/* Wait before try number TRIES + 1: 5 s doubling to 10 min. */
int64_t outbox_backoff_ms(int tries);

/* No more events; what is there is tried once more. */
void outbox_close(struct outbox *);
/* After outbox_close(): waits for the thread until UNTIL_MS (boot clock), cancels, waits a second
 * more; NET (or NULL) turns meanwhile.  False: it did not end, and it and its instance are left to
 * it. */
bool outbox_free(struct outbox **, struct net *, int64_t until_ms);

#endif
