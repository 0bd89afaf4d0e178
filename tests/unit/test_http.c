/* HTTPS requests against a scripted server on loopback, names by a scripted DNS server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <malloc.h>
#include <time.h>

#include "base/date.h"
#include "base/mem.h"
#include "net/http.h"
#include "net/http_fault.h"
#include "net/http_peer.h"
#include "net/transport.h"
#include "platform/os.h"
#include "unit/net_dns_server.h"
#include "unit/net_tls_server.h"
#include "unit/slower.h"

static struct tls_server server;
static struct dns_server names;
static struct os_calls real_os;
static struct mem_calls real_mem;
static int64_t skipped_ms;
static _Atomic time_t skipped_s;
static atomic_int time_reads;

static int64_t skipping_boot_ms(void)
{
    return real_os.boot_ms() + skipped_ms;
}

static int64_t old_wall_ms(void)
{
    return 86400000; /* a machine without battery: 1970 */
}

static struct net *net_with(bool allow_loopback, const char *ca_file)
{
    struct net_options options = { .resolvers = names.list,
                                   .ca_file = ca_file,
                                   .allow_loopback = allow_loopback };
    struct error err = { 0 };
    struct net *net = net_new(&options, &err);
    assert_non_null(net);
    return net;
}

static int setup(void **state)
{
    skipped_ms = 0;
    *state = net_with(true, server.ca_file);
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

/* The server's URL by one of its names. */
static const char *url(const char *host, const char *path)
{
    static char text[4][160];
    static int next;
    char *out = text[next++ % 4];
    snprintf(out, sizeof(text[0]), "https://%s:%u%s", host, server.port, path);
    return out;
}

struct seen {
    int calls;
    struct http_answer answer;
    char body[64];
};

static void on_done(void *ctx, const struct http_answer *answer)
{
    struct seen *seen = ctx;
    seen->calls++;
    seen->answer = *answer;
    snprintf(seen->body, sizeof(seen->body), "%s", answer->body);
}

static void turn_until(struct net *net, const int *calls, int want)
{
    for (int i = 0; i < 3000 && *calls < want; i++)
        net_turn(net, 100);
    assert_int_equal(*calls, want);
}

/* Until the server has read so many. */
static void turn_until_requests(struct net *net, int want)
{
    for (int i = 0; i < 3000 && atomic_load(&server.requests) < want; i++)
        net_turn(net, 10);
    assert_int_equal(atomic_load(&server.requests), want);
}

static enum error_class ask(struct net *net, const struct http_request *request, const char *says)
{
    struct http_reply reply;
    int status = http_await(net, request, &reply);
    enum error_class class = reply.error.class;
    print_message("  %s\n", reply.error.text);
    assert_int_equal(status, class == ERR_NONE ? 0 : -1);
    if (!strstr(reply.error.text, says))
        fail_msg("\"%s\" does not say \"%s\"", reply.error.text, says);
    http_reply_free(&reply);
    return class;
}

/* -- answers ---------------------------------------------------------------------------------- */

static void test_answers(void **state)
{
    static const struct {
        const char *path;
        int status;
        const char *body;
        int64_t after_min, after_max;
    } cases[] = {
        { "/ok", 200, "hello", -1, -1 },     { "/none", 204, "", -1, -1 },
        { "/chunks", 200, "abc", -1, -1 },   { "/redirect", 302, "", -1, -1 },
        { "/denied", 401, "no", -1, -1 },    { "/after", 429, "", 120, 120 },
        { "/after0", 429, "", 0, 0 },        { "/aftermuch", 429, "", 86400, 86400 },
        { "/afterdate", 503, "", 290, 301 }, { "/afterpast", 503, "", 0, 0 },
        { "/dated", 503, "", 300, 300 }, /* by its own clock, not by ours */
        { "/afterbad", 429, "", -1, -1 },    { "/gzip", 200, "raw", -1, -1 },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct http_request request = { .url = url("here4.test", cases[i].path) };
        struct http_reply reply;
        int before = atomic_load(&server.requests);
        assert_int_equal(http_await(*state, &request, &reply), 0);
        assert_int_equal(reply.status, cases[i].status);
        assert_string_equal(reply.body, cases[i].body);
        assert_int_equal(reply.len, strlen(cases[i].body));
        assert_in_range(reply.retry_after_s + 1, cases[i].after_min + 1, cases[i].after_max + 1);
        assert_int_equal(atomic_load(&server.requests), before + 1); /* nothing is followed */
        http_reply_free(&reply);
    }
}

/* A body whose end only the connection tells may have been cut off on the way. */
static void test_framing(void **state)
{
    static const struct {
        const char *path;
        bool unframed;
    } cases[] = {
        { "/ok", false },       { "/chunks", false },   { "/none", false },
        { "/length10", false }, { "/endless0", false }, { "/endless", true },
        { "/endless10", true }, { "/lengths", true },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct http_request request = { .url = url("here4.test", cases[i].path) };
        struct http_reply reply;
        if (http_await(*state, &request, &reply) != 0)
            fail_msg("%s: %s", cases[i].path, reply.error.text);
        if (reply.unframed != cases[i].unframed)
            fail_msg("%s: %d", cases[i].path, reply.unframed);
        http_reply_free(&reply);
    }
}

static void test_content_type(void **state)
{
    struct http_request request = { .url = url("localhost", "/ok") };
    struct seen seen = { 0 };
    assert_non_null(http_start(*state, &request, on_done, &seen));
    assert_int_equal(seen.calls, 0);
    turn_until(*state, &seen.calls, 1);
    assert_string_equal(seen.body, "hello");
}

static void test_failures(void **state)
{
    static const struct {
        const char *path;
        size_t max_body;
        int64_t total_ms;
        const char *says;
    } cases[] = {
        { "/big", 0, 0, "more than the 65536 bytes" },
        { "/big", 1000, 0, "more than the 1000 bytes" },
        { "/claims", 0, 0, "more than the 65536 bytes" },
        { "/headers", 0, 0, "more than" },
        { "/drip", 0, 400, "while receiving the answer" },
        { "/silent", 0, 400, "while waiting for the answer" },
        { "/short", 0, 0, "failed" },
        { "/http09", 0, 0, "failed" },
        { "/close", 0, 0, "failed" },
        { "/status999", 0, 0, "status that HTTP does not have" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct http_request request = { .url = url("here4.test", cases[i].path),
                                        .max_body = cases[i].max_body,
                                        .total_ms = cases[i].total_ms * slower() };
        int64_t before = os.boot_ms();
        assert_int_equal(ask(*state, &request, cases[i].says), ERR_TEMP);
        assert_true(os.boot_ms() - before < 3000 * slower());
    }
}

static void test_body_of_exactly_the_limit(void **state)
{
    struct http_request request = { .url = url("here4.test", "/exact") };
    struct http_reply reply;
    assert_int_equal(http_await(*state, &request, &reply), 0);
    assert_int_equal(reply.len, 65536);
    http_reply_free(&reply);
}

/* -- what is sent ----------------------------------------------------------------------------- */

static void test_longest_bearer(void **state)
{
    enum { LONGEST = 8192 };
    static char token[LONGEST + 1], line[LONGEST + 32];
    memset(token, 't', LONGEST);
    snprintf(line, sizeof(line), "\r\nAuthorization: Bearer %s\r\n", token);
    struct http_request get = { .url = url("here4.test", "/ok"), .bearer = token };
    assert_int_equal(ask(*state, &get, ""), ERR_NONE);
    assert_true(tls_server_saw(&server, line));
}

static void test_request_as_sent(void **state)
{
    static const char *const headers[] = { "X-One: 1", "X-Two: 2", NULL };
    struct http_request get = { .url = url("here4.test", "/ok?q=1"),
                                .accept = "application/json",
                                .bearer = "token-123",
                                .headers = headers };
    assert_int_equal(ask(*state, &get, ""), ERR_NONE);
    assert_true(tls_server_saw(&server, "GET /ok?q=1 HTTP/1.1\r\n"));
    assert_true(tls_server_saw(&server, "\r\nHost: here4.test:"));
    assert_true(tls_server_saw(&server, "\r\nAuthorization: Bearer token-123\r\n"));
    assert_true(tls_server_saw(&server, "\r\nAccept: application/json\r\n"));
    assert_true(tls_server_saw(&server, "\r\nX-One: 1\r\nX-Two: 2\r\n"));
    assert_true(tls_server_saw(&server, "\r\nUser-Agent: dcddns/"));
    assert_false(tls_server_saw(&server, "Accept-Encoding"));
    assert_false(tls_server_saw(&server, "Cookie"));

    struct http_request post = { .url = url("here4.test", "/ok"), .post = "a=b&c=d" };
    assert_int_equal(ask(*state, &post, ""), ERR_NONE);
    assert_true(tls_server_saw(&server, "POST /ok HTTP/1.1\r\n"));
    assert_true(tls_server_saw(&server, "\r\nContent-Type: application/x-www-form-urlencoded\r\n"));
    assert_true(tls_server_saw(&server, "\r\n\r\na=b&c=d"));
    assert_false(tls_server_saw(&server, "Authorization"));

    char large[8000];
    memset(large, 'x', sizeof(large) - 1);
    large[sizeof(large) - 1] = '\0';
    struct http_request json = { .url = post.url,
                                 .post = large,
                                 .content_type = "application/json" };
    assert_int_equal(ask(*state, &json, ""), ERR_NONE);
    assert_true(tls_server_saw(&server, "\r\nContent-Type: application/json\r\n"));
    assert_false(tls_server_saw(&server, "Expect"));

    struct http_request empty = { .url = post.url, .post = "" };
    assert_int_equal(ask(*state, &empty, ""), ERR_NONE);
    assert_true(tls_server_saw(&server, "\r\nContent-Length: 0\r\n"));
}

static void test_environment_is_ignored(void **state)
{
    struct http_request request = { .url = url("here4.test", "/ok") };
    setenv("https_proxy", "http://127.0.0.1:9", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:9", 1);
    assert_int_equal(ask(*state, &request, ""), ERR_NONE);
    unsetenv("https_proxy");
    unsetenv("ALL_PROXY");
}

static void test_requests_that_are_not_sent(void **state)
{
    static const char *const split[] = { "X: 1\r\nEvil: 2", NULL };
    static const char *const urls[] = {
        NULL,
        "",
        "http://here4.test/",
        "ftp://here4.test/",
        "here4.test/x",
        "https://",
        "https://user:pw@here4.test/",
        "https://here4.test:99999/",
        "https://here4.test:0/",
        "https://here4.test./",
        "https://h\xc3\xa4r.test/",
        "https://[fe80::1%25eth0]/",
    };
    int before = atomic_load(&server.connections);
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        struct http_request request = { .url = urls[i] };
        assert_int_equal(ask(*state, &request, i ? "cannot be used" : "no URL"), ERR_PERM);
    }
    struct http_request headers = { .url = url("here4.test", "/ok"), .headers = split };
    assert_int_equal(ask(*state, &headers, "line break"), ERR_PERM);
    struct http_request bearer = { .url = url("here4.test", "/ok"), .bearer = "a\nb" };
    assert_int_equal(ask(*state, &bearer, "line break"), ERR_PERM);
    assert_int_equal(atomic_load(&server.connections), before);
}

/* -- certificates ----------------------------------------------------------------------------- */

static void test_wrong_ca_is_refused(void **state)
{
    char other[] = "/tmp/dcddns-test-other-ca-XXXXXX";
    (void)state;
    make_ca(other, NULL);
    int before = atomic_load(&server.requests);
    const char *const files[] = { other, NULL }; /* another one; the system's */
    for (size_t i = 0; i < 2; i++) {
        struct net *net = net_with(true, files[i]);
        struct http_request request = { .url = url("here4.test", "/ok"),
                                        .bearer = "secret-token",
                                        .trust = HTTP_CONFIGURED };
        assert_int_equal(ask(net, &request, "certificate of here4.test"), ERR_TEMP);
        os.wall_ms = old_wall_ms;
        ask(net, &request, "clock of this machine");
        os = real_os;
        net_free(&net);
    }
    assert_int_equal(atomic_load(&server.requests), before);
    assert_false(tls_server_saw(&server, "secret-token"));
    unlink(other);
}

static int64_t wall_in_2099_ms(void)
{
    return INT64_C(4070945100000); /* 2099-01-01 10:05 UTC */
}

/* What an authenticated server said of the time shows that the clock is wrong, or that it is not.
 */
static void test_clock_by_servers(void **state)
{
    struct http_request dated = { .url = url("here4.test", "/dated") };
    struct http_request bad = { .url = url("closed.test", "/ok") };
    (void)state;
    struct net *net = net_with(true, server.ca_file);
    ask(net, &bad, "certificate of closed.test was not accepted");
    ask(net, &dated, "");
    assert_int_equal(ask(net, &bad, "wrong, set it: it says"), ERR_TEMP);
    ask(net, &bad, "servers said it is 2099-01-01 10:0");
    os.wall_ms = wall_in_2099_ms;
    ask(net, &bad, "certificate of closed.test was not accepted");
    os = real_os;
    net_free(&net);
}

static void test_unreadable_ca_file(void **state)
{
    (void)state;
    struct net *net = net_with(true, "/nonexistent/ca.pem");
    struct http_request request = { .url = url("here4.test", "/ok") };
    assert_int_equal(ask(net, &request, "trusted certificates cannot be read"), ERR_LOCAL);
    net_free(&net);
}

static void test_wrong_name_is_refused(void **state)
{
    struct http_request request = { .url = url("closed.test", "/ok"), .bearer = "secret-token" };
    int before = atomic_load(&server.requests);
    assert_int_equal(ask(*state, &request, "certificate of closed.test"), ERR_TEMP);
    assert_int_equal(atomic_load(&server.requests), before);
    assert_false(tls_server_saw(&server, "secret-token"));
}

/* -- where it goes ---------------------------------------------------------------------------- */

static void test_special_addresses_are_not_contacted(void **state)
{
    static const struct {
        const char *host, *says;
    } cases[] = {
        { "127.0.0.1", "127.0.0.1" },
        { "0x7f.1", "127.0.0.1" },
        { "2130706433", "127.0.0.1" },
        { "0177.0.0.1", "127.0.0.1" },
        { "[::1]", "::1" },
        { "[::ffff:127.0.0.1]", "::ffff:127.0.0.1" },
        { "169.254.169.254", "169.254.169.254" },
        { "[64:ff9b::7f00:1]", "64:ff9b::7f00:1" },
        { "0.0.0.0", "0.0.0.0" },
        { "10.0.0.1", "10.0.0.1" },
        { "here.test", "::1" },
        { "here.test", "127.0.0.1" },
        { "localhost", "127.0.0.1" },
        { "meta.test", "169.254.169.254" },
        { "mapped.test", "127.0.0.1" },
        { "mixed.test", "10.0.0.1" },
    };
    (void)state;
    struct net *net = net_with(false, server.ca_file);
    int before = atomic_load(&server.connections);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct http_request request = { .url = url(cases[i].host, "/ok"), .bearer = "secret" };
        assert_int_equal(ask(net, &request, cases[i].says), ERR_TEMP);
        ask(net, &request, "RFC "); /* which block it is in */
    }
    assert_int_equal(atomic_load(&server.connections), before);

    struct http_request configured = { .url = url("here.test", "/ok"), .trust = HTTP_CONFIGURED };
    assert_int_equal(ask(net, &configured, ""), ERR_NONE);
    struct http_request remote = { .url = configured.url }; /* must not meet that connection */
    assert_int_equal(ask(net, &remote, "not contacted"), ERR_TEMP);
    net_free(&net);
}

static void test_allow_loopback_lets_only_loopback_through(void **state)
{
    static const struct {
        const char *host;
        enum error_class class;
    } cases[] = {
        { "127.0.0.1", ERR_NONE }, { "[::1]", ERR_NONE },           { "localhost", ERR_NONE },
        { "here.test", ERR_NONE }, { "mixed.test", ERR_NONE },      { "meta.test", ERR_TEMP },
        { "10.0.0.1", ERR_TEMP },  { "169.254.169.254", ERR_TEMP },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct http_request request = { .url = url(cases[i].host, "/ok"),
                                        .connect_ms = 1000 * slower() };
        assert_int_equal(ask(*state, &request, ""), cases[i].class);
    }
}

static void test_family_is_kept(void **state)
{
    static const struct {
        const char *host;
        int family;
        enum error_class class;
        const char *says;
    } cases[] = {
        { "here.test", 4, ERR_NONE, "" },
        { "here.test", 6, ERR_NONE, "" },
        { "here.test", 0, ERR_NONE, "" },
        { "here4.test", 4, ERR_NONE, "" },
        { "here4.test", 6, ERR_TEMP, "no IPv6 address" },
        { "here4.test", 4, ERR_NONE, "" },
        { "here6.test", 4, ERR_TEMP, "no IPv4 address" },
        { "here6.test", 6, ERR_NONE, "" },
        { "127.0.0.1", 6, ERR_TEMP, "IPv6 was asked for" },
        { "127.0.0.1", 4, ERR_NONE, "" },
        { "[::1]", 4, ERR_TEMP, "IPv4 was asked for" },
        { "[::1]", 6, ERR_NONE, "" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct http_request request = { .url = url(cases[i].host, "/ok"),
                                        .family = cases[i].family };
        assert_int_equal(ask(*state, &request, cases[i].says), cases[i].class);
    }
}

/* The connection of one family is never used for the other, that of the same is; fresh ones are
 * neither found nor kept. */
static void test_connections_are_reused_by_family(void **state)
{
    static const struct {
        int family;
        bool fresh;
        int connections; /* new ones */
    } cases[] = { { 4, false, 1 }, { 4, false, 0 }, { 6, false, 1 }, { 6, false, 0 },
                  { 4, false, 0 }, { 4, true, 1 },  { 4, true, 1 },  { 4, false, 0 } };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct http_request request = { .url = url("here.test", "/ok"),
                                        .family = cases[i].family,
                                        .fresh = cases[i].fresh };
        int before = atomic_load(&server.connections);
        assert_int_equal(ask(*state, &request, ""), ERR_NONE);
        assert_int_equal(atomic_load(&server.connections) - before, cases[i].connections);
    }
}

static void test_lookup_failures(void **state)
{
    static const struct {
        const char *host, *says;
    } cases[] = {
        { "nx.test", "nx.test does not exist" },
        { "nodata.test", "has no address" },
        { "servfail.test", "SERVFAIL" },
        { "silent.test", "no answer from DNS within" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct http_request request = { .url = url(cases[i].host, "/"),
                                        .connect_ms = 300 * slower() };
        assert_int_equal(ask(*state, &request, cases[i].says), ERR_TEMP);
    }
}

static void test_names_are_remembered_for_a_while(void **state)
{
    struct http_request request = { .url = url("here4.test", "/ok"), .family = 4 };
    os.boot_ms = skipping_boot_ms;
    int before = atomic_load(&names.questions);
    for (int i = 0; i < 5; i++)
        assert_int_equal(ask(*state, &request, ""), ERR_NONE);
    assert_int_equal(atomic_load(&names.questions), before + 1);
    skipped_ms = 31 * 1000;
    int connections = atomic_load(&server.connections);
    assert_int_equal(ask(*state, &request, ""), ERR_NONE);
    assert_int_equal(atomic_load(&names.questions), before + 2);
    assert_int_equal(atomic_load(&server.connections), connections); /* same peer */
}

static void test_refused_connection(void **state)
{
    struct http_request request = { .url = "https://127.0.0.1:9/" };
    assert_int_equal(ask(*state, &request, "cannot connect to 127.0.0.1 port 9"), ERR_TEMP);
}

/* The clock by which curl's addresses age; later versions than 7.88 may use another. */
__attribute__((visibility("default"))) time_t time(time_t *out)
{
    struct timespec now = { 0 };
    atomic_fetch_add(&time_reads, 1);
    clock_gettime(CLOCK_REALTIME, &now);
    time_t skipped = now.tv_sec + atomic_load(&skipped_s);
    if (out)
        *out = skipped;
    return skipped;
}

/* Every failure files the addresses of a host under a new name: the old ones must go. */
static void test_failures_do_not_fill_memory(void **state)
{
    enum { ROUNDS = 200 };
    struct http_request request = { .url = "https://here4.test:9/" };
    size_t before = 0;
    atomic_store(&time_reads, 0);
    for (int i = 0; i < 2 * ROUNDS; i++) {
        struct http_reply reply;
        if (i == ROUNDS)
            before = mallinfo2().uordblks;
        atomic_fetch_add(&skipped_s, 300);
        assert_int_equal(http_await(*state, &request, &reply), -1);
        assert_non_null(strstr(reply.error.text, "cannot connect to here4.test port 9"));
        http_reply_free(&reply);
    }
    atomic_store(&skipped_s, 0);
    if (atomic_load(&time_reads) == 0)
        skip();
    assert_true(mallinfo2().uordblks < before + ROUNDS * 100);
}

static void test_tls_is_needed(void **state)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t len = sizeof(at);
    char text[64];
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    assert_int_equal(listen(fd, 4), 0); /* accepts, but never says a word */
    snprintf(text, sizeof(text), "https://127.0.0.1:%u/", ntohs(at.sin_port));
    struct http_request request = { .url = text, .connect_ms = 300 * slower() };
    assert_int_equal(ask(*state, &request, "while setting up the secure connection"), ERR_TEMP);
    close(fd);
}

static void test_device(void **state)
{
    struct http_request request = { .url = url("here4.test", "/ok"), .device = "nosuchdev0" };
    assert_int_equal(ask(*state, &request, "network device nosuchdev0"), ERR_TEMP);
}

/* The device of all requests, and one that is to leave as the system routes. */
static void test_device_of_the_net(void **state)
{
    const struct net_options options = { .resolvers = names.list,
                                         .ca_file = server.ca_file,
                                         .device = "nosuchdev0",
                                         .allow_loopback = true };
    struct http_request request = { .url = url("here4.test", "/ok") };
    struct error err = { 0 };
    (void)state;
    struct net *net = net_new(&options, &err);
    assert_non_null(net);
    assert_int_equal(ask(net, &request, "network device nosuchdev0"), ERR_TEMP);
    request.device = "";
    assert_int_equal(ask(net, &request, ""), ERR_NONE);
    net_free(&net);
}

/* -- many, cancelling ------------------------------------------------------------------------- */

static void test_at_most_32_to_a_host(void **state)
{
    enum { COUNT = 150, FEW = 50 };
    static struct seen seen[COUNT];
    const int count = slower() > 1 ? FEW : COUNT;
    memset(seen, 0, sizeof(seen));
    int before = atomic_load(&server.requests), asked = atomic_load(&names.questions);
    int connections = atomic_load(&server.connections);
    atomic_store(&server.busiest, 0);
    for (int i = 0; i < count; i++) {
        struct http_request request = { .url = url("here4.test", "/slow"),
                                        .family = 4,
                                        .connect_ms = 60 * 1000,
                                        .total_ms = 60 * 1000 };
        assert_non_null(http_start(*state, &request, on_done, &seen[i]));
    }
    for (int i = 0; i < count; i++) {
        turn_until(*state, &seen[i].calls, 1);
        assert_string_equal(seen[i].answer.error.text, "");
    }
    assert_int_equal(atomic_load(&server.requests), before + count);
    assert_int_equal(atomic_load(&names.questions), asked + 1); /* one lookup for all */
    assert_in_range(atomic_load(&server.busiest), 2, 32);
    assert_in_range(atomic_load(&server.connections) - connections, 2, 32);
}

/* One that waits in the line has not been sent. */
static void test_sent_when_its_turn_comes(void **state)
{
    enum { COUNT = 33 };
    static struct seen seen[COUNT];
    struct http_call *calls[COUNT];
    const int before = atomic_load(&server.requests);
    memset(seen, 0, sizeof(seen));
    struct http_request request = { .url = url("here4.test", "/silent"),
                                    .family = 4,
                                    .connect_ms = 60 * 1000,
                                    .total_ms = 60 * 1000 };
    for (int i = 0; i < COUNT; i++) {
        calls[i] = http_start(*state, &request, on_done, &seen[i]);
        assert_non_null(calls[i]);
    }
    turn_until_requests(*state, before + COUNT - 1);
    const int64_t settled = os.boot_ms() + 100;
    while (os.boot_ms() < settled) /* more do not come */
        net_turn(*state, 20);
    assert_int_equal(atomic_load(&server.requests), before + COUNT - 1);
    const int64_t freed = os.boot_ms();
    http_cancel(*state, calls[0]);
    assert_true(seen[0].answer.sent_ms > 0 && seen[0].answer.sent_ms < freed);
    turn_until_requests(*state, before + COUNT);
    http_cancel(*state, calls[COUNT - 1]);
    assert_true(seen[COUNT - 1].answer.sent_ms >= freed);
    for (int i = 1; i < COUNT - 1; i++)
        http_cancel(*state, calls[i]);
    for (int i = 0; i < COUNT; i++)
        calls[i] = http_start(*state, &request, on_done, &seen[i]);
    http_cancel(*state, calls[COUNT - 1]);
    assert_int_equal(seen[COUNT - 1].answer.sent_ms, 0);
    for (int i = 0; i < COUNT - 1; i++)
        http_cancel(*state, calls[i]);
}

/* More than there is room for on the wire: they hold up each other, not the other host. */
static void test_a_silent_host_delays_no_other(void **state)
{
    enum { COUNT = 300 };
    static struct seen seen[COUNT];
    struct http_call *calls[COUNT];
    memset(seen, 0, sizeof(seen));
    for (int i = 0; i < COUNT; i++) {
        struct http_request request = { .url = url("here.test", "/silent"),
                                        .connect_ms = 60 * 1000,
                                        .total_ms = 60 * 1000 };
        calls[i] = http_start(*state, &request, on_done, &seen[i]);
        assert_non_null(calls[i]);
    }
    struct http_request ok = { .url = url("here4.test", "/ok"), .total_ms = 5000 * slower() };
    assert_int_equal(ask(*state, &ok, ""), ERR_NONE);
    assert_int_equal(seen[COUNT - 1].calls, 0); /* it overtook those before it */
    for (int i = 0; i < COUNT; i++) {
        if (seen[i].calls == 0)
            http_cancel(*state, calls[i]);
    }
}

struct tangle {
    struct net *net;
    struct http_call *self, *wire, *lookup;
    struct seen wire_seen, lookup_seen, again;
    int calls, stopped;
};

static void on_tangle(void *ctx, const struct http_answer *answer)
{
    struct tangle *tangle = ctx;
    struct http_request again = { .url = url("here4.test", "/none") };
    tangle->calls++;
    assert_int_equal(answer->status, 200);
    http_cancel(tangle->net, tangle->self);
    http_cancel(tangle->net, tangle->wire);
    http_cancel(tangle->net, tangle->lookup);
    assert_non_null(http_start(tangle->net, &again, on_done, &tangle->again));
    assert_string_equal(answer->body, "hello"); /* still valid */
}

static void test_callback_may_cancel_and_start(void **state)
{
    struct tangle tangle = { .net = *state };
    struct http_request silent = { .url = url("here4.test", "/silent") };
    struct http_request lookup = { .url = url("silent.test", "/") };
    struct http_request ok = { .url = url("here4.test", "/ok") };
    tangle.wire = http_start(*state, &silent, on_done, &tangle.wire_seen);
    tangle.lookup = http_start(*state, &lookup, on_done, &tangle.lookup_seen);
    tangle.self = http_start(*state, &ok, on_tangle, &tangle);
    turn_until(*state, &tangle.again.calls, 1);
    assert_int_equal(tangle.calls, 1);
    assert_int_equal(tangle.again.answer.status, 204);
    assert_int_equal(tangle.wire_seen.calls, 1);
    assert_int_equal(tangle.wire_seen.answer.error.class, ERR_STOP);
    assert_int_equal(tangle.lookup_seen.calls, 1);
    assert_int_equal(tangle.lookup_seen.answer.error.class, ERR_STOP);
}

static void test_cancel_in_every_phase(void **state)
{
    enum { COUNT = 80 }; /* 64 run, 16 wait */
    static struct seen seen[COUNT + 1];
    struct http_call *calls[COUNT + 1];
    memset(seen, 0, sizeof(seen));
    for (int i = 0; i < COUNT; i++) {
        struct http_request request = { .url = url(i % 2 ? "silent.test" : "here4.test", "/slow") };
        calls[i] = http_start(*state, &request, on_done, &seen[i]);
    }
    struct http_request bad = { .url = "http://x/" };
    calls[COUNT] = http_start(*state, &bad, on_done, &seen[COUNT]);
    net_turn(*state, 5);
    for (int i = COUNT; i >= 0; i--) {
        if (seen[i].calls == 0)
            http_cancel(*state, calls[i]);
        assert_int_equal(seen[i].calls, 1);
    }
    net_turn(*state, 5);
    for (int i = 0; i <= COUNT; i++)
        assert_int_equal(seen[i].calls, 1);
    struct http_request ok = { .url = url("here4.test", "/ok") };
    assert_int_equal(ask(*state, &ok, ""), ERR_NONE); /* the queue is not stuck */
}

static void on_stopped(void *ctx, const struct http_answer *answer)
{
    struct tangle *tangle = ctx;
    struct http_request request = { .url = "https://x.test/" };
    struct seen seen = { 0 };
    tangle->calls++;
    if (answer->error.class != ERR_STOP) /* a slow machine: it was answered before */
        return;
    tangle->stopped++;
    assert_null(http_start(tangle->net, &request, on_done, &seen)); /* too late */
    struct http_reply reply;
    assert_int_equal(http_await(tangle->net, &request, &reply), -1);
}

static void test_free_with_requests_in_flight(void **state)
{
    enum { COUNT = 100 };
    (void)state;
    struct net *net = net_with(true, server.ca_file);
    struct tangle tangle = { .net = net };
    for (int i = 0; i < COUNT; i++) {
        struct http_request request = { .url =
                                            url(i % 2 ? "silent.test" : "here.test", "/silent") };
        assert_non_null(http_start(net, &request, on_stopped, &tangle));
    }
    for (int i = 0; i < 3; i++)
        net_turn(net, 1);
    net_free(&net);
    assert_int_equal(tangle.calls, COUNT);
    assert_in_range(tangle.stopped, COUNT / 2, COUNT);
}

/* -- seams ------------------------------------------------------------------------------------ */

struct script {
    int calls;
    char last[128];
};

static void scripted_http(void *ctx, const struct http_request *request, struct http_answer *out)
{
    struct script *script = ctx;
    static char body[32];
    script->calls++;
    snprintf(script->last, sizeof(script->last), "%s %s", request->url,
             request->bearer ? request->bearer : "-");
    if (strstr(request->url, "/fail")) {
        error_set(&out->error, ERR_TEMP, "scripted");
        return;
    }
    snprintf(body, sizeof(body), "answer %d", script->calls);
    out->status = 200;
    out->body = body;
    out->len = strlen(body);
    out->content_type = "text/plain";
    out->retry_after_s = 7;
}

static void test_transport(void **state)
{
    static const struct net_transport transport = { .http = scripted_http };
    struct script script = { 0 };
    struct net_options options = { .transport = &transport, .transport_ctx = &script };
    struct seen seen[3] = { 0 };
    struct http_request one = { .url = "https://a.test/one", .bearer = "t" };
    struct http_request two = { .url = "https://a.test/fail" };
    struct http_request bad = { .url = "http://a.test/" };
    (void)state;
    struct net *net = net_new(&options, NULL);
    assert_non_null(http_start(net, &one, on_done, &seen[0]));
    assert_string_equal(script.last, "https://a.test/one t");
    assert_non_null(http_start(net, &two, on_done, &seen[1]));
    assert_non_null(http_start(net, &bad, on_done, &seen[2]));
    assert_int_equal(script.calls, 2);
    assert_int_equal(seen[0].calls, 0);
    net_turn(net, 0);
    assert_int_equal(seen[0].calls, 1);
    assert_string_equal(seen[0].body, "answer 1");
    assert_int_equal(seen[0].answer.retry_after_s, 7);
    assert_int_equal(seen[1].answer.error.class, ERR_TEMP);
    assert_int_equal(seen[2].answer.error.class, ERR_PERM);
    struct http_reply reply;
    assert_int_equal(http_await(net, &one, &reply), 0);
    assert_string_equal(reply.body, "answer 3");
    http_reply_free(&reply);
    net_free(&net);
}

static void on_peer(void *ctx, struct http_peer *peer)
{
    int *calls = ctx;
    assert_null(peer->lookup);
    ++*calls;
}

static void scripted_dns(void *ctx, const char *name, enum dns_type type, struct dns_answer *out)
{
    (void)ctx;
    (void)name;
    out->count = 1;
    out->addrs[0] = (struct dcddns_addr){ .family = type == DNS_A ? 4 : 6, .ip = { 0x2a, 1, 1 } };
}

/* A failed connection is never met again, an older failure does not harm a newer one, and the list
 * stays short. */
static void test_peers(void **state)
{
    static const struct net_transport transport = { .dns = scripted_dns };
    struct net_options options = { .transport = &transport };
    int calls = 0;
    char host[32];
    (void)state;
    struct net *net = net_new(&options, NULL);
    struct http_peers *peers = http_peers_new(net, false, on_peer, &calls);
    struct http_peer *peer = http_peer_get(peers, "a.test", 0, HTTP_REMOTE);
    struct http_peer *same = http_peer_get(peers, "a.test", 0, HTTP_REMOTE);
    struct http_peer *four = http_peer_get(peers, "a.test", 4, HTTP_REMOTE);
    struct http_peer *trusted = http_peer_get(peers, "a.test", 0, HTTP_CONFIGURED);
    assert_ptr_equal(peer, same);
    assert_true(peer != four && peer != trusted && four->serial != peer->serial);
    net_turn(net, 0);
    assert_int_equal(calls, 3);
    assert_int_equal(peer->count, 2);
    uint64_t first = peer->serial;
    http_peer_distrust(peer, first);
    assert_true(peer->serial > trusted->serial);
    uint64_t second = peer->serial;
    http_peer_distrust(peer, first);
    assert_int_equal(peer->serial, second);
    http_peer_release(&same);
    for (int i = 0; i < 3 * HTTP_PEERS_MAX; i++) {
        snprintf(host, sizeof(host), "h%d.test", i);
        same = http_peer_get(peers, host, 0, HTTP_REMOTE);
        http_peer_release(&same);
        net_turn(net, 0);
    }
    assert_ptr_equal(peer, http_peer_get(peers, "a.test", 0, HTTP_REMOTE)); /* in use: kept */
    net_free(&net);
    http_peers_free(&peers);
}

/* What cannot be provoked here still reads well. */
static void test_fault_sentences(void **state)
{
    static const struct {
        enum http_fault_kind kind;
        enum error_class class;
        const char *says;
    } cases[] = {
        { HTTP_FAULT_OTHER, ERR_TEMP, "the request to h.test failed: w\\x1bords" },
        { HTTP_FAULT_MEMORY, ERR_LOCAL, "memory" },
        { HTTP_FAULT_CONNECT, ERR_TEMP, "h.test leads to 10.0.0.1" },
        { HTTP_FAULT_TLS, ERR_TEMP, "TLS 1.2" },
        { HTTP_FAULT_DEVICE, ERR_TEMP, "device eth9" },
    };
    static const struct dcddns_addr refused = { .family = 4, .ip = { 10, 0, 0, 1 } };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct error err = { 0 };
        struct http_fault fault = { .kind = cases[i].kind,
                                    .host = "h.test",
                                    .detail = "w\033ords",
                                    .phase = "",
                                    .device = "eth9",
                                    .refused = &refused };
        http_fault_tell(&fault, &err);
        assert_int_equal(err.class, cases[i].class);
        if (!strstr(err.text, cases[i].says))
            fail_msg("%s", err.text);
    }
}

