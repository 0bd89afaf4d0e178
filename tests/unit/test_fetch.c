/* host->http(): the answer, the refusals, and answer, cancel, deadline and the end of the network
 * in every order.  HTTP is scripted; the worker's and the net's threads are real. */
#include "net_thread.h"

#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include "base/mem.h"

/* -- a network on its own thread ----------------------------------------------------------------
 */

/* What the last request looked like; the net's thread writes it before it answers. */
static struct {
    char url[128], post[64], device[32], headers[128];
    int family, trust;
    bool fresh;
    size_t max_body;
    int64_t total_ms;
} last;

static void remember(const struct http_request *r)
{
    memset(&last, 0, sizeof(last));
    snprintf(last.url, sizeof(last.url), "%s", r->url);
    snprintf(last.post, sizeof(last.post), "%s", r->post ? r->post : "(none)");
    snprintf(last.device, sizeof(last.device), "%s", r->device ? r->device : "(none)");
    for (size_t i = 0; r->headers && r->headers[i]; i++)
        snprintf(last.headers + strlen(last.headers), sizeof(last.headers) - strlen(last.headers),
                 "%s;", r->headers[i]);
    last.family = r->family;
    last.trust = (int)r->trust;
    last.fresh = r->fresh;
    last.max_body = r->max_body;
    last.total_ms = r->total_ms;
}

static void answer_http(void *ctx, const struct http_request *r, struct http_answer *answer)
{
    static const char nul_body[] = "a\0b";
    struct server *s = ctx;

    remember(r);
    server_asked(s);
    answer->status = 200;
    answer->body = "192.0.2.1\n";
    if (strstr(r->url, "/teapot"))
        answer->status = 418;
    if (strstr(r->url, "/empty"))
        answer->body = "";
    if (strstr(r->url, "/nul"))
        answer->body = nul_body;
    answer->len = strstr(r->url, "/nul") ? 3 : strlen(answer->body);
    if (strstr(r->url, "/refused"))
        error_set(&answer->error, ERR_TEMP, "connection refused");
    if (strstr(r->url, "/config"))
        error_set(&answer->error, ERR_CONFIG, "no such device");
    if (strstr(r->url, "/perm"))
        error_set(&answer->error, ERR_PERM, "bad certificate");
    answer->unframed = strstr(r->url, "/endless") != NULL;
    if (strstr(r->url, "/local"))
        error_set(&answer->error, ERR_LOCAL, "out of memory");
    if (strstr(r->url, "/stop"))
        error_set(&answer->error, ERR_STOP, "stopped");
}

static void answer_dns(void *ctx, const char *name, enum dns_type type, struct dns_answer *answer)
{
    (void)ctx;
    (void)name;
    (void)type;
    answer->status = DNS_NODATA;
}

static void server_start(bool held)
{
    static const struct net_transport transport = { .http = answer_http, .dns = answer_dns };
    static const struct net_options options = { .transport = &transport, .transport_ctx = &server };
    server_run(&options, held);
}

/* -- one fetch ----------------------------------------------------------------------------------
 */

static struct fetch {
    struct dcddns_http request;
    size_t cap;
    char body[64];
    size_t len;
    int result;
} fetch;

static int query_fetch(struct dcddns_call *call, int family, struct dcddns_addr *out)
{
    (void)family;
    (void)out;
    memset(fetch.body, '#', sizeof(fetch.body));
    fetch.len = 99;
    fetch.result = probe.host->http(call, &fetch.request, fetch.body, fetch.cap, &fetch.len);
    return fetch.result < 0 ? fetch.result : DCDDNS_E_TEMP;
}

static struct instance *fetcher(const char *url, struct net *net)
{
    struct instance *instance = probe_new(DCDDNS_KIND_IP_SOURCE, net);
    probe.query = query_fetch;
    fetch = (struct fetch){ .request = { .size = sizeof(fetch.request), .url = url },
                            .cap = sizeof(fetch.body) };
    return instance;
}

