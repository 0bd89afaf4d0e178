/* The servers of a zone asked one by one: which are asked, and what their answers count for. */
#include "dns_world.h"
#include "failing_memory.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include "engine/authority.h"

static struct net *net;

static int set_up(void **state)
{
    const struct net_options options = { .transport = &rig_net };
    struct error err = { 0 };
    if (rig_begin(state) != 0)
        return -1;
    dns_world_reset();
    rig_dns.handle = dns_world_answer;
    net = net_new(&options, &err);
    return net ? 0 : -1;
}

static int tear_down(void **state)
{
    net_free(&net);
    return rig_end(state);
}

static struct authority_result result;

static void ask(size_t servers)
{
    struct error err = { 0 };
    const struct authority_question question = { .zone = "example.com",
                                                 .fqdn = "home.example.com",
                                                 .want4 = true,
                                                 .want6 = true,
                                                 .servers = servers };
    assert_int_equal(authority_await(net, &question, &result, &err), 0);
}

static void test_what_answers_count_for(void **state)
{
    static const struct {
        enum dns_mood mood;
        enum authority_kind kind;
        const char *text;
    } cases[] = {
        { MOOD_WELL, AUTHORITY_RECORDS, "" },
        { MOOD_SILENT, AUTHORITY_NONE, "no DNS server answered" },
        { MOOD_NO_AUTHORITY, AUTHORITY_NONE, "not authoritative" },
        { MOOD_SERVFAIL, AUTHORITY_NONE, "fault" },
        { MOOD_REFUSED, AUTHORITY_NONE, "fault" },
        { MOOD_MALFORMED, AUTHORITY_NONE, "fault" },
        { MOOD_ALIAS, AUTHORITY_ALIAS, "" },
        { MOOD_CUT, AUTHORITY_DELEGATED, "home.example.com" },
        { MOOD_UPWARD, AUTHORITY_NONE, "not authoritative" },
    };
    (void)state;
    dns_world.servers = 1;
    dns_world_say_all("93.184.216.34 8.8.4.4", "2a00:1450::1");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        dns_world.list[0].mood = cases[i].mood;
        ask(2);
        assert_int_equal(result.count, 1);
        assert_string_equal(result.servers[0].name, "ns1.example.net");
        assert_ip(&result.servers[0].addr, "8.8.0.1");
        assert_int_equal(result.servers[0].v4.kind, cases[i].kind);
        assert_int_equal(result.servers[0].v6.kind, cases[i].kind);
        assert_non_null(strstr(result.servers[0].v4.text, cases[i].text));
        assert_int_equal(result.servers[0].v4.count, cases[i].kind == AUTHORITY_RECORDS ? 2 : 0);
    }
}

/* A name that is not there: the same answer as one without records. */
static void test_no_record(void **state)
{
    (void)state;
    dns_world_say_all("", "2a00:1450::1");
    ask(2);
    assert_int_equal(result.servers[0].v4.kind, AUTHORITY_RECORDS);
    assert_int_equal(result.servers[0].v4.count, 0);
    assert_int_equal(result.servers[0].v6.count, 1);
}

/* NXDOMAIN from one without authority says nothing. */
static void test_nxdomain_without_authority(void **state)
{
    (void)state;
    dns_world.list[0].mood = dns_world.list[1].mood = MOOD_NO_AUTHORITY;
    ask(2);
    assert_int_equal(result.servers[0].v4.kind, AUTHORITY_NONE);
    assert_int_equal(result.servers[1].v6.kind, AUTHORITY_NONE);
}

/* All are asked in the long run, never more than wanted at once. */
static void test_servers_are_shuffled(void **state)
{
    (void)state;
    dns_world.servers = 4;
    for (int i = 0; i < 40; i++) {
        ask(2);
        assert_int_equal(result.known, 4);
        assert_int_equal(result.count, 2);
    }
    assert_int_equal(
        dns_world.asked[0] + dns_world.asked[1] + dns_world.asked[2] + dns_world.asked[3], 160);
    for (size_t i = 0; i < 4; i++)
        assert_in_range(dns_world.asked[i], 10, 70);
    ask(100);
    assert_int_equal(result.count, 4);
}

static void test_unknown_servers(void **state)
{
    (void)state;
    dns_world.servers = 0;
    ask(2);
    assert_int_equal(result.count, 0);
    assert_non_null(strstr(result.error.text, "the name servers of example.com are not known"));
    dns_world.servers = 2;
    dns_world.no_zone = true;
    ask(2);
    assert_int_equal(result.count, 0);
    assert_int_not_equal(result.error.class, ERR_NONE);
}

/* Split horizon: the resolver names servers of the own network. */
static void test_servers_inside(void **state)
{
    (void)state;
    dns_world.inside = true;
    ask(2);
    assert_int_equal(result.count, 2);
    assert_int_equal(result.servers[0].v4.kind, AUTHORITY_NONE);
    assert_non_null(strstr(result.servers[0].v4.text, "10.0.0.0/8"));
    assert_int_equal(dns_world.asked[0] + dns_world.asked[1], 0);
}

static size_t asked_by_4;

/* Servers with both addresses, of which only the IPv6 one can be reached from here. */
static void only_ipv6(const struct dcddns_addr *server, const char *name, enum dns_type type,
                      struct dns_answer *out)
{
    if (server && server->family == 4) {
        asked_by_4++;
        return;
    }
    dns_world_answer(server, name, type == DNS_AAAA && !server ? DNS_A : type, out);
    if (!server && type == DNS_AAAA)
        out->addrs[0] = ip(name[2] == '1' ? "2a00:1450::" : "2a00:1451::");
}

