/* Workers of IP sources; see source.h.  Knows nothing of hosts and of what answers are good for. */
#include "engine/source.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "platform/os.h"

enum { FRESH_MS = 2000, GRACE_MS = 5000, FAMILIES = 2 };

struct delivery;

struct question {
    int family;
    struct dcddns_call *call;  /* the worker's until it answers */
    struct delivery *delivery; /* made beforehand: an answer must not be lost for want of memory */
};

struct waiter {
    source_done done;
    void *ctx;
    struct waiter *next;
};

struct family_state {
    struct waiter *waiters;
    struct dcddns_call *call; /* not NULL: a question is on its way */
    struct net_timer *timer;  /* deadline, then grace */
    bool cancelled;
    struct source_answer last;
    int64_t answered_ms; /* boot clock; 0 = never */
};

/* What engine and worker share; outlives a source that got stuck. */
struct worker {
    struct net *net; /* read by the worker only while `source` lives */
    struct instance *instance;
    struct os_queue *questions;
    struct source *source; /* engine thread only */
};

struct source {
    struct net *net;
    struct worker *worker;
    struct os_thread *thread;
    struct family_state families[FAMILIES];
    int64_t timeout_ms;
    bool stuck;
    void (*on_stuck)(void *ctx, const char *name);
    void *ctx;
};

struct delivery { /* worker -> engine */
    struct net_posted posted;
    struct worker *worker;
    struct source_answer answer;
};

static struct family_state *state_of(struct source *s, int family)
{
    return &s->families[family == 6 ? 1 : 0];
}

static void hand_out(struct family_state *f, const struct source_answer *answer)
{
    struct waiter *waiters = f->waiters;
    f->waiters = NULL; /* a callback may ask again */
    while (waiters) {
        struct waiter *next = waiters->next;
        waiters->done(waiters->ctx, answer);
        mem_free(waiters);
        waiters = next;
    }
}

/* Runs in the engine thread. */
static void receive(void *arg)
{
    struct delivery *delivery = arg;
    struct source *s = delivery->worker->source;
    struct family_state *f = s ? state_of(s, delivery->answer.family) : NULL;

    if (s && !s->stuck) {
        net_timer_cancel(s->net, &f->timer);
        instance_call_free(&f->call);
        f->last = delivery->answer;
        f->answered_ms = os.boot_ms();
        hand_out(f, &delivery->answer);
    }
    mem_free(delivery);
}

static void work(void *arg)
{
    struct worker *w = arg;
    struct question q = { 0 };

    while (os_queue_take(w->questions, &q, -1)) {
        struct delivery *delivery = q.delivery;
        struct source_answer *a = &delivery->answer;
        a->source = instance_name(w->instance);
        a->family = q.family;
        if (instance_query(w->instance, q.call, q.family, &a->addr, &a->code, &a->error) < 0)
            a->addr = (struct dcddns_addr){ 0 };
        if (!net_post_prepared(w->net, &delivery->posted))
            mem_free(delivery);
    }
}

struct source *source_new(struct net *net, struct instance *instance, int64_t timeout_ms,
                          void (*stuck)(void *ctx, const char *name), void *ctx)
{
    struct source *s = mem_new(1, sizeof(*s));
    struct worker *w = mem_new(1, sizeof(*w));
    struct os_queue *questions = os_queue_new(sizeof(struct question), FAMILIES);

    if (!s || !w || !questions) {
        mem_free(s);
        mem_free(w);
        if (questions)
            os_queue_free(&questions);
        return NULL;
    }
    *w = (struct worker){ .net = net, .instance = instance, .questions = questions, .source = s };
    *s = (struct source){
        .net = net, .worker = w, .timeout_ms = timeout_ms, .on_stuck = stuck, .ctx = ctx
    };
    return s;
}

const char *source_name(const struct source *s)
{
    return instance_name(s->worker->instance);
}

bool source_is_stuck(const struct source *s)
{
    return s->stuck;
}

/* Everybody who waits, for both families, learns it at once. */
static void give_up(struct source *s)
{
    s->stuck = true;
    log_error("source %s did not answer and ignores its deadline; it is not asked again until the "
              "daemon is restarted",
              source_name(s));
    if (s->on_stuck)
        s->on_stuck(s->ctx, source_name(s));
    for (int i = 0; i < FAMILIES; i++) {
        struct family_state *f = &s->families[i];
        struct source_answer answer = { .source = source_name(s),
                                        .family = i == 0 ? 4 : 6,
                                        .code = DCDDNS_E_STOP };
        error_set(&answer.error, ERR_TEMP, "source %s is stuck", source_name(s));
        net_timer_cancel(s->net, &f->timer);
        hand_out(f, &answer);
    }
}

static void on_deadline(struct source *s, struct family_state *f);

static void on_deadline4(void *ctx)
{
    struct source *s = ctx;
    on_deadline(s, &s->families[0]);
}

