/* Desktop notifications on Linux: the module, and the thread that owns the message bus, since a
 * click comes long after notify() returned.  notify() hands its event over and waits for the end
 * with the host's own wait(), so that deadline and cancelling hold whatever the bus does. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "desktop.h"
#include "desktop_bus.h"

/* The server's time, and what notify() waits beyond it for words on what went wrong. */
enum { ANSWER_MS = 10 * 1000, WORDS_MS = 500 };

struct order { /* an event that outlives its notify() */
    struct dcddns_event event;
    char id[64], record[256], message[640], source[64], url[DESKTOP_URL_MAX];
};

struct notifier {
    const struct dcddns_host *host;
    int wake, reply; /* eventfds: for the thread, for notify(); -1 before the first event */
    int started;
    pthread_t thread;
    pthread_mutex_t lock; /* of what follows */
    int stop, posted, abandoned, ended;
    struct order order;
    uint64_t timeout_us;
    char why[256]; /* "": shown */
};

static void ring(int fd)
{
    const uint64_t one = 1;
    (void)!write(fd, &one, sizeof(one));
}

static void hush(int fd)
{
    uint64_t count = 0;
    (void)!read(fd, &count, sizeof(count));
}

static void copy_event(struct order *order, const struct dcddns_event *event)
{
    snprintf(order->id, sizeof(order->id), "%s", event->id);
    snprintf(order->record, sizeof(order->record), "%s", event->record);
    snprintf(order->message, sizeof(order->message), "%s", event->message);
    snprintf(order->source, sizeof(order->source), "%s", event->source);
    /* A URL that is cut would lead elsewhere. */
    if (strlen(event->url) < sizeof(order->url))
        snprintf(order->url, sizeof(order->url), "%s", event->url);
    else
        order->url[0] = '\0';
    order->event = (struct dcddns_event){
        .size = sizeof(order->event),
        .level = event->level,
        .time_ms = event->time_ms,
        .id = order->id,
        .profile = "",
        .record = order->record,
        .message = order->message,
        .source = order->source,
        .url = order->url,
        .after = event->after,
    };
}

/* -- the thread ------------------------------------------------------------------------------- */

static void on_done(void *ctx, const char *why)
{
    struct notifier *notifier = ctx;
    pthread_mutex_lock(&notifier->lock);
    if (!notifier->abandoned) {
        notifier->ended = 1;
        snprintf(notifier->why, sizeof(notifier->why), "%s", why ? why : "");
        ring(notifier->reply);
    }
    pthread_mutex_unlock(&notifier->lock);
}

struct todo {
    int stop, give_up, deliver;
    uint64_t timeout_us;
};

static struct todo take(struct notifier *notifier, struct order *mine)
{
    struct todo todo = { 0 };
    pthread_mutex_lock(&notifier->lock);
    todo.stop = notifier->stop;
    todo.give_up = notifier->abandoned;
    todo.deliver = notifier->posted;
    todo.timeout_us = notifier->timeout_us;
    notifier->abandoned = notifier->posted = 0;
    if (todo.deliver)
        copy_event(mine, &notifier->order.event);
    pthread_mutex_unlock(&notifier->lock);
    return todo;
}

static void wait_for(struct notifier *notifier, struct desktop_bus *bus)
{
    struct pollfd fds[2] = { { .fd = notifier->wake, .events = POLLIN } };
    int timeout = -1;

    fds[1].fd = desktop_bus_wait(bus, &fds[1].events, &timeout);
    if (poll(fds, 2, timeout) > 0 && fds[0].revents)
        hush(notifier->wake);
}

static void *run(void *arg)
{
    struct notifier *notifier = arg;
    struct order *mine = calloc(1, sizeof(*mine));
    struct desktop_bus *bus = desktop_bus_new(notifier->host, on_done, notifier);

    while (mine && bus) {
        wait_for(notifier, bus);
        const struct todo todo = take(notifier, mine);
        if (todo.stop)
            break;
        if (todo.give_up)
            desktop_bus_give_up(bus);
        if (todo.deliver)
            desktop_bus_deliver(bus, &mine->event, todo.timeout_us);
        desktop_bus_process(bus);
    }
    desktop_bus_free(bus);
    free(mine);
    return NULL;
}