static void test_answers(void **state)
{
    static const struct {
        const char *url;
        size_t cap;
        int result;
        size_t len;
        const char *body, *why;
    } cases[] = {
        { "https://a.example/ok", 64, 200, 10, "192.0.2.1\n", NULL },
        { "HTTPS://a.example/ok", 64, 200, 10, "192.0.2.1\n", NULL },
        { "https://a.example/ok", 11, 200, 10, "192.0.2.1\n", NULL },
        { "https://a.example/ok", 10, DCDDNS_E_TEMP, 0, "", "" },
        { "https://a.example/ok", 1, DCDDNS_E_TEMP, 0, "", "" },
        { "https://a.example/teapot", 64, 418, 10, "192.0.2.1\n", NULL },
        { "https://a.example/empty", 64, 200, 0, "", NULL },
        { "https://a.example/empty", 1, 200, 0, "", NULL },
        { "https://a.example/nul", 64, 200, 3, "a", NULL },
        { "https://a.example/refused", 64, DCDDNS_E_TEMP, 0, "", "connection refused" },
        { "https://a.example/config", 64, DCDDNS_E_CONFIG, 0, "", "no such device" },
        { "https://a.example/perm", 64, DCDDNS_E_TEMP, 0, "", "bad certificate" },
        { "https://a.example/local", 64, DCDDNS_E_NOMEM, 0, "", "out of memory" },
        { "https://a.example/endless", 64, DCDDNS_E_TEMP, 0, "",
          "a.example does not say how long its answer is, so part of it may be missing; let it "
          "send "
          "one Content-Length, or use another service" },
        { "https://a.example/stop", 64, DCDDNS_E_STOP, 0, "", "stopped" },
    };
    (void)state;
    server_start(false);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct error err = { 0 };
        struct instance *instance = fetcher(cases[i].url, server.net);
        fetch.cap = cases[i].cap;
        query_within(instance, LONG_MS, &err);
        assert_int_equal(fetch.result, cases[i].result);
        assert_int_equal(fetch.len, cases[i].len);
        assert_string_equal(fetch.body, cases[i].body);
        if (cases[i].why && *cases[i].why)
            assert_string_equal(err.text, cases[i].why);
        for (size_t k = cases[i].cap; k < sizeof(fetch.body); k++)
            assert_int_equal(fetch.body[k], '#'); /* nothing beyond what was lent */
        instance_free(&instance);
    }
    server_stop();
}

static void test_own_network_without_tls(void **state)
{
    static const struct {
        const char *url;
        int trust;
    } cases[] = {
        { "http://router.lan/status", HTTP_PLAIN },
        { "HTTP://router.lan/status", HTTP_PLAIN },
        { "https://router.lan/status", HTTP_CONFIGURED },
    };
    struct error err = { 0 };
    (void)state;
    server_start(false);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct instance *instance = fetcher(cases[i].url, server.net);
        fetch.request.flags = DCDDNS_HTTP_LOCAL;
        query_within(instance, LONG_MS, &err);
        assert_int_equal(fetch.result, 200);
        assert_string_equal(last.url, cases[i].url);
        assert_int_equal(last.trust, cases[i].trust);
        instance_free(&instance);
    }
    server_stop();
}

