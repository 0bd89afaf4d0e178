/* unwatch() tells its thread to stop and does not wait for it. */
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "hostile.h"

static atomic_int running;

static void *hint_late(void *arg)
{
    const struct timespec nap = { .tv_nsec = 60 * 1000000L };
    (void)arg;
    nanosleep(&nap, NULL);
    the_host->hint(the_host);
    atomic_fetch_sub(&running, 1);
    return NULL;
}

static int watch(void *self)
{
    pthread_t thread;
    (void)self;
    atomic_fetch_add(&running, 1);
    if (pthread_create(&thread, NULL, hint_late, NULL) != 0)
        return DCDDNS_E_TEMP;
    pthread_detach(thread);
    return DCDDNS_OK;
}

static void unwatch(void *self)
{
    (void)self;
}

/* So that its host is not used when it is gone: one sin at a time. */
static void destroy(void *self)
{
    const struct timespec nap = { .tv_nsec = 1000000L };
    (void)self;
    while (atomic_load(&running) > 0)
        nanosleep(&nap, NULL);
}

DCDDNS_ENTRY(hostile)
{
    honest("late-hinter");
    ops.watch = watch;
    ops.unwatch = unwatch;
    plugin.destroy = destroy;
    return &plugin;
}
