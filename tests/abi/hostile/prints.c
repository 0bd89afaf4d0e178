/* Prints, with a sequence that a terminal would obey. */
#include <stdio.h>

#include "hostile.h"

static int create(const struct dcddns_host *host, void **self)
{
    puts("hello \033[31mworld");
    return honest_create(host, self);
}

DCDDNS_ENTRY(hostile)
{
    honest("prints");
    plugin.create = create;
    return &plugin;
}
