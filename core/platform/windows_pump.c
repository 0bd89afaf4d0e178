/* Bytes between a pipe and a socket, since the loop waits for sockets only: one thread each.  Who
 * closes its end of the socket first leaves what it wrote to the pump.  Must not know what the
 * bytes mean. */
#include "platform/windows_handles.h"

#include <errno.h>

#include "base/mem.h"

enum { CHUNK = 64 * 1024, LAST_MS = 2000 };

struct way {
    OVERLAPPED at;
    bool pending, ended;
    DWORD len, done; /* of DATA */
    char data[CHUNK];
};

struct pump {
    struct pump *next;
    const void *owner;
    int users; /* the thread, and who has APP */
    bool left; /* APP is closed, as far as its user is concerned */
    HANDLE pipe;
    HANDLE leave; /* LEFT has changed */
    WSAEVENT inner_event;
    SOCKET app, inner;
    bool told_end; /* APP's user reads the end */
    struct way in; /* from the pipe */
    struct way out;
};

static struct {
    SRWLOCK lock;
    CONDITION_VARIABLE changed;
    struct pump *first;
} pumps = { SRWLOCK_INIT, CONDITION_VARIABLE_INIT, NULL };

static void pump_free(struct pump *p)
{
    windows_handle_close(&p->pipe);
    windows_handle_close(&p->leave);
    windows_handle_close(&p->in.at.hEvent);
    windows_handle_close(&p->out.at.hEvent);
    windows_socket_close(&p->inner);
    windows_socket_close(&p->app);
    if (p->inner_event)
        WSACloseEvent(p->inner_event);
    mem_wipe(p, sizeof(*p));
    mem_free(p);
}

/* The last user frees it. */
static void release(struct pump *p)
{
    struct pump **at = &pumps.first;

    AcquireSRWLockExclusive(&pumps.lock);
    bool last = --p->users == 0;
    while (last && *at && *at != p)
        at = &(*at)->next;
    if (last && *at)
        *at = p->next;
    ReleaseSRWLockExclusive(&pumps.lock);
    if (last)
        pump_free(p);
}

/* True when nothing is under way any more; what was read or written counts. */
static bool is_finished(struct pump *p, struct way *way, DWORD *count)
{
    *count = 0;
    if (!GetOverlappedResult(p->pipe, &way->at, count, FALSE)) {
        if (GetLastError() == ERROR_IO_INCOMPLETE)
            return false;
        way->ended = true;
    }
    ResetEvent(way->at.hEvent);
    way->pending = false;
    return true;
}

static void begin(struct way *way, BOOL done_at_once)
{
    way->pending = done_at_once || GetLastError() == ERROR_IO_PENDING;
    way->ended = !way->pending;
}

/* Pipe to socket; true when something moved. */
static bool carry_in(struct pump *p)
{
    struct way *in = &p->in;

    if (in->pending) {
        in->done = 0;
        return is_finished(p, in, &in->len);
    }
    if (in->done < in->len) {
        int put = send(p->inner, in->data + in->done, (int)(in->len - in->done), 0);
        if (put < 0 && WSAGetLastError() == WSAEWOULDBLOCK)
            return false;
        in->done += put < 0 ? in->len - in->done : (DWORD)put; /* nobody reads it */
        return true;
    }
    if (!in->ended) {
        begin(in, ReadFile(p->pipe, in->data, CHUNK, NULL, &in->at));
        return true;
    }
    if (p->told_end)
        return false;
    shutdown(p->inner, SD_SEND);
    p->told_end = true;
    return false;
}

/* Socket to pipe; what nobody takes any more is dropped.  False: nothing moves now.  *OVER: the
 * user of APP has left, and all it wrote is carried. */
static bool carry_out(struct pump *p, bool *over)
{
    struct way *out = &p->out;
    DWORD put = 0;

    if (out->pending && !is_finished(p, out, &put))
        return false;
    int got = recv(p->inner, out->data, CHUNK, 0);
    if (got < 0 && WSAGetLastError() == WSAEWOULDBLOCK)
        return false;
    if (got <= 0) {
        *over = true;
        return false;
    }
    if (!out->ended)
        begin(out, WriteFile(p->pipe, out->data, (DWORD)got, NULL, &out->at));
    return true;
}

static bool has_left(const struct pump *p)
{
    return WaitForSingleObject(p->leave, 0) == WAIT_OBJECT_0;
}

static void wait_for_more(const struct pump *p, bool left, DWORD timeout)
{
    HANDLE events[4] = { p->inner_event };
    DWORD count = 1;
    if (!left)
        events[count++] = p->leave;
    if (p->in.pending)
        events[count++] = p->in.at.hEvent;
    if (p->out.pending)
        events[count++] = p->out.at.hEvent;
    WaitForMultipleObjects(count, events, FALSE, timeout);
}

