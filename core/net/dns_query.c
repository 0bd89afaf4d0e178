/* Questions of callers: when they are told what.  Knows neither c-ares nor the wire format. */
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/mem.h"
#include "base/text.h"
#include "net/dns_message.h"
#include "net/dns_wire.h"
#include "net/internal.h"
#include "platform/os.h"

/* QUERY_MS from the moment it is on the wire; OTHER_MS for the second family once the first is
 * known: a server that drops one type must not stop us (RFC 8305, section 3), but a question that
 * was lost on the way is sent again after 1 s, and must be given that chance: the family that is
 * known may be one that nothing is reached by. */
enum { QUERY_MS = 10 * 1000, OTHER_MS = 3000, DNS_PORT = 53 };

struct dns {
    struct net *net;
    struct dns_wire *wire;
    const struct net_transport *transport;
    void *transport_ctx;
    bool allow_loopback;
    int64_t loopback_port; /* of authoritative servers on this machine */
    struct dns_query *queries;
};

struct dns_query {
    struct dns_query *prev, *next;
    struct dns *dns;
    char *name;
    struct dns_question questions[2]; /* AAAA before A */
    size_t count;
    bool ready;   /* its answer is known and will be told at the next turn */
    bool telling; /* DONE runs */
    struct net_timer timer;
    struct dcddns_addr server; /* the only one to ask; family 0 = the resolvers */
    char server_text[ADDR_TEXT_MAX + 16];
    struct dns_answer answer; /* when no question was asked, or time ran out */
    dns_done done;
    void *ctx;
};

/* Port of the first resolver; nobody but root can listen on 53, which a sandbox must not need. */
static int64_t port_of(const char *const *resolvers)
{
    int64_t port = DNS_PORT;
    const char *colon = resolvers && resolvers[0] ? strrchr(resolvers[0], ':') : NULL;
    return colon && text_int(colon + 1, 1, 65535, &port) ? port : DNS_PORT;
}

struct dns *dns_new(struct net *net, struct dns_wire *wire, const struct net_options *options)
{
    struct dns *dns = mem_new(1, sizeof(*dns));
    if (!dns)
        return NULL;
    dns->net = net;
    dns->wire = wire;
    dns->transport = options->transport;
    dns->transport_ctx = options->transport_ctx;
    dns->allow_loopback = options->allow_loopback;
    dns->loopback_port = port_of(options->resolvers);
    return dns;
}

void dns_free(struct dns **dns)
{
    mem_free(*dns);
    *dns = NULL;
}

/* -- the end of a query ---------------------------------------------------------------------- */

static const char *shown(const struct dns_query *query, char text[TEXT_ESCAPED_MAX])
{
    return text_escape(query->name, strlen(query->name), text);
}

static void query_free(struct dns_query *query)
{
    struct dns *dns = query->dns;
    for (size_t i = 0; i < query->count; i++)
        dns_wire_stop(dns->wire, &query->questions[i]);
    net_timer_disarm(dns->net, &query->timer);
    *(query->prev ? &query->prev->next : &dns->queries) = query->next;
    if (query->next)
        query->next->prev = query->prev;
    mem_free(query->name);
    mem_free(query);
}

static void tell(struct dns_query *query, const struct dns_answer *answer)
{
    query->telling = true; /* from now on no event counts: stopping one question starts another */
    query->done(query->ctx, answer);
    query_free(query);
}

/* Of two failures the one that says more: "temporary" outweighs, because then nothing is known. */
static const struct dns_answer *worse(const struct dns_answer *a, const struct dns_answer *b)
{
    return b->status > a->status ? b : a;
}

/* One answer out of those that came; AAAA first, each at most half of the room. */
static void merge(struct dns_query *query, struct dns_answer *out)
{
    const struct dns_answer *failure = NULL;
    for (size_t i = 0; i < query->count; i++) {
        const struct dns_question *q = &query->questions[i];
        if (!q->answered)
            continue;
        if (q->answer.status != DNS_OK)
            failure = failure ? worse(failure, &q->answer) : &q->answer;
        for (size_t k = 0; k < q->answer.count && k < DNS_RECORDS_MAX / query->count; k++)
            out->addrs[out->count++] = q->answer.addrs[k];
    }
    if (out->count == 0 && failure)
        *out = *failure;
}

static void on_ready(void *arg)
{
    struct dns_query *query = arg;
    if (query->count == 1) {
        tell(query, &query->questions[0].answer);
        return;
    }
    if (query->count > 1)
        merge(query, &query->answer);
    tell(query, &query->answer);
}

