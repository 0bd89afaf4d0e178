/* Threads, queues, gates: order, bounds, time limits, ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "dcddns/plugin.h"
#include "platform/os.h"
#include "unit/failing_memory.h"

static int64_t now_ms(void)
{
    struct timespec at = { 0 };
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (int64_t)at.tv_sec * 1000 + at.tv_nsec / 1000000;
}

static int reset(void **state)
{
    (void)state;
    failing_memory_off();
    return 0;
}

/* -- threads ---------------------------------------------------------------------------------- */

struct job {
    struct os_gate *go;
    atomic_int ran;
    bool blocked;
    char name[32];
};

static void work(void *arg)
{
    struct job *job = arg;
    sigset_t mask;
    int ready = 0;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    job->blocked = sigismember(&mask, SIGTERM) == 1 && sigismember(&mask, SIGHUP) == 1 &&
                   sigismember(&mask, SIGUSR1) == 1 && sigismember(&mask, SIGINT) == 1;
    if (job->go)
        os_gate_wait(job->go, UINTPTR_MAX, 0, -1, &ready);
    pthread_getname_np(pthread_self(), job->name, sizeof(job->name));
    atomic_fetch_add(&job->ran, 1);
}

static void runs_and_joins(void **state)
{
    struct job job = { .go = os_gate_new() };
    sigset_t before, after;
    (void)state;
    pthread_sigmask(SIG_SETMASK, NULL, &before);
    struct os_thread *thread = os_thread_start("a-name-that-is-too-long", work, &job);
    assert_non_null(thread);
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    assert_int_equal(sigismember(&before, SIGTERM), sigismember(&after, SIGTERM));
    os_gate_open(job.go);
    os_thread_join(&thread);
    assert_null(thread);
    os_thread_join(&thread);
    assert_true(os_thread_join_within(&thread, 0));
    assert_int_equal(job.ran, 1);
    assert_true(job.blocked);
    assert_string_equal(job.name, "a-name-that-is-");
    os_gate_free(&job.go);
}

static void joins_within_a_time(void **state)
{
    struct job job = { .go = os_gate_new() };
    struct os_thread *thread = os_thread_start("slow", work, &job);
    (void)state;
    int64_t start = now_ms();
    assert_false(os_thread_join_within(&thread, 60));
    assert_in_range(now_ms() - start, 55, 5000);
    assert_false(os_thread_join_within(&thread, 0));
    assert_int_equal(job.ran, 0);
    os_gate_open(job.go);
    start = now_ms();
    assert_true(os_thread_join_within(&thread, 20000));
    assert_true(now_ms() - start < 15000);
    assert_null(thread);
    assert_int_equal(job.ran, 1);
    os_gate_free(&job.go);
}

static void no_thread_without_memory(void **state)
{
    struct job job = { 0 };
    (void)state;
    failing_memory_at(0);
    assert_null(os_thread_start("x", work, &job));
    failing_memory_at(0);
    assert_null(os_queue_new(4, 4));
    failing_memory_at(0);
    assert_null(os_gate_new());
    failing_memory_off();
    struct rlimit limit = { 0 }, none = { 0 };
    getrlimit(RLIMIT_NOFILE, &limit);
    none.rlim_max = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &none);
    struct os_gate *gate = os_gate_new();
    setrlimit(RLIMIT_NOFILE, &limit);
    assert_null(gate);
}

/* -- queues ----------------------------------------------------------------------------------- */

struct item {
    int number;
    char padding[9];
};

static void keeps_order_and_bound(void **state)
{
    struct os_queue *queue = os_queue_new(sizeof(struct item), 3);
    (void)state;
    for (int round = 0; round < 10; round++) {
        struct item item = { 0 };
        for (int i = 0; i < 3; i++) {
            item.number = round * 3 + i;
            assert_true(os_queue_put(queue, &item));
        }
        assert_false(os_queue_put(queue, &item));
        for (int i = 0; i < 3; i++) {
            assert_true(os_queue_take(queue, &item, 0));
            assert_int_equal(item.number, round * 3 + i);
        }
        assert_false(os_queue_take(queue, &item, 0));
    }
    os_queue_free(&queue);
    assert_null(queue);
    os_queue_free(&queue);
}

