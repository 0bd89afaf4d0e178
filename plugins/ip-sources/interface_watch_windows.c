/* Changes of addresses on Windows: a thread of its own that is told by sockets (one for each
 * family) and by the table of addresses; see interface.h.  What changed is not read here: who is
 * told lists anew, so nothing can be lost. */
#include <winsock2.h>
#include <ws2tcpip.h>

#include <iphlpapi.h>
#include <netioapi.h>
#include <process.h>
#include <stdio.h>
#include <stdlib.h>

#include "interface.h"

/* Changes come in bursts; all of one is looked at once.  Also bounds how often, whatever comes.  A
 * question that the system refuses is asked again after RETRY_MS, with a look. */
enum { SETTLE_MS = 250, RETRY_MS = 30000, STACK_SIZE = 256 * 1024, SOCKETS = 2, EVENTS = 4 };

struct listener {
    SOCKET socket;
    WSAOVERLAPPED overlapped;
    bool armed; /* its event comes with the next change */
};

struct interface_watch {
    HANDLE events[EVENTS]; /* stop, table, and those of the listeners */
    HANDLE ready, thread, table;
    struct listener listeners[SOCKETS];
    void (*changed)(void *ctx);
    void *ctx;
    bool sockets_on; /* their library is open */
};

static bool is_set(HANDLE event)
{
    return WaitForSingleObject(event, 0) == WAIT_OBJECT_0;
}

static bool arm(struct listener *l)
{
    DWORD none = 0;

    ResetEvent(l->overlapped.hEvent);
    l->armed =
        l->socket != INVALID_SOCKET && (WSAIoctl(l->socket, SIO_ADDRESS_LIST_CHANGE, NULL, 0, NULL,
                                                 0, &none, &l->overlapped, NULL) == 0 ||
                                        WSAGetLastError() == WSA_IO_PENDING);
    return l->armed;
}

/* Before anybody looks, so that what changes meanwhile is heard. */
static DWORD arm_all(struct interface_watch *w)
{
    DWORD wait_ms = INFINITE;

    ResetEvent(w->events[1]);
    for (size_t i = 0; i < SOCKETS; i++) {
        struct listener *l = &w->listeners[i];
        if (l->armed && !is_set(l->overlapped.hEvent))
            continue;
        if (!arm(l) && l->socket != INVALID_SOCKET)
            wait_ms = RETRY_MS;
    }
    return wait_ms;
}

/* The system keeps the address of OVERLAPPED until it has answered. */
static void disarm(struct listener *l)
{
    DWORD none = 0, flags = 0;

    if (l->armed && !is_set(l->overlapped.hEvent)) {
        CancelIoEx((HANDLE)l->socket, &l->overlapped);
        WSAGetOverlappedResult(l->socket, &l->overlapped, &none, TRUE, &flags);
    }
    l->armed = false;
}

/* Its questions are asked here: they end with the thread that asked them. */
static unsigned __stdcall run(void *arg)
{
    struct interface_watch *w = arg;
    DWORD wait_ms = arm_all(w);

    SetEvent(w->ready);
    while (WaitForMultipleObjects(EVENTS, w->events, FALSE, wait_ms) != WAIT_OBJECT_0 &&
           WaitForSingleObject(w->events[0], SETTLE_MS) == WAIT_TIMEOUT) {
        wait_ms = arm_all(w);
        w->changed(w->ctx);
    }
    for (size_t i = 0; i < SOCKETS; i++)
        disarm(&w->listeners[i]);
    return 0;
}

static VOID NETIOAPI_API_ on_table(PVOID ctx, PMIB_UNICASTIPADDRESS_ROW row,
                                   MIB_NOTIFICATION_TYPE type)
{
    struct interface_watch *w = ctx;
    (void)row;
    if (type != MibInitialNotification)
        SetEvent(w->events[1]);
}

static bool open_events(struct interface_watch *w)
{
    for (size_t i = 0; i < EVENTS; i++) {
        w->events[i] = CreateEventW(NULL, TRUE, FALSE, NULL);
        if (!w->events[i])
            return false;
    }
    w->ready = CreateEventW(NULL, TRUE, FALSE, NULL);
    return w->ready != NULL;
}

/* A machine may have one family only, but not none. */
static bool open_sockets(struct interface_watch *w)
{
    static const int families[SOCKETS] = { AF_INET, AF_INET6 };
    WSADATA data = { 0 };
    bool any = false;

    SetLastError((DWORD)WSAStartup(MAKEWORD(2, 2), &data));
    if (GetLastError() != 0)
        return false;
    w->sockets_on = true;
    for (size_t i = 0; i < SOCKETS; i++) {
        struct listener *l = &w->listeners[i];
        l->overlapped.hEvent = w->events[2 + i];
        l->socket = WSASocketW(families[i], SOCK_DGRAM, IPPROTO_UDP, NULL, 0,
                               WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
        any = any || l->socket != INVALID_SOCKET;
    }
    return any;
}

/* In the end the thread is there and hears. */
static bool start_thread(struct interface_watch *w)
{
    uintptr_t thread =
        _beginthreadex(NULL, STACK_SIZE, run, w, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
    if (thread == 0)
        return false;
    w->thread = (HANDLE)thread;
    WaitForSingleObject(w->ready, INFINITE);
    /* More than the sockets tell: also what becomes of lifetimes and duplicates. */
    if (NotifyUnicastIpAddressChange(AF_UNSPEC, on_table, w, FALSE, &w->table) != NO_ERROR)
        w->table = NULL;
    return true;
}

static void release(struct interface_watch *w)
{
    for (size_t i = 0; i < SOCKETS; i++) {
        if (w->listeners[i].socket != INVALID_SOCKET)
            closesocket(w->listeners[i].socket);
    }
    for (size_t i = 0; i < EVENTS; i++) {
        if (w->events[i])
            CloseHandle(w->events[i]);
    }
    if (w->ready)
        CloseHandle(w->ready);
    if (w->sockets_on)
        WSACleanup();
    free(w);
}

struct interface_watch *interface_watch_start(void (*changed)(void *ctx), void *ctx,
                                              char reason[INTERFACE_REASON_SIZE])
{
    struct interface_watch *w = calloc(1, sizeof(*w));
    DWORD error = ERROR_NOT_ENOUGH_MEMORY;

    if (w) {
        w->changed = changed;
        w->ctx = ctx;
        w->listeners[0].socket = w->listeners[1].socket = INVALID_SOCKET;
        if (open_events(w) && open_sockets(w) && start_thread(w))
            return w;
        error = GetLastError();
        release(w);
    }
    snprintf(reason, INTERFACE_REASON_SIZE,
             "changes of addresses cannot be watched: Windows error %lu", error);
    return NULL;
}

void interface_watch_stop(struct interface_watch **watch)
{
    struct interface_watch *w = *watch;

    *watch = NULL;
    if (!w)
        return;
    if (w->table)
        CancelMibChangeNotify2(w->table); /* returns once no call of it is on its way */
    SetEvent(w->events[0]);
    WaitForSingleObject(w->thread, INFINITE);
    CloseHandle(w->thread);
    release(w);
}
