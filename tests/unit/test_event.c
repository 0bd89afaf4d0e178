/* The event bus: order, overflow, slow notifiers, the end. */
#include "engine_modules.h"

#include "engine/event.h"

enum { QUEUE = 64 };

static struct instance *notifier;
static struct events *bus;

static int set_up(void **state)
{
    struct error err = { 0 };
    rig_begin(state);
    rig_modules_reset();
    notifier = rig_instance(DCDDNS_KIND_NOTIFIER, "note", "0", NULL);
    bus = events_new(&notifier, 1, &err);
    assert_non_null(bus);
    return 0;
}

static int tear_down(void **state)
{
    rig_release();
    if (bus)
        assert_true(events_free(&bus, NULL, 5000));
    instance_free(&notifier);
    return rig_end(state);
}

static void send(int number)
{
    struct event event = { .id = EVENT_CONSENT_NEEDED, /* no limit holds it back */
                           .level = DCDDNS_LOG_NOTICE,
                           .record = "h.example.com" };
    snprintf(event.message, sizeof(event.message), "%d", number);
    event.before = ip("8.8.4.4");
    event.after = ip("2a00:1450::1");
    events_send(bus, &event);
}

static void test_arrives_whole_and_in_order(void **state)
{
    (void)state;
    for (int i = 0; i < 40; i++)
        send(i);
    assert_true(events_free(&bus, NULL, 5000));
    assert_int_equal(rig_events_seen(), 40);
    for (int i = 0; i < 40; i++) {
        assert_int_equal(rig_number(rig_events[i].message), i);
        assert_string_equal(rig_events[i].id, "consent.needed");
        assert_string_equal(rig_events[i].record, "h.example.com");
        assert_int_equal(rig_events[i].level, DCDDNS_LOG_NOTICE);
        assert_ip(&rig_events[i].before, "8.8.4.4");
        assert_ip(&rig_events[i].after, "2a00:1450::1");
    }
}

static int64_t event_time;

static void note_time(const struct dcddns_event *event)
{
    pthread_mutex_lock(&rig_mutex);
    event_time = event->time_ms;
    assert_string_equal(event->profile, "note");
    pthread_mutex_unlock(&rig_mutex);
}

static void test_time_is_filled_in(void **state)
{
    struct event event = { .id = EVENT_STARTED, .level = DCDDNS_LOG_INFO };
    (void)state;
    rig_on_event = note_time;
    events_send(bus, &event);
    RIG_AWAIT(rig_events_seen() == 1);
    assert_true(events_free(&bus, NULL, 5000));
    assert_int_equal(event_time, rig_wall_ms());
}

/* Numbers that were lost, as the delivered events tell it. */
static int told_lost(void)
{
    int lost = 0;
    for (int i = 0; i < rig_event_count; i++) {
        const char *at = strstr(rig_events[i].message, " (");
        int n = 0;
        if (!at)
            continue;
        assert_int_equal(sscanf(at, " (and %d more", &n), 1);
        assert_true(n > 0);
        lost += n;
    }
    return lost;
}

static void test_overflow_drops_the_oldest(void **state)
{
    const int sent = 1 + QUEUE + 36;
    (void)state;
    atomic_store(&rig_notify_hangs, true);
    send(0);
    RIG_AWAIT(atomic_load(&rig_notify_entered) == 1); /* 0 is with the notifier now */
    int64_t began = rig_real_ms();
    for (int i = 1; i < sent; i++)
        send(i);
    assert_true(rig_real_ms() - began < 1000);
    rig_release();
    RIG_AWAIT(rig_events_seen() == 1 + QUEUE);
    send(sent);
    assert_true(events_free(&bus, NULL, 5000));
    assert_int_equal(rig_events_seen(), 1 + QUEUE + 1);
    assert_int_equal(rig_number(rig_events[0].message), 0);
    for (int i = 0; i < QUEUE; i++)
        assert_int_equal(rig_number(rig_events[1 + i].message), sent - QUEUE + i);
    assert_int_equal(told_lost(), 36);
}

static void test_every_loss_is_told(void **state)
{
    const int sent = 1 + 5 * QUEUE;
    (void)state;
    atomic_store(&rig_notify_hangs, true);
    for (int i = 0; i < sent; i++)
        send(i);
    rig_release();
    RIG_AWAIT(rig_events_seen() >= QUEUE);
    usleep(20000);
    send(sent);
    assert_true(events_free(&bus, NULL, 5000));
    assert_int_equal(rig_number(rig_events[rig_events_seen() - 1].message), sent);
    assert_int_equal(told_lost() + rig_events_seen(), sent + 1);
}

static void test_end_delivers_what_is_queued(void **state)
{
    (void)state;
    for (int i = 0; i < QUEUE; i++)
        send(i);
    assert_true(events_free(&bus, NULL, 5000));
    assert_null(bus);
    assert_int_equal(rig_events_seen(), QUEUE);
    assert_true(events_free(&bus, NULL, 0));
}

/* A notifier that honours its call ends when the grace is over: nothing is left behind. */
static void test_end_cancels_a_slow_notifier(void **state)
{
    (void)state;
    atomic_store(&rig_notify_blocks, true);
    send(1);
    send(2);
    RIG_AWAIT(atomic_load(&rig_notify_entered) == 1);
    rig_flow(true);
    int64_t began = rig_real_ms();
    assert_true(events_free(&bus, NULL, 100));
    assert_true(rig_real_ms() - began < 1500);
    assert_int_equal(rig_events_seen(), 1); /* 2 was not even tried */
}

