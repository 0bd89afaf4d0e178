/* Windows Event Log: what the calls of the system get, and what the message file makes of it.  The
 * calls are this program's own: its pointers stand where the linker else puts those to advapi32. */
#include "fake_host.h"

#include <wchar.h>
#include <windows.h>

#include "base/event_id.h"
#include "notifiers/eventlog_entry.h"

const struct dcddns_plugin *dcddns_plugin_v1_eventlog(void);

/* -- the system ------------------------------------------------------------------------------- */

static struct {
    wchar_t source[256], key[512], strings[EVENTLOG_INSERTS][EVENTLOG_TEXT_SIZE];
    WORD type, category, count;
    DWORD number, register_error, report_error;
    LSTATUS key_error;
    int opened, closed, reported, looked;
} calls;

static HANDLE WINAPI fake_register(LPCWSTR server, LPCWSTR source)
{
    assert_null(server);
    SetLastError(calls.register_error);
    if (calls.register_error != 0)
        return NULL;
    calls.opened++;
    wcsncpy(calls.source, source, 255);
    return (HANDLE)0x77;
}

static BOOL WINAPI fake_deregister(HANDLE log)
{
    assert_ptr_equal(log, (HANDLE)0x77);
    calls.closed++;
    SetLastError(ERROR_INVALID_HANDLE); /* which nobody must take for the other call's */
    return TRUE;
}

static BOOL WINAPI fake_report(HANDLE log, WORD type, WORD category, DWORD number, PSID user,
                               WORD count, DWORD size, LPCWSTR *strings, LPVOID data)
{
    assert_ptr_equal(log, (HANDLE)0x77);
    assert_null(user);
    assert_null(data);
    assert_int_equal(size, 0);
    assert_int_equal(count, EVENTLOG_INSERTS);
    calls.type = type;
    calls.category = category;
    calls.number = number;
    for (WORD i = 0; i < count; i++)
        wcsncpy(calls.strings[i], strings[i], EVENTLOG_TEXT_SIZE - 1);
    calls.reported++;
    SetLastError(calls.report_error);
    return calls.report_error == 0;
}

static LSTATUS WINAPI fake_get_value(HKEY root, LPCWSTR key, LPCWSTR name, DWORD flags,
                                     LPDWORD type, PVOID data, LPDWORD size)
{
    (void)flags;
    (void)type;
    (void)size;
    assert_true(root == HKEY_LOCAL_MACHINE);
    assert_int_equal(wcscmp(name, L"EventMessageFile"), 0);
    assert_null(data);
    wcsncpy(calls.key, key, 511);
    calls.looked++;
    return calls.key_error;
}

extern void *__imp_RegisterEventSourceW, *__imp_DeregisterEventSource, *__imp_ReportEventW,
    *__imp_RegGetValueW;
void *__imp_RegisterEventSourceW = (void *)fake_register;
void *__imp_DeregisterEventSource = (void *)fake_deregister;
void *__imp_ReportEventW = (void *)fake_report;
void *__imp_RegGetValueW = (void *)fake_get_value;

/* -- the module ------------------------------------------------------------------------------- */

static const struct dcddns_plugin *plugin;
static const struct dcddns_notifier *ops;
static void *self;

static int setup(void **state)
{
    (void)state;
    plugin = dcddns_plugin_v1_eventlog();
    ops = plugin->ops;
    memset(&calls, 0, sizeof(calls));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    if (self)
        plugin->destroy(self);
    self = NULL;
    return calls.opened == calls.closed ? 0 : -1;
}

static int create(const char *source)
{
    static struct fake_option options[2];
    options[0] = (struct fake_option){ source ? "source" : NULL, source };
    return plugin->create(fake_reset(plugin, options), &self);
}

static int notify(const char *id, uint32_t level, const char *message)
{
    struct dcddns_event event = { .size = sizeof(event),
                                  .level = level,
                                  .id = id,
                                  .profile = "",
                                  .record = "b\xc3\xbc"
                                            "ro.example.com",
                                  .message = message,
                                  .source = "",
                                  .url = "https://p.example/consent?state=q" };
    assert_int_equal(addr_parse("192.0.2.1", &event.before), 0);
    assert_int_equal(addr_parse("192.0.2.7", &event.after), 0);
    return ops->notify(self, NULL, &event);
}

static void test_descriptor(void **state)
{
    (void)state;
    fake_check_plugin(plugin, DCDDNS_KIND_NOTIFIER, "eventlog");
}

