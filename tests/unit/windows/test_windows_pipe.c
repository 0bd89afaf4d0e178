/* The control channel over a named pipe: who gets in, that nothing is lost, and that nobody holds
 * anybody up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "platform/windows_handles.h"

enum { LONG_MS = 20000, BIG = 40 * 1024 * 1024 };

static char place[128];

static struct os_listener *open_listener(void)
{
    static int count;
    struct error err = { 0 };
    snprintf(place, sizeof(place), "C:\\test\\%lu\\%d\\control.sock", GetCurrentProcessId(),
             ++count);
    struct os_listener *listener = os_listener_open(place, 0, 0, &err);
    if (!listener)
        fail_msg("%s", err.text);
    return listener;
}

static bool is_readable(int fd, int64_t ms)
{
    WSAPOLLFD at = { .fd = (SOCKET)fd, .events = POLLRDNORM };
    return WSAPoll(&at, 1, (int)ms) == 1;
}

static int connect_client(void)
{
    struct error err = { 0 };
    int fd = os_local_connect(place, &err);
    if (fd < 0)
        fail_msg("%s", err.text);
    return fd;
}

static int accept_client(struct os_listener *listener, struct os_peer *peer)
{
    assert_true(is_readable(os_listener_fd(listener), LONG_MS));
    int fd = os_listener_accept(listener, peer);
    assert_true(fd >= 0);
    return fd;
}

static int64_t read_soon(int fd, void *data, size_t size)
{
    assert_true(is_readable(fd, LONG_MS));
    return os_local_read(fd, data, size);
}

static void two_clients_talk(void **state)
{
    struct os_peer peer = { 0 };
    int clients[2] = { -1, -1 }, servers[2] = { -1, -1 };
    char data[8] = "";
    (void)state;
    struct os_listener *listener = open_listener();
    assert_int_equal(os_listener_accept(listener, &peer), -EAGAIN);
    for (int i = 0; i < 2; i++) {
        clients[i] = connect_client();
        servers[i] = accept_client(listener, &peer);
        assert_int_equal(peer.pid, GetCurrentProcessId());
        assert_int_not_equal(peer.uid, UINT32_MAX);
        assert_int_equal(os_local_read(servers[i], data, sizeof(data)), -EAGAIN);
    }
    assert_int_equal(os_listener_accept(listener, &peer), -EAGAIN);
    for (int i = 0; i < 2; i++)
        assert_int_equal(os_local_write(clients[i], i == 0 ? "one" : "two", 3), 3);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(read_soon(servers[i], data, sizeof(data)), 3);
        assert_memory_equal(data, i == 0 ? "one" : "two", 3);
        assert_int_equal(os_local_write(servers[i], "answer", 6), 6);
        assert_int_equal(read_soon(clients[i], data, sizeof(data)), 6);
    }
    os_local_close(servers[0]); /* the client reads the end */
    assert_int_equal(read_soon(clients[0], data, sizeof(data)), 0);
    os_local_close(clients[0]);
    os_local_close(clients[1]); /* and so does the server */
    assert_int_equal(read_soon(servers[1], data, sizeof(data)), 0);
    os_local_close(servers[1]);
    os_listener_close(&listener);
    assert_null(listener);
}

/* However the place is spelt, it is the same; and it is free again in the end. */
static void a_second_listener_is_refused(void **state)
{
    struct error err = { 0 };
    (void)state;
    struct os_listener *listener = open_listener();
    for (char *at = place; *at; at++)
        *at = *at == '\\' ? '/' : *at == 'c' ? 'C' : *at;
    assert_null(os_listener_open(place, 0, 0, &err));
    assert_int_equal(err.class, ERR_LOCAL);
    assert_non_null(strstr(err.text, "another daemon listens there"));
    int client = connect_client();
    os_local_close(client);
    os_listener_close(&listener);
    listener = os_listener_open(place, 0, 0, &err);
    assert_non_null(listener);
    os_listener_close(&listener);
}

static void nobody_listens(void **state)
{
    struct error err = { 0 };
    (void)state;
    assert_int_equal(os_local_connect("C:\\no\\such\\place", &err), -1);
    assert_int_equal(err.class, ERR_TEMP);
    assert_non_null(
        strstr(err.text, "no daemon listens at C:\\no\\such\\place (\\\\.\\pipe\\dcddns-"));
    /* One that has a name of its own. */
    assert_int_equal(os_local_connect("//./pipe/dcddns/control.sock", &err), -1);
    assert_string_equal(err.text, "no daemon listens at \\\\.\\pipe\\dcddns\\control.sock");
}

