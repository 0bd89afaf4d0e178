/* The report: what it begins with, and the order of its parts; see bundle.h. */
#include "engine/bundle.h"

#include <string.h>
#include <time.h>

#include "base/json.h"
#include "base/mem.h"
#include "engine/bundle_inside.h"
#include "engine/daemon.h"
#include "net/dns.h"
#include "net/http.h"

enum { SERVERS_MAX = 8 };

void bundle_title(struct bundle *b, const char *title)
{
    buf_printf(b->out, "\n== %s ==\n", title);
}

void bundle_age(struct bundle *b, int64_t wall_ms)
{
    static const struct {
        int64_t seconds;
        const char *unit;
    } units[] = { { 86400, "d" }, { 3600, "h" }, { 60, "min" }, { 1, "s" } };
    int64_t away = (b->now_ms - wall_ms) / 1000;
    bool past = away >= 0;
    size_t i = 0;

    if (wall_ms == 0) {
        buf_puts(b->out, "never");
        return;
    }
    away = past ? away : -away;
    while (i < 3 && away < 2 * units[i].seconds)
        i++;
    buf_printf(b->out, "%s%lld %s%s", past ? "" : "in ", (long long)(away / units[i].seconds),
               units[i].unit, past ? " ago" : "");
}

static void put_head(struct bundle *b)
{
    buf_puts(b->out, "dcddns support bundle, format 1\n");
    if (b->mask.names)
        buf_puts(b->out,
                 "WITH NAMES AND ADDRESSES: for private use only. It holds no tokens, codes or "
                 "secrets.\n");
    else
        buf_puts(b->out,
                 "No tokens, codes, secrets, names or addresses are in it: host-1.example, "
                 "ipv4-1 and the like\nstand for them, the same one everywhere; *** stands for "
                 "words that might be private.\n");
}

static void put_program(struct bundle *b)
{
    char system[128] = "";
    os_describe(system);
    bundle_title(b, "program");
    buf_printf(b->out, "dcddns     %s, module interface %d.%d\n", DCDDNS_VERSION, DCDDNS_ABI_MAJOR,
               DCDDNS_ABI_MINOR);
    buf_printf(b->out, "compiler   %s\n", __VERSION__);
    buf_printf(b->out, "system     %s%s%s\n", system, os_is_root() ? ", as " : "",
               os_is_root() ? os_root_name() : "");
    buf_printf(b->out, "https      %s\n", http_library());
    buf_printf(b->out, "crypto     %s\n", os_crypto_library());
    buf_printf(b->out, "dns        c-ares %s\n", dns_library());
    buf_printf(b->out, "json       cJSON %s\n", json_library());
}

static void put_clock(struct bundle *b)
{
    char text[32] = "";
    time_t now = (time_t)(b->now_ms / 1000);
    const struct tm *utc = gmtime(&now);

    bundle_title(b, "clock");
    if (utc && strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", utc) > 0)
        buf_printf(b->out, "wall       %s\n", text);
    buf_printf(b->out, "boot       %lld min ago%s\n", (long long)(os.boot_ms() / 60000),
               os_boot_id()[0] ? "" : ", without an identity");
}

static void put_resolvers(struct bundle *b)
{
    struct dcddns_addr servers[SERVERS_MAX] = { { 0 } };
    size_t count = dns_system_servers(servers, SERVERS_MAX);

    bundle_title(b, "resolvers of the system");
    for (size_t i = 0; i < count; i++) {
        mask_addr(&b->mask, &servers[i], b->out);
        buf_putc(b->out, '\n');
    }
    if (count == 0)
        buf_puts(b->out, "none found\n");
}

/* Lines of "FILE:LINE: message". */
static void put_problems(struct bundle *b, const struct config_errors *errors)
{
    const char *at = config_errors_text(errors);
    bundle_title(b, "errors of the configuration");
    while (*at) {
        size_t len = strcspn(at, "\n");
        char *line = mem_strndup(at, len);
        if (line)
            mask_text(&b->mask, line, b->out);
        buf_putc(b->out, '\n');
        mem_free(line);
        at += len + (at[len] == '\n');
    }
}

/* A configuration that is wrong, or wants modules that are not there, is what reports are about. */
static void load(struct bundle *b)
{
    struct config_errors errors = { 0 }, ignored = { 0 };
    if (runtime_load(b->rt, &errors) < 0) {
        put_problems(b, &errors);
        runtime_read(b->rt, &ignored);
    }
    config_errors_free(&errors);
    config_errors_free(&ignored);
}

/* As runtime_load() finds it, also when that failed.  mem_ memory. */
static char *state_dir(const struct runtime *rt)
{
    if (rt->state_dir)
        return mem_strdup(rt->state_dir);
    if (rt->state_override)
        return mem_strdup(rt->state_override);
    if (rt->config && rt->config->state_dir)
        return mem_strdup(rt->config->state_dir);
    return os_place(OS_PLACE_STATE, DCDDNS_STATE_DIR);
}

static void know_places(struct mask *mask)
{
    mask_know_place(mask, os_place(OS_PLACE_CONFIG, DCDDNS_CONFIG_DIR),
                    os_place_words(OS_PLACE_CONFIG));
    mask_know_place(mask, os_place(OS_PLACE_STATE, DCDDNS_STATE_DIR),
                    os_place_words(OS_PLACE_STATE));
    mask_know_place(mask, os_place(OS_PLACE_MODULES, DCDDNS_PLUGIN_DIR),
                    os_place_words(OS_PLACE_MODULES));
}

int bundle_write(struct runtime *rt, bool names, struct buf *out, struct error *err)
{
    struct bundle b = { .rt = rt, .mask = { .names = names }, .out = out, .now_ms = os.wall_ms() };
    char advice[OS_ADVICE_MAX] = "";

    know_places(&b.mask);
    put_head(&b);
    put_program(&b);
    put_clock(&b);
    put_resolvers(&b);
    load(&b);
    char *dir = state_dir(rt);
    b.state_dir = dir;
    bundle_config(&b);
    bundle_modules(&b);
    if (dir)
        bundle_state(&b);
    bundle_title(&b, "log");
    buf_printf(out, "%s Read it before you paste it.\n", os_advice(OS_ADVICE_LOG, "", advice));
    mem_free(dir);
    mask_free(&b.mask);
    return buf_ok(out) ? 0
                       : error_set(err, ERR_LOCAL, "the report is too large, or memory ran out");
}
