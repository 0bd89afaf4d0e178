/* host->run(): a program of the administrator's, run to its end under the call's deadline. */
#include "modules/inside.h"

int call_run(struct dcddns_call *call, const struct dcddns_run *given, char *output, size_t cap,
             size_t *len)
{
    (void)given;
    (void)output;
    (void)cap;
    (void)len;
    if (!call_is_current(call))
        return DCDDNS_E_BUG;
    instance_say(call->instance, "run() cannot be used in this command");
    return DCDDNS_E_BUG;
}
