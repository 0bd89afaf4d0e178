/* One blocking call of a plugin: its deadline, its cancel gate, and waiting under both.  Must not
 * know who cancels or why. */
#include <limits.h>
#include <stdio.h>

#include "base/addr.h"
#include "base/mem.h"
#include "modules/inside.h"

struct dcddns_call *instance_call_new(struct instance *instance, int64_t deadline_boot_ms)
{
    struct dcddns_call *call = mem_new(1, sizeof(*call));

    if (!call)
        return NULL;
    call->instance = instance;
    call->deadline = deadline_boot_ms;
    call->gate = os_gate_new();
    call->mailbox = mailbox_new();
    if (!call->gate || !call->mailbox)
        instance_call_free(&call);
    return call;
}

void instance_call_terms(struct dcddns_call *call, bool allow_private, const char *device)
{
    call->allow_private = allow_private;
    snprintf(call->device, sizeof(call->device), "%s", device ? device : "");
}

void instance_call_cancel(struct dcddns_call *call)
{
    os_gate_open(call->gate); /* first, so that whoever is woken sees why */
    mailbox_close(call->mailbox);
}

void instance_call_free(struct dcddns_call **call)
{
    if (!*call)
        return;
    os_gate_free(&(*call)->gate);
    mailbox_release((*call)->mailbox);
    mem_free(*call);
    *call = NULL;
}

bool call_is_current(const struct dcddns_call *call)
{
    const struct instance *here = instance_here();
    return call && here && here->call == call;
}

uint32_t call_remaining_ms(const struct dcddns_call *call)
{
    if (!call || os_gate_is_open(call->gate))
        return 0;
    int64_t left = call->deadline - os.boot_ms();
    if (left <= 0)
        return 0;
    return left > UINT32_MAX ? UINT32_MAX : (uint32_t)left;
}

const char *call_device(const struct dcddns_call *call)
{
    return call_is_current(call) && call->device[0] ? call->device : NULL;
}

const char *call_refuses(const struct dcddns_call *call, const struct dcddns_addr *addr)
{
    if (!call_is_current(call) || !addr || !addr_is_set(addr))
        return "no address";
    const struct addr_block *block = call->allow_private ? addr_never(addr) : addr_special(addr);
    if (block && addr_is_cgnat(addr))
        call->instance->met_cgnat = true;
    return block ? block->name : NULL;
}

int call_wait(struct dcddns_call *call, uintptr_t socket, int events, uint32_t timeout_ms)
{
    const int known = DCDDNS_READ | DCDDNS_WRITE;
    const bool none = socket == UINTPTR_MAX; /* only time and cancel end it */
    int ready = 0;

    if (!call_is_current(call))
        return DCDDNS_E_BUG;
    if (!none && (events == 0 || (events & ~known) != 0 || socket > INT_MAX)) {
        instance_say(call->instance, "wait() was called for a socket or events that cannot be");
        return DCDDNS_E_BUG;
    }
    uint32_t left = call_remaining_ms(call);
    uint32_t most = timeout_ms < left ? timeout_ms : left;
    if (left == 0 || !os_gate_wait(call->gate, socket, none ? 0 : events, most, &ready))
        return DCDDNS_E_STOP;
    if (ready == 0 && most == left)
        return DCDDNS_E_STOP;
    return ready;
}
