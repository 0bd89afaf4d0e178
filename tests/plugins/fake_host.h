/* A host for the tests of modules: options, clock-free calls, HTTP answers and names come from
 * tables; what the module said is kept.  wait() is real.  One per program, one test at a time. */
#ifndef DCDDNS_TESTS_FAKE_HOST_H
#define DCDDNS_TESTS_FAKE_HOST_H

#define DCDDNS_STATIC /* entries are called dcddns_plugin_v1_NAME */

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/addr.h"
#include "base/fields.h"
#include "dcddns/plugin.h"
#include "platform/os.h"

struct fake_option {
    const char *name, *value;
};

/* One answer, given to the first request for URL that finds it unused. */
struct fake_answer {
    const char *url;
    int status;       /* or a DCDDNS_E_ code */
    const char *body; /* or, with a code, the reason */
    size_t len;       /* 0 = strlen(body) */
};

/* What resolve() knows beside literals. */
struct fake_name {
    const char *name;
    int code;            /* DCDDNS_OK, or a DCDDNS_E_ code */
    const char *text[4]; /* addresses; with a code, the reason */
};

enum { FAKE_LOG_MAX = 32, FAKE_ANSWERS_MAX = 16 };

struct fake {
    struct dcddns_host host;
    const struct dcddns_plugin *plugin;
    const struct fake_option *options; /* ended by a NULL name; before the schema's defaults */
    const struct fake_answer *answers; /* ended by a NULL url */
    int used[FAKE_ANSWERS_MAX];
    unsigned char random; /* every byte */
    int random_fails, random_is_real;
    int64_t deadline; /* of calls, boot clock, ms; 0: they have none */
    int cancelled;
    int64_t waits_until; /* when the last wait ends at the latest, boot clock, ms */
    int64_t woke_ms;    /* when it did end: a busy system wakes late, which is no fault of PLUGIN */
    int64_t waited_ms;  /* the most that all waits could take */
    const char *device; /* of calls, or NULL */
    const char *refused;           /* CIDR that refuses() refuses, or NULL */
    const struct fake_name *names; /* ended by a NULL name */
    uint32_t lookup_ms;            /* that resolve() takes to find nothing, or until the deadline */
    char why[512];                 /* of the last fail() */
    char log[FAKE_LOG_MAX][256];
    int levels[FAKE_LOG_MAX];
    size_t log_count;
    char asked[FAKE_LOG_MAX][128]; /* "FAMILY URL [DEVICE]" of every request, in order */
    size_t asked_count;
    size_t last_cap;
};

static struct fake fake;

static void fake_log(const struct dcddns_host *host, int level, const char *line)
{
    (void)host;
    assert_true(fake.log_count < FAKE_LOG_MAX);
    fake.levels[fake.log_count] = level;
    snprintf(fake.log[fake.log_count++], sizeof(fake.log[0]), "%s", line);
}

static int fake_fail(const struct dcddns_host *host, int code, const char *why)
{
    assert_ptr_equal(host, &fake.host);
    snprintf(fake.why, sizeof(fake.why), "%s", why);
    return code;
}

static const char *fake_option(const struct dcddns_host *host, const char *name)
{
    (void)host;
    for (const struct fake_option *o = fake.options; o && o->name; o++) {
        if (strcmp(o->name, name) == 0)
            return o->value;
    }
    for (uint32_t i = 0; i < fake.plugin->option_count; i++) {
        if (strcmp(fake.plugin->options[i].name, name) == 0)
            return fake.plugin->options[i].def;
    }
    fail_msg("the module asks for %s, which its schema does not have", name);
    return NULL;
}

static int fake_parse_addr(const char *text, struct dcddns_addr *out)
{
    return addr_parse(text, out) == 0 ? DCDDNS_OK : DCDDNS_E_TEMP;
}

static int fake_random(void *data, size_t len)
{
    if (fake.random_is_real)
        return os.random(data, len) == 0 ? DCDDNS_OK : DCDDNS_E_TEMP;
    memset(data, fake.random, len);
    return fake.random_fails ? DCDDNS_E_TEMP : DCDDNS_OK;
}

static int fake_sha256(const void *data, size_t len, uint8_t out[32])
{
    return os_sha256(data, len, out) == 0 ? DCDDNS_OK : DCDDNS_E_NOMEM;
}

static uint32_t fake_remaining_ms(const struct dcddns_call *call)
{
    (void)call;
    if (fake.cancelled)
        return 0;
    if (fake.deadline == 0)
        return 10000;
    int64_t left = fake.deadline - os.boot_ms();
    return left > 0 ? (uint32_t)left : 0;
}

static const char *fake_device(const struct dcddns_call *call)
{
    (void)call;
    return fake.device;
}

static int fake_addr_in(const struct dcddns_addr *addr, const char *cidr)
{
    struct addr_cidr block = { 0 };
    return addr_cidr_parse(cidr, &block) < 0 ? DCDDNS_E_CONFIG : addr_cidr_holds(&block, addr);
}

static const char *fake_refuses(const struct dcddns_call *call, const struct dcddns_addr *addr)
{
    (void)call;
    return fake.refused && fake_addr_in(addr, fake.refused) == 1 ? "refused by the test" : NULL;
}

