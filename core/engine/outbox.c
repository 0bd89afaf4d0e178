/* The thread of a notifier; see outbox.h. */
#include "engine/outbox.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "platform/os.h"

enum {
    CANCEL_MS = 1000,
    TURN_MS = 10,
    FIRST_WAIT_MS = 5 * 1000,
    LAST_WAIT_MS = 600 * 1000,
    LOOK_MS = 1000 /* how often a waiting thread looks at the clock, which may jump */
};
static const int64_t KEEP_MS = INT64_C(24) * 3600 * 1000;

struct letter { /* what the queue holds */
    struct event event;
    uint32_t missed; /* events before it that are not told */
};

struct outbox {
    struct instance *notifier;
    struct os_queue *queue;
    struct os_thread *thread;
    struct os_gate *closing; /* open: nobody waits any more */
    struct os_gate *hurry;   /* open: calls are cancelled, too */
    /* The running call; whoever takes it out of here frees it, the engine after the thread. */
    _Atomic(struct dcddns_call *) call;
    _Atomic int64_t deadline; /* of that call */
    atomic_uint put, done;    /* letters so far: given, and delivered or lost */
    atomic_bool resting;      /* waits for the next try */
    struct letter hand[2];    /* thread: being delivered, and the one behind it */
    size_t in_hand;
    uint32_t pushed_out; /* engine: oldest letters lost and not yet told */
    uint64_t dropped;    /* engine: all that were */
    uint32_t lost;       /* thread: the same, of those that could not be delivered */
};

enum delivery { DELIVERED, LATER, NEVER };

static enum delivery call_notifier(struct outbox *box, const struct dcddns_event *out,
                                   struct error *err)
{
    const int64_t deadline = os.boot_ms() + OUTBOX_CALL_MS;
    struct dcddns_call *call = instance_call_new(box->notifier, deadline);
    int rc = -1;

    if (!call) {
        error_set(err, ERR_LOCAL, "out of memory");
        return NEVER;
    }
    atomic_store(&box->call, call);
    atomic_store(&box->deadline, deadline);
    if (os_gate_is_open(box->hurry)) /* opened before the call could be found there */
        instance_call_cancel(call);
    rc = instance_notify(box->notifier, call, out, err);
    atomic_store(&box->deadline, 0);
    call = atomic_exchange(&box->call, NULL);
    instance_call_free(&call);
    if (rc == 0)
        return DELIVERED;
    return err->class == ERR_TEMP || err->class == ERR_STOP ? LATER : NEVER;
}

static enum delivery deliver(struct outbox *box, const struct letter *letter, struct error *err)
{
    char message[ERROR_TEXT_MAX + 64] = "";
    const struct event *event = &letter->event;
    const uint32_t missed = letter->missed + box->lost;

    if (missed > 0)
        snprintf(message, sizeof(message), "%s (and %u more, see the log)", event->message,
                 (unsigned)missed);
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
    return call_notifier(box, &out, err);
}

int64_t outbox_backoff_ms(int tries)
{
    int64_t ms = FIRST_WAIT_MS;
    for (int i = 1; i < tries && ms < LAST_WAIT_MS; i++)
        ms *= 2;
    return ms < LAST_WAIT_MS ? ms : LAST_WAIT_MS;
}

/* Until the next try is due, or a new event gives a reason to try at once, or the end. */
static void rest(struct outbox *box, int tries)
{
    const int64_t from = os.boot_ms();
    const unsigned known = atomic_load(&box->put);
    int ready = 0;

    atomic_store(&box->resting, true);
    while (!os_gate_is_open(box->closing)) {
        const int64_t waited = os.boot_ms() - from;
        const bool news = atomic_load(&box->put) != known;
        if (waited >= (news ? FIRST_WAIT_MS : outbox_backoff_ms(tries)))
            break;
        (void)os_gate_wait(box->closing, UINTPTR_MAX, 0, LOOK_MS, &ready);
    }
    atomic_store(&box->resting, false);
}

/* THEN: what happens next; NULL: it is lost. */
static void say_undelivered(const struct outbox *box, const struct letter *letter, int tries,
                            const char *then, const struct error *why)
{
    log_line(tries == 1 || !then ? DCDDNS_LOG_WARN : DCDDNS_LOG_DEBUG,
             "notifier %s: event %s not delivered%s: %s", instance_name(box->notifier),
             letter->event.id, then ? then : "", why->text);
}

/* Letter I of those in hand is done with. */
static void put_away(struct outbox *box, size_t i, bool delivered)
{
    box->lost = delivered ? 0 : box->lost + box->hand[i].missed + 1;
    if (i == 0 && box->in_hand == 2)
        box->hand[0] = box->hand[1];
    box->in_hand--;
    atomic_fetch_add(&box->done, 1);
}