static void pushes_out_the_oldest(void **state)
{
    struct os_queue *queue = os_queue_new(sizeof(int), 2);
    int dropped = -1, got = -1;
    bool did_drop = true;
    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_true(os_queue_push_out(queue, &i, &dropped, &did_drop));
        assert_false(did_drop);
        assert_int_equal(dropped, -1);
    }
    for (int i = 2; i < 7; i++) {
        assert_true(os_queue_push_out(queue, &i, &dropped, &did_drop));
        assert_true(did_drop);
        assert_int_equal(dropped, i - 2);
    }
    assert_true(os_queue_take(queue, &got, -1));
    assert_int_equal(got, 5);
    os_queue_close(queue);
    dropped = -1;
    assert_false(os_queue_push_out(queue, &got, &dropped, &did_drop));
    assert_false(did_drop);
    assert_int_equal(dropped, -1);
    assert_true(os_queue_take(queue, &got, 0)); /* drains */
    assert_int_equal(got, 6);
    os_queue_free(&queue);

    queue = os_queue_new(sizeof(int), 1);
    assert_true(os_queue_put(queue, &got));
    os_queue_close(queue);
    assert_false(os_queue_push_out(queue, &got, &dropped, &did_drop)); /* full and closed */
    assert_false(did_drop);
    assert_int_equal(dropped, -1);
    os_queue_free(&queue);
}

static void closing_ends_it(void **state)
{
    struct os_queue *queue = os_queue_new(sizeof(int), 4);
    int value = 1;
    (void)state;
    assert_true(os_queue_put(queue, &value));
    os_queue_close(queue);
    os_queue_close(queue);
    assert_false(os_queue_put(queue, &value));
    value = 0;
    assert_true(os_queue_take(queue, &value, -1));
    assert_int_equal(value, 1);
    assert_false(os_queue_take(queue, &value, -1)); /* does not wait any more */
    assert_false(os_queue_take(queue, &value, 60000));
    os_queue_free(&queue);
}

static void taking_waits_as_told(void **state)
{
    struct os_queue *queue = os_queue_new(sizeof(int), 1);
    int value = 0;
    (void)state;
    int64_t start = now_ms();
    assert_false(os_queue_take(queue, &value, 60));
    assert_in_range(now_ms() - start, 55, 5000);
    start = now_ms();
    assert_false(os_queue_take(queue, &value, 0));
    assert_true(now_ms() - start < 5000);
    os_queue_free(&queue);
}

struct pipe_end {
    struct os_queue *queue;
    atomic_int *count;
    atomic_long *sum;
    int first;
};

static void produce(void *arg)
{
    struct pipe_end *end = arg;
    for (int i = 0; i < 1000; i++) {
        int value = end->first + i;
        while (!os_queue_put(end->queue, &value))
            usleep(50);
    }
}

static void consume(void *arg)
{
    struct pipe_end *end = arg;
    int value = 0;
    while (os_queue_take(end->queue, &value, -1)) {
        atomic_fetch_add(end->count, 1);
        atomic_fetch_add(end->sum, value);
    }
}

static void nothing_is_lost_between_threads(void **state)
{
    struct os_queue *queue = os_queue_new(sizeof(int), 7);
    struct os_thread *threads[6] = { NULL };
    atomic_int count = 0;
    atomic_long sum = 0;
    struct pipe_end ends[6];
    (void)state;
    for (int i = 0; i < 6; i++) {
        ends[i] = (struct pipe_end){ queue, &count, &sum, i * 1000 };
        threads[i] = os_thread_start("t", i < 3 ? produce : consume, &ends[i]);
        assert_non_null(threads[i]);
    }
    for (int i = 0; i < 3; i++)
        os_thread_join(&threads[i]);
    os_queue_close(queue); /* wakes those who wait for ever */
    for (int i = 3; i < 6; i++)
        os_thread_join(&threads[i]);
    assert_int_equal(count, 3000);
    assert_int_equal(sum, 2999L * 3000 / 2);
    os_queue_free(&queue);
}