static void test_other_family(void **state)
{
    (void)state;
    rig_dns.handle = only_ipv6;
    dns_world_say_all("93.184.216.34", "2a00:1450::1");
    asked_by_4 = 0;
    ask(1);
    assert_int_equal(asked_by_4, 2);
    assert_int_equal(result.servers[0].addr.family, 6);
    assert_int_equal(result.servers[0].v4.kind, AUTHORITY_RECORDS);
    assert_int_equal(result.servers[0].v6.kind, AUTHORITY_RECORDS);
    assert_ip(&result.servers[0].v4.addrs[0], "93.184.216.34");
}

static void never(void *ctx, const struct authority_result *r)
{
    (void)ctx;
    (void)r;
    fail_msg("told after the end");
}

/* At whatever step, a cancelled question is silent and leaves nothing behind. */
static void test_cancel_at_every_step(void **state)
{
    const struct authority_question question = {
        .zone = "example.com", .fqdn = "home.example.com", .want4 = true, .servers = 2
    };
    (void)state;
    for (int turns = 0; turns < 3; turns++) {
        struct authority *a = authority_ask(net, &question, never, NULL);
        assert_non_null(a);
        for (int i = 0; i < turns; i++)
            net_turn(net, 0);
        authority_cancel(&a);
        assert_null(a);
        for (int i = 0; i < 5; i++)
            net_turn(net, 0);
    }
    authority_cancel(&(struct authority *){ NULL });
}

static int told;

static void on_result(void *ctx, const struct authority_result *r)
{
    (void)ctx;
    told++;
    result = *r;
}

/* Bound, and never read: on 127.0.0.1 and ::1, one port. */
static int silent[2];

static void silent_open(char address[32])
{
    struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
    socklen_t len = sizeof(v4);
    silent[0] = socket(AF_INET, SOCK_DGRAM, 0);
    silent[1] = socket(AF_INET6, SOCK_DGRAM, 0);
    assert_int_equal(bind(silent[0], (struct sockaddr *)&v4, sizeof(v4)), 0);
    assert_int_equal(getsockname(silent[0], (struct sockaddr *)&v4, &len), 0);
    v6.sin6_port = v4.sin_port;
    (void)bind(silent[1], (struct sockaddr *)&v6, sizeof(v6)); /* there may be no IPv6 */
    snprintf(address, 32, "127.0.0.1:%u", ntohs(v4.sin_port));
}

static void resolver_of_here(void *ctx, const char *name, enum dns_type type,
                             struct dns_answer *out)
{
    (void)ctx;
    (void)name;
    if (type == DNS_NS)
        out->txts[out->count++] = "ns1.example.net";
    else
        out->addrs[out->count++] = ip(type == DNS_A ? "127.0.0.1" : "::1");
}

/* A server that says nothing, by either of its addresses: the whole is over after 12 s. */
static void test_deadline(void **state)
{
    static const struct net_transport transport = { .dns = resolver_of_here };
    char address[32] = "";
    const char *const resolvers[] = { address, NULL };
    const struct net_options options = { .resolvers = resolvers,
                                         .allow_loopback = true,
                                         .transport = &transport };
    const struct authority_question question = {
        .zone = "example.com", .fqdn = "home.example.com", .want4 = true, .servers = 2
    };
    struct error err = { 0 };
    (void)state;
    silent_open(address);
    net_free(&net);
    net = net_new(&options, &err);
    told = 0;
    assert_non_null(authority_ask(net, &question, on_result, NULL));
    for (int i = 0; i < 5; i++)
        net_turn(net, 5);
    rig_pass(10 * SECOND);
    for (int i = 0; i < 5; i++)
        net_turn(net, 5);
    rig_pass(2 * SECOND);
    RIG_UNTIL(net, told > 0);
    assert_int_equal(told, 1);
    assert_int_equal(result.count, 1);
    assert_int_equal(result.servers[0].v4.kind, AUTHORITY_NONE);
    assert_non_null(strstr(result.servers[0].v4.text, "answer"));
    close(silent[0]);
    close(silent[1]);
}

/* Each allocation in turn: an answer, or NULL, never a crash. */
static void test_memory(void **state)
{
    const struct authority_question question = { .zone = "example.com",
                                                 .fqdn = "home.example.com",
                                                 .want4 = true,
                                                 .want6 = true,
                                                 .servers = 2 };
    (void)state;
    dns_world_say_all("93.184.216.34", "2a00:1450::1");
    long n = 0;
    for (bool failed = true; failed && n < 100; n++) {
        told = 0;
        failing_memory_at(n);
        struct authority *a = authority_ask(net, &question, on_result, NULL);
        for (int i = 0; i < 20; i++)
            net_turn(net, 0);
        failed = failing_memory_left < 0;
        failing_memory_off();
        assert_int_equal(told, a ? 1 : 0);
    }
    assert_in_range(n, 5, 99);
    assert_int_equal(result.count, 2);
    assert_int_equal(result.servers[1].v6.kind, AUTHORITY_RECORDS);
}

#define WITH_NET(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_NET(test_what_answers_count_for),
        WITH_NET(test_no_record),
        WITH_NET(test_nxdomain_without_authority),
        WITH_NET(test_servers_are_shuffled),
        WITH_NET(test_unknown_servers),
        WITH_NET(test_servers_inside),
        WITH_NET(test_other_family),
        WITH_NET(test_cancel_at_every_step),
        WITH_NET(test_deadline),
        WITH_NET(test_memory),
    };
    return cmocka_run_group_tests_name("authority", tests, NULL, NULL);
}
