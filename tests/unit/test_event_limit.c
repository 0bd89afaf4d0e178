/* Ten at once, then one a minute. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/event_limit.h"

enum { MINUTE = 60 * 1000 };

static int take_all(struct event_limit *limit, int64_t now)
{
    int got = 0;
    while (got < 100 && event_limit_take(limit, now))
        got++;
    return got;
}

static void test_burst_then_one_a_minute(void **state)
{
    struct event_limit limit = { 0 };
    int64_t now = 5000;
    (void)state;
    assert_int_equal(take_all(&limit, now), 10);
    assert_int_equal(event_limit_next(&limit, now), now + MINUTE);
    assert_int_equal(take_all(&limit, now + MINUTE - 1), 0);
    assert_int_equal(take_all(&limit, now + MINUTE), 1);
    assert_int_equal(take_all(&limit, now + MINUTE), 0);
    assert_int_equal(event_limit_next(&limit, now + MINUTE), now + 2 * MINUTE);
    assert_int_equal(take_all(&limit, now + 4 * MINUTE + 5), 3);
    assert_int_equal(take_all(&limit, now + 5 * MINUTE), 1); /* not a minute from the last one */
}

static void test_full_again(void **state)
{
    struct event_limit limit = { 0 };
    (void)state;
    assert_int_equal(take_all(&limit, 0), 10);
    assert_int_equal(take_all(&limit, 9 * MINUTE), 9);
    assert_int_equal(take_all(&limit, 1000 * (int64_t)MINUTE), 10); /* and no fuller */
    assert_true(event_limit_next(&limit, 2000 * (int64_t)MINUTE) == 2000 * (int64_t)MINUTE);
}

/* A thousand in an hour: the burst and one a minute. */
static void test_an_hour(void **state)
{
    struct event_limit limit = { 0 };
    int got = 0;
    (void)state;
    for (int i = 0; i < 1000; i++)
        got += event_limit_take(&limit, i * 3600) ? 1 : 0;
    assert_int_equal(got, 10 + 59);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_burst_then_one_a_minute),
        cmocka_unit_test(test_full_again),
        cmocka_unit_test(test_an_hour),
    };
    return cmocka_run_group_tests_name("event_limit", tests, NULL, NULL);
}
