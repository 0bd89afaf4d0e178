/* Threads, gates and queues of Windows: order, ends, and a gate beside a socket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdatomic.h>
#include <string.h>

#include "dcddns/plugin.h"
#include "platform/lock.h"
#include "platform/windows_handles.h"

struct job {
    struct os_gate *go;
    struct os_queue *queue;
    atomic_int ran;
};

static void work(void *arg)
{
    struct job *job = arg;
    int ready = 0;
    if (job->go)
        os_gate_wait(job->go, UINTPTR_MAX, 0, -1, &ready);
    atomic_fetch_add(&job->ran, 1);
}

static void runs_and_joins(void **state)
{
    struct job job = { .go = os_gate_new() };
    (void)state;
    struct os_thread *thread = os_thread_start("a thread with a long name", work, &job);
    assert_non_null(thread);
    assert_false(os_thread_join_within(&thread, 50));
    assert_non_null(thread);
    os_gate_open(job.go);
    assert_true(os_thread_join_within(&thread, 10000));
    assert_null(thread);
    assert_int_equal(atomic_load(&job.ran), 1);
    os_gate_free(&job.go);
}

static void a_gate_has_its_time(void **state)
{
    struct os_gate *gate = os_gate_new();
    int ready = 5;
    (void)state;
    int64_t began = lock_now_ms();
    assert_true(os_gate_wait(gate, UINTPTR_MAX, 0, 80, &ready));
    assert_int_equal(ready, 0);
    assert_true(lock_now_ms() - began >= 60);
    assert_false(os_gate_is_open(gate));
    os_gate_open(gate);
    assert_false(os_gate_wait(gate, UINTPTR_MAX, 0, -1, &ready));
    assert_true(os_gate_is_open(gate));
    os_gate_free(&gate);
}

static void a_gate_beside_a_socket(void **state)
{
    SOCKET pair[2] = { INVALID_SOCKET, INVALID_SOCKET };
    struct os_gate *gate = os_gate_new();
    char data[16384] = "";
    int ready = 0;
    (void)state;
    assert_int_equal(windows_socket_pair(pair), 0);
    assert_true(os_gate_wait(gate, pair[0], DCDDNS_READ, 50, &ready));
    assert_int_equal(ready, 0);
    /* What may be written now is told, again and again. */
    for (int i = 0; i < 2; i++) {
        assert_true(os_gate_wait(gate, pair[0], DCDDNS_READ | DCDDNS_WRITE, 5000, &ready));
        assert_int_equal(ready, DCDDNS_WRITE);
    }
    assert_int_equal(send(pair[1], "x", 1, 0), 1);
    for (int i = 0; i < 2; i++) {
        assert_true(os_gate_wait(gate, pair[0], DCDDNS_READ, 5000, &ready));
        assert_int_equal(ready, DCDDNS_READ);
    }
    assert_int_equal(recv(pair[0], data, sizeof(data), 0), 1);
    while (send(pair[0], data, sizeof(data), 0) > 0) /* until it is full */
        continue;
    assert_true(os_gate_wait(gate, pair[0], DCDDNS_WRITE, 50, &ready));
    assert_int_equal(ready, 0);
    windows_socket_close(&pair[1]);
    assert_true(os_gate_wait(gate, pair[0], DCDDNS_READ, 5000, &ready));
    assert_int_equal(ready, DCDDNS_READ); /* the end can be read */
    os_gate_open(gate);
    assert_false(os_gate_wait(gate, pair[0], DCDDNS_READ, 5000, &ready));
    windows_socket_close(&pair[0]);
    os_gate_free(&gate);
}

static void say_later(void *arg)
{
    SOCKET *socket = arg;
    Sleep(100);
    send(*socket, "x", 1, 0);
}

static void open_later(void *arg)
{
    Sleep(100);
    os_gate_open(arg);
}

/* Both wake up who sleeps already. */
static void a_gate_wakes(void **state)
{
    SOCKET pair[2] = { INVALID_SOCKET, INVALID_SOCKET };
    struct os_gate *gate = os_gate_new();
    int ready = 0;
    (void)state;
    assert_int_equal(windows_socket_pair(pair), 0);
    struct os_thread *thread = os_thread_start("say", say_later, &pair[1]);
    int64_t began = lock_now_ms();
    assert_true(os_gate_wait(gate, pair[0], DCDDNS_READ, 20000, &ready));
    assert_int_equal(ready, DCDDNS_READ);
    os_thread_join(&thread);
    char byte = 0;
    assert_int_equal(recv(pair[0], &byte, 1, 0), 1);
    thread = os_thread_start("open", open_later, gate);
    assert_false(os_gate_wait(gate, pair[0], DCDDNS_READ, 20000, &ready));
    assert_true(lock_now_ms() - began < 10000);
    os_thread_join(&thread);
    windows_socket_close(&pair[0]);
    windows_socket_close(&pair[1]);
    os_gate_free(&gate);
}

static void take_all(void *arg)
{
    struct job *job = arg;
    int item = 0;
    while (os_queue_take(job->queue, &item, -1))
        atomic_fetch_add(&job->ran, item);
}

static void a_queue_between_threads(void **state)
{
    struct job job = { .queue = os_queue_new(sizeof(int), 8) };
    struct os_thread *threads[3] = { NULL };
    int item = 0;
    (void)state;
    int64_t began = lock_now_ms();
    assert_false(os_queue_take(job.queue, &item, 80));
    assert_true(lock_now_ms() - began >= 60);
    for (int i = 0; i < 3; i++)
        threads[i] = os_thread_start("take", take_all, &job);
    for (int i = 1; i <= 1000; i++) {
        while (!os_queue_put(job.queue, &i))
            Sleep(1);
    }
    os_queue_close(job.queue);
    for (int i = 0; i < 3; i++)
        os_thread_join(&threads[i]);
    assert_int_equal(atomic_load(&job.ran), 500500);
    assert_false(os_queue_put(job.queue, &item));
    os_queue_free(&job.queue);
}

static void a_full_queue_drops_the_oldest(void **state)
{
    struct os_queue *queue = os_queue_new(sizeof(int), 2);
    int dropped = 0, got = 0;
    bool did = false;
    (void)state;
    for (int i = 1; i <= 3; i++)
        assert_true(os_queue_push_out(queue, &i, &dropped, &did));
    assert_true(did);
    assert_int_equal(dropped, 1);
    assert_true(os_queue_take(queue, &got, 0));
    assert_int_equal(got, 2);
    os_queue_free(&queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_and_joins),          cmocka_unit_test(a_gate_has_its_time),
        cmocka_unit_test(a_gate_beside_a_socket),  cmocka_unit_test(a_gate_wakes),
        cmocka_unit_test(a_queue_between_threads), cmocka_unit_test(a_full_queue_drops_the_oldest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
