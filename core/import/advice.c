/* Settings of inadyn and ddclient: what each means here.  Values are shown only where the table
 * says that they cannot be secrets. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/url.h"
#include "import/inside.h"

enum means {
    MEANS_NOTHING, /* dealt with by the reader, or of no interest */
    MEANS_INTERVAL,
    MEANS_DEVICE,
    MEANS_PRIVATE, /* "no" allows private addresses */
    MEANS_URL,
    MEANS_NOTE
};

struct advice {
    const char *key;
    enum means means;
    const char *text;
};

static const char secret[] = "stays behind: consent at the provider takes the place of passwords "
                             "and API keys";
static const char at_provider[] = "stays behind: the provider of each name is found in DNS";
static const char program[] =
    "see the IP source command in dcddns.conf(5) for a program that prints "
    "the address";
static const char event[] = "see the notifier command in dcddns.conf(5) for a program that runs on "
                            "every change";
static const char forced[] =
    "not needed: grants are refreshed every seven days without touching DNS";
static const char fixed[] = "cannot move: a fixed address needs no updater";
static const char tls[] = "cannot move: certificates are always verified";

static const struct advice table[] = {
    /* inadyn */
    { "period", MEANS_INTERVAL, NULL },
    { "iface", MEANS_DEVICE, NULL },
    { "verify-address", MEANS_PRIVATE, NULL },
    { "allow-ipv6", MEANS_NOTE, "for an AAAA record give setup the option --ipv6, too" },
    { "username", MEANS_NOTE, secret },
    { "password", MEANS_NOTE, secret },
    { "ddns-server", MEANS_NOTE, at_provider },
    { "ddns-path", MEANS_NOTE, at_provider },
    { "ddns-response", MEANS_NOTHING, NULL },
    { "checkip-server", MEANS_URL, NULL },
    { "checkip-path", MEANS_NOTHING, NULL },
    { "checkip-ssl", MEANS_NOTHING, NULL },
    { "checkip-command", MEANS_NOTE, program },
    { "forced-update", MEANS_NOTE, forced },
    { "secure-ssl", MEANS_NOTE, tls },
    { "ca-trust-file", MEANS_NOTE, "is ca-file in [core] here" },
    { "user-agent", MEANS_NOTE, "cannot move: requests name dcddns" },
    { "wildcard", MEANS_NOTE, "set up the name *.NAME, if its provider takes that" },
    { "ttl", MEANS_NOTE, "cannot move: the provider's template says the time to live" },
    { "proxied", MEANS_NOTE, "cannot move: it is a setting of one provider" },
    { "fake-address", MEANS_NOTHING, NULL },
    { "iterations", MEANS_NOTHING, NULL },
    { "broken-rtc", MEANS_NOTHING, NULL },
    { "ssl", MEANS_NOTHING, NULL },
    { "append-myip", MEANS_NOTHING, NULL },
    { "include", MEANS_NOTE, "names another file that is not read; import that one, too" },
    { "system", MEANS_NOTE, at_provider }, /* of version 1 */
    { "dyndns_system", MEANS_NOTE, at_provider },
    { "update_period_sec", MEANS_INTERVAL, NULL },
    { "background", MEANS_NOTHING, NULL },
    /* ddclient */
    { "daemon", MEANS_INTERVAL, NULL },
    { "if", MEANS_DEVICE, NULL },
    { "ifv4", MEANS_DEVICE, NULL },
    { "ifv6", MEANS_DEVICE, NULL },
    { "web", MEANS_URL, NULL },
    { "webv4", MEANS_URL, NULL },
    { "webv6", MEANS_URL, NULL },
    { "cmd", MEANS_NOTE, program },
    { "cmdv4", MEANS_NOTE, program },
    { "cmdv6", MEANS_NOTE, program },
    { "fw", MEANS_NOTE, program },
    { "fwv4", MEANS_NOTE, program },
    { "fwv6", MEANS_NOTE, program },
    { "fw-login", MEANS_NOTE, secret },
    { "fw-skip", MEANS_NOTHING, NULL },
    { "ip", MEANS_NOTE, fixed },
    { "ipv4", MEANS_NOTE, fixed },
    { "ipv6", MEANS_NOTE, fixed },
    { "login", MEANS_NOTE, secret },
    { "server", MEANS_NOTE, at_provider },
    { "protocol", MEANS_NOTE, at_provider },
    { "zone", MEANS_NOTE, at_provider },
    { "postscript", MEANS_NOTE, event },
    { "mail", MEANS_NOTE, event },
    { "mail-failure", MEANS_NOTE, event },
    { "max-interval", MEANS_NOTE, forced },
    { "ssl_ca_file", MEANS_NOTE, "is ca-file in [core] here" },
    { "proxy", MEANS_NOTE, "cannot move: proxies are not used" },
    { "use", MEANS_NOTHING, NULL },
    { "usev4", MEANS_NOTHING, NULL },
    { "usev6", MEANS_NOTHING, NULL },
    { "syslog", MEANS_NOTHING, NULL },
    { "pid", MEANS_NOTHING, NULL },
    { "cache", MEANS_NOTHING, NULL },
    { "verbose", MEANS_NOTHING, NULL },
    { "quiet", MEANS_NOTHING, NULL },
    { "web-skip", MEANS_NOTHING, NULL },
    { "webv4-skip", MEANS_NOTHING, NULL },
    { "webv6-skip", MEANS_NOTHING, NULL },
    { "min-error-interval", MEANS_NOTHING, NULL },
    { "foreground", MEANS_NOTHING, NULL },
    { "retry", MEANS_NOTHING, NULL },
    { "script", MEANS_NOTE, at_provider },
    { "apikey", MEANS_NOTE, secret },
    { "secretapikey", MEANS_NOTE, secret },
    { "min-interval", MEANS_NOTHING, NULL },
};