/* One that does not is left to itself; the grace is one for all of them. */
static void leaves_hung_notifiers(void **state)
{
    struct instance *three[] = { rig_instance(DCDDNS_KIND_NOTIFIER, "a", "0", NULL),
                                 rig_instance(DCDDNS_KIND_NOTIFIER, "b", "1", NULL),
                                 rig_instance(DCDDNS_KIND_NOTIFIER, "c", "2", NULL) };
    struct error err = { 0 };
    struct events *mine = events_new(three, 3, &err);
    struct event event = { .id = EVENT_FAILED, .level = DCDDNS_LOG_ERROR, .message = "m" };
    (void)state;
    assert_non_null(mine);
    rig_modules_reset();
    atomic_store(&rig_notify_hangs, true);
    events_send(mine, &event);
    RIG_AWAIT(atomic_load(&rig_notify_entered) == 3);
    rig_flow(true);
    int64_t began = rig_real_ms();
    assert_false(events_free(&mine, NULL, 300));
    assert_true(rig_real_ms() - began < 300 + 3 * 1000 + 500);
    assert_null(mine);
    rig_release();
    RIG_AWAIT(rig_events_seen() == 3);
    usleep(20000);
    /* their instances are the bus's for ever */
}

static void test_end_leaves_hung_notifiers(void **state)
{
    (void)state;
    rig_in_child(leaves_hung_notifiers, rig_begin, NULL);
}

static char logged[600];
static int log_count;

static void keep_line(void *ctx, int level, const char *line)
{
    (void)ctx;
    (void)level;
    log_count++;
    snprintf(logged, sizeof(logged), "%s", line);
}

static void test_log(void **state)
{
    (void)state;
    log_to(keep_line, NULL);
    send(7);
    assert_string_equal(logged, "h.example.com: 7");
    events_log_too(bus, false);
    log_count = 0;
    send(8);
    RIG_AWAIT(rig_events_seen() == 2);
    assert_int_equal(log_count, 0);
    events_log_too(bus, true);
    send(9);
    assert_int_equal(log_count, 1);
    events_send(NULL,
                &(struct event){ .id = EVENT_FAILED, .level = DCDDNS_LOG_ERROR, .message = "x" });
    assert_string_equal(logged, "x"); /* without a bus there is still the log */
}

/* The journal gets it from the notifier, or else from the log: never twice, never not at all. */
static void test_a_notifier_that_is_the_log(void **state)
{
    const struct event_filter few = { .events = event_set_named("update") };
    struct event event = { .id = EVENT_FAILED, .level = DCDDNS_LOG_ERROR, .message = "no" };
    (void)state;
    log_to(keep_line, NULL);
    log_count = 0;
    events_is_log(bus, 0);
    events_want(bus, 0, &few);
    events_send(bus, &event);
    assert_int_equal(log_count, 0);
    events_send(bus, &event); /* not told again */
    assert_int_equal(log_count, 1);
    send(1); /* not wanted */
    assert_int_equal(log_count, 2);
    event.audience = EVENT_LOG;
    events_send(bus, &event);
    assert_int_equal(log_count, 3);
    event.audience = EVENT_NOTIFIERS;
    snprintf(event.message, sizeof(event.message), "again");
    events_send(bus, &event);
    assert_int_equal(log_count, 3);
    event.audience = EVENT_EVERYBODY;
    for (int i = 0; i < 20; i++) {
        snprintf(event.message, sizeof(event.message), "%d", i);
        events_send(bus, &event);
    }
    assert_int_equal(log_count, 3 + 20 - 8); /* too many for it */
    RIG_AWAIT(rig_events_seen() == 10);
}

static void test_without_notifiers(void **state)
{
    struct error err = { 0 };
    struct events *mine = events_new(NULL, 0, &err);
    (void)state;
    assert_non_null(mine);
    events_send(mine, &(struct event){ .id = EVENT_FAILED, .level = DCDDNS_LOG_ERROR });
    assert_true(events_free(&mine, NULL, 0));
}

static int allocations_left;
static void *(*real_alloc)(size_t);

static void *few(size_t size)
{
    return allocations_left-- > 0 ? real_alloc(size) : NULL;
}

static void test_no_memory(void **state)
{
    struct error err = { 0 };
    struct events *mine = NULL;
    (void)state;
    real_alloc = mem_calls.alloc;
    for (int n = 0; !mine; n++) {
        allocations_left = n;
        mem_calls.alloc = few;
        mine = events_new(&notifier, 1, &err);
        mem_calls.alloc = real_alloc;
        assert_true(mine || err.class == ERR_LOCAL);
        assert_true(n < 50);
    }
    assert_true(events_free(&mine, NULL, 1000));
}

#define WITH_BUS(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BUS(test_arrives_whole_and_in_order),
        WITH_BUS(test_time_is_filled_in),
        WITH_BUS(test_overflow_drops_the_oldest),
        WITH_BUS(test_every_loss_is_told),
        WITH_BUS(test_end_delivers_what_is_queued),
        WITH_BUS(test_end_cancels_a_slow_notifier),
        cmocka_unit_test(test_end_leaves_hung_notifiers),
        WITH_BUS(test_log),
        WITH_BUS(test_a_notifier_that_is_the_log),
        WITH_BUS(test_without_notifiers),
        WITH_BUS(test_no_memory),
    };
    return cmocka_run_group_tests_name("event", tests, NULL, NULL);
}
