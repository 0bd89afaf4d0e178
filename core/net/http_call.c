/* Requests of callers: order, deadlines of the lookup, and when callers are told what.
 * Knows neither curl nor sockets. */
#include <string.h>

#include "base/mem.h"
#include "net/http_peer.h"
#include "net/http_request.h"
#include "net/http_turns.h"
#include "net/http_wire.h"
#include "net/internal.h"
#include "platform/os.h"

enum call_phase {
    CALL_WAITING, /* its turn has not come */
    CALL_LOOKUP,  /* runs: its peer is being looked up */
    CALL_WIRE,    /* runs: curl has it */
    CALL_READY,   /* ANSWER will be told at the next turn */
    CALL_TELLING  /* DONE runs */
};

struct http_queue {
    struct net *net;
    struct http_wire *wire;
    struct http_peers *peers;
    const struct net_transport *transport;
    void *transport_ctx;
    char *device;
    bool allow_loopback;
    struct http_call *first, *last; /* all, oldest first */
    struct http_turns turns;
};

struct http_call {
    struct http_call *prev, *next;
    struct http_queue *queue;
    enum call_phase phase;
    struct http_turn turn; /* from CALL_WAITING to CALL_WIRE */
    struct http_copy copy;
    struct http_target target;
    struct http_peer *peer;
    uint64_t serial; /* the peer's, when the transfer began */
    struct http_transfer *transfer;
    struct net_timer timer;
    int64_t started_ms, sent_ms; /* its turn came; it left, 0 = not yet */
    struct http_answer answer;   /* READY: owns BODY and CONTENT_TYPE in KEPT */
    char *kept;
    http_done done;
    void *ctx;
};

static void on_peer(void *ctx, struct http_peer *peer);
static void pump(struct http_queue *queue);

struct http_queue *http_queue_new(struct net *net, struct http_wire *wire,
                                  const struct net_options *options)
{
    struct http_queue *queue = mem_new(1, sizeof(*queue));
    if (!queue)
        return NULL;
    queue->net = net;
    queue->wire = wire;
    queue->transport = options->transport;
    queue->transport_ctx = options->transport_ctx;
    queue->allow_loopback = options->allow_loopback;
    queue->device = mem_strdup(options->device);
    queue->peers = http_peers_new(net, options->allow_loopback, on_peer, queue);
    if (!queue->peers || (options->device && !queue->device))
        http_queue_free(&queue);
    return queue;
}

void http_queue_free(struct http_queue **queue)
{
    if (!*queue)
        return;
    http_peers_free(&(*queue)->peers);
    mem_free((*queue)->device);
    mem_free(*queue);
    *queue = NULL;
}

/* -- the end of a call ----------------------------------------------------------------------- */

/* Off the wire, out of the line, and off what else it waits for. */
static void release(struct http_call *call)
{
    net_timer_disarm(call->queue->net, &call->timer);
    http_transfer_stop(call->queue->wire, &call->transfer);
    http_peer_release(&call->peer);
    http_turns_leave(&call->queue->turns, &call->turn);
}

static void call_free(struct http_call *call)
{
    struct http_queue *queue = call->queue;
    release(call);
    *(call->prev ? &call->prev->next : &queue->first) = call->next;
    *(call->next ? &call->next->prev : &queue->last) = call->prev;
    http_target_free(&call->target);
    http_copy_free(&call->copy);
    if (call->kept)
        mem_wipe(call->kept, call->answer.len);
    mem_free(call->kept);
    mem_free(call);
}

static void tell(struct http_call *call, const struct http_answer *answer)
{
    struct http_queue *queue = call->queue;
    struct http_answer told = *answer;
    told.sent_ms = call->sent_ms;
    http_turns_leave(&queue->turns, &call->turn); /* DONE may start another */
    call->phase = CALL_TELLING;
    call->done(call->ctx, &told);
    call_free(call);
    pump(queue);
}

static void on_ready(void *arg)
{
    struct http_call *call = arg;
    tell(call, &call->answer);
}

