/* The way to a program or library: that each part of it, from the root of the drive on, can have
 * been written by SYSTEM, administrators or us only.  Knows nothing of what is at its end. */
#include "platform/windows_handles.h"

#include <errno.h>

#include "base/mem.h"

void windows_way_leave(struct windows_way *way)
{
    while (way->count > 0)
        CloseHandle(way->open[--way->count]);
}

/* LAST: the folder of what is at the end.  Others may not even add to it: a library that a module
 * or program needs is looked for there first. */
static const char *distrust(HANDLE handle, bool directory, bool last)
{
    BY_HANDLE_FILE_INFORMATION info = { 0 };
    uint32_t uid = 0, mode = 0;

    if (!GetFileInformationByHandle(handle, &info) ||
        windows_access_of(handle, directory, &uid, &mode) < 0)
        return "cannot be examined";
    if (info.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT)
        return "is a symbolic link or junction";
    if (directory != ((info.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0))
        return directory ? "is not a directory" : "is not a regular file";
    if (uid != 0 && uid != platform_user())
        return "belongs to neither the administrators nor the user who runs this";
    if (mode & 022 && (last || !directory || !(mode & WINDOWS_STICKY)))
        return "is writable by others";
    return NULL;
}

/* Opens FULL and judges it; -1 with ERR. */
static int step(struct windows_way *way, const wchar_t *full, bool directory, bool last,
                struct error *err)
{
    const DWORD share = FILE_SHARE_READ | (directory ? FILE_SHARE_WRITE : 0);
    const DWORD flags = FILE_FLAG_OPEN_REPARSE_POINT | FILE_FLAG_BACKUP_SEMANTICS;
    char *shown = windows_path_shown(full);
    const char *words = shown ? shown : "a part of the path";
    const char *why = way->count == WINDOWS_WAY_DEPTH ? "is too deep" : NULL;
    int result = -1;

    if (!why) {
        HANDLE handle = CreateFileW(full, FILE_READ_DATA | FILE_READ_ATTRIBUTES | READ_CONTROL,
                                    share, NULL, OPEN_EXISTING, flags, NULL);
        const int rc = handle == INVALID_HANDLE_VALUE ? windows_last_error() : 0;
        if (rc < 0) {
            error_set(err, rc == -ENOENT ? ERR_CONFIG : ERR_PERM, "%s: %s", words, os_strerror(rc));
            mem_free(shown);
            return -1;
        }
        way->open[way->count++] = handle;
        why = distrust(handle, directory, last);
    }
    if (why)
        error_set(err, ERR_PERM, "%s: %s; %s; see: icacls \"%s\"", words, why, way->rule, words);
    else
        result = 0;
    mem_free(shown);
    return result;
}

/* FULL is "\\?\C:\...": from the root down, each part is judged. */
static int walk_down(struct windows_way *way, wchar_t *full, struct error *err)
{
    wchar_t *at = full + wcslen(L"\\\\?\\C:\\");
    const wchar_t kept = *at;

    *at = L'\0';
    int rc = step(way, full, true, false, err);
    *at = kept;
    for (; rc == 0 && *at; at++) {
        if (*at != L'\\')
            continue;
        *at = L'\0';
        rc = step(way, full, true, !wcschr(at + 1, L'\\'), err);
        *at = L'\\';
    }
    return rc == 0 ? step(way, full, false, true, err) : rc;
}

/* A drive letter of this machine: what a server gives, a server can change. */
static bool is_local(const wchar_t *full)
{
    wchar_t root[] = L"?:\\";

    if (wcslen(full) < 8 || full[5] != L':' || full[6] != L'\\')
        return false;
    root[0] = full[4];
    const UINT type = GetDriveTypeW(root);
    return type == DRIVE_FIXED || type == DRIVE_RAMDISK || type == DRIVE_REMOVABLE;
}

int windows_way_walk(struct windows_way *way, wchar_t *full, struct error *err)
{
    char *shown = NULL;

    if (is_local(full))
        return walk_down(way, full, err);
    shown = windows_path_shown(full);
    error_set(err, ERR_PERM, "%s: is not on a drive of this machine; %s",
              shown ? shown : "the path", way->rule);
    mem_free(shown);
    return -1;
}

int windows_way_to(struct windows_way *way, const char *path, struct error *err)
{
    wchar_t *full = NULL;
    int rc = windows_path(path, &full);

    rc = rc == 0 ? windows_way_walk(way, full, err)
                 : error_set(err, ERR_PERM, "%s: %s", path, os_strerror(rc));
    mem_free(full);
    return rc;
}
