/* Following a daemon: what arrives, what is told to a person, and coming back. */
#include "control_rig.h"

#include "base/addr.h"
#include "base/mem.h"
#include "engine/event_json.h"
#include "engine/feed.h"
#include "failing_memory.h"

static struct feed *feed;
static struct event last;
static int event_count;
static int64_t boot_began, boot_ahead; /* the clock of timers: it stands, and the test moves it */
static struct os_calls real_os;

static int64_t boot_ms(void)
{
    return boot_began + boot_ahead;
}

static void on_event(void *ctx, const struct event *event)
{
    (void)ctx;
    last = *event;
    event_count++;
}

static int up(void **state)
{
    real_os = os;
    os.boot_ms = boot_ms;
    boot_began = real_os.boot_ms();
    boot_ahead = 0;
    event_count = 0;
    return rig_up(state);
}

static int down(void **state)
{
    feed_close(&feed);
    os = real_os;
    return rig_down(state);
}

static void follow(void)
{
    static const char *paths[3];
    static char places[2][128];
    snprintf(places[0], sizeof(places[0]), "%s", temp_path("other.sock"));
    snprintf(places[1], sizeof(places[1]), "%s", temp_path("control.sock"));
    paths[0] = places[0];
    paths[1] = places[1];
    feed = feed_open(net, paths, on_event, NULL);
    assert_non_null(feed);
    turn(10);
}

static int times_logged(const char *part)
{
    int count = 0;
    for (int i = 0; i < 8; i++)
        count += strstr(logged[i], part) ? 1 : 0;
    return count;
}

static void forget_log(void)
{
    memset(logged, 0, sizeof(logged));
    log_count = 0;
}

static void test_events_arrive_whole(void **state)
{
    struct event event = { .id = EVENT_CONSENT_NEEDED,
                           .level = DCDDNS_LOG_ERROR,
                           .record = "home.example.com",
                           .message = "say \"yes\" \\ \xc3\xa4",
                           .source = "stun",
                           .url = "https://example.com/",
                           .wall_ms = 1700000000123 };
    (void)state;
    assert_int_equal(addr_parse("192.0.2.1", &event.before), 0);
    assert_int_equal(addr_parse("2001:db8::1", &event.after), 0);
    control_up();
    follow();
    assert_true(was_logged("following dcddns " DCDDNS_VERSION));
    control_tell(control, &event);
    turn(5);
    assert_int_equal(event_count, 1);
    assert_string_equal(last.id, event.id);
    assert_int_equal(last.level, event.level);
    assert_string_equal(last.record, event.record);
    assert_string_equal(last.message, event.message);
    assert_string_equal(last.source, event.source);
    assert_string_equal(last.url, event.url);
    assert_true(addr_equal(&last.before, &event.before));
    assert_true(addr_equal(&last.after, &event.after));
    assert_int_equal(last.wall_ms, event.wall_ms);
}

/* One line when it is not there, one when it is back; tries at 1, 2, 4 ... 60 s. */
static void test_comes_back(void **state)
{
    (void)state;
    log_set_level(DCDDNS_LOG_INFO);
    follow();
    assert_int_equal(times_logged("no daemon listens at"), 1);
    assert_non_null(strstr(logged[0], "control.sock"));
    for (int64_t step = 1000; step < 200000; step *= 2) {
        boot_ahead += (step < 60000 ? step : 60000) - 100; /* not yet */
        turn(2);
        boot_ahead += 100;
        turn(3);
    }
    assert_int_equal(log_count, 1);
    control_up();
    forget_log();
    boot_ahead += 60000;
    turn(10);
    assert_int_equal(times_logged("following dcddns"), 1);
    tell(1);
    turn(5);
    assert_int_equal(event_count, 1);
    control_close(&control); /* the daemon is restarted */
    turn(5);
    assert_int_equal(times_logged("the daemon is gone"), 1);
    control_up();
    boot_ahead += 1000; /* the waiting began anew */
    turn(10);
    tell(2);
    turn(5);
    assert_int_equal(event_count, 2);
    assert_string_equal(last.message, "2");
}

static void test_backoff(void **state)
{
    (void)state;
    follow();
    control_up();
    boot_ahead += 900;
    turn(5);
    assert_false(was_logged("following"));
    boot_ahead += 200;
    turn(5);
    assert_true(was_logged("following"));
}

