/* Module interface: the addresses that this machine's own network devices have.  Options, words and
 * hints; what is chosen is interface_choose.c's, the system is behind interface.h.  Must not know
 * what the address is for. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interface.h"
#include "shared/addr_words.h"

/* The last answers, IPv4 and IPv6, to those who ask on the same terms. */
struct given {
    bool used, private;
    char device[INTERFACE_NAME_SIZE];
    struct dcddns_addr last[2];
};

enum { GIVEN_MAX = 8 };

struct interface {
    const struct dcddns_host *host;
    struct interface_terms terms;
    char *texts[3]; /* options, cut up; terms point into them */
    struct given given[GIVEN_MAX];
    size_t oldest;     /* of them, the next to be forgotten */
    atomic_uint asked; /* families that anybody asked for: 1 IPv4, 2 IPv6 */
    struct interface_watch *watch;
    atomic_uint fingerprint; /* of what the watcher saw last */
};

/* -- configuration ---------------------------------------------------------------------------- */

static int read_names(const struct dcddns_host *host, const char *option, char **text,
                      struct interface_names *names)
{
    const char *value = host->option(host, option);

    if (!value)
        return DCDDNS_OK;
    size_t size = strlen(value) + 1;
    *text = malloc(size);
    if (!*text)
        return DCDDNS_E_NOMEM;
    /* Every entry fits: what stood behind it, a comma or the end, makes room for its NUL. */
    for (char *at = *text; dcddns_list_next(&value, at, size) == 1; at += strlen(at) + 1) {
        if (names->count == INTERFACE_ENTRIES_MAX)
            return dcddns_failf(host, DCDDNS_E_CONFIG, "%s has more than %d entries; remove some",
                                option, INTERFACE_ENTRIES_MAX);
        names->items[names->count++] = at;
    }
    return DCDDNS_OK;
}

static int read_prefer(const struct dcddns_host *host, enum interface_prefer *prefer)
{
    static const char *const words[] = { [INTERFACE_STABLE] = "stable",
                                         [INTERFACE_PREFER_TEMPORARY] = "temporary",
                                         [INTERFACE_PREFER_EUI64] = "eui64" };
    const char *value = host->option(host, "prefer");

    for (int i = 0; value && i < 3; i++) {
        if (strcmp(value, words[i]) != 0)
            continue;
        *prefer = (enum interface_prefer)i;
        return DCDDNS_OK;
    }
    return dcddns_failf(host, DCDDNS_E_CONFIG,
                        "prefer: \"%.64s\" is not stable, temporary or eui64", value ? value : "");
}

static void interface_destroy(void *self)
{
    struct interface *me = self;

    for (size_t i = 0; i < 3; i++)
        free(me->texts[i]);
    free(me);
}

static int interface_create(const struct dcddns_host *host, void **self)
{
    struct interface *me = calloc(1, sizeof(*me));

    if (!me)
        return DCDDNS_E_NOMEM;
    me->host = me->terms.host = host;
    atomic_init(&me->asked, 0);
    atomic_init(&me->fingerprint, 0);
    int code = read_names(host, "device", &me->texts[0], &me->terms.devices);
    if (code == DCDDNS_OK)
        code = read_names(host, "match", &me->texts[1], &me->terms.match);
    if (code == DCDDNS_OK)
        code = read_names(host, "exclude", &me->texts[2], &me->terms.exclude);
    if (code == DCDDNS_OK)
        code = read_prefer(host, &me->terms.prefer);
    if (code != DCDDNS_OK) {
        interface_destroy(me);
        return code;
    }
    *self = me;
    return DCDDNS_OK;
}

/* -- words ------------------------------------------------------------------------------------ */

