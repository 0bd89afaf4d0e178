/* The event bus; see event.h. */
#include "engine/event.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "platform/os.h"

enum { QUEUE_MAX = 64, NOTIFY_MS = 30 * 1000, CANCEL_MS = 1000, TURN_MS = 10 };

struct letter { /* what a queue holds */
    struct event event;
    uint32_t dropped; /* events lost before this one */
};

struct mailbox {
    struct instance *notifier;
    struct os_queue *queue;
    struct os_thread *thread;
    struct os_gate *hurry; /* open: shutting down, calls are cancelled */
    /* The running call; whoever takes it out of here frees it, the engine after the thread. */
    _Atomic(struct dcddns_call *) call;
    uint32_t dropped;
};

struct events {
    struct mailbox *boxes;
    size_t count;
    bool silent; /* no log lines */
    events_tap tap;
    void *tap_ctx;
};

static void deliver(struct mailbox *box, const struct letter *letter)
{
    char message[ERROR_TEXT_MAX + 64] = "";
    struct error err = { 0 };
    const struct event *event = &letter->event;

    if (letter->dropped > 0)
        snprintf(message, sizeof(message), "%s (%u earlier events were dropped)", event->message,
                 (unsigned)letter->dropped);
    else
        snprintf(message, sizeof(message), "%s", event->message);
    const struct dcddns_event out = {
        .size = sizeof(out),
        .level = (uint32_t)event->level,
        .time_ms = event->wall_ms,
        .id = event->id,
        .profile = instance_name(box->notifier),
        .record = event->record,
        .message = message,
        .source = event->source,
        .url = event->url,
        .before = event->before,
        .after = event->after,
    };
    struct dcddns_call *call = instance_call_new(box->notifier, os.boot_ms() + NOTIFY_MS);
    atomic_store(&box->call, call);
    if (call && os_gate_is_open(box->hurry)) /* opened before the call could be found there */
        instance_call_cancel(call);
    if (!call || instance_notify(box->notifier, call, &out, &err) < 0)
        log_warn("notifier %s: event %s not delivered: %s", instance_name(box->notifier), event->id,
                 err.text[0] ? err.text : "out of memory");
    call = atomic_exchange(&box->call, NULL);
    instance_call_free(&call);
}

static void run(void *arg)
{
    struct mailbox *box = arg;
    struct letter letter = { 0 };
    while (os_queue_take(box->queue, &letter, -1)) {
        if (!os_gate_is_open(box->hurry))
            deliver(box, &letter);
    }
}

struct events *events_new(struct instance *const *notifiers, size_t count, struct error *err)
{
    struct events *events = mem_new(1, sizeof(*events));
    if (events)
        events->boxes = mem_new(count, sizeof(*events->boxes));
    if (!events || !events->boxes)
        goto fail;
    for (size_t i = 0; i < count; i++) {
        struct mailbox *box = &events->boxes[i];
        events->count = i + 1;
        box->notifier = notifiers[i];
        box->queue = os_queue_new(sizeof(struct letter), QUEUE_MAX);
        box->hurry = os_gate_new();
        if (box->queue && box->hurry)
            box->thread = os_thread_start(instance_name(notifiers[i]), run, box);
        if (!box->thread)
            goto fail;
    }
    return events;
fail:
    error_set(err, ERR_LOCAL, "cannot start the notifiers: out of memory or threads");
    events_free(&events, NULL, 0);
    return NULL;
}

static void log_event(const struct event *event)
{
    log_line(event->level, "%s%s%s", event->record, event->record[0] ? ": " : "", event->message);
}

void events_log_too(struct events *events, bool on)
{
    events->silent = !on;
}

void events_tap_by(struct events *events, events_tap tap, void *ctx)
{
    events->tap = tap;
    events->tap_ctx = ctx;
}

void events_send(struct events *events, const struct event *event)
{
    struct letter letter = { .event = *event };
    if (letter.event.wall_ms == 0)
        letter.event.wall_ms = os.wall_ms();
    if (!events || !events->silent)
        log_event(event);
    if (events && events->tap)
        events->tap(events->tap_ctx, &letter.event);
    for (size_t i = 0; events && i < events->count; i++) {
        struct mailbox *box = &events->boxes[i];
        struct letter lost = { 0 };
        bool did_drop = false;
        letter.dropped = box->dropped;
        if (!os_queue_push_out(box->queue, &letter, &lost, &did_drop))
            continue;
        box->dropped = did_drop ? lost.dropped + 1 : 0;
    }
}

static bool ends_by(struct mailbox *box, struct net *net, int64_t until_ms)
{
    for (;;) {
        int64_t left = until_ms - os.boot_ms();
        int64_t step = left > TURN_MS ? TURN_MS : left > 0 ? left : 0;
        if (net)
            net_turn(net, 0);
        if (os_thread_join_within(&box->thread, step))
            return true;
        if (left <= 0)
            return false;
    }
}

/* True when the thread ended, after a cancel if need be. */
static bool stop(struct mailbox *box, struct net *net, int64_t until_ms)
{
    if (ends_by(box, net, until_ms))
        return true;
    os_gate_open(box->hurry);
    struct dcddns_call *call = atomic_exchange(&box->call, NULL);
    if (call)
        instance_call_cancel(call);
    if (!ends_by(box, net, os.boot_ms() + CANCEL_MS))
        return false;
    instance_call_free(&call);
    return true;
}

bool events_free(struct events **events, struct net *net, int64_t grace_ms)
{
    const int64_t until = os.boot_ms() + grace_ms;
    bool clean = true;
    if (!*events)
        return true;
    for (size_t i = 0; i < (*events)->count; i++) {
        struct mailbox *box = &(*events)->boxes[i];
        if (box->queue)
            os_queue_close(box->queue);
    }
    for (size_t i = 0; i < (*events)->count; i++) {
        struct mailbox *box = &(*events)->boxes[i];
        if (!stop(box, net, until)) {
            clean = false;
            continue;
        }
        os_queue_free(&box->queue);
        os_gate_free(&box->hurry);
    }
    /* A thread that did not end still uses its mailbox. */
    if (clean) {
        mem_free((*events)->boxes);
        mem_free(*events);
    }
    *events = NULL;
    return clean;
}