static void test_what_is_asked(void **state)
{
    static const char *const headers[] = { "Accept: text/plain", "X-One: 1", NULL };
    struct error err = { 0 };
    (void)state;
    server_start(false);
    struct instance *instance = fetcher("https://a.example/ok", server.net);
    fetch.request.family = 6;
    fetch.request.headers = headers;
    fetch.request.post = "body";
    fetch.request.device = "wan0";
    fetch.request.timeout_ms = 4000;
    query_within(instance, 5000, &err);
    assert_int_equal(fetch.result, 200);
    assert_string_equal(last.url, "https://a.example/ok");
    assert_string_equal(last.post, "body");
    assert_string_equal(last.device, "wan0");
    assert_non_null(strstr(last.headers, "Accept: text/plain;X-One: 1;"));
    assert_int_equal(last.family, 6);
    assert_int_equal(last.trust, HTTP_CONFIGURED);
    assert_true(last.fresh);
    assert_int_equal(last.max_body, 63);
    assert_int_equal(last.total_ms, 4000);
    instance_free(&instance);

    instance = fetcher("https://a.example/ok", server.net);
    fetch.request.device = "";
    query_within(instance, 5000, &err);
    assert_string_equal(last.device, ""); /* not that of the requests to providers */
    assert_string_equal(last.post, "(none)");
    instance_free(&instance);
    server_stop();
}

/* The device of the call, unless the plugin names one. */
static void test_device_of_the_call(void **state)
{
    static const struct {
        const char *request, *call, *used;
    } rows[] = {
        { NULL, "", "" },       { NULL, NULL, "" },         { NULL, "ppp0", "ppp0" },
        { "", "ppp0", "ppp0" }, { "wan0", "ppp0", "wan0" },
    };
    (void)state;
    server_start(false);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct instance *instance = fetcher("https://a.example/ok", server.net);
        struct dcddns_call *call = instance_call_new(instance, os.boot_ms() + LONG_MS);
        struct dcddns_addr out = { 0 };
        int code = 0;
        instance_call_terms(call, false, rows[i].call);
        fetch.request.device = rows[i].request;
        instance_query(instance, call, 4, &out, &code, NULL);
        assert_int_equal(fetch.result, 200);
        assert_string_equal(last.device, rows[i].used);
        instance_call_free(&call);
        instance_free(&instance);
    }
    server_stop();
}

static void test_requests_that_cannot_be(void **state)
{
    static const char *many[40];
    static const char *const broken[] = { "X: a\r\nY: b", NULL };
    static char large[65538];
    static char long_header[8300];
    const char *const long_headers[] = { long_header, NULL };
    const struct {
        struct dcddns_http request;
        int result;
        const char *why;
    } cases[] = {
        { { .size = 0, .url = "https://a.example" },
          DCDDNS_E_BUG,
          "http() was called with a request of 0 bytes" },
        { { .size = 70000, .url = "https://a.example" },
          DCDDNS_E_BUG,
          "http() was called with a request of 70000 bytes" },
        { { .size = sizeof(struct dcddns_http) }, DCDDNS_E_BUG, "http() was called without a URL" },
        { { .size = sizeof(struct dcddns_http), .url = "https://a.example", .family = 5 },
          DCDDNS_E_BUG,
          "http() was called for a family that is neither 4, 6 nor 0" },
        { { .size = sizeof(struct dcddns_http), .url = "https://a.example", .post = large },
          DCDDNS_E_BUG,
          "http() was called with a body over 64 KiB" },
        { { .size = sizeof(struct dcddns_http), .url = "https://a.example", .headers = many },
          DCDDNS_E_BUG,
          "http() was called with more than 32 headers" },
        { { .size = sizeof(struct dcddns_http), .url = "https://a.example", .headers = broken },
          DCDDNS_E_BUG,
          "http() was called with a header that is too long or has a line break" },
        { { .size = sizeof(struct dcddns_http),
            .url = "https://a.example",
            .headers = long_headers },
          DCDDNS_E_BUG,
          "http() was called with a header that is too long or has a line break" },
        { { .size = sizeof(struct dcddns_http), .url = "http://a.example/\n" },
          DCDDNS_E_CONFIG,
          "a.example is not an https URL; use one" },
        { { .size = sizeof(struct dcddns_http), .url = "" },
          DCDDNS_E_CONFIG,
          " is not an https URL; use one" },
        { { .size = sizeof(struct dcddns_http),
            .url = "ftp://127.0.0.1/",
            .flags = DCDDNS_HTTP_LOCAL },
          DCDDNS_E_CONFIG,
          "127.0.0.1 is not an https URL; use one" },
    };
    (void)state;
    memset(large, 'x', sizeof(large) - 1);
    memset(long_header, 'x', sizeof(long_header) - 1);
    for (size_t i = 0; i < 33; i++)
        many[i] = "X: 1";
    server_start(false);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct error err = { 0 };
        struct instance *instance = fetcher(NULL, server.net);
        fetch.request = cases[i].request;
        assert_int_equal(query_within(instance, LONG_MS, &err), cases[i].result);
        assert_string_equal(err.text, cases[i].why);
        instance_free(&instance);
    }
    assert_int_equal(atomic_load(&server.requests), 0);
    server_stop();
}

