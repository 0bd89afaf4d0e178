/* Sources at work: one query for all, deadlines, sources that hang, the end. */
#include "engine_modules.h"

#include "engine/source.h"

enum { TIMEOUT = 15 * SECOND, GRACE = 5 * SECOND };

static struct net *net;
static struct instance *instance;
static struct source *source;
static int stuck_calls;
static const struct source_terms plain = { 0 };

struct heard {
    int count, code;
    struct dcddns_addr addr;
    enum error_class class;
    char source[64];
};

static void hear(void *ctx, const struct source_answer *a)
{
    struct heard *h = ctx;
    h->count++;
    h->code = a->code;
    h->addr = a->addr;
    h->class = a->error.class;
    snprintf(h->source, sizeof(h->source), "%s", a->source);
}

static void on_out(void *ctx, const char *words)
{
    assert_ptr_equal(ctx, &net);
    assert_non_null(strstr(words, "IP source echo "));
    stuck_calls++;
}

static int set_up(void **state)
{
    struct error err = { 0 };
    rig_begin(state);
    rig_modules_reset();
    net = net_new(NULL, &err);
    assert_non_null(net);
    instance = rig_instance(DCDDNS_KIND_IP_SOURCE, "echo", "0", net);
    source = source_new(net, instance, TIMEOUT, on_out, &net);
    assert_non_null(source);
    stuck_calls = 0;
    rig_set(0, RIG_SAY, "8.8.4.4", "2a00:1450::1");
    return 0;
}

static int tear_down(void **state)
{
    rig_release();
    rig_flow(true);
    if (source) {
        assert_true(source_free(&source, 5000));
        instance_free(&instance);
    }
    net_free(&net);
    return rig_end(state);
}

static void answer(struct heard *h, int family, bool fresh)
{
    *h = (struct heard){ 0 };
    assert_true(source_ask(source, family, &plain, fresh, hear, h));
    assert_int_equal(h->count, 0); /* never before a turn */
    RIG_UNTIL(net, h->count > 0);
    assert_int_equal(h->count, 1);
}

static void test_both_families(void **state)
{
    struct heard four = { 0 }, six = { 0 };
    (void)state;
    assert_string_equal(source_name(source), "echo");
    assert_true(source_ask(source, 4, &plain, false, hear, &four));
    assert_true(source_ask(source, 6, &plain, false, hear, &six));
    RIG_UNTIL(net, four.count && six.count);
    assert_ip(&four.addr, "8.8.4.4");
    assert_ip(&six.addr, "2a00:1450::1");
    assert_string_equal(four.source, "echo");
    assert_int_equal(four.code, DCDDNS_OK);
    assert_int_equal(rig_get(0).queries[0], 1);
    assert_int_equal(rig_get(0).queries[1], 1);
}

static void test_thousand_askers_one_query(void **state)
{
    static struct heard heard[1000];
    int done = 0;
    (void)state;
    memset(heard, 0, sizeof(heard));
    for (int i = 0; i < 1000; i++)
        assert_true(source_ask(source, 4, &plain, i % 2 == 1, hear, &heard[i]));
    RIG_UNTIL(net, heard[0].count > 0);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(heard[i].count, 1);
        assert_ip(&heard[i].addr, "8.8.4.4");
        done++;
    }
    assert_int_equal(done, 1000);
    assert_int_equal(rig_queries(0), 1);
}

static void test_two_seconds(void **state)
{
    static const struct {
        int64_t later;
        bool fresh;
        int family, queries;
    } rows[] = {
        { 0, false, 4, 1 },    { 1999, false, 4, 1 }, /* the answer of 1000 s */
        { 0, true, 4, 2 },                            /* at 1001.999 s */
        { 1999, false, 4, 2 }, { 0, false, 6, 3 },    /* the other family is another question */
        { 1, false, 4, 4 },                           /* two seconds old */
    };
    struct heard h = { 0 };
    (void)state;
    answer(&h, 4, false);
    rig_set(0, RIG_SAY, "8.8.8.8", "2a00:1450::2");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        rig_pass(rows[i].later);
        answer(&h, rows[i].family, rows[i].fresh);
        assert_int_equal(rig_queries(0), rows[i].queries);
        if (rows[i].family == 4)
            assert_ip(&h.addr, rows[i].queries == 1 ? "8.8.4.4" : "8.8.8.8");
    }
}

