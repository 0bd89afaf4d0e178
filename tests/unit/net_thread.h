/* A network that turns on a thread of its own, as the engine's does, with scripted answers. */
#ifndef DCDDNS_TESTS_NET_THREAD_H
#define DCDDNS_TESTS_NET_THREAD_H

#include "probe.h"

#include "net/transport.h"

static struct server {
    struct net *net;
    const struct net_options *options;
    struct os_thread *thread;
    struct os_gate *up;
    atomic_bool stop;
    struct os_gate *hold; /* when set, the answer waits until it opens */
    atomic_int requests;
} server;

/* For scripts: counts a request and holds it back. */
static inline void server_asked(struct server *s)
{
    int ready = 0;
    atomic_fetch_add(&s->requests, 1);
    if (s->hold)
        os_gate_wait(s->hold, UINTPTR_MAX, 0, LONG_MS, &ready);
}

static void run_server(void *arg)
{
    struct server *s = arg;

    s->net = net_new(s->options, NULL);
    os_gate_open(s->up);
    while (s->net && !atomic_load(&s->stop))
        net_turn(s->net, 1000);
    net_free(&s->net);
}

/* OPTIONS must live until server_join(); the context of their transport is SERVER. */
static inline void server_run(const struct net_options *options, bool held)
{
    int ready = 0;
    memset(&server, 0, sizeof(server));
    server.options = options;
    server.up = os_gate_new();
    server.hold = held ? os_gate_new() : NULL;
    server.thread = os_thread_start("net", run_server, &server);
    assert_non_null(server.thread);
    os_gate_wait(server.up, UINTPTR_MAX, 0, LONG_MS, &ready);
    assert_non_null(server.net);
}

/* Posted, so that the net is still there while this thread touches it. */
static inline void stop_server(void *arg)
{
    struct server *s = arg;
    atomic_store(&s->stop, true);
}

static inline void server_join(void)
{
    os_thread_join(&server.thread);
    os_gate_free(&server.up);
    os_gate_free(&server.hold);
}

static inline void server_stop(void)
{
    assert_true(net_post(server.net, stop_server, &server));
    if (server.hold)
        os_gate_open(server.hold);
    server_join();
}

#endif
