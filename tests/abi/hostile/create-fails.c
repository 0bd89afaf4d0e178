/* create() fails, with words that try to forge a second line. */
#include "hostile.h"

static int create(const struct dcddns_host *host, void **self)
{
    (void)self;
    return host->fail(host, DCDDNS_E_CONFIG, "the moon is\n<3>not full");
}

DCDDNS_ENTRY(hostile)
{
    honest("create-fails");
    plugin.create = create;
    return &plugin;
}
