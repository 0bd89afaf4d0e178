/* One notifier at work: what cannot be delivered now is tried again, in order, for a day. */
#include "engine_modules.h"

#include "engine/outbox.h"

static struct instance *notifier;
static struct outbox *box;
static int warnings, notices;
static pthread_mutex_t lines_mutex = PTHREAD_MUTEX_INITIALIZER;

static void count_line(void *ctx, int level, const char *line)
{
    (void)ctx;
    (void)line;
    pthread_mutex_lock(&lines_mutex);
    warnings += level == DCDDNS_LOG_WARN ? 1 : 0;
    notices += level == DCDDNS_LOG_NOTICE ? 1 : 0;
    pthread_mutex_unlock(&lines_mutex);
}

static int set_up(void **state)
{
    rig_begin(state);
    rig_modules_reset();
    warnings = notices = 0;
    log_to(count_line, NULL);
    notifier = rig_instance(DCDDNS_KIND_NOTIFIER, "note", "0", NULL);
    box = outbox_new(notifier);
    assert_non_null(box);
    return 0;
}

static bool shut(int64_t grace_ms)
{
    rig_flow(true);
    outbox_close(box);
    const bool clean = outbox_free(&box, NULL, rig_boot_ms() + grace_ms);
    rig_flow(false);
    return clean;
}

static int tear_down(void **state)
{
    rig_release();
    if (box)
        assert_true(shut(5000));
    instance_free(&notifier);
    return rig_end(state);
}

static void put(int number, uint32_t missed)
{
    struct event event = { .id = EVENT_APPLIED, .level = DCDDNS_LOG_NOTICE };
    snprintf(event.message, sizeof(event.message), "%d", number);
    outbox_put(box, &event, missed);
}

static void away(int code)
{
    atomic_store(&rig_notify_code, code);
}

static int failed(void)
{
    return atomic_load(&rig_notify_failed);
}

static void test_backoff(void **state)
{
    (void)state;
    assert_int_equal(outbox_backoff_ms(1), 5000);
    assert_int_equal(outbox_backoff_ms(2), 10000);
    assert_int_equal(outbox_backoff_ms(7), 320000);
    assert_int_equal(outbox_backoff_ms(8), 600000);
    assert_int_equal(outbox_backoff_ms(1000000), 600000);
}

static void test_tried_again(void **state)
{
    (void)state;
    away(DCDDNS_E_TEMP);
    put(1, 0);
    RIG_AWAIT(failed() == 1 && !outbox_is_busy(box));
    assert_true(outbox_is_pending(box));
    usleep(1200000); /* it looks at the clock, which stands */
    assert_int_equal(failed(), 1);
    away(DCDDNS_OK);
    rig_pass(5 * SECOND);
    RIG_AWAIT(rig_events_seen() == 1);
    RIG_AWAIT(!outbox_is_pending(box));
    assert_string_equal(rig_events[0].message, "1");
    assert_int_equal(warnings, 1);
    assert_int_equal(notices, 1); /* works again */
}

/* A newer event waits its turn and is a reason to try at once. */
static void test_order_and_news(void **state)
{
    (void)state;
    away(DCDDNS_E_TEMP);
    put(1, 0);
    RIG_AWAIT(failed() == 1 && !outbox_is_busy(box));
    rig_pass(5 * SECOND);
    RIG_AWAIT(failed() == 2 && !outbox_is_busy(box));
    away(DCDDNS_OK);
    rig_pass(6 * SECOND); /* less than the ten of the second wait */
    put(2, 0);
    RIG_AWAIT(rig_events_seen() == 2);
    assert_string_equal(rig_events[0].message, "1");
    assert_string_equal(rig_events[1].message, "2");
}

/* What will not pass by itself is not tried again, and counts as missed. */
static void test_refused(void **state)
{
    (void)state;
    away(DCDDNS_E_CONFIG);
    put(1, 4);
    put(2, 0);
    RIG_AWAIT(failed() == 2);
    RIG_AWAIT(!outbox_is_pending(box));
    away(DCDDNS_OK);
    put(3, 2);
    RIG_AWAIT(rig_events_seen() == 1);
    assert_string_equal(rig_events[0].message, "3 (and 8 more, see the log)");
    assert_int_equal(warnings, 2);
    put(4, 0);
    RIG_AWAIT(rig_events_seen() == 2);
    assert_string_equal(rig_events[1].message, "4");
}