static int fake_wait(struct dcddns_call *call, uintptr_t socket, int events, uint32_t timeout_ms)
{
    uint32_t left = fake_remaining_ms(call), most = timeout_ms < left ? timeout_ms : left;
    struct pollfd fd = { 0 };

    fd.fd = (__typeof__(fd.fd))socket; /* an int; on Windows as wide as SOCKET */
    fd.events =
        (short)((events & DCDDNS_READ ? POLLIN : 0) | (events & DCDDNS_WRITE ? POLLOUT : 0));
    if (left == 0)
        return DCDDNS_E_STOP;
    fake.waits_until = os.boot_ms() + most;
    fake.waited_ms += most;
    const int ready = poll(&fd, 1, (int)most);
    fake.woke_ms = os.boot_ms();
    if (ready > 0)
        return (fd.revents & (POLLIN | POLLERR | POLLHUP) ? DCDDNS_READ : 0) |
               (fd.revents & POLLOUT ? DCDDNS_WRITE : 0);
    return most == left ? DCDDNS_E_STOP : 0;
}

static int fake_not_found(struct dcddns_call *call, uint32_t timeout_ms, int code, const char *why)
{
    const uint32_t left = fake_remaining_ms(call);
    const bool short_of = timeout_ms > 0 && timeout_ms < left;
    const uint32_t most = short_of ? timeout_ms : left;

    poll(NULL, 0, (int)(fake.lookup_ms < most ? fake.lookup_ms : most));
    if (fake.lookup_ms > 0 && fake.lookup_ms >= most)
        return fake_fail(&fake.host, short_of ? DCDDNS_E_TEMP : DCDDNS_E_STOP,
                         "not found before the time was up");
    return fake_fail(&fake.host, code, why);
}

static int fake_resolve(struct dcddns_call *call, const char *name, int family, uint32_t timeout_ms,
                        struct dcddns_addr *out, size_t cap)
{
    struct dcddns_addr addr = { 0 };
    int count = 0;

    assert_true(cap > 0);
    if (addr_parse(name, out) == 0)
        return family == 0 || out->family == family;
    for (const struct fake_name *n = fake.names; n && n->name; n++) {
        if (strcmp(n->name, name) != 0)
            continue;
        if (n->code < 0)
            return fake_not_found(call, timeout_ms, n->code, n->text[0]);
        for (size_t i = 0; i < 4 && n->text[i] && (size_t)count < cap; i++) {
            assert_int_equal(addr_parse(n->text[i], &addr), 0);
            if (family == 0 || addr.family == family)
                out[count++] = addr;
        }
        return count;
    }
    return fake_not_found(call, timeout_ms, DCDDNS_E_TEMP, "there is no such name");
}

/* As the daemon does: a failure leaves its reason where fail() would, and len and body are set. */
static int fake_http(struct dcddns_call *call, const struct dcddns_http *request, char *body,
                     size_t cap, size_t *len)
{
    (void)call;
    *len = 0;
    body[0] = '\0';
    fake.last_cap = cap;
    assert_true(fake.asked_count < FAKE_LOG_MAX);
    snprintf(fake.asked[fake.asked_count++], sizeof(fake.asked[0]), "%d %s%s%s",
             (int)request->family, request->url, request->device ? " " : "",
             request->device ? request->device : "");
    assert_int_equal(request->size, sizeof(*request));
    for (size_t i = 0; fake.answers && fake.answers[i].url; i++) {
        const struct fake_answer *a = &fake.answers[i];
        if (fake.used[i] || strcmp(a->url, request->url) != 0)
            continue;
        fake.used[i] = 1;
        if (a->status < 0)
            return fake_fail(&fake.host, a->status, a->body);
        *len = a->len ? a->len : strlen(a->body);
        assert_true(*len < cap);
        memcpy(body, a->body, *len);
        body[*len] = '\0';
        return a->status;
    }
    return fake_fail(&fake.host, DCDDNS_E_TEMP, "no answer was left");
}

/* Starts afresh for PLUGIN with OPTIONS (NULL: all defaults). */
static inline const struct dcddns_host *fake_reset(const struct dcddns_plugin *plugin,
                                                   const struct fake_option *options)
{
    fake = (struct fake){
        .host = { .size = sizeof(fake.host),
                  .abi_minor = DCDDNS_ABI_MINOR,
                  .log = fake_log,
                  .fail = fake_fail,
                  .option = fake_option,
                  .parse_addr = fake_parse_addr,
                  .addr_in = fake_addr_in,
                  .random = fake_random,
                  .sha256 = fake_sha256,
                  .remaining_ms = fake_remaining_ms,
                  .device = fake_device,
                  .refuses = fake_refuses,
                  .wait = fake_wait,
                  .resolve = fake_resolve,
                  .http = fake_http,
                  .field_get = fields_get,
                  .field_set = fields_set },
        .plugin = plugin,
        .options = options,
    };
    return &fake.host;
}

/* Another round of answers for the same instance. */
static inline void fake_answer(const struct fake_answer *answers)
{
    fake.answers = answers;
    memset(fake.used, 0, sizeof(fake.used));
    fake.log_count = fake.asked_count = 0;
    fake.why[0] = '\0';
}

/* What every module must satisfy before it is worth running. */
static inline void fake_check_plugin(const struct dcddns_plugin *plugin, uint32_t kind,
                                     const char *name)
{
    assert_int_equal(plugin->size, sizeof(*plugin));
    assert_int_equal(plugin->kind, kind);
    assert_string_equal(plugin->name, name);
    assert_int_equal(plugin->flags, 0);
    assert_non_null(plugin->create);
    assert_non_null(plugin->destroy);
    assert_non_null(plugin->ops);
}

#endif
