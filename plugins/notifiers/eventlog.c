/* Windows Event Log: one entry for every event, in the log "Application".  What an entry holds is
 * eventlog_entry.c's, its texts are in the message file (eventlog_messages.mc).  Must not know
 * which events there are. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "eventlog_entry.h"

enum { SOURCE_MAX = 200, KEY_SIZE = 300 };

struct notifier {
    const struct dcddns_host *host;
    wchar_t source[SOURCE_MAX + 1];
    bool looked; /* whether the source is registered */
};

/* 0 when TEXT is too long; what is not UTF-8 becomes U+FFFD. */
static int widen(const char *text, wchar_t *out, int cap)
{
    return MultiByteToWideChar(CP_UTF8, 0, text, -1, out, cap);
}

/* As a name of a key of the registry. */
static bool is_name(const char *text)
{
    if (*text == '\0')
        return false;
    for (; *text; text++) {
        if ((unsigned char)*text < ' ' || *text == '\\' || *text == 0x7f)
            return false;
    }
    return true;
}

static int eventlog_create(const struct dcddns_host *host, void **self)
{
    const char *source = host->option(host, "source");
    struct notifier *me = calloc(1, sizeof(*me));

    if (!me)
        return DCDDNS_E_NOMEM;
    me->host = host;
    if (!source || !is_name(source) || widen(source, me->source, SOURCE_MAX + 1) == 0) {
        free(me);
        return dcddns_failf(host, DCDDNS_E_CONFIG,
                            "source is no name of an Event Log source; use 1 to %d characters "
                            "without a backslash",
                            SOURCE_MAX);
    }
    *self = me;
    return DCDDNS_OK;
}

/* Without its message file the log has the strings, and the viewer says that it lacks the words. */
static bool is_registered(const struct notifier *me)
{
    static const wchar_t place[] = L"SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\";
    wchar_t key[KEY_SIZE] = L"";

    wcsncat(key, place, KEY_SIZE - 1);
    wcsncat(key, me->source, KEY_SIZE - 1 - wcslen(key));
    return RegGetValueW(HKEY_LOCAL_MACHINE, key, L"EventMessageFile",
                        RRF_RT_REG_SZ | RRF_RT_REG_EXPAND_SZ | RRF_NOEXPAND, NULL, NULL,
                        NULL) == ERROR_SUCCESS;
}

static void look_once(struct notifier *me)
{
    if (me->looked)
        return;
    me->looked = true;
    if (!is_registered(me))
        dcddns_logf(me->host, DCDDNS_LOG_WARN,
                    "the Event Log source \"%s\" is not registered, so that its entries are shown "
                    "without their words; \"dcddns service install\" and the setup program "
                    "register the source dcddns, as an administrator",
                    me->host->option(me->host, "source"));
}

static int failed(const struct notifier *me, DWORD error)
{
    const char *why = "see whether the service EventLog runs";

    if (error == ERROR_LOG_FILE_FULL)
        why = "the log Application is full; save and clear it, or let it overwrite old entries";
    if (error == ERROR_ACCESS_DENIED)
        why = "this user may not write to the log Application";
    return dcddns_failf(me->host, DCDDNS_E_TEMP, "cannot write to the Event Log: error %lu, %s",
                        error, why);
}

static int write_entry(const struct notifier *me, const struct eventlog_entry *entry,
                       wchar_t (*texts)[EVENTLOG_TEXT_SIZE])
{
    const wchar_t *strings[EVENTLOG_INSERTS] = { NULL };
    HANDLE log = RegisterEventSourceW(NULL, me->source);

    if (!log)
        return failed(me, GetLastError());
    for (int i = 0; i < EVENTLOG_INSERTS; i++) {
        widen(entry->texts[i], texts[i], EVENTLOG_TEXT_SIZE);
        strings[i] = texts[i];
    }
    BOOL ok = ReportEventW(log, entry->type, entry->category, entry->number, NULL, EVENTLOG_INSERTS,
                           0, strings, NULL);
    DWORD error = ok ? ERROR_SUCCESS : GetLastError();
    DeregisterEventSource(log);
    return ok ? DCDDNS_OK : failed(me, error);
}

static int eventlog_notify(void *self, struct dcddns_call *call, const struct dcddns_event *event)
{
    struct notifier *me = self;
    struct eventlog_entry *entry = calloc(1, sizeof(*entry));
    wchar_t(*texts)[EVENTLOG_TEXT_SIZE] = calloc(EVENTLOG_INSERTS, sizeof(*texts));
    int code = DCDDNS_E_NOMEM;

    (void)call;
    look_once(me);
    if (entry && texts) {
        eventlog_entry_make(entry, event);
        code = write_entry(me, entry, texts);
    }
    free(texts);
    free(entry);
    return code;
}

static const struct dcddns_option eventlog_options[] = {
    { "source", "dcddns", "name of the source in the log Application; others are to be registered",
      DCDDNS_OPT_STRING, 0 },
};

static const struct dcddns_notifier eventlog_ops = {
    .size = sizeof(eventlog_ops),
    .notify = eventlog_notify,
};

static const struct dcddns_plugin eventlog_plugin = {
    .size = sizeof(eventlog_plugin),
    .kind = DCDDNS_KIND_NOTIFIER,
    .abi_minor = DCDDNS_ABI_MINOR,
    .name = "eventlog",
    .version = "1.0",
    .summary = "writes every event to the Windows Event Log",
    .options = eventlog_options,
    .option_count = sizeof(eventlog_options) / sizeof(eventlog_options[0]),
    .option_size = sizeof(eventlog_options[0]),
    .create = eventlog_create,
    .destroy = free,
    .ops = &eventlog_ops,
};

DCDDNS_ENTRY(eventlog)
{
    return &eventlog_plugin;
}
