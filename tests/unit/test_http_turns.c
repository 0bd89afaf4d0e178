/* Whose turn it is: a line for each host and port, their limits, and no memory left behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/failing_memory.h"

#include "net/http_turns.h"

enum { MANY = HTTP_RUNNING_MAX + 10 };

static struct http_turns turns;
static struct http_turn a[MANY], b[MANY];

static int setup(void **state)
{
    (void)state;
    memset(&turns, 0, sizeof(turns));
    memset(a, 0, sizeof(a));
    memset(b, 0, sizeof(b));
    return 0;
}

static void waits(struct http_turn *turn, const char *host, uint16_t port)
{
    assert_true(http_turns_wait(&turns, turn, host, port));
}

static size_t run_all(void)
{
    size_t count = 0;
    while (http_turns_next(&turns))
        count++;
    return count;
}

static void leave_all(struct http_turn *list)
{
    for (size_t i = 0; i < MANY; i++)
        http_turns_leave(&turns, &list[i]);
}

static void test_a_line_is_in_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++)
        waits(&a[i], "a.test", 443);
    http_turns_leave(&turns, &a[1]);
    assert_ptr_equal(http_turns_next(&turns), &a[0]);
    assert_ptr_equal(http_turns_next(&turns), &a[2]);
    assert_null(http_turns_next(&turns));
    leave_all(a);
    assert_null(turns.first);
}

static void test_a_full_line_leaves_room_for_others(void **state)
{
    (void)state;
    for (size_t i = 0; i < MANY; i++)
        waits(&a[i], "a.test", 443);
    assert_int_equal(run_all(), HTTP_RUNNING_HOST_MAX);
    waits(&b[0], "b.test", 443);
    assert_ptr_equal(http_turns_next(&turns), &b[0]);
    waits(&b[1], "a.test", 8443); /* another port is another server */
    assert_ptr_equal(http_turns_next(&turns), &b[1]);
    assert_null(http_turns_next(&turns));
    http_turns_leave(&turns, &a[5]);
    assert_ptr_equal(http_turns_next(&turns), &a[HTTP_RUNNING_HOST_MAX]);
    assert_null(http_turns_next(&turns));
    leave_all(a);
    leave_all(b);
    assert_int_equal(turns.running, 0);
    assert_null(turns.first);
}

static void test_lines_take_turns(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++)
        waits(&a[i], "a.test", 443);
    waits(&b[0], "b.test", 443);
    waits(&b[1], "b.test", 443);
    assert_ptr_equal(http_turns_next(&turns), &a[0]);
    assert_ptr_equal(http_turns_next(&turns), &b[0]);
    assert_ptr_equal(http_turns_next(&turns), &a[1]);
    assert_ptr_equal(http_turns_next(&turns), &b[1]);
    assert_ptr_equal(http_turns_next(&turns), &a[2]);
    leave_all(a);
    leave_all(b);
}

static void test_all_together_have_a_limit(void **state)
{
    (void)state;
    for (size_t i = 0; i < MANY; i++)
        waits(&a[i], "a.test", (uint16_t)(1 + i));
    assert_int_equal(run_all(), HTTP_RUNNING_MAX);
    http_turns_leave(&turns, &a[0]);
    http_turns_leave(&turns, &a[0]); /* twice does no harm */
    assert_int_equal(run_all(), 1);
    leave_all(a);
    assert_int_equal(turns.running, 0);
    assert_null(turns.first);
}

static void test_without_memory_nothing_waits(void **state)
{
    (void)state;
    for (long n = 0; n < 2; n++) {
        failing_memory_at(n);
        assert_false(http_turns_wait(&turns, &a[0], "a.test", 443));
        failing_memory_off();
        http_turns_leave(&turns, &a[0]);
        assert_null(http_turns_next(&turns));
        assert_null(turns.first);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_a_line_is_in_order, setup),
        cmocka_unit_test_setup(test_a_full_line_leaves_room_for_others, setup),
        cmocka_unit_test_setup(test_lines_take_turns, setup),
        cmocka_unit_test_setup(test_all_together_have_a_limit, setup),
        cmocka_unit_test_setup(test_without_memory_nothing_waits, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
