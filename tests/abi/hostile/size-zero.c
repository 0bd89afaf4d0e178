/* Says that its descriptor has no size. */
#include "hostile.h"

DCDDNS_ENTRY(hostile)
{
    honest("size-zero");
    plugin.size = 0;
    return &plugin;
}
