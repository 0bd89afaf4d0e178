/* DNS questions against a scripted server on loopback. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/addr.h"
#include "base/mem.h"
#include "net/dns.h"
#include "net/dns_message.h"
#include "net/transport.h"
#include "platform/os.h"
#include "unit/net_dns_server.h"

static struct dns_server server;
static struct os_calls real_os;
static struct mem_calls real_mem;
static int64_t skipped_ms;

static int64_t skipping_boot_ms(void)
{
    return real_os.boot_ms() + skipped_ms;
}

static struct net *net_with(const char *const *resolvers)
{
    struct net_options options = { .resolvers = resolvers };
    struct error err = { 0 };
    struct net *net = net_new(&options, &err);
    assert_non_null(net);
    assert_int_equal(err.class, ERR_NONE);
    return net;
}

static int setup(void **state)
{
    os = real_os;
    mem_calls = real_mem;
    skipped_ms = 0;
    *state = net_with(server.list);
    return 0;
}

static int restore(void **state)
{
    (void)state;
    os = real_os;
    mem_calls = real_mem;
    return 0;
}

static int teardown(void **state)
{
    struct net *net = *state;
    net_free(&net);
    return restore(state);
}

/* What a callback saw last. */
struct seen {
    int calls;
    struct dns_answer answer;
    char texts[4][DNS_TXT_MAX];
};

static void on_done(void *ctx, const struct dns_answer *answer)
{
    struct seen *seen = ctx;
    seen->calls++;
    seen->answer = *answer;
    for (size_t i = 0; i < answer->count && i < 4 && answer->txts[i]; i++)
        snprintf(seen->texts[i], DNS_TXT_MAX, "%s", answer->txts[i]);
}

static void turn_until(struct net *net, const int *calls, int want)
{
    for (int i = 0; i < 2000 && *calls < want; i++)
        net_turn(net, 100);
    assert_int_equal(*calls, want);
}

static void assert_addr(const struct dcddns_addr *addr, const char *text)
{
    char shown[ADDR_TEXT_MAX];
    assert_string_equal(addr_text(addr, shown), text);
}

static void test_answers(void **state)
{
    static const struct {
        const char *name;
        enum dns_type type;
        enum dns_status status;
        size_t count;
        const char *first, *says; /* address or text; part of the error */
    } cases[] = {
        { "four.test", DNS_A, DNS_OK, 1, "192.0.2.4", "" },
        { "FOUR.Test.", DNS_A, DNS_OK, 1, "192.0.2.4", "" },
        { "six.test", DNS_AAAA, DNS_OK, 1, "2001:db8::6", "" },
        { "four.test", DNS_AAAA, DNS_NODATA, 0, "", "four.test has no AAAA record" },
        { "nx.test", DNS_A, DNS_NXDOMAIN, 0, "", "NXDOMAIN" },
        { "nodata.test", DNS_TXT, DNS_NODATA, 0, "", "no TXT record" },
        { "servfail.test", DNS_A, DNS_TEMP, 0, "", "SERVFAIL" },
        { "refused.test", DNS_A, DNS_TEMP, 0, "", "REFUSED" },
        { "rcode9.test", DNS_A, DNS_TEMP, 0, "", "NOTAUTH" },
        { "qr0.test", DNS_A, DNS_TEMP, 0, "", "query, not a response" },
        { "opcode.test", DNS_A, DNS_TEMP, 0, "", "opcode" },
        { "cname.test", DNS_A, DNS_OK, 1, "192.0.2.3", "" },
        { "owner.test", DNS_A, DNS_NODATA, 0, "", "no A record" },
        { "loop.test", DNS_A, DNS_TEMP, 0, "", "chain" },
        { "badcname.test", DNS_A, DNS_TEMP, 0, "", "malformed" },
        { "badlen.test", DNS_A, DNS_TEMP, 0, "", "malformed" },
        { "many.test", DNS_A, DNS_OK, 16, "192.0.2.1", "" },
        { "tca.test", DNS_A, DNS_OK, 1, "192.0.2.1", "" },
        { "multi.test", DNS_TXT, DNS_OK, 1, "one.example/path", "" },
        { "two.test", DNS_TXT, DNS_OK, 2, "first", "" },
        { "nul.test", DNS_TXT, DNS_TEMP, 0, "", "malformed or too long" },
        { "nulgood.test", DNS_TXT, DNS_OK, 1, "good", "" },
        { "badtxt.test", DNS_TXT, DNS_TEMP, 0, "", "malformed or too long" },
        { "long.test", DNS_TXT, DNS_TEMP, 0, "", "malformed or too long" },
        { "bad..name", DNS_A, DNS_TEMP, 0, "", "not a name" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct dns_reply reply;
        char shown[ADDR_TEXT_MAX];
        dns_await(*state, cases[i].name, cases[i].type, &reply);
        print_message("%s %s\n", cases[i].name, reply.error.text);
        assert_int_equal(reply.status, cases[i].status);
        assert_int_equal(reply.count, cases[i].count);
        assert_int_equal(reply.error.class == ERR_NONE, reply.status == DNS_OK);
        assert_non_null(strstr(reply.error.text, cases[i].says));
        if (reply.count > 0)
            assert_string_equal(cases[i].type == DNS_TXT ? reply.txts[0]
                                                         : addr_text(&reply.addrs[0], shown),
                                cases[i].first);
    }
}

static void test_truncated_goes_to_tcp(void **state)
{
    struct dns_reply reply;
    int before = atomic_load(&server.tcp_questions);
    dns_await(*state, "tc.test", DNS_TXT, &reply);
    assert_int_equal(reply.status, DNS_OK);
    assert_int_equal(strlen(reply.txts[0]), DNS_TXT_MAX - 1);
    assert_int_equal(atomic_load(&server.tcp_questions), before + 1);
}

/* Forged answers are ignored and waited through; time is moved instead of waited for. */
static void test_no_usable_answer_times_out(void **state)
{
    static const char *const names[] = { "silent.test", "badid.test", "badq.test" };
    os.boot_ms = skipping_boot_ms;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct seen seen = { 0 };
        assert_non_null(dns_ask(*state, names[i], DNS_A, on_done, &seen));
        for (int k = 0; k < 3; k++)
            net_turn(*state, 50);
        assert_int_equal(seen.calls, 0);
        skipped_ms += 10 * 1000;
        turn_until(*state, &seen.calls, 1);
        assert_int_equal(seen.answer.status, DNS_TEMP);
        assert_non_null(strstr(seen.answer.error.text, "no DNS server answered"));
    }
}

