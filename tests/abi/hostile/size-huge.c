/* Says that its descriptor is larger than memory. */
#include "hostile.h"

DCDDNS_ENTRY(hostile)
{
    honest("size-huge");
    plugin.size = UINT32_MAX;
    return &plugin;
}
