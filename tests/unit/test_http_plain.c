/* http:// to the own network: the only requests without TLS, and where they may go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/http.h"
#include "unit/net_dns_server.h"

static struct dns_server names;

struct page { /* a status page as a router serves it */
    int fd;
    unsigned port;
    atomic_int requests;
    char seen[2048];
    pthread_t thread;
};
static struct page page;

static void *serve(void *arg)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nWAN: 1.2.3.4";
    struct page *p = arg;
    for (;;) {
        int fd = accept(p->fd, NULL, NULL);
        if (fd < 0)
            return NULL;
        ssize_t got = recv(fd, p->seen, sizeof(p->seen) - 1, 0);
        p->seen[got > 0 ? got : 0] = '\0';
        atomic_fetch_add(&p->requests, 1);
        send(fd, answer, sizeof(answer) - 1, MSG_NOSIGNAL);
        close(fd);
    }
}

static int start(void **state)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t len = sizeof(at);
    (void)state;
    page.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(page.fd, (struct sockaddr *)&at, sizeof(at)) != 0 || listen(page.fd, 8) != 0 ||
        getsockname(page.fd, (struct sockaddr *)&at, &len) != 0)
        return -1;
    page.port = ntohs(at.sin_port);
    dns_server_start(&names);
    return pthread_create(&page.thread, NULL, serve, &page);
}

static int stop(void **state)
{
    (void)state;
    shutdown(page.fd, SHUT_RDWR);
    pthread_join(page.thread, NULL);
    close(page.fd);
    dns_server_stop(&names);
    return 0;
}

/* Asks SCHEME://HOST:port/; the class of the error, whose text must say SAYS. */
static enum error_class ask(const char *scheme, const char *host, enum http_trust trust,
                            const char *says)
{
    static const char *const headers[] = { "content-type: application/json", NULL };
    struct net_options options = { .resolvers = names.list };
    char url[128] = "";
    struct http_reply reply = { 0 };
    struct net *net = net_new(&options, NULL);
    assert_non_null(net);
    snprintf(url, sizeof(url), "%s://%s:%u/status", scheme, host, page.port);
    const struct http_request request = {
        .url = url, .trust = trust, .post = "{}", .headers = headers, .connect_ms = 2000
    };
    int rc = http_await(net, &request, &reply);
    enum error_class class = reply.error.class;
    if (rc == 0)
        assert_string_equal(reply.body, "WAN: 1.2.3.4");
    if (!strstr(reply.error.text, says))
        fail_msg("\"%s\" does not say \"%s\"", reply.error.text, says);
    http_reply_free(&reply);
    net_free(&net);
    return class;
}

static void own_network_is_asked_without_tls(void **state)
{
    (void)state;
    assert_int_equal(ask("http", "127.0.0.1", HTTP_PLAIN, ""), ERR_NONE);
    assert_int_equal(ask("http", "here4.test", HTTP_PLAIN, ""), ERR_NONE);
    assert_int_equal(ask("HTTP", "127.0.0.1", HTTP_PLAIN, ""), ERR_NONE);
    assert_int_equal(atomic_load(&page.requests), 3);
}

static void a_given_content_type_stands_alone(void **state)
{
    (void)state;
    assert_int_equal(ask("http", "127.0.0.1", HTTP_PLAIN, ""), ERR_NONE);
    assert_non_null(strstr(page.seen, "\r\ncontent-type: application/json\r\n"));
    assert_null(strstr(page.seen, "x-www-form-urlencoded"));
}

static void others_are_not_asked_without_tls(void **state)
{
    static const char *const hosts[] = { "192.0.2.4", "198.51.100.1",  "100.64.0.1",
                                         "0.0.0.0",   "8.8.8.8",       "four.test",
                                         "both.test", "[2001:db8::1]", "[::ffff:127.0.0.1]",
                                         "[::]" };
    (void)state;
    int before = atomic_load(&page.requests);
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
        assert_int_equal(ask("http", hosts[i], HTTP_PLAIN, "use an https URL"), ERR_CONFIG);
    assert_int_equal(atomic_load(&page.requests), before);
}

static void nobody_else_may_use_http(void **state)
{
    (void)state;
    int before = atomic_load(&page.requests);
    assert_int_equal(ask("http", "127.0.0.1", HTTP_CONFIGURED, "https://"), ERR_PERM);
    assert_int_equal(ask("http", "127.0.0.1", HTTP_REMOTE, "https://"), ERR_PERM);
    assert_int_equal(ask("https", "127.0.0.1", HTTP_PLAIN, "http://"), ERR_PERM);
    assert_int_equal(ask("ftp", "127.0.0.1", HTTP_PLAIN, "http://"), ERR_PERM);
    assert_int_equal(atomic_load(&page.requests), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_network_is_asked_without_tls),
        cmocka_unit_test(a_given_content_type_stands_alone),
        cmocka_unit_test(others_are_not_asked_without_tls),
        cmocka_unit_test(nobody_else_may_use_http),
    };
    if (net_global_init(NULL) != 0)
        return 1;
    int failed = cmocka_run_group_tests(tests, start, stop);
    net_global_cleanup();
    return failed;
}