static void test_nobody_listens(void **state)
{
    static const char *const nobody[] = { "127.0.0.1:9", NULL };
    (void)state;
    struct net *net = net_with(nobody);
    struct seen seen = { 0 };
    os.boot_ms = skipping_boot_ms;
    assert_non_null(dns_ask(net, "four.test", DNS_A, on_done, &seen));
    for (int i = 0; i < 10 && seen.calls == 0; i++)
        net_turn(net, 50);
    skipped_ms = 11 * 1000; /* where nobody says "port unreachable" */
    turn_until(net, &seen.calls, 1);
    assert_int_equal(seen.answer.status, DNS_TEMP);
    assert_int_equal(seen.answer.error.class, ERR_TEMP);
    assert_non_null(strstr(seen.answer.error.text, "no DNS server"));
    net_free(&net);
}

static void test_second_server_is_asked(void **state)
{
    const char *const both[] = { "127.0.0.1:9", server.address, NULL };
    (void)state;
    struct net *net = net_with(both);
    struct dns_reply reply;
    dns_await(net, "four.test", DNS_A, &reply);
    assert_int_equal(reply.status, DNS_OK);
    net_free(&net);
}

static void test_bad_servers_are_refused(void **state)
{
    static const char *const bad[] = { "not-an-address", NULL };
    struct net_options options = { .resolvers = bad };
    struct error err = { 0 };
    (void)state;
    assert_null(net_new(&options, &err));
    assert_int_equal(err.class, ERR_CONFIG);
}

static void test_system_servers(void **state)
{
    (void)state;
    struct net *net = net_with(NULL);
    struct seen seen = { 0 };
    struct dns_query *query = dns_ask(net, "four.test", DNS_A, on_done, &seen);
    assert_non_null(query);
    net_free(&net);
    assert_int_equal(seen.calls, 1);
    assert_int_equal(seen.answer.error.class, ERR_STOP);
}

