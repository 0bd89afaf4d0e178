/* Syslog: one record for every event, with its fields apart where the logger keeps them.  openlog()
 * is the process's and the daemon's to call; here every line carries its facility.  Must not know
 * which events there are. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "syslog_record.h"

/* How long `auto` waits for a journal that is busy before it writes a line instead, ms. */
enum { AUTO_MS = 2000 };

struct facility {
    const char *name;
    int code;
};

enum format { FORMAT_AUTO, FORMAT_PLAIN, FORMAT_JOURNAL, FORMAT_RFC5424, FORMATS };

struct notifier {
    const struct dcddns_host *host;
    int facility;
    enum format format;
};

/* FORMATS when it is none. */
static enum format format_of(const char *name)
{
    static const char *const names[FORMATS] = { "auto", "plain", "journal", "rfc5424" };
    int i = 0;
    while (i < FORMATS && strcmp(name, names[i]) != 0)
        i++;
    return (enum format)i;
}

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
    enum format format = format_of(host->option(host, "format"));
    if (format == FORMATS)
        return host->fail(host, DCDDNS_E_CONFIG,
                          "format is none of auto, plain, journal and rfc5424; use one of them");
    struct notifier *notifier = calloc(1, sizeof(*notifier));
    if (!notifier)
        return DCDDNS_E_NOMEM;
    *notifier = (struct notifier){ .host = host, .facility = facilities[i].code, .format = format };
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

static void write_plain(const struct notifier *notifier, const struct dcddns_event *event)
{
    const char *gap = *event->record ? " " : "";
    int level = event->level <= LOG_DEBUG ? (int)event->level : LOG_DEBUG;
    char before[INET6_ADDRSTRLEN] = "", after[INET6_ADDRSTRLEN] = "";

    if (event->before.family == 0 && event->after.family == 0)
        syslog(notifier->facility | level, "%s%s%s: %s", event->id, gap, event->record,
               event->message);
    else
        syslog(notifier->facility | level, "%s%s%s: %s (%s -> %s)", event->id, gap, event->record,
               event->message, words(&event->before, before), words(&event->after, after));
}

/* A socket of datagrams that leads to PATH, or -errno. */
static int open_logger(const char *path)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    if (strlen(path) >= sizeof(to.sun_path))
        return -ENAMETOOLONG;
    memcpy(to.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    /* Only a connected one can be waited on until the logger has room. */
    if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0)
        return fd;
    int rc = -errno;
    close(fd);
    return rc;
}

/* Sends one datagram, within MOST_MS and the call's time; 0 or -errno.  A logger that is busy has
 * room for a few only (net.unix.max_dgram_qlen), and nobody tries again later. */
static int send_record(const struct dcddns_host *host, struct dcddns_call *call, uint32_t most_ms,
                       int fd, const char *text, size_t len)
{
    uint32_t left = host->remaining_ms(call);
    const uint32_t over = left > most_ms ? left - most_ms : 0;

    for (;;) {
        if (send(fd, text, len, MSG_NOSIGNAL) >= 0)
            return 0;
        int rc = -errno;
        left = host->remaining_ms(call);
        if (rc != -EAGAIN || left <= over)
            return rc;
        if (host->wait(call, (uintptr_t)fd, DCDDNS_WRITE, left - over) < 0)
            return rc;
    }
}

static int write_record(const struct notifier *notifier, struct dcddns_call *call, uint32_t most_ms,
                        enum format format, const struct dcddns_event *event)
{
    char text[SYSLOG_RECORD_MAX] = "", host[256] = "";
    bool journal = format == FORMAT_JOURNAL;
    const char *path = notifier->host->option(notifier->host, journal ? "journal" : "socket");

    if (gethostname(host, sizeof(host) - 1) < 0)
        host[0] = '\0';
    const struct syslog_origin origin = { notifier->facility, host, (long)getpid() };
    size_t len = journal ? syslog_record_journal(text, &origin, event)
                         : syslog_record_rfc5424(text, &origin, event);
    int fd = len > 0 ? open_logger(path) : -EMSGSIZE, rc = fd;
    if (fd >= 0) {
        rc = send_record(notifier->host, call, most_ms, fd, text, len);
        close(fd);
    }
    if (rc == 0)
        return DCDDNS_OK;
    return dcddns_failf(notifier->host, DCDDNS_E_TEMP, "cannot write to the log at %s: %s", path,
                        rc == -EAGAIN ? "the logger did not read in time; see whether it runs"
                                      : strerror(-rc));
}

static int syslog_notify(void *self, struct dcddns_call *call, const struct dcddns_event *event)
{
    const struct notifier *notifier = self;
    if (notifier->format == FORMAT_JOURNAL || notifier->format == FORMAT_RFC5424)
        return write_record(notifier, call, UINT32_MAX, notifier->format, event);
    /* Without a journal the line goes where syslog(3) brings it. */
    if (notifier->format == FORMAT_PLAIN ||
        access(notifier->host->option(notifier->host, "journal"), W_OK) != 0 ||
        write_record(notifier, call, AUTO_MS, FORMAT_JOURNAL, event) != DCDDNS_OK)
        write_plain(notifier, event);
    return DCDDNS_OK;
}

static const struct dcddns_option syslog_options[] = {
    { "facility", "daemon", "daemon, user, local0 to local7", DCDDNS_OPT_STRING, 0 },
    { "format", "auto", "plain, journal or rfc5424; auto: journal when there is one, else plain",
      DCDDNS_OPT_STRING, 0 },
    { "journal", "/run/systemd/journal/socket", "socket of the journal", DCDDNS_OPT_PATH, 0 },
    { "socket", "/dev/log", "socket that rfc5424 records are written to", DCDDNS_OPT_PATH, 0 },
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
    .summary = "writes every event to the system log, with its fields where they are kept",
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
