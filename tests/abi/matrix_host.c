/* matrix_host SOURCE.so AUTH.so NOTIFIER.so: a host made of one header alone, which runs the
 * samples built with another one.  Everything is proven from both sides; exit status 0 when all is
 * right. Compiled against every header there has been: members after ABI 1.0 stand behind a test.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "dcddns/plugin.h"

struct dcddns_call {
    uint32_t left;
};

struct dcddns_fields { /* enough for the samples */
    char name[4][32], value[4][96];
    uint32_t flags[4];
    int count;
};

static struct {
    char why[128], log[512];
    int hints, now_calls;
} seen;

static void must(int right, const char *what)
{
    if (right)
        return;
    fprintf(stderr, "not so: %s (the plugin said: %s)\n", what, seen.why);
    exit(1);
}

/* -- services ------------------------------------------------------------------------------------
 */

static void host_log(const struct dcddns_host *host, int level, const char *line)
{
    must(host->priv == &seen && level == DCDDNS_LOG_INFO, "log() as the sample calls it");
    snprintf(seen.log, sizeof(seen.log), "%s", line);
}

static int host_fail(const struct dcddns_host *host, int code, const char *why)
{
    (void)host;
    snprintf(seen.why, sizeof(seen.why), "%s", why);
    return code;
}

static const char *host_option(const struct dcddns_host *host, const char *name)
{
    (void)host;
    if (strcmp(name, "strict") == 0)
        return "yes";
    return strcmp(name, "url") == 0 ? "https://echo.example/" : NULL;
}

static int host_parse_addr(const char *text, struct dcddns_addr *out)
{
    static const uint8_t ip[4] = { 192, 0, 2, 7 };

    memset(out, 0, sizeof(*out));
    if (strcmp(text, "192.0.2.7") != 0)
        return DCDDNS_E_TEMP;
    out->family = 4;
    memcpy(out->ip, ip, sizeof(ip));
    return DCDDNS_OK;
}

static int host_addr_in(const struct dcddns_addr *addr, const char *cidr)
{
    return addr->ip[0] == 192 && strcmp(cidr, "192.0.2.0/24") == 0;
}

static int host_random(void *buf, size_t len)
{
    memset(buf, 0x5a, len);
    return DCDDNS_OK;
}

static int host_sha256(const void *data, size_t len, uint8_t out[32])
{
    (void)data;
    memset(out, (int)len, 32);
    return DCDDNS_OK;
}

static uint32_t host_remaining_ms(const struct dcddns_call *call)
{
    return call->left;
}

static const char *host_device(const struct dcddns_call *call)
{
    return call->left > 0 ? "net0" : NULL;
}

static const char *host_refuses(const struct dcddns_call *call, const struct dcddns_addr *addr)
{
    return call->left > 0 && addr->ip[2] == 2 ? "documentation" : NULL;
}

static int host_wait(struct dcddns_call *call, uintptr_t socket, int events, uint32_t timeout_ms)
{
    must(call->left > 0 && socket == UINTPTR_MAX && events == 0 && timeout_ms == 1, "wait()");
    return 0;
}

static int host_resolve(struct dcddns_call *call, const char *name, int family, uint32_t timeout_ms,
                        struct dcddns_addr *out, size_t cap)
{
    must(call->left > 0 && strcmp(name, "a.example") == 0 && family == 4 && timeout_ms == 9 &&
             cap == 2,
         "resolve()");
    return host_parse_addr("192.0.2.7", &out[0]) == DCDDNS_OK ? 1 : -1;
}

static int host_http(struct dcddns_call *call, const struct dcddns_http *request, char *body,
                     size_t cap, size_t *len)
{
    must(call->left > 0 && request->size >= offsetof(struct dcddns_http, flags) + 4 &&
             strcmp(request->url, "https://echo.example/") == 0 && !request->post &&
             strcmp(request->headers[0], "Accept: text/plain") == 0 && !request->headers[1] &&
             request->timeout_ms == 400 && request->flags == 0,
         "http() as the sample calls it");
    snprintf(body, cap, "192.0.2.7");
    *len = strlen(body);
    return 200;
}

static int host_run(struct dcddns_call *call, const struct dcddns_run *run, char *output,
                    size_t cap, size_t *len)
{
    must(call->left > 0 && run->size >= offsetof(struct dcddns_run, input) + sizeof(run->input) &&
             strcmp(run->argv[1], "argument") == 0 && !run->env && strcmp(run->input, "in") == 0,
         "run() as the sample calls it");
    snprintf(output, cap, "out");
    *len = 3;
    return 3;
}

