/* The folders of the service: its state is its own, its configuration is the administrators' and
 * it may read it, nobody else gets anything.  Does not know what is in them. */
#include "platform/windows_handles.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <sddl.h>

#include "base/mem.h"

enum { DEPTH_MAX = 4, LIST_MAX = 512 };

struct place {
    enum windows_place_kind kind;
    wchar_t *account; /* SID as text; LocalFree() it */
    struct error *err;
};

PSECURITY_DESCRIPTOR windows_service_list(enum windows_place_kind kind, const wchar_t *account,
                                          bool directory)
{
    wchar_t text[LIST_MAX] = L"";
    PSECURITY_DESCRIPTOR sd = NULL;
    const wchar_t *down = directory ? L"OICI" : L"";

    if (kind == WINDOWS_PLACE_STATE)
        return windows_sd_new(directory ? WINDOWS_SD_DIRECTORY : 0, account);
    swprintf(text, LIST_MAX,
             L"O:BAD:P(A;%ls;FA;;;OW)(A;%ls;FA;;;SY)(A;%ls;FA;;;BA)(A;%ls;0x1200a9;;;%ls)", down,
             down, down, down, account);
    return ConvertStringSecurityDescriptorToSecurityDescriptorW(text, SDDL_REVISION_1, &sd, NULL)
               ? sd
               : NULL;
}

static int set_list(HANDLE handle, PSECURITY_DESCRIPTOR sd)
{
    const SECURITY_INFORMATION what = OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION |
                                      PROTECTED_DACL_SECURITY_INFORMATION;
    return SetKernelObjectSecurity(handle, what, sd) ? 0 : windows_last_error();
}

int (*windows_give)(HANDLE, PSECURITY_DESCRIPTOR) = set_list;

static int give_entry(const struct place *place, HANDLE handle, bool directory)
{
    PSECURITY_DESCRIPTOR sd = windows_service_list(place->kind, place->account, directory);
    const int rc = sd ? windows_give(handle, sd) : windows_last_error();

    LocalFree(sd);
    return rc;
}

/* The first is told. */
static int refuse(const struct place *place, const wchar_t *path, const char *why)
{
    char *shown = windows_path_shown(path);
    const char *words = shown ? shown : "a file";

    if (place->err->class == ERR_NONE)
        error_set(place->err, ERR_PERM,
                  "%s: %s, and is not given to the service; move it away, or, when all in it is "
                  "known, put a copy in its place, or run: icacls \"%s\" /setowner *S-1-5-32-544",
                  words, why, words);
    mem_free(shown);
    return -EPERM;
}

static int give_all(const struct place *place, const wchar_t *folder, int depth);

/* What an administrator made before there was a service.  What somebody else owns stays his, and
 * is refused when it is used; a link leads elsewhere. */
static int give(const struct place *place, const wchar_t *path, int depth)
{
    BY_HANDLE_FILE_INFORMATION info = { 0 };
    uint32_t uid = 0, mode = 0;
    HANDLE handle = CreateFileW(path, READ_CONTROL | WRITE_DAC | WRITE_OWNER | FILE_READ_ATTRIBUTES,
                                FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING,
                                FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT, NULL);
    if (handle == INVALID_HANDLE_VALUE)
        return windows_last_error();
    int rc = GetFileInformationByHandle(handle, &info) ? 0 : windows_last_error();
    const bool directory = info.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY;

    if (rc == 0 && info.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT)
        rc = -ELOOP;
    if (rc == 0 && !directory && info.nNumberOfLinks != 1)
        rc = refuse(place, path, "has a second name, which may be anybody's");
    if (rc == 0)
        rc = windows_access_of(handle, directory, &uid, &mode);
    if (rc == 0 && !windows_keeps_secrets(uid) && uid != windows_sid_uid(place->account))
        rc = refuse(place, path, "belongs to another user");
    else if (rc == 0 && uid != windows_sid_uid(place->account))
        rc = give_entry(place, handle, directory);
    if (rc == 0 && directory && depth < DEPTH_MAX)
        rc = give_all(place, path, depth); /* which stays where it is, as it is open */
    CloseHandle(handle);
    return rc;
}

static bool is_dots(const wchar_t *name)
{
    return wcscmp(name, L".") == 0 || wcscmp(name, L"..") == 0;
}

/* The first fault is told; the rest is given all the same. */
static int give_all(const struct place *place, const wchar_t *folder, int depth)
{
    WIN32_FIND_DATAW found = { 0 };
    wchar_t *below = windows_join(folder, L"\\"),
            *pattern = below ? windows_join(below, L"*") : NULL;
    HANDLE search = pattern ? FindFirstFileW(pattern, &found) : INVALID_HANDLE_VALUE;
    bool more = search != INVALID_HANDLE_VALUE;
    int first = pattern ? 0 : -ENOMEM;

    for (; more; more = FindNextFileW(search, &found)) {
        if (is_dots(found.cFileName))
            continue;
        wchar_t *path = windows_join(below, found.cFileName);
        const int rc = path ? give(place, path, depth + 1) : -ENOMEM;
        first = first < 0 ? first : rc;
        mem_free(path);
    }
    if (search != INVALID_HANDLE_VALUE)
        FindClose(search);
    mem_free(pattern);
    mem_free(below);
    return first;
}

/* 0 also when it was there, and is the service's now. */
static int make(const struct place *place, const struct os_dir *parent, const char *name)
{
    SECURITY_ATTRIBUTES attributes = { .nLength = sizeof(attributes) };
    wchar_t *full = NULL;
    int rc = windows_name(parent, name, &full);

    if (rc < 0)
        return rc;
    attributes.lpSecurityDescriptor = windows_service_list(place->kind, place->account, true);
    if (!attributes.lpSecurityDescriptor)
        rc = windows_last_error();
    else if (!CreateDirectoryW(full, &attributes))
        rc = GetLastError() == ERROR_ALREADY_EXISTS ? give(place, full, 0) : windows_last_error();
    LocalFree(attributes.lpSecurityDescriptor);
    mem_free(full);
    return rc;
}

static char *without_end(const char *path)
{
    char *copy = mem_strdup(path);
    size_t len = copy ? strlen(copy) : 0;

    while (len > 0 && (copy[len - 1] == '/' || copy[len - 1] == '\\'))
        copy[--len] = '\0';
    return copy;
}

/* Everybody may make folders in ProgramData: one that is a link could lead anywhere, and what was
 * judged is to be what is used. */
int windows_service_place(enum windows_place_kind kind, const char *path, PSID account,
                          struct error *err)
{
    const int flags = OS_DIR_MAKE | OS_DIR_SHARED | WINDOWS_DIR_NO_LINK;
    struct error why = { 0 };
    struct place place = { .kind = kind, .err = &why };
    const char *name = NULL;
    char *plain = without_end(path);
    int rc = plain ? 0 : -ENOMEM;
    if (rc == 0 && !ConvertSidToStringSidW(account, &place.account))
        rc = windows_last_error();
    struct os_dir *parent = rc == 0 ? os_dir_of(plain, flags, &name, &why) : NULL;

    if (rc == 0 && (!parent || os_dir_trusted(parent, &why) < 0))
        rc = -EACCES;
    if (rc == 0)
        rc = make(&place, parent, name);
    if (why.class != ERR_NONE)
        error_set(err, ERR_PERM, "%s", why.text);
    LocalFree(place.account);
    os_dir_close(&parent);
    mem_free(plain);
    return rc;
}
