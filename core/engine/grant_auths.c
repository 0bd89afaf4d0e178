/* Auth strategies that grants were made with and the configuration does not name any more: a grant
 * lives with the one that made it, so they are made with their defaults.  Must not send requests.
 */
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "engine/build.h"
#include "engine/engine_inside.h"

static void ignore_report(void *ctx, const char *file, int line, const char *message)
{
    (void)ctx;
    (void)file;
    (void)line;
    (void)message;
}

/* NULL when NAME is no module that works without options; a refresh says so when it comes to it. */
static struct instance *make_default(const struct engine *e, const char *name,
                                     struct module_table *modules)
{
    struct error err = { 0 };
    const struct instance_env env = { .net = e->net };
    struct instance *made = NULL;
    const struct module *module = module_find(modules, DCDDNS_KIND_AUTH, name, &err);

    if (module && schema_check(module, name, "", 0, NULL, 0, ignore_report, NULL) == 0)
        made = instance_new(module, name, NULL, 0, &env, &err);
    if (!made)
        log_debug("auth %s, which a grant needs, cannot be made: %s", name, err.text);
    return made;
}

static int add(struct engine *e, const char *name, struct module_table *modules, struct error *err)
{
    struct instance **list = mem_resize(e->auths, (e->auth_count + 1) * sizeof(struct instance *));

    if (!list)
        return error_set(err, ERR_LOCAL, "out of memory");
    e->auths = list;
    struct instance *made = make_default(e, name, modules);
    if (made)
        e->auths[e->auth_count++] = made;
    return 0;
}

int build_grant_auths(struct engine *e, struct module_table *modules, struct error *err)
{
    for (size_t i = 0; i < e->config->host_count; i++) {
        struct grant grant = { 0 };
        struct error ignored = { 0 }; /* whoever needs this grant will tell */
        bool found = false;
        int rc = 0;

        if (grants_load(e->grants, e->config->hosts[i].fqdn, &grant, &found, &ignored) == 0 &&
            found && grant.auth && !engine_auth(e, grant.auth))
            rc = add(e, grant.auth, modules, err);
        grant_clear(&grant);
        if (rc < 0)
            return -1;
    }
    return 0;
}
