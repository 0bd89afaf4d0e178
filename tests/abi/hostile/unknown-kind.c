/* Is of a kind that does not exist. */
#include "hostile.h"

DCDDNS_ENTRY(hostile)
{
    honest("unknown-kind");
    plugin.kind = 9;
    return &plugin;
}
