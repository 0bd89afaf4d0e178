/* Uses a library that it does not name: works where the daemon happens to have loaded it. */
#include "hostile.h"

const char *cJSON_Version(void);

static int query(void *self, struct dcddns_call *call, int family, struct dcddns_addr *out)
{
    if (cJSON_Version()[0] == '\0')
        return DCDDNS_E_TEMP;
    return honest_query(self, call, family, out);
}

DCDDNS_ENTRY(hostile)
{
    honest("borrower");
    ops.query = query;
    return &plugin;
}
