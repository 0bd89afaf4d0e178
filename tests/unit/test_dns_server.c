/* One server asked directly: what its answer says of itself, and which servers are never asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/addr.h"
#include "net/dns.h"
#include "net/transport.h"
#include "platform/os.h"
#include "unit/net_dns_server.h"

static struct dns_server server;
static struct os_calls real_os;
static int64_t skipped_ms;

static int64_t skipping_boot_ms(void)
{
    return real_os.boot_ms() + skipped_ms;
}

static struct net *net_with(const struct net_options *options)
{
    struct error err = { 0 };
    struct net *net = net_new(options, &err);
    assert_non_null(net);
    return net;
}

static int setup(void **state)
{
    const struct net_options options = { .resolvers = server.list, .allow_loopback = true };
    skipped_ms = 0;
    *state = net_with(&options);
    return 0;
}

static int teardown(void **state)
{
    struct net *net = *state;
    net_free(&net);
    os = real_os;
    return 0;
}

struct seen {
    int calls;
    struct dns_answer answer;
    char texts[4][FQDN_MAX];
};

static void on_done(void *ctx, const struct dns_answer *answer)
{
    struct seen *seen = ctx;
    seen->calls++;
    seen->answer = *answer;
    for (size_t i = 0; i < answer->count && i < 4 && answer->txts[i]; i++)
        snprintf(seen->texts[i], FQDN_MAX, "%.253s", answer->txts[i]);
}

static struct dcddns_addr ip(const char *text)
{
    struct dcddns_addr addr = { 0 };
    assert_int_equal(addr_parse(text, &addr), 0);
    return addr;
}

static struct seen ask(struct net *net, const char *at, const char *name, enum dns_type type)
{
    struct seen seen = { 0 };
    const struct dcddns_addr addr = ip(at);
    assert_non_null(dns_ask_server(net, &addr, name, type, on_done, &seen));
    assert_int_equal(seen.calls, 0);
    for (int i = 0; i < 2000 && seen.calls == 0; i++)
        net_turn(net, 100);
    assert_int_equal(seen.calls, 1);
    return seen;
}

static void test_answers(void **state)
{
    static const struct {
        const char *name;
        enum dns_type type;
        enum dns_status status;
        bool authoritative;
        int rcode;
        bool alias;
        size_t count;
        const char *cut;
    } cases[] = {
        { "auth.test", DNS_A, DNS_OK, true, 0, false, 1, "" },
        { "AUTH.test", DNS_A, DNS_OK, true, 0, false, 1, "" },
        { "auth.test", DNS_AAAA, DNS_NODATA, true, 0, false, 0, "" },
        { "authnx.test", DNS_A, DNS_NXDOMAIN, true, 3, false, 0, "" },
        { "authcname.test", DNS_A, DNS_NODATA, true, 0, true, 0, "" },
        { "authtc.test", DNS_A, DNS_OK, true, 0, false, 1, "" },
        { "four.test", DNS_A, DNS_OK, false, 0, false, 1, "" },
        { "cname.test", DNS_A, DNS_OK, false, 0, true, 1, "" },
        { "nodata.test", DNS_A, DNS_NODATA, false, 0, false, 0, "" },
        { "child.test", DNS_A, DNS_NODATA, false, 0, false, 0, "child.test" },
        { "servfail.test", DNS_A, DNS_TEMP, false, 2, false, 0, "" },
        { "refused.test", DNS_A, DNS_TEMP, false, 5, false, 0, "" },
        { "rcode9.test", DNS_A, DNS_TEMP, false, 9, false, 0, "" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int before = atomic_load(&server.questions);
        const struct seen seen = ask(*state, "127.0.0.1", cases[i].name, cases[i].type);
        print_message("%s %s\n", cases[i].name, seen.answer.error.text);
        assert_int_equal(seen.answer.status, cases[i].status);
        assert_true(seen.answer.replied);
        assert_int_equal(seen.answer.authoritative, cases[i].authoritative);
        assert_int_equal(seen.answer.rcode, cases[i].rcode);
        assert_int_equal(seen.answer.alias, cases[i].alias);
        assert_int_equal(seen.answer.count, cases[i].count);
        assert_string_equal(seen.answer.cut, cases[i].cut);
        assert_int_equal(atomic_load(&server.last_rd), 0);
        /* A refusal is an answer; nobody is asked again (but over TCP, when cut). */
        assert_true(atomic_load(&server.questions) - before <= 2);
    }
}

/* What c-ares takes and what nobody sent must not count as an answer. */
static void test_forged_headers(void **state)
{
    static const char *const names[] = { "qr0.test", "opcode.test", "owner.test" };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const struct seen seen = ask(*state, "127.0.0.1", names[i], DNS_A);
        assert_int_equal(seen.answer.count, 0);
        assert_int_equal(seen.answer.replied, i == 2);
        assert_false(seen.answer.authoritative);
    }
}

