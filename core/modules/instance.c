/* Instances and the ways into a plugin; see instance.h.  Every result of foreign code is judged
 * here before anybody else sees it. */
#include "modules/instance.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/log.h"
#include "base/mem.h"
#include "modules/inside.h"

/* Tells a service which instance this thread is in, so that a plugin cannot lend its calls, fields
 * or failure slot to other threads or instances. */
static _Thread_local struct instance *here;

struct instance *instance_here(void)
{
    return here;
}

void instance_say(struct instance *instance, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    vsnprintf(instance->why, sizeof(instance->why), format, ap);
    va_end(ap);
    options_redact(&instance->options, instance->why);
}

/* -- in and out ------------------------------------------------------------------------------- */

static bool enter(struct instance *instance, struct dcddns_call *call, struct error *err)
{
    if (atomic_exchange(&instance->busy, true)) {
        error_set(err, ERR_PERM,
                  "%s is still in a call: nothing else may be asked of it; restart dcddns",
                  instance->name);
        return false;
    }
    instance->outer = here;
    instance->call = call;
    instance->why[0] = '\0';
    here = instance;
    return true;
}

static void leave(struct instance *instance)
{
    here = instance->outer;
    instance->call = NULL;
    instance->readable = NULL;
    instance->writable[0] = NULL;
    instance->writable[1] = NULL;
    atomic_store(&instance->busy, false);
}

/* What the codes mean, indexed by their negation. */
static const struct {
    enum error_class class;
    const char *words; /* when the plugin said nothing */
} meanings[] = {
    [-DCDDNS_OK] = { ERR_NONE, "" },
    [-DCDDNS_E_TEMP] = { ERR_TEMP, "failed for now and did not say why; it is tried again" },
    [-DCDDNS_E_CONFIG] = { ERR_CONFIG,
                           "cannot work as configured and did not say why; check its section" },
    [-DCDDNS_E_NOADDR] = { ERR_TEMP, "found no address of that family" },
    [-DCDDNS_E_STOP] = { ERR_STOP, "was stopped, or its time was up" },
    [-DCDDNS_E_NOMEM] = { ERR_LOCAL, "ran out of memory" },
    [-DCDDNS_E_BUG] = { ERR_PERM, "met a bug; report it to the module's author" },
};

/* Turns what FUNCTION returned into a code of the enum; ERR is set unless it is DCDDNS_OK. */
static int settle(struct instance *instance, const char *function, int code, struct error *err)
{
    if (code > DCDDNS_OK || code < DCDDNS_E_BUG) {
        instance_say(instance,
                     "%s of the module %s returned %d, which is no result; report it to the "
                     "module's author",
                     function, instance->module->plugin.name, code);
        code = DCDDNS_E_BUG;
    }
    if (code == DCDDNS_OK)
        return code;
    if (instance->why[0] != '\0')
        error_set(err, meanings[-code].class, "%s", instance->why);
    else
        error_set(err, meanings[-code].class, "%s of the module %s %s", function,
                  instance->module->plugin.name, meanings[-code].words);
    return code;
}

/* -- life ------------------------------------------------------------------------------------- */

static void release(struct instance *instance)
{
    options_free(&instance->options);
    mem_free(instance->name);
    mem_free(instance);
}

/* create(); afterwards every failure is one of the configuration, or of memory. */
static int start(struct instance *instance, struct error *err)
{
    if (!enter(instance, NULL, err))
        return -1;
    int code = instance->module->plugin.create(&instance->host, &instance->self);
    if (code == DCDDNS_OK && !instance->self) {
        instance_say(instance,
                     "create() of the module %s made no instance; report it to the module's author",
                     instance->module->plugin.name);
        code = DCDDNS_E_BUG;
    }
    code = settle(instance, "create()", code, err);
    leave(instance);
    if (code != DCDDNS_OK && code != DCDDNS_E_NOMEM && err)
        err->class = ERR_CONFIG;
    return code == DCDDNS_OK ? 0 : -1;
}

struct instance *instance_new(const struct module *module, const char *name,
                              const struct schema_value *values, size_t count,
                              const struct instance_env *env, struct error *err)
{
    struct instance *instance = mem_new(1, sizeof(*instance));

    if (!instance) {
        error_set(err, ERR_LOCAL, "%s: out of memory", name);
        return NULL;
    }
    instance->module = module;
    instance->name = mem_strdup(name);
    instance->env = *env;
    atomic_init(&instance->busy, false);
    atomic_init(&instance->listening, false);
    services_init(instance);
    if (!instance->name)
        error_set(err, ERR_LOCAL, "%s: out of memory", name);
    else if (options_make(&instance->options, module, values, count, err) == 0 &&
             start(instance, err) == 0)
        return instance;
    release(instance);
    return NULL;
}

void instance_free(struct instance **at)
{
    struct instance *instance = *at;

    if (!instance)
        return;
    *at = NULL;
    instance_unwatch(instance);
    if (!enter(instance, NULL, NULL)) {
        log_warn("%s is stuck in its module and is left behind; restart dcddns", instance->name);
        return;
    }
    instance->module->plugin.destroy(instance->self);
    leave(instance);
    release(instance);
}

void instance_abandon(struct instance *instance)
{
    atomic_store(&instance->listening, false);
}

const char *instance_name(const struct instance *instance)
{
    return instance->name;
}