static void note(struct import_reader *r, const char *key, int line, const char *text)
{
    char shown[TEXT_ESCAPED_MAX] = "", row[TEXT_ESCAPED_MAX + 256] = "";
    int len =
        snprintf(row, sizeof(row), ": %.40s: %s\n", text_escape(key, strlen(key), shown), text);
    /* A password that stands in ten sections is told once. */
    if (len < 0 || strstr(buf_text(&r->file->notes), row) ||
        r->file->notes.len + strlen(r->shown) + sizeof(row) + 16 > r->file->notes.max)
        return;
    buf_printf(&r->file->notes, "%s:%d%s", r->shown, line, row);
}

static void note_interval(struct import_reader *r, const char *key, const char *value, int line)
{
    int64_t seconds = 0;
    if (strcmp(value, "0") == 0)
        return; /* no daemon: started by cron */
    if (!text_seconds(value, &seconds)) {
        note(r, key, line, "is no time that can be read here");
        return;
    }
    if (seconds < 60 || seconds > 86400)
        note(r, key, line, "is interval here, from 60 s to 1 d");
    seconds = seconds < 60 ? 60 : seconds > 86400 ? 86400 : seconds;
    r->file->settings.interval_s = seconds;
}

/* Names of network devices have 15 bytes on Linux; anything else is none. */
static bool is_device(const char *value)
{
    size_t len = strlen(value);
    return len > 0 && len < 32 &&
           strspn(value, "abcdefghijklmnopqrstuvwxyz"
                         "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                         "0123456789.:_-") == len;
}

static void note_device(struct import_reader *r, const char *key, const char *value, int line)
{
    char *list = r->file->settings.devices;
    const char *at = list;
    char entry[64] = "";
    size_t used = strlen(list);

    if (!is_device(value)) {
        note(r, key, line, "is no network device");
        return;
    }
    while (text_list_next(&at, entry, sizeof(entry))) {
        if (strcmp(entry, value) == 0)
            return;
    }
    if (used + strlen(value) + 3 <= sizeof(r->file->settings.devices))
        snprintf(list + used, sizeof(r->file->settings.devices) - used, "%s%s",
                 used > 0 ? ", " : "", value);
}

static void note_url(struct import_reader *r, const char *key, const char *value, int line)
{
    char text[200] = "";
    if (url_is_https_base(value) && strlen(value) < 100)
        snprintf(text, sizeof(text),
                 "to ask this service: url4 (or url6) = %s in [ip-source "
                 "http-echo]",
                 value);
    else
        snprintf(text, sizeof(text),
                 "four services are asked without any setting; another one, by "
                 "https only: url4 and url6 in [ip-source http-echo]");
    note(r, key, line, text);
}

static void note_private(struct import_reader *r, const char *value)
{
    bool verify = true;
    if (text_bool(value, &verify) && !verify)
        r->file->settings.allow_private = true;
}

/* Keys for passwords are many: of routers, of variables of the environment, of providers. */
static bool is_password(const char *key)
{
    static const char word[] = "password";
    for (; *key; key++) {
        if (strncasecmp(key, word, sizeof(word) - 1) == 0)
            return true;
    }
    return false;
}

static const struct advice *find(const char *key)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (strcasecmp(table[i].key, key) == 0)
            return &table[i];
    }
    return NULL;
}

bool import_knows(const char *key)
{
    return find(key) != NULL;
}

void import_advise(struct import_reader *r, const char *key, const char *value, int line)
{
    const struct advice *found = find(key);
    if (!found) {
        note(r, key, line, is_password(key) ? secret : "has no equivalent");
        return;
    }
    switch (found->means) {
    case MEANS_INTERVAL:
        note_interval(r, found->key, value, line);
        break;
    case MEANS_DEVICE:
        note_device(r, found->key, value, line);
        break;
    case MEANS_PRIVATE:
        note_private(r, value);
        break;
    case MEANS_URL:
        note_url(r, found->key, value, line);
        break;
    case MEANS_NOTE:
        note(r, found->key, line, found->text);
        break;
    default:
        break;
    }
}
