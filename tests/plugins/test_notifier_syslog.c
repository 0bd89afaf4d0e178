/* Syslog: the exact line and priority of every shape of event.  syslog() is this program's own. */
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "fake_host.h"
#include "notifiers/syslog_record.h"

const struct dcddns_plugin *dcddns_plugin_v1_syslog(void);

static char line[512];
static int priority;
static int lines;

static void keep(int level, const char *format, va_list ap) __attribute__((format(printf, 2, 0)));

static void keep(int level, const char *format, va_list ap)
{
    priority = level;
    lines++;
    vsnprintf(line, sizeof(line), format, ap);
}

/* Found before the C library's when the program is linked; fortified calls have a second name. */
void __syslog_chk(int level, int flag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

void __syslog_chk(int level, int flag, const char *format, ...)
{
    va_list ap;
    (void)flag;
    va_start(ap, format);
    keep(level, format, ap);
    va_end(ap);
}

#undef syslog
void syslog(int level, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    keep(level, format, ap);
    va_end(ap);
}

static const struct dcddns_plugin *plugin;
static const struct dcddns_notifier *ops;

static int setup(void **state)
{
    (void)state;
    plugin = dcddns_plugin_v1_syslog();
    ops = plugin->ops;
    return 0;
}

static void test_descriptor(void **state)
{
    (void)state;
    fake_check_plugin(plugin, DCDDNS_KIND_NOTIFIER, "syslog");
}

static struct dcddns_addr addr(const char *text)
{
    struct dcddns_addr a = { 0 };
    if (text)
        assert_int_equal(addr_parse(text, &a), 0);
    return a;
}

static const struct fake_option plain[] = { { "format", "plain" }, { NULL, NULL } };

static void test_lines(void **state)
{
    static const struct {
        uint32_t level;
        const char *id, *record, *message, *before, *after, *expected;
        int priority;
    } cases[] = {
        { DCDDNS_LOG_NOTICE, "update.applied", "home.example.com", "published", "192.0.2.1",
          "192.0.2.7", "update.applied home.example.com: published (192.0.2.1 -> 192.0.2.7)",
          LOG_DAEMON | LOG_NOTICE },
        { DCDDNS_LOG_ERROR, "update.failed", "home.example.com", "refused", NULL, "2001:db8::1",
          "update.failed home.example.com: refused (none -> 2001:db8::1)", LOG_DAEMON | LOG_ERR },
        { DCDDNS_LOG_WARN, "source.lost", "", "no answer", "192.0.2.1", NULL,
          "source.lost: no answer (192.0.2.1 -> none)", LOG_DAEMON | LOG_WARNING },
        { DCDDNS_LOG_DEBUG, "started", "", "100% \"%s\" ready", NULL, NULL,
          "started: 100% \"%s\" ready", LOG_DAEMON | LOG_DEBUG },
        { 99, "odd", "", "level", NULL, NULL, "odd: level", LOG_DAEMON | LOG_DEBUG },
    };
    void *self = NULL;
    (void)state;

    assert_int_equal(plugin->create(fake_reset(plugin, plain), &self), DCDDNS_OK);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct dcddns_event event = {
            .size = sizeof(event),
            .level = cases[i].level,
            .id = cases[i].id,
            .profile = "",
            .record = cases[i].record,
            .message = cases[i].message,
            .before = addr(cases[i].before),
            .after = addr(cases[i].after),
        };
        lines = 0;
        assert_int_equal(ops->notify(self, NULL, &event), DCDDNS_OK);
        assert_int_equal(lines, 1);
        assert_string_equal(line, cases[i].expected);
        assert_int_equal(priority, cases[i].priority);
    }
    plugin->destroy(self);
}

