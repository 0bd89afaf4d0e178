/* An IP source that uses every service an IP source may use.  Compiled against every header there
 * has been: it names only members of ABI 1.0, others behind a test of DCDDNS_ABI_MINOR.  With
 * strict = yes (the matrix's host) it also proves what the services answer. */
#include <stdlib.h>
#include <string.h>

#include "dcddns/plugin.h"

struct source {
    const struct dcddns_host *host;
    int strict;
};

static int source_create(const struct dcddns_host *host, void **self)
{
    struct source *source = calloc(1, sizeof(*source));

    if (!source)
        return DCDDNS_E_NOMEM;
    source->host = host;
    source->strict = strcmp(host->option(host, "strict"), "yes") == 0;
    *self = source;
    return DCDDNS_OK;
}

/* RIGHT, or the failure that names the service. */
static int prove(const struct source *source, int right, const char *service)
{
    if (right || !source->strict)
        return DCDDNS_OK;
    return source->host->fail(source->host, DCDDNS_E_BUG, service);
}

static int prove_plain(const struct source *source, const struct dcddns_addr *addr)
{
    const struct dcddns_host *host = source->host;
    uint8_t bytes[4] = { 0 }, hash[32] = { 0 };
    struct dcddns_addr none = { 0 };
    int code = prove(source, host->parse_addr("nonsense", &none) < 0, "parse_addr()");

    if (code == DCDDNS_OK)
        code = prove(source, host->addr_in(addr, "192.0.2.0/24") == 1, "addr_in()");
    if (code == DCDDNS_OK)
        code = prove(source, host->addr_in(addr, "198.51.100.0/24") == 0, "addr_in()");
    if (code == DCDDNS_OK)
        code =
            prove(source, host->random(bytes, sizeof(bytes)) == 0 && bytes[3] == 0x5a, "random()");
    if (code == DCDDNS_OK)
        code = prove(source, host->sha256("abc", 3, hash) == 0 && hash[0] == 3, "sha256()");
    return code;
}

static int prove_blocking(const struct source *source, struct dcddns_call *call,
                          const struct dcddns_addr *addr)
{
    static const char *const words[] = { "/bin/true", "argument", NULL };
    const struct dcddns_host *host = source->host;
    const struct dcddns_run run = { .size = sizeof(run), .argv = words, .input = "in" };
    struct dcddns_addr found[2] = { { 0 } };
    char output[16] = "";
    size_t len = 0;
    const char *device = host->device(call), *why = host->refuses(call, addr);
    int code = prove(source, device && strcmp(device, "net0") == 0, "device()");

    if (code == DCDDNS_OK)
        code = prove(source, why && strcmp(why, "documentation") == 0, "refuses()");
    if (code == DCDDNS_OK)
        code = prove(source, host->wait(call, UINTPTR_MAX, 0, 1) == 0, "wait()");
    if (code == DCDDNS_OK)
        code = prove(source, host->resolve(call, "a.example", 4, 9, found, 2) == 1, "resolve()");
    if (code == DCDDNS_OK)
        code = prove(source, host->run(call, &run, output, sizeof(output), &len) == 3, "run()");
    return code == DCDDNS_OK ? prove(source, strcmp(output, "out") == 0, "run()") : code;
}

static int ask(const struct source *source, struct dcddns_call *call, int family,
               struct dcddns_addr *out)
{
    static const char *const headers[] = { "Accept: text/plain", NULL };
    const struct dcddns_host *host = source->host;
    const struct dcddns_http request = { .size = sizeof(request),
                                         .family = family,
                                         .url = host->option(host, "url"),
                                         .headers = headers,
                                         .timeout_ms = 400 };
    char body[64] = "";
    size_t len = 0;
    int status = host->http(call, &request, body, sizeof(body), &len);

    if (status < 0)
        return status;
    if (status != 200 || strlen(body) != len || host->parse_addr(body, out) != DCDDNS_OK)
        return host->fail(host, DCDDNS_E_TEMP, "no address in the answer");
    return out->family == family ? DCDDNS_OK : host->fail(host, DCDDNS_E_NOADDR, "other family");
}

static int source_query(void *self, struct dcddns_call *call, int family, struct dcddns_addr *out)
{
    const struct source *source = self;
    struct dcddns_addr addr = { 0 };

    if (source->host->remaining_ms(call) == 0)
        return DCDDNS_E_STOP;
    int code = ask(source, call, family, &addr);
    if (code == DCDDNS_OK)
        code = prove_plain(source, &addr);
    if (code == DCDDNS_OK)
        code = prove_blocking(source, call, &addr);
#ifdef DCDDNS_TESTS_NEXT
    if (code == DCDDNS_OK && DCDDNS_HAS(source->host, struct dcddns_host, now_ms))
        code = prove(source, source->host->now_ms() == 42, "now_ms()");
#endif
    if (code != DCDDNS_OK)
        return code;
    dcddns_logf(source->host, DCDDNS_LOG_INFO, "asked for IPv%d", family);
    *out = addr;
    return DCDDNS_OK;
}

static int source_watch(void *self)
{
    const struct source *source = self;
    source->host->hint(source->host);
    return DCDDNS_OK;
}

static void source_unwatch(void *self)
{
    (void)self;
}

#ifdef DCDDNS_TESTS_NEXT
static int source_describe(void *self, char *text, size_t cap)
{
    (void)self;
    snprintf(text, cap, "described");
    return DCDDNS_OK;
}
#endif

/* Written by member: later ones stay zero, as in a module that does not know them. */
static const struct dcddns_option source_options[] = {
    { .name = "url",
      .def = "https://echo.invalid/",
      .help = "whom to ask",
      .type = DCDDNS_OPT_URL },
    { .name = "strict", .def = "no", .help = "prove the services", .type = DCDDNS_OPT_BOOL },
    { .name = "note", .help = "nothing", .type = DCDDNS_OPT_STRING, .flags = DCDDNS_LIST },
};

static const struct dcddns_ip_source source_ops = {
    .size = sizeof(source_ops),
    .query = source_query,
    .watch = source_watch,
    .unwatch = source_unwatch,
#ifdef DCDDNS_TESTS_NEXT
    .describe = source_describe,
#endif
};

static const struct dcddns_plugin source_plugin = {
    .size = sizeof(source_plugin),
    .kind = DCDDNS_KIND_IP_SOURCE,
    .abi_minor = DCDDNS_ABI_MINOR,
    .name = "source",
    .version = "1.0",
    .summary = "uses every service",
    .options = source_options,
    .option_count = sizeof(source_options) / sizeof(source_options[0]),
    .option_size = sizeof(source_options[0]),
    .create = source_create,
    .destroy = free,
    .ops = &source_ops,
};

DCDDNS_ENTRY(source)
{
    return &source_plugin;
}
