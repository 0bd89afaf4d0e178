/* Addresses of this machine's network devices: what the parts of the module `interface` tell each
 * other.  interface_choose.c decides, interface_SYSTEM.c lists, interface_watch_SYSTEM.c waits for
 * changes, interface.c is the module.  Nothing here is the system's: another system is two files.
 */
#ifndef DCDDNS_IP_SOURCE_INTERFACE_H
#define DCDDNS_IP_SOURCE_INTERFACE_H

#include <stdbool.h>

#include "dcddns/plugin.h"

enum {
    INTERFACE_NAME_SIZE = 64, /* with the NUL */
    INTERFACE_ALIAS_SIZE = 256,
    INTERFACE_REASON_SIZE = 160,
    INTERFACE_ENTRIES_MAX = 16,   /* of one option that is a list */
    INTERFACE_DEVICES_MAX = 8192, /* what is beyond is as if it were not there */
    INTERFACE_ADDRS_MAX = 16384,
    INTERFACE_ALIASES_MAX = 24576
};

enum {                          /* flags of an address */
       INTERFACE_TENTATIVE = 1, /* duplicate address detection is not over (RFC 4862 5.4) */
       INTERFACE_DADFAILED = 2, /* another machine has it */
       INTERFACE_DEPRECATED = 4,
       INTERFACE_TEMPORARY = 8, /* RFC 8981; IPv6 only */
       INTERFACE_STABLE_PRIVACY = 16,
       INTERFACE_PERMANENT = 32
};
enum { /* flags of a device */
       INTERFACE_UP = 1,
       INTERFACE_RUNNING = 2 /* has a carrier */
};
enum interface_scope { INTERFACE_GLOBAL, INTERFACE_LINK, INTERFACE_HOST };

struct interface_device {
    char name[INTERFACE_NAME_SIZE];
    uint32_t index; /* from 1 */
    uint32_t flags;
};

struct interface_addr { /* a candidate */
    struct dcddns_addr addr;
    char device[INTERFACE_NAME_SIZE];
    uint32_t index;        /* of the device */
    uint32_t device_flags; /* INTERFACE_UP, INTERFACE_RUNNING */
    uint32_t flags;        /* of the address */
    enum interface_scope scope;
    uint32_t preferred_s, valid_s; /* what is left; UINT32_MAX = no end */
};

struct interface_alias { /* another name that people may give a device by */
    char name[INTERFACE_ALIAS_SIZE];
    size_t device; /* which of the list's */
};

struct interface_list { /* zeroed = empty */
    struct interface_device *devices;
    struct interface_addr *addrs;
    struct interface_alias *aliases;
    size_t device_count, device_cap, addr_count, addr_cap, alias_count, alias_cap;
};

/* All give the new, zeroed entry, or NULL: out of memory, or the maximum is reached (FULL). */
struct interface_device *interface_list_device(struct interface_list *, bool *full);
struct interface_addr *interface_list_addr(struct interface_list *, bool *full);
struct interface_alias *interface_list_alias(struct interface_list *, bool *full);
/* The device's name of the one that ASKED is an alias of, whatever the case of ASCII letters; ASKED
 * itself when it is a device's name already, or nobody's.  Lives as long as both. */
const char *interface_list_name(const struct interface_list *, const char *asked);
void interface_list_free(struct interface_list *);

/* -- choosing: pure ---------------------------------------------------------------------------- */

enum interface_prefer { INTERFACE_STABLE, INTERFACE_PREFER_TEMPORARY, INTERFACE_PREFER_EUI64 };

struct interface_names { /* entries of an option that is a list */
    const char *items[INTERFACE_ENTRIES_MAX];
    size_t count;
};

struct interface_terms {
    const struct dcddns_host *host; /* its addr_in() */
    struct interface_names devices; /* none = any */
    struct interface_names match, exclude;
    enum interface_prefer prefer;
};

/* What the call adds; REFUSES is host->refuses(). */
struct interface_asked {
    int family;
    const char *device;             /* or NULL; counts when the terms name none */
    const struct dcddns_addr *last; /* what was answered before, or NULL */
    const struct dcddns_call *call;
    const char *(*refuses)(const struct dcddns_call *, const struct dcddns_addr *);
};

/* True for ff:fe in the middle of the interface identifier (RFC 4291, appendix A). */
bool interface_is_eui64(const struct dcddns_addr *);
/* Whether DEVICE is one of those asked for. */
bool interface_wants_device(const struct interface_terms *, const char *asked, const char *device);
/* Why this address is never an answer under these terms, or NULL.  "" for those that nobody needs
 * to hear of: another family, another device, loopback, link-local, multicast. */
const char *interface_unfit(const struct interface_terms *, const struct interface_asked *,
                            const struct interface_addr *);
/* The address to publish, or NULL.  Then *INSTEAD is the best of those that are refused or unfit,
 * or NULL, and REASON has the words. */
const struct interface_addr *interface_choose(const struct interface_terms *,
                                              const struct interface_asked *,
                                              const struct interface_list *,
                                              const struct interface_addr **instead,
                                              char reason[INTERFACE_REASON_SIZE]);
/* A number that changes when the answer may have changed; lifetimes that are renewed leave it. */
uint32_t interface_fingerprint(const struct interface_terms *, const struct interface_list *);

/* -- the system -------------------------------------------------------------------------------- */

/* All devices, and the addresses of FAMILY 4, 6 or 0 = both.  DCDDNS_OK, DCDDNS_E_NOMEM, or
 * DCDDNS_E_TEMP with REASON.  Does not block for longer than a second. */
int interface_list_read(struct interface_list *, int family, char reason[INTERFACE_REASON_SIZE]);

/* Calls CHANGED on a thread of its own some time after an address or a device changed, and also
 * when nothing did that matters here: renewed lifetimes, changes that were lost count. */
struct interface_watch;
struct interface_watch *interface_watch_start(void (*changed)(void *ctx), void *ctx,
                                              char reason[INTERFACE_REASON_SIZE]);
/* Returns once CHANGED is not running and will not run. */
void interface_watch_stop(struct interface_watch **);

#endif