static void test_facility(void **state)
{
    static const struct {
        const char *name;
        int code;
    } cases[] = {
        { "user", LOG_USER },     { "daemon", LOG_DAEMON }, { "local0", LOG_LOCAL0 },
        { "local5", LOG_LOCAL5 }, { "local7", LOG_LOCAL7 },
    };
    const struct dcddns_event event = { .size = sizeof(event),
                                        .level = DCDDNS_LOG_INFO,
                                        .id = "x",
                                        .profile = "",
                                        .record = "",
                                        .message = "y" };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct fake_option options[] = { { "facility", cases[i].name },
                                               { "format", "plain" },
                                               { NULL, NULL } };
        void *self = NULL;
        assert_int_equal(plugin->create(fake_reset(plugin, options), &self), DCDDNS_OK);
        assert_int_equal(ops->notify(self, NULL, &event), DCDDNS_OK);
        assert_int_equal(priority, cases[i].code | LOG_INFO);
        plugin->destroy(self);
    }
}

static void test_wrong_facility(void **state)
{
    static const char *const wrong[] = { "local8", "kern", "", "Daemon", "local" };
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        const struct fake_option options[] = { { "facility", wrong[i] }, { NULL, NULL } };
        void *self = NULL;
        assert_int_equal(plugin->create(fake_reset(plugin, options), &self), DCDDNS_E_CONFIG);
        assert_null(self);
        assert_string_equal(fake.why,
                            "facility is none of daemon, user, local0 to local7; use one of them");
    }
}

/* -- records with fields ---------------------------------------------------------------------- */

static const struct dcddns_event changed = {
    .size = sizeof(changed),
    .level = DCDDNS_LOG_NOTICE,
    .time_ms = 1700000000123,
    .id = "update.applied",
    .profile = "syslog",
    .record = "home.example.com",
    .message = "A record \"changed\" [a\\b]\nPRIORITY=0",
    .source = "stun",
    .url = "",
    .before = { .family = 4, .ip = { 192, 0, 2, 1 } },
    .after = { .family = 4, .ip = { 192, 0, 2, 7 } },
};
static const struct syslog_origin origin = { LOG_DAEMON, "box", 42 };

static void test_rfc5424(void **state)
{
    char text[SYSLOG_RECORD_MAX] = "";
    (void)state;
    size_t len = syslog_record_rfc5424(text, &origin, &changed);
    assert_int_equal(len, strlen(text));
    assert_string_equal(
        text, "<29>1 2023-11-14T22:13:20Z box dcddns 42 update.applied [dcddns@32473 "
              "event=\"update.applied\" level=\"notice\" profile=\"syslog\" "
              "record=\"home.example.com\" family=\"4\" before=\"192.0.2.1\" after=\"192.0.2.7\" "
              "source=\"stun\"] \xef\xbb\xbfhome.example.com: A record \"changed\" [a\\b]\n"
              "PRIORITY=0");
    struct dcddns_event odd = changed;
    odd.record = "";
    odd.profile = "a]b\"c\\d";
    syslog_record_rfc5424(text, &origin, &odd);
    assert_non_null(strstr(text, " profile=\"a\\]b\\\"c\\\\d\" "));
    assert_null(strstr(text, "record="));
}

static void test_journal(void **state)
{
    char text[SYSLOG_RECORD_MAX] = "";
    (void)state;
    size_t len = syslog_record_journal(text, &origin, &changed);
    assert_int_equal(len, strlen(text));
    assert_string_equal(text, "PRIORITY=5\nSYSLOG_FACILITY=3\nSYSLOG_IDENTIFIER=dcddns\n"
                              "SYSLOG_PID=42\n"
                              "MESSAGE=home.example.com: A record \"changed\" [a\\b] PRIORITY=0\n"
                              "DCDDNS_EVENT=update.applied\nDCDDNS_LEVEL=notice\n"
                              "DCDDNS_TIME=2023-11-14T22:13:20Z\nDCDDNS_PROFILE=syslog\n"
                              "DCDDNS_RECORD=home.example.com\nDCDDNS_FAMILY=4\n"
                              "DCDDNS_BEFORE=192.0.2.1\nDCDDNS_AFTER=192.0.2.7\n"
                              "DCDDNS_SOURCE=stun\n");
}

