/* Is a notifier in the folder of IP sources. */
#include "hostile.h"

DCDDNS_ENTRY(hostile)
{
    honest("wrong-kind");
    plugin.kind = DCDDNS_KIND_NOTIFIER;
    return &plugin;
}
