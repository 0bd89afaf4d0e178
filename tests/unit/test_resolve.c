/* host->resolve(): the addresses, the refusals, and answer, cancel, deadline and the end of the
 * network in every order.  DNS is scripted or silent; the worker's and the net's threads are real.
 */
#include "net_thread.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/mem.h"

/* -- a network on its own thread ----------------------------------------------------------------
 */

static void give(struct dns_answer *answer, const char *prefix, int count)
{
    char text[64] = "";
    for (int i = 1; i <= count; i++) {
        snprintf(text, sizeof(text), "%s%d", prefix, i);
        assert_int_equal(addr_parse(text, &answer->addrs[answer->count++]), 0);
    }
}

static void answer_dns(void *ctx, const char *name, enum dns_type type, struct dns_answer *answer)
{
    server_asked(ctx);
    answer->status = DNS_OK;
    if (strstr(name, "two."))
        give(answer, type == DNS_A ? "192.0.2." : "2001:db8::", 2);
    if (strstr(name, "many."))
        give(answer, type == DNS_A ? "192.0.2." : "2001:db8::", DNS_RECORDS_MAX);
    if (strstr(name, "only4.") && type == DNS_A)
        give(answer, "192.0.2.", 1);
    if (answer->count > 0)
        return;
    answer->status = strstr(name, "only4.") ? DNS_NODATA : DNS_TEMP;
    error_set(&answer->error, ERR_TEMP, "the DNS server answered SERVFAIL");
    if (strstr(name, "none."))
        answer->status = DNS_NXDOMAIN;
    if (strstr(name, "none."))
        error_set(&answer->error, ERR_PERM, "there is no such name");
    if (strstr(name, "local."))
        error_set(&answer->error, ERR_LOCAL, "out of memory");
}

static void server_start(bool held)
{
    static const struct net_transport transport = { .dns = answer_dns };
    static const struct net_options options = { .transport = &transport, .transport_ctx = &server };
    server_run(&options, held);
}

/* -- one lookup ---------------------------------------------------------------------------------
 */

enum { ROOM = 20 };

static struct lookup {
    const char *name;
    int family;
    uint32_t timeout_ms;
    size_t cap;
    struct dcddns_addr out[ROOM];
    int result;
} lookup;

static int query_lookup(struct dcddns_call *call, int family, struct dcddns_addr *out)
{
    (void)family;
    (void)out;
    memset(lookup.out, '#', sizeof(lookup.out));
    lookup.result = probe.host->resolve(call, lookup.name, lookup.family, lookup.timeout_ms,
                                        lookup.out, lookup.cap);
    return lookup.result < 0 ? lookup.result : DCDDNS_E_TEMP;
}

static struct instance *asker(const char *name, int family, struct net *net)
{
    struct instance *instance = probe_new(DCDDNS_KIND_IP_SOURCE, net);
    probe.query = query_lookup;
    lookup = (struct lookup){ .name = name, .family = family, .cap = ROOM };
    return instance;
}

static void check_first(const char *expected)
{
    char text[ADDR_TEXT_MAX] = "";
    assert_string_equal(addr_text(&lookup.out[0], text), expected);
}

static void test_answers(void **state)
{
    static const struct {
        const char *name;
        int family;
        size_t cap;
        int result;
        const char *text; /* first address, or the reason; "" = none */
    } cases[] = {
        { "two.example", 4, ROOM, 2, "192.0.2.1" },
        { "two.example", 6, ROOM, 2, "2001:db8::1" },
        { "two.example", 0, ROOM, 4, "2001:db8::1" },
        { "two.example", 0, 3, 3, "2001:db8::1" },
        { "two.example", 4, 1, 1, "192.0.2.1" },
        { "many.example", 4, ROOM, 16, "192.0.2.1" },
        { "many.example", 4, 5, 5, "192.0.2.1" },
        { "only4.example", 0, ROOM, 1, "192.0.2.1" },
        { "only4.example", 6, ROOM, 0, "" },
        { "192.0.2.7", 4, ROOM, 1, "192.0.2.7" },
        { "192.0.2.7", 0, ROOM, 1, "192.0.2.7" },
        { "2001:db8::7", 6, 1, 1, "2001:db8::7" },
        { "2001:db8::7", 4, ROOM, 0, "" },
        { "none.example", 4, ROOM, DCDDNS_E_TEMP, "there is no such name" },
        { "broken.example", 4, ROOM, DCDDNS_E_TEMP, "the DNS server answered SERVFAIL" },
        { "local.example", 4, ROOM, DCDDNS_E_NOMEM, "out of memory" },
    };
    (void)state;
    server_start(false);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        static const struct dcddns_addr untouched = { .family = '#' };
        struct error err = { 0 };
        struct instance *instance = asker(cases[i].name, cases[i].family, server.net);
        lookup.cap = cases[i].cap;
        query_within(instance, LONG_MS, &err);
        assert_int_equal(lookup.result, cases[i].result);
        if (lookup.result > 0)
            check_first(cases[i].text);
        if (lookup.result < 0)
            assert_string_equal(err.text, cases[i].text);
        for (int k = lookup.result < 0 ? 0 : lookup.result; k < ROOM; k++)
            assert_int_equal(lookup.out[k].family, untouched.family);
        instance_free(&instance);
    }
    server_stop();
}