/* "eth0, lo", as many as fit. */
static const char *device_words(const struct interface_list *list, char text[INTERFACE_REASON_SIZE])
{
    size_t used = 0;

    text[0] = '\0';
    for (size_t i = 0; i < list->device_count; i++) {
        const char *name = list->devices[i].name;
        size_t need = strlen(name) + 2;
        if (used + need + 4 > INTERFACE_REASON_SIZE) {
            snprintf(text + used, INTERFACE_REASON_SIZE - used, " ...");
            break;
        }
        used += (size_t)snprintf(text + used, INTERFACE_REASON_SIZE - used, "%s%s",
                                 used > 0 ? ", " : "", name);
    }
    return text[0] ? text : "none";
}

static bool has_device(const struct interface_list *list, const char *name)
{
    for (size_t i = 0; i < list->device_count; i++) {
        if (strcmp(list->devices[i].name, name) == 0)
            return true;
    }
    return false;
}

/* The first device that was asked for and is not there, or NULL. */
static const char *missing(const struct interface_terms *terms, const struct interface_asked *asked,
                           const struct interface_list *list)
{
    const struct interface_names *names = &terms->devices;

    if (names->count == 0 && asked->device && !has_device(list, asked->device))
        return asked->device;
    for (size_t i = 0; i < names->count; i++) {
        if (!has_device(list, names->items[i]))
            return names->items[i];
    }
    return NULL;
}

static int no_answer(const struct interface_terms *terms, const struct interface_asked *asked,
                     const struct interface_list *list, const struct interface_addr *instead,
                     const char *reason)
{
    char addr[ADDR_WORDS_SIZE] = "", devices[INTERFACE_REASON_SIZE] = "";
    const char *absent = missing(terms, asked, list);

    if (absent)
        return dcddns_failf(
            terms->host, DCDDNS_E_TEMP,
            "there is no network device %.63s (there are: %s); it may come up later, or "
            "correct device",
            absent, device_words(list, devices));
    if (instead)
        return dcddns_failf(terms->host, DCDDNS_E_NOADDR,
                            "%s has only %s, %s; the address must come from another source",
                            instead->device, addr_words(&instead->addr, addr), reason);
    if (asked->device || terms->devices.count > 0)
        return dcddns_failf(terms->host, DCDDNS_E_NOADDR,
                            "the network device %.63s has no IPv%d address but local ones",
                            terms->devices.count > 0 ? terms->devices.items[0] : asked->device,
                            asked->family);
    return dcddns_failf(terms->host, DCDDNS_E_NOADDR,
                        "no network device has an IPv%d address but local ones", asked->family);
}

/* -- asking ----------------------------------------------------------------------------------- */

/* Where the last answer to those who ask like this call is kept. */
static struct given *given_to(struct interface *me, const struct dcddns_call *call)
{
    static const struct dcddns_addr private_one = { .family = 4, .ip = { 10, 0, 0, 1 } };
    const bool private = me->host->refuses(call, &private_one) == NULL;
    const char *device = me->host->device(call);

    if (!device)
        device = "";
    for (size_t i = 0; i < GIVEN_MAX; i++) {
        struct given *given = &me->given[i];
        if (given->used && given->private == private && strcmp(given->device, device) == 0)
            return given;
    }
    struct given *given = &me->given[me->oldest++ % GIVEN_MAX];
    *given = (struct given){ .used = true, .private = private };
    snprintf(given->device, sizeof(given->device), "%s", device);
    return given;
}

/* The terms with the names that the list has for the devices. */
static struct interface_terms by_name(const struct interface *me, const struct interface_list *list)
{
    struct interface_terms terms = me->terms;

    for (size_t i = 0; i < terms.devices.count; i++)
        terms.devices.items[i] = interface_list_name(list, terms.devices.items[i]);
    return terms;
}

static int interface_query(void *self, struct dcddns_call *call, int family,
                           struct dcddns_addr *out)
{
    struct interface *me = self;
    struct dcddns_addr *last = &given_to(me, call)->last[family == 6];
    struct interface_asked asked = {
        .family = family,
        .device = me->host->device(call),
        .last = last,
        .call = call,
        .refuses = me->host->refuses,
    };
    struct interface_list list = { 0 };
    const struct interface_addr *instead = NULL;
    char reason[INTERFACE_REASON_SIZE] = "";