static const char *host_field_get(const struct dcddns_fields *fields, const char *name)
{
    for (int i = 0; i < fields->count; i++) {
        if (strcmp(fields->name[i], name) == 0)
            return fields->value[i];
    }
    return NULL;
}

static int host_field_set(struct dcddns_fields *fields, const char *name, const char *value,
                          uint32_t flags)
{
    must(fields->count < 4, "room for another field");
    snprintf(fields->name[fields->count], sizeof(fields->name[0]), "%s", name);
    snprintf(fields->value[fields->count], sizeof(fields->value[0]), "%s", value);
    fields->flags[fields->count++] = flags;
    return DCDDNS_OK;
}

static void host_hint(const struct dcddns_host *host)
{
    must(host->priv == &seen, "hint() with its host");
    seen.hints++;
}

#ifdef DCDDNS_TESTS_NEXT
static int64_t host_now_ms(void)
{
    seen.now_calls++;
    return 42;
}
#endif

static const struct dcddns_host host = {
    .size = sizeof(host),
    .abi_minor = DCDDNS_ABI_MINOR,
    .priv = &seen,
    .log = host_log,
    .fail = host_fail,
    .option = host_option,
    .parse_addr = host_parse_addr,
    .addr_in = host_addr_in,
    .random = host_random,
    .sha256 = host_sha256,
    .remaining_ms = host_remaining_ms,
    .device = host_device,
    .refuses = host_refuses,
    .wait = host_wait,
    .resolve = host_resolve,
    .http = host_http,
    .run = host_run,
    .field_get = host_field_get,
    .field_set = host_field_set,
    .hint = host_hint,
#ifdef DCDDNS_TESTS_NEXT
    .now_ms = host_now_ms,
#endif
};

/* -- loading -------------------------------------------------------------------------------------
 */

/* Copies a struct that begins with its size: what it lacks is zero, what we lack is left out. */
static void take(void *to, size_t ours, size_t least, const void *from, const char *what)
{
    uint32_t size = 0;

    must(from != NULL, what);
    memcpy(&size, from, sizeof(size));
    must(size >= least && size <= 4096, what);
    memset(to, 0, ours);
    memcpy(to, from, size < ours ? size : ours);
}

#define UPTO(type, member) (offsetof(struct type, member) + sizeof(((struct type *)0)->member))

static struct dcddns_plugin load(const char *path, uint32_t kind)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    void *symbol = library ? dlsym(library, "dcddns_plugin_v1") : NULL;
    const struct dcddns_plugin *(*entry)(void) = NULL;
    struct dcddns_plugin plugin;

    must(symbol != NULL, path);
    memcpy(&entry, &symbol, sizeof(entry));
    take(&plugin, sizeof(plugin), UPTO(dcddns_plugin, ops), entry(), "a descriptor");
    must(plugin.kind == kind && plugin.create && plugin.destroy, "its kind and functions");
    return plugin;
}

static void walk_options(const struct dcddns_plugin *plugin)
{
    static const char *const names[] = { "url", "strict", "note" };
    static const uint32_t types[] = { DCDDNS_OPT_URL, DCDDNS_OPT_BOOL, DCDDNS_OPT_STRING };

    must(plugin->option_count == 3 && plugin->option_size >= UPTO(dcddns_option, flags),
         "the option table");
    for (uint32_t i = 0; i < plugin->option_count; i++) {
        struct dcddns_option option = { .name = NULL };
        const char *row = (const char *)plugin->options + (size_t)i * plugin->option_size;
        memcpy(&option, row,
               plugin->option_size < sizeof(option) ? plugin->option_size : sizeof(option));
        must(strcmp(option.name, names[i]) == 0 && option.type == types[i] &&
                 option.flags == (i == 2 ? (uint32_t)DCDDNS_LIST : 0),
             "a row of the option table");
#ifdef DCDDNS_TESTS_NEXT
        must(option.example == NULL, "a member that the plugin does not give");
#endif
    }
}

/* -- plays ---------------------------------------------------------------------------------------
 */

