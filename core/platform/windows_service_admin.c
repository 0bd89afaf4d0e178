/* Installing, removing, starting and stopping the service at the service manager of Windows. */
#include "platform/windows_handles.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "platform/service.h"

static const wchar_t service_name[] = L"dcddns";
static const wchar_t shown_name[] = L"dcddns dynamic DNS updater";
enum { LOOK_MS = 100, PRESHUTDOWN_MS = 20 * 1000, WORDS_MAX = 16 };

static int say(struct error *err, const char *what, DWORD code)
{
    if (code == ERROR_ACCESS_DENIED)
        return error_set(err, ERR_PERM,
                         "the service cannot be %s: it takes an administrator; open a command "
                         "prompt with \"Run as administrator\"",
                         what);
    if (code == ERROR_SERVICE_DOES_NOT_EXIST)
        return error_set(err, ERR_PERM,
                         "the service is not installed; run: dcddns service install");
    if (code == ERROR_SERVICE_MARKED_FOR_DELETE)
        return error_set(err, ERR_TEMP,
                         "the service is being removed; close what shows the list of services, and "
                         "try again");
    if (code == ERROR_SERVICE_EXISTS)
        return error_set(err, ERR_PERM,
                         "the service is installed already; to install it anew, first run: dcddns "
                         "service uninstall");
    if (code == ERROR_SERVICE_DISABLED)
        return error_set(err, ERR_PERM,
                         "the service is disabled; enable it in the list of services, or install "
                         "it anew");
    return error_set(err, ERR_LOCAL, "the service cannot be %s: error %lu (%s)", what, code,
                     os_strerror(windows_error(code)));
}

/* NULL with ERR. */
static SC_HANDLE open_service(DWORD rights, const char *what, struct error *err)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT), service = NULL;
    DWORD code = manager ? NO_ERROR : GetLastError();

    if (manager)
        service = OpenServiceW(manager, service_name, rights);
    if (manager && !service)
        code = GetLastError();
    if (manager)
        CloseServiceHandle(manager);
    if (!service)
        say(err, what, code);
    return service;
}

/* -- installing ------------------------------------------------------------------------------- */

/* What makes the service better, and may be refused. */
static void try_setting(SC_HANDLE service, DWORD level, const char *words, void *value)
{
    if (ChangeServiceConfig2W(service, level, value))
        log_info("service: %s: set", words);
    else
        log_info("service: %s: refused by the system (error %lu)", words, GetLastError());
}

static void refine(SC_HANDLE service)
{
    wchar_t words[] = L"Keeps the addresses of your names up to date at any DNS provider that "
                      L"speaks Domain Connect.";
    wchar_t privileges[] = L"SeChangeNotifyPrivilege\0";
    SC_ACTION actions[] = { { SC_ACTION_RESTART, 10 * 1000 },
                            { SC_ACTION_RESTART, 60 * 1000 },
                            { SC_ACTION_RESTART, 300 * 1000 } };
    SERVICE_DESCRIPTIONW description = { words };
    SERVICE_DELAYED_AUTO_START_INFO delayed = { TRUE };
    SERVICE_FAILURE_ACTIONSW failures = { .dwResetPeriod = 24 * 60 * 60,
                                          .cActions = 3,
                                          .lpsaActions = actions };
    SERVICE_PRESHUTDOWN_INFO shutdown = { PRESHUTDOWN_MS };
    SERVICE_SID_INFO sid = { SERVICE_SID_TYPE_UNRESTRICTED };
    SERVICE_REQUIRED_PRIVILEGES_INFOW needed = { privileges };

    try_setting(service, SERVICE_CONFIG_DESCRIPTION, "description", &description);
    try_setting(service, SERVICE_CONFIG_DELAYED_AUTO_START_INFO, "delayed start", &delayed);
    try_setting(service, SERVICE_CONFIG_FAILURE_ACTIONS, "restart after a crash", &failures);
    try_setting(service, SERVICE_CONFIG_PRESHUTDOWN_INFO, "time to end at shutdown", &shutdown);
    try_setting(service, SERVICE_CONFIG_SERVICE_SID_INFO, "identity of its own", &sid);
    try_setting(service, SERVICE_CONFIG_REQUIRED_PRIVILEGES_INFO, "no privileges", &needed);
}

