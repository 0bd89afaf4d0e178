/* The loop: waits once for everything, then runs what became ready.  Knows neither curl nor c-ares
 * nor what the callbacks are for. */
#include "net/net.h"

#include <stdatomic.h>

#include "base/mem.h"
#include "net/dns_wire.h"
#include "net/http_wire.h"
#include "net/internal.h"

enum { WAIT_CLOSING = 1 }; /* ms */

struct net_watch {
    struct net_watch *prev, *next;
    int fd, events, ready;
    void (*call)(void *ctx, int fd, int ready);
    void *ctx;
    bool removed; /* freed when no callback runs any more */
};

/* What net_post() makes. */
struct own_post {
    struct net_posted posted;
    void (*fn)(void *arg);
    void *arg;
};

struct net {
    struct http_wire *http_wire;
    struct http_queue *http;
    struct dns_wire *dns_wire;
    struct dns *dns;
    struct net_timers timers;
    struct net_watch *watches;
    size_t watch_count;
    struct net_fd *fds; /* room for every watch and every socket of c-ares */
    size_t fd_cap;
    int depth; /* net_turn() inside callbacks inside net_turn() */
    bool closing;
    struct net_posted *inbox;           /* posted, oldest first */
    _Atomic(struct net_posted *) posts; /* posted, newest first; any thread pushes */
    atomic_int posters;                 /* threads inside net_post_prepared() */
};

/* What POSTS points to once nobody may post any more. */
static struct net_posted closed;

/* -- set-up ---------------------------------------------------------------------------------- */

int net_global_init(struct error *err)
{
    if (http_wire_global_init(err))
        return -1;
    if (dns_wire_global_init(err)) {
        http_wire_global_cleanup();
        return -1;
    }
    return 0;
}

void net_global_cleanup(void)
{
    dns_wire_global_cleanup();
    http_wire_global_cleanup();
}

struct net *net_new(const struct net_options *options, struct error *err)
{
    static const struct net_options none;
    const struct net_options *o = options ? options : &none;
    error_set(err, ERR_LOCAL, "out of memory while setting up the network");
    struct net *net = mem_new(1, sizeof(*net));
    if (!net)
        return NULL;
    net->fd_cap = DNS_WIRE_FDS;
    net->fds = mem_new(net->fd_cap, sizeof(*net->fds));
    net->http_wire = net->fds ? http_wire_new(o, err) : NULL;
    net->dns_wire = net->http_wire ? dns_wire_new(o->resolvers, err) : NULL;
    net->dns = net->dns_wire ? dns_new(net, net->dns_wire, o) : NULL;
    net->http = net->dns ? http_queue_new(net, net->http_wire, o) : NULL;
    if (!net->http) {
        net_free(&net);
        return NULL;
    }
    if (err)
        *err = (struct error){ 0 };
    return net;
}

bool net_is_closing(const struct net *net)
{
    return net->closing;
}

struct http_queue *net_http(const struct net *net)
{
    return net->http;
}

struct dns *net_dns(const struct net *net)
{
    return net->dns;
}

struct net_timers *net_timers(struct net *net)
{
    return &net->timers;
}

/* -- posted functions ------------------------------------------------------------------------ */

/* False once the net is closing; then POST is still the caller's. */
static bool push(struct net *net, struct net_posted *post)
{
    struct net_posted *head = atomic_load(&net->posts);
    do {
        if (head == &closed)
            return false;
        post->next = head;
    } while (!atomic_compare_exchange_weak(&net->posts, &head, post));
    return true;
}

bool net_post_prepared(struct net *net, struct net_posted *post)
{
    atomic_fetch_add(&net->posters, 1);
    bool pushed = push(net, post);
    if (pushed)
        http_wire_wake(net->http_wire);
    atomic_fetch_sub(&net->posters, 1);
    return pushed;
}

static void run_own(void *arg)
{
    struct own_post *own = arg;
    own->fn(own->arg);
    mem_free(own);
}

bool net_post(struct net *net, void (*fn)(void *arg), void *arg)
{
    struct own_post *own = mem_new(1, sizeof(*own));
    if (!own)
        return false;
    *own = (struct own_post){ .posted = { .fn = run_own, .arg = own }, .fn = fn, .arg = arg };
    if (net_post_prepared(net, &own->posted))
        return true;
    mem_free(own);
    return false;
}

/* Moves what was posted to the end of the inbox, oldest first; AFTER replaces the stack. */
static void collect(struct net *net, struct net_posted *after)
{
    struct net_posted *post = atomic_exchange(&net->posts, after);
    struct net_posted *oldest = NULL;
    while (post && post != &closed) {
        struct net_posted *next = post->next;
        post->next = oldest;
        oldest = post;
        post = next;
    }
    struct net_posted **end = &net->inbox;
    while (*end)
        end = &(*end)->next;
    *end = oldest;
}

static void run_posts(struct net *net)
{
    while (net->inbox) {
        struct net_posted *post = net->inbox;
        net->inbox = post->next;
        post->fn(post->arg);
    }
}

