/* host->http(): a plugin's worker thread waits here while the net's thread does the request. */
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/url.h"
#include "modules/mailbox.h"
#include "net/http.h"

enum { HEADERS_MAX = 32, HEADER_MAX = 8192, POST_MAX = 65536, BODY_MAX = 1024 * 1024 };

struct exchange {
    struct errand errand;        /* first: the net sees nothing else */
    int64_t timeout_ms;          /* of this request; 0 = up to the deadline */
    struct http_request request; /* its strings are copies */
    struct http_call *call;      /* net's thread only */

    /* Written by the net before it is done, read by the worker after. */
    int status;
    char *body;
    size_t len;
    bool unframed;
};

static struct exchange *exchange_of(struct errand *errand)
{
    return (struct exchange *)errand;
}

/* Frees what copy_request() made; request members point to const because http_request does. */
static void free_copy(const char *text)
{
    union {
        const char *from;
        char *to;
    } copy = { .from = text };
    mem_free_secret(copy.to);
}

static void exchange_free(struct errand *errand)
{
    struct exchange *x = exchange_of(errand);
    const char *const *headers = x->request.headers;
    for (size_t i = 0; headers && headers[i]; i++)
        free_copy(headers[i]);
    union {
        const char *const *from;
        void *to;
    } list = { .from = headers };
    mem_free(list.to);
    free_copy(x->request.url);
    free_copy(x->request.post);
    free_copy(x->request.device);
    mem_free_secret(x->body);
    mem_free(x);
}

static void arrived(void *ctx, const struct http_answer *answer)
{
    struct exchange *x = ctx;
    struct error *err = &x->errand.error;

    x->call = NULL;
    *err = answer->error;
    x->status = answer->status;
    x->len = answer->len;
    x->unframed = answer->unframed;
    if (err->class == ERR_NONE && answer->len <= x->request.max_body) {
        x->body = mem_strndup(answer->len > 0 ? answer->body : "", answer->len);
        if (!x->body)
            error_set(err, ERR_LOCAL, "out of memory");
    }
    errand_done(&x->errand);
}

static void exchange_start(struct errand *errand)
{
    struct exchange *x = exchange_of(errand);
    int64_t left = errand_left_ms(errand);

    x->request.total_ms = x->timeout_ms > 0 && x->timeout_ms < left ? x->timeout_ms : left;
    x->call = http_start(errand->net, &x->request, arrived, x);
    if (!x->call) {
        error_set(&errand->error, ERR_TEMP,
                  "the request could not be started: dcddns is stopping, or out of memory");
        errand_done(errand);
    }
}

static void exchange_abort(struct errand *errand)
{
    struct exchange *x = exchange_of(errand);

    if (x->call)
        http_cancel(errand->net, x->call); /* arrived() runs inside */
}

static const struct errand_calls exchange_calls = {
    .start = exchange_start,
    .abort = exchange_abort,
    .free = exchange_free,
};

/* What is wrong with the request as such, or NULL. */
static const char *refusal(const struct dcddns_http *r)
{
    if (!r->url)
        return "http() was called without a URL";
    if (r->family != 0 && r->family != 4 && r->family != 6)
        return "http() was called for a family that is neither 4, 6 nor 0";
    if (r->post && strlen(r->post) > POST_MAX)
        return "http() was called with a body over 64 KiB";
    for (size_t i = 0; r->headers && r->headers[i]; i++) {
        if (i >= HEADERS_MAX)
            return "http() was called with more than 32 headers";
        if (strlen(r->headers[i]) > HEADER_MAX || strpbrk(r->headers[i], "\r\n"))
            return "http() was called with a header that is too long or has a line break";
    }
    return NULL;
}

/* A pointer table and copies of the lines; false when out of memory. */
static bool copy_headers(struct exchange *x, const char *const *from)
{
    size_t count = 0;
    while (from[count])
        count++;
    char **list = mem_new(count + 1, sizeof(*list));
    union {
        char **from;
        const char *const *to;
    } as_const = { .from = list };
    x->request.headers = as_const.to;
    for (size_t i = 0; list && i < count; i++) {
        list[i] = mem_strdup(from[i]);
        if (!list[i])
            return false;
    }
    return list != NULL;
}

/* http:// that the module takes on purpose. */
static bool is_plain(const struct dcddns_http *r)
{
    return (r->flags & DCDDNS_HTTP_LOCAL) != 0 && strncasecmp(r->url, "http://", 7) == 0;
}

