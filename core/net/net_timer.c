/* Timers of the loop, in a list sorted by due time.  Does not wait and knows no descriptors. */
#include "base/mem.h"
#include "net/internal.h"
#include "platform/os.h"

/* A timer of net_timer_add().  TIMER comes first: the dead are freed by it. */
struct own_timer {
    struct net_timer timer;
    struct net_timers *timers;
    void (*call)(void *ctx);
    void *ctx;
};

static void take_out(struct net_timers *timers, struct net_timer *timer)
{
    if (!timer->armed)
        return;
    *(timer->prev ? &timer->prev->next : &timers->first) = timer->next;
    *(timer->next ? &timer->next->prev : &timers->last) = timer->prev;
    timer->prev = timer->next = NULL;
    timer->armed = false;
}

void net_timer_disarm(struct net *net, struct net_timer *timer)
{
    take_out(net_timers(net), timer);
}

/* The timer after which one for DUE belongs, or NULL: it is the first. */
static struct net_timer *place(const struct net_timers *timers, int64_t due)
{
    struct net_timer *after = NULL;
    if (due == NET_NOW) { /* these stand together at the front */
        for (struct net_timer *t = timers->first; t && t->due == NET_NOW; t = t->next)
            after = t;
        return after;
    }
    after = timers->last;
    while (after && after->due > due)
        after = after->prev;
    return after;
}

void net_timer_arm(struct net *net, struct net_timer *timer, int64_t due, void (*call)(void *),
                   void *ctx)
{
    struct net_timers *timers = net_timers(net);
    take_out(timers, timer);
    struct net_timer *after = place(timers, due);
    timer->due = due;
    timer->stamp = timers->turn;
    timer->call = call;
    timer->ctx = ctx;
    timer->armed = true;
    timer->prev = after;
    timer->next = after ? after->next : timers->first;
    *(after ? &after->next : &timers->first) = timer;
    *(timer->next ? &timer->next->prev : &timers->last) = timer;
}

int64_t net_timers_wait(const struct net_timers *timers)
{
    if (!timers->first)
        return -1;
    int64_t now = os.boot_ms();
    return timers->first->due <= now ? 0 : timers->first->due - now;
}

/* One that is due and was armed before this turn. */
static struct net_timer *next_due(const struct net_timers *timers, int64_t now, uint64_t turn)
{
    for (struct net_timer *t = timers->first; t && t->due <= now; t = t->next) {
        if (t->stamp < turn)
            return t;
    }
    return NULL;
}

void net_timers_run(struct net_timers *timers)
{
    int64_t now = os.boot_ms();
    uint64_t turn = ++timers->turn;
    for (;;) {
        struct net_timer *timer = next_due(timers, now, turn);
        if (!timer)
            return;
        take_out(timers, timer);
        timer->call(timer->ctx);
    }
}

static void bury(struct net_timers *timers, struct net_timer *timer)
{
    take_out(timers, timer);
    timer->dead = true;
    timer->next = timers->dead;
    timers->dead = timer;
}

void net_timers_sweep(struct net_timers *timers)
{
    while (timers->dead) {
        struct net_timer *timer = timers->dead;
        timers->dead = timer->next;
        mem_free(timer);
    }
}

/* -- timers of callers ----------------------------------------------------------------------- */

static void own_timer_due(void *arg)
{
    struct own_timer *own = arg;
    bury(own->timers, &own->timer);
    own->call(own->ctx);
}

struct net_timer *net_timer_add(struct net *net, int64_t due_boot_ms, void (*call)(void *ctx),
                                void *ctx)
{
    struct own_timer *own = net_is_closing(net) ? NULL : mem_new(1, sizeof(*own));
    if (!own)
        return NULL;
    own->timers = net_timers(net);
    own->call = call;
    own->ctx = ctx;
    net_timer_arm(net, &own->timer, due_boot_ms, own_timer_due, own);
    return &own->timer;
}

void net_timer_cancel(struct net *net, struct net_timer **timer)
{
    if (*timer && !(*timer)->dead)
        bury(net_timers(net), *timer);
    *timer = NULL;
}

void net_timers_stop(struct net_timers *timers)
{
    while (timers->first) {
        struct net_timer *timer = timers->first;
        if (timer->call == own_timer_due)
            bury(timers, timer);
        else
            take_out(timers, timer);
    }
}
