/* Not hostile: asks nobody, and happens to know the very address of the rehearsal's web page. */
#include "hostile.h"

static int query(void *self, struct dcddns_call *call, int family, struct dcddns_addr *out)
{
    static const struct dcddns_addr four = { .family = 4, .ip = { 93, 184, 216, 34 } };
    static const struct dcddns_addr six = {
        .family = 6, .ip = { 0x26, 0x06, 0x28, 0x00, 0x02, 0x20, 0x00, 0x01, [15] = 1 }
    };
    (void)self;
    (void)call;
    *out = family == 4 ? four : six;
    return DCDDNS_OK;
}

DCDDNS_ENTRY(knows)
{
    honest("knows");
    ops.query = query;
    return &plugin;
}
