/* Rounds over a chain of sources; see chain.h.  Knows hosts only through would_change(). */
#include "engine/chain.h"

#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/log.h"
#include "base/mem.h"
#include "platform/os.h"

enum { NAMES_MAX = 192 };

struct asker { /* one family of one chain */
    struct chain *chain;
    int family;
    bool wanted, asked, busy;                 /* at all; in this round; and not answered yet */
    size_t at;                                /* source being asked */
    size_t first_at;                          /* source of the first answer */
    int witnesses;                            /* sources that gave that answer; 0 = nobody yet */
    int needed;                               /* different ones that a change takes */
    bool unproven;                            /* the first one asks for another itself */
    bool rereading;                           /* the first one is read a second time */
    struct observation seen;                  /* result, or what is being confirmed */
    struct error why;                         /* of the last one without an answer that counts */
    char agree[NAMES_MAX], silent[NAMES_MAX]; /* who said the same, and who said nothing */
    struct net_timer *timer;                  /* second reading */
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

bool chain_candidate(const struct chain *c, int family, struct dcddns_addr *out)
{
    const struct asker *a = &c->askers[family == 4 ? 0 : 1];
    if (!a->busy || a->witnesses == 0)
        return false;
    *out = a->seen.addr;
    return true;
}

static void finish(struct asker *a)
{
    struct chain *c = a->chain;
    a->busy = false;
    a->seen.at_ms = os.boot_ms();
    if (chain_is_busy(c))
        return;
    c->options.done(c->options.ctx, c->askers[0].asked ? &c->askers[0].seen : NULL,
                    c->askers[1].asked ? &c->askers[1].seen : NULL);
}

static void fail(struct asker *a, const struct error *why)
{
    a->seen.addr = (struct dcddns_addr){ 0 };
    a->seen.error = *why;
    finish(a);
}

/* An answer of the wrong kind counts as none: the next source of the chain may know better.  Of
 * the reasons why there is none, a shared address tells most. */
static bool acceptable(struct asker *a, const struct source_answer *answer)
{
    const bool answered = answer->code == DCDDNS_OK || answer->code == DCDDNS_UNPROVEN;
    bool cgnat = answer->cgnat;
    struct error why = answer->error;

    if (answered) {
        if (decide_publishable(&answer->addr, a->chain->options.terms.allow_private, &why) == 0)
            return true;
        cgnat = addr_is_cgnat(&answer->addr);
    } else if (cgnat) {
        error_set(&why, ERR_PERM, "%s; %s", answer->error.text, decide_cgnat_advice);
    }
    error_prefix(&why, "%s", answer->source);
    if (cgnat || !a->seen.cgnat)
        a->why = why;
    a->seen.cgnat = a->seen.cgnat || cgnat;
    return false;
}

static void add_name(char names[NAMES_MAX], const char *name)
{
    size_t len = strlen(names);
    snprintf(names + len, NAMES_MAX - len, "%s%s", len > 0 ? ", " : "", name);
}

/* The next source that can be asked, or the end of the chain. */
static size_t next_source(struct asker *a, size_t from)
{
    for (; from < a->chain->count; from++) {
        const struct source *source = a->chain->sources[from];
        if (!source_is_out(source))
            break;
        add_name(a->silent, source_name(source));
    }
    return from;
}

static void second_reading(void *ctx)
{
    struct asker *a = ctx;
    a->timer = NULL;
    ask(a, true);
}

static void read_again_later(struct asker *a)
{
    a->rereading = true;
    a->at = a->first_at;
    a->timer = net_timer_add(a->chain->net, os.boot_ms() + a->chain->options.confirm_delay_ms,
                             second_reading, a);
    if (!a->timer) {
        const struct error why = { ERR_LOCAL, "out of memory" };
        fail(a, &why);
    }
}

static void fail_unconfirmed(struct asker *a)
{
    char addr[ADDR_TEXT_MAX] = "";
    struct error why = { 0 };

    addr_text(&a->seen.addr, addr);
    if (a->unproven && a->chain->options.confirm < 2)
        error_set(&why, ERR_TEMP,
                  "%s knows %s from one server only%s%s; add another source or server", a->agree,
                  addr, a->silent[0] ? ", and no answer came from " : "", a->silent);
    else
        error_set(&why, ERR_TEMP, "only %s %s %s, and confirm = %d asks for more%s%s", a->agree,
                  a->witnesses > 1 ? "say" : "says", addr, a->chain->options.confirm,
                  a->silent[0] ? "; no answer came from " : "", a->silent);
    a->seen.contested = true;
    fail(a, &why);
}

static void end_of_chain(struct asker *a)
{
    if (a->witnesses == 0)
        fail(a, &a->why);
    else if (a->needed == 1)
        read_again_later(a);
    else
        fail_unconfirmed(a);
}

static void ask_next(struct asker *a)
{
    a->at = next_source(a, a->at + 1);
    if (a->at < a->chain->count)
        ask(a, a->chain->fresh);
    else
        end_of_chain(a);
}

static void on_silence(struct asker *a, const char *source)
{
    log_debug("no IPv%d address from %s", a->family, a->why.text);
    add_name(a->silent, source);
    if (a->rereading)
        fail(a, &a->why);
    else
        ask_next(a);
}

static void on_contradiction(struct asker *a, const struct source_answer *answer)
{
    char first[ADDR_TEXT_MAX] = "", second[ADDR_TEXT_MAX] = "";
    struct error why = { 0 };

    addr_text(&a->seen.addr, first);
    addr_text(&answer->addr, second);
    if (a->rereading)
        error_set(&why, ERR_TEMP,
                  "%s said %s and, a little later, %s: nothing is published until it stays",
                  answer->source, first, second);
    else
        error_set(&why, ERR_TEMP, "%s %s %s, %s says %s: nothing is published until they agree",
                  a->agree, a->witnesses > 1 ? "say" : "says", first, answer->source, second);
    a->seen.contested = true;
    a->seen.last = answer->addr;
    fail(a, &why);
}

static void take_first(struct asker *a, const struct source_answer *answer)
{
    const int confirm = a->chain->options.confirm;

    a->seen = (struct observation){ .addr = answer->addr };
    snprintf(a->seen.source, sizeof(a->seen.source), "%s", answer->source);
    a->first_at = a->at;
    a->unproven = answer->code == DCDDNS_UNPROVEN;
    a->needed = a->unproven && confirm < 2 ? 2 : confirm;
}

/* One more source, or one more reading, says the same. */
static void on_agreement(struct asker *a, const char *source)
{
    const int most = a->needed > 2 ? a->needed : 2; /* a second source is asked when there is one */

    if (!a->rereading) {
        a->witnesses++;
        add_name(a->agree, source);
    }
    a->seen.confirmed = a->rereading || a->witnesses >= most;
    if (a->seen.confirmed)
        finish(a);
    else
        ask_next(a);
}

/* Of an IPv6 address whose end is the host's own, the prefix is what counts. */
static bool says_the_same(const struct asker *a, const struct dcddns_addr *addr)
{
    static const struct dcddns_addr zero = { .family = 6 };
    const unsigned bits = a->chain->options.prefix_bits;
    if (a->family != 6 || bits == 0)
        return addr_equal(addr, &a->seen.addr);
    const struct dcddns_addr one = addr_combine(addr, bits, &zero);
    const struct dcddns_addr other = addr_combine(&a->seen.addr, bits, &zero);
    return addr_equal(&one, &other);
}

static void on_answer(void *ctx, const struct source_answer *answer)
{
    struct asker *a = ctx;
    const struct chain_options *options = &a->chain->options;
    if (!a->busy)
        return;
    if (!acceptable(a, answer)) {
        on_silence(a, answer->source);
        return;
    }
    if (a->witnesses > 0 && !says_the_same(a, &answer->addr)) {
        on_contradiction(a, answer);
        return;
    }
    if (a->witnesses == 0) {
        take_first(a, answer);
        if (!options->would_change(options->ctx, &answer->addr)) {
            finish(a);
            return;
        }
    }
    on_agreement(a, answer->source);
}

static void ask(struct asker *a, bool fresh)
{
    struct chain *c = a->chain;
    if (!source_ask(c->sources[a->at], a->family, &c->options.terms, fresh, on_answer, a)) {
        const struct error why = { ERR_LOCAL,
                                   "cannot ask the IP source: out of memory or threads" };
        fail(a, &why);
    }
}

/* Forgets the round before. */
static void begin(struct asker *a, int family)
{
    a->asked = a->busy = a->wanted && (family == 0 || family == a->family);
    a->seen = (struct observation){ 0 };
    a->witnesses = 0;
    a->unproven = a->rereading = false;
    a->why = (struct error){ 0 };
    a->agree[0] = a->silent[0] = '\0';
    a->at = next_source(a, 0);
}

bool chain_start(struct chain *c, int family, bool fresh)
{
    const struct error none = { ERR_CONFIG, "no IP source is left to ask" };
    if (chain_is_busy(c) || c->stopped || (family != 0 && !c->askers[family == 6].wanted))
        return false;
    c->fresh = fresh;
    /* Both are marked before either is asked, so that one that fails at once does not end the
     * round. */
    for (int i = 0; i < 2; i++)
        begin(&c->askers[i], family);
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
