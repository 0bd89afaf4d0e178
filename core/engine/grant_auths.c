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

int build_grant_auth(struct engine *e, const char *name, struct module_table *modules,
                     struct error *err)
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

struct instance *engine_need_auth(struct engine *e, const char *name, struct module_table *modules,
                                  struct error *err)
{
    if (!engine_auth(e, name) && build_grant_auth(e, name, modules, err) < 0)
        return NULL;
    struct instance *auth = engine_auth(e, name);
    if (!auth)
        error_set(err, ERR_CONFIG,
                  "the auth module \"%s\" cannot be used; see: dcddns modules show %s", name, name);
    return auth;
}
