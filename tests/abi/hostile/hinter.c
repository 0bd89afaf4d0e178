/* Hints from a thread of its own, as fast as it can, and once more when nobody may be there. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "hostile.h"

static atomic_bool stop;
static pthread_t thread;

static void *hint(void *arg)
{
    const struct dcddns_host *host = arg;
    while (!atomic_load(&stop))
        host->hint(host);
    return NULL;
}

static int watch(void *self)
{
    union {
        const struct dcddns_host *from;
        void *to;
    } host = { .from = the_host };
    (void)self;
    atomic_store(&stop, false);
    return pthread_create(&thread, NULL, hint, host.to) == 0 ? DCDDNS_OK : DCDDNS_E_TEMP;
}

static void unwatch(void *self)
{
    (void)self;
    atomic_store(&stop, true);
    pthread_join(thread, NULL);
}

static void destroy(void *self)
{
    (void)self;
    the_host->hint(the_host);
}

DCDDNS_ENTRY(hostile)
{
    honest("hinter");
    ops.watch = watch;
    ops.unwatch = unwatch;
    plugin.destroy = destroy;
    return &plugin;
}