static void test_source(void **state)
{
    static char longest[202];
    const char *const good[] = { "dcddns", "d\xc3\xb6ner 2", longest };
    const char *const bad[] = { "", "a\\b", "a\nb", "a\x7f", longest };
    (void)state;
    memset(longest, 'x', 200);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(create(good[i]), DCDDNS_OK);
        plugin->destroy(self);
        self = NULL;
    }
    longest[200] = 'x';
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(create(bad[i]), DCDDNS_E_CONFIG);
        assert_null(self);
        assert_string_equal(fake.why, "source is no name of an Event Log source; use 1 to 200 "
                                      "characters without a backslash");
    }
    assert_int_equal(calls.opened + calls.looked, 0); /* create() does no I/O */
}

static void test_arguments(void **state)
{
    (void)state;
    assert_int_equal(create(NULL), DCDDNS_OK);
    assert_int_equal(
        notify("update.failed", DCDDNS_LOG_WARN, "a%2Cb \xe2\x82\xac \xf0\x9f\x8c\x8d \xff."),
        DCDDNS_OK);
    assert_int_equal(calls.reported, 1);
    assert_int_equal(wcscmp(calls.source, L"dcddns"), 0);
    assert_int_equal(calls.type, EVENTLOG_WARNING_TYPE);
    assert_int_equal(calls.category, 1);
    assert_int_equal(calls.number, 101);
    assert_int_equal(wcscmp(calls.strings[0], L"b\u00fcro.example.com"), 0);
    assert_int_equal(wcscmp(calls.strings[1], L"a\uff05"
                                              L"2Cb \u20ac \xd83c\xdf0d \ufffd."),
                     0);
    assert_int_equal(wcscmp(calls.strings[2], L"192.0.2.1"), 0);
    assert_int_equal(wcscmp(calls.strings[3], L"192.0.2.7"), 0);
    assert_int_equal(wcscmp(calls.strings[4], L"-"), 0);
    assert_int_equal(wcscmp(calls.strings[5], L"update.failed"), 0);
    assert_int_equal(notify("daemon.started", DCDDNS_LOG_NOTICE, "x"), DCDDNS_OK);
    assert_int_equal(calls.type, EVENTLOG_INFORMATION_TYPE);
    assert_int_equal(calls.category, 4);
    assert_int_equal(notify("consent.needed", DCDDNS_LOG_ERROR, "x"), DCDDNS_OK);
    assert_int_equal(calls.type, EVENTLOG_ERROR_TYPE);
    assert_int_equal(calls.number, 200);
}

static void test_failures(void **state)
{
    static const struct {
        DWORD open, write;
        const char *why;
    } cases[] = {
        { RPC_S_SERVER_UNAVAILABLE, 0, "error 1722, see whether the service EventLog runs" },
        { 0, RPC_S_SERVER_UNAVAILABLE, "error 1722, see whether the service EventLog runs" },
        { 0, ERROR_LOG_FILE_FULL, "error 1502, the log Application is full; save and clear it" },
        { ERROR_ACCESS_DENIED, 0, "error 5, this user may not write to the log Application" },
    };
    (void)state;
    assert_int_equal(create(NULL), DCDDNS_OK);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        calls.register_error = cases[i].open;
        calls.report_error = cases[i].write;
        assert_int_equal(notify("update.applied", DCDDNS_LOG_NOTICE, "x"), DCDDNS_E_TEMP);
        if (!strstr(fake.why, cases[i].why))
            fail_msg("%s", fake.why);
        assert_int_equal(calls.opened, calls.closed);
    }
}

static void test_unregistered_source(void **state)
{
    (void)state;
    assert_int_equal(create("other"), DCDDNS_OK);
    calls.key_error = ERROR_FILE_NOT_FOUND;
    assert_int_equal(notify("update.applied", DCDDNS_LOG_NOTICE, "x"), DCDDNS_OK);
    assert_int_equal(notify("update.applied", DCDDNS_LOG_NOTICE, "y"), DCDDNS_OK);
    assert_int_equal(calls.reported, 2);
    assert_int_equal(
        wcscmp(calls.key, L"SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\other"), 0);
    assert_int_equal(fake.log_count, 1); /* once */
    assert_int_equal(fake.levels[0], DCDDNS_LOG_WARN);
    assert_non_null(strstr(fake.log[0], "source \"other\" is not registered"));
    assert_non_null(strstr(fake.log[0], "dcddns service install"));
}

static void test_registered_source(void **state)
{
    (void)state;
    assert_int_equal(create(NULL), DCDDNS_OK);
    assert_int_equal(notify("update.applied", DCDDNS_LOG_NOTICE, "x"), DCDDNS_OK);
    assert_int_equal(calls.looked, 1);
    assert_int_equal(fake.log_count, 0);
}