/* ANSWER is known now, but callers are only told at the next turn. */
static void get_ready(struct http_call *call)
{
    release(call);
    call->phase = CALL_READY;
    net_timer_arm(call->queue->net, &call->timer, NET_NOW, on_ready, call);
}

static void on_wire_done(void *ctx, const struct http_answer *answer)
{
    struct http_call *call = ctx;
    if (call->peer && answer->error.class == ERR_TEMP)
        http_peer_distrust(call->peer, call->serial);
    tell(call, answer);
}

/* -- a call runs ----------------------------------------------------------------------------- */

static void send_on_wire(struct http_call *call)
{
    int64_t gone = os.boot_ms() - call->started_ms;
    const struct http_request *r = &call->copy.request;
    const char *device = r->device ? r->device : call->queue->device;
    struct http_plan plan = { .request = r,
                              .target = &call->target,
                              .peer = call->peer,
                              .device = device && *device ? device : NULL,
                              .connect_ms = r->connect_ms > gone ? r->connect_ms - gone : 1,
                              .total_ms = r->total_ms > gone ? r->total_ms - gone : 1 };
    net_timer_disarm(call->queue->net, &call->timer);
    call->phase = CALL_WIRE;
    call->sent_ms = os.boot_ms();
    call->serial = call->peer ? call->peer->serial : 0;
    call->transfer = http_transfer_start(call->queue->wire, &plan, on_wire_done, call);
    if (call->transfer)
        return;
    error_set(&call->answer.error, ERR_LOCAL, "out of memory while connecting to %s",
              call->target.host);
    get_ready(call);
}

static void on_lookup_late(void *arg)
{
    struct http_call *call = arg;
    error_set(&call->answer.error, ERR_TEMP,
              "%s: no answer from DNS within %lld ms; check the "
              "network connection and the DNS servers",
              call->target.host, (long long)(os.boot_ms() - call->started_ms));
    get_ready(call);
}

/* The peer's lookup is over, one way or the other. */
static void go_on(struct http_call *call)
{
    if (call->peer->count > 0) {
        send_on_wire(call);
        return;
    }
    call->answer.error = call->peer->error;
    get_ready(call);
}

static void on_peer(void *ctx, struct http_peer *peer)
{
    struct http_queue *queue = ctx;
    for (struct http_call *call = queue->first; call; call = call->next) {
        if (call->phase == CALL_LOOKUP && call->peer == peer)
            go_on(call);
    }
}

static void begin_name(struct http_call *call)
{
    const struct http_request *r = &call->copy.request;
    int64_t limit = r->connect_ms < r->total_ms ? r->connect_ms : r->total_ms;
    call->peer = http_peer_get(call->queue->peers, call->target.host, r->family, r->trust);
    if (!call->peer) {
        error_set(&call->answer.error, ERR_LOCAL, "out of memory while looking up %s",
                  call->target.host);
        get_ready(call);
        return;
    }
    if (call->peer->lookup)
        net_timer_arm(call->queue->net, &call->timer, call->started_ms + limit, on_lookup_late,
                      call);
    else
        go_on(call);
}

static void begin_literal(struct http_call *call)
{
    const struct dcddns_addr *addr = &call->target.literal;
    const struct http_request *r = &call->copy.request;
    const struct addr_block *block = http_peer_refuses(addr, r->trust, call->queue->allow_loopback);
    if (!block && (r->family == 0 || r->family == addr->family)) {
        send_on_wire(call);
        return;
    }
    if (block && r->trust == HTTP_PLAIN)
        error_set(
            &call->answer.error, ERR_CONFIG,
            "%s is not in the own network and was not contacted without TLS; use an https URL",
            call->target.host);
    else if (block)
        error_set(&call->answer.error, ERR_TEMP,
                  "the URL leads to %s (%s, %s), which is not a "
                  "public address and was not contacted",
                  call->target.host, block->name, block->source);
    else
        error_set(&call->answer.error, ERR_TEMP, "the URL leads to %s, but IPv%d was asked for",
                  call->target.host, r->family);
    get_ready(call);
}