static int64_t sentence_wall_ms;

static int64_t wall_of_sentence(void)
{
    return sentence_wall_ms;
}

/* A certificate that a wrong clock makes look bad. */
static void test_clock_sentences(void **state)
{
    static const char expired[] = "SSL certificate problem: certificate has expired";
    static const char early[] = "SSL certificate problem: certificate is not yet valid";
    const int64_t day = INT64_C(86400000), year = 365 * day, built = date_built_ms();
    const struct {
        const char *detail;
        int64_t wall_ms, date_ms; /* since it was built; date_ms -1: none */
        bool blames;
        const char *says;
    } cases[] = {
        { early, 60000 - built, -1, true,
          "is wrong, set it: it says 1970-01-01 00:01 UTC, but this" },
        { "unable to get local issuer certificate", -year, -1, true, "is wrong, set it" },
        { early, 3 * day, -1, true,
          "is not valid yet, nothing was sent: the clock of this machine" },
        { expired, year, -1, true,
          "has expired, nothing was sent; or the clock of this machine is fast" },
        { expired, 30 * year, -1, true, "but this program is more than 20 years older" },
        { expired, 10 * year, year, true, "is wrong, set it: it says 20" },
        { expired, 10 * year, year, true, "but servers said it is 20" },
        { early, year - 3 * day, year, true, "but servers said" },
        { expired, year, year + day / 2, false, "certificate of h.test was not accepted" },
        { early, year, year - day / 2, false, "not yet valid" },
        { expired, 30 * year, 30 * year, false, "has expired" },
        { "self-signed certificate", year, -1, false, "somebody may be in between" },
    };
    (void)state;
    os.wall_ms = wall_of_sentence;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct error err = { 0 };
        const struct http_fault fault = { .kind = HTTP_FAULT_CERTIFICATE,
                                          .host = "h.test",
                                          .detail = cases[i].detail,
                                          .date_ms =
                                              cases[i].date_ms < 0 ? 0 : built + cases[i].date_ms };
        sentence_wall_ms = built + cases[i].wall_ms;
        http_fault_tell(&fault, &err);
        assert_int_equal(err.class, ERR_TEMP);
        if (!strstr(err.text, cases[i].says) ||
            http_fault_blames_clock(err.text) != cases[i].blames)
            fail_msg("row %zu: %s", i, err.text);
    }
    os = real_os;
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