/* Who left waits for nobody: who does not read at the other end has a moment. */
static void carry(struct pump *p)
{
    WSANETWORKEVENTS ignored = { 0 };
    int64_t until = INT64_MAX;
    bool over = false;

    while (!over) {
        bool moved = true;
        while (moved && !over) {
            moved = carry_in(p);
            moved = carry_out(p, &over) || moved;
        }
        const bool left = has_left(p);
        const int64_t now = (int64_t)GetTickCount64();
        if (left && until == INT64_MAX)
            until = now + LAST_MS;
        if (over || now >= until)
            return;
        wait_for_more(p, left, left ? (DWORD)(until - now) : INFINITE);
        WSAEnumNetworkEvents(p->inner, p->inner_event, &ignored);
    }
}

static void end_way(struct pump *p, struct way *way)
{
    DWORD count = 0;
    if (!way->pending)
        return;
    CancelIoEx(p->pipe, &way->at);
    GetOverlappedResult(p->pipe, &way->at, &count, TRUE);
    way->pending = false;
}

static void pump_main(void *arg)
{
    struct pump *p = arg;

    carry(p);
    end_way(p, &p->in);
    end_way(p, &p->out);
    windows_handle_close(&p->pipe); /* what was written is read before the end is seen */
    shutdown(p->inner, SD_BOTH);
    AcquireSRWLockExclusive(&pumps.lock);
    p->owner = NULL;
    ReleaseSRWLockExclusive(&pumps.lock);
    WakeAllConditionVariable(&pumps.changed);
    release(p);
}

static int prepare(struct pump *p)
{
    SOCKET pair[2] = { INVALID_SOCKET, INVALID_SOCKET };
    int rc = windows_socket_pair(pair);

    if (rc < 0)
        return rc;
    p->app = pair[0];
    p->inner = pair[1];
    p->leave = CreateEventW(NULL, TRUE, FALSE, NULL);
    p->in.at.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
    p->out.at.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
    p->inner_event = WSACreateEvent();
    if (!p->leave || !p->in.at.hEvent || !p->out.at.hEvent || !p->inner_event)
        return -ENOMEM;
    if (WSAEventSelect(p->inner, p->inner_event, FD_READ | FD_WRITE | FD_CLOSE) != 0)
        return windows_error((DWORD)WSAGetLastError());
    return 0;
}

int windows_pump_start(HANDLE pipe, const void *owner)
{
    struct pump *p = mem_new(1, sizeof(*p));
    int rc = -ENOMEM;

    if (!p) {
        CloseHandle(pipe);
        return rc;
    }
    p->app = p->inner = INVALID_SOCKET;
    p->pipe = pipe;
    p->owner = owner;
    p->users = 2;
    rc = prepare(p);
    if (rc < 0) {
        pump_free(p);
        return rc;
    }
    const int fd = (int)p->app;
    AcquireSRWLockExclusive(&pumps.lock);
    p->next = pumps.first;
    pumps.first = p;
    ReleaseSRWLockExclusive(&pumps.lock);
    if (windows_thread_detached("pump", pump_main, p))
        return fd;
    release(p);
    release(p);
    return -ENOMEM;
}

bool windows_pump_leave(int fd)
{
    struct pump *p = NULL;

    AcquireSRWLockExclusive(&pumps.lock);
    for (p = pumps.first; p && (p->left || p->app != (SOCKET)fd);)
        p = p->next;
    if (p)
        p->left = true;
    ReleaseSRWLockExclusive(&pumps.lock);
    if (!p)
        return false;
    shutdown(p->app, SD_SEND);
    SetEvent(p->leave);
    release(p);
    return true;
}

static int count_of(const void *owner, bool left_only)
{
    int count = 0;
    for (const struct pump *p = pumps.first; p; p = p->next)
        count += p->owner == owner && (p->left || !left_only);
    return count;
}

int windows_pumps_of(const void *owner)
{
    AcquireSRWLockShared(&pumps.lock);
    int count = count_of(owner, false);
    ReleaseSRWLockShared(&pumps.lock);
    return count;
}

void windows_pumps_end(const void *owner, int64_t timeout_ms)
{
    const int64_t until = (int64_t)GetTickCount64() + timeout_ms;
    int64_t left = timeout_ms;

    AcquireSRWLockExclusive(&pumps.lock);
    while (left > 0 && count_of(owner, true) > 0) {
        SleepConditionVariableSRW(&pumps.changed, &pumps.lock, (DWORD)left, 0);
        left = until - (int64_t)GetTickCount64();
    }
    for (struct pump *p = pumps.first; p; p = p->next)
        p->owner = p->owner == owner ? NULL : p->owner;
    ReleaseSRWLockExclusive(&pumps.lock);
}