static void test_lookup(void **state)
{
    static const struct {
        const char *host;
        int family;
        enum dns_status status;
        size_t count;
        const char *first;
    } cases[] = {
        { "192.0.2.1", 0, DNS_OK, 1, "192.0.2.1" },      { "192.0.2.1", 6, DNS_NODATA, 0, "" },
        { "2001:db8::1", 6, DNS_OK, 1, "2001:db8::1" },  { "localhost", 4, DNS_OK, 1, "127.0.0.1" },
        { "both.test", 0, DNS_OK, 2, "2001:db8::7" },    { "both.test", 4, DNS_OK, 1, "192.0.2.7" },
        { "both.test", 6, DNS_OK, 1, "2001:db8::7" },    { "four.test", 0, DNS_OK, 1, "192.0.2.4" },
        { "four.test", 6, DNS_NODATA, 0, "" },           { "nx.test", 0, DNS_NXDOMAIN, 0, "" },
        { "half6fail.test", 0, DNS_OK, 1, "192.0.2.8" }, { "servfail.test", 0, DNS_TEMP, 0, "" },
        { "many.test", 0, DNS_OK, 8, "192.0.2.1" },      { "nodata.test", 0, DNS_NODATA, 0, "" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct seen seen = { 0 };
        assert_non_null(dns_lookup(*state, cases[i].host, cases[i].family, on_done, &seen));
        assert_int_equal(seen.calls, 0); /* never at once */
        turn_until(*state, &seen.calls, 1);
        assert_int_equal(seen.answer.status, cases[i].status);
        if (strcmp(cases[i].host, "localhost") != 0) /* the machine's hosts file */
            assert_int_equal(seen.answer.count, cases[i].count);
        if (seen.answer.status == DNS_OK)
            assert_addr(&seen.answer.addrs[0], cases[i].first);
    }
}

/* One family is not held up by a server that drops the other's questions. */
static void test_lookup_does_not_wait_for_the_other_family(void **state)
{
    struct seen seen = { 0 };
    int64_t before = os.boot_ms();
    assert_non_null(dns_lookup(*state, "halfslow.test", 0, on_done, &seen));
    turn_until(*state, &seen.calls, 1);
    assert_int_equal(seen.answer.status, DNS_OK);
    assert_int_equal(seen.answer.count, 1);
    assert_true(os.boot_ms() - before < 5000);
}

/* A question that was lost is sent again, and waited for: nothing may be reached by IPv6. */
static void test_lookup_waits_for_a_lost_question(void **state)
{
    struct seen seen = { 0 };
    assert_non_null(dns_lookup(*state, "lost4.test", 0, on_done, &seen));
    turn_until(*state, &seen.calls, 1);
    assert_int_equal(seen.answer.status, DNS_OK);
    assert_int_equal(seen.answer.count, 2);
}

static void test_lookup_times_out_for_both(void **state)
{
    struct seen seen = { 0 };
    os.boot_ms = skipping_boot_ms;
    assert_non_null(dns_lookup(*state, "silent.test", 0, on_done, &seen));
    net_turn(*state, 50);
    skipped_ms = 11 * 1000;
    turn_until(*state, &seen.calls, 1);
    assert_int_equal(seen.answer.status, DNS_TEMP);
}

static void test_cancel(void **state)
{
    struct seen seen = { 0 };
    struct dns_query *query = dns_ask(*state, "silent.test", DNS_A, on_done, &seen);
    net_turn(*state, 10);
    dns_cancel(*state, query);
    assert_int_equal(seen.calls, 1);
    assert_int_equal(seen.answer.status, DNS_TEMP);
    assert_int_equal(seen.answer.error.class, ERR_STOP);
    net_turn(*state, 10);
    assert_int_equal(seen.calls, 1);
}

/* A callback that cancels itself and another, and asks again. */
struct tangle {
    struct net *net;
    struct dns_query *self, *other;
    struct seen other_seen, again;
    int calls;
};

static void on_tangle(void *ctx, const struct dns_answer *answer)
{
    struct tangle *tangle = ctx;
    tangle->calls++;
    assert_int_equal(answer->status, DNS_OK);
    dns_cancel(tangle->net, tangle->self);
    dns_cancel(tangle->net, tangle->other);
    assert_non_null(dns_ask(tangle->net, "two.test", DNS_TXT, on_done, &tangle->again));
    assert_int_equal(tangle->again.calls, 0);
}

static void test_callback_may_cancel_and_ask(void **state)
{
    struct tangle tangle = { .net = *state };
    tangle.other = dns_lookup(*state, "silent.test", 0, on_done, &tangle.other_seen);
    tangle.self = dns_ask(*state, "four.test", DNS_A, on_tangle, &tangle);
    turn_until(*state, &tangle.again.calls, 1);
    assert_int_equal(tangle.calls, 1);
    assert_int_equal(tangle.other_seen.calls, 1);
    assert_int_equal(tangle.other_seen.answer.error.class, ERR_STOP);
    assert_string_equal(tangle.again.texts[1], "second");
}

/* More than go on the wire at once; all are answered, each with its own. */
static void test_many_at_once(void **state)
{
    enum { COUNT = 200 };
    static struct seen seen[COUNT];
    memset(seen, 0, sizeof(seen));
    for (int i = 0; i < COUNT; i++)
        assert_non_null(dns_lookup(*state, i % 2 ? "both.test" : "nx.test", 0, on_done, &seen[i]));
    for (int i = 0; i < COUNT; i++) {
        turn_until(*state, &seen[i].calls, 1);
        assert_int_equal(seen[i].answer.status, i % 2 ? DNS_OK : DNS_NXDOMAIN);
    }
}

static void test_free_with_questions_in_flight(void **state)
{
    enum { COUNT = 100 };
    static struct seen seen[COUNT];
    (void)state;
    memset(seen, 0, sizeof(seen));
    struct net *net = net_with(server.list);
    for (int i = 0; i < COUNT; i++)
        assert_non_null(dns_lookup(net, "silent.test", 0, on_done, &seen[i]));
    net_turn(net, 10);
    net_free(&net);
    assert_null(net);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(seen[i].calls, 1);
        assert_int_equal(seen[i].answer.error.class, ERR_STOP);
    }
}

