/* Between the Linux files of the module `desktop`: the connection to the session's message bus. */
#ifndef DCDDNS_PLUGINS_DESKTOP_BUS_H
#define DCDDNS_PLUGINS_DESKTOP_BUS_H

#include <stdint.h>

#include "desktop.h"

/* One connection, used by one thread only; nothing here blocks. */
struct desktop_bus;

/* How a delivery ended: WHY is NULL when the bubble is on the screen.  Called once for each
 * desktop_bus_deliver() unless desktop_bus_give_up() came first. */
typedef void (*desktop_bus_done)(void *ctx, const char *why);

/* HOST is for log lines.  NULL: out of memory. */
struct desktop_bus *desktop_bus_new(const struct dcddns_host *host, desktop_bus_done done,
                                    void *ctx);
void desktop_bus_free(struct desktop_bus *);
/* Shows EVENT, connecting first if need be; at most one delivery at a time.  EVENT must live until
 * DONE or give_up(). */
void desktop_bus_deliver(struct desktop_bus *, const struct dcddns_event *, uint64_t timeout_us);
/* Nobody waits for the delivery any more.  A bus that did not answer is left. */
void desktop_bus_give_up(struct desktop_bus *);

/* What to poll() for: descriptor or -1, events, and milliseconds or -1. */
int desktop_bus_wait(struct desktop_bus *, short *events, int *timeout_ms);
/* Does what is due; DONE and clicks come from here. */
void desktop_bus_process(struct desktop_bus *);

#endif
