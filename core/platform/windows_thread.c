/* Threads, locks and gates on Windows. */
#include "platform/windows_handles.h"

#include <process.h>
#include <stdatomic.h>
#include <string.h>

#include "base/mem.h"
#include "dcddns/plugin.h"
#include "platform/lock.h"

struct os_thread {
    HANDLE handle;
    void (*run)(void *);
    void *arg;
};

static unsigned __stdcall thread_main(void *arg)
{
    struct os_thread *thread = arg;
    thread->run(thread->arg);
    return 0;
}

/* For debuggers; before Windows 10 1607 threads have no names. */
static void set_name(HANDLE thread, const char *name)
{
    union {
        FARPROC found;
        HRESULT(WINAPI *call)(HANDLE, PCWSTR);
    } set = { .found = GetProcAddress(GetModuleHandleW(L"kernel32.dll"), "SetThreadDescription") };
    wchar_t *wide = set.found ? windows_wide(name) : NULL;
    if (wide)
        set.call(thread, wide);
    mem_free(wide);
}

/* A worker runs straight-line code: no more stack than on other systems. */
static HANDLE begin_thread(unsigned(__stdcall *begin)(void *), void *arg)
{
    enum { STACK_SIZE = 512 * 1024 };
    return (HANDLE)_beginthreadex(NULL, STACK_SIZE, begin, arg, STACK_SIZE_PARAM_IS_A_RESERVATION,
                                  NULL);
}

struct os_thread *os_thread_start(const char *name, void (*run)(void *), void *arg)
{
    struct os_thread *thread = mem_new(1, sizeof(*thread));

    if (!thread)
        return NULL;
    thread->run = run;
    thread->arg = arg;
    thread->handle = begin_thread(thread_main, thread);
    if (!thread->handle) {
        mem_free(thread);
        return NULL;
    }
    set_name(thread->handle, name);
    return thread;
}

static unsigned __stdcall detached_main(void *arg)
{
    struct os_thread thread = *(struct os_thread *)arg;
    mem_free(arg);
    thread.run(thread.arg);
    return 0;
}

bool windows_thread_detached(const char *name, void (*run)(void *), void *arg)
{
    struct os_thread *thread = mem_new(1, sizeof(*thread));
    if (!thread)
        return false;
    *thread = (struct os_thread){ .run = run, .arg = arg };
    HANDLE handle = begin_thread(detached_main, thread);
    if (!handle) {
        mem_free(thread);
        return false;
    }
    set_name(handle, name);
    CloseHandle(handle);
    return true;
}

static DWORD wait_of(int64_t timeout_ms)
{
    return timeout_ms < 0 ? INFINITE : timeout_ms < INT32_MAX ? (DWORD)timeout_ms : INT32_MAX;
}

void os_thread_join(struct os_thread **thread)
{
    if (!*thread)
        return;
    WaitForSingleObject((*thread)->handle, INFINITE);
    CloseHandle((*thread)->handle);
    mem_free(*thread);
    *thread = NULL;
}

bool os_thread_join_within(struct os_thread **thread, int64_t timeout_ms)
{
    const int64_t most = timeout_ms < 0 ? 0 : timeout_ms;
    if (!*thread)
        return true;
    if (WaitForSingleObject((*thread)->handle, wait_of(most)) != WAIT_OBJECT_0)
        return false; /* the struct is the thread's: it still reads it */
    os_thread_join(thread);
    return true;
}

struct os_lock {
    SRWLOCK lock;
    CONDITION_VARIABLE changed;
};

struct os_lock *lock_new(void)
{
    struct os_lock *lock = mem_new(1, sizeof(*lock));
    if (!lock)
        return NULL;
    InitializeSRWLock(&lock->lock);
    InitializeConditionVariable(&lock->changed);
    return lock;
}

void lock_free(struct os_lock **lock)
{
    mem_free(*lock);
    *lock = NULL;
}

void lock_take(struct os_lock *lock)
{
    AcquireSRWLockExclusive(&lock->lock);
}

