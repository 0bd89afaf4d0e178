/* SPDX-License-Identifier: MIT
 *
 * dcddns/plugin.h - the whole contract between the daemon and a plugin.
 *
 * A plugin is one shared object holding one module.  It exports one symbol and
 * imports none: every service it may use arrives in struct dcddns_host.
 *
 *   Growth   Structs grow only at the end, never end in padding, and begin with
 *            their own size.  Test a member newer than 1.0 with DCDDNS_HAS().
 *   Memory   Who allocates, frees.  Out-buffers belong to the caller; a pointer
 *            handed to you dies when the call returns unless said otherwise.
 *   Strings  UTF-8, NUL-terminated, never NULL unless marked "or NULL".
 *   Threads  One instance never sees two calls at once, but its calls may come
 *            from different threads, and two instances may run in parallel:
 *            keep state in the instance, not in globals.  [any] = any thread.
 *   Errors   Return 0 or a DCDDNS_E_ code; say why with host->fail().
 *   Process  Never fork, exit, chdir, set signal handlers or change the locale;
 *            programs are run with host->run().
 */
#ifndef DCDDNS_PLUGIN_H
#define DCDDNS_PLUGIN_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Comments stand in columns, so that this can be read as a manual. */
/* clang-format off */

#define DCDDNS_ABI_MAJOR 1 /* is in the entry symbol's name: a mismatch cannot load */
#define DCDDNS_ABI_MINOR 0 /* for messages only; feature tests use DCDDNS_HAS() */

#define DCDDNS_HAS(ptr, type, member) \
    ((ptr)->size >= offsetof(type, member) + sizeof((ptr)->member))

enum { /* results: the scheduler acts on the class, people read the fail() text */
    DCDDNS_OK = 0,
    DCDDNS_UNPROVEN = 1,  /* query() only: an address that nobody else has seen; it is published
                           * when another source gives the same */
    DCDDNS_E_TEMP = -1,   /* network, server, rate limit: retry with backoff */
    DCDDNS_E_CONFIG = -2, /* cannot work until the configuration changes */
    DCDDNS_E_NOADDR = -3, /* asked and answered: no address of that family */
    DCDDNS_E_STOP = -4,   /* cancelled, or the deadline passed */
    DCDDNS_E_NOMEM = -5,
    DCDDNS_E_BUG = -6     /* broken promise; instance disabled until reload */
};
enum { /* syslog's numbers */
    DCDDNS_LOG_ERROR = 3, DCDDNS_LOG_WARN, DCDDNS_LOG_NOTICE, DCDDNS_LOG_INFO, DCDDNS_LOG_DEBUG
};
enum { DCDDNS_KIND_IP_SOURCE = 1, DCDDNS_KIND_AUTH, DCDDNS_KIND_NOTIFIER };
enum { /* types of options */
    DCDDNS_OPT_STRING = 1, DCDDNS_OPT_INT, DCDDNS_OPT_BOOL, DCDDNS_OPT_SECONDS, DCDDNS_OPT_URL,
    DCDDNS_OPT_CIDR, /* 2001:db8::/32, or one address */
    DCDDNS_OPT_PATH  /* absolute */
};
enum { /* flags of options and fields */
    DCDDNS_REQUIRED = 1, /* option: the section must give it */
    DCDDNS_SECRET = 2,   /* never logged, never shown; a field travels in a request body only; an
                          * option NAME may be given as NAME-file, which the daemon reads */
    DCDDNS_LIST = 4      /* option: comma-separated, each entry is of the type */
};
enum { DCDDNS_READ = 1, DCDDNS_WRITE = 2 };
enum { /* flags of dcddns_http */
    DCDDNS_HTTP_LOCAL = 1 /* a device of the own network may be asked without TLS: http:// is taken,
                           * and then led to private, link-local and loopback addresses only */
};

struct dcddns_call;   /* one blocking operation: its deadline and cancel flag; host-owned */
struct dcddns_fields; /* ordered name -> value list; host-owned */

struct dcddns_addr {       /* frozen for ABI 1 */
    uint8_t family;      /* 4 or 6 (not AF_*); 0 = none */
    uint8_t reserved[3]; /* zero */
    uint8_t ip[16];      /* network order; IPv4 uses the first four */
};

struct dcddns_http {
    uint32_t size;
    int32_t family;             /* 4, 6, or 0 = any */
    const char *url;
    const char *const *headers; /* NULL-ended list of "Name: value", or NULL */
    const char *post;           /* body to POST, or NULL = GET */
    const char *device;         /* leave by this network device; NULL = the call's */
    uint32_t timeout_ms;        /* for this request; 0 = what is left of the call */
    uint32_t flags;             /* DCDDNS_HTTP_ */
};

struct dcddns_run {
    uint32_t size;
    uint32_t timeout_ms;     /* 0 = what is left of the call; then its process group is killed */
    const char *const *argv; /* NULL-ended; argv[0] is an absolute path; no shell is involved */
    const char *const *env;  /* NULL-ended "NAME=value" beside PATH and LANG, or NULL */
    const char *input;       /* for its standard input, or NULL */
};