/* -- watches --------------------------------------------------------------------------------- */

/* Room in FDS, so that net_turn() never has to allocate. */
static bool reserve_fd(struct net *net)
{
    size_t need = net->watch_count + 1 + DNS_WIRE_FDS;
    if (need <= net->fd_cap)
        return true;
    struct net_fd *fds = mem_resize(net->fds, 2 * need * sizeof(*fds));
    if (!fds)
        return false;
    net->fds = fds;
    net->fd_cap = 2 * need;
    return true;
}

struct net_watch *net_watch_add(struct net *net, int fd, int events,
                                void (*call)(void *ctx, int fd, int ready), void *ctx)
{
    if (net->closing || !reserve_fd(net))
        return NULL;
    struct net_watch *watch = mem_new(1, sizeof(*watch));
    if (!watch)
        return NULL;
    watch->fd = fd;
    watch->events = events;
    watch->call = call;
    watch->ctx = ctx;
    watch->next = net->watches;
    if (watch->next)
        watch->next->prev = watch;
    net->watches = watch;
    net->watch_count++;
    return watch;
}

static void free_watch(struct net *net, struct net_watch *watch)
{
    *(watch->prev ? &watch->prev->next : &net->watches) = watch->next;
    if (watch->next)
        watch->next->prev = watch->prev;
    net->watch_count--;
    mem_free(watch);
}

void net_watch_remove(struct net *net, struct net_watch **watch)
{
    struct net_watch *gone = *watch;
    *watch = NULL;
    if (!gone)
        return;
    gone->removed = true;
    if (net->depth == 0)
        free_watch(net, gone);
}

static void run_watches(struct net *net)
{
    for (struct net_watch *w = net->watches; w; w = w->next) {
        int ready = w->removed ? 0 : w->ready & w->events;
        w->ready = 0;
        if (ready)
            w->call(w->ctx, w->fd, ready);
    }
}

/* -- the turn -------------------------------------------------------------------------------- */

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int wait_ms(struct net *net, int64_t timeout_ms)
{
    int64_t wait = timeout_ms < 0 ? NET_WAIT_MAX : smaller(timeout_ms, NET_WAIT_MAX);
    int64_t dns = dns_wire_timeout(net->dns_wire);
    if (dns >= 0)
        wait = smaller(wait, dns);
    if (net->inbox || atomic_load(&net->posts))
        return 0;
    int64_t timer = net_timers_wait(&net->timers);
    return (int)(timer >= 0 ? smaller(wait, timer) : wait);
}

/* Waits, and tells c-ares and the watches what became ready; no callback of a caller runs. */
static void wait(struct net *net, int64_t timeout_ms)
{
    size_t dns = dns_wire_fds(net->dns_wire, net->fds);
    size_t count = dns;
    for (const struct net_watch *w = net->watches; w; w = w->next) {
        int events = w->removed ? 0 : w->events;
        net->fds[count++] = (struct net_fd){ .fd = events ? w->fd : -1, .events = events };
    }
    http_wire_wait(net->http_wire, net->fds, count, wait_ms(net, timeout_ms));
    count = dns;
    for (struct net_watch *w = net->watches; w; w = w->next)
        w->ready |= net->fds[count++].ready;
    dns_wire_turn(net->dns_wire, net->fds);
}

static void sweep(struct net *net)
{
    net_timers_sweep(&net->timers);
    struct net_watch *next = NULL;
    for (struct net_watch *w = net->watches; w; w = next) {
        next = w->next;
        if (w->removed)
            free_watch(net, w);
    }
}

void net_turn(struct net *net, int64_t timeout_ms)
{
    if (net->closing)
        return;
    wait(net, timeout_ms);
    net->depth++;
    collect(net, NULL);
    run_posts(net);
    net_timers_run(&net->timers);
    http_wire_turn(net->http_wire);
    run_watches(net);
    if (--net->depth == 0)
        sweep(net);
}

/* Takes what was posted for the last time and waits for threads that are about to leave. */
static void close_posts(struct net *net)
{
    collect(net, &closed);
    while (atomic_load(&net->posters) > 0)
        http_wire_wait(net->http_wire, NULL, 0, WAIT_CLOSING);
    run_posts(net);
}

void net_free(struct net **net_p)
{
    struct net *net = *net_p;
    if (!net)
        return;
    net->closing = true;
    net->depth++;
    close_posts(net);
    if (net->http)
        http_queue_stop(net->http);
    if (net->dns)
        dns_stop(net->dns);
    for (struct net_watch *w = net->watches; w; w = w->next)
        w->removed = true;
    net_timers_stop(&net->timers);
    sweep(net);
    http_queue_free(&net->http);
    dns_free(&net->dns);
    dns_wire_free(&net->dns_wire);
    http_wire_free(&net->http_wire);
    mem_free(net->fds);
    mem_free(net);
    *net_p = NULL;
}
