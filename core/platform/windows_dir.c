/* Directories on Windows: an open directory cannot be moved away, so that nobody can change what a
 * name below it means.  Must not know what is in the files there. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "platform/windows.h"

enum {
    DIR_ACCESS =
        FILE_LIST_DIRECTORY | FILE_TRAVERSE | FILE_READ_ATTRIBUTES | READ_CONTROL | SYNCHRONIZE
};

static int open_handle(const wchar_t *full, DWORD flags, HANDLE *out)
{
    BY_HANDLE_FILE_INFORMATION info = { 0 };
    int rc = 0;

    *out = CreateFileW(full, DIR_ACCESS, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING,
                       FILE_FLAG_BACKUP_SEMANTICS | flags, NULL);
    if (*out == INVALID_HANDLE_VALUE)
        return windows_last_error();
    if (!GetFileInformationByHandle(*out, &info))
        rc = windows_last_error();
    else if (info.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT &&
             flags & FILE_FLAG_OPEN_REPARSE_POINT)
        rc = -ELOOP;
    else if (!(info.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY))
        rc = -ENOTDIR;
    if (rc < 0)
        CloseHandle(*out);
    return rc;
}

/* What an administrator makes in the folder of a service or of another user is to be theirs. */
static wchar_t *heir_of(HANDLE handle, uint32_t uid)
{
    bool another = uid != 0 && uid != UINT32_MAX && uid != platform_user();
    return another && os_is_root() ? windows_owner_text(handle) : NULL;
}

/* Owns HANDLE and FULL from now on. */
static struct os_dir *dir_of(HANDLE handle, wchar_t *full, const char *path, struct error *err)
{
    struct os_dir *dir = mem_new(1, sizeof(*dir));
    uint32_t mode = 0;
    int rc = dir ? 0 : -ENOMEM;

    if (rc == 0) {
        *dir = (struct os_dir){ .handle = handle, .path = mem_strdup(path), .full = full };
        rc = dir->path ? 0 : -ENOMEM;
    }
    if (rc == 0)
        rc = windows_access_of(handle, true, &dir->uid, &mode);
    if (rc == 0) {
        dir->heir = heir_of(handle, dir->uid);
        return dir;
    }
    error_set(err, ERR_LOCAL, "%s: %s", path, os_strerror(rc));
    if (dir) {
        os_dir_close(&dir);
        return NULL;
    }
    CloseHandle(handle);
    mem_free(full);
    return NULL;
}

static int judge_private(const struct os_dir *dir, struct error *err)
{
    uint32_t uid = 0, mode = 0;
    int rc = windows_access_of(dir->handle, true, &uid, &mode);

    if (rc < 0)
        return error_set(err, ERR_LOCAL, "%s: %s", dir->path, os_strerror(rc));
    /* Everybody may make folders in ProgramData: one that was there first may be a trap. */
    if (!windows_keeps_secrets(uid))
        return error_set(err, ERR_LOCAL,
                         "%s: belongs to another user than the one who runs this, who could read "
                         "what is kept in it; move it away, or, when all in it is known, run: "
                         "icacls \"%s\" /setowner %s /T",
                         dir->path, dir->path, os_is_root() ? "*S-1-5-32-544" : "\"%USERNAME%\"");
    if (mode & 077)
        return error_set(err, ERR_LOCAL,
                         "%s: others may enter this directory (mode %04o); run: icacls \"%s\" "
                         "/inheritance:r /grant:r \"*S-1-3-4:(OI)(CI)F\" "
                         "\"*S-1-5-18:(OI)(CI)F\" \"*S-1-5-32-544:(OI)(CI)F\"",
                         dir->path, (unsigned)mode, dir->path);
    return 0;
}

static struct os_dir *checked(HANDLE handle, wchar_t *full, const char *path, int flags,
                              struct error *err)
{
    struct os_dir *dir = dir_of(handle, full, path, err);
    if (dir && flags & OS_DIR_PRIVATE && judge_private(dir, err) < 0)
        os_dir_close(&dir);
    return dir;
}