/* -- seam ------------------------------------------------------------------------------------- */

static void scripted_dns(void *ctx, const char *name, enum dns_type type, struct dns_answer *out)
{
    static char text[32];
    int *asked = ctx;
    ++*asked;
    if (strcmp(name, "gone.test") == 0) {
        dns_answer_fail(out, DNS_NXDOMAIN, ERR_PERM, "gone");
        return;
    }
    snprintf(text, sizeof(text), "%s %d", name, *asked);
    out->count = 1;
    if (type == DNS_TXT)
        out->txts[0] = text;
    else
        assert_int_equal(addr_parse(type == DNS_A ? "192.0.2.1" : "2001:db8::1", &out->addrs[0]),
                         0);
}

static void test_transport(void **state)
{
    static const struct net_transport transport = { .dns = scripted_dns };
    int asked = 0;
    struct net_options options = { .transport = &transport, .transport_ctx = &asked };
    struct seen seen[4] = { 0 };
    (void)state;
    struct net *net = net_new(&options, NULL);
    assert_non_null(net);
    assert_non_null(dns_ask(net, "a.test", DNS_TXT, on_done, &seen[0]));
    assert_non_null(dns_ask(net, "b.test", DNS_TXT, on_done, &seen[1]));
    assert_non_null(dns_lookup(net, "localhost", 0, on_done, &seen[2])); /* no hosts file */
    assert_non_null(dns_ask(net, "gone.test", DNS_A, on_done, &seen[3]));
    assert_int_equal(asked, 5);
    assert_int_equal(seen[0].calls, 0);
    net_turn(net, 0);
    for (int i = 0; i < 4; i++)
        assert_int_equal(seen[i].calls, 1);
    assert_string_equal(seen[0].texts[0], "a.test 1");
    assert_string_equal(seen[1].texts[0], "b.test 2");
    assert_int_equal(seen[2].answer.count, 2);
    assert_addr(&seen[2].answer.addrs[0], "2001:db8::1");
    assert_int_equal(seen[3].answer.status, DNS_NXDOMAIN);
    net_free(&net);
}

/* -- no memory -------------------------------------------------------------------------------- */

static int allocations_left;

/* c-ares may lose a question when it has no memory; our deadline for it comes sooner so. */
static int64_t fast_boot_ms(void)
{
    return 50 * real_os.boot_ms();
}

static void *scarce_alloc(size_t size)
{
    return allocations_left-- > 0 ? real_mem.alloc(size) : NULL;
}

static void *scarce_resize(void *old, size_t size)
{
    return allocations_left-- > 0 ? real_mem.resize(old, size) : NULL;
}

/* Every allocation of ours and of c-ares fails in turn: an error or an answer, never a crash, a
 * leak or a wait without end. */
static void test_out_of_memory(void **state)
{
    (void)state;
    os.boot_ms = fast_boot_ms;
    for (int i = 0; i < 5000; i++) {
        struct net_options options = { .resolvers = server.list };
        static struct dns_reply reply;
        reply = (struct dns_reply){ 0 };
        allocations_left = i;
        mem_calls.alloc = scarce_alloc;
        mem_calls.resize = scarce_resize;
        struct net *net = net_new(&options, NULL);
        if (net)
            dns_await(net, "two.test", DNS_TXT, &reply);
        net_free(&net);
        mem_calls = real_mem;
        assert_true(reply.count == 0 || reply.count == 2);
        if (reply.count == 2)
            return;
    }
    fail_msg("no answer even with enough memory");
}

