/* Exports a second symbol, which could stand in the way of another library's. */
#include "hostile.h"

int helper(void);

__attribute__((visibility("default"))) int helper(void)
{
    return 1;
}

DCDDNS_ENTRY(hostile)
{
    honest("second-symbol");
    return &plugin;
}
