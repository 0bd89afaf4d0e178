/* Threads, queues and gates on POSIX threads.  Every lock of the program is in this file. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "dcddns/plugin.h"
#include "platform/posix.h"

struct os_thread {
    pthread_t id;
    struct os_gate *ended;
    void (*run)(void *);
    void *arg;
};

static void *thread_main(void *arg)
{
    struct os_thread *thread = arg;
    thread->run(thread->arg);
    os_gate_open(thread->ended);
    return NULL;
}

struct os_thread *os_thread_start(const char *name, void (*run)(void *), void *arg)
{
    struct os_thread *thread = mem_new(1, sizeof(*thread));
    sigset_t all, before;
    pthread_attr_t attributes;
    char short_name[16] = "";

    if (!thread)
        return NULL;
    thread->run = run;
    thread->arg = arg;
    thread->ended = os_gate_new();
    if (!thread->ended) {
        mem_free(thread);
        return NULL;
    }
    pthread_attr_init(&attributes);
    /* A worker runs straight-line code; a router has no 8 MiB a thread to give. */
    pthread_attr_setstacksize(&attributes, 512 * 1024);
    sigfillset(&all); /* signals belong to the first thread */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(&thread->id, &attributes, thread_main, thread);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    if (rc != 0) {
        os_gate_free(&thread->ended);
        mem_free(thread);
        return NULL;
    }
    strncat(short_name, name, sizeof(short_name) - 1);
    pthread_setname_np(thread->id, short_name);
    return thread;
}

void os_thread_join(struct os_thread **thread)
{
    if (!*thread)
        return;
    pthread_join((*thread)->id, NULL);
    os_gate_free(&(*thread)->ended);
    mem_free(*thread);
    *thread = NULL;
}

bool os_thread_join_within(struct os_thread **thread, int64_t timeout_ms)
{
    int64_t until = posix_boot_ms() + timeout_ms;
    if (!*thread)
        return true;
    while (!os_gate_is_open((*thread)->ended)) {
        int64_t left = until - posix_boot_ms();
        int ready = 0;
        if (left <= 0)
            return false; /* the struct is the thread's: it still reads it */
        os_gate_wait((*thread)->ended, UINTPTR_MAX, 0, left, &ready);
    }
    os_thread_join(thread);
    return true;
}

static struct timespec deadline_in(clockid_t clock, int64_t timeout_ms)
{
    struct timespec at = { 0 };
    clock_gettime(clock, &at);
    at.tv_sec += (time_t)(timeout_ms / 1000);
    at.tv_nsec += (long)(timeout_ms % 1000) * 1000000L;
    if (at.tv_nsec >= 1000000000L) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000L;
    }
    return at;
}

struct os_queue {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t item_size, capacity, first, count;
    bool closed;
    unsigned char items[];
};

struct os_queue *os_queue_new(size_t item_size, size_t capacity)
{
    struct os_queue *queue = mem_new(1, sizeof(*queue) + item_size * capacity);
    pthread_condattr_t attributes;

    if (!queue)
        return NULL;
    queue->item_size = item_size;
    queue->capacity = capacity;
    pthread_mutex_init(&queue->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&queue->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    return queue;
}

void os_queue_free(struct os_queue **queue)
{
    if (!*queue)
        return;
    pthread_cond_destroy(&(*queue)->changed);
    pthread_mutex_destroy(&(*queue)->lock);
    mem_free(*queue);
    *queue = NULL;
}

static void append(struct os_queue *queue, const void *item)
{
    size_t at = (queue->first + queue->count) % queue->capacity;
    memcpy(queue->items + at * queue->item_size, item, queue->item_size);
    queue->count++;
    pthread_cond_signal(&queue->changed);
}

static void remove_first(struct os_queue *queue, void *item)
{
    memcpy(item, queue->items + queue->first * queue->item_size, queue->item_size);
    queue->first = (queue->first + 1) % queue->capacity;
    queue->count--;
}

bool os_queue_put(struct os_queue *queue, const void *item)
{
    pthread_mutex_lock(&queue->lock);
    bool room = !queue->closed && queue->count < queue->capacity;
    if (room)
        append(queue, item);
    pthread_mutex_unlock(&queue->lock);
    return room;
}

bool os_queue_push_out(struct os_queue *queue, const void *item, void *dropped, bool *did_drop)
{
    pthread_mutex_lock(&queue->lock);
    bool open = !queue->closed;
    *did_drop = open && queue->count == queue->capacity;
    if (*did_drop)
        remove_first(queue, dropped);
    if (open)
        append(queue, item);
    pthread_mutex_unlock(&queue->lock);
    return open;
}

bool os_queue_take(struct os_queue *queue, void *item, int64_t timeout_ms)
{
    struct timespec at = deadline_in(CLOCK_MONOTONIC, timeout_ms < 0 ? 0 : timeout_ms);
    int rc = 0;

    pthread_mutex_lock(&queue->lock);
    while (queue->count == 0 && !queue->closed && rc == 0) {
        if (timeout_ms < 0)
            rc = pthread_cond_wait(&queue->changed, &queue->lock);
        else
            rc = pthread_cond_timedwait(&queue->changed, &queue->lock, &at);
    }
    bool got = queue->count > 0;
    if (got)
        remove_first(queue, item);
    pthread_mutex_unlock(&queue->lock);
    return got;
}

void os_queue_close(struct os_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->closed = true;
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
}

struct os_gate {
    atomic_bool open;
    int fd; /* an eventfd that stays readable once the gate is open */
};

struct os_gate *os_gate_new(void)
{
    struct os_gate *gate = mem_new(1, sizeof(*gate));
    if (!gate)
        return NULL;
    gate->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (gate->fd < 0) {
        mem_free(gate);
        return NULL;
    }
    return gate;
}

void os_gate_free(struct os_gate **gate)
{
    if (!*gate)
        return;
    close((*gate)->fd);
    mem_free(*gate);
    *gate = NULL;
}

void os_gate_open(struct os_gate *gate)
{
    const uint64_t one = 1;
    atomic_store(&gate->open, true);
    (void)!write(gate->fd, &one, sizeof(one));
}

int posix_gate_fd(const struct os_gate *gate)
{
    return gate->fd;
}

bool os_gate_is_open(const struct os_gate *gate)
{
    return atomic_load(&gate->open);
}

bool os_gate_wait(struct os_gate *gate, uintptr_t socket, int events, int64_t timeout_ms,
                  int *ready)
{
    struct pollfd fds[2] = { { .fd = gate->fd, .events = POLLIN }, { .fd = -1 } };

    *ready = 0;
    if (socket != UINTPTR_MAX) {
        fds[1].fd = (int)socket;
        fds[1].events =
            (short)((events & DCDDNS_READ ? POLLIN : 0) | (events & DCDDNS_WRITE ? POLLOUT : 0));
    }
    int timeout = timeout_ms < 0 ? -1 : timeout_ms > INT_MAX ? INT_MAX : (int)timeout_ms;
    int rc = poll(fds, 2, timeout);
    if (os_gate_is_open(gate))
        return false;
    if (rc > 0 && fds[1].revents & (POLLIN | POLLHUP | POLLERR | POLLNVAL))
        *ready |= DCDDNS_READ;
    if (rc > 0 && fds[1].revents & (POLLOUT | POLLERR | POLLNVAL))
        *ready |= DCDDNS_WRITE;
    *ready &= events;
    return true;
}