/* Behind a dead uplink: the newest are kept, the others counted; after a day one is given up. */
static void test_bounded(void **state)
{
    (void)state;
    away(DCDDNS_E_TEMP);
    put(0, 0);
    RIG_AWAIT(failed() == 1 && !outbox_is_busy(box));
    for (int i = 1; i <= 2 * OUTBOX_MAX; i++)
        put(i, 0);
    rig_pass(25 * HOUR);
    RIG_AWAIT(failed() >= 3 && !outbox_is_busy(box)); /* 0 for the last time, then the next one */
    away(DCDDNS_OK);
    rig_pass(HOUR);
    RIG_AWAIT(rig_events_seen() == OUTBOX_MAX);
    RIG_AWAIT(!outbox_is_pending(box));
    assert_int_equal(rig_number(rig_events[0].message), OUTBOX_MAX + 1);
    /* What was pushed out is told by the letter that took its place, the one given up by the next.
     */
    int missed = 0;
    for (int i = 0; i < OUTBOX_MAX; i++) {
        int n = 0;
        const char *at = strstr(rig_events[i].message, "(and ");
        if (at && sscanf(at, "(and %d more", &n) == 1)
            missed += n;
    }
    put(999, 0);
    RIG_AWAIT(rig_events_seen() == OUTBOX_MAX + 1);
    const char *at = strstr(rig_events[OUTBOX_MAX].message, "(and ");
    int last = 0;
    if (at)
        assert_int_equal(sscanf(at, "(and %d more", &last), 1);
    assert_int_equal(missed + last, 1 + OUTBOX_MAX);
}

/* One event that its receiver never takes does not stand in the way of the others. */
static void test_overtaken(void **state)
{
    (void)state;
    atomic_store(&rig_notify_refuses, 1);
    put(1, 0);
    RIG_AWAIT(failed() == 1 && !outbox_is_busy(box));
    put(2, 0);
    rig_pass(5 * SECOND);
    RIG_AWAIT(rig_events_seen() == 1);
    RIG_AWAIT(!outbox_is_pending(box));
    assert_string_equal(rig_events[0].message, "2");
    assert_int_equal(failed(), 2);
    put(3, 0);
    RIG_AWAIT(rig_events_seen() == 2);
    assert_string_equal(rig_events[1].message, "3 (and 1 more, see the log)");
}

/* The end does not wait: each is tried once more, and nothing is kept. */
static void test_end(void **state)
{
    (void)state;
    away(DCDDNS_E_TEMP);
    put(1, 0);
    RIG_AWAIT(failed() == 1 && !outbox_is_busy(box));
    put(2, 0);
    int64_t began = rig_real_ms();
    assert_true(shut(10000));
    assert_true(rig_real_ms() - began < 3000);
    assert_int_equal(failed(), 3);
    assert_int_equal(rig_events_seen(), 0);
}

static void test_deadline_is_shown(void **state)
{
    (void)state;
    assert_int_equal(outbox_deadline(box), 0);
    atomic_store(&rig_notify_hangs, true);
    put(1, 0);
    RIG_AWAIT(outbox_deadline(box) != 0);
    assert_int_equal(outbox_deadline(box), rig_boot_ms() + OUTBOX_CALL_MS);
    rig_release();
    RIG_AWAIT(outbox_deadline(box) == 0);
}

#define WITH_BOX(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_backoff),
        WITH_BOX(test_tried_again),
        WITH_BOX(test_order_and_news),
        WITH_BOX(test_refused),
        WITH_BOX(test_bounded),
        WITH_BOX(test_overtaken),
        WITH_BOX(test_end),
        WITH_BOX(test_deadline_is_shown),
    };
    return cmocka_run_group_tests_name("outbox", tests, NULL, NULL);
}
