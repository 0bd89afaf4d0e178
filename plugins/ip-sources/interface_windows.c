/* Devices and addresses of Windows, from GetAdaptersAddresses(); see interface.h.  Must not know
 * which of them are good for anything. */
#include "interface_windows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_SIZE = 16 * 1024, MOST_SIZE = 16 * 1024 * 1024, TRIES = 4 };

/* -- devices ---------------------------------------------------------------------------------- */

/* False when TEXT is empty or does not fit. */
static bool narrow(const wchar_t *text, char *out, size_t cap)
{
    out[0] = '\0';
    if (!text || text[0] == L'\0')
        return false;
    if (WideCharToMultiByte(CP_UTF8, 0, text, -1, out, (int)cap, NULL, NULL) > 0)
        return true;
    out[0] = '\0';
    return false;
}

/* What is listed is switched on; one that is down has no link, or waits for its device. */
static uint32_t device_flags(IF_OPER_STATUS status)
{
    switch (status) {
    case IfOperStatusUp:
        return INTERFACE_UP | INTERFACE_RUNNING;
    case IfOperStatusDown:
    case IfOperStatusNotPresent:
        return 0;
    default:
        return INTERFACE_UP;
    }
}

static uint32_t index_of(const IP_ADAPTER_ADDRESSES *adapter)
{
    return adapter->IfIndex != 0 ? adapter->IfIndex : adapter->Ipv6IfIndex;
}

static bool take_alias(struct interface_list *list, const char *name)
{
    bool full = false;
    struct interface_alias *alias = NULL;

    if (name[0] == '\0' || strlen(name) >= sizeof(alias->name))
        return true;
    alias = interface_list_alias(list, &full);
    if (!alias)
        return full;
    snprintf(alias->name, sizeof(alias->name), "%s", name);
    alias->device = list->device_count - 1;
    return true;
}

/* The name that the system shows or, when that is too long, the GUID; all three are aliases. */
static struct interface_device *take_device(struct interface_list *list,
                                            const IP_ADAPTER_ADDRESSES *adapter, bool *full)
{
    const char *guid = adapter->AdapterName ? adapter->AdapterName : "";
    char shown[INTERFACE_ALIAS_SIZE] = "", description[INTERFACE_ALIAS_SIZE] = "";
    struct interface_device *device = interface_list_device(list, full);

    if (!device)
        return NULL;
    narrow(adapter->FriendlyName, shown, sizeof(shown));
    narrow(adapter->Description, description, sizeof(description));
    device->index = index_of(adapter);
    device->flags = device_flags(adapter->OperStatus);
    if (!narrow(adapter->FriendlyName, device->name, sizeof(device->name)))
        snprintf(device->name, sizeof(device->name), "%s", guid);
    if (!take_alias(list, shown) || !take_alias(list, guid) || !take_alias(list, description))
        return NULL;
    return device;
}

/* -- addresses -------------------------------------------------------------------------------- */

static bool read_addr(const SOCKET_ADDRESS *from, struct dcddns_addr *out)
{
    struct sockaddr_in v4 = { 0 };
    struct sockaddr_in6 v6 = { 0 };
    const struct sockaddr *any = from->lpSockaddr;

    *out = (struct dcddns_addr){ 0 };
    if (any && any->sa_family == AF_INET && (size_t)from->iSockaddrLength >= sizeof(v4)) {
        memcpy(&v4, any, sizeof(v4));
        memcpy(out->ip, &v4.sin_addr, 4);
        out->family = 4;
    }
    if (any && any->sa_family == AF_INET6 && (size_t)from->iSockaddrLength >= sizeof(v6)) {
        memcpy(&v6, any, sizeof(v6));
        memcpy(out->ip, &v6.sin6_addr, 16);
        out->family = 6;
    }
    return out->family != 0;
}

/* Windows makes identifiers at random for temporary addresses only; those that are random and stay
 * are called made from the link layer. */
