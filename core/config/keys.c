/* The keys of the configuration as one table: parsing, defaults, "did you mean" and the check of
 * the manual all read it.  Must not know where values come from. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "config/load.h"

#define CORE(member) .section = "core", .offset = offsetof(struct config, member)
#define HOST(member) .section = "host", .offset = offsetof(struct config_host, member)

static const struct config_key table[] = {
    { CORE(interval_s), .name = "interval", .def = "300 s", .type = CONFIG_SECONDS, .min = 60,
      .max = 86400,
      .help = "Time between two checks of the address when nothing hints at a change." },
    { CORE(confirm_delay_s), .name = "confirm-delay", .def = "5 s", .type = CONFIG_SECONDS,
      .min = 1, .max = 300,
      .help = "Wait before a changed address is read a second time and published." },
    { CORE(query_timeout_s), .name = "query-timeout", .def = "15 s", .type = CONFIG_SECONDS,
      .min = 1, .max = 120, .help = "Longest time one IP source may take for an answer." },
    { CORE(resolvers), .name = "resolver", .def = "", .type = CONFIG_RESOLVERS,
      .help = "DNS servers to ask, ADDRESS or ADDRESS:PORT or [IPV6]:PORT; empty = the system's." },
    { CORE(ca_file), .name = "ca-file", .def = "", .type = CONFIG_PATH,
      .help = "PEM file with the certificate authorities to trust; empty = the system's." },
    { CORE(device), .name = "device", .def = "", .type = CONFIG_DEVICE,
      .help = "Network device that requests to providers leave by; empty = any." },
    { CORE(state_dir), .name = "state-dir", .def = "", .type = CONFIG_PATH,
      .help = "Directory for grants and records; empty = the usual place." },
    { CORE(plugin_path), .name = "plugin-path", .def = "", .type = CONFIG_PATHS,
      .help = "Directories with modules, tried in order; empty = where dcddns was installed." },
    { CORE(sources), .name = "sources", .def = "http-echo", .type = CONFIG_NAMES,
      .kind = DCDDNS_KIND_IP_SOURCE, .help = "IP sources, asked in this order until one answers." },
    { CORE(auth), .name = "auth", .def = "published-secret", .type = CONFIG_NAME,
      .kind = DCDDNS_KIND_AUTH, .help = "How the program proves itself when it asks for tokens." },
    { CORE(notifiers), .name = "notifiers", .def = DCDDNS_NOTIFIERS, .type = CONFIG_NAMES_OPT,
      .kind = DCDDNS_KIND_NOTIFIER, .help = "Who is told about updates and failures, or `none`." },
    { CORE(allow_private), .name = "allow-private", .def = "no", .type = CONFIG_BOOL,
      .help = "Whether private and other special-purpose addresses may be published." },
    { CORE(confirm), .name = "confirm", .def = "1", .type = CONFIG_COUNT, .min = 1, .max = 8,
      .help = "How many IP sources must say the same before a change is published." },
    { CORE(lost_remove_s), .name = "on-lost-family", .def = "keep", .type = CONFIG_LOST,
      .min = 3600, .max = 30 * 86400,
      .help = "Whether a family that is not seen any more stays published: keep, or remove-after "
              "a time, as remove-after 24 h." },
    { CORE(expect), .name = "expect", .def = "", .type = CONFIG_BLOCKS,
      .help = "Blocks that published addresses must be in; empty = any." },
    { CORE(allow_loopback_provider), .name = "allow-loopback-provider", .def = "no",
      .type = CONFIG_BOOL,
      .help = "Whether a provider may be on this machine; for trying and testing." },
    { CORE(verify_dns), .name = "verify-dns", .def = "yes", .type = CONFIG_BOOL,
      .help = "Whether the zone's own name servers are asked for what is published." },
    { CORE(log_level), .name = "log-level", .def = "info", .type = CONFIG_LEVEL,
      .help = "Least important lines to log: error, warning, notice, info or debug." },
    { CORE(control_socket), .name = "control-socket", .def = "", .type = CONFIG_PATH_NONE,
      .help = "Socket where local programs follow events; empty = the usual place, or `none`." },
    { CORE(tell_failures_after), .name = "tell-failures-after", .def = "3", .type = CONFIG_COUNT,
      .min = 1, .max = 100,
      .help = "Failures in a row, of the kind that passes, before notifiers are told." },
    { CORE(daily_summary), .name = "daily-summary", .def = "yes", .type = CONFIG_BOOL,
      .help = "Whether the daemon sums up each day in a line of the log and an event." },
    { CORE(metrics_file), .name = "metrics-file", .def = "", .type = CONFIG_PATH,
      .help = "File for node-exporter's textfile collector, ending in .prom; empty = none." },
    { HOST(ipv4), .name = "ipv4", .def = "yes", .type = CONFIG_BOOL,
      .help = "Whether the IPv4 address is published (A)." },
    { HOST(ipv6), .name = "ipv6", .def = "no", .type = CONFIG_BOOL,
      .help = "Whether the IPv6 address is published (AAAA)." },
    { HOST(allow_private), .name = "allow-private", .type = CONFIG_BOOL,
      .help = "As in [core], for this host; when not given, as [core] says." },
    { HOST(verify_dns), .name = "verify-dns", .type = CONFIG_BOOL,
      .help = "As in [core], for this host; when not given, as [core] says." },
    { HOST(sources), .name = "sources", .def = "", .type = CONFIG_NAMES_OPT,
      .kind = DCDDNS_KIND_IP_SOURCE, .help = "IP sources of this host; empty = those of [core]." },
    { HOST(confirm), .name = "confirm", .type = CONFIG_COUNT, .min = 1, .max = 8,
      .help = "As in [core], for this host; when not given, as [core] says." },
    { HOST(lost_remove_s), .name = "on-lost-family", .type = CONFIG_LOST, .min = 3600,
      .max = 30 * 86400, .help = "As in [core], for this host; when not given, as [core] says." },
    { HOST(device), .name = "device", .def = "", .type = CONFIG_DEVICE,
      .help = "Network device that this host's IP sources are asked through; empty = any." },
    { HOST(expect), .name = "expect", .def = "", .type = CONFIG_BLOCKS,
      .help = "Blocks that this host's addresses must be in; empty = those of [core]." },
    { HOST(ipv6_suffix), .name = "ipv6-suffix", .def = "", .type = CONFIG_SUFFIX,
      .help = "End of the published IPv6 address behind the observed prefix, as ::1234/64." },
    { .section = "notifier",
      .name = "events",
      .type = CONFIG_NAMES,
      .help = "Events that the notifier is told, by id or group; -NAME leaves some out." },
    { .section = "notifier",
      .name = "min-level",
      .type = CONFIG_LEVEL,
      .help = "Least important events that the notifier is told, as of log-level." },
    { .section = "module",
      .name = "module",
      .type = CONFIG_NAME,
      .help = "Module to load; when not given, the one named as the section." },
    { 0 },
};

enum { KEYS = sizeof(table) / sizeof(table[0]) - 1 };

const struct config_key *config_keys(void)
{
    return table;
}

const struct config_key *keys_find(const char *section, const char *name)
{
    for (const struct config_key *key = table; key->section; key++) {
        if (strcmp(key->section, section) == 0 && strcmp(key->name, name) == 0)
            return key;
    }
    return NULL;
}

struct suggestion suggest(const char *word, const char *const *candidates, size_t count)
{
    struct suggestion out = { "" };
    const char *closest = text_closest(word, candidates, count);
    /* The very same word is known but unusable: the error says why. */
    if (closest && strlen(closest) < FQDN_MAX && strcmp(closest, word) != 0)
        snprintf(out.text, sizeof(out.text), "; did you mean '%.64s'?", closest);
    return out;
}

struct suggestion keys_suggest(const char *section, const char *name)
{
    const char *names[KEYS] = { NULL };
    size_t count = 0;
    for (const struct config_key *key = table; key->section; key++) {
        if (strcmp(key->section, section) == 0)
            names[count++] = key->name;
    }
    return suggest(name, names, count);
}