static void play_source(const char *path)
{
    const struct dcddns_plugin plugin = load(path, DCDDNS_KIND_IP_SOURCE);
    struct dcddns_call call = { .left = 1000 };
    struct dcddns_ip_source ops;
    struct dcddns_addr out = { 0 };
    void *self = NULL;

    walk_options(&plugin);
    take(&ops, sizeof(ops), UPTO(dcddns_ip_source, unwatch), plugin.ops, "the operations");
    must(plugin.create(&host, &self) == DCDDNS_OK && self, "create()");
    must(ops.query(self, &call, 4, &out) == DCDDNS_OK && out.family == 4 && out.ip[3] == 7,
         "query() for IPv4");
    must(strcmp(seen.log, "asked for IPv4") == 0, "log()");
    must(ops.query(self, &call, 6, &out) == DCDDNS_E_NOADDR, "query() for IPv6");
    must(strcmp(seen.why, "other family") == 0, "fail()");
    call.left = 0;
    must(ops.query(self, &call, 4, &out) == DCDDNS_E_STOP, "query() without time");
    must(ops.watch(self) == DCDDNS_OK && seen.hints == 1, "watch()");
    ops.unwatch(self);
#ifdef DCDDNS_TESTS_NEXT
    char text[32] = "";
    const int newer = plugin.abi_minor >= DCDDNS_ABI_MINOR;
    must((ops.describe != NULL) == newer, "describe() where the plugin has it");
    must(seen.now_calls == newer, "now_ms() used where the plugin knows it");
    must(!newer || (ops.describe(self, text, sizeof(text)) == DCDDNS_OK && text[0] == 'd'),
         "describe()");
#endif
    plugin.destroy(self);
}

static void play_auth(const char *path)
{
    static struct dcddns_fields params, keep, body;
    const struct dcddns_plugin plugin = load(path, DCDDNS_KIND_AUTH);
    struct dcddns_auth ops;
    void *self = NULL;

    take(&ops, sizeof(ops), UPTO(dcddns_auth, token), plugin.ops, "the operations");
    must(plugin.create(&host, &self) == DCDDNS_OK && self, "create()");
    must(ops.consent(self, &params, &keep) == DCDDNS_OK, "consent()");
    must(params.count == 1 && params.flags[0] == 0, "a parameter that is not secret");
    must(keep.count == 1 && keep.flags[0] == DCDDNS_SECRET, "a kept secret");
    must(ops.token(self, &keep, &body) == DCDDNS_OK && body.count == 0, "token(), a refresh");
    host_field_set(&body, "code", "x", DCDDNS_SECRET);
    must(ops.token(self, &keep, &body) == DCDDNS_OK && body.count == 2 &&
             strcmp(body.value[1], keep.value[0]) == 0,
         "token(), a code");
    must(ops.token(self, &params, &body) == DCDDNS_E_CONFIG, "token() without what was kept");
    plugin.destroy(self);
}

static void play_notifier(const char *path)
{
    const struct dcddns_plugin plugin = load(path, DCDDNS_KIND_NOTIFIER);
    struct dcddns_event event = { .size = sizeof(event),
                                  .level = DCDDNS_LOG_NOTICE,
                                  .time_ms = 1234567890123,
                                  .id = "update.applied",
                                  .profile = "p",
                                  .record = "r",
                                  .message = "m",
                                  .source = "s",
                                  .url = "u",
                                  .before = { .family = 6 },
                                  .after = { .family = 4, .ip = { 192, 0, 2, 9 } } };
    struct dcddns_call call = { .left = 1000 };
    struct dcddns_notifier ops;
    char wanted[128] = "";
    int until = 0;
    void *self = NULL;

#ifdef DCDDNS_TESTS_NEXT
    event.valid_until_ms = 77;
    until = plugin.abi_minor >= DCDDNS_ABI_MINOR ? 77 : 0;
#endif
    take(&ops, sizeof(ops), UPTO(dcddns_notifier, notify), plugin.ops, "the operations");
    must(plugin.create(&host, &self) == DCDDNS_OK && self, "create()");
    must(ops.notify(self, &call, &event) == DCDDNS_OK, "notify()");
    snprintf(wanted, sizeof(wanted), "5 1234567890123 update.applied|p|r|m|s|u|6|9|%d", until);
    must(strcmp(seen.log, wanted) == 0, "every member of the event");
    plugin.destroy(self);
}

int main(int argc, char **argv)
{
    must(argc == 4, "three modules as arguments");
    play_source(argv[1]);
    play_auth(argv[2]);
    play_notifier(argv[3]);
    printf("host of ABI %d.%d: all is right\n", DCDDNS_ABI_MAJOR, DCDDNS_ABI_MINOR);
    return 0;
}
