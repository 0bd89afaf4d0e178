/* The host services of include/dcddns/plugin.h that need no call: log, fail, options, hashes,
 * fields, hints.  Arguments come from foreign code: what can be checked is, and never crashes. */
#include <string.h>

#include "base/addr.h"
#include "base/fields.h"
#include "base/log.h"
#include "base/text.h"
#include "modules/inside.h"
#include "modules/services.h"

static struct instance *instance_of(const struct dcddns_host *host)
{
    return host ? host->priv : NULL;
}

/* [any] */
static void host_log(const struct dcddns_host *host, int level, const char *line)
{
    const struct instance *instance = instance_of(host);
    char escaped[TEXT_ESCAPED_MAX] = "";

    if (!instance || !line)
        return;
    if (level < DCDDNS_LOG_ERROR)
        level = DCDDNS_LOG_ERROR;
    if (level > DCDDNS_LOG_DEBUG)
        level = DCDDNS_LOG_DEBUG;
    text_escape(line, strlen(line), escaped);
    options_redact(&instance->options, escaped);
    log_line(level, "%s/%s: %s", module_kind_name(instance->module->plugin.kind), instance->name,
             escaped);
}

/* The slot belongs to the thread that is inside the plugin; others can only be logged. */
static int host_fail(const struct dcddns_host *host, int code, const char *why)
{
    struct instance *instance = instance_of(host);
    char escaped[TEXT_ESCAPED_MAX] = "";

    if (!instance || !why)
        return DCDDNS_E_BUG;
    text_escape(why, strlen(why), escaped);
    if (instance != instance_here()) {
        host_log(host, DCDDNS_LOG_WARN, why);
        return code;
    }
    if (code < DCDDNS_E_BUG || code >= DCDDNS_OK) {
        instance_say(instance, "fail() was called with %d, which is no DCDDNS_E_ code: %s", code,
                     escaped);
        return DCDDNS_E_BUG;
    }
    instance_say(instance, "%s", escaped);
    return code;
}

/* [any] */
static const char *host_option(const struct dcddns_host *host, const char *name)
{
    const struct instance *instance = instance_of(host);

    return instance && name ? options_get(&instance->options, name) : NULL;
}

int service_parse_addr(const char *text, struct dcddns_addr *out)
{
    if (!text || !out)
        return DCDDNS_E_BUG;
    return addr_parse(text, out) == 0 ? DCDDNS_OK : DCDDNS_E_TEMP;
}

int service_addr_in(const struct dcddns_addr *addr, const char *cidr)
{
    struct addr_cidr block = { 0 };
    if (!addr || !cidr || addr_cidr_parse(cidr, &block) < 0)
        return DCDDNS_E_CONFIG;
    return addr_cidr_holds(&block, addr);
}

static int host_random(void *data, size_t len)
{
    if (!data && len > 0)
        return DCDDNS_E_BUG;
    return os.random(data, len) == 0 ? DCDDNS_OK : DCDDNS_E_TEMP;
}

int service_sha256(const void *data, size_t len, uint8_t out[32])
{
    if ((!data && len > 0) || !out)
        return DCDDNS_E_BUG;
    return os_sha256(len > 0 ? data : "", len, out) == 0 ? DCDDNS_OK : DCDDNS_E_NOMEM;
}

static const char *host_field_get(const struct dcddns_fields *fields, const char *name)
{
    const struct instance *here = instance_here();

    if (!here || !fields)
        return NULL;
    if (fields != here->readable && fields != here->writable[0] && fields != here->writable[1])
        return NULL;
    return fields_get(fields, name);
}

static int host_field_set(struct dcddns_fields *fields, const char *name, const char *value,
                          uint32_t flags)
{
    const struct instance *here = instance_here();

    if (!here || !fields || (fields != here->writable[0] && fields != here->writable[1]))
        return DCDDNS_E_BUG;
    if ((flags & ~(uint32_t)DCDDNS_SECRET) != 0)
        return DCDDNS_E_BUG;
    return fields_set(fields, name, value, flags);
}

/* [any]: outside watch() and unwatch() nobody asked, and nobody may be there any more to hear. */
static void host_hint(const struct dcddns_host *host)
{
    struct instance *instance = instance_of(host);

    if (!instance || !instance->env.hint)
        return;
    if (atomic_load(&instance->listening))
        instance->env.hint(instance->env.ctx, instance);
    else
        host_log(host, DCDDNS_LOG_DEBUG, "hint() outside watch() and unwatch() is ignored");
}

void services_init(struct instance *instance)
{
    instance->host = (struct dcddns_host){
        .size = sizeof(instance->host),
        .abi_minor = DCDDNS_ABI_MINOR,
        .priv = instance,
        .log = host_log,
        .fail = host_fail,
        .option = host_option,
        .parse_addr = service_parse_addr,
        .addr_in = service_addr_in,
        .random = host_random,
        .sha256 = service_sha256,
        .remaining_ms = call_remaining_ms,
        .device = call_device,
        .refuses = call_refuses,
        .wait = call_wait,
        .resolve = call_resolve,
        .http = call_http,
        .run = call_run,
        .field_get = host_field_get,
        .field_set = host_field_set,
        .hint = host_hint,
    };
}
