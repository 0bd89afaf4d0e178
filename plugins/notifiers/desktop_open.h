/* Between the Linux files of the module `desktop`: a page in the user's browser. */
#ifndef DCDDNS_PLUGINS_DESKTOP_OPEN_H
#define DCDDNS_PLUGINS_DESKTOP_OPEN_H

#include "desktop.h"

enum { DESKTOP_OPENERS = 8 };
struct desktop_opener {
    int pid; /* 0: none */
    char url[DESKTOP_URL_MAX];
};
struct desktop_openers { /* programs that were started and have not ended; a zeroed one is empty */
    struct desktop_opener list[DESKTOP_OPENERS];
};

/* Starts `xdg-open URL`, without a shell; does not wait for it.  What goes wrong is logged. */
void desktop_open(struct desktop_openers *, const struct dcddns_host *, const char *url);
/* Collects those that have ended, and logs which of them failed.  How many still run. */
int desktop_openers_reap(struct desktop_openers *, const struct dcddns_host *);

#endif