static void get_ready(struct dns_query *query)
{
    query->ready = true;
    net_timer_arm(query->dns->net, &query->timer, NET_NOW, on_ready, query);
}

static void on_timeout(void *arg)
{
    struct dns_query *query = arg;
    char text[TEXT_ESCAPED_MAX] = "";
    query->ready = true;
    for (size_t i = 0; i < query->count; i++) {
        struct dns_question *q = &query->questions[i];
        if (q->answered)
            continue;
        dns_wire_stop(query->dns->wire, q);
        dns_answer_fail(&q->answer, DNS_TEMP, ERR_TEMP,
                        "no DNS server answered for %s (%s) within "
                        "%d s; check the network connection",
                        shown(query, text), dns_type_name(q->type), QUERY_MS / 1000);
    }
    on_ready(query);
}

static void on_other_late(void *arg)
{
    on_ready(arg);
}

/* A question went on the wire or was answered.  May run inside c-ares. */
static void on_event(void *arg)
{
    struct dns_query *query = arg;
    int64_t now = os.boot_ms();
    size_t answered = 0, good = 0;
    for (size_t i = 0; i < query->count; i++) {
        answered += query->questions[i].answered;
        good += query->questions[i].answered && query->questions[i].answer.status == DNS_OK;
    }
    if (query->ready || query->telling)
        return;
    if (answered == query->count)
        get_ready(query);
    else if (good > 0)
        net_timer_arm(query->dns->net, &query->timer, now + OTHER_MS, on_other_late, query);
    else if (!query->timer.armed)
        net_timer_arm(query->dns->net, &query->timer, now + QUERY_MS, on_timeout, query);
}

/* -- the start of a query -------------------------------------------------------------------- */

static struct dns_query *query_new(struct net *net, const char *name, dns_done done, void *ctx)
{
    struct dns *dns = net_dns(net);
    struct dns_query *query = net_is_closing(net) ? NULL : mem_new(1, sizeof(*query));
    if (!query)
        return NULL;
    query->dns = dns;
    query->done = done;
    query->ctx = ctx;
    query->next = dns->queries;
    if (query->next)
        query->next->prev = query;
    dns->queries = query;
    query->name = mem_strdup(name);
    if (query->name)
        return query;
    query_free(query);
    return NULL;
}

/* The transport's texts live until its next call only: they are copied.  False: no memory. */
static bool keep_texts(struct dns_question *q)
{
    size_t need = 0, used = 0;
    for (size_t i = 0; i < q->answer.count && q->answer.txts[i]; i++)
        need += strlen(q->answer.txts[i]) + 1;
    if (need == 0)
        return true;
    q->space = mem_new(1, need);
    if (!q->space)
        return false;
    for (size_t i = 0; i < q->answer.count; i++) {
        size_t len = strlen(q->answer.txts[i]) + 1;
        memcpy(q->space + used, q->answer.txts[i], len);
        q->answer.txts[i] = q->space + used;
        used += len;
    }
    return true;
}

/* False: the transport has no such part, the real one is asked. */
static bool ask_transport(struct dns_query *query, struct dns_question *q)
{
    const struct net_transport *transport = query->dns->transport;
    void *ctx = query->dns->transport_ctx;
    if (query->server.family != 0 && transport && transport->dns_server)
        transport->dns_server(ctx, &query->server, query->name, q->type, &q->answer);
    else if (query->server.family == 0 && transport && transport->dns)
        transport->dns(ctx, query->name, q->type, &q->answer);
    else
        return false;
    return true;
}

static void ask(struct dns_query *query, struct dns_question *q)
{
    struct dns *dns = query->dns;
    q->name = query->name;
    q->server = query->server.family != 0 ? query->server_text : NULL;
    q->event = on_event;
    q->ctx = query;
    if (!ask_transport(query, q)) {
        dns_wire_start(dns->wire, q);
        return;
    }
    q->answered = true;
    if (!keep_texts(q))
        dns_answer_fail(&q->answer, DNS_TEMP, ERR_LOCAL, "out of memory while asking DNS");
    on_event(query);
}

/* All types are known before the first is asked: an answer may come at once. */
static void ask_all(struct dns_query *query)
{
    for (size_t i = 0; i < query->count; i++)
        ask(query, &query->questions[i]);
}

