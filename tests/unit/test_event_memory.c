/* The same is not told twice within a day, unless something else was told in between. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "engine/event.h"
#include "engine/event_memory.h"

enum { HOUR = 3600 * 1000 };

static struct event_memory memory;

static int reset(void **state)
{
    (void)state;
    memset(&memory, 0, sizeof(memory));
    return 0;
}

static bool news(const char *id, const char *record, const char *message, int64_t hours)
{
    struct event event = { .id = id };
    snprintf(event.record, sizeof(event.record), "%s", record);
    snprintf(event.message, sizeof(event.message), "%s", message);
    return event_memory_is_news(&memory, &event, 7 + hours * HOUR);
}

static void test_rows(void **state)
{
    static const struct {
        const char *id, *record, *message;
        int hours;
        bool news;
    } rows[] = {
        { EVENT_FAILED, "a", "no", 0, true },
        { EVENT_FAILED, "a", "no", 1, false },
        { EVENT_FAILED, "b", "no", 1, true },   /* another record */
        { EVENT_FAILED, "a", "no", 23, false }, /* a day from when it was told */
        { EVENT_FAILED, "a", "no", 24, true },
        { EVENT_FAILED, "a", "no", 30, false },
        { EVENT_FAILED, "a", "never", 31, true }, /* other words */
        { EVENT_FAILED, "a", "no", 32, true },    /* something else in between */
        { EVENT_CGNAT, "a", "no", 33, true },     /* another event */
        { EVENT_CGNAT, "a", "no", 34, false },
        { EVENT_FAILED, "b", "no", 24, false }, /* untouched by all that */
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (news(rows[i].id, rows[i].record, rows[i].message, rows[i].hours) != rows[i].news)
            fail_msg("row %zu", i);
    }
}

static void test_failed_recovered_failed(void **state)
{
    (void)state;
    assert_true(news(EVENT_FAILED, "a", "no", 0));
    assert_true(news(EVENT_RECOVERED, "a", "well", 0));
    assert_true(news(EVENT_FAILED, "a", "no", 0));
    /* What is about no record is of one kind, too. */
    assert_true(news(EVENT_SOURCE_FAILED, "", "no", 0));
    assert_false(news(EVENT_SOURCE_FAILED, "", "no", 0));
    assert_true(news(EVENT_RECOVERED, "", "well", 0));
    assert_true(news(EVENT_SOURCE_FAILED, "", "no", 0));
}

/* Answers to what a person did, and the day. */
static void test_always(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_true(news(EVENT_REJECTED, "", "an error", 0));
        assert_true(news(EVENT_SUMMARY, "", "nothing", 0));
    }
    assert_true(news("some.other", "", "x", 0));
    assert_false(news("some.other", "", "x", 0));
}

/* More records than it has room for: it forgets, and never mistakes one for another. */
static void test_many(void **state)
{
    int told_again = 0;
    (void)state;
    for (int i = 0; i < 3000; i++) {
        char record[32] = "";
        snprintf(record, sizeof(record), "h%d.example.com", i);
        assert_true(news(EVENT_APPLIED, record, "A record set to 192.0.2.1", i));
    }
    for (int i = 2900; i < 3000; i++) {
        char record[32] = "";
        snprintf(record, sizeof(record), "h%d.example.com", i);
        told_again += news(EVENT_APPLIED, record, "A record set to 192.0.2.1", i) ? 1 : 0;
    }
    assert_int_equal(told_again, 0);
    for (int i = 0; i < 100000; i++) {
        char record[32] = "";
        snprintf(record, sizeof(record), "n%d.example.com", i);
        assert_true(news(EVENT_APPLIED, record, "A record set to 192.0.2.1", 4000));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_rows, reset),
        cmocka_unit_test_setup(test_failed_recovered_failed, reset),
        cmocka_unit_test_setup(test_always, reset),
        cmocka_unit_test_setup(test_many, reset),
    };
    return cmocka_run_group_tests_name("event_memory", tests, NULL, NULL);
}
