/* Syslog: the exact line and priority of every shape of event.  syslog() is this program's own. */
#include <syslog.h>

#include "fake_host.h"

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

    assert_int_equal(plugin->create(fake_reset(plugin, NULL), &self), DCDDNS_OK);
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
        const struct fake_option options[] = { { "facility", cases[i].name }, { NULL, NULL } };
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_descriptor),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_facility),
        cmocka_unit_test(test_wrong_facility),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