struct dns_query *dns_ask(struct net *net, const char *name, enum dns_type type, dns_done done,
                          void *ctx)
{
    struct dns_query *query = query_new(net, name, done, ctx);
    if (!query)
        return NULL;
    query->questions[query->count++].type = type;
    ask_all(query);
    return query;
}

/* May not be asked: the answer says why. */
static bool refused(struct dns_query *query)
{
    struct dns *dns = query->dns;
    char server[ADDR_TEXT_MAX] = "", text[TEXT_ESCAPED_MAX] = "";
    const struct addr_block *block = addr_special_peer(&query->server);
    if (!block || (dns->allow_loopback && addr_is_loopback(&query->server)))
        return false;
    dns_answer_fail(&query->answer, DNS_TEMP, ERR_PERM,
                    "%s was not asked for %s: it is in %s, %s (%s), and no name server of the "
                    "Internet has such an address",
                    addr_text(&query->server, server), shown(query, text), block->cidr, block->name,
                    block->source);
    return true;
}

struct dns_query *dns_ask_server(struct net *net, const struct dcddns_addr *server,
                                 const char *name, enum dns_type type, dns_done done, void *ctx)
{
    char text[ADDR_TEXT_MAX] = "";
    struct dns_query *query = query_new(net, name, done, ctx);
    if (!query)
        return NULL;
    query->server = *server;
    int64_t port = addr_is_loopback(server) ? query->dns->loopback_port : DNS_PORT;
    snprintf(query->server_text, sizeof(query->server_text),
             server->family == 6 ? "[%s]:%d" : "%s:%d", addr_text(server, text), (int)port);
    if (refused(query)) {
        get_ready(query);
        return query;
    }
    query->questions[query->count++].type = type;
    ask_all(query);
    return query;
}

/* The host is an address, or the hosts file knows it. */
static bool known(struct dns_query *query, int family)
{
    struct dns *dns = query->dns;
    struct dns_answer *answer = &query->answer;
    char text[TEXT_ESCAPED_MAX] = "";
    if (addr_parse(query->name, &answer->addrs[0]) == 0) {
        answer->count = 1;
        if (family != 0 && answer->addrs[0].family != family)
            dns_answer_fail(answer, DNS_NODATA, ERR_PERM, "%s is not an IPv%d address",
                            shown(query, text), family);
        return true;
    }
    if (!dns->transport)
        answer->count = dns_wire_hosts(dns->wire, query->name, family, answer->addrs);
    return answer->count > 0;
}

struct dns_query *dns_lookup(struct net *net, const char *host, int family, dns_done done,
                             void *ctx)
{
    struct dns_query *query = query_new(net, host, done, ctx);
    if (!query)
        return NULL;
    if (known(query, family)) {
        get_ready(query);
        return query;
    }
    if (family != 4)
        query->questions[query->count++].type = DNS_AAAA;
    if (family != 6)
        query->questions[query->count++].type = DNS_A;
    ask_all(query);
    return query;
}

/* -- cancelling, waiting --------------------------------------------------------------------- */

void dns_cancel(struct net *net, struct dns_query *query)
{
    (void)net;
    struct dns_answer answer = { 0 };
    char text[TEXT_ESCAPED_MAX] = "";
    if (query->telling)
        return;
    dns_answer_fail(&answer, DNS_TEMP, ERR_STOP, "the DNS question for %s was cancelled",
                    shown(query, text));
    tell(query, &answer);
}

void dns_stop(struct dns *dns)
{
    while (dns->queries)
        dns_cancel(dns->net, dns->queries);
}

struct waiting {
    struct dns_reply *reply;
    bool done;
};

static void on_reply(void *ctx, const struct dns_answer *answer)
{
    struct waiting *waiting = ctx;
    struct dns_reply *reply = waiting->reply;
    waiting->done = true;
    reply->status = answer->status;
    reply->error = answer->error;
    reply->count = answer->count;
    memcpy(reply->addrs, answer->addrs, sizeof(reply->addrs));
    for (size_t i = 0; i < answer->count && answer->txts[i]; i++)
        snprintf(reply->txts[i], sizeof(reply->txts[i]), "%s", answer->txts[i]);
}

void dns_await(struct net *net, const char *name, enum dns_type type, struct dns_reply *reply)
{
    struct waiting waiting = { .reply = reply };
    *reply = (struct dns_reply){ .status = DNS_TEMP };
    if (!dns_ask(net, name, type, on_reply, &waiting)) {
        error_set(&reply->error, ERR_LOCAL, "out of memory while asking DNS");
        return;
    }
    while (!waiting.done)
        net_turn(net, -1);
}
