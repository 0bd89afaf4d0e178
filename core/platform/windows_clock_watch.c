/* When the clock is set and when the machine wakes up: the service manager tells a service, all
 * others are told as windows are.  Must not know what is done about it. */
#include "platform/windows_handles.h"

#include <errno.h>

enum { START_MS = 10 * 1000 };

static const wchar_t class_name[] = L"dcddns clock watch";

static struct {
    SRWLOCK lock;
    SOCKET pair[2]; /* [0] is read */
    struct os_thread *thread;
    HANDLE ready; /* WINDOW is there, or never will be */
    HWND window;
} watch = { SRWLOCK_INIT, { INVALID_SOCKET, INVALID_SOCKET }, NULL, NULL, NULL };

void windows_clock_post(void)
{
    AcquireSRWLockShared(&watch.lock);
    if (watch.pair[1] != INVALID_SOCKET)
        (void)send(watch.pair[1], "", 1, 0);
    ReleaseSRWLockShared(&watch.lock);
}

static LRESULT CALLBACK on_message(HWND window, UINT message, WPARAM what, LPARAM more)
{
    if (message == WM_TIMECHANGE ||
        (message == WM_POWERBROADCAST && what == PBT_APMRESUMEAUTOMATIC))
        windows_clock_post();
    if (message == WM_CLOSE)
        DestroyWindow(window);
    if (message == WM_DESTROY)
        PostQuitMessage(0);
    return message == WM_CLOSE || message == WM_DESTROY
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
}

static int watch_window(void)
{
    watch.ready = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!watch.ready)
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

void os_clock_watch_close(int fd)
{
    if (fd < 0 || (SOCKET)fd != watch.pair[0])
        return;
    if (watch.window)
        PostMessageW(watch.window, WM_CLOSE, 0, 0);
    if (watch.thread && os_thread_join_within(&watch.thread, START_MS))
        windows_handle_close(&watch.ready);
    watch.thread = NULL;
    watch.window = NULL;
    AcquireSRWLockExclusive(&watch.lock);
    windows_socket_close(&watch.pair[0]);
    windows_socket_close(&watch.pair[1]);
    ReleaseSRWLockExclusive(&watch.lock);
}
