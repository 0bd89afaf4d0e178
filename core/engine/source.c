/* Workers of IP sources; see source.h.  Knows nothing of hosts and of what answers are good for. */
#include "engine/source.h"

#include "base/addr.h"
#include "base/log.h"
#include "base/mem.h"
#include "engine/source_lane.h"
#include "platform/os.h"

/* Chains that begin in one turn of the loop may share a question: SAME_MS. */
enum { FRESH_MS = 2000, GRACE_MS = 5000, SAME_MS = 20 };

struct delivery;

struct question {
    int family;
    struct dcddns_call *call;  /* the worker's until it answers */
    struct delivery *delivery; /* made beforehand: an answer must not be lost for want of memory */
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
    struct lane *lanes;
    struct lane *asking;      /* its question is with the worker; or NULL */
    int64_t asked_ms;         /* boot clock: when it was handed over */
    struct lane *queued;      /* next ones, first come first served */
    struct dcddns_call *call; /* of the question that is asked */
    struct net_timer *timer;  /* its deadline, then grace */
    bool cancelled;
    int64_t timeout_ms;
    bool stuck, broken; /* either way it is out */
    void (*on_out)(void *ctx, const char *words);
    void *ctx;
};

struct delivery { /* worker -> engine */
    struct net_posted posted;
    struct worker *worker;
    struct source_answer answer;
};

static bool start_question(struct source *s, struct lane *lane);

/* -- out of work ------------------------------------------------------------------------------ */

bool source_is_out(const struct source *s)
{
    return s->stuck || s->broken;
}

static struct source_answer out_answer(const struct source *s, int family)
{
    struct source_answer answer = { .source = source_name(s),
                                    .family = family,
                                    .code = DCDDNS_E_STOP };
    error_set(&answer.error, ERR_TEMP, "source %s is %s", source_name(s),
              s->stuck ? "stuck" : "out of work: its module met a bug");
    return answer;
}

/* Everybody who waits, for whatever question, learns it at once. */
static void answer_all(struct source *s)
{
    for (struct lane *lane = s->lanes; lane; lane = lane->next) {
        const struct source_answer answer = out_answer(s, lane->family);
        lane_renew(lane);
        waiters_tell(lane_take(lane), &answer);
    }
}

static const char *module_of(const struct source *s)
{
    return instance_module(s->worker->instance)->plugin.name;
}

static void say_out(struct source *s, const struct error *words)
{
    if (s->on_out)
        s->on_out(s->ctx, words->text);
    else
        log_error("%s", words->text);
}

static void give_up(struct source *s)
{
    struct error words = { 0 };
    s->stuck = true;
    error_set(&words, ERR_PERM,
              "IP source %s (module %s) did not answer and ignores its deadline; it is not asked "
              "again until dcddns is restarted",
              source_name(s), module_of(s));
    say_out(s, &words);
    answer_all(s);
}

/* Its own word, or a promise it broke: what it would say next is worth nothing. */
static void mark_broken(struct source *s, const struct error *why)
{
    struct error words = { 0 };
    s->broken = true;
    error_set(
        &words, ERR_PERM,
        "IP source %s (module %s) met a bug and is not asked again until the configuration is "
        "reloaded: %s",
        source_name(s), module_of(s), why->text);
    say_out(s, &words);
}

/* The worker is free: the next question that waits is asked. */
static void go_on(struct source *s)
{
    while (!s->asking && s->queued) {
        struct lane *lane = lane_dequeue(&s->queued);
        struct source_answer answer = { .source = source_name(s),
                                        .family = lane->family,
                                        .code = DCDDNS_E_NOMEM };
        if (start_question(s, lane))
            return;
        error_set(&answer.error, ERR_LOCAL, "cannot be asked: out of memory or threads");
        waiters_tell(lane_take(lane), &answer);
    }
}

/* Runs in the engine thread. */
static void receive(void *arg)
{
    struct delivery *delivery = arg;
    struct source *s = delivery->worker->source;

    if (s && !source_is_out(s) && s->asking) {
        struct lane *lane = s->asking;
        net_timer_cancel(s->net, &s->timer);
        instance_call_free(&s->call);
        s->asking = NULL;
        lane->last = delivery->answer;
        lane->answered_ms = os.boot_ms();
        struct waiter *waiters = lane_take(lane);
        if (lane_renew(lane))
            lane_enqueue(&s->queued, lane);
        if (delivery->answer.code == DCDDNS_E_BUG)
            mark_broken(s, &delivery->answer.error);
        else
            go_on(s); /* before they are told: who asks again then comes after those who wait */
        waiters_tell(waiters, &delivery->answer);
        if (s->broken)
            answer_all(s);
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
        a->cgnat = !addr_is_set(&a->addr) && instance_met_cgnat(w->instance);
        if (!net_post_prepared(w->net, &delivery->posted))
            mem_free(delivery);
    }
}

