/* Which address of a machine's devices is published; see interface.h.  Pure: knows neither the
 * system nor where the list comes from. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interface.h"

/* Routers renew lifetimes at different times, at most 10 min apart unless they are told otherwise
 * (RFC 4861 6.2.1).  Less than that is no reason to leave an address that was answered before. */
enum { STEADY_S = 600 };

/* -- the list --------------------------------------------------------------------------------- */

/* Room for one more of SIZE, zeroed.  Twice the room each time, up to MOST. */
static void *grow(void *items, size_t *cap, size_t count, size_t most, size_t size)
{
    size_t wanted = *cap == 0 ? 16 : *cap * 2;
    if (wanted > most)
        wanted = most;
    void *grown = count < *cap ? items : realloc(items, wanted * size);
    if (!grown)
        return NULL;
    if (count == *cap)
        *cap = wanted;
    memset((char *)grown + count * size, 0, size);
    return grown;
}

struct interface_device *interface_list_device(struct interface_list *list, bool *full)
{
    *full = list->device_count == INTERFACE_DEVICES_MAX;
    void *grown = *full ? NULL
                        : grow(list->devices, &list->device_cap, list->device_count,
                               INTERFACE_DEVICES_MAX, sizeof(*list->devices));
    if (!grown)
        return NULL;
    list->devices = grown;
    return &list->devices[list->device_count++];
}

struct interface_addr *interface_list_addr(struct interface_list *list, bool *full)
{
    *full = list->addr_count == INTERFACE_ADDRS_MAX;
    void *grown = *full ? NULL
                        : grow(list->addrs, &list->addr_cap, list->addr_count, INTERFACE_ADDRS_MAX,
                               sizeof(*list->addrs));
    if (!grown)
        return NULL;
    list->addrs = grown;
    return &list->addrs[list->addr_count++];
}

struct interface_alias *interface_list_alias(struct interface_list *list, bool *full)
{
    *full = list->alias_count == INTERFACE_ALIASES_MAX;
    void *grown = *full ? NULL
                        : grow(list->aliases, &list->alias_cap, list->alias_count,
                               INTERFACE_ALIASES_MAX, sizeof(*list->aliases));
    if (!grown)
        return NULL;
    list->aliases = grown;
    return &list->aliases[list->alias_count++];
}

static bool same_name(const char *a, const char *b)
{
    size_t i = 0;
    while (a[i] != '\0' && tolower((unsigned char)a[i]) == tolower((unsigned char)b[i]))
        i++;
    return a[i] == b[i];
}

const char *interface_list_name(const struct interface_list *list, const char *asked)
{
    for (size_t i = 0; i < list->device_count && list->alias_count > 0; i++) {
        if (strcmp(list->devices[i].name, asked) == 0)
            return asked;
    }
    for (size_t i = 0; i < list->alias_count; i++) {
        if (same_name(list->aliases[i].name, asked))
            return list->devices[list->aliases[i].device].name;
    }
    return asked;
}

void interface_list_free(struct interface_list *list)
{
    free(list->devices);
    free(list->addrs);
    free(list->aliases);
    *list = (struct interface_list){ 0 };
}

/* -- one address ------------------------------------------------------------------------------ */

static size_t size_of(const struct dcddns_addr *addr)
{
    return addr->family == 4 ? 4 : 16;
}

bool interface_is_eui64(const struct dcddns_addr *addr)
{
    return addr->family == 6 && addr->ip[11] == 0xff && addr->ip[12] == 0xfe;
}

/* Addresses that mean something on this machine or this link only, whatever may be published. */
static bool is_local(const struct interface_addr *a)
{
    static const uint8_t zero[16] = { 0 };
    const uint8_t *ip = a->addr.ip;

    if (a->scope != INTERFACE_GLOBAL)
        return true;
    if (a->addr.family == 4)
        return memcmp(ip, zero, 4) == 0 || ip[0] == 127 || (ip[0] & 0xf0) == 224 ||
               (ip[0] == 169 && ip[1] == 254);
    if (memcmp(ip, zero, 15) == 0) /* :: and ::1 */
        return ip[15] <= 1;
    return ip[0] == 0xff || (ip[0] == 0xfe && (ip[1] & 0xc0) == 0x80);
}

static bool holds(const struct interface_terms *terms, const struct interface_names *blocks,
                  const struct dcddns_addr *addr)
{
    for (size_t i = 0; i < blocks->count; i++) {
        if (terms->host->addr_in(addr, blocks->items[i]) == 1)
            return true;
    }
    return false;
}

bool interface_wants_device(const struct interface_terms *terms, const char *asked,
                            const char *device)
{
    if (terms->devices.count == 0)
        return !asked || strcmp(asked, device) == 0;
    for (size_t i = 0; i < terms->devices.count; i++) {
        if (strcmp(terms->devices.items[i], device) == 0)
            return true;
    }
    return false;
}

const char *interface_unfit(const struct interface_terms *terms,
                            const struct interface_asked *asked, const struct interface_addr *a)
{
    if (a->addr.family != asked->family || is_local(a) ||
        !interface_wants_device(terms, asked->device, a->device))
        return "";
    if (a->flags & INTERFACE_DADFAILED)
        return "which another machine has as well";
    if (a->flags & INTERFACE_TENTATIVE)
        return "which is still being checked for duplicates";
    if (a->flags & INTERFACE_DEPRECATED || a->preferred_s == 0)
        return "which is deprecated: its preferred lifetime is over";
    if (!(a->device_flags & INTERFACE_UP))
        return "but the device is down";
    if (terms->match.count > 0 && !holds(terms, &terms->match, &a->addr))
        return "which is in no block of match";
    if (holds(terms, &terms->exclude, &a->addr))
        return "which is in a block of exclude";
    return NULL;
}

