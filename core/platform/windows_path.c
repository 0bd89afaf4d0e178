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

/* Drives of some drivers have no such name; then what was asked for has to do. */
int windows_final_path(HANDLE handle, const wchar_t *asked, wchar_t **out)
{
    DWORD size = GetFinalPathNameByHandleW(handle, NULL, 0, FILE_NAME_NORMALIZED);
    *out = size > 0 ? mem_new((size_t)size + 1, sizeof(**out)) : windows_join(L"", asked);
    if (!*out)
        return -ENOMEM;
    DWORD len = (DWORD)wcslen(*out);
    if (size > 0)
        len = GetFinalPathNameByHandleW(handle, *out, size + 1, FILE_NAME_NORMALIZED);
    if (len == 0 || (size > 0 && len > size)) { /* renamed this moment */
        mem_free(*out);
        *out = NULL;
        return -EBUSY;
    }
    while (len > 0 && (*out)[len - 1] == L'\\')
        (*out)[--len] = L'\0';
    return 0;
}

/* "C:" is another place than "C:/". */
static char *shown_root(char *shown)
{
    const size_t len = shown ? strlen(shown) : 0;
    if (len != 2 || shown[1] != ':')
        return shown;
    char *root = mem_resize(shown, 4);
    if (!root) {
        mem_free(shown);
        return NULL;
    }
    memcpy(root + 2, "/", 2);
    return root;
}

char *os_real_path(const char *path)
{
    wchar_t *full = NULL, *final = NULL;
    char *real = NULL;

    if (windows_path(path, &full) < 0)
        return NULL;
    HANDLE handle = look(full, FILE_READ_ATTRIBUTES);
    if (handle != INVALID_HANDLE_VALUE) {
        if (windows_final_path(handle, full, &final) == 0)
            real = shown_root(windows_path_shown(final));
        CloseHandle(handle);
    }
    mem_free(full);
    mem_free(final);
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

/* 0 when something can be made in the directory FULL; else -errno. */
static int can_add(const wchar_t *full)
{
    BY_HANDLE_FILE_INFORMATION info = { 0 };
    HANDLE handle = look(full, FILE_ADD_FILE | FILE_ADD_SUBDIRECTORY | FILE_READ_ATTRIBUTES);
    if (handle == INVALID_HANDLE_VALUE)
        return windows_last_error();
    int rc = GetFileInformationByHandle(handle, &info) ? 0 : windows_last_error();
    CloseHandle(handle);
    return rc == 0 && !(info.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) ? -ENOTDIR : rc;
}

int os_path_can_write(const char *path)
{
    wchar_t *full = NULL;
    int rc = windows_path(path, &full);
    if (rc < 0)
        return rc;
    do {
        rc = can_add(full);
    } while (rc == -ENOENT && cut(full));
    mem_free(full);
    return rc;
}
