/* Files on Windows: single names below an open directory, never through a link or junction, made
 * with an access list of their own.  Must not know whom reading trusts. */
#include <errno.h>

#include "base/mem.h"
#include "platform/windows.h"

enum {
    SHARE_ALL = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
    RETRIES = 9, /* 511 ms together */
    WRITE_MOST = 1 << 30,
    LOCK_AT_HIGH = 1 << 30 /* far behind any content: a locked range cannot be read either */
};

/* Virus scanners, indexers and our own readers hold a file for a moment.  True when it is worth
 * another try, after a pause that grows. */
static bool may_pass(DWORD code, int *tries)
{
    if (code != ERROR_SHARING_VIOLATION && code != ERROR_ACCESS_DENIED &&
        code != ERROR_LOCK_VIOLATION && code != ERROR_DELETE_PENDING)
        return false;
    if (*tries >= RETRIES)
        return false;
    Sleep(1U << *tries);
    ++*tries;
    return true;
}

/* Access was denied, to what is a directory. */
static bool is_directory(const wchar_t *path)
{
    DWORD attributes = GetFileAttributesW(path);
    return attributes != INVALID_FILE_ATTRIBUTES && attributes & FILE_ATTRIBUTE_DIRECTORY;
}

static int failed(const wchar_t *path, DWORD code)
{
    return code == ERROR_ACCESS_DENIED && is_directory(path) ? -EISDIR : windows_error(code);
}

/* Only what we have made ourselves passes without a look. */
static int refuse(HANDLE handle, int how)
{
    BY_HANDLE_FILE_INFORMATION info = { 0 };

    if (how == OS_CREATE)
        return 0;
    if (GetFileType(handle) != FILE_TYPE_DISK)
        return -EINVAL;
    if (!GetFileInformationByHandle(handle, &info))
        return windows_last_error();
    if (info.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT)
        return -ELOOP;
    return how != OS_READ && info.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY ? -EISDIR : 0;
}

/* Others of ours may read, rename and delete meanwhile, as elsewhere. */
static int open_path(const wchar_t *path, int how, const wchar_t *heir, HANDLE *out)
{
    const DWORD access = how == OS_READ ? GENERIC_READ : GENERIC_READ | GENERIC_WRITE | WRITE_DAC;
    const DWORD create = how == OS_READ     ? OPEN_EXISTING
                         : how == OS_CREATE ? CREATE_NEW
                                            : OPEN_ALWAYS;
    /* A directory can be opened for reading, and tells what is missing. */
    const DWORD flags =
        FILE_FLAG_OPEN_REPARSE_POINT | (how == OS_READ ? FILE_FLAG_BACKUP_SEMANTICS : 0);
    SECURITY_ATTRIBUTES made = { .nLength = sizeof(made) };
    int tries = 0;
    DWORD code = 0;

    if (how != OS_READ) {
        made.lpSecurityDescriptor = windows_sd_new(0, heir);
        if (!made.lpSecurityDescriptor)
            return windows_last_error();
    }
    do {
        *out = CreateFileW(path, access, SHARE_ALL, &made, create, flags, NULL);
        code = GetLastError();
    } while (*out == INVALID_HANDLE_VALUE &&
             (code == ERROR_SHARING_VIOLATION || code == ERROR_DELETE_PENDING) &&
             may_pass(code, &tries));
    LocalFree(made.lpSecurityDescriptor);
    if (*out == INVALID_HANDLE_VALUE)
        return failed(path, code);
    int rc = refuse(*out, how);
    if (rc < 0)
        CloseHandle(*out);
    return rc;
}

int windows_open(struct os_dir *dir, const char *name, int how, struct os_file **out)
{
    struct os_file *file = mem_new(1, sizeof(*file));
    wchar_t *path = NULL;

    *out = NULL;
    if (!file)
        return -ENOMEM;
    int rc = windows_name(dir, name, &path);
    if (rc == 0)
        rc = open_path(path, how, dir->heir, &file->handle);
    mem_free(path);
    if (rc < 0) {
        mem_free(file);
        return rc;
    }
    *out = file;
    return 0;
}

static int64_t joined(DWORD high, DWORD low)
{
    return (int64_t)((uint64_t)high << 32 | low);
}

