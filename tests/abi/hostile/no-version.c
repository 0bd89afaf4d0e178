/* Has no version. */
#include "hostile.h"

DCDDNS_ENTRY(hostile)
{
    honest("no-version");
    plugin.version = NULL;
    return &plugin;
}