const struct module *instance_module(const struct instance *instance)
{
    return instance->module;
}

/* -- the ways in ------------------------------------------------------------------------------ */

/* Kinds and calls are the daemon's to get right: a mistake is reported, not run. */
static bool fits(const struct instance *instance, uint32_t kind, const struct dcddns_call *call,
                 struct error *err)
{
    if (instance->module->plugin.kind == kind && (!call || call->instance == instance))
        return true;
    error_set(err, ERR_PERM, "%s was asked for what it cannot do; report this bug of dcddns",
              instance->name);
    return false;
}

/* "yes" must come with an address of the family that was asked for. */
static int judge_addr(struct instance *instance, int family, struct dcddns_addr *out)
{
    const char *name = instance->module->plugin.name;

    if (out->family == 0)
        instance_say(instance,
                     "query() of the module %s said yes without an address; report it to "
                     "the module's author",
                     name);
    else if (out->family != family)
        instance_say(
            instance,
            "query() of the module %s was asked for IPv%d and gave family %d; report it to "
            "the module's author",
            name, family, out->family);
    else
        return DCDDNS_OK;
    return DCDDNS_E_BUG;
}

/* Bytes that mean nothing are zeroed, so that equal addresses are equal in every byte. */
static void tidy_addr(struct dcddns_addr *addr)
{
    struct dcddns_addr tidy = { .family = addr->family };
    memcpy(tidy.ip, addr->ip, addr->family == 4 ? 4 : sizeof(tidy.ip));
    *addr = tidy;
}

int instance_query(struct instance *instance, struct dcddns_call *call, int family,
                   struct dcddns_addr *out, int *code, struct error *err)
{
    *out = (struct dcddns_addr){ 0 };
    *code = DCDDNS_E_BUG;
    if (!fits(instance, DCDDNS_KIND_IP_SOURCE, call, err) || !enter(instance, call, err))
        return -1;
    instance->met_cgnat = false;
    *code = instance->module->ops.ip_source.query(instance->self, call, family, out);
    const bool unproven = *code == DCDDNS_UNPROVEN; /* an answer all the same */
    if (unproven || *code == DCDDNS_OK)
        *code = judge_addr(instance, family, out);
    *code = settle(instance, "query()", *code, err);
    leave(instance);
    if (*code != DCDDNS_OK) {
        *out = (struct dcddns_addr){ 0 };
        return -1;
    }
    tidy_addr(out);
    if (unproven)
        *code = DCDDNS_UNPROVEN;
    return 0;
}

bool instance_met_cgnat(const struct instance *instance)
{
    return instance->met_cgnat;
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

int instance_notify(struct instance *instance, struct dcddns_call *call,
                    const struct dcddns_event *event, struct error *err)
{
    struct dcddns_event copy = *event; /* strings are never NULL for a plugin */

    if (!fits(instance, DCDDNS_KIND_NOTIFIER, call, err) || !enter(instance, call, err))
        return -1;
    copy.size = sizeof(copy);
    copy.id = or_empty(event->id);
    copy.profile = or_empty(event->profile);
    copy.record = or_empty(event->record);
    copy.message = or_empty(event->message);
    int code = instance->module->ops.notifier.notify(instance->self, call, &copy);
    code = settle(instance, "notify()", code, err);
    leave(instance);
    return code == DCDDNS_OK ? 0 : -1;
}

int instance_consent(struct instance *instance, struct dcddns_fields *params,
                     struct dcddns_fields *keep, struct error *err)
{
    if (!fits(instance, DCDDNS_KIND_AUTH, NULL, err) || !enter(instance, NULL, err))
        return -1;
    instance->writable[0] = params;
    instance->writable[1] = keep;
    int code = instance->module->ops.auth.consent(instance->self, params, keep);
    code = settle(instance, "consent()", code, err);
    leave(instance);
    return code == DCDDNS_OK ? 0 : -1;
}

int instance_token(struct instance *instance, const struct dcddns_fields *keep,
                   struct dcddns_fields *body, struct error *err)
{
    if (!fits(instance, DCDDNS_KIND_AUTH, NULL, err) || !enter(instance, NULL, err))
        return -1;
    instance->readable = keep;
    instance->writable[0] = body;
    int code = instance->module->ops.auth.token(instance->self, keep, body);
    code = settle(instance, "token()", code, err);
    leave(instance);
    return code == DCDDNS_OK ? 0 : -1;
}

bool instance_watch(struct instance *instance)
{
    const struct dcddns_ip_source *source = &instance->module->ops.ip_source;
    struct error err = { 0 };

    if (instance->module->plugin.kind != DCDDNS_KIND_IP_SOURCE || !source->watch)
        return false;
    if (!enter(instance, NULL, &err)) {
        log_warn("%s", err.text);
        return false;
    }
    atomic_store(&instance->listening, true);
    int code = settle(instance, "watch()", source->watch(instance->self), &err);
    leave(instance);
    if (code == DCDDNS_OK)
        return true;
    atomic_store(&instance->listening, false);
    log_warn("%s: changes are found by asking only: %s", instance->name, err.text);
    return false;
}

void instance_unwatch(struct instance *instance)
{
    if (!atomic_exchange(&instance->listening, false) || !enter(instance, NULL, NULL))
        return;
    instance->module->ops.ip_source.unwatch(instance->self);
    leave(instance);
}