static void test_calls_that_cannot_be(void **state)
{
    struct error err = { 0 };
    (void)state;
    server_start(false);
    struct instance *instance = asker("two.example", 5, server.net);
    assert_int_equal(query_within(instance, LONG_MS, &err), DCDDNS_E_BUG);
    assert_string_equal(err.text, "resolve() was called for a family that is neither 4, 6 nor 0");
    lookup = (struct lookup){ .name = NULL, .family = 4, .cap = ROOM };
    assert_int_equal(query_within(instance, LONG_MS, &err), DCDDNS_E_BUG);
    lookup = (struct lookup){ .name = "two.example", .family = 4, .cap = 0 };
    assert_int_equal(query_within(instance, LONG_MS, &err), DCDDNS_E_BUG);
    assert_int_equal(probe.host->resolve(NULL, "two.example", 4, 0, lookup.out, 1), DCDDNS_E_BUG);
    instance_free(&instance);
    assert_int_equal(atomic_load(&server.requests), 0);
    server_stop();

    instance = asker("two.example", 4, NULL);
    assert_int_equal(query_within(instance, LONG_MS, &err), DCDDNS_E_BUG);
    assert_string_equal(err.text, "resolve() cannot be used in this command");
    instance_free(&instance);
}

/* -- ends in every order ------------------------------------------------------------------------
 */

static void test_deadline(void **state)
{
    struct error err = { 0 };
    (void)state;
    server_start(true);
    struct instance *instance = asker("two.ex\nample", 4, server.net);
    for (int64_t ms = 60; atomic_load(&server.requests) == 0 && ms < 4000; ms *= 2) {
        int64_t began = os.boot_ms(); /* again when it was over before DNS was asked */
        assert_int_equal(query_within(instance, ms, &err), DCDDNS_E_STOP);
        assert_true(os.boot_ms() - began < LONG_MS / 2); /* though the answer is held back */
        assert_string_equal(err.text,
                            "two.ex\\x0aample was not found in DNS before the time was up");
    }
    const int asked = atomic_load(&server.requests);
    assert_true(asked >= 1);
    assert_int_equal(query_within(instance, -1, &err), DCDDNS_E_STOP);
    assert_int_equal(atomic_load(&server.requests), asked);
    server_stop();
    instance_free(&instance);
}

static void cancel_soon(void *arg)
{
    usleep(20000);
    instance_call_cancel(arg);
}

/* A question that is on the wire, to a server that never answers, is taken back. */
static void test_silent_server(void **state)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof(at);
    char resolver[32] = "";
    const char *const resolvers[] = { resolver, NULL };
    const struct net_options options = { .resolvers = resolvers };
    struct dcddns_addr out = { 0 };
    struct error err = { 0 };
    int code = 0;
    (void)state;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &size), 0);
    snprintf(resolver, sizeof(resolver), "127.0.0.1:%d", ntohs(at.sin_port));
    server_run(&options, false);
    struct instance *instance = asker("two.example", 0, server.net);
    int64_t began = os.boot_ms();
    assert_int_equal(query_within(instance, 100, &err), DCDDNS_E_STOP);

    /* The caller's patience ends before the call: another may be asked.  Many that come too late
     * leave room for one that is answered. */
    lookup.timeout_ms = 20;
    for (int i = 0; i < 10; i++) {
        assert_int_equal(query_within(instance, LONG_MS, &err), DCDDNS_E_TEMP);
        assert_string_equal(err.text, "two.example was not found in DNS before the time was up");
    }
    lookup.timeout_ms = 0;

    struct dcddns_call *call = instance_call_new(instance, os.boot_ms() + LONG_MS);
    struct os_thread *thread = os_thread_start("cancel", cancel_soon, call);
    instance_query(instance, call, 4, &out, &code, &err);
    assert_int_equal(code, DCDDNS_E_STOP);
    assert_true(os.boot_ms() - began < LONG_MS / 2);
    os_thread_join(&thread);
    instance_call_free(&call); /* before the net is done with it */
    instance_free(&instance);
    server_stop();
    close(fd);
}

