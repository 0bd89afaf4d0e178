/* Instances: options, the judgement of every result, hints, and modules that do not listen. */
#include "probe.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/fields.h"
#include "base/mem.h"

static struct instance *hostile_new(const char *name, const struct instance_env *env,
                                    struct error *err)
{
    static const char *const paths[] = { TEST_HOSTILE_DIR, NULL };
    table.paths = paths;
    const struct module *module = module_find(&table, DCDDNS_KIND_IP_SOURCE, name, err);
    if (!module)
        fail_msg("%s", err->text);
    return instance_new(module, name, NULL, 0, env, err);
}

/* -- options, life ------------------------------------------------------------------------------
 */

static void test_options(void **state)
{
    static const struct schema_value values[] = {
        { "secret", "hunter2", "a.conf", 1 },
        { "unknown", "x", "a.conf", 2 },
    };
    static const struct schema_value own = { "plain", "mine", "a.conf", 1 };
    const struct instance_env env = { 0 };
    (void)state;

    struct instance *instance =
        instance_new(probe_module(DCDDNS_KIND_AUTH), "mine", values, 2, &env, NULL);
    assert_non_null(instance);
    assert_string_equal(instance_name(instance), "mine");
    assert_string_equal(instance_module(instance)->plugin.name, "probe");
    const struct dcddns_host *host = probe.host;
    assert_int_equal(host->size, sizeof(*host));
    assert_string_equal(host->option(host, "plain"), "default");
    assert_string_equal(host->option(host, "secret"), "hunter2");
    assert_null(host->option(host, "none"));
    assert_null(host->option(host, "unknown"));
    assert_null(host->option(host, NULL));
    assert_null(host->option(NULL, "plain"));
    probe.destroyed = 0;
    instance_free(&instance);
    assert_null(instance);
    assert_int_equal(probe.destroyed, 1);
    instance_free(&instance);
    assert_int_equal(probe.destroyed, 1);

    instance = instance_new(probe_module(DCDDNS_KIND_AUTH), "mine", &own, 1, &env, NULL);
    assert_string_equal(probe.host->option(probe.host, "plain"), "mine");
    instance_free(&instance);
}

static void test_create_that_fails(void **state)
{
    static const struct {
        const char *name, *expected;
    } cases[] = {
        { "create-fails", "the moon is\\x0a<3>not full" },
        { "create-silent", "create() of the module create-silent cannot work as configured and did "
                           "not say why; check its section" },
        { "self-null", "create() of the module self-null made no instance; report it to the "
                       "module's author" },
    };
    const struct instance_env env = { 0 };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct error err = { 0 };
        assert_null(hostile_new(cases[i].name, &env, &err));
        assert_int_equal(err.class, ERR_CONFIG);
        assert_string_equal(err.text, cases[i].expected);
    }
}

/* -- results ------------------------------------------------------------------------------------
 */

static int wanted_code;
static const char *wanted_words;

static int query_wanted(struct dcddns_call *call, int family, struct dcddns_addr *out)
{
    (void)call;
    (void)family;
    answer_v4(out);
    if (wanted_words)
        assert_int_equal((probe.host->fail)(probe.host, wanted_code, wanted_words), wanted_code);
    return wanted_code;
}

static void test_results(void **state)
{
    static const struct {
        int code;
        const char *words, *expected;
        enum error_class class;
    } cases[] = {
        { DCDDNS_OK, NULL, "", ERR_NONE },
        { DCDDNS_E_TEMP, "no route", "no route", ERR_TEMP },
        { DCDDNS_E_TEMP, NULL,
          "query() of the module probe failed for now and did not say why; it is tried again",
          ERR_TEMP },
        { DCDDNS_E_CONFIG, "url4 is odd", "url4 is odd", ERR_CONFIG },
        { DCDDNS_E_NOADDR, NULL, "query() of the module probe found no address of that family",
          ERR_TEMP },
        { DCDDNS_E_STOP, NULL, "query() of the module probe was stopped, or its time was up",
          ERR_STOP },
        { DCDDNS_E_NOMEM, NULL, "query() of the module probe ran out of memory", ERR_LOCAL },
        { DCDDNS_E_BUG, NULL,
          "query() of the module probe met a bug; report it to the module's author", ERR_PERM },
        { -7, NULL,
          "query() of the module probe returned -7, which is no result; report it to the module's "
          "author",
          ERR_PERM },
        { DCDDNS_UNPROVEN, NULL, "", ERR_NONE },
        { 2, NULL,
          "query() of the module probe returned 2, which is no result; report it to the module's "
          "author",
          ERR_PERM },
    };
    struct instance *instance = probe_new(DCDDNS_KIND_IP_SOURCE, NULL);
    (void)state;
    probe.query = query_wanted;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct error err = { 0 };
        wanted_code = cases[i].code;
        wanted_words = cases[i].words;
        int code = query_within(instance, LONG_MS, &err);
        bool known = cases[i].code <= DCDDNS_UNPROVEN && cases[i].code >= DCDDNS_E_BUG;
        assert_int_equal(code, known ? cases[i].code : DCDDNS_E_BUG);
        assert_int_equal(err.class, cases[i].class);
        assert_string_equal(err.text, cases[i].expected);
    }
    instance_free(&instance);
}