static uint32_t addr_flags(const IP_ADAPTER_UNICAST_ADDRESS *from, int family)
{
    static const uint32_t by_state[] = {
        [IpDadStateInvalid] = INTERFACE_TENTATIVE,
        [IpDadStateTentative] = INTERFACE_TENTATIVE,
        [IpDadStateDuplicate] = INTERFACE_DADFAILED,
        [IpDadStateDeprecated] = INTERFACE_DEPRECATED,
        [IpDadStatePreferred] = 0,
    };
    const unsigned state = (unsigned)from->DadState;
    uint32_t flags =
        state < sizeof(by_state) / sizeof(by_state[0]) ? by_state[state] : INTERFACE_TENTATIVE;

    if (family == 6 && from->PrefixOrigin == IpPrefixOriginRouterAdvertisement &&
        from->SuffixOrigin == IpSuffixOriginRandom)
        flags |= INTERFACE_TEMPORARY;
    if (from->PrefixOrigin == IpPrefixOriginManual)
        flags |= INTERFACE_PERMANENT;
    return flags;
}

static bool take_addr(struct interface_list *list, const struct interface_device *device,
                      const IP_ADAPTER_UNICAST_ADDRESS *from, int family)
{
    struct dcddns_addr addr = { 0 };
    bool full = false;

    if (!read_addr(&from->Address, &addr) || (family != 0 && addr.family != family))
        return true;
    struct interface_addr *a = interface_list_addr(list, &full);
    if (!a)
        return full;
    a->addr = addr;
    a->index = device->index;
    a->device_flags = device->flags;
    memcpy(a->device, device->name, sizeof(a->device));
    a->flags = addr_flags(from, addr.family);
    a->preferred_s = from->PreferredLifetime; /* both: 0xffffffff is no end */
    a->valid_s = from->ValidLifetime;
    return true;
}

static bool take_adapter(struct interface_list *list, const IP_ADAPTER_ADDRESSES *adapter,
                         int family)
{
    bool full = false;
    const struct interface_device *device = take_device(list, adapter, &full);

    if (!device)
        return full;
    for (const IP_ADAPTER_UNICAST_ADDRESS *a = adapter->FirstUnicastAddress; a; a = a->Next) {
        if (!take_addr(list, device, a, family))
            return false;
    }
    return true;
}

int interface_windows_take(struct interface_list *list, const IP_ADAPTER_ADDRESSES *first,
                           int family)
{
    for (const IP_ADAPTER_ADDRESSES *adapter = first; adapter; adapter = adapter->Next) {
        if (adapter->IfType == IF_TYPE_SOFTWARE_LOOPBACK || adapter->IfType == IF_TYPE_TUNNEL)
            continue;
        if (!take_adapter(list, adapter, family))
            return DCDDNS_E_NOMEM;
    }
    return DCDDNS_OK;
}

/* -- asking ----------------------------------------------------------------------------------- */

/* The system's list in memory of the caller's, or NULL with *ERROR. */
static IP_ADAPTER_ADDRESSES *ask(ULONG *error)
{
    const ULONG without =
        GAA_FLAG_SKIP_ANYCAST | GAA_FLAG_SKIP_MULTICAST | GAA_FLAG_SKIP_DNS_SERVER;
    ULONG size = FIRST_SIZE;

    *error = ERROR_BUFFER_OVERFLOW;
    for (int i = 0; i < TRIES && *error == ERROR_BUFFER_OVERFLOW && size <= MOST_SIZE; i++) {
        size += FIRST_SIZE; /* it may grow meanwhile */
        IP_ADAPTER_ADDRESSES *all = malloc(size);
        if (!all) {
            *error = ERROR_NOT_ENOUGH_MEMORY;
            return NULL;
        }
        *error = GetAdaptersAddresses(AF_UNSPEC, without, NULL, all, &size);
        if (*error == NO_ERROR)
            return all;
        free(all);
    }
    return NULL;
}

int interface_list_read(struct interface_list *list, int family, char reason[INTERFACE_REASON_SIZE])
{
    ULONG error = NO_ERROR;
    IP_ADAPTER_ADDRESSES *all = ask(&error);
    int code = DCDDNS_E_TEMP;

    reason[0] = '\0';
    interface_list_free(list);
    if (error == ERROR_NO_DATA || error == ERROR_ADDRESS_NOT_ASSOCIATED)
        code = DCDDNS_OK; /* none at all */
    else if (error == ERROR_NOT_ENOUGH_MEMORY)
        code = DCDDNS_E_NOMEM;
    else if (error != NO_ERROR)
        snprintf(reason, INTERFACE_REASON_SIZE,
                 "Windows does not list the addresses: error %lu of GetAdaptersAddresses", error);
    else
        code = interface_windows_take(list, all, family);
    free(all);
    return code;
}