void lock_give(struct os_lock *lock)
{
    ReleaseSRWLockExclusive(&lock->lock);
}

bool lock_wait(struct os_lock *lock, int64_t until_ms)
{
    const int64_t left = until_ms < 0 ? -1 : until_ms - lock_now_ms();
    if (until_ms >= 0 && left <= 0)
        return false;
    SleepConditionVariableSRW(&lock->changed, &lock->lock, wait_of(left), 0);
    return true; /* the clock says it next time */
}

void lock_wake_one(struct os_lock *lock)
{
    WakeConditionVariable(&lock->changed);
}

void lock_wake_all(struct os_lock *lock)
{
    WakeAllConditionVariable(&lock->changed);
}

int64_t lock_now_ms(void)
{
    return (int64_t)GetTickCount64();
}

struct os_gate {
    atomic_bool open;
    HANDLE event; /* stays signalled once the gate is open */
};

struct os_gate *os_gate_new(void)
{
    struct os_gate *gate = mem_new(1, sizeof(*gate));
    if (!gate)
        return NULL;
    gate->event = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!gate->event) {
        mem_free(gate);
        return NULL;
    }
    return gate;
}

void os_gate_free(struct os_gate **gate)
{
    if (!*gate)
        return;
    CloseHandle((*gate)->event);
    mem_free(*gate);
    *gate = NULL;
}

void os_gate_open(struct os_gate *gate)
{
    atomic_store(&gate->open, true);
    SetEvent(gate->event);
}

HANDLE windows_gate_event(const struct os_gate *gate)
{
    return gate->event;
}

bool os_gate_is_open(const struct os_gate *gate)
{
    return atomic_load(&gate->open);
}

/* DCDDNS_READ and DCDDNS_WRITE bits of what can be done now; what fails counts as ready. */
static int ready_now(SOCKET socket, int events)
{
    WSAPOLLFD at = { .fd = socket };
    int ready = 0;

    at.events =
        (SHORT)((events & DCDDNS_READ ? POLLRDNORM : 0) | (events & DCDDNS_WRITE ? POLLWRNORM : 0));
    if (WSAPoll(&at, 1, 0) == 0)
        return 0;
    if (at.revents & (POLLRDNORM | POLLHUP | POLLERR | POLLNVAL))
        ready |= DCDDNS_READ;
    if (at.revents & (POLLWRNORM | POLLERR | POLLNVAL))
        ready |= DCDDNS_WRITE;
    return ready & events;
}

/* The socket stays non-blocking after this: the system has no way back that it would tell. */
static void wait_beside(struct os_gate *gate, SOCKET socket, int events, DWORD timeout)
{
    HANDLE both[2] = { gate->event, WSACreateEvent() };
    const long wanted = (events & DCDDNS_READ ? FD_READ | FD_ACCEPT | FD_CLOSE : 0) |
                        (events & DCDDNS_WRITE ? FD_WRITE | FD_CONNECT | FD_CLOSE : 0);

    if (!both[1] || WSAEventSelect(socket, both[1], wanted) != 0) {
        WaitForSingleObject(gate->event, timeout);
    } else {
        /* What was so before is not always told again. */
        if (!ready_now(socket, events))
            WaitForMultipleObjects(2, both, FALSE, timeout);
        WSAEventSelect(socket, NULL, 0);
    }
    if (both[1])
        WSACloseEvent(both[1]);
}

bool os_gate_wait(struct os_gate *gate, uintptr_t socket, int events, int64_t timeout_ms,
                  int *ready)
{
    *ready = 0;
    if (socket == UINTPTR_MAX || events == 0)
        WaitForSingleObject(gate->event, wait_of(timeout_ms));
    else if (!os_gate_is_open(gate) && !ready_now((SOCKET)socket, events))
        wait_beside(gate, (SOCKET)socket, events, wait_of(timeout_ms));
    if (os_gate_is_open(gate))
        return false;
    if (socket != UINTPTR_MAX && events != 0)
        *ready = ready_now((SOCKET)socket, events);
    return true;
}
