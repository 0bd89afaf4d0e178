/* The process as a service of Windows: what the service manager asks, and what it is told. */
#include <errno.h>
#include <string.h>

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
