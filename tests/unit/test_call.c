/* Calls: waiting under deadline and cancel. */
#include "probe.h"

#include <sys/socket.h>
#include <unistd.h>

/* -- waiting ------------------------------------------------------------------------------------
 */

static int ends[2];

static int query_waits(struct dcddns_call *call, int family, struct dcddns_addr *out)
{
    const struct dcddns_host *host = probe.host;
    (void)family;
    assert_int_equal(host->wait(call, (uintptr_t)ends[1], DCDDNS_WRITE, 60000), DCDDNS_WRITE);
    assert_int_equal(host->wait(call, (uintptr_t)ends[0], DCDDNS_READ, 5), 0); /* in vain */
    assert_int_equal(host->wait(call, UINTPTR_MAX, 0, 5), 0);
    assert_int_equal(os_local_write(ends[1], "x", 1), 1);
    assert_int_equal(host->wait(call, (uintptr_t)ends[0], DCDDNS_READ, 60000), DCDDNS_READ);
    return answer_v4(out);
}

static int query_waits_for_ever(struct dcddns_call *call, int family, struct dcddns_addr *out)
{
    (void)family;
    (void)out;
    int code = probe.host->wait(call, (uintptr_t)ends[0], DCDDNS_READ, UINT32_MAX);
    assert_int_equal(code, DCDDNS_E_STOP);
    assert_int_equal(probe.host->remaining_ms(call), 0);
    assert_int_equal(probe.host->wait(call, UINTPTR_MAX, 0, UINT32_MAX),
                     DCDDNS_E_STOP); /* at once */
    return code;
}

static void test_wait(void **state)
{
    struct instance *instance = probe_new(DCDDNS_KIND_IP_SOURCE, NULL);
    struct error err = { 0 };
    char byte = 0;
    (void)state;

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    probe.query = query_waits;
    assert_int_equal(query_within(instance, LONG_MS, &err), DCDDNS_OK);
    assert_int_equal(os_local_read(ends[0], &byte, 1), 1);
    probe.query = query_waits_for_ever;
    int64_t began = os.boot_ms();
    assert_int_equal(query_within(instance, 60, &err), DCDDNS_E_STOP);
    assert_int_equal(err.class, ERR_STOP);
    assert_true(os.boot_ms() - began >= 59);
    assert_int_equal(query_within(instance, -5, &err), DCDDNS_E_STOP);
    os_local_close(ends[0]);
    os_local_close(ends[1]);
    instance_free(&instance);
}

static void cancel_soon(void *arg)
{
    usleep(20000);
    instance_call_cancel(arg);
    instance_call_cancel(arg); /* twice is once */
}

/* A query that another thread cancels after 20 ms; how long it took. */
static int64_t query_cancelled(struct instance *instance, int expected)
{
    struct dcddns_call *call = instance_call_new(instance, INT64_MAX / 2);
    struct dcddns_addr out = { 0 };
    struct error err = { 0 };
    int64_t began = os.boot_ms();
    int code = 1;

    struct os_thread *thread = os_thread_start("cancel", cancel_soon, call);
    instance_query(instance, call, 4, &out, &code, &err);
    assert_int_equal(code, expected);
    int64_t took = os.boot_ms() - began;
    os_thread_join(&thread);
    instance_call_free(&call);
    return took;
}

static int query_sees_long_deadline(struct dcddns_call *call, int family, struct dcddns_addr *out)
{
    (void)family;
    (void)out;
    assert_true(probe.host->remaining_ms(call) > UINT32_MAX - 2);
    int code = probe.host->wait(call, UINTPTR_MAX, 0, UINT32_MAX);
    assert_int_equal(probe.host->remaining_ms(call), 0);
    return code;
}

static void test_cancel(void **state)
{
    struct instance *instance = probe_new(DCDDNS_KIND_IP_SOURCE, NULL);
    (void)state;
    probe.query = query_sees_long_deadline;
    assert_true(query_cancelled(instance, DCDDNS_E_STOP) < LONG_MS);
    instance_free(&instance);
}

/* -- terms --------------------------------------------------------------------------------------
 */

static struct {
    const char *addr, *public_only, *private_too;
} refusals[] = {
    { "8.8.4.4", NULL, NULL },
    { "192.168.1.1", "Private-Use", NULL },
    { "127.0.0.1", "Loopback", NULL },
    { "0.0.0.0", "This host on this network", "This host on this network" },
    { "224.0.0.1", "Multicast", "Multicast" },
    { "255.255.255.255", "Limited Broadcast", "Limited Broadcast" },
    { "::", "Unspecified", "Unspecified" },
    { "ff02::1", "Multicast", "Multicast" },
    { "fd00::1", "Unique-Local", NULL },
};
static bool private_too;

static int query_refuses(struct dcddns_call *call, int family, struct dcddns_addr *out)
{
    (void)family;
    assert_string_equal(probe.host->device(call), private_too ? "ppp0" : "eth1");
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        const char *wanted = private_too ? refusals[i].private_too : refusals[i].public_only;
        assert_int_equal(probe.host->parse_addr(refusals[i].addr, out), DCDDNS_OK);
        const char *why = probe.host->refuses(call, out);
        if (!wanted)
            assert_null(why);
        else
            assert_string_equal(why, wanted);
    }
    return answer_v4(out);
}

static void test_terms(void **state)
{
    struct instance *instance = probe_new(DCDDNS_KIND_IP_SOURCE, NULL);
    (void)state;
    probe.query = query_refuses;
    for (int i = 0; i < 2; i++) {
        struct dcddns_call *call = instance_call_new(instance, os.boot_ms() + LONG_MS);
        struct dcddns_addr out = { 0 };
        int code = 1;
        private_too = i == 1;
        instance_call_terms(call, private_too, private_too ? "ppp0" : "eth1");
        assert_int_equal(instance_query(instance, call, 4, &out, &code, NULL), 0);
        instance_call_free(&call);
    }
    instance_free(&instance);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wait),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_terms),
    };
    return cmocka_run_group_tests(tests, NULL, probe_done);
}
