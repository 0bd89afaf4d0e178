/* host->resolve(): a plugin's worker thread waits here while the net's thread asks DNS. */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "modules/mailbox.h"
#include "net/dns.h"

struct lookup {
    struct errand errand; /* first: the net sees nothing else */
    char *name;           /* a copy */
    int family;
    struct dns_query *query; /* net's thread only */

    /* Written by the net before it is done, read by the worker after. */
    enum dns_status status;
    size_t count;
    struct dcddns_addr addrs[DNS_RECORDS_MAX];
};

static struct lookup *lookup_of(struct errand *errand)
{
    return (struct lookup *)errand;
}

static void lookup_free(struct errand *errand)
{
    struct lookup *lookup = lookup_of(errand);

    mem_free(lookup->name);
    mem_free(lookup);
}

static void answered(void *ctx, const struct dns_answer *answer)
{
    struct lookup *lookup = ctx;

    lookup->query = NULL;
    lookup->status = answer->status;
    lookup->errand.error = answer->error;
    lookup->count = answer->status == DNS_OK ? answer->count : 0;
    memcpy(lookup->addrs, answer->addrs, sizeof(lookup->addrs));
    errand_done(&lookup->errand);
}

static void lookup_start(struct errand *errand)
{
    struct lookup *lookup = lookup_of(errand);

    lookup->query = dns_lookup(errand->net, lookup->name, lookup->family, answered, lookup);
    if (!lookup->query) {
        error_set(&errand->error, ERR_TEMP,
                  "DNS could not be asked: dcddns is stopping, or out of memory");
        errand_done(errand);
    }
}

static void lookup_abort(struct errand *errand)
{
    struct lookup *lookup = lookup_of(errand);

    if (lookup->query)
        dns_cancel(errand->net, lookup->query); /* answered() runs inside */
}

static const struct errand_calls lookup_calls = {
    .start = lookup_start,
    .abort = lookup_abort,
    .free = lookup_free,
};

static struct lookup *lookup_new(struct dcddns_call *call, const char *name, int family)
{
    struct lookup *lookup = mem_new(1, sizeof(*lookup));

    if (!lookup)
        return NULL;
    errand_init(&lookup->errand, call, &lookup_calls);
    lookup->status = DNS_TEMP;
    lookup->family = family;
    lookup->name = mem_strdup(name);
    if (lookup->name)
        return lookup;
    errand_release(&lookup->errand);
    return NULL;
}

/* As instance_say(), beginning with the name; the plugin gave that, so it is escaped. */
static int say_of(struct instance *instance, int code, const char *name, const char *what)
{
    char escaped[TEXT_ESCAPED_MAX] = "";
    instance_say(instance, "%s %s", text_escape(name, strlen(name), escaped), what);
    return code;
}

/* From the lookup to the plugin: how many, or a code with words in the failure slot.  A name that
 * exists without an address of the family is an answer, 0. */
static int hand_over(struct instance *instance, const struct lookup *lookup,
                     struct dcddns_addr *out, size_t cap)
{
    if (lookup->status == DNS_NODATA)
        return 0;
    if (lookup->errand.error.class != ERR_NONE) {
        instance_say(instance, "%s", lookup->errand.error.text);
        return errand_code(lookup->errand.error.class);
    }
    size_t count = lookup->count < cap ? lookup->count : cap;
    memcpy(out, lookup->addrs, count * sizeof(*out));
    return (int)count;
}

static int resolve(struct dcddns_call *call, const char *name, int family, uint32_t timeout_ms,
                   struct dcddns_addr *out, size_t cap)
{
    struct instance *instance = call->instance;
    struct lookup *lookup = lookup_new(call, name, family);
    int code = DCDDNS_E_STOP;

    if (!lookup)
        return DCDDNS_E_NOMEM;
    if (timeout_ms > 0 && os.boot_ms() + timeout_ms < lookup->errand.deadline)
        lookup->errand.deadline = os.boot_ms() + timeout_ms;
    switch (errand_run(&lookup->errand, call)) {
    case ERRAND_DONE:
        code = hand_over(instance, lookup, out, cap);
        break;
    case ERRAND_LATE:
        if (call_remaining_ms(call) > 0)
            code = DCDDNS_E_TEMP; /* it was the caller's patience alone */
        say_of(instance, code, name, "was not found in DNS before the time was up");
        break;
    default:
        say_of(instance, code, name, "could not be looked up: dcddns is stopping");
    }
    errand_release(&lookup->errand);
    return code;
}

int call_resolve(struct dcddns_call *call, const char *name, int family, uint32_t timeout_ms,
                 struct dcddns_addr *out, size_t cap)
{
    if (!call_is_current(call) || !name || !out || cap == 0)
        return DCDDNS_E_BUG;
    if (!call->instance->env.net) {
        instance_say(call->instance, "resolve() cannot be used in this command");
        return DCDDNS_E_BUG;
    }
    if (family != 0 && family != 4 && family != 6) {
        instance_say(call->instance,
                     "resolve() was called for a family that is neither 4, 6 nor 0");
        return DCDDNS_E_BUG;
    }
    if (call_remaining_ms(call) == 0)
        return DCDDNS_E_STOP;
    return resolve(call, name, family, timeout_ms, out, cap);
}
