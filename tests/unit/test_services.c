/* Host services: what a plugin may say, ask and touch, and that garbage is answered, not believed.
 */
#include "probe.h"

#include "base/fields.h"

static void test_log(void **state)
{
    struct instance *instance = probe_new(DCDDNS_KIND_IP_SOURCE, NULL);
    const struct dcddns_host *host = probe.host;
    char line[600] = "";
    (void)state;

    memset(line, 'x', sizeof(line) - 1);
    log_start();
    host->log(host, DCDDNS_LOG_NOTICE, "hello");
    host->log(host, -5, "two\nlines\x1b[2J %s");
    host->log(host, 99, "deep");
    host->log(host, DCDDNS_LOG_WARN, line);
    host->log(host, DCDDNS_LOG_WARN, NULL);
    host->log(NULL, DCDDNS_LOG_WARN, "nobody");
    log_stop();
    assert_int_equal(logged.count, 4);
    assert_string_equal(logged.lines[0], "ip-source/mine: hello");
    assert_int_equal(logged.levels[0], DCDDNS_LOG_NOTICE);
    assert_string_equal(logged.lines[1], "ip-source/mine: two\\x0alines\\x1b[2J %s");
    assert_int_equal(logged.levels[1], DCDDNS_LOG_ERROR);
    assert_int_equal(logged.levels[2], DCDDNS_LOG_DEBUG);
    assert_true(strlen(logged.lines[3]) < 300);
    assert_string_equal(logged.lines[3] + strlen(logged.lines[3]) - 4, "x...");
    instance_free(&instance);
}

static int query_garbage(struct dcddns_call *call, int family, struct dcddns_addr *out)
{
    const struct dcddns_host *host = probe.host;
    struct dcddns_call *garbage = (struct dcddns_call *)(uintptr_t)1;
    struct dcddns_fields *no_fields = (struct dcddns_fields *)(uintptr_t)1;
    struct dcddns_http request = { .size = sizeof(request), .url = "https://a.example" };
    uint8_t digest[32] = { 0 };
    char body[8] = "";
    size_t len = 0;
    (void)family;

    assert_int_equal((host->fail)(NULL, DCDDNS_E_TEMP, "x"), DCDDNS_E_BUG);
    assert_int_equal((host->fail)(host, DCDDNS_E_TEMP, NULL), DCDDNS_E_BUG);
    assert_int_equal(host->parse_addr(NULL, out), DCDDNS_E_BUG);
    assert_int_equal(host->parse_addr("192.0.2.1", NULL), DCDDNS_E_BUG);
    assert_int_equal(host->parse_addr("x", out), DCDDNS_E_TEMP);
    assert_int_equal(host->random(NULL, 1), DCDDNS_E_BUG);
    assert_int_equal(host->random(digest, sizeof(digest)), DCDDNS_OK);
    assert_int_equal(host->sha256(NULL, 1, digest), DCDDNS_E_BUG);
    assert_int_equal(host->sha256("", 0, NULL), DCDDNS_E_BUG);
    assert_int_equal(host->sha256(NULL, 0, digest), DCDDNS_OK);
    assert_int_equal(digest[0], 0xe3); /* SHA-256 of nothing */
    assert_int_equal(host->remaining_ms(NULL), 0);
    assert_int_equal(host->wait(NULL, UINTPTR_MAX, 0, 1000), DCDDNS_E_BUG);
    assert_int_equal(host->wait(garbage, UINTPTR_MAX, 0, 1000), DCDDNS_E_BUG);
    assert_int_equal(host->wait(call, 0, 0, 1000), DCDDNS_E_BUG);
    assert_int_equal(host->wait(call, 0, 4, 1000), DCDDNS_E_BUG);
    assert_int_equal(host->wait(call, (uintptr_t)1 << 40, DCDDNS_READ, 1000), DCDDNS_E_BUG);
    assert_int_equal(host->http(NULL, &request, body, 8, &len), DCDDNS_E_BUG);
    assert_int_equal(host->http(garbage, &request, body, 8, &len), DCDDNS_E_BUG);
    assert_int_equal(host->http(call, NULL, body, 8, &len), DCDDNS_E_BUG);
    assert_int_equal(host->http(call, &request, NULL, 8, &len), DCDDNS_E_BUG);
    assert_int_equal(host->http(call, &request, body, 0, &len), DCDDNS_E_BUG);
    assert_null(host->field_get(NULL, "x"));
    assert_null(host->field_get(no_fields, "x"));
    assert_int_equal(host->field_set(NULL, "x", "y", 0), DCDDNS_E_BUG);
    assert_int_equal(host->field_set(no_fields, "x", "y", 0), DCDDNS_E_BUG);
    host->hint(NULL);
    assert_int_equal((host->fail)(host, 3, "three"), DCDDNS_E_BUG);
    return DCDDNS_E_BUG;
}

