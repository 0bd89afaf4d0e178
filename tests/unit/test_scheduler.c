/* The schedule: the heap against a list, and the bounds of waiting times. */
#include "engine_rig.h"

#include "engine/scheduler.h"

enum { INDEXES = 300, OPERATIONS = 100000 };

static int64_t model[JOB_KINDS][INDEXES]; /* due time, INT64_MAX = not there */

static int64_t model_next(void)
{
    int64_t next = INT64_MAX;
    for (int k = 0; k < JOB_KINDS; k++) {
        for (int i = 0; i < INDEXES; i++)
            next = model[k][i] < next ? model[k][i] : next;
    }
    return next;
}

static void take_all(struct scheduler *s, int64_t now)
{
    struct job job = { 0 };
    int64_t before = INT64_MIN;
    while (scheduler_take(s, now, &job)) {
        assert_true(job.due_ms >= before && job.due_ms <= now);
        assert_int_equal(job.due_ms, model_next());
        assert_int_equal(model[job.kind][job.index], job.due_ms);
        model[job.kind][job.index] = INT64_MAX;
        before = job.due_ms;
    }
    assert_true(model_next() > now);
}

static void one_operation(struct scheduler *s)
{
    struct job job = { .due_ms = (int64_t)(rig_random() % 1000),
                       .kind = (enum job_kind)(rig_random() % JOB_KINDS),
                       .index = rig_random() % INDEXES };
    int64_t *was = &model[job.kind][job.index];
    switch (rig_random() % 8) {
    case 0:
        scheduler_remove(s, job.kind, job.index);
        *was = INT64_MAX;
        break;
    case 1:
    case 2:
        assert_true(scheduler_put_earlier(s, job));
        *was = job.due_ms < *was ? job.due_ms : *was;
        break;
    case 3:
        take_all(s, (int64_t)(rig_random() % 40));
        break;
    default:
        assert_true(scheduler_put(s, job));
        *was = job.due_ms;
        break;
    }
    assert_int_equal(scheduler_due(s, job.kind, job.index), *was);
    assert_int_equal(scheduler_next(s), model_next());
}

static void test_against_a_list(void **state)
{
    struct scheduler s = { 0 };
    (void)state;
    for (int k = 0; k < JOB_KINDS; k++) {
        for (int i = 0; i < INDEXES; i++)
            model[k][i] = INT64_MAX;
    }
    for (int i = 0; i < OPERATIONS; i++)
        one_operation(&s);
    for (int k = 0; k < JOB_KINDS; k++) {
        for (size_t i = 0; i < INDEXES; i++)
            assert_int_equal(scheduler_due(&s, (enum job_kind)k, i), model[k][i]);
    }
    take_all(&s, 1000);
    assert_int_equal(s.count, 0);
    scheduler_free(&s);
    scheduler_free(&s);
}

static void test_empty(void **state)
{
    struct scheduler s = { 0 };
    struct job job = { 0 };
    (void)state;
    assert_int_equal(scheduler_next(&s), INT64_MAX);
    assert_int_equal(scheduler_due(&s, JOB_HOST, 12345), INT64_MAX);
    assert_false(scheduler_take(&s, INT64_MAX, &job));
    scheduler_remove(&s, JOB_GRANT, 7);
    scheduler_free(&s);
}

static void test_same_index_of_two_kinds(void **state)
{
    struct scheduler s = { 0 };
    struct job job = { 0 };
    (void)state;
    assert_true(scheduler_put(&s, (struct job){ .due_ms = 5, .kind = JOB_HOST, .index = 3 }));
    assert_true(scheduler_put(&s, (struct job){ .due_ms = 4, .kind = JOB_GRANT, .index = 3 }));
    assert_true(scheduler_take(&s, 4, &job));
    assert_int_equal(job.kind, JOB_GRANT);
    assert_false(scheduler_take(&s, 4, &job));
    assert_int_equal(scheduler_due(&s, JOB_HOST, 3), 5);
    scheduler_free(&s);
}

static void *no_memory(void *block, size_t size)
{
    (void)block;
    (void)size;
    return NULL;
}

