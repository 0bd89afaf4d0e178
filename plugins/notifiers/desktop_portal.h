/* Between the Linux files of the module `desktop`: the session's own way to open a page. */
#ifndef DCDDNS_PLUGINS_DESKTOP_PORTAL_H
#define DCDDNS_PLUGINS_DESKTOP_PORTAL_H

#include "desktop_open.h"

struct sd_bus;

/* Asks the desktop portal on BUS to open URL; where there is none, or it refuses, xdg-open does it.
 * Does not wait.  OPENERS and HOST must live as long as BUS.  What may not be opened is left. */
void desktop_portal_open(struct sd_bus *bus, struct desktop_openers *, const struct dcddns_host *,
                         const char *url);

#endif
