/* Who may do what with a file: users and access lists of Windows as owner and permission bits, and
 * the lists that our own files get.  Knows nothing of what is in them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <aclapi.h>
#include <sddl.h>

#include "base/mem.h"
#include "platform/windows.h"

enum {
    /* Rights to a content, or to take the thing itself away. */
    READS = FILE_READ_DATA,
    ENTERS = FILE_EXECUTE,
    ADDS = FILE_WRITE_DATA | FILE_APPEND_DATA, /* to a directory: new files and directories */
    REPLACES = FILE_DELETE_CHILD | DELETE | WRITE_DAC | WRITE_OWNER,
    CHANGES = ADDS | REPLACES
};

enum { SID_TEXT_MAX = 187 };

struct known_sid { /* as SID, with room for six numbers */
    BYTE revision, count;
    BYTE authority[6];
    DWORD numbers[6];
};

/* NT SERVICE\TrustedInstaller and NT SERVICE\dcddns: 80 and the SHA-1 of the name in capitals. */
static const struct known_sid installer = {
    1, 6, SECURITY_NT_AUTHORITY, { 80, 956008885, 3418522649, 1831038044, 1853292631, 2271478464 }
};
static struct known_sid service = {
    1, 6, SECURITY_NT_AUTHORITY, { 80, 3259632823, 1719162489, 2184643259, 553360558, 853479542 }
};

PSID windows_service_sid(void)
{
    return &service;
}

static bool is_installer(PSID sid)
{
    return GetLengthSid(sid) == sizeof(installer) &&
           memcmp(sid, &installer, sizeof(installer)) == 0;
}

/* Those who can do everything anyway. */
static bool is_system(PSID sid)
{
    return IsWellKnownSid(sid, WinLocalSystemSid) ||
           IsWellKnownSid(sid, WinBuiltinAdministratorsSid) || is_installer(sid);
}

uint32_t windows_uid(PSID sid)
{
    uint32_t hash = 2166136261U; /* FNV-1a */
    const BYTE *at = sid;

    if (is_system(sid))
        return 0;
    for (DWORD i = 0; i < GetLengthSid(sid); i++)
        hash = (hash ^ at[i]) * 16777619U;
    return hash ? hash : 1;
}

uint32_t windows_sid_uid(const wchar_t *text)
{
    PSID sid = NULL;
    uint32_t uid = UINT32_MAX;
    if (ConvertStringSidToSidW(text, &sid))
        uid = windows_uid(sid);
    LocalFree(sid);
    return uid;
}