static void test_records_are_bounded(void **state)
{
    static char large[SYSLOG_RECORD_MAX];
    char text[SYSLOG_RECORD_MAX] = "";
    struct dcddns_event event = changed;
    (void)state;
    memset(large, 'x', sizeof(large) - 1);
    event.message = large;
    assert_int_equal(syslog_record_rfc5424(text, &origin, &event), 0);
    assert_int_equal(syslog_record_journal(text, &origin, &event), 0);
}

/* What format FORMAT sends for `changed`: to the socket SOCKET_PATH, or as a line. */
static int send_with(const char *format, const char *path, const char *option)
{
    const struct fake_option options[] = { { "format", format },
                                           { option, path },
                                           { "journal", "/nonexistent/journal" },
                                           { "socket", "/nonexistent/log" },
                                           { NULL, NULL } };
    void *self = NULL;
    assert_int_equal(plugin->create(fake_reset(plugin, options), &self), DCDDNS_OK);
    lines = 0;
    int code = ops->notify(self, NULL, &changed);
    plugin->destroy(self);
    return code;
}

static void test_where_records_go(void **state)
{
    static const struct {
        const char *format, *option, *begins;
    } cases[] = {
        { "auto", "journal", "PRIORITY=5\n" },
        { "journal", "journal", "PRIORITY=5\n" },
        { "rfc5424", "socket", "<29>1 2023-11-14T22:13:20Z " },
    };
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    char folder[] = "/tmp/dcddns-syslog-XXXXXX", text[SYSLOG_RECORD_MAX] = "";
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(at.sun_path, sizeof(at.sun_path), "%s/log", folder);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(send_with(cases[i].format, at.sun_path, cases[i].option), DCDDNS_OK);
        ssize_t len = recv(fd, text, sizeof(text) - 1, 0);
        assert_true(len > 0);
        assert_int_equal(strncmp(text, cases[i].begins, strlen(cases[i].begins)), 0);
        assert_int_equal(lines, 0);
    }
    close(fd);
    /* A socket that nobody reads: auto falls back to a line, the others say so. */
    assert_int_equal(send_with("auto", at.sun_path, "journal"), DCDDNS_OK);
    assert_int_equal(lines, 1);
    assert_int_equal(send_with("journal", at.sun_path, "journal"), DCDDNS_E_TEMP);
    assert_non_null(strstr(fake.why, "cannot write to the log at /tmp/"));
    unlink(at.sun_path);
    assert_int_equal(send_with("auto", at.sun_path, "journal"), DCDDNS_OK);
    assert_int_equal(lines, 1);
    assert_int_equal(send_with("rfc5424", at.sun_path, "socket"), DCDDNS_E_TEMP);
    rmdir(folder);
}

/* -- a logger that is busy -------------------------------------------------------------------- */

enum { BURST = 40, BUSY_MS = 300 };

struct logger {
    int fd;
    char folder[64];
    struct sockaddr_un at;
    size_t count; /* read so far, each with the message that was next */
};

static void logger_open(struct logger *logger)
{
    *logger = (struct logger){ .folder = "/tmp/dcddns-syslog-XXXXXX", .at.sun_family = AF_UNIX };
    assert_non_null(mkdtemp(logger->folder));
    snprintf(logger->at.sun_path, sizeof(logger->at.sun_path), "%.50s/log", logger->folder);
    logger->fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    assert_int_equal(bind(logger->fd, (struct sockaddr *)&logger->at, sizeof(logger->at)), 0);
}

static void logger_close(const struct logger *logger)
{
    close(logger->fd);
    unlink(logger->at.sun_path);
    rmdir(logger->folder);
}

