/* For the tests of core/engine/: simulated clocks, a disk that fails on demand, a scratch directory
 * and a provider whose answers are the test's.  One per program. */
#ifndef DCDDNS_TESTS_ENGINE_RIG_H
#define DCDDNS_TESTS_ENGINE_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <ftw.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/url.h"
#include "net/internal.h"
#include "net/transport.h"
#include "platform/os.h"

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE };
#define DAY (INT64_C(24) * HOUR)

/* -- clocks: they stand still unless moved, or flow when a loop waits by them ------------------ */

static _Atomic int64_t rig_boot = 1000 * SECOND, rig_wall_offset = INT64_C(1700000000000);
static atomic_bool rig_flows;
static _Atomic int64_t rig_flow_from;

static inline int64_t rig_real_ms(void)
{
    struct timespec now = { 0 };
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t rig_boot_ms(void)
{
    int64_t now = atomic_load(&rig_boot);
    return atomic_load(&rig_flows) ? now + rig_real_ms() - atomic_load(&rig_flow_from) : now;
}

static int64_t rig_wall_ms(void)
{
    return rig_boot_ms() + atomic_load(&rig_wall_offset);
}

static inline void rig_flow(bool on)
{
    if (on)
        atomic_store(&rig_flow_from, rig_real_ms());
    else if (atomic_load(&rig_flows))
        atomic_store(&rig_boot, rig_boot_ms());
    atomic_store(&rig_flows, on);
}

static inline void rig_pass(int64_t ms)
{
    atomic_fetch_add(&rig_boot, ms);
}

/* -- random numbers with a seed ---------------------------------------------------------------- */

static _Atomic uint64_t rig_seed = 1;

static inline uint32_t rig_random(void)
{
    uint64_t x = atomic_fetch_add(&rig_seed, UINT64_C(0x9e3779b97f4a7c15));
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((x ^ (x >> 31)) >> 16);
}

static int rig_os_random(void *out, size_t len)
{
    unsigned char *at = out;
    for (size_t i = 0; i < len; i++)
        at[i] = (unsigned char)rig_random();
    return 0;
}

/* -- the disk ---------------------------------------------------------------------------------- */

static struct os_calls rig_real;
static int rig_disk_code;        /* negative errno of everything that writes; 0 = well */
static int rig_disk_calls;       /* writing calls made */
static int rig_disk_fails_after; /* > 0: that many more writing calls work */

static inline int rig_disk(void)
{
    rig_disk_calls++;
    if (rig_disk_code != 0 && rig_disk_fails_after > 0) {
        rig_disk_fails_after--;
        return 0;
    }
    return rig_disk_code;
}

static int rig_open(struct os_dir *dir, const char *name, int how, struct os_file **file)
{
    int rc = how == OS_CREATE ? rig_disk() : 0;
    return rc < 0 ? rc : rig_real.open(dir, name, how, file);
}

static int64_t rig_write(struct os_file *file, const void *data, size_t len)
{
    int rc = rig_disk();
    return rc < 0 ? rc : rig_real.write(file, data, len);
}

static int rig_sync(struct os_file *file)
{
    (void)file; /* nobody pulls the plug here */
    return rig_disk();
}

static int rig_sync_dir(struct os_dir *dir)
{
    (void)dir;
    return rig_disk();
}

static int rig_rename(struct os_dir *dir, const char *from, const char *to)
{
    int rc = rig_disk();
    return rc < 0 ? rc : rig_real.rename(dir, from, to);
}

/* -- DNS; the answers are further below -------------------------------------------------------- */

/* What DNS says; SERVER NULL: the resolver.  NULL: nobody answers. */
static struct {
    void (*handle)(const struct dcddns_addr *server, const char *name, enum dns_type,
                   struct dns_answer *);
    size_t questions; /* since the test set it to 0 */
} rig_dns;

/* -- scratch directory ------------------------------------------------------------------------- */

static char rig_path[64];
static struct os_dir *rig_dir;

static inline int rig_remove(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

static inline void rig_wipe(void)
{
    nftw(rig_path, rig_remove, 16, FTW_DEPTH | FTW_PHYS);
}

static void rig_log(void *ctx, int level, const char *line)
{
    (void)ctx;
    if (getenv("RIG_LOG"))
        fprintf(stderr, "%lld <%d> %s\n", (long long)rig_boot_ms(), level, line);
}

/* For cmocka's setup and teardown. */
static inline int rig_begin(void **state)
{
    struct error err = { 0 };
    (void)state;
    if (!rig_real.boot_ms) {
        rig_real = os;
        assert_int_equal(net_global_init(&err), 0);
    }
    os = rig_real;
    os.boot_ms = rig_boot_ms;
    os.wall_ms = rig_wall_ms;
    os.random = rig_os_random;
    os.open = rig_open;
    os.write = rig_write;
    os.sync = rig_sync;
    os.sync_dir = rig_sync_dir;
    os.rename = rig_rename;
    rig_disk_code = rig_disk_calls = rig_disk_fails_after = 0;
    rig_dns.handle = NULL;
    rig_dns.questions = 0;
    atomic_store(&rig_flows, false);
    atomic_store(&rig_boot, 1000 * SECOND);
    atomic_store(&rig_seed, 1);
    log_to(rig_log, NULL);
    snprintf(rig_path, sizeof(rig_path), "%s/dcddns-engine-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (!mkdtemp(rig_path))
        return -1;
    rig_dir = os_dir_open(rig_path, OS_DIR_PRIVATE, &err);
    return rig_dir ? 0 : -1;
}

static inline int rig_end(void **state)
{
    (void)state;
    os_dir_close(&rig_dir);
    rig_wipe();
    rig_flow(false);
    os = rig_real;
    return 0;
}

#define WITH_RIG(test) cmocka_unit_test_setup_teardown(test, rig_begin, rig_end)

/* Threads that a module never gives back are left behind on purpose. */
__attribute__((visibility("default"))) const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
    return "report_thread_leaks=0:halt_on_error=1";
}

static inline int rig_number(const char *text)
{
    return (int)strtol(text, NULL, 10); /* up to whatever follows */
}

/* A test that leaves threads or memory behind on purpose, in a process of its own that ends without
 * looking back.  No other thread may run when it begins. */
static inline void rig_in_child(void (*test)(void **), int (*begin)(void **), int (*end)(void **))
{
    const struct CMUnitTest one[] = {
        cmocka_unit_test_setup_teardown(test, begin, end),
    };
    int status = 0;
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int failed = cmocka_run_group_tests_name("in a child", one, NULL, NULL);
        fflush(NULL);
        rig_wipe();
        if (failed == 0) /* nobody counts what is left behind */
            execl("/bin/true", "true", (char *)NULL);
        _exit(1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* -- addresses --------------------------------------------------------------------------------- */

static inline struct dcddns_addr ip(const char *text)
{
    struct dcddns_addr addr = { 0 };
    if (text[0])
        assert_int_equal(addr_parse(text, &addr), 0);
    return addr;
}

static inline void assert_ip(const struct dcddns_addr *addr, const char *text)
{
    char words[ADDR_TEXT_MAX] = "";
    assert_string_equal(addr_text(addr, words), text);
}

/* -- the provider's side of the wire ------------------------------------------------------------
 */

enum { RIG_REQUESTS = 256 };

struct rig_request { /* copies */
    char url[1024], post[2048], type[64], bearer[128];
    int64_t at_ms;
};

static struct {
    struct rig_request list[RIG_REQUESTS]; /* the first ones since rig_forget() */
    size_t count, applies, tokens;
    /* NULL: 200 with an empty body. */
    void (*handle)(const struct rig_request *, struct http_answer *);
} rig_http;

static inline bool rig_is_token(const struct rig_request *r)
{
    return strstr(r->url, "/v2/oauth/access_token") != NULL;
}

static void rig_transport(void *ctx, const struct http_request *request, struct http_answer *out)
{
    struct rig_request r = { .at_ms = rig_boot_ms() };
    (void)ctx;
    snprintf(r.url, sizeof(r.url), "%s", request->url);
    snprintf(r.post, sizeof(r.post), "%s", request->post ? request->post : "(none)");
    snprintf(r.type, sizeof(r.type), "%s", request->content_type ? request->content_type : "");
    snprintf(r.bearer, sizeof(r.bearer), "%s", request->bearer ? request->bearer : "");
    if (rig_http.count < RIG_REQUESTS)
        rig_http.list[rig_http.count] = r;
    rig_http.count++;
    rig_http.tokens += rig_is_token(&r);
    rig_http.applies += !rig_is_token(&r);
    *out =
        (struct http_answer){ .status = 200, .body = "", .content_type = "", .retry_after_s = -1 };
    if (rig_http.handle)
        rig_http.handle(&r, out);
}

static void rig_dns_answer(const struct dcddns_addr *server, const char *name, enum dns_type type,
                           struct dns_answer *out)
{
    rig_dns.questions++;
    *out = (struct dns_answer){ .status = DNS_TEMP };
    error_set(&out->error, ERR_TEMP, "no DNS server answered for %s", name);
    if (rig_dns.handle)
        rig_dns.handle(server, name, type, out);
}

static void rig_dns_resolver(void *ctx, const char *name, enum dns_type type,
                             struct dns_answer *out)
{
    (void)ctx;
    rig_dns_answer(NULL, name, type, out);
}

static void rig_dns_server(void *ctx, const struct dcddns_addr *server, const char *name,
                           enum dns_type type, struct dns_answer *out)
{
    (void)ctx;
    rig_dns_answer(server, name, type, out);
}

static const struct net_transport rig_net = { .http = rig_transport,
                                              .dns = rig_dns_resolver,
                                              .dns_server = rig_dns_server };

static inline void rig_forget(void)
{
    rig_http.count = rig_http.applies = rig_http.tokens = 0;
}

static inline void rig_reply(struct http_answer *out, int status, const char *body)
{
    out->status = status;
    out->body = body;
    out->len = strlen(body);
    out->content_type = "application/json";
}

static inline void rig_silence(struct http_answer *out)
{
    out->status = 0;
    error_set(&out->error, ERR_TEMP, "api.example.net: timeout");
}

/* Value of a parameter in the URL of a request; valid until the next call. */
static inline const char *rig_param(const struct rig_request *r, const char *name)
{
    static char value[512];
    char *found = url_query_value(r->url, name);
    snprintf(value, sizeof(value), "%s", found ? found : "(none)");
    mem_free(found);
    return value;
}

/* -- the loop -----------------------------------------------------------------------------------
 */

/* A question to an IP source is on its way: its deadline was set at this very instant.  No other
 * timer of the engine has this distance. */
static inline bool rig_asking(struct net *net)
{
    int64_t now = rig_boot_ms();
    for (const struct net_timer *t = net_timers(net)->first; t; t = t->next) {
        if (t->due == now + 15 * SECOND)
            return true;
    }
    return false;
}

/* Turns until CONDITION holds; 10 s of real time. */
#define RIG_UNTIL(net, condition)                                                                  \
    for (int64_t rig_until_ = rig_real_ms() + 10000; !(condition);) {                              \
        net_turn(net, 2);                                                                          \
        if (rig_real_ms() > rig_until_)                                                            \
            fail_msg("never came: %s", #condition);                                                \
    }

#endif
