/* Calls every address one of the family that was asked for. */
#include "hostile.h"

static int query(void *self, struct dcddns_call *call, int family, struct dcddns_addr *out)
{
    struct dcddns_http request = { .size = sizeof(request), .family = family };
    char body[512] = "";
    size_t len = 0;

    (void)self;
    request.url = "https://echo.invalid/";
    int status = the_host->http(call, &request, body, sizeof(body), &len);
    if (status < 0)
        return status;
    if (status != 200 || the_host->parse_addr(body, out) != DCDDNS_OK)
        return the_host->fail(the_host, DCDDNS_E_TEMP, "no address in the answer");
    out->family = (uint8_t)family;
    return DCDDNS_OK;
}

DCDDNS_ENTRY(hostile)
{
    honest("mislabels");
    ops.query = query;
    return &plugin;
}
