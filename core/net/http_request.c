/* Copies a request so that its caller may forget it, and keeps an answer for callers that wait.
 * Sends nothing. */
#include "net/http_request.h"

#include <string.h>

#include "base/mem.h"
#include "platform/os.h"

enum { BODY_DEFAULT = 64 * 1024, BODY_MAX = 64 * 1024 * 1024 };
enum { CONNECT_MS = 10 * 1000, TOTAL_MS = 30 * 1000 };
enum { AGAIN_MS = 1000, AGAIN_MAX_MS = 2000 };

/* -- the copy -------------------------------------------------------------------------------- */

static size_t room(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

static const char *keep(char **at, const char *text)
{
    if (!text)
        return NULL;
    const char *kept = *at;
    size_t len = strlen(text) + 1;
    memcpy(*at, text, len);
    *at += len;
    return kept;
}

static void set_defaults(struct http_request *r)
{
    if (r->max_body == 0)
        r->max_body = BODY_DEFAULT;
    if (r->max_body > BODY_MAX)
        r->max_body = BODY_MAX;
    if (r->connect_ms <= 0)
        r->connect_ms = CONNECT_MS;
    if (r->total_ms <= 0)
        r->total_ms = TOTAL_MS;
}

bool http_copy_make(struct http_copy *copy, const struct http_request *r)
{
    size_t headers = 0;
    copy->text_len = room(r->url) + room(r->post) + room(r->content_type) + room(r->accept) +
                     room(r->bearer) + room(r->device) + 1;
    for (; r->headers && r->headers[headers]; headers++)
        copy->text_len += room(r->headers[headers]);
    copy->text = mem_new(1, copy->text_len);
    copy->headers = mem_new(headers + 1, sizeof(*copy->headers));
    if (!copy->text || !copy->headers)
        return false;
    char *at = copy->text;
    copy->request = *r;
    copy->request.url = keep(&at, r->url);
    copy->request.post = keep(&at, r->post);
    copy->request.content_type = keep(&at, r->content_type);
    copy->request.accept = keep(&at, r->accept);
    copy->request.bearer = keep(&at, r->bearer);
    copy->request.device = keep(&at, r->device);
    for (size_t i = 0; i < headers; i++)
        copy->headers[i] = keep(&at, r->headers[i]);
    copy->request.headers = copy->headers;
    set_defaults(&copy->request);
    return true;
}

void http_copy_free(struct http_copy *copy)
{
    if (copy->text)
        mem_wipe(copy->text, copy->text_len);
    mem_free(copy->text);
    mem_free(copy->headers);
    *copy = (struct http_copy){ 0 };
}

static bool one_line(const char *text)
{
    return !text || text[strcspn(text, "\r\n")] == '\0';
}

int http_copy_check(const struct http_copy *copy, struct error *err)
{
    const struct http_request *r = &copy->request;
    bool good = one_line(r->content_type) && one_line(r->accept) && one_line(r->bearer);
    for (size_t i = 0; r->headers[i]; i++)
        good = good && one_line(r->headers[i]);
    if (!good)
        return error_set(err, ERR_PERM,
                         "a header of the request holds a line break; nothing was "
                         "sent");
    if (!r->url)
        return error_set(err, ERR_PERM, "the request has no URL; nothing was sent");
    return 0;
}

/* -- waiting for the answer ------------------------------------------------------------------ */

struct waiting {
    struct http_reply *reply;
    bool done;
};

static void on_reply(void *ctx, const struct http_answer *answer)
{
    struct waiting *waiting = ctx;
    struct http_reply *reply = waiting->reply;
    waiting->done = true;
    reply->error = answer->error;
    reply->status = answer->status;
    reply->retry_after_s = answer->retry_after_s;
    reply->unframed = answer->unframed;
    reply->unreached = answer->unreached;
    reply->body = mem_new(1, answer->len + 1);
    if (!reply->body) {
        error_set(&reply->error, ERR_LOCAL, "out of memory while reading an answer");
        return;
    }
    memcpy(reply->body, answer->body, answer->len);
    reply->len = answer->len;
}

static int await_once(struct net *net, const struct http_request *request, struct http_reply *reply)
{
    struct waiting waiting = { .reply = reply };
    *reply = (struct http_reply){ .retry_after_s = -1 };
    if (!http_start(net, request, on_reply, &waiting))
        return error_set(&reply->error, ERR_LOCAL, "out of memory while starting a request");
    while (!waiting.done)
        net_turn(net, -1);
    return reply->error.class == ERR_NONE ? 0 : -1;
}

static void on_pause(void *ctx)
{
    bool *over = ctx;
    *over = true;
}

/* False: out of memory. */
static bool pause_ms(struct net *net, int64_t ms)
{
    bool over = false;
    if (!net_timer_add(net, os.boot_ms() + ms, on_pause, &over))
        return false;
    while (!over)
        net_turn(net, -1);
    return true;
}

/* Whoever waits at a terminal would only start again: a lookup may have lost the family that works,
 * a route may just be changing. */
int http_await(struct net *net, const struct http_request *request, struct http_reply *reply)
{
    const int64_t patience = request->connect_ms > 0 ? request->connect_ms : CONNECT_MS;
    const int64_t end_ms = os.boot_ms() + patience;
    int rc = await_once(net, request, reply);

    for (int64_t wait = AGAIN_MS; rc < 0 && reply->unreached && wait <= AGAIN_MAX_MS; wait *= 2) {
        if (os.boot_ms() + wait > end_ms || !pause_ms(net, wait))
            break;
        http_reply_free(reply);
        rc = await_once(net, request, reply);
    }
    return rc;
}

void http_reply_free(struct http_reply *reply)
{
    if (reply->body)
        mem_wipe(reply->body, reply->len);
    mem_free(reply->body);
    *reply = (struct http_reply){ .retry_after_s = -1 };
}