/* mem_ memory, or NULL. */
static wchar_t *program_path(void)
{
    enum { PATH_SIZE = 32768 };
    wchar_t *path = mem_new(PATH_SIZE, sizeof(*path));
    const DWORD len = path ? GetModuleFileNameW(NULL, path, PATH_SIZE) : 0;

    if (len > 0 && len < PATH_SIZE)
        return path;
    mem_free(path);
    return NULL;
}

/* Such a one has its grants, too. */
static const char program_rule[] =
    "whoever can replace the program of a service is the service; put dcddns below Program Files, "
    "or install it with its setup program";

/* The program as it is now, with WORDS; NULL with ERR. */
static wchar_t *command_of(const char *const *words, struct windows_way *way, struct error *err)
{
    const char *argv[WORDS_MAX + 2] = { NULL };
    wchar_t *path = program_path(), *wide = NULL;
    char *program = path ? windows_utf8(path) : NULL, *line = NULL;

    argv[0] = program;
    for (size_t i = 0; words[i] && i < WORDS_MAX; i++)
        argv[i + 1] = words[i];
    if (!program || windows_way_to(way, program, err) == 0) {
        line = program ? windows_command_line(argv) : NULL;
        wide = line ? windows_wide(line) : NULL;
        if (!wide)
            error_set(err, ERR_LOCAL, "the service cannot be installed: out of memory");
    }
    mem_free(line);
    mem_free(program);
    mem_free(path);
    return wide;
}

static SC_HANDLE create_as(SC_HANDLE manager, const wchar_t *command, const wchar_t *account)
{
    return CreateServiceW(manager, service_name, shown_name, SERVICE_ALL_ACCESS,
                          SERVICE_WIN32_OWN_PROCESS, SERVICE_AUTO_START, SERVICE_ERROR_NORMAL,
                          command, NULL, NULL, L"Tcpip\0", account, NULL);
}

/* The account of its own is the service's name; where that is refused, one of all such services.
 * *IS_OWN says which. */
static SC_HANDLE create(SC_HANDLE manager, const wchar_t *command, bool *is_own)
{
    SC_HANDLE service = create_as(manager, command, L"NT SERVICE\\dcddns");
    const DWORD code = service ? NO_ERROR : GetLastError();

    *is_own = service != NULL;
    if (code != ERROR_INVALID_SERVICE_ACCOUNT && code != ERROR_INVALID_NAME &&
        code != ERROR_INVALID_PARAMETER)
        return service;
    log_warn("the account NT SERVICE\\dcddns is refused by the system (error %lu); the service "
             "runs as LocalService, whose files other services can read",
             code);
    return create_as(manager, command, L"NT AUTHORITY\\LocalService");
}

/* A service whose folders are not its own alone is none: its grants could be read. */
static int make_place(enum windows_place_kind kind, const char *path, PSID account,
                      struct error *err)
{
    const int rc = windows_service_place(kind, path, account, err);

    if (rc == -EPERM || rc == -EACCES) {
        error_prefix(err, "the service is not installed");
        return -1;
    }
    if (rc < 0)
        log_warn("%s cannot be made for the service: %s; it will try itself", path,
                 os_strerror(rc));
    return 0;
}

static int make_places(const char *state_dir, const char *config_dir, bool is_own,
                       struct error *err)
{
    BYTE local[SECURITY_MAX_SID_SIZE] = { 0 };
    DWORD size = sizeof(local);

