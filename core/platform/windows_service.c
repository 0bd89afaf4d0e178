/* The process as a service of Windows: what the service manager asks, and what it is told. */
#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "platform/service.h"
#include "platform/windows_handles.h"

enum {
    START_HINT_MS = 30 * 1000,
    STOP_HINT_MS = 20 * 1000,
    ACCEPTED = SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_PRESHUTDOWN | SERVICE_ACCEPT_PARAMCHANGE |
               SERVICE_ACCEPT_POWEREVENT | SERVICE_ACCEPT_TIMECHANGE
};

static struct {
    SRWLOCK lock;
    SERVICE_STATUS_HANDLE handle;
    SERVICE_STATUS status;
    bool is_service;
    int (*run)(void *);
    void *ctx;
    int result;
} own = { .lock = SRWLOCK_INIT };

bool windows_is_service(void)
{
    AcquireSRWLockShared(&own.lock);
    const bool is = own.is_service;
    ReleaseSRWLockShared(&own.lock);
    return is;
}

/* A check point is a sign of life for who waits.  Stopping is not taken back. */
static void report(DWORD state, int result)
{
    AcquireSRWLockExclusive(&own.lock);
    SERVICE_STATUS *status = &own.status;
    if (state != SERVICE_STOPPED && status->dwCurrentState == SERVICE_STOP_PENDING)
        state = SERVICE_STOP_PENDING;
    const bool pending = state == SERVICE_START_PENDING || state == SERVICE_STOP_PENDING;
    status->dwServiceType = SERVICE_WIN32_OWN_PROCESS;
    status->dwCheckPoint = !pending                          ? 0
                           : status->dwCurrentState == state ? status->dwCheckPoint + 1
                                                             : 1;
    status->dwCurrentState = state;
    /* Nobody catches what would come before it runs. */
    status->dwControlsAccepted = state == SERVICE_RUNNING ? ACCEPTED : 0;
    status->dwWaitHint = state == SERVICE_START_PENDING  ? START_HINT_MS
                         : state == SERVICE_STOP_PENDING ? STOP_HINT_MS
                                                         : 0;
    status->dwWin32ExitCode = result != 0 ? ERROR_SERVICE_SPECIFIC_ERROR : NO_ERROR;
    status->dwServiceSpecificExitCode = (DWORD)result;
    if (own.handle)
        SetServiceStatus(own.handle, status);
    ReleaseSRWLockExclusive(&own.lock);
}

DWORD windows_service_control(DWORD control, DWORD what)
{
    switch (control) {
    case SERVICE_CONTROL_STOP:
    case SERVICE_CONTROL_PRESHUTDOWN:
        report(SERVICE_STOP_PENDING, 0);
        windows_signal_post(OS_SIGNAL_STOP);
        return NO_ERROR;
    case SERVICE_CONTROL_PARAMCHANGE:
        windows_signal_post(OS_SIGNAL_RELOAD);
        return NO_ERROR;
    case SERVICE_CONTROL_TIMECHANGE:
        windows_clock_post();
        return NO_ERROR;
    case SERVICE_CONTROL_POWEREVENT:
        if (what == PBT_APMRESUMEAUTOMATIC) { /* the address may be another one here */
            windows_clock_post();
            windows_signal_post(OS_SIGNAL_CHECK);
        }
        return NO_ERROR;
    case SERVICE_CONTROL_INTERROGATE:
        return NO_ERROR;
    default:
        return ERROR_CALL_NOT_IMPLEMENTED;
    }
}

static DWORD WINAPI on_control(DWORD control, DWORD what, void *data, void *ctx)
{
    (void)data;
    (void)ctx;
    return windows_service_control(control, what);
}

static void WINAPI service_main(DWORD argc, wchar_t **argv)
{
    wchar_t name[] = L"dcddns";
    (void)argc;
    (void)argv;

    AcquireSRWLockExclusive(&own.lock);
    own.handle = RegisterServiceCtrlHandlerExW(name, on_control, NULL);
    own.is_service = own.handle != NULL;
    ReleaseSRWLockExclusive(&own.lock);
    if (!own.handle)
        return;
    report(SERVICE_START_PENDING, 0);
    own.result = own.run(own.ctx);
    report(SERVICE_STOPPED, own.result);
}

int os_service_run(int (*run)(void *ctx), void *ctx)
{
    wchar_t name[] = L"dcddns";
    const SERVICE_TABLE_ENTRYW table[] = { { name, service_main }, { NULL, NULL } };

    own.run = run;
    own.ctx = ctx;
    own.result = -EIO;
    if (!StartServiceCtrlDispatcherW(table))
        return windows_last_error();
    return own.result;
}

void os_service_notify(const char *state)
{
    if (!windows_is_service())
        return;
    if (strcmp(state, "READY=1") == 0)
        report(SERVICE_RUNNING, 0);
    if (strcmp(state, "STOPPING=1") == 0)
        report(SERVICE_STOP_PENDING, 0);
}

/* The service manager of Windows asks for none. */
int64_t os_service_watchdog_ms(void)
{
    return 0;
}

/* -- its log ---------------------------------------------------------------------------------- */

/* A service has no standard error, not even a closed one: then what is opened becomes it.  That is
 * how the C library of the system is asked; it has no call for it. */
static int redirect(const wchar_t *path)
{
    HANDLE handle =
        CreateFileW(path, GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                    NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    if (handle == INVALID_HANDLE_VALUE)
        return windows_last_error();
    int fd = _open_osfhandle((intptr_t)handle, _O_TEXT);
    if (fd < 0) {
        CloseHandle(handle);
        return -EMFILE;
    }
    int rc = 0;
    if (_fileno(stderr) >= 0) {
        rc = _dup2(fd, _fileno(stderr)) != 0 ? -EIO : 0;
        _close(fd);
    } else {
        FILE *made = _fdopen(fd, "w");
        if (!made)
            return -EMFILE;
        *stderr = *made;
    }
    setvbuf(stderr, NULL, _IONBF, 0);
    return rc;
}

int os_service_log(const char *state_dir)
{
    struct error ignored = { 0 };
    struct os_dir *dir = os_dir_open(state_dir, OS_DIR_MAKE | OS_DIR_PRIVATE, &ignored);
    char *real = os_real_path(state_dir);
    wchar_t *folder = real ? windows_wide(real) : NULL;
    wchar_t *now = folder ? windows_join(folder, L"\\service.log") : NULL;
    wchar_t *before = folder ? windows_join(folder, L"\\service.log.1") : NULL;
    int rc = dir ? -ENOMEM : -EACCES;

    os_dir_close(&dir);
    if (rc == -ENOMEM && now && before) {
        fflush(stderr);
        (void)MoveFileExW(now, before, MOVEFILE_REPLACE_EXISTING);
        rc = redirect(now);
    }
    mem_free(before);
    mem_free(now);
    mem_free(folder);
    mem_free(real);
    return rc;
}
