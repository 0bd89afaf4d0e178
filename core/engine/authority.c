/* Questions to the servers of a zone; see authority.h. */
#include "engine/authority.h"

#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/mem.h"
#include "net/dns.h"
#include "platform/os.h"

enum { TOTAL_MS = 12 * 1000, FAMILIES = 2, WAYS = 2 };

struct peer;

struct inquiry { /* one family at one server */
    struct peer *peer;
    enum dns_type type;
    size_t way; /* address of the server that is asked */
    struct dns_query *query;
    struct authority_answer *out;
};

struct peer { /* one server */
    struct authority *owner;
    struct authority_server *out;
    struct dns_query *lookup;
    struct dcddns_addr ways[WAYS]; /* one of each family: this machine may have only one */
    size_t way_count;
    struct inquiry inquiries[FAMILIES];
};

struct authority {
    struct net *net;
    char zone[FQDN_MAX], fqdn[FQDN_MAX];
    bool want[FAMILIES];
    size_t servers;
    authority_done done;
    void *ctx;
    struct dns_query *names;
    struct peer peers[AUTHORITY_SERVERS_MAX];
    size_t open; /* questions on their way */
    struct net_timer *timer;
    bool ending; /* what is cancelled says nothing any more */
    struct authority_result result;
};

static void stop(struct authority *a)
{
    a->ending = true;
    if (a->names)
        dns_cancel(a->net, a->names);
    for (size_t i = 0; i < a->result.count; i++) {
        struct peer *peer = &a->peers[i];
        if (peer->lookup)
            dns_cancel(a->net, peer->lookup);
        for (size_t f = 0; f < FAMILIES; f++) {
            if (peer->inquiries[f].query)
                dns_cancel(a->net, peer->inquiries[f].query);
        }
    }
    net_timer_cancel(a->net, &a->timer);
}

static void finish(struct authority *a)
{
    stop(a);
    a->done(a->ctx, &a->result);
    mem_free(a);
}

static void close_one(struct authority *a)
{
    a->open--;
    if (a->open == 0 && !a->ending)
        finish(a);
}

/* -- one answer ------------------------------------------------------------------------------ */

/* NAME is below ZONE, or is ZONE. */
static bool is_within(const char *name, const char *zone)
{
    size_t n = strlen(name), z = strlen(zone);
    return n >= z && strcmp(name + n - z, zone) == 0 && (n == z || name[n - z - 1] == '.');
}

static bool is_delegated(const struct authority *a, const struct dns_answer *answer)
{
    return answer->cut[0] && strcmp(answer->cut, a->zone) != 0 && is_within(answer->cut, a->zone) &&
           is_within(a->fqdn, answer->cut);
}

static void judge(const struct authority *a, const struct dns_answer *answer,
                  struct authority_answer *out)
{
    out->kind = AUTHORITY_NONE;
    if (answer->replied && is_delegated(a, answer)) {
        out->kind = AUTHORITY_DELEGATED;
        snprintf(out->text, sizeof(out->text), "%s", answer->cut);
    } else if (answer->replied && answer->rcode == 0 && !answer->authoritative) {
        snprintf(out->text, sizeof(out->text),
                 "the answer is not authoritative: the server does not serve %s, or a resolver in "
                 "between answered in its place",
                 a->zone);
    } else if (answer->replied && answer->authoritative && answer->alias) {
        out->kind = AUTHORITY_ALIAS;
    } else if (answer->replied && answer->authoritative && answer->status != DNS_TEMP) {
        out->kind = AUTHORITY_RECORDS;
        out->count = answer->count;
        for (size_t i = 0; i < answer->count && i < AUTHORITY_ADDRS_MAX; i++)
            out->addrs[i] = answer->addrs[i];
    } else if (answer->status != DNS_TEMP) { /* NXDOMAIN of somebody who does not know */
        snprintf(out->text, sizeof(out->text), "the answer is not authoritative");
    } else {
        memcpy(out->text, answer->error.text, sizeof(out->text));
    }
}

static void ask_server(struct inquiry *in);

static void on_answer(void *ctx, const struct dns_answer *answer)
{
    struct inquiry *in = ctx;
    struct authority *a = in->peer->owner;

    in->query = NULL;
    if (a->ending)
        return;
    judge(a, answer, in->out);
    if (!answer->replied && in->way + 1 < in->peer->way_count) {
        in->way++;
        ask_server(in);
    }
    close_one(a);
}

static void ask_server(struct inquiry *in)
{
    struct authority *a = in->peer->owner;
    const struct dcddns_addr *at = &in->peer->ways[in->way];

    in->peer->out->addr = *at;
    in->query = dns_ask_server(a->net, at, a->fqdn, in->type, on_answer, in);
    if (in->query)
        a->open++;
    else
        snprintf(in->out->text, sizeof(in->out->text), "out of memory");
}

/* -- one server ------------------------------------------------------------------------------ */

static void fail_server(struct peer *peer, const char *text)
{
    struct authority_answer *answers[] = { &peer->out->v4, &peer->out->v6 };
    for (size_t f = 0; f < FAMILIES; f++)
        snprintf(answers[f]->text, sizeof(answers[f]->text), "%s", text);
}