    CreateWellKnownSid(WinLocalServiceSid, NULL, local, &size);
    PSID account = is_own ? windows_service_sid() : local;
    if (make_place(WINDOWS_PLACE_STATE, state_dir, account, err) < 0)
        return -1;
    return config_dir ? make_place(WINDOWS_PLACE_CONFIG, config_dir, account, err) : 0;
}

static bool is_installed(SC_HANDLE manager)
{
    SC_HANDLE service = OpenServiceW(manager, service_name, SERVICE_QUERY_STATUS);

    if (service)
        CloseServiceHandle(service);
    return service != NULL;
}

/* Without the module `eventlog` there is nothing to register. */
static void add_event_source(void)
{
    const int rc = windows_event_source_add();

    if (rc == -ENOENT)
        log_info("service: no dcddns-events.dll beside the program: no source of the Event Log");
    else if (rc < 0)
        log_warn("the source dcddns of the Event Log cannot be registered: %s; its entries are "
                 "shown without their texts",
                 os_strerror(rc));
}

static void remove_event_source(void)
{
    const int rc = windows_event_source_remove();

    if (rc < 0)
        log_warn("the source dcddns of the Event Log cannot be removed: %s", os_strerror(rc));
}

int os_service_install(const char *const *words, const char *state_dir, const char *config_dir,
                       struct error *err)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT | SC_MANAGER_CREATE_SERVICE);
    struct windows_way way = { .rule = program_rule };
    wchar_t *command = NULL;
    SC_HANDLE service = NULL;
    bool is_own = false;
    int rc = -1;

    if (!manager)
        return say(err, "installed", GetLastError());
    if (is_installed(manager)) {
        say(err, "installed", ERROR_SERVICE_EXISTS);
        goto done;
    }
    command = command_of(words, &way, err);
    if (!command || make_places(state_dir, config_dir, true, err) < 0)
        goto done;
    service = create(manager, command, &is_own);
    if (!service) {
        say(err, "installed", GetLastError());
        goto done;
    }
    if (!is_own && make_places(state_dir, config_dir, false, err) < 0) {
        DeleteService(service);
        goto done;
    }
    rc = 0;
    refine(service);
    add_event_source();
done:
    if (service)
        CloseServiceHandle(service);
    windows_way_leave(&way);
    mem_free(command);
    CloseServiceHandle(manager);
    return rc;
}

/* -- running ---------------------------------------------------------------------------------- */

static int look(SC_HANDLE service, struct os_service *out, struct error *err)
{
    SERVICE_STATUS_PROCESS status = { 0 };
    DWORD size = 0;

    *out = (struct os_service){ .state = OS_SERVICE_STOPPED };
    if (!QueryServiceStatusEx(service, SC_STATUS_PROCESS_INFO, (BYTE *)&status, sizeof(status),
                              &size))
        return say(err, "looked at", GetLastError());
    if (status.dwCurrentState == SERVICE_START_PENDING)
        out->state = OS_SERVICE_STARTING;
    else if (status.dwCurrentState == SERVICE_STOP_PENDING)
        out->state = OS_SERVICE_STOPPING;
    else if (status.dwCurrentState != SERVICE_STOPPED)
        out->state = OS_SERVICE_RUNNING;
    out->pid = status.dwProcessId;
    out->never_started = status.dwWin32ExitCode == ERROR_SERVICE_NEVER_STARTED;
    if (status.dwWin32ExitCode == ERROR_SERVICE_SPECIFIC_ERROR)
        out->exit_status = (int)status.dwServiceSpecificExitCode;
    else if (!out->never_started) /* no end at all */
        out->exit_status = (int)status.dwWin32ExitCode;
    return 0;
}

int os_service_query(struct os_service *out, struct error *err)
{
    struct error why = { 0 };
    SC_HANDLE service = open_service(SERVICE_QUERY_STATUS, "looked at", &why);

    *out = (struct os_service){ .state = OS_SERVICE_ABSENT };
    if (!service && GetLastError() == ERROR_SERVICE_DOES_NOT_EXIST)
        return 0;
    if (!service)
        return error_set(err, why.class, "%s", why.text);
    int rc = look(service, out, err);
    CloseServiceHandle(service);
    return rc;
}

