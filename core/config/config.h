/* The configuration as values: INI files read with inih (config/ini.c is the only includer of
 * ini.h), every error of every file reported at once with file and line.  Passed by pointer to
 * const after loading, never changed.  Does no network and loads no module until
 * config_check_modules(). */
#ifndef DCDDNS_CONFIG_CONFIG_H
#define DCDDNS_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/event_id.h"
#include "base/format.h"
#include "base/text.h"
#include "modules/module.h"
#include "modules/schema.h"

struct config_list { /* NULL-ended list of strings; a zeroed struct is empty */
    char **items;
    size_t count;
};

struct config_blocks { /* a zeroed struct is empty */
    struct addr_cidr *items;
    size_t count;
};

struct config_suffix {       /* ::1234/64 */
    struct dcddns_addr addr; /* its first BITS are zero; family 0 = none */
    unsigned bits;           /* 1..127 */
};

/* An option given again; its values are joined by commas, which only list options allow. */
struct config_repeat {
    const char *name;
    int line, first_line;
};

/* [ip-source NAME], [auth NAME] or [notifier NAME]; made with defaults when only named in a list.
 */
struct config_instance {
    uint32_t kind;       /* DCDDNS_KIND_ */
    char *name, *module; /* module defaults to name */
    struct schema_value *options;
    size_t option_count;
    struct event_filter filter; /* of a notifier: events, min-level */
    const char *file;           /* where the section begins; owned by the config */
    int line;
    bool used;    /* named in sources, auth or notifiers */
    bool implied; /* no section: file and line are where it is named; line 0 = by a default */
    struct config_repeat *repeats;
    size_t repeat_count;
    char *text; /* holds the strings of options and repeats; may be secret */
    size_t text_len;
};

/* [host FQDN] */
struct config_host {
    char fqdn[FQDN_MAX];
    bool ipv4, ipv6;            /* families to publish; at least one */
    bool allow_private;         /* may publish special-purpose addresses */
    bool verify_dns;            /* its records are looked up at the zone's own servers */
    struct config_list sources; /* chain; empty = core's */
    int64_t confirm;            /* sources that must agree on a change, 1..8 */
    int64_t lost_remove_s; /* a lost family is left out after that long, 3600..2592000; 0 = never */
    char *device;          /* IP sources are asked through it; NULL = any */
    struct config_blocks expect; /* what may be published; empty = core's */
    struct config_suffix ipv6_suffix;
    const char *file;
    int line;
};

struct config {
    /* [core], defaults from protocol.md's table filled in */
    int64_t interval_s;             /* interval, 300, 60..86400 */
    int64_t confirm_delay_s;        /* confirm-delay, 5, 1..300: second reading of a change */
    int64_t query_timeout_s;        /* query-timeout, 15, 1..120: deadline of one IP-source call */
    struct config_list resolvers;   /* resolver: addr:port, several; empty = the system's */
    char *ca_file;                  /* ca-file or NULL */
    char *device;                   /* device or NULL: provider requests leave by it */
    char *state_dir;                /* state-dir or NULL = default place */
    struct config_list plugin_path; /* plugin-path; empty = compiled in */
    struct config_list sources;     /* sources, default "http-echo" */
    char *auth;                     /* auth, default "published-secret" */
    struct config_list notifiers;   /* notifiers, default the system's log */
    bool allow_private;             /* default of the hosts' */
    int64_t confirm;                /* likewise, 1 */
    int64_t lost_remove_s;          /* likewise, 0 */
    struct config_blocks expect;    /* likewise, empty */
    bool verify_dns;                /* likewise, yes */
    bool allow_loopback_provider;   /* for the sandbox */
    int log_level;                  /* log-level: error warning notice info debug */
    int64_t tell_failures_after;    /* tell-failures-after, 3, 1..100 in a row */
    bool daily_summary;             /* daily-summary */
    char *control_socket;           /* control-socket: path, "none", or NULL = usual place */
    char *metrics_file;             /* metrics-file or NULL */

    struct config_instance *instances;
    size_t instance_count;
    struct config_host *hosts; /* sorted by fqdn */
    size_t host_count;

    const char *core_file; /* where [core] begins; NULL when there is none */
    int core_line;

    char *path;   /* the main file, absolute */
    char *conf_d; /* folder where setup writes FQDN.conf: "conf.d" beside the main file */
    char **files; /* names that .file members point at */
    size_t file_count;
};

