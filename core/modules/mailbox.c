/* Where work that is done, or a cancel, wakes the worker; see mailbox.h. */
#include "modules/mailbox.h"

#include "base/mem.h"

struct mailbox {
    atomic_int refs;          /* the call's, and one of every errand */
    struct os_queue *arrived; /* ids of errands that are over; closed by cancel */
    uint64_t last_id;         /* worker only */
};

struct mailbox *mailbox_new(void)
{
    struct mailbox *mailbox = mem_new(1, sizeof(*mailbox));

    if (!mailbox)
        return NULL;
    atomic_init(&mailbox->refs, 1);
    /* At most one id is awaited, and one of an errand the worker gave up may come late. */
    mailbox->arrived = os_queue_new(sizeof(uint64_t), 4);
    if (!mailbox->arrived) {
        mem_free(mailbox);
        return NULL;
    }
    return mailbox;
}

void mailbox_close(struct mailbox *mailbox)
{
    os_queue_close(mailbox->arrived);
}

void mailbox_release(struct mailbox *mailbox)
{
    if (!mailbox || atomic_fetch_sub(&mailbox->refs, 1) > 1)
        return;
    os_queue_free(&mailbox->arrived);
    mem_free(mailbox);
}

/* -- errands ---------------------------------------------------------------------------------- */

void errand_init(struct errand *errand, struct dcddns_call *call, const struct errand_calls *calls)
{
    atomic_init(&errand->refs, 1);
    atomic_init(&errand->dropped, false);
    errand->mailbox = call->mailbox;
    atomic_fetch_add(&errand->mailbox->refs, 1);
    errand->id = ++errand->mailbox->last_id;
    errand->net = call->instance->env.net;
    errand->deadline = call->deadline;
    errand->calls = calls;
}

void errand_release(struct errand *errand)
{
    if (atomic_fetch_sub(&errand->refs, 1) > 1)
        return;
    mailbox_release(errand->mailbox);
    errand->calls->free(errand);
}

int64_t errand_left_ms(const struct errand *errand)
{
    return errand->deadline - os.boot_ms();
}

void errand_done(struct errand *errand)
{
    os_queue_put(errand->mailbox->arrived, &errand->id); /* fails when cancelled: nobody waits */
    errand_release(errand);
}

/* In the net's thread. */
static void start(void *arg)
{
    struct errand *errand = arg;

    if (!atomic_load(&errand->dropped) && errand_left_ms(errand) > 0) {
        errand->calls->start(errand);
        return;
    }
    error_set(&errand->error, ERR_STOP, "its time was over before it began");
    errand_done(errand);
}

/* In the net's thread, after start(). */
static void stop(void *arg)
{
    struct errand *errand = arg;

    errand->calls->abort(errand);
    errand_release(errand);
}

/* Waits for its end; false: the call is over. */
static bool await(struct dcddns_call *call, const struct errand *errand)
{
    uint64_t id = 0;
    while (id != errand->id) {
        int64_t left = errand_left_ms(errand);
        if (left > call_remaining_ms(call))
            left = call_remaining_ms(call);
        if (left <= 0 || !os_queue_take(errand->mailbox->arrived, &id, left))
            return false;
    }
    return true;
}

static void abandon(struct errand *errand)
{
    atomic_store(&errand->dropped, true);
    atomic_fetch_add(&errand->refs, 1);
    if (!net_post(errand->net, stop, errand))
        errand_release(errand); /* the net is closing, and cancels by itself */
}

enum errand_end errand_run(struct errand *errand, struct dcddns_call *call)
{
    uint64_t stale = 0; /* of errands that were given up: they must leave room for this one */
    while (os_queue_take(errand->mailbox->arrived, &stale, 0))
        continue;
    atomic_fetch_add(&errand->refs, 1); /* the net's */
    if (!net_post(errand->net, start, errand)) {
        errand_release(errand);
        return ERRAND_STOPPING;
    }
    if (await(call, errand))
        return ERRAND_DONE;
    abandon(errand);
    return ERRAND_LATE;
}

int errand_code(enum error_class class)
{
    switch (class) {
    case ERR_STOP:
        return DCDDNS_E_STOP;
    case ERR_CONFIG:
    case ERR_USAGE:
        return DCDDNS_E_CONFIG;
    case ERR_LOCAL:
        return DCDDNS_E_NOMEM;
    default:
        return DCDDNS_E_TEMP;
    }
}