/* Services.  One dcddns_host per instance, valid from create() until destroy() returns. */
struct dcddns_host {
    uint32_t size;
    uint32_t abi_minor;
    void *priv; /* the host's own */

    void (*log)(const struct dcddns_host *, int level, const char *line);          /* [any] */
    int (*fail)(const struct dcddns_host *, int code, const char *why);     /* returns code */
    /* Value from the configuration or the schema's default, already checked, or NULL: SECONDS as a
     * number of seconds, BOOL as "yes" or "no", a LIST as it was written (dcddns_list_next()).
     * Lives until destroy(). */
    const char *(*option)(const struct dcddns_host *, const char *name);           /* [any] */
    int (*parse_addr)(const char *text, struct dcddns_addr *out);   /* strict; trims spaces */
    /* 1 when ADDR is in CIDR ("2001:db8::/32"), 0 when not, DCDDNS_E_CONFIG when that is none. */
    int (*addr_in)(const struct dcddns_addr *, const char *cidr);
    int (*random)(void *buf, size_t len);                                /* cryptographic */
    int (*sha256)(const void *data, size_t len, uint8_t out[32]);

    /* Only with a dcddns_call in hand may a plugin block or use the network. */
    uint32_t (*remaining_ms)(const struct dcddns_call *);   /* 0 = return DCDDNS_E_STOP [any] */
    /* Network device that the questions of this call are to leave by, or NULL: any. */
    const char *(*device)(const struct dcddns_call *);
    /* Why ADDR would not be published for those who wait for this call ("private, RFC 1918"), or
     * NULL: for sources that have several to choose from.  Static text. */
    const char *(*refuses)(const struct dcddns_call *, const struct dcddns_addr *);
    /* Ready events, or 0 after TIMEOUT_MS.  SOCKET UINTPTR_MAX: only time passes. */
    int (*wait)(struct dcddns_call *, uintptr_t socket, int events, uint32_t timeout_ms);
    /* Addresses of a host name or literal, at most CAP, of FAMILY 4, 6 or 0 = both, within TIMEOUT_MS
     * (0 = what is left of the call).  How many, or DCDDNS_E_TEMP with the reason where fail() would
     * leave it. */
    int (*resolve)(struct dcddns_call *, const char *name, int family, uint32_t timeout_ms,
                   struct dcddns_addr *out, size_t cap);
    /* https only, certificate verified, redirects not followed.  A body of CAP bytes or more fails
     * with DCDDNS_E_TEMP; the reason of every failure is left where fail() would leave it. */
    int (*http)(struct dcddns_call *, const struct dcddns_http *,             /* HTTP status */
                char *body, size_t cap, size_t *len);                /* body is NUL-ended */
    /* Runs a program to its end.  Its exit status, or a code: DCDDNS_E_STOP when it was killed for
     * time, DCDDNS_E_CONFIG when it cannot be run.  Output beyond CAP - 1 bytes is dropped; its
     * standard error is logged. */
    int (*run)(struct dcddns_call *, const struct dcddns_run *,                /* exit status */
               char *output, size_t cap, size_t *len);                     /* NUL-ended */

    const char *(*field_get)(const struct dcddns_fields *, const char *name);    /* or NULL */
    int (*field_set)(struct dcddns_fields *, const char *name,      /* copies; NULL removes */
                     const char *value, uint32_t flags);    /* SECRET: body only, no logs */

    void (*hint)(const struct dcddns_host *);     /* "my answer may have changed"     [any];
                                                   * heard between watch() and unwatch() only */
};

struct dcddns_option { /* one line of the schema; the table is walked by option_size */
    const char *name, *def /* or NULL */, *help;
    uint32_t type, flags;
};

struct dcddns_plugin { /* static storage, never changes */
    uint32_t size;
    uint32_t kind;
    uint32_t abi_minor; /* DCDDNS_ABI_MINOR at build time */
    uint32_t flags;     /* zero */
    const char *name;   /* [a-z0-9-]{1,32}; equals the file's stem */
    const char *version, *summary;
    const struct dcddns_option *options; /* or NULL */
    uint32_t option_count, option_size;
    int (*create)(const struct dcddns_host *, void **self); /* no I/O; self not NULL when OK */
    void (*destroy)(void *self);                            /* only after a create() that was OK */
    const void *ops; /* struct dcddns_ip_source, dcddns_auth or dcddns_notifier, by kind */
};

struct dcddns_ip_source {
    uint32_t size;
    uint32_t reserved;
    /* Block until the address is known, the call says stop, or it fails.  OUT is of FAMILY. */
    int (*query)(void *self, struct dcddns_call *, int family, struct dcddns_addr *out);
    /* Optional pair: arrange for host->hint(), say from a netlink thread of your own.
     * unwatch() returns only once no hint can follow. */
    int (*watch)(void *self);
    void (*unwatch)(void *self);
};