static void begin(struct http_call *call)
{
    call->phase = CALL_LOOKUP;
    call->started_ms = os.boot_ms();
    if (addr_is_set(&call->target.literal))
        begin_literal(call);
    else
        begin_name(call);
}

static void pump(struct http_queue *queue)
{
    while (!net_is_closing(queue->net)) {
        const struct http_turn *turn = http_turns_next(&queue->turns);
        if (!turn)
            return;
        begin(turn->ctx);
    }
}

/* -- the start of a call --------------------------------------------------------------------- */

/* Copies what the transport's answer points to. */
static void keep_answer(struct http_call *call, const struct http_answer *given)
{
    size_t type = given->content_type ? strlen(given->content_type) + 1 : 0;
    call->answer = *given;
    call->answer.content_type = "";
    call->answer.body = "";
    call->kept = mem_new(1, given->len + 1 + type);
    if (!call->kept) {
        call->answer = (struct http_answer){ .body = "", .content_type = "", .retry_after_s = -1 };
        error_set(&call->answer.error, ERR_LOCAL, "out of memory while reading an answer");
        return;
    }
    char *at = call->kept + given->len + 1;
    if (given->len > 0)
        memcpy(call->kept, given->body, given->len);
    call->answer.body = call->kept;
    if (type == 0)
        return;
    memcpy(at, given->content_type, type);
    call->answer.content_type = at;
}

static void ask_transport(struct http_call *call)
{
    struct http_queue *queue = call->queue;
    struct http_answer given = { .body = "", .content_type = "", .retry_after_s = -1 };
    const int64_t now = os.boot_ms();
    queue->transport->http(queue->transport_ctx, &call->copy.request, &given);
    keep_answer(call, &given);
    call->sent_ms = given.sent_ms < 0 ? 0 : given.sent_ms > 0 ? given.sent_ms : now;
    get_ready(call);
}

static struct http_call *call_new(struct http_queue *queue, const struct http_request *request,
                                  http_done done, void *ctx)
{
    struct http_call *call = mem_new(1, sizeof(*call));
    if (!call)
        return NULL;
    call->queue = queue;
    call->phase = CALL_READY;
    call->done = done;
    call->ctx = ctx;
    call->answer = (struct http_answer){ .body = "", .content_type = "", .retry_after_s = -1 };
    call->prev = queue->last;
    *(queue->last ? &queue->last->next : &queue->first) = call;
    queue->last = call;
    if (http_copy_make(&call->copy, request))
        return call;
    call_free(call);
    return NULL;
}

/* Waits for its turn, which may come at once. */
static void queue_up(struct http_call *call)
{
    struct http_queue *queue = call->queue;
    call->phase = CALL_WAITING;
    call->turn.ctx = call;
    if (http_turns_wait(&queue->turns, &call->turn, call->target.host, call->target.port)) {
        pump(queue);
        return;
    }
    error_set(&call->answer.error, ERR_LOCAL, "out of memory while waiting for %s",
              call->target.host);
    get_ready(call);
}

struct http_call *http_start(struct net *net, const struct http_request *request, http_done done,
                             void *ctx)
{
    struct http_queue *queue = net_http(net);
    if (net_is_closing(net))
        return NULL;
    struct http_call *call = call_new(queue, request, done, ctx);
    if (!call)
        return NULL;
    if (http_copy_check(&call->copy, &call->answer.error) ||
        http_target_read(&call->copy.request, &call->target, &call->answer.error)) {
        get_ready(call);
    } else if (queue->transport && queue->transport->http) {
        ask_transport(call);
    } else {
        queue_up(call);
    }
    return call;
}

void http_cancel(struct net *net, struct http_call *call)
{
    (void)net;
    struct http_answer answer = { .body = "", .content_type = "", .retry_after_s = -1 };
    if (call->phase == CALL_TELLING)
        return;
    error_set(&answer.error, ERR_STOP, "the request to %s was cancelled",
              call->target.host[0] ? call->target.host : "its URL");
    release(call);
    tell(call, &answer);
}

void http_queue_stop(struct http_queue *queue)
{
    while (queue->first)
        http_cancel(queue->net, queue->first);
}