/* 0 also when it is there already. */
static int make(const wchar_t *full, int flags, const wchar_t *heir)
{
    const int kind = WINDOWS_SD_DIRECTORY | (flags & OS_DIR_SHARED ? WINDOWS_SD_SHARED : 0);
    SECURITY_ATTRIBUTES made = { .nLength = sizeof(made),
                                 .lpSecurityDescriptor = windows_sd_new(kind, heir) };
    if (!made.lpSecurityDescriptor)
        return windows_last_error();
    DWORD code = CreateDirectoryW(full, &made) ? 0 : GetLastError();
    LocalFree(made.lpSecurityDescriptor);
    return code == 0 || code == ERROR_ALREADY_EXISTS ? 0 : windows_error(code);
}

/* First character behind "\\?\C:\" or "\\?\UNC\server\share\". */
static wchar_t *behind_root(wchar_t *full)
{
    int slashes = wcsncmp(full, L"\\\\?\\UNC\\", 8) == 0 ? 6 : 4;
    for (; *full && slashes > 0; full++)
        slashes -= *full == L'\\';
    return full;
}

/* Existing parts are left as they are. */
static int make_parents(wchar_t *full, int flags)
{
    for (wchar_t *at = behind_root(full); *at; at++) {
        if (at[1] != L'\\' && at[1] != L'\0')
            continue;
        const wchar_t end = at[1];
        at[1] = L'\0';
        int rc = make(full, flags, NULL);
        at[1] = end;
        if (rc < 0 && rc != -EROFS && rc != -EACCES)
            return rc;
    }
    return 0;
}

/* Opens what FULL names, and where that is without links goes to *REAL. */
static int enter(const wchar_t *full, int flags, HANDLE *handle, wchar_t **real)
{
    const bool no_link = flags & WINDOWS_DIR_NO_LINK;
    int rc = open_handle(full, no_link ? FILE_FLAG_OPEN_REPARSE_POINT : 0, handle);
    if (rc < 0)
        return rc;
    rc = windows_final_path(*handle, full, real);
    if (rc < 0)
        CloseHandle(*handle);
    return rc;
}

struct os_dir *os_dir_open(const char *path, int flags, struct error *err)
{
    HANDLE handle = INVALID_HANDLE_VALUE;
    wchar_t *full = NULL, *real = NULL;
    const char *verb = "open";

    int rc = windows_path(path, &full);
    if (rc == 0 && flags & OS_DIR_MAKE) {
        rc = make_parents(full, flags);
        if (rc < 0)
            verb = "create";
    }
    if (rc == 0)
        rc = enter(full, flags, &handle, &real);
    mem_free(full);
    if (rc == 0)
        return checked(handle, real, path, flags, err);
    error_set(err, ERR_LOCAL, "cannot %s directory %s: %s", verb, path, os_strerror(rc));
    return NULL;
}

struct os_dir *os_dir_sub(struct os_dir *parent, const char *name, int flags, struct error *err)
{
    HANDLE handle = INVALID_HANDLE_VALUE;
    struct buf path = BUF_MAX(1 << 16);
    struct os_dir *dir = NULL;
    wchar_t *full = NULL;

    buf_printf(&path, "%s/%s", parent->path, name);
    int rc = buf_ok(&path) ? windows_name(parent, name, &full) : -ENOMEM;
    if (rc == 0 && flags & OS_DIR_MAKE)
        rc = make(full, flags, parent->heir);
    if (rc == 0)
        rc = open_handle(full, FILE_FLAG_OPEN_REPARSE_POINT, &handle);
    if (rc < 0) {
        error_set(err, ERR_LOCAL, "cannot open directory %s: %s", buf_text(&path), os_strerror(rc));
        mem_free(full);
    } else {
        dir = checked(handle, full, buf_text(&path), flags, err);
    }
    buf_free(&path);
    return dir;
}