/* Ends the network while it works on a question: at once, or after it was answered. */
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

static void test_network_ends(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        int at_once = i % 2;
        struct error err = { 0 };
        server_start(true);
        struct instance *instance = asker("two.example", 4, server.net);
        struct os_thread *thread = os_thread_start("end", end_network, &at_once);
        int64_t began = os.boot_ms();
        query_within(instance, LONG_MS, &err);
        assert_true(lookup.result == DCDDNS_E_STOP || lookup.result == 2);
        assert_true(os.boot_ms() - began < LONG_MS / 2);
        os_thread_join(&thread);
        server_join();
        instance_free(&instance);
    }
}

struct cancel_plan {
    struct dcddns_call *call;
    unsigned us;
};

static void cancel_after(void *arg)
{
    const struct cancel_plan *plan = arg;
    if (plan->us > 0)
        usleep(plan->us);
    instance_call_cancel(plan->call);
}

/* Answer, cancel and deadline at about the same time, again and again: whatever wins, the result is
 * whole and nothing is touched after it is gone (sanitizers watch). */
static void test_races(void **state)
{
    (void)state;
    server_start(false);
    for (unsigned i = 0; i < 300; i++) {
        struct instance *instance = asker("two.example", 4, server.net);
        struct dcddns_addr out = { 0 };
        int64_t ms = i % 3 == 0 ? 1 : LONG_MS;
        struct cancel_plan plan = { instance_call_new(instance, os.boot_ms() + ms), i % 10 * 20 };
        int code = 0;
        struct os_thread *thread = os_thread_start("cancel", cancel_after, &plan);
        instance_query(instance, plan.call, 4, &out, &code, NULL);
        os_thread_join(&thread);
        instance_call_free(&plan.call);
        instance_free(&instance);
        if (lookup.result == 2)
            check_first("192.0.2.1");
        else
            assert_int_equal(lookup.result, DCDDNS_E_STOP);
    }
    server_stop();
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
    mem_calls.alloc = scarce;
    int code = query_lookup(call, family, out);
    mem_calls = before;
    return code;
}

/* The net is this thread's and never turned: every lookup ends at its deadline, if it begins. */
static void test_no_memory(void **state)
{
    struct net *net = net_new(NULL, NULL);
    struct instance *instance = asker("two.example", 4, net);
    struct error err = { 0 };
    int n = 0;
    (void)state;
    assert_non_null(net);
    probe.query = query_scarce;
    do {
        allowed = n++;
        query_within(instance, 30, &err);
        assert_true(lookup.result == DCDDNS_E_NOMEM || lookup.result == DCDDNS_E_STOP);
    } while (lookup.result == DCDDNS_E_NOMEM && n < 50);
    assert_int_equal(n, 3); /* the lookup, its name; then the post fails */
    assert_string_equal(err.text, "two.example could not be looked up: dcddns is stopping");
    allowed = n; /* everything but the abort's post */
    query_within(instance, 30, &err);
    assert_string_equal(err.text, "two.example was not found in DNS before the time was up");
    net_free(&net); /* what was posted is run now, and lets go */
    instance_free(&instance);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),      cmocka_unit_test(test_calls_that_cannot_be),
        cmocka_unit_test(test_deadline),     cmocka_unit_test(test_silent_server),
        cmocka_unit_test(test_network_ends), cmocka_unit_test(test_races),
        cmocka_unit_test(test_no_memory),
    };
    if (net_global_init(NULL) != 0)
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, probe_done);
    net_global_cleanup();
    return failed;
}
