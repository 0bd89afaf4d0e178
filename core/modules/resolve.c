/* host->resolve(): a plugin's worker thread waits here while the net's thread asks. */
#include "modules/inside.h"

int call_resolve(struct dcddns_call *call, const char *name, int family, struct dcddns_addr *out,
                 size_t cap)
{
    (void)name;
    (void)family;
    (void)out;
    (void)cap;
    if (!call_is_current(call))
        return DCDDNS_E_BUG;
    instance_say(call->instance, "resolve() cannot be used in this command");
    return DCDDNS_E_BUG;
}
