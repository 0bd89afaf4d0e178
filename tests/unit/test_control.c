/* The control socket: who gets in, what is answered, and that nobody holds the daemon up. */
#include "control_rig.h"

#include "base/addr.h"
#include "base/mem.h"

#include "as_user.h"
#include "failing_memory.h"
#include "unit/slower.h"

static int up(void **state)
{
    if (rig_up(state) != 0)
        return -1;
    control_up();
    return 0;
}

/* -- protocol --------------------------------------------------------------------------------- */

static void test_event(void **state)
{
    struct event event = { .id = EVENT_APPLIED,
                           .level = DCDDNS_LOG_WARN,
                           .record = "home.example.com",
                           .message = "A record changed \"so\"",
                           .source = "http-echo",
                           .url = "https://example.com/?a=b&c",
                           .wall_ms = 1700000000123 };
    (void)state;
    int fd = follower();
    assert_int_equal(addr_parse("192.0.2.1", &event.before), 0);
    assert_int_equal(addr_parse("2001:db8::1", &event.after), 0);
    control_tell(control, &event);
    expect_line(fd, "{\"v\":1,\"event\":{\"id\":\"update.applied\",\"level\":\"warning\","
                    "\"time_ms\":1700000000123,\"record\":\"home.example.com\","
                    "\"message\":\"A record changed \\\"so\\\"\",\"source\":\"http-echo\","
                    "\"url\":\"https://example.com/?a=b&c\",\"before\":\"192.0.2.1\","
                    "\"after\":\"2001:db8::1\"}}");
    control_tell(control, &(struct event){ .id = EVENT_STARTED, .level = 99 });
    expect_line(fd, "{\"v\":1,\"event\":{\"id\":\"daemon.started\",\"level\":\"debug\","
                    "\"time_ms\":0,\"record\":\"\",\"message\":\"\",\"source\":\"\",\"url\":\"\","
                    "\"before\":\"\",\"after\":\"\"}}");
    close(fd);
}

static void test_answers(void **state)
{
    static const struct {
        const char *line, *answer;
    } cases[] = {
        { "{\"v\":1,\"do\":\"nonsense\"}\n",
          "{\"v\":1,\"ok\":false,\"error\":\"this daemon does not know that request\"}" },
        { "{\"do\":\"\",\"v\":1}\n",
          "{\"v\":1,\"ok\":false,\"error\":\"this daemon does not know that request\"}" },
        { "{\"v\":2,\"do\":\"events\"}\n", "{\"v\":1,\"ok\":false,\"error\":\"this daemon speaks "
                                           "version 1 of the protocol only\"}" },
        { "{\"v\":1,\"do\":\"events\",\"since\":5}\n",
          "{\"v\":1,\"ok\":true,\"version\":\"" DCDDNS_VERSION "\"}" },
    };
    (void)state;
    int fd = client_new(temp_path("control.sock"));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        say(fd, cases[i].line);
        expect_line(fd, cases[i].answer);
    }
    /* In pieces, and several at once. */
    say(fd, "{\"v\":1,");
    say(fd, "\"do\":\"x\"");
    say(fd, "}\n{\"v\":1,\"do\":\"y\"}\n{\"v\"");
    expect_line(fd, cases[0].answer);
    expect_line(fd, cases[0].answer);
    say(fd, ":1,\"do\":\"z\"}\n");
    expect_line(fd, cases[0].answer);
    close(fd);
}

static void test_malformed(void **state)
{
    static const char *const wrong[] = {
        "\n",
        "nonsense\n",
        "[]\n",
        "{}\n",
        "{\"v\":1}\n",
        "{\"do\":\"events\"}\n",
        "{\"v\":\"x\",\"do\":\"events\"}\n",
        "{\"v\":1,\"do\":5}\n",
        "{\"v\":1,\"do\":\"events\"} x\n",
        "\xff\xfe\n",
        "GET / HTTP/1.0\r\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        int fd = client_new(temp_path("control.sock"));
        memset(logged, 0, sizeof(logged));
        say(fd, wrong[i]);
        assert_true(is_closed(fd));
        assert_true(was_logged("is no request"));
        close(fd);
    }
    int fd = follower(); /* others do not notice */
    tell(1);
    char line[8192];
    assert_true(hear(fd, line, sizeof(line)));
    close(fd);
}