static void test_failures_are_told(void **state)
{
    struct heard h = { 0 };
    (void)state;
    rig_set(0, RIG_FAIL, "8.8.4.4", "");
    answer(&h, 4, false);
    assert_int_equal(h.code, DCDDNS_E_TEMP);
    assert_int_equal(h.class, ERR_TEMP);
    assert_int_equal(h.addr.family, 0);
    rig_set(0, RIG_SAY, "", "");
    answer(&h, 6, false);
    assert_int_equal(h.code, DCDDNS_E_NOADDR);
    rig_set(0, RIG_SAY, "8.8.4.4", "");
    answer(&h, 4, false); /* a failure is not worth keeping */
    assert_int_equal(h.code, DCDDNS_OK);
}

static void test_deadline_cancels(void **state)
{
    struct heard h = { 0 };
    (void)state;
    rig_set(0, RIG_BLOCK, "", "");
    assert_true(source_ask(source, 4, &plain, false, hear, &h));
    RIG_UNTIL(net, rig_get(0).inside == 1);
    rig_pass(TIMEOUT - 1);
    net_turn(net, 30);
    assert_int_equal(h.count, 0);
    rig_pass(1);
    RIG_UNTIL(net, h.count > 0);
    assert_int_equal(h.code, DCDDNS_E_STOP);
    assert_false(source_is_out(source));
    assert_int_equal(stuck_calls, 0);
    rig_set(0, RIG_SAY, "8.8.4.4", "");
    answer(&h, 4, false); /* and it goes on */
    assert_ip(&h.addr, "8.8.4.4");
}

static void get_stuck(struct heard *four, struct heard *six)
{
    rig_set(0, RIG_IGNORE, "8.8.4.4", "");
    assert_true(source_ask(source, 4, &plain, false, hear, four));
    assert_true(source_ask(source, 6, &plain, false, hear, six));
    RIG_UNTIL(net, rig_get(0).inside == 1);
    rig_pass(TIMEOUT);
    net_turn(net, 5);
    rig_pass(GRACE - 1);
    net_turn(net, 5);
    assert_false(source_is_out(source));
    rig_pass(1);
    net_turn(net, 5);
    assert_true(source_is_out(source));
}

static void test_ignoring_the_deadline(void **state)
{
    struct heard four = { 0 }, six = { 0 }, later = { 0 };
    (void)state;
    get_stuck(&four, &six);
    assert_int_equal(stuck_calls, 1);
    assert_int_equal(four.count, 1);
    assert_int_equal(six.count, 1);
    assert_int_equal(four.code, DCDDNS_E_STOP);
    assert_int_equal(four.addr.family, 0);
    answer(&later, 4, true); /* answered at once, nobody is asked */
    assert_int_equal(later.code, DCDDNS_E_STOP);
    assert_string_equal(later.source, "echo");
    rig_release(); /* the answer comes after all: nobody is told twice */
    RIG_AWAIT(rig_get(0).finished >= 1);
    for (int i = 0; i < 5; i++)
        net_turn(net, 5);
    rig_pass(HOUR);
    net_turn(net, 5);
    assert_int_equal(four.count, 1);
    assert_int_equal(stuck_calls, 1);
    assert_true(source_is_out(source));
}

/* A broken promise: nobody relies on this module again, whoever waits learns why. */
static void test_a_bug_ends_it(void **state)
{
    struct heard four = { 0 }, six = { 0 }, later = { 0 };
    (void)state;
    rig_set(0, RIG_BUG, "8.8.4.4", "");
    assert_true(source_ask(source, 4, &plain, false, hear, &four));
    assert_true(source_ask(source, 6, &plain, false, hear, &six));
    RIG_UNTIL(net, four.count == 1 && six.count == 1);
    assert_int_equal(four.code, DCDDNS_E_BUG);
    assert_int_equal(six.code, DCDDNS_E_STOP); /* was not even asked */
    assert_int_equal(rig_get(0).queries[1], 0);
    assert_true(source_is_out(source));
    assert_int_equal(stuck_calls, 1);
    rig_set(0, RIG_SAY, "8.8.4.4", "");
    answer(&later, 4, true);
    assert_int_equal(later.code, DCDDNS_E_STOP);
    assert_int_equal(rig_get(0).queries[0], 1);
    assert_int_equal(stuck_calls, 1);
}

