/* The bounded queue of os.h over a lock of the system's. */
#include <string.h>

#include "base/mem.h"
#include "platform/lock.h"
#include "platform/os.h"

struct os_queue {
    struct os_lock *lock;
    size_t item_size, capacity, first, count;
    bool closed;
    unsigned char items[];
};

struct os_queue *os_queue_new(size_t item_size, size_t capacity)
{
    struct os_queue *queue = mem_new(1, sizeof(*queue) + item_size * capacity);

    if (!queue)
        return NULL;
    queue->item_size = item_size;
    queue->capacity = capacity;
    queue->lock = lock_new();
    if (!queue->lock) {
        mem_free(queue);
        return NULL;
    }
    return queue;
}

void os_queue_free(struct os_queue **queue)
{
    if (!*queue)
        return;
    lock_free(&(*queue)->lock);
    mem_free(*queue);
    *queue = NULL;
}

static void append(struct os_queue *queue, const void *item)
{
    size_t at = (queue->first + queue->count) % queue->capacity;
    memcpy(queue->items + at * queue->item_size, item, queue->item_size);
    queue->count++;
    lock_wake_one(queue->lock);
}

static void remove_first(struct os_queue *queue, void *item)
{
    memcpy(item, queue->items + queue->first * queue->item_size, queue->item_size);
    queue->first = (queue->first + 1) % queue->capacity;
    queue->count--;
}

bool os_queue_put(struct os_queue *queue, const void *item)
{
    lock_take(queue->lock);
    bool room = !queue->closed && queue->count < queue->capacity;
    if (room)
        append(queue, item);
    lock_give(queue->lock);
    return room;
}

bool os_queue_push_out(struct os_queue *queue, const void *item, void *dropped, bool *did_drop)
{
    lock_take(queue->lock);
    bool open = !queue->closed;
    *did_drop = open && queue->count == queue->capacity;
    if (*did_drop)
        remove_first(queue, dropped);
    if (open)
        append(queue, item);
    lock_give(queue->lock);
    return open;
}

bool os_queue_take(struct os_queue *queue, void *item, int64_t timeout_ms)
{
    const int64_t until = timeout_ms < 0 ? -1 : lock_now_ms() + timeout_ms;
    bool more = true;

    lock_take(queue->lock);
    while (queue->count == 0 && !queue->closed && more)
        more = lock_wait(queue->lock, until);
    bool got = queue->count > 0;
    if (got)
        remove_first(queue, item);
    lock_give(queue->lock);
    return got;
}

void os_queue_close(struct os_queue *queue)
{
    lock_take(queue->lock);
    queue->closed = true;
    lock_wake_all(queue->lock);
    lock_give(queue->lock);
}
