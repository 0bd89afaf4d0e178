/* Its entry returns nothing. */
#include "hostile.h"

DCDDNS_ENTRY(hostile)
{
    honest("entry-null");
    return NULL;
}
