/* The module `desktop`: what is shown, by tables; and how, against a message bus of our own with a
 * notification server that is well, slow, gone, or says no. */
#include "fake_host.h"

#include <poll.h>

#include "../../plugins/notifiers/desktop.h"
#include "fake_desktop.h"

const struct dcddns_plugin *dcddns_plugin_v1_desktop(void);

/* -- what is shown ---------------------------------------------------------------------------- */

static struct dcddns_event event_of(const char *id, uint32_t level, const char *record,
                                    const char *message, const char *url)
{
    return (struct dcddns_event){ .size = sizeof(struct dcddns_event),
                                  .level = level,
                                  .id = id,
                                  .profile = "",
                                  .record = record,
                                  .message = message,
                                  .source = "",
                                  .url = url };
}

#define HOME "home.example.com"

static void test_words(void **state)
{
    static const struct {
        const char *id, *record, *title, *key, *ends;
        uint32_t level;
        int urgency;
        const char *icon;
    } cases[] = {
        { "update.applied", HOME, HOME " has a new address", HOME, "consent:" HOME,
          DCDDNS_LOG_NOTICE, DESKTOP_NORMAL, "network-transmit-receive" },
        { "update.failed", HOME, HOME " could not be updated", HOME, "", DCDDNS_LOG_ERROR,
          DESKTOP_CRITICAL, "dialog-error" },
        { "update.recovered", HOME, HOME " is up to date again", HOME, "consent:" HOME,
          DCDDNS_LOG_NOTICE, DESKTOP_NORMAL, "network-transmit-receive" },
        { "consent.needed", HOME, HOME " needs your consent", "consent:" HOME, "", DCDDNS_LOG_ERROR,
          DESKTOP_CRITICAL, "dialog-error" },
        { "source.failed", "", "The address of this network is not known", ":source", "",
          DCDDNS_LOG_WARN, DESKTOP_NORMAL, "dialog-warning" },
        { "source.stuck", "", "An IP source does not answer any more", ":source", "",
          DCDDNS_LOG_ERROR, DESKTOP_CRITICAL, "dialog-error" },
        { "config.rejected", "", "The configuration of dcddns has errors", ":config", "",
          DCDDNS_LOG_ERROR, DESKTOP_CRITICAL, "dialog-error" },
        { "new.thing", HOME, HOME, HOME, "", DCDDNS_LOG_INFO, DESKTOP_LOW,
          "network-transmit-receive" },
        { "new.thing", "", "dcddns", ":new", "", DCDDNS_LOG_DEBUG, DESKTOP_LOW,
          "network-transmit-receive" },
    };
    static struct desktop_bubble bubble;
    const struct desktop_can can = { 1, 1 };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct dcddns_event event =
            event_of(cases[i].id, cases[i].level, cases[i].record, "what happened", "");
        assert_true(desktop_is_shown(&event));
        desktop_show(&event, &can, &bubble);
        assert_string_equal(bubble.title, cases[i].title);
        assert_string_equal(bubble.body, "what happened");
        assert_string_equal(bubble.key, cases[i].key);
        assert_string_equal(bubble.ends, cases[i].ends);
        assert_int_equal(bubble.urgency, cases[i].urgency);
        assert_string_equal(bubble.icon, cases[i].icon);
        assert_null(bubble.action);
        assert_string_equal(bubble.url, "");
    }
}

static void test_routine_is_not_shown(void **state)
{
    static const char *const ids[] = { "daemon.started", "daemon.stopping", "config.reloaded" };
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        const struct dcddns_event event = event_of(ids[i], DCDDNS_LOG_NOTICE, "", "x", "");
        assert_false(desktop_is_shown(&event));
    }
}