static void *read_later(void *arg)
{
    struct logger *logger = arg;
    char text[SYSLOG_RECORD_MAX] = "", wanted[32] = "";
    struct pollfd fd = { .fd = logger->fd, .events = POLLIN };

    poll(NULL, 0, BUSY_MS);
    while (logger->count < BURST && poll(&fd, 1, 2000) > 0) {
        ssize_t len = recv(logger->fd, text, sizeof(text) - 1, 0);
        text[len > 0 ? len : 0] = '\0';
        snprintf(wanted, sizeof(wanted), "event number %zu.", logger->count);
        if (!strstr(text, wanted))
            break;
        logger->count++;
    }
    return NULL;
}

static void *make(const char *format, const struct logger *logger)
{
    static struct fake_option options[4];
    void *self = NULL;

    options[0] = (struct fake_option){ "format", format };
    options[1] = (struct fake_option){ "journal", logger->at.sun_path };
    options[2] = (struct fake_option){ "socket", logger->at.sun_path };
    assert_int_equal(plugin->create(fake_reset(plugin, options), &self), DCDDNS_OK);
    lines = 0;
    return self;
}

static int tell(void *self, size_t number, int64_t time_ms)
{
    char message[32] = "";
    struct dcddns_event event = changed;

    snprintf(message, sizeof(message), "event number %zu.", number);
    event.message = message;
    fake.deadline = os.boot_ms() + time_ms;
    return ops->notify(self, NULL, &event);
}

/* Events come faster than they are read: none is lost, and they keep their order. */
static void test_burst(void **state)
{
    static const char *const formats[] = { "journal", "rfc5424", "auto" };
    (void)state;
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        struct logger logger = { 0 };
        pthread_t thread;
        logger_open(&logger);
        void *self = make(formats[i], &logger);
        assert_int_equal(pthread_create(&thread, NULL, read_later, &logger), 0);
        for (size_t number = 0; number < BURST; number++)
            assert_int_equal(tell(self, number, 10000), DCDDNS_OK);
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_int_equal(logger.count, BURST);
        assert_int_equal(lines, 0);
        plugin->destroy(self);
        logger_close(&logger);
    }
}

/* One that never reads: an event ends with its time, or its cancel; auto writes a line instead. */
static void test_busy_for_good(void **state)
{
    struct logger logger = { 0 };
    size_t number = 0;
    (void)state;
    logger_open(&logger);
    void *self = make("journal", &logger);
    while (tell(self, number, 400) == DCDDNS_OK)
        assert_true(++number < 5000);
    assert_non_null(strstr(fake.why, ": the logger did not read in time; see whether it runs"));
    assert_true(os.boot_ms() >= fake.deadline);
    assert_in_range(os.boot_ms() - fake.woke_ms, 0, 200);
    fake.cancelled = 1;
    int64_t began = os.boot_ms();
    assert_int_equal(tell(self, number, 10000), DCDDNS_E_TEMP);
    assert_in_range(os.boot_ms() - began, 0, 200);
    plugin->destroy(self);

    self = make("auto", &logger);
    fake.waited_ms = 0;
    began = os.boot_ms();
    assert_int_equal(tell(self, number, 10000), DCDDNS_OK);
    assert_true(os.boot_ms() - began >= 1900);
    assert_in_range(fake.waited_ms, 1900, 2000);
    assert_in_range(os.boot_ms() - fake.woke_ms, 0, 200);
    assert_int_equal(lines, 1);
    plugin->destroy(self);
    logger_close(&logger);
}

static void test_wrong_format(void **state)
{
    static const struct fake_option options[] = { { "format", "json" }, { NULL, NULL } };
    void *self = NULL;
    (void)state;
    assert_int_equal(plugin->create(fake_reset(plugin, options), &self), DCDDNS_E_CONFIG);
    assert_non_null(strstr(fake.why, "none of auto, plain, journal and rfc5424"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_descriptor),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_facility),
        cmocka_unit_test(test_wrong_facility),
        cmocka_unit_test(test_rfc5424),
        cmocka_unit_test(test_journal),
        cmocka_unit_test(test_records_are_bounded),
        cmocka_unit_test(test_where_records_go),
        cmocka_unit_test(test_burst),
        cmocka_unit_test(test_busy_for_good),
        cmocka_unit_test(test_wrong_format),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