static void test_long_line(void **state)
{
    static char text[CONTROL_LINE_MAX + 1];
    (void)state;
    memset(text, ' ', sizeof(text));
    memcpy(text, "{\"v\":1,\"do\":\"x\"}", 16);
    text[CONTROL_LINE_MAX - 2] = '\n';
    text[CONTROL_LINE_MAX - 1] = '\0';
    int fd = client_new(temp_path("control.sock"));
    say(fd, text);
    turn(5);
    expect_line(fd, "{\"v\":1,\"ok\":false,\"error\":\"this daemon does not know that request\"}");
    text[CONTROL_LINE_MAX - 2] = ' ';
    text[CONTROL_LINE_MAX - 1] = ' ';
    text[CONTROL_LINE_MAX] = '\0';
    say(fd, text);
    turn(5);
    assert_true(is_closed(fd));
    close(fd);
}

/* -- many, and slow ones ---------------------------------------------------------------------- */

static void test_many_clients(void **state)
{
    int fds[CONTROL_CLIENTS_MAX];
    char line[8192] = "";
    (void)state;
    for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
        fds[i] = follower();
    int more = client_new(temp_path("control.sock"));
    expect_line(more, "{\"v\":1,\"ok\":false,\"error\":\"too many programs are connected to the "
                      "daemon already\"}");
    assert_true(is_closed(more));
    close(more);
    for (int n = 0; n < 3; n++) {
        tell(n);
        for (int i = 0; i < CONTROL_CLIENTS_MAX; i++) {
            assert_true(hear(fds[i], line, sizeof(line)));
            assert_non_null(strstr(line, "home.example.com"));
        }
    }
    close(fds[3]); /* makes room for one */
    turn(3);
    fds[3] = follower();
    for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
        close(fds[i]);
    turn(5);
    tell(9);
}

static void test_silent_ones_make_room(void **state)
{
    int fds[CONTROL_CLIENTS_MAX];
    char line[8192] = "";
    (void)state;
    for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
        fds[i] = i == 5 || i == 9 ? client_new(temp_path("control.sock")) : follower();
    turn(3);
    int more = follower();
    assert_true(is_closed(fds[5])); /* the first of those who asked nothing */
    tell(1);
    assert_true(hear(more, line, sizeof(line)));
    assert_true(hear(fds[0], line, sizeof(line)));
    for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
        close(fds[i]);
    close(more);
    turn(5);
}

static void test_who_did_not_ask_is_not_told(void **state)
{
    char c = 0;
    (void)state;
    int fd = client_new(temp_path("control.sock"));
    turn(3);
    tell(1);
    turn(3);
    assert_int_equal(recv(fd, &c, 1, 0), -1);
    assert_int_equal(errno, EAGAIN);
    close(fd);
}

/* Every event is either heard, in order, or counted as lost with the one that follows. */
static void test_slow_client(void **state)
{
    enum { SENT = 5000 };
    char line[8192] = "";
    int64_t next = 0, lost = 0;
    int heard = 0;
    (void)state;
    int slow = follower();
    int64_t began = os.boot_ms();
    for (int i = 0; i < SENT; i++)
        tell(i);
    assert_true(os.boot_ms() - began < 5000 * slower());
    int quick = follower(); /* the others are served all the while */
    tell(SENT);
    assert_true(hear(quick, line, sizeof(line)));
    while (next <= SENT) {
        int64_t number = 0, dropped = 0;
        assert_true(hear(slow, line, sizeof(line)));
        struct json *json = json_parse(line, strlen(line));
        json_integer(json, "dropped", 1, SENT, &dropped);
        assert_true(json_integer(json_get(json, "event"), "message", 0, SENT, &number));
        json_free(&json);
        assert_int_equal(number, next + dropped);
        next = number + 1;
        lost += dropped;
        heard++;
    }
    assert_int_equal(heard + lost, SENT + 1);
    assert_true(lost > 0);
    close(slow);
    close(quick);
}

/* Who asks on and on without reading is let go, and does not fill our memory. */
static void test_greedy_client(void **state)
{
    (void)state;
    int fd = client_new(temp_path("control.sock"));
    int rounds = 0;
    for (; rounds < 100000; rounds++) {
        ssize_t put = send(fd, EVENTS, sizeof(EVENTS) - 1, MSG_NOSIGNAL);
        turn(1);
        if (put < 0 && errno == EPIPE)
            break;
    }
    assert_true(rounds < 100000);
    close(fd);
    fd = follower();
    close(fd);
}

/* -- its place -------------------------------------------------------------------------------- */

