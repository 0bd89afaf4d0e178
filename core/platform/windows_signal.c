/* What asks the program to stop, reload or look: the console, the service manager, and an event
 * with the process's name.  They come on threads of the system's and go to the loop through a
 * socket. */
#include "platform/windows_handles.h"

#include <errno.h>
#include <stdio.h>

#include <sddl.h>

#include "base/log.h"

enum { CLOSE_MS = 20 * 1000, NAME_SIZE = 64 };

static struct {
    SRWLOCK lock;
    SOCKET pair[2]; /* [0] is read; INVALID_SOCKET: nobody catches */
    HANDLE reload, waiting;
    HANDLE closed; /* signals are not caught any more: the end is near */
} caught = { SRWLOCK_INIT, { INVALID_SOCKET, INVALID_SOCKET }, NULL, NULL, NULL };

void windows_signal_post(enum os_signal signal)
{
    const char byte = (char)signal;
    AcquireSRWLockShared(&caught.lock);
    if (caught.pair[1] != INVALID_SOCKET)
        (void)send(caught.pair[1], &byte, 1, 0); /* a full one already holds a wake-up */
    ReleaseSRWLockShared(&caught.lock);
}

void windows_signal_stop(DWORD within_ms)
{
    AcquireSRWLockShared(&caught.lock);
    HANDLE closed = caught.pair[1] != INVALID_SOCKET ? caught.closed : NULL;
    ReleaseSRWLockShared(&caught.lock);
    windows_signal_post(OS_SIGNAL_STOP);
    if (closed && within_ms > 0)
        WaitForSingleObject(closed, within_ms);
}

/* Windows ends a process whose window was closed as soon as this returns. */
static BOOL WINAPI on_console(DWORD what)
{
    const bool at_once = what != CTRL_C_EVENT && what != CTRL_BREAK_EVENT;

    if (at_once && windows_is_service())
        return TRUE; /* somebody logs off: not our end */
    windows_signal_stop(at_once ? CLOSE_MS : 0);
    return TRUE;
}

/* -- reload ----------------------------------------------------------------------------------- */

static void name_of(int64_t pid, wchar_t name[NAME_SIZE])
{
    swprintf(name, NAME_SIZE, L"Global\\dcddns-reload-%lld", (long long)pid);
}

static VOID CALLBACK on_reload(PVOID ctx, BOOLEAN timed_out)
{
    (void)ctx;
    (void)timed_out;
    windows_signal_post(OS_SIGNAL_RELOAD);
}

/* For the system, administrators and our own user. */
static HANDLE new_event(void)
{
    BYTE own[SECURITY_MAX_SID_SIZE] = { 0 };
    wchar_t name[NAME_SIZE] = L"", text[256] = L"", *sid = NULL;
    SECURITY_ATTRIBUTES attributes = { .nLength = sizeof(attributes) };

    if (!windows_own_sid(own) || !ConvertSidToStringSidW(own, &sid))
        return NULL;
    swprintf(text, sizeof(text) / sizeof(text[0]),
             L"D:P(A;;0x1f0003;;;SY)(A;;0x1f0003;;;BA)(A;;0x1f0003;;;%ls)", sid);
    LocalFree(sid);
    if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(
            text, SDDL_REVISION_1, &attributes.lpSecurityDescriptor, NULL))
        return NULL;
    name_of(os_pid(), name);
    HANDLE event = CreateEventW(&attributes, FALSE, FALSE, name);
    const DWORD code = GetLastError();
    LocalFree(attributes.lpSecurityDescriptor);
    if (event && code == ERROR_ALREADY_EXISTS) { /* somebody else made it, for his own purpose */
        CloseHandle(event);
        return NULL;
    }
    return event;
}

static void open_reload(void)
{
    caught.reload = new_event();
    if (!caught.reload || !RegisterWaitForSingleObject(&caught.waiting, caught.reload, on_reload,
                                                       NULL, INFINITE, WT_EXECUTEDEFAULT))
        log_warn("other programs cannot ask for a reload: %s", os_strerror(windows_last_error()));
}

/* Users are numbers that root's own processes share: those are nobody else's to name. */
static int check_owner(int64_t pid, uint32_t owner)
{
    union {
        TOKEN_USER user;
        BYTE space[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
    } info = { 0 };
    HANDLE process = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, (DWORD)pid);
    HANDLE token = NULL;
    DWORD size = 0;
    int rc = -EPERM;

    if (!process)
        return GetLastError() == ERROR_INVALID_PARAMETER ? -ESRCH : windows_last_error();
    if (OpenProcessToken(process, TOKEN_QUERY, &token) &&
        GetTokenInformation(token, TokenUser, &info, sizeof(info), &size))
        rc = !os_is_root() || windows_uid(info.user.User.Sid) == owner || owner == 0 ? 0 : -EPERM;
    windows_handle_close(&token);
    CloseHandle(process);
    return rc;
}

int os_signal_reload(int64_t pid, uint32_t owner)
{
    wchar_t name[NAME_SIZE] = L"";
    int rc = pid > 0 && pid <= UINT32_MAX ? check_owner(pid, owner) : -ESRCH;

    if (rc < 0)
        return rc;
    name_of(pid, name);
    HANDLE event = OpenEventW(EVENT_MODIFY_STATE, FALSE, name);
    if (!event)
        return GetLastError() == ERROR_FILE_NOT_FOUND ? -ESRCH : windows_last_error();
    rc = SetEvent(event) ? 0 : windows_last_error();
    CloseHandle(event);
    return rc;
}

/* -- catching --------------------------------------------------------------------------------- */

int os_signals_open(void)
{
    SOCKET pair[2] = { INVALID_SOCKET, INVALID_SOCKET };
    int rc = windows_socket_pair(pair);

    if (rc < 0)
        return rc;
    AcquireSRWLockExclusive(&caught.lock);
    caught.pair[0] = pair[0];
    caught.pair[1] = pair[1];
    if (!caught.closed)
        caught.closed = CreateEventW(NULL, TRUE, FALSE, NULL);
    else
        ResetEvent(caught.closed);
    ReleaseSRWLockExclusive(&caught.lock);
    open_reload();
    SetConsoleCtrlHandler(NULL, FALSE); /* a parent may have had it ignored */
    SetConsoleCtrlHandler(on_console, TRUE);
    return (int)caught.pair[0];
}

enum os_signal os_signals_next(void)
{
    char byte = 0;
    if (caught.pair[0] == INVALID_SOCKET || recv(caught.pair[0], &byte, 1, 0) != 1)
        return OS_SIGNAL_NONE;
    return (enum os_signal)byte;
}

void os_signals_close(void)
{
    if (caught.waiting)
        UnregisterWaitEx(caught.waiting, INVALID_HANDLE_VALUE); /* and waits for who is in it */
    caught.waiting = NULL;
    windows_handle_close(&caught.reload);
    SetConsoleCtrlHandler(on_console, FALSE);
    AcquireSRWLockExclusive(&caught.lock);
    windows_socket_close(&caught.pair[0]);
    windows_socket_close(&caught.pair[1]);
    if (caught.closed)
        SetEvent(caught.closed); /* it stays: a handler may look at it */
    ReleaseSRWLockExclusive(&caught.lock);
}