static void test_without_a_network(void **state)
{
    struct error err = { 0 };
    struct instance *instance = fetcher("https://a.example", NULL);
    (void)state;
    assert_int_equal(query_within(instance, LONG_MS, &err), DCDDNS_E_BUG);
    assert_string_equal(err.text, "http() cannot be used in this command");
    instance_free(&instance);
}

/* -- ends in every order ------------------------------------------------------------------------
 */

static void test_deadline(void **state)
{
    struct error err = { 0 };
    (void)state;
    server_start(true);
    struct instance *instance = fetcher("https://a.example/ok", server.net);
    int64_t began = os.boot_ms();
    assert_int_equal(query_within(instance, 60, &err), DCDDNS_E_STOP);
    assert_true(os.boot_ms() - began < LONG_MS / 2); /* though the answer is held back */
    assert_string_equal(err.text, "a.example did not answer before the time was up");
    assert_int_equal(query_within(instance, -1, &err), DCDDNS_E_STOP);
    server_stop();
    instance_free(&instance);
}

static void cancel_soon(void *arg)
{
    usleep(20000);
    instance_call_cancel(arg);
}

static void test_cancel(void **state)
{
    struct dcddns_addr out = { 0 };
    struct error err = { 0 };
    int code = 0;
    (void)state;
    server_start(true);
    struct instance *instance = fetcher("https://a.example/ok", server.net);
    struct dcddns_call *call = instance_call_new(instance, os.boot_ms() + LONG_MS);
    struct os_thread *thread = os_thread_start("cancel", cancel_soon, call);
    int64_t began = os.boot_ms();
    instance_query(instance, call, 4, &out, &code, &err);
    assert_int_equal(code, DCDDNS_E_STOP);
    assert_true(os.boot_ms() - began < LONG_MS / 2);
    os_thread_join(&thread);
    /* Nothing is begun any more on this call. */
    int before = atomic_load(&server.requests);
    instance_query(instance, call, 4, &out, &code, &err);
    assert_int_equal(code, DCDDNS_E_STOP);
    assert_int_equal(atomic_load(&server.requests), before);
    instance_call_free(&call); /* before the net is done with it */
    instance_free(&instance);
    server_stop();
}

/* Ends the network while it works on a request: at once, or after it was answered. */
static void end_network(void *arg)
{
    const int *at_once = arg;
    while (atomic_load(&server.requests) == 0)
        usleep(100);
    if (*at_once)
        atomic_store(&server.stop, true);
    else
        net_post(server.net, stop_server, &server);
    os_gate_open(server.hold);
}

/* A worker that waits while the network ends is told, long before its deadline. */
static void test_network_ends(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        int at_once = i % 2;
        struct error err = { 0 };
        server_start(true);
        struct instance *instance = fetcher("https://a.example/ok", server.net);
        struct os_thread *thread = os_thread_start("end", end_network, &at_once);
        int64_t began = os.boot_ms();
        query_within(instance, LONG_MS, &err);
        assert_true(fetch.result == DCDDNS_E_STOP || fetch.result == 200);
        assert_true(os.boot_ms() - began < LONG_MS / 2);
        os_thread_join(&thread);
        server_join();
        instance_free(&instance);
    }
}

