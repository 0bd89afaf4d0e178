/* Never comes back from create(), says so without end, and has left the group of its process. */
#include "hostile.h"

#include <stdio.h>
#include <unistd.h>

static volatile int forever = 1;

static int create(const struct dcddns_host *host, void **self)
{
    setpgid(0, getpgid(getppid()));
    while (forever) {
        puts("still busy");
        fflush(stdout);
        usleep(100000);
    }
    return honest_create(host, self);
}

DCDDNS_ENTRY(babbles_create)
{
    honest("babbles-create");
    plugin.create = create;
    return &plugin;
}
