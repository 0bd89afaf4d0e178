/* Syslog: one line for every event.  openlog() is the process's and the daemon's to call; here
 * every line carries its facility.  Must not know which events there are. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "dcddns/plugin.h"

struct facility {
    const char *name;
    int code;
};

struct notifier {
    int facility;
};

static int syslog_create(const struct dcddns_host *host, void **self)
{
    static const struct facility facilities[] = {
        { "daemon", LOG_DAEMON }, { "user", LOG_USER },     { "local0", LOG_LOCAL0 },
        { "local1", LOG_LOCAL1 }, { "local2", LOG_LOCAL2 }, { "local3", LOG_LOCAL3 },
        { "local4", LOG_LOCAL4 }, { "local5", LOG_LOCAL5 }, { "local6", LOG_LOCAL6 },
        { "local7", LOG_LOCAL7 },
    };
    const size_t count = sizeof(facilities) / sizeof(facilities[0]);
    const char *name = host->option(host, "facility");
    size_t i = 0;

    while (name && i < count && strcmp(name, facilities[i].name) != 0)
        i++;
    if (!name || i == count)
        return host->fail(host, DCDDNS_E_CONFIG,
                          "facility is none of daemon, user, local0 to local7; use one of them");
    struct notifier *notifier = calloc(1, sizeof(*notifier));
    if (!notifier)
        return DCDDNS_E_NOMEM;
    notifier->facility = facilities[i].code;
    *self = notifier;
    return DCDDNS_OK;
}

static const char *words(const struct dcddns_addr *addr, char text[INET6_ADDRSTRLEN])
{
    if (addr->family != 4 && addr->family != 6)
        return "none";
    const char *shown =
        inet_ntop(addr->family == 4 ? AF_INET : AF_INET6, addr->ip, text, INET6_ADDRSTRLEN);
    return shown ? shown : "none";
}

static int syslog_notify(void *self, struct dcddns_call *call, const struct dcddns_event *event)
{
    const struct notifier *notifier = self;
    const char *gap = *event->record ? " " : "";
    int level = event->level <= LOG_DEBUG ? (int)event->level : LOG_DEBUG;
    char before[INET6_ADDRSTRLEN] = "", after[INET6_ADDRSTRLEN] = "";

    (void)call;
    if (event->before.family == 0 && event->after.family == 0)
        syslog(notifier->facility | level, "%s%s%s: %s", event->id, gap, event->record,
               event->message);
    else
        syslog(notifier->facility | level, "%s%s%s: %s (%s -> %s)", event->id, gap, event->record,
               event->message, words(&event->before, before), words(&event->after, after));
    return DCDDNS_OK;
}

static const struct dcddns_option syslog_options[] = {
    { "facility", "daemon", "daemon, user, local0 to local7", DCDDNS_OPT_STRING, 0 },
};

static const struct dcddns_notifier syslog_ops = {
    .size = sizeof(syslog_ops),
    .notify = syslog_notify,
};

static const struct dcddns_plugin syslog_plugin = {
    .size = sizeof(syslog_plugin),
    .kind = DCDDNS_KIND_NOTIFIER,
    .abi_minor = DCDDNS_ABI_MINOR,
    .name = "syslog",
    .version = "1.0",
    .summary = "writes every event as one line to the system log",
    .options = syslog_options,
    .option_count = sizeof(syslog_options) / sizeof(syslog_options[0]),
    .option_size = sizeof(syslog_options[0]),
    .create = syslog_create,
    .destroy = free,
    .ops = &syslog_ops,
};

DCDDNS_ENTRY(syslog)
{
    return &syslog_plugin;
}
