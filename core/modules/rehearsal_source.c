/* Plays of an IP source: what may come instead of an address, deadlines, cancelling, hints. */
#include <string.h>

#include "base/addr.h"
#include "base/mem.h"
#include "modules/rehearsal_inside.h"

#define PUBLIC4 "93.184.216.34"
#define PUBLIC6 "2606:2800:220:1::1"

/* Time of a query that is to find its answer, and of one that is to be cancelled before. */
enum { SHORT_MS = 500, LONG_MS = 30000, CANCEL_MS = 200, OVER_AT_ONCE_MS = 0 };
enum { WATCHES = 5, HINT_MS = 50, ROUNDS = 50 };

const struct scene scene_calm = {
    .what = "query(): a plain address", .body4 = PUBLIC4, .body6 = PUBLIC6, .status = 200
};

#define HTML  "<html><head><title>Your address</title></head><body>" PUBLIC4 "</body></html>"
#define FULL4 "93.184.216.34\0"

static const struct scene scenes[] = {
    { "query(): an address and a newline", PUBLIC4 "\n", PUBLIC6 "\r\n", .status = 200 },
    { "query(): HTML", HTML, HTML, .status = 200 },
    { "query(): an empty answer", "", "", .status = 200 },
    { "query(): garbage", "\xff\xfe\x01 1.2.3.4.5 ::1::", "\x1b[31m999.1.1.1", .status = 200 },
    { "query(): a NUL inside", FULL4 "8.8.8.8", FULL4 "8.8.8.8", .body_len = 21, .status = 200 },
    { "query(): status 404", PUBLIC4, PUBLIC6, .status = 404, .unbelievable = true },
    { "query(): status 500", PUBLIC4, PUBLIC6, .status = 500, .unbelievable = true },
    { "query(): a redirect", PUBLIC4, PUBLIC6, .status = 302, .unbelievable = true },
    { "query(): the other family", PUBLIC6, PUBLIC4, .status = 200, .other4 = PUBLIC6,
      .other6 = PUBLIC4 },
    { "query(): a private address", "192.168.1.7", "fd00::7", .status = 200 },
    { "query(): a documentation address", "192.0.2.7", "2001:db8::7", .status = 200 },
    { "query(): an unspecified address", "0.0.0.0", "::", .status = 200 },
    { "query(): the network is down", .fails = FAIL_HTTP | FAIL_RESOLVE | FAIL_RUN,
      .code = DCDDNS_E_TEMP, .reason = "rehearsal: the network is down" },
    { "query(): http(): TLS error", PUBLIC4, PUBLIC6, .status = 200, .fails = FAIL_HTTP,
      .code = DCDDNS_E_TEMP, .reason = "rehearsal: the certificate has expired" },
    { "query(): http(): a body that is too long", .fails = FAIL_HTTP, .code = DCDDNS_E_TEMP,
      .reason = "rehearsal: answered with more bytes than were asked for" },
    { "query(): http(): out of memory", .fails = FAIL_HTTP, .code = DCDDNS_E_NOMEM,
      .reason = "rehearsal: out of memory" },
    { "query(): resolve(): no such host", PUBLIC4, PUBLIC6, .status = 200, .fails = FAIL_RESOLVE,
      .code = DCDDNS_E_TEMP, .reason = "rehearsal: no such host" },
    { "query(): run(): the program cannot be run", PUBLIC4, PUBLIC6, .status = 200,
      .fails = FAIL_RUN, .code = DCDDNS_E_CONFIG, .reason = "rehearsal: no such program" },
    { "query(): random() fails", PUBLIC4, PUBLIC6, .status = 200, .fails = FAIL_RANDOM },
    { "query(): a device that is not there", PUBLIC4, PUBLIC6, .status = 200,
      .device = "nosuchdevice0" },
};

static const struct scene scene_silence = { .what = "", .silent = true };

/* OUT as the daemon must be able to take it. */
static void judge_addr(struct stage *stage, const struct job *job)
{
    struct rehearsal *r = stage->rehearsal;
    const struct scene *scene = stage->scene;
    const int family = job->call.family;
    const char *other = family == 4 ? scene->other4 : scene->other6;
    struct dcddns_addr addr = { 0 }, said = { 0 };

    addr = job->out;
    if (addr.family != family)
        check_fail(r,
                   "query() was asked for IPv%d and gave family %d; give what is asked for, or "
                   "DCDDNS_E_NOADDR",
                   family, addr.family);
    else if (addr.reserved[0] || addr.reserved[1] || addr.reserved[2])
        check_fail(r, "the reserved bytes of the address are not zero; begin with a zeroed struct "
                      "dcddns_addr");
    else if (other && addr_parse(other, &said) == 0 &&
             memcmp(addr.ip, said.ip, family == 4 ? 4 : 16) == 0)
        check_fail(r, "an address of the other family was given as one of IPv%d", family);
    /* One that asked nobody by HTTP may know that very address from elsewhere. */
    if (scene->unbelievable && job->call.fetched &&
        addr_parse(family == 4 ? scene->body4 : scene->body6, &said) == 0 &&
        memcmp(addr.ip, said.ip, family == 4 ? 4 : 16) == 0)
        check_fail(r,
                   "the answer with status %d was believed; take addresses from status 200 to "
                   "299 only",
                   scene->status);
    r->answered = true;
}

