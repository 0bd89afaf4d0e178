/* Says that its table of operations ends after two bytes. */
#include "hostile.h"

DCDDNS_ENTRY(hostile)
{
    honest("ops-size");
    ops.size = 2;
    return &plugin;
}
