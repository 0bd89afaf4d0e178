/* Paths on Windows: either separator is taken, '/' is given.  Must not know what is at their end.
 */
#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "platform/windows.h"

bool os_path_is_absolute(const char *path)
{
    const bool letter = (path[0] >= 'a' && path[0] <= 'z') || (path[0] >= 'A' && path[0] <= 'Z');
    const bool share = (path[0] == '\\' || path[0] == '/') && path[1] == path[0];
    return share || (letter && path[1] == ':' && (path[2] == '\\' || path[2] == '/'));
}

void os_path_tidy(char *path)
{
    for (; *path; path++) {
        if (*path == '\\')
            *path = '/';
    }
}

static const char *last_separator(const char *path)
{
    const char *last = NULL;
    for (const char *at = path; *at; at++) {
        if (*at == '/' || *at == '\\')
            last = at;
    }
    return last;
}

/* "C:/x" is in "C:/", "/x" in "/". */
struct os_dir *os_dir_of(const char *path, int flags, const char **name, struct error *err)
{
    const char *slash = last_separator(path);
    size_t len = slash ? (size_t)(slash - path) : 0;
    struct os_dir *dir = NULL;

    *name = slash ? slash + 1 : path;
    if (slash && (len == 0 || path[len - 1] == ':'))
        len++;
    char *parent = slash ? mem_strndup(path, len) : mem_strdup(".");
    if (!parent)
        error_set(err, ERR_LOCAL, "%s: out of memory", path);
    else
        dir = os_dir_open(parent, flags, err);
    mem_free(parent);
    return dir;
}

/* For looking only, which needs no right to what is in it. */
static HANDLE look(const wchar_t *full, DWORD access)
{
    return CreateFileW(full, access, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                       OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
}

static char *final_path(HANDLE handle)
{
    char *shown = NULL;
    DWORD size = GetFinalPathNameByHandleW(handle, NULL, 0, FILE_NAME_NORMALIZED);
    wchar_t *full = size > 0 ? mem_new((size_t)size + 1, sizeof(*full)) : NULL;

    if (full) {
        DWORD len = GetFinalPathNameByHandleW(handle, full, size + 1, FILE_NAME_NORMALIZED);
        shown = len > 0 && len <= size ? windows_path_shown(full) : NULL;
    }
    mem_free(full);
    return shown;
}

char *os_real_path(const char *path)
{
    wchar_t *full = NULL;
    char *real = NULL;

    if (windows_path(path, &full) < 0)
        return NULL;
    HANDLE handle = look(full, FILE_READ_ATTRIBUTES);
    if (handle != INVALID_HANDLE_VALUE) {
        real = final_path(handle);
        CloseHandle(handle);
    }
    mem_free(full);
    return real;
}

bool os_path_is_missing(const char *path)
{
    wchar_t *full = NULL;
    int rc = windows_path(path, &full);
    if (rc == 0 && GetFileAttributesW(full) == INVALID_FILE_ATTRIBUTES)
        rc = windows_last_error();
    mem_free(full);
    return rc == -ENOENT || rc == -ENOTDIR;
}

/* Cuts the last part off; false at the root. */
static bool cut(wchar_t *full)
{
    wchar_t *slash = wcsrchr(full, L'\\');
    if (!slash || slash < full + 6) /* that of "\\?\C:\" stays */
        return false;
    const bool root = slash[-1] == L':';
    if (root && slash[1] == L'\0')
        return false;
    slash[root ? 1 : 0] = L'\0';
    return true;
}

int os_path_can_write(const char *path)
{
    wchar_t *full = NULL;
    int rc = windows_path(path, &full);
    if (rc < 0)
        return rc;
    do {
        HANDLE handle = look(full, FILE_ADD_FILE | FILE_ADD_SUBDIRECTORY);
        rc = handle == INVALID_HANDLE_VALUE ? windows_last_error() : 0;
        if (rc == 0)
            CloseHandle(handle);
    } while (rc == -ENOENT && cut(full));
    mem_free(full);
    return rc;
}