/* An unproven answer is one: with an address, tidied, and of the right family. */
static int query_unproven(struct dcddns_call *call, int family, struct dcddns_addr *out)
{
    (void)call;
    memset(out, 0xff, sizeof(*out));
    answer_v4(out);
    out->family = (uint8_t)(family == 4 ? 4 : 0);
    return DCDDNS_UNPROVEN;
}

static void test_unproven(void **state)
{
    struct instance *instance = probe_new(DCDDNS_KIND_IP_SOURCE, NULL);
    struct dcddns_addr out = { 0 }, expected = { 0 };
    struct error err = { 0 };
    int code = 0;
    (void)state;
    probe.query = query_unproven;
    addr_parse("192.0.2.1", &expected);
    assert_int_equal(instance_query(instance, NULL, 4, &out, &code, &err), 0);
    assert_int_equal(code, DCDDNS_UNPROVEN);
    assert_memory_equal(&out, &expected, sizeof(out));
    assert_int_equal(instance_query(instance, NULL, 6, &out, &code, &err), -1);
    assert_int_equal(code, DCDDNS_E_BUG);
    instance_free(&instance);
}

static void test_hostile_answers(void **state)
{
    static const struct {
        const char *name, *expected;
    } cases[] = {
        { "bad-code", "query() of the module bad-code returned 77, which is no result; report it "
                      "to the module's author" },
        { "family-zero", "query() of the module family-zero said yes without an address; report it "
                         "to the module's author" },
        { "family-wrong", "query() of the module family-wrong was asked for IPv4 and gave family "
                          "6; report it to the module's author" },
        { "untidy", NULL },
        { "honest", NULL },
    };
    const struct instance_env env = { 0 };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct error err = { 0 };
        struct dcddns_addr expected = { 0 }, out = { .family = 6 };
        int code = 1;
        struct instance *instance = hostile_new(cases[i].name, &env, &err);
        assert_non_null(instance);
        instance_query(instance, NULL, 4, &out, &code, &err);
        assert_int_equal(code, cases[i].expected ? DCDDNS_E_BUG : DCDDNS_OK);
        assert_string_equal(err.text, cases[i].expected ? cases[i].expected : "");
        if (!cases[i].expected)
            addr_parse("192.0.2.1", &expected);
        assert_memory_equal(&out, &expected, sizeof(out)); /* in every byte */
        instance_free(&instance);
    }
}

static void test_wrong_kind_and_call(void **state)
{
    struct instance *auth = probe_new(DCDDNS_KIND_AUTH, NULL);
    struct instance *source = probe_new(DCDDNS_KIND_IP_SOURCE, NULL);
    struct dcddns_call *call = instance_call_new(auth, os.boot_ms() + LONG_MS);
    struct dcddns_event event = { 0 };
    struct dcddns_fields fields = { 0 };
    struct dcddns_addr out = { 0 };
    struct error err = { 0 };
    int code = 0;
    (void)state;

    assert_int_equal(instance_query(auth, call, 4, &out, &code, &err), -1);
    assert_int_equal(code, DCDDNS_E_BUG);
    assert_string_equal(err.text,
                        "mine was asked for what it cannot do; report this bug of dcddns");
    assert_int_equal(instance_query(source, call, 4, &out, &code, &err), -1); /* another's call */
    assert_int_equal(instance_notify(source, NULL, &event, &err), -1);
    assert_int_equal(instance_consent(source, &fields, &fields, &err), -1);
    assert_int_equal(instance_token(source, &fields, &fields, &err), -1);
    assert_false(instance_watch(auth));
    instance_call_free(&call);
    instance_call_free(&call);
    instance_free(&auth);
    instance_free(&source);
}