static bool copy_request(struct exchange *x, const struct dcddns_call *call,
                         const struct dcddns_http *r, size_t cap)
{
    const char *device = r->device && *r->device ? r->device : call->device;

    x->request.family = r->family;
    x->request.trust = is_plain(r) ? HTTP_PLAIN : HTTP_CONFIGURED;
    x->request.fresh = true;
    x->request.max_body = cap - 1 < BODY_MAX ? cap - 1 : BODY_MAX;
    if (x->request.max_body == 0)
        x->request.max_body = 1; /* 0 would mean the default */
    x->request.url = mem_strdup(r->url);
    x->request.post = mem_strdup(r->post);
    x->request.device = mem_strdup(device); /* "": not that of the requests to providers */
    if (!x->request.url || (r->post && !x->request.post) || !x->request.device)
        return false;
    return !r->headers || copy_headers(x, r->headers);
}

static struct exchange *exchange_new(struct dcddns_call *call, const struct dcddns_http *r,
                                     size_t cap)
{
    struct exchange *x = mem_new(1, sizeof(*x));

    if (!x)
        return NULL;
    errand_init(&x->errand, call, &exchange_calls);
    x->timeout_ms = r->timeout_ms;
    if (!copy_request(x, call, r, cap)) {
        errand_release(&x->errand);
        return NULL;
    }
    return x;
}

/* As instance_say(), beginning with the host of the URL: its path may be a secret.  The module made
 * it, so it is escaped. */
static int say_of(struct instance *instance, int code, const char *url, const char *what)
{
    char host[FQDN_MAX] = "", escaped[TEXT_ESCAPED_MAX] = "";
    const char *shown = url_host(url, host, sizeof(host)) ? host : url;
    instance_say(instance, "%s %s", text_escape(shown, strlen(shown), escaped), what);
    return code;
}

/* From the exchange to the plugin: the status, or a code with words in the failure slot. */
static int hand_over(struct instance *instance, const struct exchange *x, char *body, size_t cap,
                     size_t *len)
{
    if (x->errand.error.class != ERR_NONE) {
        instance_say(instance, "%s", x->errand.error.text);
        return errand_code(x->errand.error.class);
    }
    if (x->len >= cap || !x->body) {
        return say_of(instance, DCDDNS_E_TEMP, x->request.url,
                      "answered with more bytes than were asked for");
    }
    /* An address that lost its last digit is an address.  Without TLS nothing is sure anyway. */
    if (x->unframed && x->request.trust != HTTP_PLAIN &&
        instance->module->plugin.kind == DCDDNS_KIND_IP_SOURCE) {
        return say_of(instance, DCDDNS_E_TEMP, x->request.url,
                      "does not say how long its answer is, so part of it may be missing; let it "
                      "send one Content-Length, or use another service");
    }
    memcpy(body, x->body, x->len);
    body[x->len] = '\0';
    *len = x->len;
    return x->status;
}

static int fetch(struct dcddns_call *call, const struct dcddns_http *r, char *body, size_t cap,
                 size_t *len)
{
    struct instance *instance = call->instance;
    struct exchange *x = exchange_new(call, r, cap);
    int code = DCDDNS_E_STOP;

    if (!x)
        return DCDDNS_E_NOMEM;
    switch (errand_run(&x->errand, call)) {
    case ERRAND_DONE:
        code = hand_over(instance, x, body, cap, len);
        break;
    case ERRAND_LATE:
        say_of(instance, code, r->url, "did not answer before the time was up");
        break;
    default:
        say_of(instance, code, r->url, "could not be asked: dcddns is stopping");
    }
    errand_release(&x->errand);
    return code;
}

int call_http(struct dcddns_call *call, const struct dcddns_http *given, char *body, size_t cap,
              size_t *len)
{
    struct dcddns_http r = { 0 };
    size_t unused = 0;

    if (!len)
        len = &unused;
    *len = 0;
    if (!call_is_current(call) || !given || !body || cap == 0)
        return DCDDNS_E_BUG;
    body[0] = '\0';
    struct instance *instance = call->instance;
    if (given->size < offsetof(struct dcddns_http, flags) + sizeof(r.flags) || given->size > 4096) {
        instance_say(instance, "http() was called with a request of %u bytes",
                     (unsigned)given->size);
        return DCDDNS_E_BUG;
    }
    memcpy(&r, given, given->size < sizeof(r) ? given->size : sizeof(r));
    const char *wrong = instance->env.net ? refusal(&r) : "http() cannot be used in this command";
    if (wrong) {
        instance_say(instance, "%s", wrong);
        return DCDDNS_E_BUG;
    }
    if (!is_plain(&r) && strncasecmp(r.url, "https://", 8) != 0)
        return say_of(instance, DCDDNS_E_CONFIG, r.url, "is not an https URL; use one");
    return call_remaining_ms(call) == 0 ? DCDDNS_E_STOP : fetch(call, &r, body, cap, len);
}
