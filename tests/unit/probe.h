/* A module whose functions are the test's, and the log it writes.  One per program. */
#ifndef DCDDNS_TESTS_PROBE_H
#define DCDDNS_TESTS_PROBE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "modules/instance.h"

enum { LONG_MS = 20000 };

static struct {
    const struct dcddns_host *host;
    int (*query)(struct dcddns_call *, int family, struct dcddns_addr *out);
    int (*consent)(struct dcddns_fields *params, struct dcddns_fields *keep);
    int (*token)(const struct dcddns_fields *keep, struct dcddns_fields *body);
    int (*notify)(struct dcddns_call *, const struct dcddns_event *);
    int watch_code;
    int unwatched, destroyed;
} probe;

static int probe_create(const struct dcddns_host *host, void **self)
{
    probe.host = host;
    *self = &probe;
    return DCDDNS_OK;
}

static void probe_destroy(void *self)
{
    assert_ptr_equal(self, &probe);
    probe.destroyed++;
}

static int probe_query(void *self, struct dcddns_call *call, int family, struct dcddns_addr *out)
{
    assert_ptr_equal(self, &probe);
    return probe.query(call, family, out);
}

static int probe_watch(void *self)
{
    assert_ptr_equal(self, &probe);
    return probe.watch_code;
}

static void probe_unwatch(void *self)
{
    assert_ptr_equal(self, &probe);
    probe.unwatched++;
}

static int probe_consent(void *self, struct dcddns_fields *params, struct dcddns_fields *keep)
{
    assert_ptr_equal(self, &probe);
    return probe.consent(params, keep);
}

static int probe_token(void *self, const struct dcddns_fields *keep, struct dcddns_fields *body)
{
    assert_ptr_equal(self, &probe);
    return probe.token(keep, body);
}

static int probe_notify(void *self, struct dcddns_call *call, const struct dcddns_event *event)
{
    assert_ptr_equal(self, &probe);
    return probe.notify(call, event);
}

static const struct dcddns_option probe_options[] = {
    { "plain", "default", "an option", DCDDNS_OPT_STRING, 0 },
    { "none", NULL, "an option without default", DCDDNS_OPT_STRING, 0 },
    { "secret", NULL, "a secret", DCDDNS_OPT_STRING, DCDDNS_SECRET },
};
static const struct dcddns_ip_source probe_source = {
    .size = sizeof(probe_source),
    .query = probe_query,
    .watch = probe_watch,
    .unwatch = probe_unwatch,
};
static const struct dcddns_auth probe_auth = {
    .size = sizeof(probe_auth),
    .consent = probe_consent,
    .token = probe_token,
};
static const struct dcddns_notifier probe_notifier = {
    .size = sizeof(probe_notifier),
    .notify = probe_notify,
};

static struct module_table table; /* probe_done() frees it */

static inline const struct module *probe_module(uint32_t kind)
{
    static const void *const ops[] = { NULL, &probe_source, &probe_auth, &probe_notifier };
    const struct dcddns_plugin plugin = {
        .size = sizeof(plugin),
        .kind = kind,
        .name = "probe",
        .version = "1",
        .summary = "the test's",
        .options = probe_options,
        .option_count = 3,
        .option_size = sizeof(probe_options[0]),
        .create = probe_create,
        .destroy = probe_destroy,
        .ops = ops[kind],
    };
    const struct module *module = module_adopt(&table, kind, NULL, "(built in)", &plugin, NULL);
    assert_non_null(module);
    return module;
}

static inline struct instance *probe_new(uint32_t kind, struct net *net)
{
    const struct instance_env env = { .net = net };
    struct error err = { 0 };
    memset(&probe, 0, sizeof(probe));
    struct instance *instance = instance_new(probe_module(kind), "mine", NULL, 0, &env, &err);
    assert_non_null(instance);
    return instance;
}

/* One query of PROBE under a deadline; the code. */
static inline int query_within(struct instance *instance, int64_t ms, struct error *err)
{
    struct dcddns_call *call = instance_call_new(instance, os.boot_ms() + ms);
    struct dcddns_addr out = { 0 };
    int code = 1;
    assert_non_null(call);
    *err = (struct error){ 0 };
    int rc = instance_query(instance, call, 4, &out, &code, err);
    assert_int_equal(rc, code == DCDDNS_OK || code == DCDDNS_UNPROVEN ? 0 : -1);
    instance_call_free(&call);
    assert_null(call);
    return code;
}

static inline int answer_v4(struct dcddns_addr *out)
{
    return probe.host->parse_addr("192.0.2.1", out);
}

/* For cmocka's group teardown. */
static inline int probe_done(void **state)
{
    (void)state;
    module_table_free(&table);
    return 0;
}

static struct {
    char lines[8][512];
    int levels[8];
    int count;
} logged;

static void probe_sink(void *ctx, int level, const char *line)
{
    (void)ctx;
    assert_true(logged.count < 8);
    logged.levels[logged.count] = level;
    snprintf(logged.lines[logged.count++], sizeof(logged.lines[0]), "%s", line);
}

static inline void log_start(void)
{
    logged.count = 0;
    log_to(probe_sink, NULL);
    log_set_level(DCDDNS_LOG_DEBUG);
}

static inline void log_stop(void)
{
    log_to(NULL, NULL);
    log_set_level(DCDDNS_LOG_INFO);
}

#endif