/* -- events -------------------------------------------------------------------------------------
 */

static int notify_checks(struct dcddns_call *call, const struct dcddns_event *event)
{
    assert_true(probe.host->remaining_ms(call) > 0);
    assert_int_equal(event->size, sizeof(*event));
    assert_string_equal(event->id, "update.applied");
    assert_string_equal(event->profile, "");
    assert_string_equal(event->record, "");
    assert_string_equal(event->message, "done");
    assert_int_equal(event->after.family, 4);
    return DCDDNS_OK;
}

static void test_notify(void **state)
{
    const struct dcddns_event event = { .id = "update.applied",
                                        .message = "done",
                                        .after = { .family = 4 } };
    struct instance *instance = probe_new(DCDDNS_KIND_NOTIFIER, NULL);
    struct dcddns_call *call = instance_call_new(instance, os.boot_ms() + LONG_MS);
    struct error err = { 0 };
    (void)state;
    probe.notify = notify_checks;
    assert_int_equal(instance_notify(instance, call, &event, &err), 0);
    instance_call_free(&call);
    instance_free(&instance);
}

/* -- a module that does not listen --------------------------------------------------------------
 */

static struct stuck {
    struct instance *instance;
    struct dcddns_call *call;
    struct os_thread *thread;
} stuck; /* static: what is left behind is still reachable, no leak */

static struct os_gate *end_of_query;
static atomic_bool in_query;

static int query_listens_to_nobody(struct dcddns_call *call, int family, struct dcddns_addr *out)
{
    int ready = 0;
    (void)call;
    (void)family;
    atomic_store(&in_query, true);
    os_gate_wait(end_of_query, UINTPTR_MAX, 0, -1, &ready);
    return answer_v4(out);
}

static void run_stuck(void *arg)
{
    struct stuck *s = arg;
    struct dcddns_addr out = { 0 };
    int code = 0;
    instance_query(s->instance, s->call, 4, &out, &code, NULL);
}

static void test_module_that_ignores_cancel(void **state)
{
    struct dcddns_addr out = { 0 };
    struct error err = { 0 };
    int code = 0;
    (void)state;

    end_of_query = os_gate_new();
    stuck.instance = probe_new(DCDDNS_KIND_IP_SOURCE, NULL);
    probe.query = query_listens_to_nobody;
    struct instance *instance = stuck.instance;
    stuck.call = instance_call_new(instance, os.boot_ms() + LONG_MS);
    stuck.thread = os_thread_start("stuck", run_stuck, &stuck);
    for (int i = 0; i < 10000 && !atomic_load(&in_query); i++)
        usleep(1000);
    assert_true(atomic_load(&in_query));
    instance_call_cancel(stuck.call);
    assert_false(os_thread_join_within(&stuck.thread, 50));
    assert_int_equal(instance_query(instance, NULL, 4, &out, &code, &err), -1);
    assert_int_equal(code, DCDDNS_E_BUG);
    assert_string_equal(err.text, "mine is still in a call: nothing else may be asked of it; "
                                  "restart dcddns");
    log_start();
    instance_free(&instance); /* nothing is freed under the feet of the thread */
    log_stop();
    assert_null(instance);
    assert_string_equal(logged.lines[0],
                        "mine is stuck in its module and is left behind; restart dcddns");
    os_gate_open(end_of_query);
    os_thread_join(&stuck.thread);
    instance_call_free(&stuck.call);
    instance_free(&stuck.instance);
    os_gate_free(&end_of_query);
}

/* -- watching and hints -------------------------------------------------------------------------
 */

static atomic_int hints;
static struct instance *_Atomic hinted;

static void count_hint(void *ctx, struct instance *instance)
{
    if (ctx == &hints)
        atomic_fetch_add(&hints, 1);
    atomic_store(&hinted, instance);
}

static void test_hints_from_another_thread(void **state)
{
    const struct instance_env env = { .hint = count_hint, .ctx = &hints };
    struct error err = { 0 };
    (void)state;

    struct instance *instance = hostile_new("hinter", &env, &err);
    assert_non_null(instance);
    atomic_store(&hints, 0);
    assert_true(instance_watch(instance));
    for (int i = 0; i < 2000 && atomic_load(&hints) < 100; i++)
        usleep(1000);
    assert_true(atomic_load(&hints) >= 100);
    assert_ptr_equal(atomic_load(&hinted), instance);
    instance_unwatch(instance);
    int before = atomic_load(&hints);
    instance_unwatch(instance);
    instance_free(&instance); /* its destroy() hints once more */
    assert_int_equal(atomic_load(&hints), before);
}

