/* Calls itself something else than its file. */
#include "hostile.h"

DCDDNS_ENTRY(hostile)
{
    honest("wrong-name");
    plugin.name = "other";
    return &plugin;
}