bool windows_own_sid(BYTE sid[SECURITY_MAX_SID_SIZE])
{
    union {
        TOKEN_USER user;
        BYTE space[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
    } info = { 0 };
    HANDLE token = NULL;
    DWORD size = 0;

    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return false;
    bool known = GetTokenInformation(token, TokenUser, &info, sizeof(info), &size) &&
                 CopySid(SECURITY_MAX_SID_SIZE, sid, info.user.User.Sid);
    CloseHandle(token);
    return known;
}

uint32_t platform_user(void)
{
    BYTE sid[SECURITY_MAX_SID_SIZE] = { 0 };
    return windows_own_sid(sid) ? windows_uid(sid) : UINT32_MAX;
}

static bool is_member(PSID sid)
{
    BOOL member = FALSE;
    return CheckTokenMembership(NULL, sid, &member) && member;
}

bool os_is_root(void)
{
    BYTE admins[SECURITY_MAX_SID_SIZE] = { 0 };
    DWORD size = sizeof(admins);

    if (platform_user() == 0 || is_member(&service))
        return true;
    /* A group that is there only to deny, as without elevation, does not count. */
    return CreateWellKnownSid(WinBuiltinAdministratorsSid, NULL, admins, &size) &&
           is_member(admins);
}

static uint32_t well_known_user(WELL_KNOWN_SID_TYPE which)
{
    BYTE sid[SECURITY_MAX_SID_SIZE] = { 0 };
    DWORD size = sizeof(sid);
    return CreateWellKnownSid(which, NULL, sid, &size) ? windows_uid(sid) : UINT32_MAX;
}

bool windows_keeps_secrets(uint32_t owner)
{
    if (owner == UINT32_MAX)
        return false;
    if (owner == platform_user())
        return true;
    return os_is_root() && (owner == 0 || owner == windows_uid(&service) ||
                            owner == well_known_user(WinLocalServiceSid));
}

/* -- access lists read ------------------------------------------------------------------------ */

struct judge {
    PSID owner;
    BYTE own[SECURITY_MAX_SID_SIZE];
    bool own_known;
    DWORD others; /* rights of everybody else together */
};

static bool is_owners(struct judge *judge, PSID sid)
{
    return is_system(sid) || IsWellKnownSid(sid, WinCreatorOwnerRightsSid) ||
           (judge->owner && EqualSid(sid, judge->owner)) ||
           (judge->own_known && EqualSid(sid, judge->own));
}

/* Mapped as the system does when it checks. */
static DWORD spelled_out(DWORD mask)
{
    DWORD rights = mask;
    if (mask & GENERIC_READ)
        rights |= FILE_GENERIC_READ;
    if (mask & GENERIC_WRITE)
        rights |= FILE_GENERIC_WRITE | REPLACES;
    if (mask & GENERIC_EXECUTE)
        rights |= FILE_GENERIC_EXECUTE;
    if (mask & GENERIC_ALL)
        rights |= FILE_ALL_ACCESS;
    return rights;
}

/* What is denied is not counted: what others have can only be less than it seems. */
static void judge_entry(struct judge *judge, ACE_HEADER *entry)
{
    union {
        ACE_HEADER *header;
        ACCESS_ALLOWED_ACE *allowed;
    } at = { entry };

    if (entry->AceFlags & INHERIT_ONLY_ACE || entry->AceType == ACCESS_DENIED_ACE_TYPE ||
        entry->AceType == ACCESS_DENIED_CALLBACK_ACE_TYPE)
        return;
    /* The two have the SID in one place. */
    if (entry->AceType != ACCESS_ALLOWED_ACE_TYPE &&
        entry->AceType != ACCESS_ALLOWED_CALLBACK_ACE_TYPE)
        judge->others |= FILE_ALL_ACCESS;
    else if (EqualSid(&at.allowed->SidStart, &service)) /* may read what administrators use */
        judge->others |= is_owners(judge, &service) ? 0 : spelled_out(at.allowed->Mask) & CHANGES;
    else if (!is_owners(judge, &at.allowed->SidStart))
        judge->others |= spelled_out(at.allowed->Mask);
}

static DWORD rights_of_others(PSECURITY_DESCRIPTOR sd, PSID owner)
{
    struct judge judge = { .owner = owner };
    BOOL present = FALSE, defaulted = FALSE;
    PACL list = NULL;

    if (!GetSecurityDescriptorDacl(sd, &present, &list, &defaulted) || !present || !list)
        return FILE_ALL_ACCESS; /* no list: everything is allowed */
    judge.own_known = windows_own_sid(judge.own);
    for (DWORD i = 0; i < list->AceCount; i++) {
        void *entry = NULL;
        if (!GetAce(list, i, &entry))
            return FILE_ALL_ACCESS;
        judge_entry(&judge, entry);
    }
    return judge.others;
}

void windows_access(PSECURITY_DESCRIPTOR sd, bool directory, uint32_t *uid, uint32_t *mode)
{
    BOOL defaulted = FALSE;
    PSID owner = NULL;

    if (!GetSecurityDescriptorOwner(sd, &owner, &defaulted))
        owner = NULL;
    DWORD others = rights_of_others(sd, owner);
    *uid = owner ? windows_uid(owner) : UINT32_MAX;
    *mode = directory ? 0700 : 0600;
    if (others & READS)
        *mode |= 044;
    if (directory && others & ENTERS)
        *mode |= 011;
    if (others & (ADDS | REPLACES))
        *mode |= 022;
    if (directory && others & ADDS && !(others & REPLACES))
        *mode |= WINDOWS_STICKY;
}

static int read_sd(HANDLE handle, PSECURITY_DESCRIPTOR *sd)
{
    DWORD code = GetSecurityInfo(handle, SE_FILE_OBJECT,
                                 OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION, NULL, NULL,
                                 NULL, NULL, sd);
    return code == ERROR_SUCCESS ? 0 : windows_error(code);
}

int windows_access_of(HANDLE handle, bool directory, uint32_t *uid, uint32_t *mode)
{
    PSECURITY_DESCRIPTOR sd = NULL;
    int rc = read_sd(handle, &sd);
    if (rc < 0)
        return rc;
    windows_access(sd, directory, uid, mode);
    LocalFree(sd);
    return 0;
}

wchar_t *windows_owner_text(HANDLE handle)
{
    PSECURITY_DESCRIPTOR sd = NULL;
    BOOL defaulted = FALSE;
    PSID owner = NULL;
    wchar_t *text = NULL, *copy = NULL;

    if (read_sd(handle, &sd) < 0)
        return NULL;
    if (GetSecurityDescriptorOwner(sd, &owner, &defaulted) && owner &&
        ConvertSidToStringSidW(owner, &text)) {
        copy = windows_join(L"", text);
        LocalFree(text);
    }
    LocalFree(sd);
    return copy;
}

/* -- access lists made ------------------------------------------------------------------------ */

/* Only with this privilege, which administrators have, may something be made for another user. */
static void may_give_away(void)
{
    TOKEN_PRIVILEGES wanted = { .PrivilegeCount = 1,
                                .Privileges[0].Attributes = SE_PRIVILEGE_ENABLED };
    HANDLE token = NULL;

    if (!LookupPrivilegeValueW(NULL, SE_RESTORE_NAME, &wanted.Privileges[0].Luid) ||
        !OpenProcessToken(GetCurrentProcess(), TOKEN_ADJUST_PRIVILEGES, &token))
        return;
    AdjustTokenPrivileges(token, FALSE, &wanted, 0, NULL, NULL);
    CloseHandle(token);
}

PSECURITY_DESCRIPTOR windows_sd_new(int flags, const wchar_t *owner)
{
    const bool directory = flags & WINDOWS_SD_DIRECTORY, shared = flags & WINDOWS_SD_SHARED;
    const wchar_t *down = directory ? L"OICI" : L"";
    wchar_t text[SID_TEXT_MAX + 160] = L"";
    PSECURITY_DESCRIPTOR sd = NULL;

    if (owner)
        may_give_away();
    int len = _snwprintf(text, sizeof(text) / sizeof(text[0]) - 1,
                         L"%ls%lsD:P(A;%ls;FA;;;OW)(A;%ls;FA;;;SY)(A;%ls;FA;;;BA)%ls%ls%ls",
                         owner ? L"O:" : L"", owner ? owner : L"", down, down, down,
                         shared ? L"(A;" : L"", shared ? down : L"",
                         !shared     ? L""
                         : directory ? L";0x1200a9;;;WD)"
                                     : L";0x120089;;;WD)");
    if (len < 0) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    return ConvertStringSecurityDescriptorToSecurityDescriptorW(text, SDDL_REVISION_1, &sd, NULL)
               ? sd
               : NULL;
}
