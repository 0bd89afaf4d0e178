/* Has a name that could leave its folder. */
#include "hostile.h"

DCDDNS_ENTRY(hostile)
{
    honest("bad-name");
    plugin.name = "../name";
    return &plugin;
}