static void cancel_after(void *arg)
{
    struct {
        struct dcddns_call *call;
        unsigned us;
    } const *plan = arg;
    if (plan->us > 0)
        usleep(plan->us);
    instance_call_cancel(plan->call);
}

/* Answer, cancel and deadline at about the same time, again and again: whatever wins, the result is
 * whole and nothing is touched after it is gone (sanitizers watch). */
static void test_races(void **state)
{
    int answered = 0, stopped = 0;
    (void)state;
    server_start(false);
    for (unsigned i = 0; i < 300; i++) {
        struct instance *instance = fetcher("https://a.example/ok", server.net);
        struct dcddns_addr out = { 0 };
        struct {
            struct dcddns_call *call;
            unsigned us;
        } plan = { instance_call_new(instance, os.boot_ms() + (i % 3 == 0 ? 1 : LONG_MS)),
                   i % 10 * 20 };
        int code = 0;
        struct os_thread *thread = os_thread_start("cancel", cancel_after, &plan);
        instance_query(instance, plan.call, 4, &out, &code, NULL);
        os_thread_join(&thread);
        instance_call_free(&plan.call);
        instance_free(&instance);
        if (fetch.result == 200) {
            assert_string_equal(fetch.body, "192.0.2.1\n");
            answered++;
        } else {
            assert_int_equal(fetch.result, DCDDNS_E_STOP);
            assert_string_equal(fetch.body, "");
            stopped++;
        }
    }
    server_stop();
    assert_int_equal(answered + stopped, 300);
}

/* -- no memory ----------------------------------------------------------------------------------
 */

static int allowed;

static void *scarce(size_t size)
{
    return allowed-- > 0 ? malloc(size) : NULL;
}

static int query_scarce(struct dcddns_call *call, int family, struct dcddns_addr *out)
{
    const struct mem_calls before = mem_calls;
    int code = 0;
    mem_calls.alloc = scarce;
    code = query_fetch(call, family, out);
    mem_calls = before;
    return code;
}

/* The net is this thread's and never turned: every request ends at its deadline, if it begins. */
static void test_no_memory(void **state)
{
    static const char *const headers[] = { "X-One: 1", NULL };
    struct net *net = net_new(NULL, NULL);
    struct instance *instance = fetcher("https://a.example/ok", net);
    struct error err = { 0 };
    int n = 0;
    (void)state;
    assert_non_null(net);
    fetch.request.headers = headers;
    fetch.request.post = "body";
    fetch.request.device = "wan0";
    probe.query = query_scarce;
    do {
        allowed = n++;
        query_within(instance, 30, &err);
        assert_true(fetch.result == DCDDNS_E_NOMEM || fetch.result == DCDDNS_E_STOP);
    } while (fetch.result == DCDDNS_E_NOMEM && n < 50);
    assert_int_equal(fetch.result, DCDDNS_E_STOP);
    assert_string_equal(err.text, "a.example could not be asked: dcddns is stopping");
    assert_true(n > 5);
    allowed = 100; /* everything but the abort's post */
    query_within(instance, 30, &err);
    assert_string_equal(err.text, "a.example did not answer before the time was up");
    allowed = n;
    query_within(instance, 30, &err);
    assert_int_equal(fetch.result, DCDDNS_E_STOP);
    net_free(&net); /* what was posted is run now, and lets go */
    instance_free(&instance);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_what_is_asked),
        cmocka_unit_test(test_own_network_without_tls),
        cmocka_unit_test(test_device_of_the_call),
        cmocka_unit_test(test_requests_that_cannot_be),
        cmocka_unit_test(test_without_a_network),
        cmocka_unit_test(test_deadline),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_network_ends),
        cmocka_unit_test(test_races),
        cmocka_unit_test(test_no_memory),
    };
    if (net_global_init(NULL) != 0)
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, probe_done);
    net_global_cleanup();
    return failed;
}
