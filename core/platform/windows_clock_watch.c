/* When the clock is set, when the machine wakes up, and when the user logs off: the service manager
 * tells a service, all others are told as windows are.  Must not know what is done about it. */
#include "platform/windows_handles.h"

#include <errno.h>

/* Windows gives who logs off 5 s. */
enum { START_MS = 10 * 1000, SESSION_MS = 4 * 1000 };

static const wchar_t class_name[] = L"dcddns clock watch";

static struct {
    SRWLOCK lock;
    SOCKET pair[2]; /* [0] is read */
    struct os_thread *thread;
    HANDLE ready; /* WINDOW is there, or never will be */
    HANDLE left;  /* the thread needs nothing of ours any more, or waits for our end */
    HWND window;
    LONG ending; /* the session is; not taken back */
} watch = { .lock = SRWLOCK_INIT, .pair = { INVALID_SOCKET, INVALID_SOCKET } };

void windows_clock_post(void)
{
    AcquireSRWLockShared(&watch.lock);
    if (watch.pair[1] != INVALID_SOCKET)
        (void)send(watch.pair[1], "", 1, 0);
    ReleaseSRWLockShared(&watch.lock);
}

static bool session_ends(void)
{
    return InterlockedOr(&watch.ending, 0) != 0;
}

/* A program with windows is not told at its console that the user logs off, and is ended as soon as
 * this returns.  Who closes the watch meanwhile does not wait for this thread: it is waited for. */
static void end_with_session(void)
{
    InterlockedExchange(&watch.ending, 1);
    SetEvent(watch.left);
    windows_signal_stop(SESSION_MS);
}

static LRESULT CALLBACK on_message(HWND window, UINT message, WPARAM what, LPARAM more)
{
    if (message == WM_TIMECHANGE ||
        (message == WM_POWERBROADCAST && what == PBT_APMRESUMEAUTOMATIC))
        windows_clock_post();
    if (message == WM_ENDSESSION && what)
        end_with_session();
    if (message == WM_CLOSE)
        DestroyWindow(window);
    if (message == WM_DESTROY)
        PostQuitMessage(0);
    return message == WM_CLOSE || message == WM_DESTROY || message == WM_ENDSESSION
               ? 0
               : DefWindowProcW(window, message, what, more);
}

/* A window of the desktop that is never shown: windows for messages only are not told. */
static void watch_main(void *arg)
{
    const WNDCLASSW class = { .lpfnWndProc = on_message,
                              .hInstance = GetModuleHandleW(NULL),
                              .lpszClassName = class_name };
    MSG message = { 0 };
    (void)arg;

    RegisterClassW(&class);
    watch.window = CreateWindowExW(WS_EX_TOOLWINDOW, class_name, class_name, WS_POPUP, 0, 0, 0, 0,
                                   NULL, NULL, class.hInstance, NULL);
    const bool made = watch.window != NULL;
    SetEvent(watch.ready);
    while (made && GetMessageW(&message, NULL, 0, 0) > 0)
        DispatchMessageW(&message);
    UnregisterClassW(class_name, class.hInstance);
    SetEvent(watch.left);
}

static int watch_window(void)
{
    if (session_ends()) /* the thread of before may still be there */
        return -ENOSYS;
    watch.ready = CreateEventW(NULL, TRUE, FALSE, NULL);
    watch.left = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!watch.ready || !watch.left)
        return -ENOMEM;
    watch.thread = os_thread_start("clock watch", watch_main, NULL);
    if (!watch.thread)
        return -ENOMEM;
    /* A session without a desktop may be slow to say so. */
    if (WaitForSingleObject(watch.ready, START_MS) != WAIT_OBJECT_0 || !watch.window)
        return -ENOSYS;
    return 0;
}

int os_clock_watch_open(void)
{
    SOCKET pair[2] = { INVALID_SOCKET, INVALID_SOCKET };
    int rc = watch.pair[0] == INVALID_SOCKET ? windows_socket_pair(pair) : -EBUSY;

    if (rc < 0)
        return rc;
    AcquireSRWLockExclusive(&watch.lock);
    watch.pair[0] = pair[0];
    watch.pair[1] = pair[1];
    ReleaseSRWLockExclusive(&watch.lock);
    if (!windows_is_service())
        rc = watch_window();
    if (rc == 0)
        return (int)watch.pair[0];
    os_clock_watch_close((int)watch.pair[0]);
    return rc;
}

void os_clock_watch_drain(int fd)
{
    char bytes[64];
    int got = 1;
    while (got > 0)
        got = recv((SOCKET)fd, bytes, sizeof(bytes), 0);
}

/* A thread that does not end, or not before we do, keeps what it looks at. */
static void leave_window(void)
{
    bool ended = !watch.thread;

    if (watch.window)
        PostMessageW(watch.window, WM_CLOSE, 0, 0);
    if (watch.thread && WaitForSingleObject(watch.left, START_MS) == WAIT_OBJECT_0 &&
        !session_ends())
        ended = os_thread_join_within(&watch.thread, START_MS);
    if (ended) {
        windows_handle_close(&watch.ready);
        windows_handle_close(&watch.left);
    }
    watch.thread = NULL;
    watch.window = NULL;
}

void os_clock_watch_close(int fd)
{
    if (fd < 0 || (SOCKET)fd != watch.pair[0])
        return;
    leave_window();
    AcquireSRWLockExclusive(&watch.lock);
    windows_socket_close(&watch.pair[0]);
    windows_socket_close(&watch.pair[1]);
    ReleaseSRWLockExclusive(&watch.lock);
}