static void test_text(void **state)
{
    static const struct {
        const char *message, *plain, *markup;
    } cases[] = {
        { "a < b & \"c\" > d", "a < b & \"c\" > d", "a &lt; b &amp; \"c\" &gt; d" },
        { "<a href=\"x\">&amp;", "<a href=\"x\">&amp;", "&lt;a href=\"x\"&gt;&amp;amp;" },
        { "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80", "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80",
          "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80" },
        { "\xff\xc3 \xc0\x80\xed\xa0\x80\xf4\x90\x80\x80", "?? ?????????", "?? ?????????" },
        { "cut \xe2\x82", "cut ??", "cut ??" },
        { "esc \x1b[1m\x7f\ttab", "esc ?[1m??tab", "esc ?[1m??tab" },
        { "two\nlines", "two\nlines", "two\nlines" },
    };
    static struct desktop_bubble bubble;
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct dcddns_event event =
            event_of("update.failed", DCDDNS_LOG_ERROR, HOME, cases[i].message, "");
        desktop_show(&event, &(struct desktop_can){ 1, 0 }, &bubble);
        assert_string_equal(bubble.body, cases[i].plain);
        desktop_show(&event, &(struct desktop_can){ 1, 1 }, &bubble);
        assert_string_equal(bubble.body, cases[i].markup);
    }
}

static void test_long_text(void **state)
{
    static struct desktop_bubble bubble;
    static char message[8192];
    (void)state;
    memset(message, '&', sizeof(message) - 1);
    const struct dcddns_event event =
        event_of("update.failed", DCDDNS_LOG_ERROR, HOME, message, "https://example.com/");
    desktop_show(&event, &(struct desktop_can){ 0, 1 }, &bubble);
    size_t len = strlen(bubble.body);
    assert_true(len < sizeof(bubble.body) && len > sizeof(bubble.body) - 8);
    assert_int_equal(len % strlen("&amp;"), 0); /* no half entity, and nothing after it */
}

static void test_urls(void **state)
{
    static const struct {
        const char *url;
        int open;
    } cases[] = {
        { "https://example.com/consent?a=b&c=%20d", 1 },
        { "https://x", 1 },
        { "", 0 },
        { "https://", 0 },
        { "http://example.com/", 0 },
        { "HTTPS://example.com/", 0 },
        { "file:///etc/passwd", 0 },
        { "javascript:alert(1)", 0 },
        { "https://example.com/a b", 0 },
        { "https://example.com/\n", 0 },
        { "https://example.com/\xc3\xa4", 0 },
        { "--help", 0 },
    };
    static struct desktop_bubble bubble;
    static char text[2048];
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct dcddns_event event =
            event_of("consent.needed", DCDDNS_LOG_ERROR, HOME, "m", cases[i].url);
        assert_int_equal(desktop_may_open(cases[i].url), cases[i].open);
        desktop_show(&event, &(struct desktop_can){ 1, 1 }, &bubble);
        assert_string_equal(bubble.url, cases[i].open ? cases[i].url : "");
        if (cases[i].open)
            assert_string_equal(bubble.action, "Give consent");
        else
            assert_null(bubble.action);
        assert_string_equal(bubble.body, "m");
    }
    const struct dcddns_event other =
        event_of("new.thing", DCDDNS_LOG_INFO, HOME, "m", "https://x/?a&b");
    desktop_show(&other, &(struct desktop_can){ 1, 1 }, &bubble);
    assert_string_equal(bubble.action, "Open");
    desktop_show(&other, &(struct desktop_can){ 0, 1 }, &bubble);
    assert_null(bubble.action);
    assert_string_equal(bubble.body, "m\nhttps://x/?a&amp;b");
    desktop_show(&other, &(struct desktop_can){ 0, 0 }, &bubble);
    assert_string_equal(bubble.body, "m\nhttps://x/?a&b");
    memset(text, 'x', sizeof(text) - 1);
    memcpy(text, "https://", 8);
    assert_int_equal(desktop_may_open(text), 0);
}

/* -- how -------------------------------------------------------------------------------------- */

static const struct dcddns_plugin *plugin;
static const struct dcddns_notifier *ops;
static void *self;
static int64_t call_ends; /* real_ms() */
static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static char log_line_seen[512];

static uint32_t host_remaining(const struct dcddns_call *call)
{
    int64_t left = call_ends - real_ms();
    (void)call;
    return left > 0 ? (uint32_t)left : 0;
}