/* -- terms and the queue ------------------------------------------------------------------------
 */

static const struct source_terms lan = { .allow_private = true }, wan = { .device = "wan1" };

static void test_terms_are_not_shared(void **state)
{
    struct heard h = { 0 };
    (void)state;
    rig_set_wan(0, "wan1", "9.9.9.9");
    answer(&h, 4, false);
    assert_ip(&h.addr, "8.8.4.4");
    assert_true(rig_get(0).refused_private);
    h = (struct heard){ 0 };
    assert_true(source_ask(source, 4, &wan, false, hear, &h)); /* young, but of another device */
    RIG_UNTIL(net, h.count > 0);
    assert_ip(&h.addr, "9.9.9.9");
    assert_int_equal(rig_queries(0), 2);
    h = (struct heard){ 0 };
    assert_true(source_ask(source, 4, &lan, false, hear, &h));
    RIG_UNTIL(net, h.count > 0);
    assert_false(rig_get(0).refused_private);
    assert_int_equal(rig_queries(0), 3);
    h = (struct heard){ 0 };
    assert_true(source_ask(source, 4, &wan, false, hear, &h)); /* each has its own young answer */
    RIG_UNTIL(net, h.count > 0);
    assert_ip(&h.addr, "9.9.9.9");
    assert_int_equal(rig_queries(0), 3);
}

/* Each question has its whole time, which begins when it is asked. */
static void test_one_question_at_a_time(void **state)
{
    struct heard four = { 0 }, six = { 0 }, other = { 0 }, late = { 0 };
    (void)state;
    rig_set(0, RIG_BLOCK, "", "");
    assert_true(source_ask(source, 4, &plain, false, hear, &four));
    assert_true(source_ask(source, 6, &plain, false, hear, &six));
    assert_true(source_ask(source, 4, &wan, false, hear, &other));
    RIG_UNTIL(net, rig_get(0).inside == 1);
    rig_pass(10 * SECOND);
    assert_true(source_ask(source, 6, &plain, true, hear, &late)); /* joins the one that waits */
    net_turn(net, 5);
    assert_int_equal(rig_queries(0), 1);
    rig_pass(5 * SECOND);
    RIG_UNTIL(net, four.count == 1);
    assert_int_equal(four.code, DCDDNS_E_STOP);
    RIG_UNTIL(net, rig_queries(0) == 2 && rig_get(0).inside == 1);
    assert_int_equal(rig_get(0).queries[1], 1); /* first come, first served */
    rig_pass(TIMEOUT - 1);
    net_turn(net, 30);
    assert_int_equal(six.count, 0);
    rig_pass(1);
    RIG_UNTIL(net, six.count == 1 && late.count == 1);
    RIG_UNTIL(net, rig_queries(0) == 3 && rig_get(0).inside == 1);
    assert_int_equal(other.count, 0);
    rig_pass(TIMEOUT);
    RIG_UNTIL(net, other.count == 1);
    assert_false(source_is_out(source));
    assert_int_equal(four.count + six.count + late.count + other.count, 4);
}

static struct heard chained;

static void hear_and_ask(void *ctx, const struct source_answer *a)
{
    hear(ctx, a);
    assert_true(source_ask(source, 4, &wan, true, hear, &chained));
}

/* Whoever asks again from his callback comes after those who wait. */
static void test_asking_from_the_callback(void **state)
{
    struct heard four = { 0 }, six = { 0 };
    (void)state;
    memset(&chained, 0, sizeof(chained));
    rig_set_wan(0, "wan1", "9.9.9.9");
    assert_true(source_ask(source, 4, &plain, false, hear_and_ask, &four));
    assert_true(source_ask(source, 6, &plain, false, hear, &six));
    RIG_UNTIL(net, chained.count == 1);
    assert_int_equal(six.count, 1);
    assert_ip(&chained.addr, "9.9.9.9");
    assert_int_equal(rig_queries(0), 3);
}

