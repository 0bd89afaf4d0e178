/* Threads, locks and gates on POSIX threads.  Every lock of the program is in this file. */
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
#include "platform/lock.h"
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

struct os_lock {
    pthread_mutex_t lock;
    pthread_cond_t changed;
};

struct os_lock *lock_new(void)
{
    struct os_lock *lock = mem_new(1, sizeof(*lock));
    pthread_condattr_t attributes;

    if (!lock)
        return NULL;
    pthread_mutex_init(&lock->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&lock->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    return lock;
}

void lock_free(struct os_lock **lock)
{
    if (!*lock)
        return;
    pthread_cond_destroy(&(*lock)->changed);
    pthread_mutex_destroy(&(*lock)->lock);
    mem_free(*lock);
    *lock = NULL;
}

void lock_take(struct os_lock *lock)
{
    pthread_mutex_lock(&lock->lock);
}

void lock_give(struct os_lock *lock)
{
    pthread_mutex_unlock(&lock->lock);
}

bool lock_wait(struct os_lock *lock, int64_t until_ms)
{
    const struct timespec at = { .tv_sec = (time_t)(until_ms / 1000),
                                 .tv_nsec = (long)(until_ms % 1000) * 1000000L };
    if (until_ms < 0)
        return pthread_cond_wait(&lock->changed, &lock->lock) == 0;
    return pthread_cond_timedwait(&lock->changed, &lock->lock, &at) == 0;
}

void lock_wake_one(struct os_lock *lock)
{
    pthread_cond_signal(&lock->changed);
}

void lock_wake_all(struct os_lock *lock)
{
    pthread_cond_broadcast(&lock->changed);
}

int64_t lock_now_ms(void)
{
    struct timespec now = { 0 };
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + (now.tv_nsec + 999999) / 1000000;
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
