/* Loads libraries that only SYSTEM, administrators or we can have written.  Knows nothing of
 * plugins. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "platform/windows.h"

enum { DEPTH_MAX = 64, FILE_MAX = 64 << 20 };

/* Everything on the way is kept open without DELETE until the library is loaded. */
struct way {
    HANDLE open[DEPTH_MAX];
    size_t count;
};

static void leave(struct way *way)
{
    while (way->count > 0)
        CloseHandle(way->open[--way->count]);
}

/* LAST: a folder that modules lie in.  Others may not even add to it: a library that a module needs
 * is looked for there first. */
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
static int step(struct way *way, const wchar_t *full, bool directory, bool last, struct error *err)
{
    const DWORD share = FILE_SHARE_READ | (directory ? FILE_SHARE_WRITE : 0);
    const DWORD flags = FILE_FLAG_OPEN_REPARSE_POINT | FILE_FLAG_BACKUP_SEMANTICS;
    char *shown = windows_path_shown(full);
    const char *words = shown ? shown : "a part of the path";
    const char *why = way->count == DEPTH_MAX ? "is too deep" : NULL;
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
        error_set(err, ERR_PERM,
                  "%s: %s; modules are loaded only from places that nobody else can write; see: "
                  "icacls \"%s\"",
                  words, why, words);
    else
        result = 0;
    mem_free(shown);
    return result;
}

/* FULL is "\\?\C:\...": from the root down, each part is judged. */
static int walk(struct way *way, wchar_t *full, struct error *err)
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

static const char *why_not_loaded(DWORD code)
{
    switch (code) {
    case ERROR_BAD_EXE_FORMAT:
        return "it is no library of this kind of machine";
    case ERROR_MOD_NOT_FOUND:
        return "a library it needs is missing";
    case ERROR_PROC_NOT_FOUND:
        return "a function it needs is in none of its libraries";
    case ERROR_DLL_INIT_FAILED:
        return "its start-up code failed";
    }
    return os_strerror(windows_error(code));
}

/* By its own path, without "\\?\" where that is possible: the loader knows it by that name. */
static HMODULE load(const wchar_t *full, const char *shown, struct error *err)
{
    const wchar_t *name = wcslen(full) < MAX_PATH ? full + wcslen(L"\\\\?\\") : full;
    HMODULE module =
        LoadLibraryExW(name, NULL, LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR | LOAD_LIBRARY_SEARCH_SYSTEM32);
    const DWORD code = module ? 0 : GetLastError();

    if (!module)
        error_set(err, ERR_CONFIG, "%s: cannot be loaded: %s (error %lu)", shown,
                  why_not_loaded(code), code);
    return module;
}

/* The path as it is on the disk, but for its last part: nothing of it is followed. */
static int full_path(const char *dir, const char *subdir, const char *file, struct buf *shown,
                     wchar_t **full)
{
    buf_printf(shown, "%s%s%s/%s", dir, subdir[0] ? "/" : "", subdir, file);
    if (!buf_ok(shown))
        return -ENAMETOOLONG;
    return windows_path(buf_text(shown), full);
}

void *os_module_open(const char *dir, const char *subdir, const char *file, struct error *err)
{
    struct buf shown = BUF_MAX(1 << 15);
    struct way way = { 0 };
    wchar_t *full = NULL;
    HMODULE module = NULL;

    if (!os_path_is_absolute(dir) || strpbrk(file, "/\\:") || file[0] == '.') {
        error_set(err, ERR_PERM, "%s/%s: modules need an absolute directory and a plain name", dir,
                  file);
        return NULL;
    }
    int rc = full_path(dir, subdir, file, &shown, &full);
    if (rc < 0)
        error_set(err, ERR_PERM, "%.200s: %s", dir, os_strerror(rc));
    else if (!is_local(full))
        error_set(err, ERR_PERM,
                  "%s: is not on a drive of this machine; modules are loaded from nowhere else",
                  buf_text(&shown));
    else if (walk(&way, full, err) == 0)
        module = load(full, buf_text(&shown), err);
    leave(&way);
    mem_free(full);
    buf_free(&shown);
    return module;
}

void *os_module_symbol(void *module, const char *name)
{
    union {
        FARPROC found;
        void *address;
    } symbol = { GetProcAddress(module, name) };
    return symbol.address;
}

const char *os_module_suffix(void)
{
    return ".dll";
}

/* -- names ------------------------------------------------------------------------------------ */

/* 0 or -errno. */
static int read_whole(const char *path, unsigned char **data, size_t *size)
{
    const char *name = NULL;
    struct error err = { 0 };
    struct os_file *file = NULL;
    struct os_stat st = { 0 };
    char *text = NULL;

    struct os_dir *dir = os_dir_of(path, 0, &name, &err);
    int rc = dir ? windows_open(dir, name, OS_READ, &file) : -ENOENT;
    if (rc == 0)
        rc = windows_stat(file, &st);
    if (rc == 0 && (!st.regular || st.size == 0))
        rc = -EINVAL;
    if (rc == 0 && st.size > FILE_MAX)
        rc = -EFBIG;
    if (rc == 0) {
        text = mem_new((size_t)st.size, 1);
        rc = text ? 0 : -ENOMEM;
    }
    for (*size = 0; rc == 0 && *size < (size_t)st.size;) {
        const int64_t got = windows_read(file, text + *size, (size_t)st.size - *size);
        if (got <= 0) {
            rc = got < 0 ? (int)got : -EIO;
            break;
        }
        *size += (size_t)got;
    }
    if (file)
        windows_close(file);
    os_dir_close(&dir);
    if (rc < 0) {
        mem_free(text);
        text = NULL;
    }
    *data = (unsigned char *)text;
    return rc;
}

int os_module_symbols(const char *path, os_symbol each, void *ctx, struct error *err)
{
    unsigned char *data = NULL;
    size_t size = 0;

    int rc = read_whole(path, &data, &size);
    if (rc == -EINVAL)
        return error_set(err, ERR_PERM, "%s: is no regular file, or empty", path);
    if (rc < 0)
        return error_set(err, ERR_PERM, "%s: cannot be read: %s", path, os_strerror(rc));
    rc = windows_pe_symbols(data, size, each, ctx);
    mem_free(data);
    if (rc == -1)
        return error_set(err, ERR_CONFIG, "%s: is no library of this kind of machine", path);
    if (rc < 0)
        return error_set(err, ERR_CONFIG, "%s: has tables of names that cannot be read", path);
    return 0;
}

struct search {
    const char *name;
    bool found;
};

static void compare(void *ctx, const char *name, bool defined)
{
    struct search *search = ctx;
    search->found = search->found || (!defined && strcmp(name, search->name) == 0);
}

/* The loader refuses a library when a name it imports is missing: for one that is loaded, each of
 * them was found. */
bool os_module_resolves(const char *path, const char *name)
{
    struct search search = { .name = name };
    wchar_t *full = NULL;
    HMODULE module = NULL;

    if (windows_path(path, &full) == 0)
        module = GetModuleHandleW(full + wcslen(L"\\\\?\\"));
    if (full && !module)
        module = GetModuleHandleW(full);
    mem_free(full);
    if (!module)
        return false;
    return GetProcAddress(module, name) ||
           (os_module_symbols(path, compare, &search, NULL) == 0 && search.found);
}
