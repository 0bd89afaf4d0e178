/* A module in a real instance, with the daemon's own services, for tests that need them to work. */
#ifndef DCDDNS_TESTS_REAL_HOST_H
#define DCDDNS_TESTS_REAL_HOST_H

#define DCDDNS_STATIC /* entries are called dcddns_plugin_v1_NAME */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/addr.h"
#include "modules/instance.h"

enum { REAL_MS = 20000 };

static struct module_table real_table;

/* An instance of PLUGIN with options NAME, VALUE, ..., NULL; NULL with ERR when it is refused. */
static inline struct instance *real_instance(const struct dcddns_plugin *plugin, struct error *err,
                                             ...)
{
    static const struct instance_env env = { .net = NULL };
    struct schema_value values[16] = { { .name = NULL } };
    size_t count = 0;
    va_list ap;
    va_start(ap, err);
    for (const char *name = va_arg(ap, const char *); name; name = va_arg(ap, const char *)) {
        values[count].name = name;
        values[count].value = va_arg(ap, const char *);
        values[count].file = "test.conf";
        values[count].line = 1;
        count++;
    }
    va_end(ap);
    *err = (struct error){ 0 };
    const struct module *module =
        module_adopt(&real_table, plugin->kind, plugin->name, "(built in)", plugin, err);
    if (!module)
        fail_msg("%s", err->text);
    return instance_new(module, "mine", values, count, &env, err);
}

/* One query; the code. */
static inline int real_query(struct instance *instance, int family, struct dcddns_addr *out,
                             struct error *err)
{
    struct dcddns_call *call = instance_call_new(instance, os.boot_ms() + REAL_MS);
    int code = 0;
    *err = (struct error){ 0 };
    instance_call_terms(call, false, "wan0");
    instance_query(instance, call, family, out, &code, err);
    instance_call_free(&call);
    return code;
}

static inline int real_notify(struct instance *instance, const struct dcddns_event *event,
                              struct error *err)
{
    struct dcddns_call *call = instance_call_new(instance, os.boot_ms() + REAL_MS);
    *err = (struct error){ 0 };
    int rc = instance_notify(instance, call, event, err);
    instance_call_free(&call);
    return rc;
}

/* For cmocka's group teardown. */
static inline int real_done(void **state)
{
    (void)state;
    module_table_free(&real_table);
    return 0;
}

#endif
