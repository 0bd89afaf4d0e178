/* Crashes while it is loaded. */
#include <stdlib.h>

#include "hostile.h"

__attribute__((constructor)) static void crash(void)
{
    abort();
}

DCDDNS_ENTRY(hostile)
{
    honest("crash-load");
    return &plugin;
}