/* With the first event, since create() may not do such things.  Signals are the program's. */
static int start(struct notifier *notifier)
{
    sigset_t all, before;

    if (notifier->started)
        return DCDDNS_OK;
    if (notifier->wake < 0)
        notifier->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (notifier->reply < 0)
        notifier->reply = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (notifier->wake < 0 || notifier->reply < 0)
        return DCDDNS_E_NOMEM;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    notifier->started = pthread_create(&notifier->thread, NULL, run, notifier) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return notifier->started ? DCDDNS_OK : DCDDNS_E_NOMEM;
}

/* -- the module ------------------------------------------------------------------------------- */

static void post(struct notifier *notifier, const struct dcddns_event *event, uint32_t time_ms)
{
    pthread_mutex_lock(&notifier->lock);
    hush(notifier->reply);
    copy_event(&notifier->order, event);
    notifier->timeout_us = (uint64_t)time_ms * 1000;
    notifier->posted = 1;
    notifier->ended = 0;
    pthread_mutex_unlock(&notifier->lock);
    ring(notifier->wake);
}

/* 1 when the delivery has ended, with the reason in WHY; else nobody waits for it any more. */
static int settle(struct notifier *notifier, char why[256])
{
    pthread_mutex_lock(&notifier->lock);
    int ended = notifier->ended;
    notifier->abandoned = !ended;
    notifier->posted = 0;
    memcpy(why, notifier->why, sizeof(notifier->why));
    pthread_mutex_unlock(&notifier->lock);
    if (!ended)
        ring(notifier->wake);
    return ended;
}

static int desktop_notify(void *self, struct dcddns_call *call, const struct dcddns_event *event)
{
    struct notifier *notifier = self;
    const struct dcddns_host *host = notifier->host;
    uint32_t left = host->remaining_ms(call);
    char why[256] = "";

    if (!desktop_is_shown(event))
        return DCDDNS_OK;
    if (left == 0)
        return DCDDNS_E_STOP;
    if (start(notifier) != DCDDNS_OK)
        return DCDDNS_E_NOMEM;
    if (left > ANSWER_MS + WORDS_MS)
        left = ANSWER_MS + WORDS_MS;
    post(notifier, event, left > 2 * WORDS_MS ? left - WORDS_MS : left);
    int rc = host->wait(call, (uintptr_t)notifier->reply, DCDDNS_READ, left);
    if (settle(notifier, why))
        return why[0] ? host->fail(host, DCDDNS_E_TEMP, why) : DCDDNS_OK;
    if (rc < 0 && host->remaining_ms(call) == 0)
        return host->fail(host, DCDDNS_E_STOP, "no answer from the session bus before the end");
    return host->fail(host, DCDDNS_E_TEMP,
                      "the session bus does not answer; the next event tries a new connection");
}

static int desktop_create(const struct dcddns_host *host, void **self)
{
    if (!getenv("DBUS_SESSION_BUS_ADDRESS") && !getenv("XDG_RUNTIME_DIR"))
        return host->fail(host, DCDDNS_E_CONFIG,
                          "there is no desktop session here, as in every system service; take "
                          "this notifier out of `notifiers` and run `dcddns agent` in the session "
                          "of whom it is for");
    struct notifier *notifier = calloc(1, sizeof(*notifier));
    if (!notifier)
        return DCDDNS_E_NOMEM;
    notifier->host = host;
    notifier->wake = notifier->reply = -1;
    pthread_mutex_init(&notifier->lock, NULL);
    *self = notifier;
    return DCDDNS_OK;
}

static void desktop_destroy(void *self)
{
    struct notifier *notifier = self;

    if (notifier->started) {
        pthread_mutex_lock(&notifier->lock);
        notifier->stop = 1;
        pthread_mutex_unlock(&notifier->lock);
        ring(notifier->wake);
        pthread_join(notifier->thread, NULL);
    }
    if (notifier->wake >= 0)
        close(notifier->wake);
    if (notifier->reply >= 0)
        close(notifier->reply);
    pthread_mutex_destroy(&notifier->lock);
    free(notifier);
}

static const struct dcddns_notifier desktop_ops = {
    .size = sizeof(desktop_ops),
    .notify = desktop_notify,
};

static const struct dcddns_plugin desktop_plugin = {
    .size = sizeof(desktop_plugin),
    .kind = DCDDNS_KIND_NOTIFIER,
    .abi_minor = DCDDNS_ABI_MINOR,
    .name = "desktop",
    .version = "1.0",
    .summary = "shows events as notifications in a desktop session, by way of `dcddns agent`",
    .create = desktop_create,
    .destroy = desktop_destroy,
    .ops = &desktop_ops,
};

DCDDNS_ENTRY(desktop)
{
    return &desktop_plugin;
}