/* Errors of a load, in file order. */
struct config_errors {
    struct buf text; /* "FILE:LINE: message\n" each */
    int count;
};
/* LINE 0: the file as a whole.  The text is bounded: what does not fit is counted only. */
void config_errors_add(struct config_errors *, const char *file, int line, const char *format, ...)
    FORMAT_CHECKED(4, 5);
/* All lines; "out of memory" when there was none left for the lines themselves. */
const char *config_errors_text(const struct config_errors *);
void config_errors_free(struct config_errors *);

/* Reads PATH, what it includes, and after it conf.d/[!.]*.conf beside it, each file once.
 * MISSING_OK: a main file that does not exist counts as empty.  Returns NULL when there was any
 * error; ERRORS then says all of them. */
struct config *config_load(const char *path, bool missing_ok, struct config_errors *errors);
/* The same for `dcddns agent`: conf.d is left out, notifiers are `desktop` when not given, and
 * there are no sources and no auth unless the file names them. */
struct config *config_load_agent(const char *path, bool missing_ok, struct config_errors *errors);
/* What can be read of PATH in spite of its errors, of which nobody is told: good enough to find a
 * daemon by, and for nothing else.  NULL: out of memory. */
struct config *config_peek(const char *path);
void config_free(struct config **);
const struct config_host *config_find_host(const struct config *, const char *fqdn);
const struct config_instance *config_find_instance(const struct config *, uint32_t kind,
                                                   const char *name);
/* Loads the module of every instance that is used and checks its section against the schema; also
 * sections nobody uses, when their module can be loaded.  Returns the number of errors added. */
int config_check_modules(const struct config *, struct module_table *, struct config_errors *);
/* Chain of a host: its own or the core's. */
const struct config_list *config_sources_of(const struct config *, const struct config_host *);
/* Blocks that a host's addresses must be in: its own or the core's. */
const struct config_blocks *config_expect_of(const struct config *, const struct config_host *);

/* How the value of a key is read. */
enum config_type {
    CONFIG_SECONDS,   /* duration between min and max */
    CONFIG_BOOL,      /* yes or no */
    CONFIG_PATH,      /* absolute path, or empty */
    CONFIG_PATH_NONE, /* absolute path, empty, or "none" */
    CONFIG_DEVICE,    /* network device, or empty */
    CONFIG_LEVEL,     /* log level */
    CONFIG_NAME,      /* one instance of KIND */
    CONFIG_NAMES,     /* list: instances of KIND, at least one */
    CONFIG_NAMES_OPT, /* list: instances of KIND, or none */
    CONFIG_PATHS,     /* list: absolute directories */
    CONFIG_RESOLVERS, /* list: addr, addr:port, [v6]:port */
    CONFIG_COUNT,     /* whole number between min and max */
    CONFIG_BLOCKS,    /* list: 2001:db8::/32, or one address */
    CONFIG_SUFFIX,    /* ::1234/64, or empty */
    CONFIG_LOST       /* keep, or remove-after and a duration between min and max */
};

/* Every key there is, for manual and tests: SECTION is "core", "host", "notifier", "module"; NULL
 * ends.  Lists may be given several times.  DEF as it would be written, NULL = depends. */
struct config_key {
    const char *section, *name, *def, *help;
    enum config_type type;
    size_t offset;    /* in struct config or struct config_host */
    int64_t min, max; /* of CONFIG_SECONDS, CONFIG_COUNT, CONFIG_LOST */
    uint32_t kind;    /* of CONFIG_NAME(S) */
};
const struct config_key *config_keys(void);

/* The file `setup` writes: conf.d/FQDN.conf, replaced in one step, mode 0644.  Refuses when FQDN is
 * configured in another file. */
int config_write_host(const struct config *, const char *fqdn, bool ipv4, bool ipv6,
                      struct error *);
/* 0 when config_write_host() and config_remove_host() may touch the section of FQDN, or there is
 * none; else -1 with ERR_CONFIG and its place. */
int config_host_is_ours(const struct config *, const char *fqdn, struct error *err);
/* 0 when files can be made and deleted in conf.d; else -1 with ERR_LOCAL.  Makes nothing. */
int config_can_write(const struct config *, struct error *);
/* Deletes conf.d/FQDN.conf; ERR_CONFIG with file:line when the section stands in another file. */
int config_remove_host(const struct config *, const char *fqdn, struct error *);

#endif