struct dcddns_auth { /* pure: the core does all I/O and decides where fields travel */
    uint32_t size;
    uint32_t reserved;
    /* Adjust the consent URL's parameters.  What token() will need goes into keep,
     * which the core stores (0600) until the authorization code is redeemed. */
    int (*consent)(void *self, struct dcddns_fields *params, struct dcddns_fields *keep);
    /* Complete a token request that already holds grant_type, code or refresh_token, ... */
    int (*token)(void *self, const struct dcddns_fields *keep, struct dcddns_fields *body);
};

struct dcddns_event { /* immutable, valid during notify(), holds no secrets */
    uint32_t size;
    uint32_t level;      /* DCDDNS_LOG_ */
    int64_t time_ms;     /* since 1970, UTC */
    const char *id;      /* "update.applied", "update.failed", "consent.needed", ... */
    const char *profile; /* section of the configuration, or "" */
    const char *record;  /* FQDN, or "" */
    const char *message; /* one line for people */
    const char *source;  /* IP source that saw the address, or "" */
    const char *url;     /* page that a person should open (consent), or "" */
    struct dcddns_addr before, after;
};

struct dcddns_notifier { /* called on the notifier's own thread, in event order */
    uint32_t size;
    uint32_t reserved;
    int (*notify)(void *self, struct dcddns_call *, const struct dcddns_event *);
};

/* DCDDNS_ENTRY(stun) { return &plugin; }  -- the one exported symbol */
#ifdef __cplusplus
#define DCDDNS_LINKAGE extern "C"
#else
#define DCDDNS_LINKAGE
#endif
#if defined(DCDDNS_STATIC) /* built into the daemon or a test: one entry per module */
#define DCDDNS_ENTRY(name) \
    DCDDNS_LINKAGE const struct dcddns_plugin *dcddns_plugin_v1_##name(void); \
    const struct dcddns_plugin *dcddns_plugin_v1_##name(void)
#elif defined(_WIN32)
#define DCDDNS_ENTRY(name) \
    DCDDNS_LINKAGE __declspec(dllexport) const struct dcddns_plugin *dcddns_plugin_v1(void); \
    __declspec(dllexport) const struct dcddns_plugin *dcddns_plugin_v1(void)
#else
#define DCDDNS_ENTRY(name) \
    DCDDNS_LINKAGE __attribute__((visibility("default"))) const struct dcddns_plugin * \
    dcddns_plugin_v1(void); \
    __attribute__((visibility("default"))) const struct dcddns_plugin *dcddns_plugin_v1(void)
#endif

/* -- helpers that need no service of their own; they are compiled into the plugin --------------- */

#if defined(__MINGW_PRINTF_FORMAT)
#define DCDDNS_PRINTF __attribute__((format(__MINGW_PRINTF_FORMAT, 3, 4)))
#elif defined(__GNUC__)
#define DCDDNS_PRINTF __attribute__((format(printf, 3, 4)))
#else
#define DCDDNS_PRINTF
#endif

/* host->log() with a format; the line is cut after 511 bytes. */
DCDDNS_PRINTF
static inline void dcddns_logf(const struct dcddns_host *h, int level, const char *fmt, ...)
{
    char line[512]; /* formatted by the plugin's own C library: no varargs cross the ABI */
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(line, sizeof(line), fmt, ap);
    va_end(ap);
    h->log(h, level, line);
}

/* host->fail() with a format: `return dcddns_failf(host, DCDDNS_E_TEMP, "%s is mute", name);` */
DCDDNS_PRINTF
static inline int dcddns_failf(const struct dcddns_host *h, int code, const char *fmt, ...)
{
    char why[512];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(why, sizeof(why), fmt, ap);
    va_end(ap);
    return (h->fail)(h, code, why); /* test libraries have a macro of that name */
}

/* The next entry of a DCDDNS_LIST option, blanks around it cut, empty ones skipped: 1 with ENTRY, 0
 * at the end, DCDDNS_E_CONFIG when it has CAP bytes or more.  *CURSOR begins at the option's value,
 * which may be NULL. */
static inline int dcddns_list_next(const char **cursor, char *entry, size_t cap)
{
    const char *at = *cursor, *end;
    size_t len;

    while (at && (*at == ' ' || *at == '\t' || *at == ','))
        at++;
    *cursor = at;
    if (!at || !*at)
        return 0;
    for (end = at; *end && *end != ',';)
        end++;
    *cursor = end;
    for (len = (size_t)(end - at); at[len - 1] == ' ' || at[len - 1] == '\t';)
        len--;
    if (len >= cap)
        return DCDDNS_E_CONFIG;
    for (end = at + len; at < end;)
        *entry++ = *at++;
    *entry = '\0';
    return 1;
}

#ifdef __cplusplus
}
#endif
#endif /* DCDDNS_PLUGIN_H */
