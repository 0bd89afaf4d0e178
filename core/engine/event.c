/* The event bus; see event.h. */
#include "engine/event.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "engine/event_limit.h"
#include "engine/event_memory.h"
#include "engine/outbox.h"
#include "platform/os.h"

enum { HANG_MS = 7 * 1000 }; /* past the deadline of a call */

struct listener {
    struct outbox *outbox;
    struct event_filter filter;
    bool is_log;
    bool stuck; /* never told anything again */
    struct event_limit limit;
    uint32_t held;     /* events that the limit held back */
    struct event last; /* of them; told when it may be */
};

struct events {
    struct listener *listeners;
    size_t count;
    bool silent; /* no log lines */
    events_tap tap;
    void *tap_ctx;
    struct event_memory memory;
    struct net *net; /* NULL: no timers */
    struct net_timer *timer;
    int64_t timer_ms;
};

struct events *events_new(struct instance *const *notifiers, size_t count, struct error *err)
{
    struct events *events = mem_new(1, sizeof(*events));
    if (events)
        events->listeners = mem_new(count, sizeof(*events->listeners));
    if (!events || !events->listeners)
        goto fail;
    for (size_t i = 0; i < count; i++) {
        events->listeners[i].outbox = outbox_new(notifiers[i]);
        if (!events->listeners[i].outbox)
            goto fail;
        events->count++;
    }
    return events;
fail:
    error_set(err, ERR_LOCAL, "cannot start the notifiers: out of memory or threads");
    events_free(&events, NULL, 0);
    return NULL;
}

void events_log_too(struct events *events, bool on)
{
    events->silent = !on;
}

void events_is_log(struct events *events, size_t i)
{
    events->listeners[i].is_log = true;
}

void events_want(struct events *events, size_t i, const struct event_filter *filter)
{
    events->listeners[i].filter = *filter;
}

void events_time_by(struct events *events, struct net *net)
{
    events->net = net;
}

void events_tap_by(struct events *events, events_tap tap, void *ctx)
{
    events->tap = tap;
    events->tap_ctx = ctx;
}

bool events_busy(const struct events *events)
{
    for (size_t i = 0; events && i < events->count; i++) {
        if (outbox_is_busy(events->listeners[i].outbox))
            return true;
    }
    return false;
}

/* -- what time brings -------------------------------------------------------------------------- */

static void on_time(void *ctx);

/* When something of this listener must be looked at; INT64_MAX = nothing. */
static int64_t due_of(const struct listener *l, int64_t now)
{
    int64_t due = INT64_MAX;

    if (l->stuck)
        return due;
    if (l->held > 0)
        due = event_limit_next(&l->limit, now);
    if (outbox_is_pending(l->outbox)) {
        const int64_t deadline = outbox_deadline(l->outbox);
        const int64_t over = (deadline > 0 ? deadline : now + OUTBOX_CALL_MS) + HANG_MS;
        due = over < due ? over : due;
    }
    return due;
}

static void set_timer(struct events *events)
{
    const int64_t now = os.boot_ms();
    int64_t due = INT64_MAX;

    for (size_t i = 0; events->net && i < events->count; i++) {
        const int64_t mine = due_of(&events->listeners[i], now);
        due = mine < due ? mine : due;
    }
    if (due == INT64_MAX || (events->timer && events->timer_ms <= due))
        return;
    net_timer_cancel(events->net, &events->timer);
    events->timer = net_timer_add(events->net, due, on_time, events);
    events->timer_ms = due;
}

static void post(struct listener *l, const struct event *event, uint32_t missed)
{
    outbox_put(l->outbox, event, missed);
    l->held = 0;
}

static void tell_stuck(struct events *events, struct listener *l)
{
    const struct instance *instance = outbox_instance(l->outbox);
    struct event event = { .id = EVENT_NOTIFIER_STUCK, .level = DCDDNS_LOG_ERROR };

    l->stuck = true;
    snprintf(event.message, sizeof(event.message),
             "notifier %s (module %s) did not come back and ignores its deadline; it is told "
             "nothing more until dcddns is restarted",
             instance_name(instance), instance_module(instance)->plugin.name);
    events_send(events, &event);
}

static void on_time(void *ctx)
{
    struct events *events = ctx;
    const int64_t now = os.boot_ms();

    events->timer = NULL;
    for (size_t i = 0; i < events->count; i++) {
        struct listener *l = &events->listeners[i];
        const int64_t deadline = outbox_deadline(l->outbox);
        if (!l->stuck && deadline > 0 && deadline + HANG_MS <= now)
            tell_stuck(events, l);
        if (!l->stuck && l->held > 0 && event_limit_take(&l->limit, now))
            post(l, &l->last, l->held - 1);
    }
    set_timer(events);
}

/* -- sending ----------------------------------------------------------------------------------- */

static void log_event(const struct event *event)
{
    log_line(event->level, "%s%s%s", event->record, event->record[0] ? ": " : "", event->message);
}

/* True when the listener will hear of it. */
static bool offer(struct listener *l, const struct event *event, int64_t now)
{
    const struct event_kind *kind = event_kind_find(event->id);

    if (l->stuck || !event_filter_passes(&l->filter, event->id, event->level))
        return false;
    if (event_limit_take(&l->limit, now) || (kind && kind->traits & EVENT_URGENT)) {
        post(l, event, l->held);
        return true;
    }
    l->held++;
    l->last = *event;
    return false;
}

/* True when a notifier that writes where the log goes will write it. */
static bool tell(struct events *events, const struct event *event)
{
    const int64_t now = os.boot_ms();
    bool written = false;

    if (!event_memory_is_news(&events->memory, event, now))
        return false;
    if (events->tap)
        events->tap(events->tap_ctx, event);
    for (size_t i = 0; i < events->count; i++) {
        struct listener *l = &events->listeners[i];
        const bool will_hear = offer(l, event, now);
        written = written || (will_hear && l->is_log);
    }
    set_timer(events);
    return written;
}

void events_send(struct events *events, const struct event *event)
{
    struct event mine = *event;
    bool written = false;

    if (mine.wall_ms == 0)
        mine.wall_ms = os.wall_ms();
    if (events && (mine.audience == EVENT_EVERYBODY || mine.audience == EVENT_NOTIFIERS))
        written = tell(events, &mine);
    if ((mine.audience == EVENT_EVERYBODY || mine.audience == EVENT_LOG) && !written &&
        (!events || !events->silent))
        log_event(&mine);
}

uint64_t events_dropped(const struct events *events)
{
    uint64_t count = 0;
    for (size_t i = 0; events && i < events->count; i++)
        count += outbox_dropped(events->listeners[i].outbox);
    return count;
}

bool events_free(struct events **at, struct net *net, int64_t grace_ms)
{
    struct events *events = *at;
    const int64_t until = os.boot_ms() + grace_ms;
    bool clean = true;

    *at = NULL;
    if (!events)
        return true;
    if (events->net)
        net_timer_cancel(events->net, &events->timer);
    for (size_t i = 0; i < events->count; i++) {
        struct listener *l = &events->listeners[i];
        if (l->held > 0 && !l->stuck)
            post(l, &l->last, l->held - 1);
        outbox_close(l->outbox);
    }
    for (size_t i = 0; i < events->count; i++) {
        struct listener *l = &events->listeners[i];
        if (!outbox_free(&l->outbox, net, l->stuck ? 0 : until))
            clean = false;
    }
    mem_free(events->listeners);
    mem_free(events);
    return clean;
}
