/* The scripted host's services that may block: what they answer is the scene's.  No packet leaves:
 * http() and run() do nothing, names resolve to this machine. */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/addr.h"
#include "modules/rehearsal_inside.h"

/* CALL is the one that this thread was handed; another one is a broken promise. */
static bool current(const struct dcddns_call *call, const char *service)
{
    struct stage *here = stage_here();
    if (call && here && here->call == call)
        return true;
    if (here)
        stage_break(here, "called %s without the call that it was handed", service);
    return false;
}

uint32_t play_remaining_ms(const struct dcddns_call *call)
{
    if (!call || os_gate_is_open(call->gate))
        return 0;
    int64_t left = call->deadline - os.boot_ms();
    return left <= 0 ? 0 : left > UINT32_MAX ? UINT32_MAX : (uint32_t)left;
}

const char *play_device(const struct dcddns_call *call)
{
    return current(call, "device()") ? call->stage->scene->device : NULL;
}

const char *play_refuses(const struct dcddns_call *call, const struct dcddns_addr *addr)
{
    if (!current(call, "refuses()") || !addr || !addr_is_set(addr))
        return "no address";
    const struct addr_block *block = addr_special(addr);
    return block ? block->name : NULL;
}

int play_wait(struct dcddns_call *call, uintptr_t socket, int events, uint32_t timeout_ms)
{
    const bool none = socket == UINTPTR_MAX;
    int ready = 0;

    if (!current(call, "wait()"))
        return DCDDNS_E_BUG;
    if (!none && (events == 0 || (events & ~(DCDDNS_READ | DCDDNS_WRITE)) || socket > INT_MAX)) {
        stage_break(call->stage, "called wait() for a socket or events that cannot be");
        return DCDDNS_E_BUG;
    }
    const uint32_t left = play_remaining_ms(call);
    const uint32_t most = timeout_ms < left ? timeout_ms : left;
    if (left == 0 || !os_gate_wait(call->gate, socket, none ? 0 : events, most, &ready))
        return DCDDNS_E_STOP;
    return ready == 0 && most == left ? DCDDNS_E_STOP : ready;
}

/* What every blocking service begins with: DCDDNS_OK to go on, else its result. */
static int begin(struct dcddns_call *call, unsigned service, uint32_t timeout_ms)
{
    struct stage *stage = call->stage;
    const uint32_t left = play_remaining_ms(call);
    int ready = 0;

    if (left == 0)
        return DCDDNS_E_STOP;
    if (stage->scene->silent) {
        const bool own = timeout_ms > 0 && timeout_ms < left;
        const bool open = os_gate_wait(call->gate, UINTPTR_MAX, 0, own ? timeout_ms : left, &ready);
        snprintf(stage->why, sizeof(stage->why), "did not answer before the time was up");
        return open && own ? DCDDNS_E_TEMP : DCDDNS_E_STOP;
    }
    if (stage->scene->fails & service) {
        snprintf(stage->why, sizeof(stage->why), "%s", stage->scene->reason);
        return stage->scene->code;
    }
    return DCDDNS_OK;
}

int play_resolve(struct dcddns_call *call, const char *name, int family, uint32_t timeout_ms,
                 struct dcddns_addr *out, size_t cap)
{
    static const char *const here[] = { "127.254.254.254", "::1" };
    int count = 0;

    if (!current(call, "resolve()"))
        return DCDDNS_E_BUG;
    if (!name || *name == '\0' || !out || cap == 0 || (family != 0 && family != 4 && family != 6)) {
        stage_break(call->stage, "called resolve() without a name, for a family that is none of 4, "
                                 "6 and 0, or without room for the answer");
        return DCDDNS_E_BUG;
    }
    int code = begin(call, FAIL_RESOLVE, timeout_ms);
    if (code != DCDDNS_OK)
        return code;
    for (int i = 0; i < 2; i++) {
        if (family != (i == 0 ? 6 : 4) && (size_t)count < cap)
            addr_parse(here[i], &out[count++]);
    }
    return count;
}

static const char *wrong_request(const struct dcddns_http *r)
{
    if (!r || r->size < offsetof(struct dcddns_http, flags) + sizeof(r->flags) || r->size > 4096)
        return "a request whose size is not that of struct dcddns_http";
    if (!r->url || (r->family != 0 && r->family != 4 && r->family != 6))
        return "no URL, or a family that is none of 4, 6 and 0";
    const bool local = (r->flags & DCDDNS_HTTP_LOCAL) && strncasecmp(r->url, "http://", 7) == 0;
    if (!local && strncasecmp(r->url, "https://", 8) != 0)
        return "a URL that is not https";
    if (r->flags & ~(uint32_t)DCDDNS_HTTP_LOCAL)
        return "flags that ABI 1.0 does not have";
    for (size_t i = 0; r->headers && r->headers[i]; i++) {
        if (i >= 32 || strpbrk(r->headers[i], "\r\n"))
            return "more than 32 headers, or one with a line break";
    }
    return NULL;
}

static const char *body_for(const struct dcddns_call *call, int family)
{
    const struct scene *scene = call->stage->scene;
    const int asked = family != 0 ? family : call->family;
    const char *body = asked == 6 ? scene->body6 : scene->body4;
    return body ? body : "";
}

/* Copies the scene's text, cut to CAP - 1 bytes; false when it was cut. */
static bool put(const struct scene *scene, const char *from, char *to, size_t cap, size_t *len)
{
    const size_t all = scene->body_len > 0 ? scene->body_len : strlen(from);
    *len = all < cap ? all : cap - 1;
    memcpy(to, from, *len);
    to[*len] = '\0';
    return *len == all;
}

int play_http(struct dcddns_call *call, const struct dcddns_http *request, char *body, size_t cap,
              size_t *len)
{
    size_t unused = 0;

    len = len ? len : &unused;
    *len = 0;
    if (!current(call, "http()"))
        return DCDDNS_E_BUG;
    const char *wrong = !body || cap == 0 ? "no room for the body" : wrong_request(request);
    if (wrong) {
        stage_break(call->stage, "called http() with %s", wrong);
        return DCDDNS_E_BUG;
    }
    body[0] = '\0';
    int code = begin(call, FAIL_HTTP, request->timeout_ms);
    if (code != DCDDNS_OK)
        return code;
    call->fetched = true;
    if (put(call->stage->scene, body_for(call, request->family), body, cap, len))
        return call->stage->scene->status;
    body[0] = '\0';
    *len = 0;
    snprintf(call->stage->why, sizeof(call->stage->why), "more bytes than were asked for");
    return DCDDNS_E_TEMP;
}

int play_run(struct dcddns_call *call, const struct dcddns_run *given, char *output, size_t cap,
             size_t *len)
{
    size_t unused = 0;

    len = len ? len : &unused;
    *len = 0;
    if (!current(call, "run()"))
        return DCDDNS_E_BUG;
    if (!given || given->size < offsetof(struct dcddns_run, input) + sizeof(given->input) ||
        given->size > 4096 || !given->argv || !given->argv[0] ||
        !os_path_is_absolute(given->argv[0]) || (!output && cap > 0)) {
        stage_break(call->stage, "called run() without the absolute path of a program, or with a "
                                 "size that is not that of struct dcddns_run");
        return DCDDNS_E_BUG;
    }
    int code = begin(call, FAIL_RUN, given->timeout_ms);
    if (code != DCDDNS_OK)
        return code;
    if (cap > 0)
        put(call->stage->scene, body_for(call, 0), output, cap, len);
    return call->stage->scene->status == 200 ? 0 : 1;
}