/* A job that is there can be moved without memory; a new one is refused, the others stay. */
static void test_no_memory(void **state)
{
    struct scheduler s = { 0 };
    struct mem_calls well = mem_calls;
    (void)state;
    for (size_t i = 0; i < 16; i++)
        assert_true(scheduler_put(&s, (struct job){ .due_ms = 9, .kind = JOB_HOST, .index = i }));
    mem_calls.resize = no_memory;
    assert_true(scheduler_put(&s, (struct job){ .due_ms = 3, .kind = JOB_HOST, .index = 4 }));
    assert_false(scheduler_put(&s, (struct job){ .due_ms = 1, .kind = JOB_HOST, .index = 900 }));
    assert_false(scheduler_put(&s, (struct job){ .due_ms = 1, .kind = JOB_GRANT, .index = 0 }));
    mem_calls = well;
    assert_int_equal(scheduler_next(&s), 3);
    assert_int_equal(s.count, 16);
    scheduler_free(&s);
    mem_calls.resize = no_memory;
    assert_false(scheduler_put(&s, (struct job){ .due_ms = 1, .kind = JOB_HOST, .index = 0 }));
    mem_calls = well;
    scheduler_free(&s);
}

/* What there is room for is always put down. */
static void test_reserved(void **state)
{
    const size_t counts[JOB_KINDS] = { [JOB_CHAIN] = 3, [JOB_HOST] = 40, [JOB_DNS] = 40 };
    struct scheduler s = { 0 };
    struct mem_calls well = mem_calls;
    (void)state;
    assert_true(scheduler_reserve(&s, counts));
    mem_calls.resize = no_memory;
    for (size_t kind = 0; kind < JOB_KINDS; kind++) {
        for (size_t i = 0; i < counts[kind]; i++)
            assert_true(scheduler_put(&s, (struct job){ .kind = (enum job_kind)kind, .index = i }));
    }
    assert_false(scheduler_put(&s, (struct job){ .kind = JOB_GRANT }));
    mem_calls = well;
    assert_int_equal(s.count, 83);
    scheduler_free(&s);
    mem_calls.resize = no_memory;
    assert_false(scheduler_reserve(&s, counts));
    mem_calls = well;
    scheduler_free(&s);
}

static void test_jitter(void **state)
{
    static const int64_t cases[] = { 0, 1, 4, 5, 300000, 7 * DAY };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int64_t ms = cases[i], span = ms / 5;
        assert_int_equal(scheduler_jitter(ms, 0), ms - span);
        assert_int_equal(scheduler_jitter(ms, UINT32_MAX), ms + span);
        assert_int_equal(scheduler_jitter(ms, 0x80000000U), ms);
        for (int n = 0; n < 1000; n++) {
            int64_t got = scheduler_jitter(ms, rig_random());
            assert_true(got >= ms - span && got <= ms + span);
        }
    }
}

static void test_backoff(void **state)
{
    static const int64_t seconds[] = { 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600 };
    (void)state;
    for (int i = 0; i < 10; i++) {
        int64_t ms = seconds[i] * 1000;
        assert_int_equal(scheduler_backoff(i + 1, 0x80000000U), ms);
        assert_int_equal(scheduler_backoff(i + 1, 0), ms * 8 / 10);
        assert_int_equal(scheduler_backoff(i + 1, UINT32_MAX), ms * 12 / 10);
    }
    assert_int_equal(scheduler_backoff(INT32_MAX, 0x80000000U), 3600 * 1000);
}

static void test_outage(void **state)
{
    (void)state;
    assert_int_equal(scheduler_outage_delay(1, 0x80000000U), 30000);
    assert_int_equal(scheduler_outage_delay(2, 0x80000000U), 40000);
    assert_int_equal(scheduler_outage_delay(INT32_MAX, UINT32_MAX), 48000);
    assert_int_equal(scheduler_outage_delay(INT32_MAX, 0), 32000);
}

static void test_startup(void **state)
{
    static const int64_t seconds[] = { 0, 2, 4, 8, 16, 32, 60, 60 };
    (void)state;
    for (int i = 0; i < 8; i++)
        assert_int_equal(scheduler_startup_delay(i), seconds[i] * 1000);
    assert_int_equal(scheduler_startup_delay(-1), 0);
    assert_int_equal(scheduler_startup_delay(INT32_MAX), 60000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_a_list),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_same_index_of_two_kinds),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_reserved),
        cmocka_unit_test(test_jitter),
        cmocka_unit_test(test_backoff),
        cmocka_unit_test(test_outage),
        cmocka_unit_test(test_startup),
    };
    return cmocka_run_group_tests_name("scheduler", tests, NULL, NULL);
}