static int host_wait(struct dcddns_call *call, uintptr_t socket, int events, uint32_t timeout_ms)
{
    struct pollfd fd = { .fd = (int)socket, .events = POLLIN };
    assert_int_equal(events, DCDDNS_READ);
    uint32_t left = host_remaining(call);
    int ready = poll(&fd, 1, (int)(timeout_ms < left ? timeout_ms : left));
    return ready > 0 ? DCDDNS_READ : left <= timeout_ms ? DCDDNS_E_STOP : 0;
}

static void host_log(const struct dcddns_host *host, int level, const char *line)
{
    (void)host;
    (void)level;
    pthread_mutex_lock(&log_lock);
    snprintf(log_line_seen, sizeof(log_line_seen), "%s", line);
    pthread_mutex_unlock(&log_lock);
}

static bool was_logged(const char *part)
{
    pthread_mutex_lock(&log_lock);
    bool found = strstr(log_line_seen, part) != NULL;
    pthread_mutex_unlock(&log_lock);
    return found;
}

static void make(void)
{
    fake_reset(plugin, NULL);
    fake.host.wait = host_wait;
    fake.host.remaining_ms = host_remaining;
    fake.host.log = host_log;
    log_line_seen[0] = '\0';
    assert_int_equal(plugin->create(&fake.host, &self), DCDDNS_OK);
    call_ends = INT64_MAX / 2;
}

static int up(void **state)
{
    plugin = dcddns_plugin_v1_desktop();
    ops = plugin->ops;
    if (session_up(state) != 0)
        return -1;
    make();
    return 0;
}

static int down(void **state)
{
    if (self)
        plugin->destroy(self);
    self = NULL;
    return session_down(state);
}

static int notify(const char *id, uint32_t level, const char *record, const char *message,
                  const char *url)
{
    const struct dcddns_event event = event_of(id, level, record, message, url);
    fake.why[0] = '\0';
    return ops->notify(self, NULL, &event);
}

static int applied(const char *record, const char *message)
{
    return notify("update.applied", DCDDNS_LOG_NOTICE, record, message, "");
}

static int consent(const char *url)
{
    return notify("consent.needed", DCDDNS_LOG_ERROR, HOME, "run: dcddns setup", url);
}

static void test_descriptor(void **state)
{
    (void)state;
    fake_check_plugin(plugin, DCDDNS_KIND_NOTIFIER, "desktop");
}

static void test_arguments(void **state)
{
    (void)state;
    assert_int_equal(consent("https://example.com/?a&b"), DCDDNS_OK);
    struct shown s = last_shown();
    assert_string_equal(s.app, "dcddns");
    assert_int_equal(s.replaces, 0);
    assert_string_equal(s.icon, "dialog-error");
    assert_string_equal(s.title, HOME " needs your consent");
    assert_string_equal(s.body, "run: dcddns setup");
    assert_string_equal(s.actions, "default|Give consent|open|Give consent|");
    assert_int_equal(s.urgency, 2);
    assert_string_equal(s.category, "network.error");
    assert_int_equal(s.timeout, -1);
    assert_int_equal(applied("other.example.com", "a < b"), DCDDNS_OK);
    s = last_shown();
    assert_string_equal(s.actions, "");
    assert_string_equal(s.body, "a &lt; b");
    assert_int_equal(s.urgency, 1);
    assert_string_equal(s.category, "network");
    assert_int_equal(notify("daemon.started", DCDDNS_LOG_NOTICE, "", "x", ""), DCDDNS_OK);
    assert_int_equal(times_shown(), 2);
}

static void test_one_bubble_a_record(void **state)
{
    (void)state;
    assert_int_equal(applied(HOME, "1"), DCDDNS_OK);
    assert_int_equal(applied("b.example.com", "2"), DCDDNS_OK);
    assert_int_equal(applied(HOME, "3"), DCDDNS_OK);
    assert_int_equal(last_shown().replaces, 41);
    assert_int_equal(applied("b.example.com", "4"), DCDDNS_OK);
    assert_int_equal(last_shown().replaces, 42);
    atomic_store(&click_id, -41); /* the person closes it: a new one appears then */
    AWAIT(atomic_load(&click_id) == 0);
    for (int i = 0; i < 200 && last_shown().replaces != 0; i++) {
        usleep(5000);
        assert_int_equal(applied(HOME, "5"), DCDDNS_OK);
    }
    assert_int_equal(last_shown().replaces, 0);
}

