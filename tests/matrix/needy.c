/* A module in name only: what matters is how it is built and linked. */
#include "dcddns/plugin.h"

DCDDNS_ENTRY(needy)
{
    return NULL;
}