static void test_garbage_arguments(void **state)
{
    struct instance *instance = probe_new(DCDDNS_KIND_IP_SOURCE, NULL);
    struct error err = { 0 };
    (void)state;
    probe.query = query_garbage;
    assert_int_equal(query_within(instance, LONG_MS, &err), DCDDNS_E_BUG);
    assert_string_equal(err.text, "fail() was called with 3, which is no DCDDNS_E_ code: three");
    instance_free(&instance);
}

static int no_random(void *data, size_t len)
{
    (void)data;
    (void)len;
    return -5;
}

static void test_random_fails(void **state)
{
    const struct os_calls before = os;
    struct instance *instance = probe_new(DCDDNS_KIND_IP_SOURCE, NULL);
    char byte = 0;
    (void)state;
    os.random = no_random;
    assert_int_equal(probe.host->random(&byte, 1), DCDDNS_E_TEMP);
    os = before;
    instance_free(&instance);
}

static int query_silent(struct dcddns_call *call, int family, struct dcddns_addr *out)
{
    (void)call;
    (void)family;
    (void)out;
    return DCDDNS_E_NOMEM;
}

/* Outside a call the failure slot is nobody's: the words are logged and go no further. */
static void test_fail_from_outside(void **state)
{
    struct instance *instance = probe_new(DCDDNS_KIND_IP_SOURCE, NULL);
    struct error err = { 0 };
    (void)state;
    log_start();
    assert_int_equal((probe.host->fail)(probe.host, DCDDNS_E_TEMP, "from outside"), DCDDNS_E_TEMP);
    log_stop();
    assert_string_equal(logged.lines[0], "ip-source/mine: from outside");
    probe.query = query_silent;
    assert_int_equal(query_within(instance, LONG_MS, &err), DCDDNS_E_NOMEM);
    assert_string_equal(err.text, "query() of the module probe ran out of memory");
    instance_free(&instance);
}

/* -- fields -------------------------------------------------------------------------------------
 */

static struct dcddns_fields foreign;

static int consent_adds(struct dcddns_fields *params, struct dcddns_fields *keep)
{
    const struct dcddns_host *host = probe.host;
    assert_string_equal(host->field_get(params, "client_id"), "x");
    assert_null(host->field_get(&foreign, "a"));
    assert_int_equal(host->field_set(&foreign, "a", "b", 0), DCDDNS_E_BUG);
    assert_int_equal(host->field_set(params, "p", "1", 0), DCDDNS_OK);
    assert_int_equal(host->field_set(params, "p", "1", 8), DCDDNS_E_BUG);
    assert_int_equal(host->field_set(params, "not a name", "1", 0), DCDDNS_E_BUG);
    return host->field_set(keep, "k", "2", DCDDNS_SECRET);
}

static int token_adds(const struct dcddns_fields *keep, struct dcddns_fields *body)
{
    const struct dcddns_host *host = probe.host;
    union {
        const struct dcddns_fields *from;
        struct dcddns_fields *to;
    } cast = { .from = keep };
    assert_string_equal(host->field_get(keep, "k"), "2");
    assert_int_equal(host->field_set(cast.to, "k", "3", 0), DCDDNS_E_BUG);
    assert_int_equal(host->field_set(body, "b", "4", DCDDNS_SECRET), DCDDNS_OK);
    return (host->fail)(host, DCDDNS_E_CONFIG, "start consent again");
}

static void test_fields(void **state)
{
    struct instance *instance = probe_new(DCDDNS_KIND_AUTH, NULL);
    struct dcddns_fields params = { 0 }, keep = { 0 }, body = { 0 };
    struct error err = { 0 };
    (void)state;

    fields_set(&foreign, "a", "b", 0);
    fields_set(&params, "client_id", "x", 0);
    probe.consent = consent_adds;
    probe.token = token_adds;
    assert_int_equal(instance_consent(instance, &params, &keep, &err), 0);
    assert_string_equal(fields_get(&params, "p"), "1");
    assert_string_equal(fields_get(&keep, "k"), "2");
    assert_int_equal(keep.list[0].flags, DCDDNS_SECRET);
    assert_int_equal(instance_token(instance, &keep, &body, &err), -1);
    assert_int_equal(err.class, ERR_CONFIG);
    assert_string_equal(err.text, "start consent again");
    assert_string_equal(fields_get(&body, "b"), "4");
    /* What was lent is taken back. */
    assert_int_equal(probe.host->field_set(&body, "b", "5", 0), DCDDNS_E_BUG);
    fields_free(&foreign);
    fields_free(&params);
    fields_free(&keep);
    fields_free(&body);
    instance_free(&instance);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_log),          cmocka_unit_test(test_garbage_arguments),
        cmocka_unit_test(test_random_fails), cmocka_unit_test(test_fail_from_outside),
        cmocka_unit_test(test_fields),
    };
    return cmocka_run_group_tests(tests, NULL, probe_done);
}