static int applied_to(uint8_t family, const char *message)
{
    struct dcddns_event event = event_of("update.applied", DCDDNS_LOG_NOTICE, HOME, message, "");
    event.after.family = family;
    return ops->notify(self, NULL, &event);
}

static void test_one_bubble_a_family(void **state)
{
    (void)state;
    assert_int_equal(applied_to(4, "A 1"), DCDDNS_OK);
    assert_int_equal(applied_to(6, "AAAA 1"), DCDDNS_OK);
    assert_int_equal(last_shown().replaces, 0);
    assert_int_equal(applied_to(4, "A 2"), DCDDNS_OK);
    assert_int_equal(last_shown().replaces, 41);
    assert_int_equal(applied_to(6, "AAAA 2"), DCDDNS_OK);
    assert_int_equal(last_shown().replaces, 42);
    assert_int_equal(notify("update.recovered", DCDDNS_LOG_NOTICE, HOME, "x", ""), DCDDNS_OK);
    assert_int_equal(last_shown().replaces, 0);
}

static int failed(const char *record)
{
    return notify("update.failed", DCDDNS_LOG_ERROR, record, "no answer", "");
}

static void click(uint32_t id)
{
    atomic_store(&click_id, (int)id);
    AWAIT(atomic_load(&click_id) == 0);
}

static void test_consent_outlives_failures(void **state)
{
    uint32_t id = 0;
    (void)state;
    assert_int_equal(failed(HOME), DCDDNS_OK);
    assert_int_equal(consent("https://example.com/1"), DCDDNS_OK);
    assert_int_equal(last_shown().replaces, 0);
    const uint32_t button = last_shown().id;
    assert_int_equal(failed(HOME), DCDDNS_OK);
    assert_int_equal(last_shown().replaces, 41); /* the failure before */
    click(button);
    AWAIT(was_opened("https://example.com/1\n"));
    assert_int_equal(consent("https://example.com/2"), DCDDNS_OK);
    assert_int_equal(last_shown().replaces, button);
    assert_int_equal(times_closed(&id), 0);
}

static int recovered(const char *source)
{
    struct dcddns_event event = event_of("update.recovered", DCDDNS_LOG_NOTICE, HOME, "again", "");
    event.source = source;
    return ops->notify(self, NULL, &event);
}

static void test_consent_is_taken_away(void **state)
{
    (void)state;
    for (int by_recovery = 0; by_recovery < 2; by_recovery++) {
        size_t count = (size_t)by_recovery;
        uint32_t id = 0;
        assert_int_equal(consent("https://example.com/"), DCDDNS_OK);
        const uint32_t button = last_shown().id;
        assert_int_equal(last_shown().replaces, 0);
        assert_int_equal(applied("b.example.com", "x"), DCDDNS_OK);
        assert_int_equal(recovered("stun"), DCDDNS_OK); /* of an address, not of the consent */
        assert_int_equal(times_closed(&id), count);
        assert_int_equal(by_recovery ? recovered("") : applied(HOME, "x"), DCDDNS_OK);
        AWAIT(times_closed(&id) == count + 1);
        assert_int_equal(id, button);
        assert_int_equal(applied(HOME, "x"), DCDDNS_OK);
        assert_int_equal(times_closed(&id), count + 1);
        click(button);
    }
    usleep(50000);
    assert_true(was_opened(""));
}

static void test_many_records(void **state)
{
    char name[64] = "";
    (void)state;
    assert_int_equal(consent("https://example.com/"), DCDDNS_OK);
    for (int i = 0; i < 100; i++) { /* more than are remembered */
        snprintf(name, sizeof(name), "h%d.example.com", i);
        assert_int_equal(applied(name, "x"), DCDDNS_OK);
    }
    pthread_mutex_lock(&server_lock);
    shown_count = 0;
    pthread_mutex_unlock(&server_lock);
    assert_int_equal(applied("h99.example.com", "x"), DCDDNS_OK);
    assert_int_equal(last_shown().replaces, 141);
    assert_int_equal(applied("h1.example.com", "x"), DCDDNS_OK);
    assert_int_equal(last_shown().replaces, 0);
    click(41); /* a button works as long as it can be seen */
    AWAIT(was_opened("https://example.com/\n"));
}