    atomic_fetch_or(&me->asked, family == 4 ? 1U : 2U);
    int code = interface_list_read(&list, family, reason);
    if (code != DCDDNS_OK) {
        if (reason[0] != '\0')
            code = me->host->fail(me->host, code, reason);
        interface_list_free(&list);
        return code;
    }
    const struct interface_terms terms = by_name(me, &list);
    if (asked.device)
        asked.device = interface_list_name(&list, asked.device);
    const struct interface_addr *chosen = interface_choose(&terms, &asked, &list, &instead, reason);
    if (chosen)
        *out = *last = chosen->addr;
    else
        code = no_answer(&terms, &asked, &list, instead, reason);
    interface_list_free(&list);
    return code;
}

/* -- watching --------------------------------------------------------------------------------- */

/* A number for what there is, of the families that anybody asks for.  Also on the watcher's thread:
 * addr_in() is not for it, so that match and exclude do not count. */
static bool look(const struct interface *me, unsigned *fingerprint)
{
    static const int families[] = { 0, 4, 6, 0 };
    struct interface_list list = { 0 };
    char reason[INTERFACE_REASON_SIZE] = "";

    const int family = families[atomic_load(&me->asked) & 3];
    bool ok = interface_list_read(&list, family, reason) == DCDDNS_OK;
    struct interface_terms terms = by_name(me, &list);
    terms.match.count = terms.exclude.count = 0;
    if (ok)
        *fingerprint = interface_fingerprint(&terms, &list);
    interface_list_free(&list);
    return ok;
}

/* On the watcher's thread.  Renewed lifetimes, which routers send every few minutes, are no reason
 * to ask anything; a list that cannot be had is one. */
static void on_change(void *ctx)
{
    struct interface *me = ctx;
    unsigned now = 0;

    if (!look(me, &now) || atomic_exchange(&me->fingerprint, now) != now)
        me->host->hint(me->host);
}

/* Looks when the watcher is there already, so that no change falls in between; one that comes at
 * this moment may give a hint too many. */
static int interface_watch(void *self)
{
    struct interface *me = self;
    char reason[INTERFACE_REASON_SIZE] = "";
    unsigned now = 0;

    me->watch = interface_watch_start(on_change, me, reason);
    if (!me->watch)
        return me->host->fail(me->host, DCDDNS_E_TEMP, reason);
    if (look(me, &now))
        atomic_store(&me->fingerprint, now);
    return DCDDNS_OK;
}

static void interface_unwatch(void *self)
{
    struct interface *me = self;
    interface_watch_stop(&me->watch);
}

static const struct dcddns_option interface_options[] = {
    { "device", NULL, "network devices to look at; empty: the host's, or any", DCDDNS_OPT_STRING,
      DCDDNS_LIST },
    { "match", NULL, "only addresses in these blocks; empty: all", DCDDNS_OPT_CIDR, DCDDNS_LIST },
    { "exclude", NULL, "no addresses in these blocks", DCDDNS_OPT_CIDR, DCDDNS_LIST },
    { "prefer", "stable",
      "IPv6: stable, temporary (changes about daily) or eui64 (made from the hardware address)",
      DCDDNS_OPT_STRING, 0 },
};

static const struct dcddns_ip_source interface_ops = {
    .size = sizeof(interface_ops),
    .query = interface_query,
    .watch = interface_watch,
    .unwatch = interface_unwatch,
};

static const struct dcddns_plugin interface_plugin = {
    .size = sizeof(interface_plugin),
    .kind = DCDDNS_KIND_IP_SOURCE,
    .abi_minor = DCDDNS_ABI_MINOR,
    .name = "interface",
    .version = "1.0",
    .summary = "takes an address of this machine's own network devices",
    .options = interface_options,
    .option_count = sizeof(interface_options) / sizeof(interface_options[0]),
    .option_size = sizeof(interface_options[0]),
    .create = interface_create,
    .destroy = interface_destroy,
    .ops = &interface_ops,
};

DCDDNS_ENTRY(interface)
{
    return &interface_plugin;
}