struct source *source_new(struct net *net, struct instance *instance, int64_t timeout_ms,
                          void (*out)(void *ctx, const char *words), void *ctx)
{
    struct source *s = mem_new(1, sizeof(*s));
    struct worker *w = mem_new(1, sizeof(*w));
    struct os_queue *questions = os_queue_new(sizeof(struct question), 1);

    if (!s || !w || !questions) {
        mem_free(s);
        mem_free(w);
        if (questions)
            os_queue_free(&questions);
        return NULL;
    }
    *w = (struct worker){ .net = net, .instance = instance, .questions = questions, .source = s };
    *s = (struct source){
        .net = net, .worker = w, .timeout_ms = timeout_ms, .on_out = out, .ctx = ctx
    };
    return s;
}

const char *source_name(const struct source *s)
{
    return instance_name(s->worker->instance);
}

static void on_deadline(void *ctx)
{
    struct source *s = ctx;

    s->timer = NULL;
    if (s->cancelled) {
        give_up(s);
        return;
    }
    s->cancelled = true;
    instance_call_cancel(s->call);
    s->timer = net_timer_add(s->net, os.boot_ms() + GRACE_MS, on_deadline, s);
}

/* Hands the question to the worker, which has none. */
static bool start_question(struct source *s, struct lane *lane)
{
    struct question q = { .family = lane->family };
    const int64_t deadline = os.boot_ms() + s->timeout_ms;

    if (!s->thread)
        s->thread = os_thread_start(source_name(s), work, s->worker);
    if (!s->thread)
        return false;
    q.call = instance_call_new(s->worker->instance, deadline);
    q.delivery = mem_new(1, sizeof(*q.delivery));
    s->timer = net_timer_add(s->net, deadline, on_deadline, s);
    if (q.call && q.delivery && s->timer) {
        instance_call_terms(q.call, lane->terms.allow_private, lane->terms.device);
        *q.delivery = (struct delivery){ .posted = { .fn = receive, .arg = q.delivery },
                                         .worker = s->worker };
        if (os_queue_put(s->worker->questions, &q)) {
            s->asking = lane;
            s->asked_ms = os.boot_ms();
            s->call = q.call;
            s->cancelled = false;
            return true;
        }
    }
    net_timer_cancel(s->net, &s->timer);
    instance_call_free(&q.call);
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

/* Has the lane asked, now or when the worker is free; nothing to do when it is already. */
static bool want(struct source *s, struct lane *lane)
{
    if (s->asking == lane || lane->queued)
        return true;
    if (!s->asking)
        return start_question(s, lane);
    lane_enqueue(&s->queued, lane);
    return true;
}

bool source_ask(struct source *s, int family, const struct source_terms *terms, bool fresh,
                source_done done, void *ctx)
{
    if (source_is_out(s)) {
        const struct source_answer answer = out_answer(s, family);
        return answer_known(s, &answer, done, ctx);
    }
    struct lane *lane = lane_of(&s->lanes, family, terms);
    if (!lane)
        return false;
    bool young = lane->answered_ms > 0 && os.boot_ms() - lane->answered_ms < FRESH_MS;
    bool good = lane->last.code == DCDDNS_OK || lane->last.code == DCDDNS_UNPROVEN;
    if (s->asking != lane && !lane->queued && young && !fresh && good)
        return answer_known(s, &lane->last, done, ctx);

    struct waiter *waiter = waiter_new(done, ctx);
    if (!waiter)
        return false;
    /* What is being asked may have begun before the change that is hinted at. */
    if (fresh && s->asking == lane && os.boot_ms() - s->asked_ms > SAME_MS) {
        lane_add_later(lane, waiter);
        return true;
    }
    if (!want(s, lane)) {
        mem_free(waiter);
        return false;
    }
    lane_add(lane, waiter);
    return true;
}

bool source_free(struct source **source, int64_t grace_ms)
{
    struct source *s = *source;
    if (!s)
        return true;
    if (s->call)
        instance_call_cancel(s->call);
    s->queued = NULL; /* nothing more is begun */
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
    net_timer_cancel(s->net, &s->timer);
    lanes_free(&s->lanes);
    if (ended) {
        instance_call_free(&s->call);
        os_queue_free(&s->worker->questions);
        mem_free(s->worker);
    } else {
        instance_abandon(s->worker->instance);
    }
    mem_free(s);
    *source = NULL;
    return ended;
}