int windows_stat(struct os_file *file, struct os_stat *out)
{
    BY_HANDLE_FILE_INFORMATION info = { 0 };

    *out = (struct os_stat){ 0 };
    if (!GetFileInformationByHandle(file->handle, &info))
        return windows_last_error();
    out->directory = info.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY;
    out->regular = !out->directory && !(info.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT);
    out->size = joined(info.nFileSizeHigh, info.nFileSizeLow);
    out->id[0] = (int64_t)(info.dwVolumeSerialNumber * UINT64_C(0x9e3779b97f4a7c15)) ^
                 joined(info.nFileIndexHigh, info.nFileIndexLow);
    out->id[1] = joined(info.ftLastWriteTime.dwHighDateTime, info.ftLastWriteTime.dwLowDateTime);
    out->id[2] = out->size;
    return windows_access_of(file->handle, out->directory, &out->uid, &out->mode);
}

int64_t windows_read(struct os_file *file, void *out, size_t len)
{
    DWORD got = 0;
    const DWORD want = len < WRITE_MOST ? (DWORD)len : WRITE_MOST;

    if (ReadFile(file->handle, out, want, &got, NULL))
        return got;
    return GetLastError() == ERROR_HANDLE_EOF ? 0 : windows_last_error();
}

int64_t windows_write(struct os_file *file, const void *data, size_t len)
{
    DWORD put = 0;
    const DWORD want = len < WRITE_MOST ? (DWORD)len : WRITE_MOST;

    return WriteFile(file->handle, data, want, &put, NULL) ? (int64_t)put : windows_last_error();
}

int windows_seek_start(struct os_file *file)
{
    const LARGE_INTEGER start = { .QuadPart = 0 };
    return SetFilePointerEx(file->handle, start, NULL, FILE_BEGIN) ? 0 : windows_last_error();
}

/* A handle for reading alone cannot be flushed; what was flushed by its writer needs no second. */
int windows_sync(struct os_file *file)
{
    if (FlushFileBuffers(file->handle))
        return 0;
    return GetLastError() == ERROR_ACCESS_DENIED ? 0 : windows_last_error();
}

int windows_close(struct os_file *file)
{
    int rc = CloseHandle(file->handle) ? 0 : windows_last_error();
    mem_free(file);
    return rc;
}

int windows_rename(struct os_dir *dir, const char *from, const char *to)
{
    wchar_t *old = NULL, *new = NULL;
    int tries = 0;

    int rc = windows_name(dir, from, &old);
    if (rc == 0)
        rc = windows_name(dir, to, &new);
    if (rc == 0) {
        DWORD code = 0;
        do {
            bool moved = MoveFileExW(old, new, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH);
            code = moved ? 0 : GetLastError();
        } while (code != 0 && !is_directory(new) && may_pass(code, &tries));
        rc = code == 0 ? 0 : failed(new, code);
    }
    mem_free(old);
    mem_free(new);
    return rc;
}

int windows_link(struct os_dir *dir, const char *from, const char *to)
{
    wchar_t *old = NULL, *new = NULL;

    int rc = windows_name(dir, from, &old);
    if (rc == 0)
        rc = windows_name(dir, to, &new);
    if (rc == 0 && !CreateHardLinkW(new, old, NULL))
        rc = windows_last_error();
    mem_free(old);
    mem_free(new);
    return rc;
}

int windows_unlink(struct os_dir *dir, const char *name)
{
    wchar_t *path = NULL;
    int tries = 0;

    int rc = windows_name(dir, name, &path);
    if (rc == 0) {
        DWORD code = 0;
        do {
            code = DeleteFileW(path) ? 0 : GetLastError();
        } while (code != 0 && !is_directory(path) && may_pass(code, &tries));
        rc = code == 0 ? 0 : failed(path, code);
    }
    mem_free(path);
    return rc;
}

/* The file systems of Windows log what is renamed and deleted; a directory cannot be flushed. */
int windows_sync_dir(struct os_dir *dir)
{
    (void)dir;
    return 0;
}

int windows_lock(struct os_file *file)
{
    OVERLAPPED at = { .OffsetHigh = LOCK_AT_HIGH };

    if (LockFileEx(file->handle, LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &at))
        return 0;
    return windows_last_error();
}

int platform_set_mode(struct os_file *file, uint32_t mode)
{
    PSECURITY_DESCRIPTOR sd = windows_sd_new(mode & 044 ? WINDOWS_SD_SHARED : 0, NULL);
    if (!sd)
        return windows_last_error();
    int rc = SetKernelObjectSecurity(
                 file->handle, DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION, sd)
                 ? 0
                 : windows_last_error();
    LocalFree(sd);
    return rc;
}
