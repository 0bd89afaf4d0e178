/* The scripted host's services that need no call.  As services.c, but what a plugin does wrong is
 * kept to be told, and what may fail fails when the scene says so. */
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/fields.h"
#include "base/text.h"
#include "modules/rehearsal_inside.h"
#include "modules/services.h"

static struct stage *stage_of(const struct dcddns_host *host, const char *service)
{
    struct stage *stage = host ? host->priv : NULL;
    if (stage && atomic_load(&stage->over)) {
        stage_break(stage, "called %s after destroy() had returned", service);
        return NULL;
    }
    if (!stage && stage_here())
        stage_break(stage_here(), "called %s without its host", service);
    return stage;
}

static bool fails(const struct stage *stage, unsigned service)
{
    return stage && (stage->scene->fails & service);
}

/* [any] */
static void host_log(const struct dcddns_host *host, int level, const char *line)
{
    struct stage *stage = stage_of(host, "log()");
    if (!stage)
        return;
    if (!line)
        stage_break(stage, "called log() without a line");
    else if (level < DCDDNS_LOG_ERROR || level > DCDDNS_LOG_DEBUG)
        stage_break(stage, "called log() with the level %d, which is none of DCDDNS_LOG_", level);
}

static int host_fail(const struct dcddns_host *host, int code, const char *why)
{
    struct stage *stage = stage_of(host, "fail()");
    char escaped[TEXT_ESCAPED_MAX] = "";
    if (!stage)
        return DCDDNS_E_BUG;
    if (!why || code >= DCDDNS_OK || code < DCDDNS_E_BUG) {
        stage_break(stage, "called fail() with %s", why ? "a code that is none" : "no words");
        return DCDDNS_E_BUG;
    }
    if (stage == stage_here())
        snprintf(stage->why, sizeof(stage->why), "%s", text_escape(why, strlen(why), escaped));
    return code;
}

/* [any] */
static const char *host_option(const struct dcddns_host *host, const char *name)
{
    struct stage *stage = stage_of(host, "option()");
    struct dcddns_option option = { 0 };
    char escaped[TEXT_ESCAPED_MAX] = "";
    if (!stage || !name)
        return NULL;
    if (module_option_find(stage->rehearsal->module, name, &option) < 0) {
        stage_break(stage, "asked for the option \"%s\", which its table does not have",
                    text_escape(name, strlen(name), escaped));
        return NULL;
    }
    return options_get(&stage->rehearsal->options, name);
}

static int host_random(void *data, size_t len)
{
    struct stage *stage = stage_here();
    if (!data && len > 0)
        return DCDDNS_E_BUG;
    if (stage)
        atomic_fetch_add(&stage->random_calls, 1);
    if (fails(stage, FAIL_RANDOM))
        return DCDDNS_E_TEMP;
    if (stage && len > 0)
        memset(data, stage->random, len);
    return stage || os.random(data, len) == 0 ? DCDDNS_OK : DCDDNS_E_TEMP;
}

static const char *host_field_get(const struct dcddns_fields *fields, const char *name)
{
    struct stage *here = stage_here();
    if (!here || !fields)
        return NULL;
    if (fields != here->readable && fields != here->writable[0] && fields != here->writable[1]) {
        stage_break(here, "called field_get() on fields that it was not lent");
        return NULL;
    }
    return fields_get(fields, name);
}

static int host_field_set(struct dcddns_fields *fields, const char *name, const char *value,
                          uint32_t flags)
{
    struct stage *here = stage_here();
    char escaped[TEXT_ESCAPED_MAX] = "";
    if (!here)
        return DCDDNS_E_BUG;
    if (!fields || (fields != here->writable[0] && fields != here->writable[1])) {
        stage_break(here, "called field_set() on fields that it was not lent to write");
        return DCDDNS_E_BUG;
    }
    atomic_fetch_add(&here->field_calls, 1);
    if (fails(here, FAIL_FIELDS))
        return DCDDNS_E_NOMEM;
    int rc = (flags & ~(uint32_t)DCDDNS_SECRET) != 0 ? DCDDNS_E_BUG
                                                     : fields_set(fields, name, value, flags);
    if (rc == DCDDNS_E_BUG)
        stage_break(here,
                    "called field_set() with the name \"%s\", and name, value or flags "
                    "are not what a field may have",
                    name ? text_escape(name, strlen(name), escaped) : "");
    return rc;
}

/* [any] */
static void host_hint(const struct dcddns_host *host)
{
    struct stage *stage = host ? host->priv : NULL;
    if (!stage)
        return;
    if (atomic_load(&stage->watched))
        atomic_fetch_add(&stage->hints, 1);
    else if (atomic_load(&stage->counts))
        atomic_fetch_add(&stage->late_hints, 1);
}

void rehearsal_host_init(struct stage *stage)
{
    stage->host = (struct dcddns_host){
        .size = sizeof(stage->host),
        .abi_minor = DCDDNS_ABI_MINOR,
        .priv = stage,
        .log = host_log,
        .fail = host_fail,
        .option = host_option,
        .parse_addr = service_parse_addr,
        .addr_in = service_addr_in,
        .random = host_random,
        .sha256 = service_sha256,
        .remaining_ms = play_remaining_ms,
        .device = play_device,
        .refuses = play_refuses,
        .wait = play_wait,
        .resolve = play_resolve,
        .http = play_http,
        .run = play_run,
        .field_get = host_field_get,
        .field_set = host_field_set,
        .hint = host_hint,
    };
}