/* -- the message file ------------------------------------------------------------------------- */

enum {
    ENGLISH = MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US),
    GERMAN = MAKELANGID(LANG_GERMAN, SUBLANG_GERMAN)
};

static HMODULE messages;

/* What the viewer shows, as UTF-8; "" when there is no such text. */
static const char *shown(DWORD number, DWORD language)
{
    static const wchar_t *const inserts[] = { L"home.example.com", L"The reason", L"192.0.2.1",
                                              L"192.0.2.7",        L"stun",       L"update.x" };
    static wchar_t wide[4096];
    static char text[4096];
    const DWORD how = FORMAT_MESSAGE_FROM_HMODULE | FORMAT_MESSAGE_ARGUMENT_ARRAY;

    wide[0] = 0;
    FormatMessageW(how, messages, number, language, wide, 4096, (va_list *)(uintptr_t)inserts);
    assert_true(WideCharToMultiByte(CP_UTF8, 0, wide, -1, text, sizeof(text), NULL, NULL) > 0);
    return text;
}

static int open_messages(void **state)
{
    const DWORD how = LOAD_LIBRARY_AS_DATAFILE | LOAD_LIBRARY_AS_IMAGE_RESOURCE;
    (void)state;
    messages = LoadLibraryExA(TEST_MODULE_DIR "/dcddns-events.dll", NULL, how);
    return messages ? 0 : -1;
}

static int close_messages(void **state)
{
    (void)state;
    return FreeLibrary(messages) ? 0 : -1;
}

static void test_texts(void **state)
{
    (void)state;
    assert_string_equal(shown(101, ENGLISH),
                        "The record of home.example.com could not be updated.\r\n\r\n"
                        "Message: The reason\r\nAddress before: 192.0.2.1\r\n"
                        "Address now: 192.0.2.7\r\nSource: stun\r\n\r\n"
                        "What to do: It is tried again by itself. If this goes on, run "
                        "\"dcddns doctor home.example.com\".\r\n");
    assert_string_equal(shown(100, GERMAN),
                        "Der Eintrag von home.example.com wurde ge\xc3\xa4ndert."
                        "\r\n\r\nMeldung: The reason\r\n"
                        "Adresse vorher: 192.0.2.1\r\n"
                        "Adresse jetzt: 192.0.2.7\r\nQuelle: stun\r\n\r\n"
                        "Was zu tun ist: Es ist nichts zu tun.\r\n");
    assert_string_equal(shown(2, ENGLISH), "Consent\r\n");
    assert_string_equal(shown(2, GERMAN), "Zustimmung\r\n");
    assert_string_equal(shown(98, ENGLISH), ""); /* so that "" means something */
    assert_int_equal(GetLastError(), ERROR_MR_MID_NOT_FOUND);
}

/* Each kind, sent by the module and formatted as the viewer does. */
static void test_every_kind(void **state)
{
    (void)state;
    assert_int_equal(create(NULL), DCDDNS_OK);
    for (size_t i = 0; i < EVENT_KINDS; i++) {
        assert_int_equal(notify(event_kinds[i].id, DCDDNS_LOG_NOTICE, "x"), DCDDNS_OK);
        assert_non_null(strstr(shown(calls.number, ENGLISH), "\r\nMessage: The reason\r\n"));
        assert_non_null(strstr(shown(calls.number, ENGLISH), "\r\nWhat to do: "));
        assert_non_null(strstr(shown(calls.number, GERMAN), "\r\nMeldung: The reason\r\n"));
        assert_non_null(strstr(shown(calls.number, GERMAN), "\r\nWas zu tun ist: "));
        assert_string_not_equal(shown(calls.category, ENGLISH), "");
    }
    assert_int_equal(notify("of.tomorrow", DCDDNS_LOG_NOTICE, "x"), DCDDNS_OK);
    assert_non_null(strstr(shown(calls.number, ENGLISH), "Event update.x (home.example.com)."));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_descriptor, setup, teardown),
        cmocka_unit_test_setup_teardown(test_source, setup, teardown),
        cmocka_unit_test_setup_teardown(test_arguments, setup, teardown),
        cmocka_unit_test_setup_teardown(test_failures, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unregistered_source, setup, teardown),
        cmocka_unit_test_setup_teardown(test_registered_source, setup, teardown),
        cmocka_unit_test(test_texts),
        cmocka_unit_test_setup_teardown(test_every_kind, setup, teardown),
    };
    return cmocka_run_group_tests(tests, open_messages, close_messages);
}