/* A question that began before the change does not serve one who heard of it since. */
static void test_fresh_does_not_join_an_old_question(void **state)
{
    struct heard old = { 0 }, fresh = { 0 }, plain_one = { 0 };
    (void)state;
    rig_set(0, RIG_HOLD, "8.8.4.4", "");
    assert_true(source_ask(source, 4, &plain, false, hear, &old));
    RIG_UNTIL(net, rig_get(0).inside == 1);
    rig_pass(SECOND);
    assert_true(source_ask(source, 4, &plain, true, hear, &fresh));
    assert_true(source_ask(source, 4, &plain, false, hear, &plain_one));
    rig_release();
    RIG_UNTIL(net, old.count == 1 && plain_one.count == 1);
    RIG_UNTIL(net, fresh.count == 1);
    assert_int_equal(rig_queries(0), 2);
    assert_int_equal(old.count + fresh.count + plain_one.count, 3);
}

static void test_unproven_is_told(void **state)
{
    struct heard h = { 0 };
    (void)state;
    rig_set(0, RIG_GUESS, "8.8.4.4", "");
    for (int i = 0; i < 2; i++) { /* the second time from memory */
        answer(&h, 4, false);
        assert_int_equal(h.code, DCDDNS_UNPROVEN);
        assert_ip(&h.addr, "8.8.4.4");
        assert_int_equal(h.class, ERR_NONE);
    }
    assert_int_equal(rig_queries(0), 1);
}

static void free_with_a_stuck_worker(void **state)
{
    struct heard four = { 0 }, six = { 0 };
    (void)state;
    get_stuck(&four, &six);
    rig_flow(true);
    int64_t began = rig_real_ms();
    assert_false(source_free(&source, 100));
    assert_null(source);
    assert_true(rig_real_ms() - began < 2000);
    rig_release(); /* the worker comes back to a world without its source */
    RIG_AWAIT(rig_get(0).finished >= 1);
    for (int i = 0; i < 10; i++)
        net_turn(net, 5);
    RIG_AWAIT(rig_get(0).inside == 0);
    usleep(20000);
    net_turn(net, 5);
    assert_int_equal(four.count, 1);
    assert_int_equal(six.count, 1);
}

static void test_free_with_a_stuck_worker(void **state)
{
    (void)state;
    rig_in_child(free_with_a_stuck_worker, set_up, NULL);
}

static void test_free_while_asked(void **state)
{
    struct heard four = { 0 }, six = { 0 };
    (void)state;
    rig_set(0, RIG_BLOCK, "", "");
    assert_true(source_ask(source, 4, &plain, false, hear, &four));
    assert_true(source_ask(source, 6, &plain, false, hear, &six));
    RIG_UNTIL(net, rig_get(0).inside == 1);
    rig_flow(true);
    int64_t began = rig_real_ms();
    assert_true(source_free(&source, 5000));
    assert_true(rig_real_ms() - began < 3000);
    assert_true(four.count <= 1 && six.count <= 1);
    int before = four.count + six.count;
    instance_free(&instance);
    for (int i = 0; i < 5; i++)
        net_turn(net, 2);
    assert_int_equal(four.count + six.count, before); /* not after the end */
}

static void test_free_with_a_known_answer_on_its_way(void **state)
{
    struct heard h = { 0 }, again = { 0 };
    (void)state;
    answer(&h, 4, false);
    assert_true(source_ask(source, 4, &plain, false, hear, &again)); /* young: known already */
    rig_flow(true);
    assert_true(source_free(&source, 1000));
    instance_free(&instance);
    int before = again.count;
    for (int i = 0; i < 5; i++)
        net_turn(net, 2);
    assert_int_equal(again.count, before);
}

static void test_never_asked(void **state)
{
    (void)state;
    rig_flow(true);
    assert_true(source_free(&source, 0));
    assert_true(source_free(&source, 0));
    instance_free(&instance);
}

static _Thread_local bool counting; /* this thread's allocations may fail; the worker's do not */
static int allocations_left;
static void *(*real_alloc)(size_t);

