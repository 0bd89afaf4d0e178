/* How often a system's store of authorities is read, which takes long.  The store is one of this
 * test: the linker's --wrap puts it in the place of the platform's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "net/http.h"
#include "platform/os.h"
#include "unit/net_tls_server.h"

enum { SERVERS = 3, SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE };

/* The first is always good. */
static struct tls_server servers[SERVERS];
static bool stored[SERVERS]; /* whether the store has the authority of each */
static int reads;

/* -- the store -------------------------------------------------------------------------------- */

struct os_trust {
    bool of[SERVERS];
};

bool __wrap_os_has_ca_store(void);
struct os_trust *__wrap_os_trust_read(const char *bundle);
void __wrap_os_trust_free(struct os_trust **trust);
void __wrap_os_trust_give(const struct os_trust *trust, void *ssl_ctx);

bool __wrap_os_has_ca_store(void)
{
    return true;
}

struct os_trust *__wrap_os_trust_read(const char *bundle)
{
    struct os_trust *trust = mem_new(1, sizeof(*trust));
    (void)bundle;
    assert_non_null(trust);
    memcpy(trust->of, stored, sizeof(stored));
    reads++;
    return trust;
}

void __wrap_os_trust_free(struct os_trust **trust)
{
    mem_free(*trust);
    *trust = NULL;
}

static int verify(X509_STORE_CTX *chain, void *arg)
{
    const struct os_trust *trust = arg;
    char issuer[64] = "";
    X509_NAME_get_text_by_NID(X509_get_issuer_name(X509_STORE_CTX_get0_cert(chain)), NID_commonName,
                              issuer, sizeof(issuer));
    for (size_t i = 0; i < SERVERS; i++) {
        if (trust->of[i] && strcmp(issuer, servers[i].ca_file) == 0)
            return 1;
    }
    X509_STORE_CTX_set_error(chain, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
    return 0;
}

/* A store would not do: curl 7.88 keeps the first that it is given. */
void __wrap_os_trust_give(const struct os_trust *trust, void *ssl_ctx)
{
    SSL_CTX_set_cert_verify_callback(ssl_ctx, verify, (void *)(uintptr_t)trust);
}

/* -- time, and questions ---------------------------------------------------------------------- */

static struct os_calls real_os;
static int64_t now_ms; /* stands still while a server is asked */

static int64_t still_boot_ms(void)
{
    return now_ms;
}

static int setup(void **state)
{
    const struct net_options options = { .allow_loopback = true };
    struct error err = { 0 };
    struct net *net = net_new(&options, &err);

    assert_non_null(net);
    reads = 0;
    memset(stored, 0, sizeof(stored));
    stored[0] = true;
    now_ms = real_os.boot_ms();
    os.boot_ms = still_boot_ms;
    *state = net;
    return 0;
}

static int teardown(void **state)
{
    struct net *net = *state;
    net_free(&net);
    os = real_os;
    return 0;
}

static void on_done(void *ctx, const struct http_answer *answer)
{
    const bool refused = strstr(answer->error.text, "certificate") != NULL;
    *(int *)ctx = answer->error.class == ERR_NONE ? answer->status : refused ? -1 : -2;
    if (answer->error.class != ERR_NONE && !refused)
        print_error("%s\n", answer->error.text);
}

/* Of server I: 200, or -1: its certificate was refused. */
static int ask(struct net *net, size_t i)
{
    static int status; /* a call that does not end may be told of it later */
    char url[64];
    snprintf(url, sizeof(url), "https://127.0.0.1:%u/ok", servers[i].port);
    const struct http_request request = { .url = url, .trust = HTTP_CONFIGURED, .fresh = true };
    status = 0;
    assert_non_null(http_start(net, &request, on_done, &status));
    for (int turns = 0; status == 0 && turns < 3000; turns++)
        net_turn(net, 10);
    return status;
}

/* Server I is refused.  The store is read for that when it is older than WAIT_MS, not before, and
 * whoever is asked then. */
static void assert_waits(struct net *net, size_t i, int64_t wait_ms)
{
    const int before = reads;
    now_ms += wait_ms;
    assert_int_equal(-1, ask(net, i));
    assert_int_equal(200, ask(net, 0));
    assert_int_equal(before, reads);
    now_ms += 1;
    assert_int_equal(200, ask(net, 0));
    assert_int_equal(before + 1, reads);
    assert_int_equal(-1, ask(net, i));
    assert_int_equal(before + 1, reads);
}

/* -- tests ------------------------------------------------------------------------------------ */

static void test_bad_for_long(void **state)
{
    assert_int_equal(-1, ask(*state, 1));
    assert_int_equal(1, reads);
    for (int64_t wait = MINUTE; wait < 6 * HOUR; wait *= 2)
        assert_waits(*state, 1, wait);
    assert_waits(*state, 1, 6 * HOUR);
    assert_waits(*state, 1, 6 * HOUR);
}

/* The bad one is asked so seldom that the store is read for others each time. */
static void test_bad_among_good(void **state)
{
    for (int minutes = 0; minutes < 12 * 60; minutes += 5) {
        assert_int_equal(minutes % 15 ? 200 : -1, ask(*state, minutes % 15 ? 0 : 1));
        now_ms += 5 * MINUTE;
    }
    assert_in_range(reads, 4, 10);
}

/* What reading brings is used, and the next bad certificate does not wait as long as that one. */
static void test_good_again(void **state)
{
    assert_int_equal(-1, ask(*state, 1));
    assert_waits(*state, 1, MINUTE);
    assert_waits(*state, 1, 2 * MINUTE);
    stored[1] = true;
    now_ms += 4 * MINUTE;
    assert_int_equal(-1, ask(*state, 1));
    now_ms += 1;
    assert_int_equal(200, ask(*state, 1));
    assert_int_equal(4, reads);
    assert_int_equal(-1, ask(*state, 2));
    assert_waits(*state, 2, MINUTE);
    assert_waits(*state, 2, 2 * MINUTE);
}

/* The store was read because it was old, not because a certificate was bad. */
static void test_old(void **state)
{
    assert_int_equal(-1, ask(*state, 1));
    assert_waits(*state, 1, MINUTE);
    assert_waits(*state, 1, 2 * MINUTE);
    now_ms += 4 * MINUTE + 1;
    assert_int_equal(200, ask(*state, 0));
    assert_int_equal(4, reads);
    now_ms += 6 * HOUR;
    assert_int_equal(200, ask(*state, 0));
    assert_int_equal(4, reads);
    now_ms += 1;
    assert_int_equal(-1, ask(*state, 1));
    assert_int_equal(5, reads);
    assert_waits(*state, 1, MINUTE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_bad_for_long, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_among_good, setup, teardown),
        cmocka_unit_test_setup_teardown(test_good_again, setup, teardown),
        cmocka_unit_test_setup_teardown(test_old, setup, teardown),
    };
    real_os = os;
    if (net_global_init(NULL) != 0)
        return 1;
    for (size_t i = 0; i < SERVERS; i++) {
        tls_server_start(&servers[i]);
        SSL_CTX_set_num_tickets(servers[i].ctx, 0); /* each connection is verified */
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    for (size_t i = 0; i < SERVERS; i++)
        tls_server_stop(&servers[i]);
    net_global_cleanup();
    return failed;
}
