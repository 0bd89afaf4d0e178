/* Asking a daemon: where it is looked for, what it answers, and what is no answer. */
#include "control_rig.h"

#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "engine/control_ask.h"
#include "engine/health.h"

#include "as_user.h"
#include "unit/slower.h"

static struct config config;
static struct error err;
static struct json *answer;
static pid_t server;
static struct os_listener *listener;

static int up(void **state)
{
    err = (struct error){ 0 };
    config = (struct config){ 0 };
    server = 0;
    if (temp_dir_make(state) != 0)
        return -1;
    config.control_socket = mem_strdup(temp_path("control.sock"));
    return 0;
}

/* A process that answers every line of every client with TEXT; NULL: with nothing. */
static void serve(const char *text)
{
    struct error ignored = { 0 };
    listener = os_listener_open(config.control_socket, 0, 0, &ignored);
    assert_non_null(listener);
    fflush(NULL);
    server = fork();
    assert_true(server >= 0);
    while (server == 0) {
        char line[8192];
        struct os_peer peer = { 0 };
        struct pollfd wait = { .fd = os_listener_fd(listener), .events = POLLIN };
        poll(&wait, 1, -1);
        wait.fd = os_listener_accept(listener, &peer);
        poll(&wait, 1, -1);
        if (recv(wait.fd, line, sizeof(line), 0) > 0 && text)
            (void)!send(wait.fd, text, strlen(text), MSG_NOSIGNAL);
        if (text)
            close(wait.fd);
    }
}

static void stop_serving(void)
{
    if (server > 0) {
        kill(server, SIGKILL);
        waitpid(server, NULL, 0);
    }
    server = 0;
    os_listener_close(&listener);
}

static int down(void **state)
{
    json_free(&answer);
    mem_free(config.control_socket);
    stop_serving();
    return temp_dir_remove(state);
}

static enum control_asked ask(int64_t timeout_ms)
{
    struct json *request = json_new_object();
    assert_true(json_set_string(request, "do", "status"));
    json_free(&answer);
    return control_ask(&config, "/state", request, timeout_ms, &answer, &err);
}

static void test_answer(void **state)
{
    (void)state;
    serve("{\"v\":1,\"ok\":true,\"x\":7}\n{\"v\":1,\"event\":{}}\n");
    assert_int_equal(ask(5000), CONTROL_ANSWERED);
    int64_t x = 0;
    assert_true(json_integer(answer, "x", 7, 7, &x));
}

static void test_refusal(void **state)
{
    (void)state;
    serve("{\"v\":1,\"ok\":false,\"error\":\"no\\u001b[1m\",\"error_class\":\"permanent\"}\n");
    assert_int_equal(ask(5000), CONTROL_REFUSED);
    assert_string_equal(err.text, "no?[1m");
    assert_int_equal(err.class, ERR_PERM);
    assert_non_null(answer);
}

static void test_another_daemon(void **state)
{
    (void)state;
    serve("{\"v\":1,\"ok\":false,\"error\":\"no\",\"state\":\"/elsewhere\"}\n");
    assert_int_equal(ask(5000), CONTROL_NOBODY);
    assert_non_null(strstr(err.text, "another state directory"));
    assert_null(answer);
}

static void test_no_answers(void **state)
{
    static const char *const rows[] = { "HTTP/1.0 400 Bad Request\r\n", "[]\n", "", "{\"v\":1" };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        serve(rows[i]);
        assert_int_equal(ask(5000), CONTROL_LOST);
        assert_null(answer);
        assert_int_equal(err.class, ERR_TEMP);
        stop_serving();
    }
}

static void test_silence(void **state)
{
    (void)state;
    serve(NULL);
    int64_t began = os.boot_ms();
    assert_int_equal(ask(200), CONTROL_LOST);
    assert_true(os.boot_ms() - began >= 200);
    assert_non_null(strstr(err.text, "does not answer"));
}

#ifdef __SANITIZE_THREAD__ /* two hundred times slower */
enum { LONG = 2 * 1024 * 1024 };
#else
enum { LONG = 40 * 1024 * 1024 };
#endif

/* Answers one client with a line of LEN bytes. */
static void serve_long(size_t len)
{
    listener = os_listener_open(config.control_socket, 0, 0, &err);
    assert_non_null(listener);
    fflush(NULL);
    server = fork();
    assert_true(server >= 0);
    if (server > 0)
        return;
    static const char begin[] = "{\"v\":1,\"ok\":true,\"x\":\"";
    char *line = mem_new(1, len);
    struct os_peer peer = { 0 };
    struct pollfd wait = { .fd = os_listener_fd(listener), .events = POLLIN };
    memset(line, 'x', len);
    memcpy(line, begin, sizeof(begin) - 1);
    memcpy(line + len - 3, "\"}\n", 3);
    poll(&wait, 1, -1);
    wait = (struct pollfd){ .fd = os_listener_accept(listener, &peer), .events = POLLOUT };
    for (size_t sent = 0; sent < len;) {
        ssize_t put = send(wait.fd, line + sent, len - sent, MSG_NOSIGNAL);
        sent += put > 0 ? (size_t)put : 0;
        poll(&wait, 1, -1);
    }
    for (;;)
        pause();
}

static int64_t cpu_ms(void)
{
    return (int64_t)clock() * 1000 / CLOCKS_PER_SEC;
}