/* What is sent by something that is no daemon, to the letter. */
static void serve(const char *text, const char *words)
{
    struct error err = { 0 };
    struct os_peer peer = { 0 };
    struct os_listener *listener = os_listener_open(temp_path("control.sock"), 0, 0, &err);
    assert_non_null(listener);
    forget_log();
    follow();
    int fd = os_listener_accept(listener, &peer);
    assert_true(fd >= 0);
    for (size_t len = strlen(text), done = 0; done < len;) {
        int64_t put = os_local_write(fd, text + done, len - done);
        done += put > 0 ? (size_t)put : 0;
        turn(1);
        if (put == -EPIPE || put == -ECONNRESET)
            break;
    }
    turn(40);
    if (!was_logged(words))
        fail_msg("no \"%s\" in \"%s\"", words, logged[0]);
    os_local_close(fd);
    feed_close(&feed);
    os_listener_close(&listener);
}

static void test_wrong_servers(void **state)
{
    static char endless[128 * 1024];
    (void)state;
    serve("HTTP/1.0 400 Bad Request\r\n", "does not speak as dcddns");
    serve("{}\n", "the daemon refuses: ");
    serve("{\"v\":1,\"ok\":false,\"error\":\"full\\u001b[1m\"}\n", "refuses: full\\x1b[1m");
    serve("{\"v\":1,\"event\":{\"id\":\"x\"}}\n", "an event that cannot be read");
    serve("{\"v\":1,\"dropped\":3,\"event\":{}}\n", "3 events of the daemon were lost");
    memset(endless, 'x', sizeof(endless) - 1);
    serve(endless, "a line that is too long");
    assert_int_equal(event_count, 0);
}

static void test_event_json(void **state)
{
    static struct event_ids ids;
    static const char *const wrong[] = {
        "{}",
        "[]",
        "{\"id\":\"\",\"level\":\"info\",\"time_ms\":1}",
        "{\"id\":\"x\",\"level\":\"loud\",\"time_ms\":1}",
        "{\"id\":\"x\",\"level\":\"info\"}",
        "{\"id\":5,\"level\":\"info\",\"time_ms\":1}",
        "{\"id\":\"x\",\"level\":\"info\",\"time_ms\":1,\"before\":\"1.2.3\"}",
    };
    char text[4096] = "";
    struct event event = { 0 };
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct json *json = json_parse(wrong[i], strlen(wrong[i]));
        assert_false(event_from_json(json, &ids, &event));
        json_free(&json);
    }
    /* Ids of a newer daemon are kept, as many as there is room for. */
    for (int i = 0; i < EVENT_IDS_MAX + 2; i++) {
        snprintf(text, sizeof(text), "{\"id\":\"new.%d\",\"level\":\"info\",\"time_ms\":1}", i);
        for (int twice = 0; twice < 2; twice++) {
            struct json *json = json_parse(text, strlen(text));
            assert_true(event_from_json(json, &ids, &event));
            json_free(&json);
        }
        snprintf(text, sizeof(text), "new.%d", i);
        assert_string_equal(event.id, i < EVENT_IDS_MAX ? text : "other");
    }
    /* Too long is cut, not refused. */
    memset(text, 'm', sizeof(text));
    snprintf(text, sizeof(text),
             "{\"id\":\"x\",\"level\":\"info\",\"time_ms\":1,\"record\":\"%0900d\"}", 1);
    struct json *json = json_parse(text, strlen(text));
    assert_true(event_from_json(json, &ids, &event));
    assert_int_equal(strlen(event.record), sizeof(event.record) - 1);
    json_free(&json);
}

static void test_no_memory(void **state)
{
    (void)state;
    control_up();
    for (long n = 0; n < 60; n++) {
        static const char *paths[2];
        paths[0] = temp_path("control.sock");
        failing_memory_at(n);
        feed = feed_open(net, paths, on_event, NULL);
        turn(4);
        tell(1);
        turn(4);
        failing_memory_off();
        feed_close(&feed);
        turn(3);
    }
    follow();
    event_count = 0;
    tell(2);
    turn(5);
    assert_int_equal(event_count, 1);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, up, down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_events_arrive_whole), TEST(test_comes_back), TEST(test_backoff),
        TEST(test_wrong_servers),       TEST(test_event_json), TEST(test_no_memory),
    };
    failing_memory_off(); /* one allocator from the first block on */
    return cmocka_run_group_tests_name("feed", tests, NULL, NULL);
}