/* Until it has the state; *IS what it has at last. */
static int wait_for(SC_HANDLE service, enum os_service_state wanted, int64_t within_ms,
                    struct os_service *is, struct error *err)
{
    const int64_t until = os.boot_ms() + within_ms;
    int rc = look(service, is, err);

    while (rc == 0 && is->state != wanted && os.boot_ms() < until) {
        if (wanted == OS_SERVICE_RUNNING && is->state == OS_SERVICE_STOPPED)
            break; /* it has ended */
        Sleep(LOOK_MS);
        rc = look(service, is, err);
    }
    return rc;
}

static int await_start(SC_HANDLE service, int64_t within_ms, struct error *err)
{
    struct os_service is = { 0 };

    if (wait_for(service, OS_SERVICE_RUNNING, within_ms, &is, err) < 0)
        return -1;
    if (is.state == OS_SERVICE_RUNNING)
        return 0;
    if (is.state == OS_SERVICE_STOPPED)
        return error_set(err, ERR_TEMP, "the service ended at once, with status %d",
                         is.exit_status);
    return error_set(err, ERR_TEMP,
                     "the service does not run after %lld s; see: dcddns service "
                     "status",
                     (long long)(within_ms / 1000));
}

int os_service_start(int64_t within_ms, struct error *err)
{
    SC_HANDLE service = open_service(SERVICE_START | SERVICE_QUERY_STATUS, "started", err);
    int rc = -1;

    if (!service)
        return -1;
    if (StartServiceW(service, 0, NULL))
        rc = await_start(service, within_ms, err);
    else if (GetLastError() == ERROR_SERVICE_ALREADY_RUNNING)
        rc = await_start(service, within_ms, err) < 0 ? -1 : 1;
    else
        say(err, "started", GetLastError());
    CloseServiceHandle(service);
    return rc;
}

static int stop(SC_HANDLE service, int64_t within_ms, struct error *err)
{
    SERVICE_STATUS ignored = { 0 };
    struct os_service is = { 0 };

    /* While it starts it takes no orders. */
    if (wait_for(service, OS_SERVICE_RUNNING, within_ms, &is, err) < 0)
        return -1;
    if (is.state == OS_SERVICE_STOPPED)
        return 1;
    if (!ControlService(service, SERVICE_CONTROL_STOP, &ignored) &&
        GetLastError() != ERROR_SERVICE_NOT_ACTIVE &&
        GetLastError() != ERROR_SERVICE_CANNOT_ACCEPT_CTRL) /* it stops already */
        return say(err, "stopped", GetLastError());
    if (wait_for(service, OS_SERVICE_STOPPED, within_ms, &is, err) < 0)
        return -1;
    if (is.state == OS_SERVICE_STOPPED)
        return 0;
    return error_set(err, ERR_TEMP,
                     "the service has not stopped after %lld s; end process %lld in the task "
                     "manager when it never does",
                     (long long)(within_ms / 1000), (long long)is.pid);
}

int os_service_stop(int64_t within_ms, struct error *err)
{
    SC_HANDLE service = open_service(SERVICE_STOP | SERVICE_QUERY_STATUS, "stopped", err);
    int rc = service ? stop(service, within_ms, err) : -1;

    if (service)
        CloseServiceHandle(service);
    return rc;
}

int os_service_uninstall(int64_t within_ms, struct error *err)
{
    SC_HANDLE service = open_service(DELETE | SERVICE_STOP | SERVICE_QUERY_STATUS, "removed", err);
    int rc = service ? stop(service, within_ms, err) : -1;

    if (rc >= 0) {
        rc = 0;
        if (!DeleteService(service))
            rc = say(err, "removed", GetLastError());
        else
            remove_event_source();
    }
    if (service)
        CloseServiceHandle(service);
    return rc;
}