/* CPU time of an answer with LEN bytes, in ms. */
static int64_t cost_of(size_t len)
{
    serve_long(len);
    const int64_t began = cpu_ms();
    if (ask(60000) != CONTROL_ANSWERED)
        fail_msg("%s", err.text);
    const int64_t took = cpu_ms() - began;
    assert_int_equal(strlen(json_string(answer, "x")), len - strlen("{'v':1,'ok':true,'x':''}\n"));
    print_message("  %zu KiB, %lld ms\n", len / 1024, (long long)took);
    stop_serving();
    return took;
}

/* A status of thousands of hosts; each byte is looked at once: four times as many take four times
 * as long, not sixteen times. */
static void test_long_answer(void **state)
{
    const size_t len = LONG / (size_t)slower();
    (void)state;
    const int64_t short_one = cost_of(len / 4), long_one = cost_of(len);
    assert_true(long_one < 8 * short_one + 50);
    assert_true(long_one < 8000); /* also under a checker */
}

/* A daemon that hangs for long has a full backlog: it is there all the same, and not healthy. */
static void test_full_backlog(void **state)
{
    struct status_host host = { .name = "a.example.com",
                                .checked_at_ms = 1,
                                .success_at_ms = 1,
                                .grant = { .state = "active", .found = true } };
    const struct status status = {
        .taken_at_ms = 2, .daemon_pid = 7, .hosts = &host, .host_count = 1
    };
    struct health_input in = { .status = &status, .interval_s = 300 };
    struct error why = { 0 };
    int fds[18];
    size_t count = 0;
    (void)state;
    listener = os_listener_open(config.control_socket, 0, 0, &err);
    assert_non_null(listener);
    while (count < 18) {
        fds[count] = os_local_connect(config.control_socket, &err);
        if (fds[count] < 0)
            break;
        count++;
    }
    assert_in_range(count, 16, 17); /* it is full */
    assert_int_equal(err.class, ERR_LOCAL);
    assert_int_equal(ask(5000), CONTROL_LOST);
    assert_non_null(strstr(err.text, "lets nobody in"));
    assert_int_equal(err.class, ERR_TEMP);
    in.mute = ask(5000) == CONTROL_LOST;
    assert_false(health_of(&in, &why));
    assert_non_null(strstr(why.text, "does not answer"));
    while (count > 0)
        os_local_close(fds[--count]);
}

static void test_nobody(void **state)
{
    (void)state;
    assert_int_equal(ask(1000), CONTROL_NOBODY);
    assert_non_null(strstr(err.text, "control.sock"));
    mem_free(config.control_socket);
    config.control_socket = mem_strdup("none");
    assert_int_equal(ask(1000), CONTROL_NOBODY);
    assert_non_null(strstr(err.text, "none"));
}

static int ask_as_other(void)
{
    return ask(1000) == CONTROL_DENIED && err.class == ERR_PERM ? 0 : 1;
}

static void test_denied(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    serve("{\"v\":1,\"ok\":true}\n");
    assert_int_equal(chmod(temp_dir, 0755), 0);
    assert_int_equal(as_user(NOBODY, ask_as_other), 0);
}

static enum control_asked ask_of_many(void)
{
    struct json *request = json_new_object(), *hosts = json_new_array();
    for (int i = 0; i < 500; i++)
        assert_true(json_append(hosts, json_new_string("host.example.com")));
    assert_true(json_set(request, "hosts", hosts));
    return control_ask(&config, "/state", request, 1000, &answer, &err);
}

static void test_too_many_names(void **state)
{
    (void)state;
    assert_int_equal(ask_of_many(), CONTROL_NOBODY);
    assert_non_null(strstr(err.text, "no daemon listens"));
    serve("{\"v\":1,\"ok\":false,\"error\":\"no\",\"state\":\"/elsewhere\"}\n");
    assert_int_equal(ask_of_many(), CONTROL_NOBODY);
    stop_serving();
    serve("{\"v\":1,\"ok\":false,\"error\":\"no\",\"state\":\"/state\"}\n");
    assert_int_equal(ask_of_many(), CONTROL_REFUSED);
    assert_int_equal(err.class, ERR_USAGE);
    assert_non_null(strstr(err.text, "too many names"));
    assert_null(answer);
    stop_serving();
    serve(NULL);
    assert_int_equal(ask_of_many(), CONTROL_LOST);
}

static void test_places(void **state)
{
    char *places[CONTROL_PLACES_MAX + 1];
    (void)state;
    control_places(&config, "/state", places);
    assert_string_equal(places[0], config.control_socket);
    assert_null(places[1]);
    control_places_free(places);
    mem_free(config.control_socket);
    config.control_socket = NULL;
    bool run_dir = false, state_dir = false;
    control_places(&config, "/state", places);
    for (size_t i = 0; places[i]; i++) {
        run_dir = run_dir || strcmp(places[i], DCDDNS_RUN_DIR "/control.sock") == 0;
        state_dir = state_dir || strcmp(places[i], "/state/control.sock") == 0;
        for (size_t n = 0; n < i; n++)
            assert_string_not_equal(places[n], places[i]);
    }
    assert_true(run_dir && state_dir);
    control_places_free(places);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, up, down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_answer),  TEST(test_refusal),        TEST(test_another_daemon),
        TEST(test_silence), TEST(test_full_backlog),   TEST(test_long_answer),
        TEST(test_nobody),  TEST(test_no_answers),     TEST(test_denied),
        TEST(test_places),  TEST(test_too_many_names),
    };
    os_process_init();
    return cmocka_run_group_tests_name("control_ask", tests, NULL, NULL);
}
