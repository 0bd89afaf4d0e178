/* Has no table of operations. */
#include "hostile.h"

DCDDNS_ENTRY(hostile)
{
    honest("no-ops");
    plugin.ops = NULL;
    return &plugin;
}
