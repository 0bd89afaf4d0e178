/* Who waits for an answer: a peer that is not reached is tried again, and only that. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/http.h"
#include "net/transport.h"
#include "platform/os.h"

struct script {
    int bad; /* so many requests fail first */
    bool unreached;
    int calls;
    int64_t at_ms[4]; /* boot clock of each */
};

static void answer_by_script(void *ctx, const struct http_request *request,
                             struct http_answer *answer)
{
    struct script *script = ctx;
    (void)request;
    assert_in_range(script->calls, 0, 3);
    script->at_ms[script->calls] = os.boot_ms();
    if (script->calls++ >= script->bad) {
        answer->status = 200;
        return;
    }
    error_set(&answer->error, ERR_TEMP, "no way to there");
    answer->unreached = script->unreached;
}

static int ask(struct script *script, int64_t connect_ms)
{
    const struct net_transport transport = { .http = answer_by_script };
    const struct net_options options = { .transport = &transport, .transport_ctx = script };
    const struct http_request request = { .url = "https://peer.test/",
                                          .post = "code",
                                          .connect_ms = connect_ms };
    struct http_reply reply = { 0 };
    struct error err = { 0 };
    struct net *net = net_new(&options, &err);
    assert_non_null(net);
    int rc = http_await(net, &request, &reply);
    assert_int_equal(rc, reply.error.class == ERR_NONE ? 0 : -1);
    http_reply_free(&reply);
    net_free(&net);
    return rc;
}

static void test_it_is_tried_again(void **state)
{
    (void)state;
    struct script twice = { .bad = 2, .unreached = true };
    assert_int_equal(ask(&twice, 0), 0);
    assert_int_equal(twice.calls, 3);
    assert_true(twice.at_ms[1] - twice.at_ms[0] >= 1000);
    assert_true(twice.at_ms[2] - twice.at_ms[1] >= 2000);
}

static void test_and_given_up(void **state)
{
    (void)state;
    struct script always = { .bad = 4, .unreached = true };
    assert_int_equal(ask(&always, 0), -1);
    assert_int_equal(always.calls, 3);
}

/* What may have been sent must not be sent twice: a code works once. */
static void test_nothing_else_is_tried_again(void **state)
{
    (void)state;
    struct script sent = { .bad = 1 };
    assert_int_equal(ask(&sent, 0), -1);
    assert_int_equal(sent.calls, 1);
}

static void test_the_time_to_connect_counts_for_all(void **state)
{
    (void)state;
    struct script impatient = { .bad = 1, .unreached = true };
    assert_int_equal(ask(&impatient, 900), -1);
    assert_int_equal(impatient.calls, 1);
}

struct seen {
    bool done;
    struct error error;
    bool unreached;
};

static void on_done(void *ctx, const struct http_answer *answer)
{
    struct seen *seen = ctx;
    seen->done = true;
    seen->error = answer->error;
    seen->unreached = answer->unreached;
}

/* No connection can be made to a group of hosts; one to a closed port is refused, by a host that is
 * there. */
static void test_what_is_not_reached(void **state)
{
    static const struct {
        const char *url;
        bool unreached;
    } cases[] = { { "https://224.0.0.1:9/", true }, { "https://127.0.0.1:9/", false } };
    (void)state;
    struct error err = { 0 };
    struct net *net = net_new(&(struct net_options){ .allow_loopback = true }, &err);
    assert_non_null(net);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct http_request request = { .url = cases[i].url, .trust = HTTP_CONFIGURED };
        struct seen seen = { 0 };
        assert_non_null(http_start(net, &request, on_done, &seen));
        while (!seen.done)
            net_turn(net, -1);
        print_message("  %s\n", seen.error.text);
        assert_int_equal(seen.error.class, ERR_TEMP);
        assert_int_equal(seen.unreached, cases[i].unreached);
    }
    net_free(&net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_is_tried_again),
        cmocka_unit_test(test_and_given_up),
        cmocka_unit_test(test_nothing_else_is_tried_again),
        cmocka_unit_test(test_the_time_to_connect_counts_for_all),
        cmocka_unit_test(test_what_is_not_reached),
    };
    struct error err = { 0 };
    if (net_global_init(&err) < 0) {
        print_error("%s\n", err.text);
        return 1;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    net_global_cleanup();
    return failed;
}