/* -- gates ------------------------------------------------------------------------------------ */

static void opens_once_and_stays(void **state)
{
    struct os_gate *gate = os_gate_new();
    int ready = 77;
    (void)state;
    assert_false(os_gate_is_open(gate));
    int64_t start = now_ms();
    assert_true(os_gate_wait(gate, UINTPTR_MAX, 0, 60, &ready));
    assert_in_range(now_ms() - start, 55, 5000);
    assert_int_equal(ready, 0);
    os_gate_open(gate);
    os_gate_open(gate);
    assert_true(os_gate_is_open(gate));
    for (int i = 0; i < 3; i++) {
        start = now_ms();
        assert_false(os_gate_wait(gate, UINTPTR_MAX, 0, 60000, &ready));
        assert_false(os_gate_wait(gate, UINTPTR_MAX, 0, -1, &ready));
        assert_true(now_ms() - start < 5000);
    }
    os_gate_free(&gate);
    assert_null(gate);
    os_gate_free(&gate);
}

static void waits_for_a_socket_too(void **state)
{
    struct os_gate *gate = os_gate_new();
    int ends[2] = { -1, -1 }, ready = 77;
    (void)state;
    assert_int_equal(pipe(ends), 0);
    uintptr_t in = (uintptr_t)ends[0], out = (uintptr_t)ends[1];
    assert_true(os_gate_wait(gate, in, DCDDNS_READ, 20, &ready));
    assert_int_equal(ready, 0);
    assert_true(os_gate_wait(gate, out, DCDDNS_WRITE, 60000, &ready));
    assert_int_equal(ready, DCDDNS_WRITE);
    assert_true(os_gate_wait(gate, out, DCDDNS_READ | DCDDNS_WRITE, 60000, &ready));
    assert_int_equal(ready, DCDDNS_WRITE);
    assert_int_equal(write(ends[1], "x", 1), 1);
    assert_true(os_gate_wait(gate, in, DCDDNS_READ, INT64_MAX, &ready));
    assert_int_equal(ready, DCDDNS_READ);
    char byte = 0;
    assert_int_equal(read(ends[0], &byte, 1), 1);
    close(ends[1]); /* the end is something to read, too */
    assert_true(os_gate_wait(gate, in, DCDDNS_READ, 60000, &ready));
    assert_int_equal(ready, DCDDNS_READ);
    os_gate_open(gate);
    assert_false(os_gate_wait(gate, in, DCDDNS_READ, 60000, &ready)); /* the gate goes first */
    close(ends[0]);
    os_gate_free(&gate);
}

static void the_other_end_is_gone(void **state)
{
    struct os_gate *gate = os_gate_new();
    int ends[2] = { -1, -1 }, ready = 0;
    (void)state;
    assert_int_equal(pipe(ends), 0);
    close(ends[0]);
    assert_true(os_gate_wait(gate, (uintptr_t)ends[1], DCDDNS_WRITE, 60000, &ready));
    assert_int_equal(ready, DCDDNS_WRITE); /* writing tells why */
    close(ends[1]);
    assert_true(os_gate_wait(gate, (uintptr_t)ends[1], DCDDNS_READ, 60000, &ready));
    assert_int_equal(ready, DCDDNS_READ); /* a closed descriptor does not hang */
    os_gate_free(&gate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_and_joins),
        cmocka_unit_test(joins_within_a_time),
        cmocka_unit_test_teardown(no_thread_without_memory, reset),
        cmocka_unit_test(keeps_order_and_bound),
        cmocka_unit_test(pushes_out_the_oldest),
        cmocka_unit_test(closing_ends_it),
        cmocka_unit_test(taking_waits_as_told),
        cmocka_unit_test(nothing_is_lost_between_threads),
        cmocka_unit_test(opens_once_and_stays),
        cmocka_unit_test(waits_for_a_socket_too),
        cmocka_unit_test(the_other_end_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