/* Every allocation of ours, of curl and of c-ares fails in turn. */
static void test_out_of_memory(void **state)
{
    (void)state;
    os.boot_ms = fast_boot_ms;
    for (int i = 0; i < 20000; i++) {
        struct net_options options = { .resolvers = names.list,
                                       .ca_file = server.ca_file,
                                       .allow_loopback = true,
                                       .device = NULL };
        struct http_request request = {
            .url = url("here4.test", "/ok"), .post = "x=y", .bearer = "t", .family = 4
        };
        struct http_reply reply = { 0 };
        allocations_left = i;
        mem_calls.alloc = scarce_alloc;
        mem_calls.resize = scarce_resize;
        struct net *net = net_new(&options, NULL);
        int result = net ? http_await(net, &request, &reply) : -1;
        net_free(&net);
        mem_calls = real_mem;
        if (result == 0) {
            assert_int_equal(reply.status, 200);
            http_reply_free(&reply);
            print_message("%d allocations\n", i);
            return;
        }
        http_reply_free(&reply);
    }
    fail_msg("no answer even with enough memory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_answers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_framing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_content_type, setup, teardown),
        cmocka_unit_test_setup_teardown(test_failures, setup, teardown),
        cmocka_unit_test_setup_teardown(test_body_of_exactly_the_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_request_as_sent, setup, teardown),
        cmocka_unit_test_setup_teardown(test_longest_bearer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_environment_is_ignored, setup, teardown),
        cmocka_unit_test_setup_teardown(test_requests_that_are_not_sent, setup, teardown),
        cmocka_unit_test(test_wrong_ca_is_refused),
        cmocka_unit_test(test_clock_by_servers),
        cmocka_unit_test(test_unreadable_ca_file),
        cmocka_unit_test_setup_teardown(test_wrong_name_is_refused, setup, teardown),
        cmocka_unit_test(test_special_addresses_are_not_contacted),
        cmocka_unit_test_setup_teardown(test_allow_loopback_lets_only_loopback_through, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_family_is_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(test_connections_are_reused_by_family, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lookup_failures, setup, teardown),
        cmocka_unit_test_setup_teardown(test_names_are_remembered_for_a_while, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused_connection, setup, teardown),
        cmocka_unit_test_setup_teardown(test_failures_do_not_fill_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tls_is_needed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_device, setup, teardown),
        cmocka_unit_test(test_device_of_the_net),
        cmocka_unit_test_setup_teardown(test_at_most_32_to_a_host, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sent_when_its_turn_comes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_silent_host_delays_no_other, setup, teardown),
        cmocka_unit_test_setup_teardown(test_callback_may_cancel_and_start, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cancel_in_every_phase, setup, teardown),
        cmocka_unit_test(test_free_with_requests_in_flight),
        cmocka_unit_test(test_transport),
        cmocka_unit_test(test_peers),
        cmocka_unit_test(test_fault_sentences),
        cmocka_unit_test(test_clock_sentences),
        cmocka_unit_test_teardown(test_out_of_memory, restore),
    };
    real_os = os;
    real_mem = mem_calls;
    if (net_global_init(NULL) != 0)
        return 1;
    tls_server_start(&server);
    dns_server_start(&names);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    dns_server_stop(&names);
    tls_server_stop(&server);
    net_global_cleanup();
    return failed;
}