static void on_deadline6(void *ctx)
{
    struct source *s = ctx;
    on_deadline(s, &s->families[1]);
}

static void arm(struct source *s, struct family_state *f, int64_t ms)
{
    f->timer = net_timer_add(s->net, os.boot_ms() + ms,
                             f == &s->families[0] ? on_deadline4 : on_deadline6, s);
}

static void on_deadline(struct source *s, struct family_state *f)
{
    f->timer = NULL;
    if (!f->call)
        return;
    if (f->cancelled) {
        give_up(s);
        return;
    }
    f->cancelled = true;
    instance_call_cancel(f->call);
    arm(s, f, GRACE_MS);
}

static bool start_question(struct source *s, struct family_state *f, int family)
{
    /* The other family may be before us in the worker's queue: its time counts extra. */
    int64_t queued = s->families[family == 6 ? 0 : 1].call ? s->timeout_ms + GRACE_MS : 0;
    struct question q = { .family = family };

    if (!s->thread)
        s->thread = os_thread_start(source_name(s), work, s->worker);
    if (!s->thread)
        return false;
    q.call = instance_call_new(s->worker->instance, os.boot_ms() + queued + s->timeout_ms);
    q.delivery = mem_new(1, sizeof(*q.delivery));
    if (!q.call || !q.delivery) {
        instance_call_free(&q.call);
        mem_free(q.delivery);
        return false;
    }
    *q.delivery =
        (struct delivery){ .posted = { .fn = receive, .arg = q.delivery }, .worker = s->worker };
    f->call = q.call;
    f->cancelled = false;
    arm(s, f, queued + s->timeout_ms);
    if (f->timer && os_queue_put(s->worker->questions, &q))
        return true;
    net_timer_cancel(s->net, &f->timer);
    instance_call_free(&f->call);
    mem_free(q.delivery);
    return false;
}

struct known { /* an answer we have already, delivered as if it came */
    struct source_answer answer;
    source_done done;
    void *ctx;
};

static void tell_known(void *arg)
{
    struct known *known = arg;
    known->done(known->ctx, &known->answer);
    mem_free(known);
}

static bool answer_known(struct source *s, const struct source_answer *answer, source_done done,
                         void *ctx)
{
    struct known *known = mem_new(1, sizeof(*known));
    if (!known)
        return false;
    *known = (struct known){ .answer = *answer, .done = done, .ctx = ctx };
    if (net_post(s->net, tell_known, known))
        return true;
    mem_free(known);
    return false;
}

bool source_ask(struct source *s, int family, bool fresh, source_done done, void *ctx)
{
    struct family_state *f = state_of(s, family);

    if (s->stuck) {
        struct source_answer answer = { .source = source_name(s),
                                        .family = family,
                                        .code = DCDDNS_E_STOP };
        error_set(&answer.error, ERR_TEMP, "source %s is stuck", source_name(s));
        return answer_known(s, &answer, done, ctx);
    }
    bool young = f->answered_ms > 0 && os.boot_ms() - f->answered_ms < FRESH_MS;
    if (!f->call && young && !fresh && f->last.code == DCDDNS_OK)
        return answer_known(s, &f->last, done, ctx);

    struct waiter *waiter = mem_new(1, sizeof(*waiter));
    if (!waiter)
        return false;
    if (!f->call && !start_question(s, f, family)) {
        mem_free(waiter);
        return false;
    }
    *waiter = (struct waiter){ .done = done, .ctx = ctx, .next = f->waiters };
    f->waiters = waiter;
    return true;
}

static void drop_family(struct source *s, struct family_state *f, bool ended)
{
    net_timer_cancel(s->net, &f->timer);
    while (f->waiters) {
        struct waiter *next = f->waiters->next;
        mem_free(f->waiters);
        f->waiters = next;
    }
    if (ended)
        instance_call_free(&f->call);
}

bool source_free(struct source **source, int64_t grace_ms)
{
    struct source *s = *source;
    if (!s)
        return true;
    for (int i = 0; i < FAMILIES; i++) {
        if (s->families[i].call)
            instance_call_cancel(s->families[i].call);
    }
    os_queue_close(s->worker->questions);
    /* The worker's http() needs a turning loop to end: give it one while waiting. */
    int64_t until = os.boot_ms() + grace_ms;
    bool ended = !s->thread;
    while (!ended) {
        net_turn(s->net, 20);
        ended = os_thread_join_within(&s->thread, 0);
        if (os.boot_ms() >= until)
            break;
    }
    net_turn(s->net, 0); /* answers posted while the worker ended */
    s->worker->source = NULL;
    for (int i = 0; i < FAMILIES; i++)
        drop_family(s, &s->families[i], ended);
    if (ended) {
        os_queue_free(&s->worker->questions);
        mem_free(s->worker);
    } else {
        instance_abandon(s->worker->instance);
    }
    mem_free(s);
    *source = NULL;
    return ended;
}
