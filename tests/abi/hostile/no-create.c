/* Has no create(). */
#include "hostile.h"

DCDDNS_ENTRY(hostile)
{
    honest("no-create");
    plugin.create = NULL;
    return &plugin;
}
