/* Rounds over a chain of sources; see chain.h.  Knows hosts only through would_change(). */
#include "engine/chain.h"

#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/log.h"
#include "base/mem.h"
#include "platform/os.h"

struct asker { /* one family of one chain */
    struct chain *chain;
    int family;
    bool wanted, busy, confirming;
    size_t at;               /* source being asked */
    size_t first_at;         /* source of the answer that is being confirmed */
    struct observation seen; /* result, or what is being confirmed */
    struct net_timer *timer; /* second reading */
};

struct chain {
    struct net *net;
    struct source **sources;
    size_t count;
    struct chain_options options;
    bool fresh; /* this round takes no answers from before it */
    bool stopped;
    struct asker askers[2];
};

static void ask(struct asker *a, bool fresh);

struct chain *chain_new(struct net *net, const struct chain_options *options)
{
    struct chain *c = mem_new(1, sizeof(*c));
    if (!c)
        return NULL;
    *c = (struct chain){ .net = net, .options = *options };
    while (options->sources[c->count])
        c->count++;
    c->sources = mem_new(c->count, sizeof(struct source *));
    if (!c->sources) {
        mem_free(c);
        return NULL;
    }
    for (size_t i = 0; i < c->count; i++)
        c->sources[i] = options->sources[i];
    c->askers[0] = (struct asker){ .chain = c, .family = 4, .wanted = options->want4 };
    c->askers[1] = (struct asker){ .chain = c, .family = 6, .wanted = options->want6 };
    return c;
}

void chain_want(struct chain *c, bool want4, bool want6)
{
    c->askers[0].wanted = c->askers[0].wanted || want4;
    c->askers[1].wanted = c->askers[1].wanted || want6;
}

bool chain_is_busy(const struct chain *c)
{
    return c->askers[0].busy || c->askers[1].busy;
}

static void finish(struct asker *a)
{
    struct chain *c = a->chain;
    a->busy = false;
    a->seen.at_ms = os.boot_ms();
    if (chain_is_busy(c))
        return;
    c->options.done(c->options.ctx, c->askers[0].wanted ? &c->askers[0].seen : NULL,
                    c->askers[1].wanted ? &c->askers[1].seen : NULL);
}

static void fail(struct asker *a, const struct error *why)
{
    a->seen.addr = (struct dcddns_addr){ 0 };
    a->seen.error = *why;
    finish(a);
}

/* An answer of the wrong kind counts as none: the next source of the chain may know better. */
static bool acceptable(const struct asker *a, const struct source_answer *answer, struct error *why)
{
    if (answer->code != DCDDNS_OK) {
        *why = answer->error;
        error_prefix(why, "%s", answer->source);
        return false;
    }
    if (decide_publishable(&answer->addr, a->chain->options.allow_private, why) < 0) {
        error_prefix(why, "%s", answer->source);
        return false;
    }
    return true;
}

static void take(struct asker *a, const struct source_answer *answer)
{
    a->seen = (struct observation){ .addr = answer->addr };
    snprintf(a->seen.source, sizeof(a->seen.source), "%s", answer->source);
}

static void second_reading(void *ctx)
{
    struct asker *a = ctx;
    a->timer = NULL;
    ask(a, true);
}

static void read_again_later(struct asker *a)
{
    a->at = a->first_at;
    a->timer = net_timer_add(a->chain->net, os.boot_ms() + a->chain->options.confirm_delay_ms,
                             second_reading, a);
    if (!a->timer) {
        const struct error why = { ERR_LOCAL, "out of memory" };
        fail(a, &why);
    }
}

/* The next source that can be asked, or the end of the chain. */
static size_t next_source(const struct asker *a, size_t from)
{
    while (from < a->chain->count && source_is_stuck(a->chain->sources[from]))
        from++;
    return from;
}

static void begin_confirmation(struct asker *a, const struct source_answer *answer)
{
    take(a, answer);
    a->confirming = true;
    a->first_at = a->at;
    a->at = next_source(a, a->at + 1);
    if (a->at < a->chain->count)
        ask(a, a->chain->fresh);
    else
        read_again_later(a);
}

static void on_first(struct asker *a, const struct source_answer *answer)
{
    struct error why = { 0 };
    if (acceptable(a, answer, &why)) {
        if (a->chain->options.would_change(a->chain->options.ctx, &answer->addr)) {
            begin_confirmation(a, answer);
        } else {
            take(a, answer);
            finish(a);
        }
        return;
    }
    log_debug("no IPv%d address from %s", a->family, why.text);
    a->at = next_source(a, a->at + 1);
    if (a->at < a->chain->count)
        ask(a, a->chain->fresh);
    else
        fail(a, &why);
}

static void on_second(struct asker *a, const struct source_answer *answer)
{
    char first[ADDR_TEXT_MAX] = "", second[ADDR_TEXT_MAX] = "";
    struct error why = { 0 };

    if (!acceptable(a, answer, &why)) {
        /* A second source that knows nothing (say, a private address on an interface) proves
         * nothing: then the first one is read twice. */
        if (a->at != a->first_at)
            read_again_later(a);
        else
            fail(a, &why);
    } else if (addr_equal(&answer->addr, &a->seen.addr)) {
        finish(a);
    } else {
        error_set(&why, ERR_TEMP, "%s says %s, %s says %s: nothing is published until they agree",
                  a->seen.source, addr_text(&a->seen.addr, first), answer->source,
                  addr_text(&answer->addr, second));
        fail(a, &why);
    }
}

static void on_answer(void *ctx, const struct source_answer *answer)
{
    struct asker *a = ctx;
    if (!a->busy)
        return;
    if (a->confirming)
        on_second(a, answer);
    else
        on_first(a, answer);
}

static void ask(struct asker *a, bool fresh)
{
    if (!source_ask(a->chain->sources[a->at], a->family, fresh, on_answer, a)) {
        const struct error why = { ERR_LOCAL,
                                   "cannot ask the IP source: out of memory or threads" };
        fail(a, &why);
    }
}

bool chain_start(struct chain *c, bool fresh)
{
    const struct error none = { ERR_CONFIG, "no IP source is left to ask" };
    if (chain_is_busy(c) || c->stopped)
        return false;
    c->fresh = fresh;
    /* Both are marked before either is asked, so that one that fails at once does not end the
     * round. */
    for (int i = 0; i < 2; i++) {
        struct asker *a = &c->askers[i];
        a->busy = a->wanted;
        a->confirming = false;
        a->at = next_source(a, 0);
    }
    for (int i = 0; i < 2; i++) {
        struct asker *a = &c->askers[i];
        if (!a->busy)
            continue;
        if (a->at < c->count)
            ask(a, fresh);
        else
            fail(a, &none);
    }
    return true;
}

void chain_stop(struct chain *c)
{
    c->stopped = true;
    for (int i = 0; i < 2; i++) {
        c->askers[i].busy = false;
        net_timer_cancel(c->net, &c->askers[i].timer);
    }
}

void chain_free(struct chain **chain)
{
    if (!*chain)
        return;
    chain_stop(*chain);
    mem_free((*chain)->sources);
    mem_free(*chain);
    *chain = NULL;
}