void os_dir_close(struct os_dir **dir)
{
    if (!*dir)
        return;
    CloseHandle((*dir)->handle);
    mem_free((*dir)->path);
    mem_free((*dir)->full);
    mem_free((*dir)->heir);
    mem_free(*dir);
    *dir = NULL;
}

const char *os_dir_path(const struct os_dir *dir)
{
    return dir->path;
}

void os_dir_owner(const struct os_dir *dir, uint32_t *uid, uint32_t *gid)
{
    *uid = dir->uid;
    *gid = 0;
}

int os_dir_trusted(const struct os_dir *dir, struct error *err)
{
    uint32_t uid = 0, mode = 0;
    int rc = windows_access_of(dir->handle, true, &uid, &mode);

    if (rc < 0)
        return error_set(err, ERR_LOCAL, "%s: %s", dir->path, os_strerror(rc));
    if (uid != 0 && uid != platform_user())
        return error_set(err, ERR_CONFIG,
                         "%s: belongs to another user, who could replace what is in it; it must "
                         "belong to the administrators or to the user who runs this; run: icacls "
                         "\"%s\" /setowner *S-1-5-32-544",
                         dir->path, dir->path);
    if (mode & 022 && !(mode & WINDOWS_STICKY))
        return error_set(err, ERR_CONFIG,
                         "%s: others may write to it and replace what is in it; only its owner and "
                         "administrators may; see who may with: icacls \"%s\", and take the right "
                         "away with: icacls \"%s\" /inheritance:d /remove:g NAME",
                         dir->path, dir->path, dir->path);
    return 0;
}

/* -- listing ---------------------------------------------------------------------------------- */

struct names {
    char **list;
    size_t count;
};

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool add_name(struct names *names, wchar_t *name)
{
    if (wcscmp(name, L".") == 0 || wcscmp(name, L"..") == 0)
        return true;
    char **list = mem_resize(names->list, (names->count + 1) * sizeof(*list));
    if (!list)
        return false;
    names->list = list;
    windows_name_shown(name);
    list[names->count] = windows_utf8(name);
    return list[names->count] && ++names->count;
}

/* A listing that breaks off is no listing: half of the names would pass for all. */
static int collect(const wchar_t *pattern, struct names *names)
{
    WIN32_FIND_DATAW found = { 0 };
    HANDLE search = FindFirstFileW(pattern, &found);
    DWORD code = search == INVALID_HANDLE_VALUE ? GetLastError() : 0;
    int rc = 0;

    if (code != 0) /* the root of an empty drive has not even "." */
        return code == ERROR_FILE_NOT_FOUND ? 0 : windows_error(code);
    while (code == 0 && rc == 0) {
        if (!add_name(names, found.cFileName))
            rc = -ENOMEM;
        else if (!FindNextFileW(search, &found))
            code = GetLastError();
    }
    FindClose(search);
    return rc < 0 || code == ERROR_NO_MORE_FILES ? rc : windows_error(code);
}

int os_dir_list(struct os_dir *dir, bool (*each)(void *ctx, const char *name), void *ctx)
{
    struct names names = { 0 };
    wchar_t *pattern = windows_join(dir->full, L"\\*");
    int rc = pattern ? collect(pattern, &names) : -ENOMEM;

    mem_free(pattern);
    if (names.count > 1)
        qsort(names.list, names.count, sizeof(*names.list), by_name);
    bool more = rc == 0;
    for (size_t i = 0; i < names.count; i++) {
        more = more && each(ctx, names.list[i]);
        mem_free(names.list[i]);
    }
    mem_free(names.list);
    return rc;
}

int os_dir_remove(struct os_dir *parent, const char *name)
{
    wchar_t *full = NULL;
    int rc = windows_name(parent, name, &full);
    if (rc == 0 && !RemoveDirectoryW(full))
        rc = windows_last_error();
    mem_free(full);
    return rc;
}