static void *few(size_t size)
{
    if (counting && allocations_left-- <= 0)
        return NULL;
    return real_alloc(size);
}

/* DONE runs exactly when source_ask() said true. */
static void test_no_memory(void **state)
{
    bool asked = false;
    (void)state;
    real_alloc = mem_calls.alloc;
    mem_calls.alloc = few;
    for (int n = 0; !asked; n++) {
        struct heard h = { 0 };
        assert_true(n < 50);
        allocations_left = n;
        counting = true;
        asked = source_ask(source, 4, &plain, true, hear, &h);
        counting = false;
        if (asked)
            RIG_UNTIL(net, h.count == 1);
        net_turn(net, 1);
        assert_int_equal(h.count, asked);
    }
    rig_flow(true);
    assert_true(source_free(&source, 5000));
    instance_free(&instance);
    mem_calls.alloc = real_alloc;
}

/* A question that waited and then cannot be asked is answered: with that. */
static void test_no_memory_for_the_next(void **state)
{
    struct heard four = { 0 }, six = { 0 };
    (void)state;
    rig_set(0, RIG_HOLD, "8.8.4.4", "2a00:1450::1");
    assert_true(source_ask(source, 4, &plain, false, hear, &four));
    assert_true(source_ask(source, 6, &plain, false, hear, &six));
    RIG_UNTIL(net, rig_get(0).inside == 1);
    real_alloc = mem_calls.alloc;
    mem_calls.alloc = few;
    allocations_left = 0;
    counting = true;
    rig_release();
    RIG_UNTIL(net, four.count == 1 && six.count == 1);
    counting = false;
    assert_ip(&four.addr, "8.8.4.4");
    assert_int_equal(six.code, DCDDNS_E_NOMEM);
    assert_int_equal(six.class, ERR_LOCAL);
    mem_calls.alloc = real_alloc;
    answer(&six, 6, true); /* and it goes on */
    assert_ip(&six.addr, "2a00:1450::1");
}

static atomic_bool memory_is_gone;

static void *until_gone(size_t size)
{
    return atomic_load(&memory_is_gone) ? NULL : real_alloc(size);
}

/* The answer of a question that has begun arrives all the same. */
static void test_answer_without_memory(void **state)
{
    struct heard h = { 0 };
    (void)state;
    real_alloc = mem_calls.alloc;
    mem_calls.alloc = until_gone;
    rig_set(0, RIG_HOLD, "8.8.4.4", "");
    assert_true(source_ask(source, 4, &plain, false, hear, &h));
    RIG_UNTIL(net, rig_get(0).inside == 1);
    atomic_store(&memory_is_gone, true);
    rig_release();
    RIG_UNTIL(net, h.count == 1);
    atomic_store(&memory_is_gone, false);
    assert_ip(&h.addr, "8.8.4.4");
    assert_true(source_free(&source, 5000));
    instance_free(&instance);
    mem_calls.alloc = real_alloc;
}

#define WITH_SOURCE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SOURCE(test_both_families),
        WITH_SOURCE(test_thousand_askers_one_query),
        WITH_SOURCE(test_two_seconds),
        WITH_SOURCE(test_failures_are_told),
        WITH_SOURCE(test_deadline_cancels),
        WITH_SOURCE(test_ignoring_the_deadline),
        WITH_SOURCE(test_a_bug_ends_it),
        WITH_SOURCE(test_terms_are_not_shared),
        WITH_SOURCE(test_one_question_at_a_time),
        WITH_SOURCE(test_asking_from_the_callback),
        WITH_SOURCE(test_fresh_does_not_join_an_old_question),
        WITH_SOURCE(test_unproven_is_told),
        WITH_SOURCE(test_no_memory_for_the_next),
        cmocka_unit_test(test_free_with_a_stuck_worker),
        WITH_SOURCE(test_free_while_asked),
        WITH_SOURCE(test_free_with_a_known_answer_on_its_way),
        WITH_SOURCE(test_never_asked),
        WITH_SOURCE(test_no_memory),
        WITH_SOURCE(test_answer_without_memory),
    };
    return cmocka_run_group_tests_name("source", tests, NULL, NULL);
}
