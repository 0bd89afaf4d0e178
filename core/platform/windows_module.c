/* Loads libraries that only SYSTEM, administrators or we can have written.  Knows nothing of
 * plugins. */
#include "platform/windows_handles.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

enum { FILE_MAX = 64 << 20 };

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
    struct windows_way way = {
        .rule = "modules are loaded only from places that nobody else can write"
    };
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
    else if (windows_way_walk(&way, full, err) == 0)
        module = load(full, buf_text(&shown), err);
    windows_way_leave(&way);
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