static void test_plain_server(void **state)
{
    (void)state;
    atomic_store(&server_plain, true);
    assert_int_equal(consent("https://example.com/?a&b"), DCDDNS_OK);
    const struct shown s = last_shown();
    assert_string_equal(s.body, "run: dcddns setup\nhttps://example.com/?a&b");
    assert_string_equal(s.actions, "");
}

static void test_click_opens(void **state)
{
    (void)state;
    assert_int_equal(applied("b.example.com", "x"), DCDDNS_OK);
    assert_int_equal(consent("https://example.com/?a&b=$(id)';"), DCDDNS_OK);
    click(41); /* has nothing to open */
    click(999);
    click(last_shown().id);
    AWAIT(was_opened("https://example.com/?a&b=$(id)';\n"));
    click(last_shown().id); /* again, when the page was closed */
    AWAIT(was_opened("https://example.com/?a&b=$(id)';\nhttps://example.com/?a&b=$(id)';\n"));
    assert_string_equal(portal_url, "");
}

static bool portal_has(const char *url)
{
    pthread_mutex_lock(&server_lock);
    bool same = strcmp(portal_url, url) == 0;
    pthread_mutex_unlock(&server_lock);
    return same;
}

static void with_portal(void)
{
    server_end();
    atomic_store(&portal_there, true);
    server_start();
}

static void test_click_by_portal(void **state)
{
    (void)state;
    with_portal();
    assert_int_equal(consent("https://example.com/"), DCDDNS_OK);
    click(last_shown().id);
    AWAIT(portal_has("https://example.com/"));
    usleep(50000);
    assert_true(was_opened(""));
}

static void test_portal_refuses(void **state)
{
    (void)state;
    atomic_store(&portal_refuses, true);
    with_portal();
    assert_int_equal(consent("https://example.com/"), DCDDNS_OK);
    click(last_shown().id);
    AWAIT(was_opened("https://example.com/\n"));
}

/* It may have opened the page: a second one would only confuse.  The bus's own time counts. */
static void test_portal_is_slow(void **state)
{
    (void)state;
    server_end();
    setenv("SYSTEMD_BUS_TIMEOUT", "1s", 1);
    atomic_store(&portal_hangs, true);
    with_portal();
    assert_int_equal(consent("https://example.com/"), DCDDNS_OK);
    click(last_shown().id);
    AWAIT(portal_has("https://example.com/"));
    AWAIT(was_logged("the desktop portal does not answer"));
    assert_true(was_logged("open it yourself: https://example.com/"));
    usleep(50000);
    assert_true(was_opened(""));
}

static void test_no_opener(void **state)
{
    (void)state;
    setenv("PATH", "/nonexistent", 1);
    assert_int_equal(consent("https://example.com/"), DCDDNS_OK);
    click(last_shown().id);
    AWAIT(was_logged("open the page yourself: https://example.com/"));
}

static void test_opener_fails(void **state)
{
    (void)state;
    temp_write("xdg-open", "#!/bin/sh\nexit 4\n", 0755);
    assert_int_equal(consent("https://example.com/"), DCDDNS_OK);
    click(last_shown().id);
    AWAIT(was_logged("xdg-open ended badly; open the page yourself: https://example.com/"));
}

/* -- trouble ---------------------------------------------------------------------------------- */

static void fails(int code, const char *words, int64_t within_ms)
{
    int64_t began = real_ms();
    assert_int_equal(applied(HOME, "x"), code);
    if (real_ms() - began > within_ms)
        fail_msg("%lld ms", (long long)(real_ms() - began));
    if (!strstr(fake.why, words))
        fail_msg("no \"%s\" in \"%s\"", words, fake.why);
}

static void test_no_server(void **state)
{
    (void)state;
    server_end();
    fails(DCDDNS_E_TEMP, "no notification server", 5000);
    server_start();
    assert_int_equal(applied(HOME, "1"), DCDDNS_OK);
    server_end();
    fails(DCDDNS_E_TEMP, "no notification server", 5000);
    server_start(); /* another one: numbers of the first mean nothing there */
    assert_int_equal(applied(HOME, "2"), DCDDNS_OK);
    assert_int_equal(last_shown().replaces, 0);
}