/* One query; false when the instance is stuck. */
static bool ask(struct stage *stage, int family, int64_t time_ms, int64_t cancel_ms)
{
    struct job *job = job_run(stage, family, NULL, time_ms, cancel_ms);

    if (!job)
        return false;
    if (stage_judge(stage, "query()", job->code, DCDDNS_UNPROVEN) && job->code >= DCDDNS_OK)
        judge_addr(stage, job);
    mem_free(job);
    return true;
}

static void ask_both(struct rehearsal *r, const struct scene *scene, int64_t time_ms,
                     int64_t cancel_ms)
{
    for (int family = 4; family <= 6 && !r->failed; family += 2) {
        struct stage *stage = stage_new(r, scene, true);
        if (stage && ask(stage, family, time_ms, cancel_ms))
            stage_close(stage);
    }
    check_end(r);
}

static void play_time(struct rehearsal *r)
{
    check_begin(r, "query(): the time is over before it begins");
    ask_both(r, &scene_calm, OVER_AT_ONCE_MS, -1);
    if (r->stuck)
        return;
    check_begin(r, "query(): nobody answers");
    ask_both(r, &scene_silence, SHORT_MS, -1);
    if (r->stuck)
        return;
    check_begin(r, "query(): cancelled while it waits");
    ask_both(r, &scene_silence, LONG_MS, CANCEL_MS);
}

/* -- hints --------------------------------------------------------------------------------------
 */

static void pass_time(int64_t ms)
{
    struct os_gate *gate = os_gate_new();
    int ready = 0;
    if (gate)
        os_gate_wait(gate, UINTPTR_MAX, 0, ms, &ready);
    os_gate_free(&gate);
}

static void watch_once(struct stage *stage)
{
    const struct dcddns_ip_source *ops = &stage->rehearsal->module->ops.ip_source;

    atomic_store(&stage->watched, true);
    atomic_store(&stage->counts, true);
    stage_enter(stage, NULL);
    int code = ops->watch(stage->self);
    stage_leave(stage);
    if (stage_judge(stage, "watch()", code, DCDDNS_OK) && code == DCDDNS_OK) {
        pass_time(HINT_MS);
        stage_enter(stage, NULL);
        ops->unwatch(stage->self);
        stage_leave(stage);
    }
    atomic_store(&stage->watched, false);
    pass_time(HINT_MS);
}

static void play_watch(struct rehearsal *r)
{
    if (!r->module->ops.ip_source.watch)
        return;
    check_begin(r, "watch() and unwatch(): %d times", WATCHES);
    struct stage *stage = stage_new(r, &scene_calm, true);
    for (int i = 0; stage && i < WATCHES && !r->failed; i++)
        watch_once(stage);
    stage_close(stage);
    pass_time(HINT_MS);
    if (stage && atomic_load(&stage->late_hints) > 0)
        check_fail(r,
                   "hint() came %d times after unwatch() had returned; unwatch() must end the "
                   "thread that hints, and wait for it",
                   atomic_load(&stage->late_hints));
    check_end(r);
}

static bool act(struct stage *stage, struct dcddns_call *call)
{
    bool right = true;
    for (int i = 0; i < ROUNDS && right && play_remaining_ms(call) > 0; i++) {
        struct dcddns_addr out = { 0 };
        call->family = call->family == 4 ? 6 : 4;
        stage_enter(stage, call);
        int code =
            stage->rehearsal->module->ops.ip_source.query(stage->self, call, call->family, &out);
        stage_leave(stage);
        right = code < DCDDNS_OK || out.family == call->family;
    }
    return right;
}

void play_source(struct rehearsal *r)
{
    play_time(r);
    for (size_t i = 0; i <= sizeof(scenes) / sizeof(scenes[0]) && !r->stuck; i++) {
        const struct scene *scene = i == 0 ? &scene_calm : &scenes[i - 1];
        check_begin(r, "%s", scene->what);
        ask_both(r, scene, SHORT_MS, -1);
    }
    if (!r->stuck)
        play_watch(r);
    if (!r->stuck)
        play_race(r, act);
    if (!r->stuck && !r->answered)
        r->audience->tell(r->audience->ctx, REHEARSAL_NOTE, "query()",
                          "never gave an address, since it does not get them by http() or run(); "
                          "only its failures were rehearsed");
}