/* IPv4 first: more machines have it, and a failure is as good as known at once without it. */
static void note_ways(struct peer *peer, const struct dns_answer *answer)
{
    for (int family = 4; family <= 6; family += 2) {
        for (size_t i = 0; i < answer->count; i++) {
            if (answer->addrs[i].family != family)
                continue;
            peer->ways[peer->way_count++] = answer->addrs[i];
            break;
        }
    }
}

static void on_address(void *ctx, const struct dns_answer *answer)
{
    struct peer *peer = ctx;
    struct authority *a = peer->owner;

    peer->lookup = NULL;
    if (a->ending)
        return;
    note_ways(peer, answer);
    if (peer->way_count == 0)
        fail_server(peer, answer->error.text);
    for (size_t f = 0; f < FAMILIES && peer->way_count > 0; f++) {
        if (a->want[f])
            ask_server(&peer->inquiries[f]);
    }
    close_one(a);
}

static void add_server(struct authority *a, const char *name)
{
    struct authority_server *out = &a->result.servers[a->result.count];
    struct peer *peer = &a->peers[a->result.count++];

    snprintf(out->name, sizeof(out->name), "%s", name);
    out->v4.asked = a->want[0];
    out->v6.asked = a->want[1];
    *peer = (struct peer){ .owner = a, .out = out };
    peer->inquiries[0] = (struct inquiry){ .peer = peer, .type = DNS_A, .out = &out->v4 };
    peer->inquiries[1] = (struct inquiry){ .peer = peer, .type = DNS_AAAA, .out = &out->v6 };
    peer->lookup = dns_lookup(a->net, name, 0, on_address, peer);
    if (peer->lookup)
        a->open++;
    else
        fail_server(peer, "out of memory");
}

/* -- the zone -------------------------------------------------------------------------------- */

static void shuffle(const char **names, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        uint32_t random = 0;
        if (os.random(&random, sizeof(random)) < 0)
            return; /* the order of the answer is as good */
        size_t with = (size_t)((uint64_t)random * i >> 32);
        const char *name = names[i - 1];
        names[i - 1] = names[with];
        names[with] = name;
    }
}

static void on_names(void *ctx, const struct dns_answer *answer)
{
    struct authority *a = ctx;
    const char *names[DNS_RECORDS_MAX] = { NULL };

    a->names = NULL;
    if (a->ending)
        return;
    for (size_t i = 0; i < answer->count; i++)
        names[i] = answer->txts[i];
    a->result.known = answer->count;
    shuffle(names, answer->count);
    for (size_t i = 0; i < answer->count && i < a->servers; i++)
        add_server(a, names[i]);
    if (answer->count == 0) {
        a->result.error = answer->error;
        error_prefix(&a->result.error, "the name servers of %s are not known", a->zone);
    }
    close_one(a);
}

static void fail_open(struct authority_answer *answer, const struct dns_query *query)
{
    if (query)
        snprintf(answer->text, sizeof(answer->text), "no answer within %d s", TOTAL_MS / 1000);
}

static void on_late(void *ctx)
{
    struct authority *a = ctx;
    a->timer = NULL;
    if (a->names)
        error_set(&a->result.error, ERR_TEMP, "the name servers of %s did not become known",
                  a->zone);
    for (size_t i = 0; i < a->result.count; i++) {
        struct peer *peer = &a->peers[i];
        fail_open(&peer->out->v4, peer->lookup ? peer->lookup : peer->inquiries[0].query);
        fail_open(&peer->out->v6, peer->lookup ? peer->lookup : peer->inquiries[1].query);
    }
    finish(a);
}

struct authority *authority_ask(struct net *net, const struct authority_question *question,
                                authority_done done, void *ctx)
{
    struct authority *a = mem_new(1, sizeof(*a));
    if (!a)
        return NULL;
    *a = (struct authority){ .net = net,
                             .want = { question->want4, question->want6 },
                             .servers = question->servers < AUTHORITY_SERVERS_MAX
                                            ? question->servers
                                            : AUTHORITY_SERVERS_MAX,
                             .done = done,
                             .ctx = ctx };
    snprintf(a->zone, sizeof(a->zone), "%s", question->zone);
    snprintf(a->fqdn, sizeof(a->fqdn), "%s", question->fqdn);
    a->timer = net_timer_add(net, os.boot_ms() + TOTAL_MS, on_late, a);
    if (a->timer)
        a->names = dns_ask(net, a->zone, DNS_NS, on_names, a);
    if (a->names) {
        a->open++;
        return a;
    }
    authority_cancel(&a);
    return NULL;
}

void authority_cancel(struct authority **authority)
{
    struct authority *a = *authority;
    *authority = NULL;
    if (!a)
        return;
    stop(a);
    mem_free(a);
}

/* -- waiting --------------------------------------------------------------------------------- */

struct waiting {
    struct authority_result *result;
    bool done;
};

static void on_result(void *ctx, const struct authority_result *result)
{
    struct waiting *waiting = ctx;
    *waiting->result = *result;
    waiting->done = true;
}

int authority_await(struct net *net, const struct authority_question *question,
                    struct authority_result *result, struct error *err)
{
    struct waiting waiting = { .result = result };
    *result = (struct authority_result){ 0 };
    if (!authority_ask(net, question, on_result, &waiting))
        return error_set(err, ERR_LOCAL, "out of memory while asking the name servers of %s",
                         question->zone);
    while (!waiting.done)
        net_turn(net, -1);
    return 0;
}