static void the_server_goes(void **state)
{
    struct os_peer peer = { 0 };
    char data[8] = "";
    (void)state;
    struct os_listener *listener = open_listener();
    int client = connect_client();
    int server = accept_client(listener, &peer);
    int waiting = connect_client(); /* and is never accepted */
    /* What is written last arrives, however soon all ends. */
    assert_int_equal(os_local_write(client, "unread", 6), 6);
    assert_int_equal(os_local_write(server, "last", 4), 4);
    os_local_close(server);
    os_listener_close(&listener);
    assert_int_equal(read_soon(client, data, sizeof(data)), 4);
    assert_memory_equal(data, "last", 4);
    assert_int_equal(read_soon(client, data, sizeof(data)), 0);
    assert_int_equal(read_soon(waiting, data, sizeof(data)), 0);
    os_local_close(client);
    os_local_close(waiting);
}

static void write_big(void *arg)
{
    const int fd = *(int *)arg;
    char *data = mem_new(1, BIG);
    size_t done = 0;
    for (size_t i = 0; data && i < BIG; i++)
        data[i] = (char)(i * 31 >> 7);
    while (data && done < BIG) {
        WSAPOLLFD at = { .fd = (SOCKET)fd, .events = POLLWRNORM };
        int64_t put = os_local_write(fd, data + done, BIG - done);
        if (put > 0)
            done += (size_t)put;
        else if (put != -EAGAIN)
            break;
        else
            WSAPoll(&at, 1, LONG_MS);
    }
    mem_free(data);
    os_local_close(fd);
}

static void a_big_answer(void **state)
{
    static char data[65536];
    struct os_peer peer = { 0 };
    size_t total = 0;
    int64_t got = 1;
    (void)state;
    struct os_listener *listener = open_listener();
    int client = connect_client();
    int server = accept_client(listener, &peer);
    struct os_thread *thread = os_thread_start("write", write_big, &server);
    while (got > 0) {
        got = read_soon(client, data, sizeof(data));
        for (int64_t i = 0; i < got; i++) {
            if (data[i] != (char)((total + (size_t)i) * 31 >> 7))
                fail_msg("another byte at %u", (unsigned)(total + (size_t)i));
        }
        total += got > 0 ? (size_t)got : 0;
    }
    assert_int_equal(got, 0);
    assert_int_equal(total, BIG);
    os_thread_join(&thread);
    os_local_close(client);
    os_listener_close(&listener);
}

/* The daemon is told that no more fits, lets it go, and ends soon all the same. */
static void a_client_that_does_not_read(void **state)
{
    static const char data[65536];
    struct os_peer peer = { 0 };
    int64_t put = 1;
    int full = 0;
    (void)state;
    struct os_listener *listener = open_listener();
    int client = connect_client();
    int server = accept_client(listener, &peer);
    while (full < 20) {
        put = os_local_write(server, data, sizeof(data));
        assert_true(put > 0 || put == -EAGAIN);
        full = put > 0 ? 0 : full + 1;
        if (put < 0)
            Sleep(10);
    }
    const int64_t began = (int64_t)GetTickCount64();
    os_local_close(server);
    os_listener_close(&listener);
    assert_true((int64_t)GetTickCount64() - began < 6000);
    os_local_close(client);
}

/* Connections come and go without anything left behind. */
static void many_come_and_go(void **state)
{
    struct os_peer peer = { 0 };
    char data[8] = "";
    DWORD before = 0, after = 0;
    (void)state;
    struct os_listener *listener = open_listener();
    for (int i = 0; i < 60; i++) {
        if (i == 10)
            GetProcessHandleCount(GetCurrentProcess(), &before);
        int client = connect_client();
        int server = accept_client(listener, &peer);
        os_local_close(client);
        assert_int_equal(read_soon(server, data, sizeof(data)), 0);
        os_local_close(server);
    }
    for (int i = 0; i < 100 && windows_pumps_of(listener) > 0; i++)
        Sleep(20);
    for (int i = 0; i < 100 && (i == 0 || after > before + 8); i++) {
        Sleep(100); /* those of the clients end, too */
        GetProcessHandleCount(GetCurrentProcess(), &after);
    }
    assert_true(after <= before + 8);
    os_listener_close(&listener);
}

static void a_pipe_may_be_named(void **state)
{
    struct error err = { 0 };
    struct os_peer peer = { 0 };
    (void)state;
    snprintf(place, sizeof(place), "\\\\.\\pipe\\dcddns-test-%lu", GetCurrentProcessId());
    struct os_listener *listener = os_listener_open(place, 0, 0, &err);
    assert_non_null(listener);
    int client = connect_client();
    os_local_close(accept_client(listener, &peer));
    os_local_close(client);
    os_listener_close(&listener);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_clients_talk), cmocka_unit_test(a_second_listener_is_refused),
        cmocka_unit_test(nobody_listens),   cmocka_unit_test(the_server_goes),
        cmocka_unit_test(a_big_answer),     cmocka_unit_test(a_client_that_does_not_read),
        cmocka_unit_test(many_come_and_go), cmocka_unit_test(a_pipe_may_be_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