static void test_watch(void **state)
{
    const struct instance_env none = { 0 };
    struct error err = { 0 };
    struct instance *instance = probe_new(DCDDNS_KIND_IP_SOURCE, NULL);
    (void)state;

    probe.host->hint(probe.host); /* nobody to tell: ignored */
    assert_true(instance_watch(instance));
    instance_unwatch(instance);
    assert_int_equal(probe.unwatched, 1);
    instance_unwatch(instance);
    assert_int_equal(probe.unwatched, 1);
    assert_true(instance_watch(instance));
    instance_free(&instance); /* unwatches first */
    assert_int_equal(probe.unwatched, 2);

    instance = probe_new(DCDDNS_KIND_IP_SOURCE, NULL);
    probe.watch_code = DCDDNS_E_TEMP;
    log_start();
    assert_false(instance_watch(instance));
    log_stop();
    assert_string_equal(logged.lines[0],
                        "mine: changes are found by asking only: watch() of the module probe "
                        "failed for now and did not say why; it is tried again");
    instance_free(&instance);
    assert_int_equal(probe.unwatched, 0);
    instance = hostile_new("honest", &none, &err);
    assert_false(instance_watch(instance)); /* has none */
    instance_free(&instance);
}

/* One that is given up is not heard any more, but not freed either. */
static void test_abandoned_instance(void **state)
{
    const struct instance_env env = { .hint = count_hint, .ctx = &hints };
    struct error err = { 0 };
    (void)state;

    struct instance *instance = hostile_new("hinter", &env, &err);
    assert_true(instance_watch(instance));
    instance_abandon(instance);
    int before = atomic_load(&hints);
    usleep(20000);
    assert_in_range(atomic_load(&hints) - before, 0, 1);    /* one was on its way */
    instance_module(instance)->ops.ip_source.unwatch(NULL); /* ends its thread */
    instance_free(&instance);
}

static int query_watches(struct dcddns_call *call, int family, struct dcddns_addr *out)
{
    (void)call;
    (void)family;
    log_start();
    assert_false(instance_watch(probe.host->priv));
    log_stop();
    return answer_v4(out);
}

static void test_watch_during_a_call(void **state)
{
    struct instance *instance = probe_new(DCDDNS_KIND_IP_SOURCE, NULL);
    struct error err = { 0 };
    (void)state;
    probe.query = query_watches;
    assert_int_equal(query_within(instance, LONG_MS, &err), DCDDNS_OK);
    assert_string_equal(logged.lines[0], "mine is still in a call: nothing else may be asked of "
                                         "it; restart dcddns");
    instance_free(&instance);
}

/* -- no memory ----------------------------------------------------------------------------------
 */

static int allowed;

static void *scarce(size_t size)
{
    return allowed-- > 0 ? malloc(size) : NULL;
}

static void test_no_memory(void **state)
{
    static const struct schema_value value = { "secret", "x", "a.conf", 1 };
    const struct mem_calls before = mem_calls;
    const struct module *module = probe_module(DCDDNS_KIND_IP_SOURCE);
    const struct instance_env env = { 0 };
    struct instance *instance = NULL;
    struct dcddns_call *call = NULL;
    (void)state;

    for (int n = 0; !instance; n++) {
        struct error err = { 0 };
        assert_true(n < 100);
        allowed = n;
        mem_calls.alloc = scarce;
        instance = instance_new(module, "mine", &value, 1, &env, &err);
        mem_calls = before;
        assert_int_equal(err.class, instance ? ERR_NONE : ERR_LOCAL);
    }
    for (int n = 0; !call; n++) {
        assert_true(n < 100);
        allowed = n;
        mem_calls.alloc = scarce;
        call = instance_call_new(instance, 0);
        mem_calls = before;
    }
    instance_call_free(&call);
    instance_free(&instance);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_create_that_fails),
        cmocka_unit_test(test_results),
        cmocka_unit_test(test_unproven),
        cmocka_unit_test(test_hostile_answers),
        cmocka_unit_test(test_wrong_kind_and_call),
        cmocka_unit_test(test_notify),
        cmocka_unit_test(test_module_that_ignores_cancel),
        cmocka_unit_test(test_hints_from_another_thread),
        cmocka_unit_test(test_watch),
        cmocka_unit_test(test_abandoned_instance),
        cmocka_unit_test(test_watch_during_a_call),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, probe_done);
}