/* -- the pure reader -------------------------------------------------------------------------- */

/* A good answer cut at every length and with every byte changed: only the bounds are at stake. */
static void test_reader_survives_anything(void **state)
{
    static struct packet p;
    struct dns_answer answer;
    (void)state;
    p.len = 0;
    put(&p, "\x12\x34\x81\x80\0\1\0\0\0\0\0\0", 12);
    put_name(&p, "cname.test");
    put16(&p, 16);
    put16(&p, 1);
    put_cname(&p, NULL, "two.test");
    put_name(&p, "two.test");
    put16(&p, 16);
    put16(&p, 1);
    put(&p, "\0\0\0\0\0\7\6secret", 13);
    p.data[7] = 2;
    char *space = malloc(DNS_SPACE(p.len));
    dns_message_read(p.data, p.len, "cname.test", DNS_TXT, space, &answer);
    assert_int_equal(answer.status, DNS_OK);
    assert_string_equal(answer.txts[0], "secret");
    free(space);
    for (size_t len = 0; len < p.len; len++) {
        unsigned char *copy = malloc(len + 1);
        space = malloc(DNS_SPACE(len));
        memcpy(copy, p.data, len);
        dns_message_read(copy, len, "cname.test", DNS_TXT, space, &answer);
        assert_int_not_equal(answer.status, DNS_OK);
        free(copy);
        free(space);
    }
    space = malloc(DNS_SPACE(p.len));
    for (size_t at = 0; at < p.len; at++) {
        for (int value = 0; value < 256; value++) {
            unsigned char old = p.data[at];
            p.data[at] = (unsigned char)value;
            dns_message_read(p.data, p.len, "cname.test", DNS_TXT, space, &answer);
            p.data[at] = old;
        }
    }
    free(space);
}

static void test_reader_refuses(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        const char *says;
    } cases[] = {
        { "\0\0\x81\x80\0\0\0\0\0\0\0\0", 12, "repeat the question" },
        { "\0\0\x81\x80\0\1\0\0\0\0\0\0\1a\0\0\1", 17, "malformed" },
        { "\0\0\x81\x80\0\1\0\0\0\0\0\0\1b\0\0\1\0\1", 19, "another question" },
        { "\0\0\x81\x80\0\1\0\0\0\0\0\0\1a\0\0\x1c\0\1", 19, "another question" },
        { "\0\0\x81\x80\0\1\0\0\0\0\0\0\xc0\x0c\0\1\0\1", 18, "malformed" },
        { "\0\0\x81\x80\0\1\0\1\0\0\0\0\1a\0\0\1\0\1\xc0\xff", 21, "malformed" },
        { "\0\0\x81\x80\0\1\0\0\0\0\0\0\x80\0\0\1\0\1", 18, "malformed" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct dns_answer answer = { 0 };
        char space[64];
        dns_message_read((const uint8_t *)cases[i].bytes, cases[i].len, "a", DNS_A, space, &answer);
        assert_int_equal(answer.status, DNS_TEMP);
        assert_non_null(strstr(answer.error.text, cases[i].says));
    }
    assert_string_equal(dns_rcode_name(77), "an unknown code");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_answers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_truncated_goes_to_tcp, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_usable_answer_times_out, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nobody_listens, setup, teardown),
        cmocka_unit_test_setup_teardown(test_second_server_is_asked, setup, teardown),
        cmocka_unit_test(test_bad_servers_are_refused),
        cmocka_unit_test(test_system_servers),
        cmocka_unit_test_setup_teardown(test_lookup, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lookup_does_not_wait_for_the_other_family, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_lookup_waits_for_a_lost_question, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lookup_times_out_for_both, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cancel, setup, teardown),
        cmocka_unit_test_setup_teardown(test_callback_may_cancel_and_ask, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many_at_once, setup, teardown),
        cmocka_unit_test(test_free_with_questions_in_flight),
        cmocka_unit_test(test_transport),
        cmocka_unit_test_teardown(test_out_of_memory, restore),
        cmocka_unit_test(test_reader_survives_anything),
        cmocka_unit_test(test_reader_refuses),
    };
    real_os = os;
    real_mem = mem_calls;
    if (net_global_init(NULL) != 0)
        return 1;
    dns_server_start(&server);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    dns_server_stop(&server);
    net_global_cleanup();
    return failed;
}
