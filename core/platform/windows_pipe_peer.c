/* Who is at the other end of a named pipe.  Must not know what the pipe is for. */
#include "platform/windows_handles.h"

#include <stdlib.h>

#include "base/log.h"

/* Its user's number; 0 also for an administrator whose rights are in force. */
static bool user_of(HANDLE token, uint32_t *uid, bool *is_own)
{
    union {
        TOKEN_USER user;
        BYTE space[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
    } info = { 0 };
    BYTE own[SECURITY_MAX_SID_SIZE] = { 0 };
    DWORD size = 0;

    if (!GetTokenInformation(token, TokenUser, &info, sizeof(info), &size))
        return false;
    *uid = windows_uid(info.user.User.Sid);
    *is_own = windows_own_sid(own) && EqualSid(own, info.user.User.Sid);
    return true;
}

static bool has_administrators(HANDLE token)
{
    BYTE sid[SECURITY_MAX_SID_SIZE] = { 0 };
    DWORD size = sizeof(sid);
    BOOL member = FALSE;
    HANDLE copy = NULL;

    if (!CreateWellKnownSid(WinBuiltinAdministratorsSid, NULL, sid, &size) ||
        !DuplicateToken(token, SecurityIdentification, &copy))
        return false;
    if (!CheckTokenMembership(copy, sid, &member))
        member = FALSE;
    CloseHandle(copy);
    return member;
}

/* Its own word, kept by the system since it connected: its process may be gone or out of our reach.
 * NULL: it did not say. */
static HANDLE token_of_client(HANDLE pipe)
{
    HANDLE token = NULL;

    if (!ImpersonateNamedPipeClient(pipe))
        return NULL;
    if (!OpenThreadToken(GetCurrentThread(), TOKEN_QUERY | TOKEN_DUPLICATE, TRUE, &token))
        token = NULL;
    if (!RevertToSelf()) { /* nothing may run as somebody else */
        log_error("control pipe: this thread cannot become itself again");
        abort();
    }
    return token;
}

static HANDLE token_of_process(DWORD pid)
{
    HANDLE process = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, pid), token = NULL;

    if (process && !OpenProcessToken(process, TOKEN_QUERY | TOKEN_DUPLICATE, &token))
        token = NULL;
    windows_handle_close(&process);
    return token;
}

struct os_peer windows_pipe_peer(HANDLE pipe)
{
    struct os_peer peer = { .uid = UINT32_MAX };
    HANDLE token = token_of_client(pipe);
    bool is_own = false;
    ULONG pid = 0;

    if (GetNamedPipeClientProcessId(pipe, &pid))
        peer.pid = (int64_t)pid;
    if (!token && pid != 0)
        token = token_of_process(pid);
    if (token && user_of(token, &peer.uid, &is_own) && has_administrators(token))
        peer.uid = 0;
    windows_handle_close(&token);
    return peer;
}

/* Only administrators say what the service runs. */
static bool is_service(DWORD pid)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT), service = NULL;
    SERVICE_STATUS_PROCESS status = { 0 };
    DWORD size = 0;
    bool is = false;

    if (manager)
        service = OpenServiceW(manager, L"dcddns", SERVICE_QUERY_STATUS);
    if (service && QueryServiceStatusEx(service, SC_STATUS_PROCESS_INFO, (BYTE *)&status,
                                        sizeof(status), &size))
        is = status.dwProcessId == pid && status.dwCurrentState != SERVICE_STOPPED;
    if (service)
        CloseServiceHandle(service);
    if (manager)
        CloseServiceHandle(manager);
    return is;
}

bool windows_pipe_trusted(HANDLE pipe)
{
    bool is_own = false, trusted = false;
    HANDLE token = NULL;
    uint32_t uid = 0;
    ULONG pid = 0;

    if (!GetNamedPipeServerProcessId(pipe, &pid))
        return false;
    if (pid == GetCurrentProcessId() || is_service(pid))
        return true;
    token = token_of_process(pid);
    if (token && user_of(token, &uid, &is_own))
        trusted = is_own || uid == 0 || has_administrators(token);
    windows_handle_close(&token);
    return trusted;
}