static void test_server_says_no(void **state)
{
    (void)state;
    atomic_store(&server_refuses, true);
    fails(DCDDNS_E_TEMP, "says: the screen is full", 5000);
}

static void test_server_hangs(void **state)
{
    (void)state;
    assert_int_equal(applied(HOME, "1"), DCDDNS_OK);
    atomic_store(&server_hangs, true);
    call_ends = real_ms() + 1500;
    fails(DCDDNS_E_TEMP, "the notification server does not answer", 1600);
    atomic_store(&server_hangs, false);
    call_ends = INT64_MAX / 2;
    assert_int_equal(applied(HOME, "2"), DCDDNS_OK);
    assert_string_equal(last_shown().body, "2");
}

static void test_bus_hangs(void **state)
{
    (void)state;
    for (int connected = 0; connected < 2; connected++) {
        kill(bus_process, SIGSTOP);
        call_ends = real_ms() + 1200;
        fails(connected ? DCDDNS_E_TEMP : DCDDNS_E_STOP, connected ? "not answer" : "no answer",
              1600);
        kill(bus_process, SIGCONT);
        call_ends = INT64_MAX / 2;
        assert_int_equal(applied(HOME, "2"), DCDDNS_OK);
    }
}

static void test_bus_restarts(void **state)
{
    (void)state;
    assert_int_equal(applied(HOME, "1"), DCDDNS_OK);
    server_end();
    bus_stop();
    fails(DCDDNS_E_TEMP, "the session bus cannot be used", 5000);
    bus_start();
    server_start();
    assert_int_equal(applied(HOME, "2"), DCDDNS_OK);
    assert_int_equal(last_shown().replaces, 0);
}

static void test_no_time(void **state)
{
    (void)state;
    call_ends = 0;
    assert_int_equal(applied(HOME, "1"), DCDDNS_E_STOP);
    assert_int_equal(times_shown(), 0);
}

static void test_end_while_it_hangs(void **state)
{
    (void)state;
    kill(bus_process, SIGSTOP);
    call_ends = real_ms() + 200;
    assert_int_not_equal(applied(HOME, "1"), DCDDNS_OK);
    int64_t began = real_ms();
    plugin->destroy(self);
    self = NULL;
    assert_true(real_ms() - began < 1000);
    kill(bus_process, SIGCONT);
}

/* As in a system service: the words lead to the agent. */
static void test_no_session(void **state)
{
    void *none = NULL;
    (void)state;
    unsetenv("DBUS_SESSION_BUS_ADDRESS");
    unsetenv("XDG_RUNTIME_DIR");
    assert_int_equal(plugin->create(&fake.host, &none), DCDDNS_E_CONFIG);
    assert_null(none);
    assert_non_null(strstr(fake.why, "run `dcddns agent` in the session"));
}

#define IN_SESSION(test) cmocka_unit_test_setup_teardown(test, up, down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_routine_is_not_shown),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_long_text),
        cmocka_unit_test(test_urls),
        IN_SESSION(test_descriptor),
        IN_SESSION(test_arguments),
        IN_SESSION(test_one_bubble_a_record),
        IN_SESSION(test_one_bubble_a_family),
        IN_SESSION(test_consent_outlives_failures),
        IN_SESSION(test_consent_is_taken_away),
        IN_SESSION(test_many_records),
        IN_SESSION(test_plain_server),
        IN_SESSION(test_click_opens),
        IN_SESSION(test_click_by_portal),
        IN_SESSION(test_portal_refuses),
        IN_SESSION(test_portal_is_slow),
        IN_SESSION(test_no_opener),
        IN_SESSION(test_opener_fails),
        IN_SESSION(test_no_server),
        IN_SESSION(test_server_says_no),
        IN_SESSION(test_server_hangs),
        IN_SESSION(test_bus_hangs),
        IN_SESSION(test_bus_restarts),
        IN_SESSION(test_no_time),
        IN_SESSION(test_end_while_it_hangs),
        IN_SESSION(test_no_session),
    };
    return cmocka_run_group_tests_name("desktop", tests, NULL, NULL);
}