static void test_mode_and_end(void **state)
{
    struct stat st = { 0 };
    (void)state;
    assert_int_equal(stat(temp_path("control.sock"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0660);
    int fd = follower();
    control_close(&control);
    assert_true(is_closed(fd));
    assert_int_not_equal(stat(temp_path("control.sock"), &st), 0);
    close(fd);
}

/* On reload the engine's loop is another one; nobody is lost, and nothing that was said. */
static void test_moves_to_another_loop(void **state)
{
    char line[8192] = "";
    (void)state;
    int fd = follower();
    control_attach(control, NULL);
    tell(1); /* while the old engine ends */
    net_free(&net);
    tell(2);
    net = net_new(NULL, NULL);
    control_attach(control, net);
    tell(3);
    for (int i = 1; i <= 3; i++) {
        char want[32];
        snprintf(want, sizeof(want), "\"message\":\"%d\"", i);
        assert_true(hear(fd, line, sizeof(line)));
        assert_non_null(strstr(line, want));
    }
    int other = follower();
    control_attach(control, net); /* the reload failed: the same again */
    tell(4);
    assert_true(hear(other, line, sizeof(line)));
    assert_true(hear(fd, line, sizeof(line)));
    close(fd);
    close(other);
}

static int connect_as_other(void)
{
    struct error err = { 0 };
    int fd = os_local_connect(temp_path("control.sock"), &err);
    if (fd >= 0)
        return 1;
    return err.class == ERR_PERM ? 2 : 3;
}

static void test_others_are_kept_out(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    assert_int_equal(chmod(temp_dir, 0755), 0);
    assert_int_equal(as_user(NOBODY, connect_as_other), 2);
    assert_int_equal(chown(temp_path("control.sock"), 0, NOBODY), 0);
    assert_int_equal(as_user(NOBODY, connect_as_other), 1); /* now it is of the group */
    turn(3);
    assert_true(was_logged("user 65534 connected"));
}

static void test_path(void **state)
{
    struct config config = { 0 };
    char given[] = "/tmp/there", none[] = "none";
    (void)state;
    config.control_socket = given;
    char *path = control_path(&config, "/state");
    assert_string_equal(path, "/tmp/there");
    mem_free(path);
    config.control_socket = none;
    assert_null(control_path(&config, "/state"));
    config.control_socket = NULL;
    setenv("RUNTIME_DIRECTORY", "/run/given", 1);
    path = control_path(&config, "/state");
    assert_string_equal(path, "/run/given/control.sock");
    mem_free(path);
    unsetenv("RUNTIME_DIRECTORY");
    if (geteuid() != 0)
        return;
    setenv("XDG_RUNTIME_DIR", "/run/user/0", 1); /* root's daemon is the system's */
    path = control_path(&config, "/state");
    assert_string_equal(path, DCDDNS_RUN_DIR "/control.sock");
    mem_free(path);
}

static int path_as_other(void)
{
    const struct config config = { 0 };
    setenv("XDG_RUNTIME_DIR", "/run/user/9", 1);
    char *path = control_path(&config, "/state");
    if (strcmp(path, "/run/user/9/dcddns/control.sock") != 0)
        return 1;
    mem_free(path);
    unsetenv("XDG_RUNTIME_DIR");
    path = control_path(&config, "/state");
    int rc = strcmp(path, "/state/control.sock") != 0 ? 2 : 0;
    mem_free(path);
    return rc;
}

static void test_path_of_a_user(void **state)
{
    (void)state;
    if (geteuid() == 0)
        assert_int_equal(as_user(NOBODY, path_as_other), 0);
}

static void test_no_memory(void **state)
{
    struct error err = { 0 };
    (void)state;
    int fd = follower();
    control_close(&control);
    close(fd);
    for (long n = 0; !control; n++) {
        failing_memory_at(n);
        control = control_open(temp_path("control.sock"), 0, 0, &err);
        failing_memory_off();
        assert_true(n < 50);
    }
    control_attach(control, net);
    for (long n = 0; n < 40; n++) { /* a client may be lost, never the daemon */
        fd = client_new(temp_path("control.sock"));
        failing_memory_at(n);
        (void)!send(fd, EVENTS, sizeof(EVENTS) - 1, MSG_NOSIGNAL);
        turn(3);
        tell(1);
        failing_memory_off();
        close(fd);
        turn(3);
    }
    close(follower());
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, up, rig_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_event),
        TEST(test_answers),
        TEST(test_malformed),
        TEST(test_long_line),
        TEST(test_many_clients),
        TEST(test_silent_ones_make_room),
        TEST(test_who_did_not_ask_is_not_told),
        TEST(test_slow_client),
        TEST(test_greedy_client),
        TEST(test_mode_and_end),
        TEST(test_moves_to_another_loop),
        TEST(test_others_are_kept_out),
        TEST(test_path),
        TEST(test_path_of_a_user),
        TEST(test_no_memory),
    };
    failing_memory_off(); /* one allocator from the first block on */
    return cmocka_run_group_tests_name("control", tests, NULL, NULL);
}