/* -- order ------------------------------------------------------------------------------------ */

/* Less is better. */
static int class_of(enum interface_prefer prefer, const struct interface_addr *a)
{
    bool temporary = (a->flags & INTERFACE_TEMPORARY) != 0;

    switch (prefer) {
    case INTERFACE_PREFER_TEMPORARY:
        return temporary ? 0 : 1;
    case INTERFACE_PREFER_EUI64:
        return interface_is_eui64(&a->addr) ? 0 : temporary ? 2 : 1;
    default:
        return temporary ? 1 : 0;
    }
}

/* Below 0 when A comes before B.  A device without carrier is better than nothing only. */
static int compare_class(enum interface_prefer prefer, const struct interface_addr *a,
                         const struct interface_addr *b)
{
    int down_a = (a->device_flags & INTERFACE_RUNNING) ? 0 : 1;
    int down_b = (b->device_flags & INTERFACE_RUNNING) ? 0 : 1;

    if (down_a != down_b)
        return down_a - down_b;
    return class_of(prefer, a) - class_of(prefer, b);
}

static bool is_better(enum interface_prefer prefer, const struct interface_addr *a,
                      const struct interface_addr *b)
{
    int class = compare_class(prefer, a, b);

    if (class != 0)
        return class < 0;
    if (a->preferred_s != b->preferred_s)
        return a->preferred_s > b->preferred_s;
    if (a->index != b->index)
        return a->index < b->index;
    return memcmp(a->addr.ip, b->addr.ip, size_of(&a->addr)) < 0;
}

static bool is_last(const struct interface_asked *asked, const struct interface_addr *a)
{
    return asked->last && asked->last->family == a->addr.family &&
           memcmp(asked->last->ip, a->addr.ip, size_of(&a->addr)) == 0;
}

/* KEPT was answered before and may still be; BEST is what the rules say today.  A tie is no reason
 * to leave either: an alias that comes and goes, such as a VRRP address, would move the record
 * twice. */
static const struct interface_addr *steady(enum interface_prefer prefer,
                                           const struct interface_addr *kept,
                                           const struct interface_addr *best)
{
    if (!kept || compare_class(prefer, kept, best) != 0)
        return best;
    return best->preferred_s - kept->preferred_s <= STEADY_S ? kept : best;
}

struct pick {
    const struct interface_addr *best, *kept, *refused, *unfit;
};

static void consider(const struct interface_terms *terms, const struct interface_asked *asked,
                     const struct interface_addr *a, struct pick *pick)
{
    const char *unfit = interface_unfit(terms, asked, a);
    const struct interface_addr **place = &pick->unfit;

    if (unfit && *unfit == '\0')
        return;
    if (!unfit)
        place = asked->refuses(asked->call, &a->addr) ? &pick->refused : &pick->best;
    if (!*place || is_better(terms->prefer, a, *place))
        *place = a;
    if (place == &pick->best && is_last(asked, a))
        pick->kept = a;
}

const struct interface_addr *interface_choose(const struct interface_terms *terms,
                                              const struct interface_asked *asked,
                                              const struct interface_list *list,
                                              const struct interface_addr **instead,
                                              char reason[INTERFACE_REASON_SIZE])
{
    struct pick pick = { 0 };

    *instead = NULL;
    reason[0] = '\0';
    for (size_t i = 0; i < list->addr_count; i++)
        consider(terms, asked, &list->addrs[i], &pick);
    if (pick.best)
        return steady(terms->prefer, pick.kept, pick.best);
    *instead = pick.refused ? pick.refused : pick.unfit;
    if (pick.refused)
        snprintf(reason, INTERFACE_REASON_SIZE, "which is not published (%s)",
                 asked->refuses(asked->call, &pick.refused->addr));
    else if (pick.unfit)
        snprintf(reason, INTERFACE_REASON_SIZE, "%s", interface_unfit(terms, asked, pick.unfit));
    return NULL;
}

/* -- what a watcher compares ------------------------------------------------------------------ */

static uint64_t mix(uint64_t hash, const void *data, size_t len)
{
    const uint8_t *bytes = data;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ bytes[i]) * 0x100000001b3U; /* FNV-1a */
    return hash;
}

uint32_t interface_fingerprint(const struct interface_terms *terms,
                               const struct interface_list *list)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < list->addr_count; i++) {
        const struct interface_addr *a = &list->addrs[i];
        const struct interface_asked asked = { .family = a->addr.family };
        const uint32_t facts[] = { a->index, a->device_flags & INTERFACE_RUNNING,
                                   a->flags & INTERFACE_TEMPORARY,
                                   a->preferred_s == UINT32_MAX ? 1 : 0 };
        if (interface_unfit(terms, &asked, a))
            continue;
        /* A sum, because the order in which the system lists them means nothing. */
        sum += mix(mix(0xcbf29ce484222325U, &a->addr, sizeof(a->addr)), facts, sizeof(facts));
    }
    return (uint32_t)(sum ^ sum >> 32);
}