/* When the first keeps failing, perhaps it is its own fault: true when the one behind it gets
 * through, and then the first is given up. */
static bool is_overtaken(struct outbox *box)
{
    struct error err = { 0 };

    if (box->in_hand == 1 && !os_queue_take(box->queue, &box->hand[1], 0))
        return false;
    box->in_hand = 2;
    const enum delivery how = deliver(box, &box->hand[1], &err);
    if (how == LATER)
        return false;
    if (how == NEVER)
        say_undelivered(box, &box->hand[1], 1, NULL, &err);
    put_away(box, 1, how == DELIVERED);
    return how == DELIVERED;
}

/* To the end of the first letter, which others wait behind: events are told in their order. */
static void carry(struct outbox *box)
{
    const struct letter *letter = &box->hand[0];
    const int64_t until = os.boot_ms() + KEEP_MS;
    bool delivered = false;

    for (int tries = 1; !os_gate_is_open(box->hurry); tries++) {
        struct error err = { 0 };
        const bool last = os_gate_is_open(box->closing) || os.boot_ms() >= until;
        const enum delivery how = deliver(box, letter, &err);
        delivered = how == DELIVERED;
        if (delivered && tries > 1)
            log_notice("notifier %s works again", instance_name(box->notifier));
        if (delivered)
            break;
        if (how == NEVER || last || (tries > 1 && is_overtaken(box))) {
            say_undelivered(box, letter, tries, NULL, &err);
            break;
        }
        say_undelivered(box, letter, tries, " (it will be tried again)", &err);
        rest(box, tries);
    }
    put_away(box, 0, delivered);
}

static void run(void *arg)
{
    struct outbox *box = arg;
    while (box->in_hand > 0 || os_queue_take(box->queue, &box->hand[0], -1)) {
        box->in_hand = box->in_hand > 0 ? box->in_hand : 1;
        carry(box);
    }
}

static void clear(struct outbox *box)
{
    if (box->queue)
        os_queue_free(&box->queue);
    os_gate_free(&box->closing);
    os_gate_free(&box->hurry);
    mem_free(box);
}

struct outbox *outbox_new(struct instance *notifier)
{
    struct outbox *box = mem_new(1, sizeof(*box));
    if (!box)
        return NULL;
    box->notifier = notifier;
    box->queue = os_queue_new(sizeof(struct letter), OUTBOX_MAX);
    box->closing = os_gate_new();
    box->hurry = os_gate_new();
    if (box->queue && box->closing && box->hurry)
        box->thread = os_thread_start(instance_name(notifier), run, box);
    if (box->thread)
        return box;
    clear(box);
    return NULL;
}

struct instance *outbox_instance(const struct outbox *box)
{
    return box->notifier;
}

void outbox_put(struct outbox *box, const struct event *event, uint32_t missed)
{
    struct letter letter = { .event = *event, .missed = missed + box->pushed_out };
    struct letter oldest = { 0 };
    bool did_drop = false;

    atomic_fetch_add(&box->put, 1);
    if (!os_queue_push_out(box->queue, &letter, &oldest, &did_drop) || did_drop)
        atomic_fetch_add(&box->done, 1);
    box->pushed_out = did_drop ? oldest.missed + 1 : 0;
    box->dropped += did_drop;
}

uint64_t outbox_dropped(const struct outbox *box)
{
    return box->dropped;
}

bool outbox_is_pending(const struct outbox *box)
{
    return atomic_load(&box->done) != atomic_load(&box->put);
}

bool outbox_is_busy(const struct outbox *box)
{
    return outbox_is_pending(box) && !atomic_load(&box->resting);
}

int64_t outbox_deadline(const struct outbox *box)
{
    return atomic_load(&box->deadline);
}

void outbox_close(struct outbox *box)
{
    os_queue_close(box->queue);
    os_gate_open(box->closing);
}

static bool ends_by(struct outbox *box, struct net *net, int64_t until_ms)
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

bool outbox_free(struct outbox **at, struct net *net, int64_t until_ms)
{
    struct outbox *box = *at;

    *at = NULL;
    if (!ends_by(box, net, until_ms)) {
        os_gate_open(box->hurry);
        struct dcddns_call *call = atomic_exchange(&box->call, NULL);
        if (call)
            instance_call_cancel(call);
        if (!ends_by(box, net, os.boot_ms() + CANCEL_MS))
            return false; /* the thread still uses it */
        instance_call_free(&call);
    }
    clear(box);
    return true;
}
