/* Has no query(). */
#include "hostile.h"

DCDDNS_ENTRY(hostile)
{
    honest("no-query");
    ops.query = NULL;
    return &plugin;
}