static void test_silence(void **state)
{
    struct seen seen = { 0 };
    const struct dcddns_addr addr = ip("127.0.0.1");
    os.boot_ms = skipping_boot_ms;
    assert_non_null(dns_ask_server(*state, &addr, "silent.test", DNS_A, on_done, &seen));
    for (int i = 0; i < 3; i++)
        net_turn(*state, 50);
    assert_int_equal(seen.calls, 0);
    skipped_ms += 10 * 1000;
    for (int i = 0; i < 100 && seen.calls == 0; i++)
        net_turn(*state, 50);
    assert_int_equal(seen.calls, 1);
    assert_int_equal(seen.answer.status, DNS_TEMP);
    assert_false(seen.answer.replied);
}

static void test_names_of_servers(void **state)
{
    const struct seen seen = ask(*state, "127.0.0.1", "zone.test", DNS_NS);
    assert_int_equal(seen.answer.status, DNS_OK);
    assert_int_equal(seen.answer.count, 2);
    assert_string_equal(seen.texts[0], "ns1.zone.test");
    assert_string_equal(seen.texts[1], "ns2.zone.test");
    struct dns_reply reply;
    dns_await(*state, "zone.test", DNS_NS, &reply); /* the resolver says the same */
    assert_int_equal(reply.count, 2);
    assert_string_equal(reply.txts[1], "ns2.zone.test");
    assert_int_equal(atomic_load(&server.last_rd), 1);
}

/* Loopback only when allowed, everything else of the special-purpose table never. */
static void test_never_asked(void **state)
{
    static const char *const bad[] = { "10.0.0.53", "192.168.1.1", "169.254.169.254", "0.0.0.0",
                                       "fe80::1",   "fd00::53",    "::ffff:10.0.0.1", "224.0.0.1" };
    const struct net_options strict = { .resolvers = server.list };
    struct net *net = net_with(&strict);
    int before = atomic_load(&server.questions);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const struct seen seen = ask(*state, bad[i], "auth.test", DNS_A);
        assert_int_equal(seen.answer.status, DNS_TEMP);
        assert_int_equal(seen.answer.error.class, ERR_PERM);
        assert_false(seen.answer.replied);
        assert_non_null(strstr(seen.answer.error.text, bad[i]));
    }
    const struct seen loopback = ask(net, "127.0.0.1", "auth.test", DNS_A);
    assert_non_null(strstr(loopback.answer.error.text, "127.0.0.0/8"));
    assert_int_equal(atomic_load(&server.questions), before);
    net_free(&net);
}

static void test_cancel(void **state)
{
    struct seen seen = { 0 };
    const struct dcddns_addr addr = ip("127.0.0.1"), private = ip("10.0.0.1");
    dns_cancel(*state, dns_ask_server(*state, &addr, "silent.test", DNS_A, on_done, &seen));
    assert_int_equal(seen.calls, 1);
    assert_int_equal(seen.answer.error.class, ERR_STOP);
    dns_cancel(*state, dns_ask_server(*state, &private, "auth.test", DNS_A, on_done, &seen));
    assert_int_equal(seen.calls, 2);
    assert_int_equal(seen.answer.error.class, ERR_STOP);
}

static void fake(void *ctx, const struct dcddns_addr *at, const char *name, enum dns_type type,
                 struct dns_answer *out)
{
    (void)type;
    assert_string_equal(name, "home.example.com");
    *(struct dcddns_addr *)ctx = *at;
    out->replied = out->authoritative = true;
    out->addrs[out->count++] = ip("93.184.216.34");
}

/* The seam sees questions to servers, and those to resolvers go the usual way. */
static void test_transport(void **state)
{
    static const struct net_transport transport = { .dns_server = fake };
    struct dcddns_addr at = { 0 };
    const struct net_options options = { .resolvers = server.list,
                                         .transport = &transport,
                                         .transport_ctx = &at };
    struct net *net = net_with(&options);
    struct dns_reply reply;
    (void)state;
    const struct seen seen = ask(net, "8.8.4.4", "home.example.com", DNS_A);
    assert_true(seen.answer.authoritative);
    assert_int_equal(at.ip[0], 8);
    at = (struct dcddns_addr){ 0 };
    ask(net, "10.0.0.1", "home.example.com", DNS_A);
    assert_int_equal(at.family, 0);
    dns_await(net, "four.test", DNS_A, &reply);
    assert_int_equal(reply.count, 1);
    net_free(&net);
}

static int begin(void **state)
{
    struct error err = { 0 };
    (void)state;
    real_os = os;
    if (net_global_init(&err) != 0)
        return -1;
    dns_server_start(&server);
    return 0;
}

static int end(void **state)
{
    (void)state;
    dns_server_stop(&server);
    net_global_cleanup();
    return 0;
}

#define WITH_NET(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_NET(test_answers),          WITH_NET(test_forged_headers), WITH_NET(test_silence),
        WITH_NET(test_names_of_servers), WITH_NET(test_never_asked),    WITH_NET(test_cancel),
        WITH_NET(test_transport),
    };
    return cmocka_run_group_tests_name("dns_server", tests, begin, end);
}
