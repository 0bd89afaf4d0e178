/* The log of the service: standard error, at the end of a file that every start goes on with.  Must
 * not know what is in it. */
#include "platform/windows.h"

#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <stdio.h>

#include "base/mem.h"
#include "platform/service.h"

enum { SHARE_ALL = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE };

static const char log_name[] = "service.log", log_before[] = "service.log.1";

/* A service has no standard error, not even a closed one: then what is opened becomes it.  That is
 * how the C library of the system is asked; it has no call for it. */
static int become_stderr(HANDLE handle)
{
    const int fd = _open_osfhandle((intptr_t)handle, _O_TEXT);

    if (fd < 0) {
        CloseHandle(handle);
        return -EMFILE;
    }
    int rc = 0;
    if (_fileno(stderr) >= 0) {
        rc = _dup2(fd, _fileno(stderr)) != 0 ? -EIO : 0;
        _close(fd);
    } else {
        FILE *made = _fdopen(fd, "a");
        if (!made)
            return -EMFILE;
        *stderr = *made;
    }
    setvbuf(stderr, NULL, _IONBF, 0);
    return rc;
}

/* 0 when there is none. */
static int64_t length_of(const wchar_t *path)
{
    LARGE_INTEGER size = { .QuadPart = 0 };
    HANDLE handle =
        CreateFileW(path, FILE_READ_ATTRIBUTES, SHARE_ALL, NULL, OPEN_EXISTING, 0, NULL);

    if (handle == INVALID_HANDLE_VALUE)
        return 0;
    if (!GetFileSizeEx(handle, &size))
        size.QuadPart = 0;
    CloseHandle(handle);
    return size.QuadPart;
}

/* Only with the right to add, so that two processes never write over each other's lines. */
static int64_t open_end(struct os_dir *dir, const wchar_t *path)
{
    int64_t length = length_of(path);

    if (length > OS_SERVICE_LOG_MAX && windows_rename(dir, log_name, log_before) == 0)
        length = 0;
    const bool anew = length > OS_SERVICE_LOG_UNMOVED;
    HANDLE handle = CreateFileW(path, FILE_APPEND_DATA, SHARE_ALL, NULL,
                                anew ? CREATE_ALWAYS : OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    if (handle == INVALID_HANDLE_VALUE)
        return windows_last_error();
    const int rc = become_stderr(handle);
    return rc < 0 ? rc : anew ? 0 : length;
}

int64_t os_service_log(const char *state_dir)
{
    struct error ignored = { 0 };
    struct os_dir *dir = os_dir_open(state_dir, OS_DIR_MAKE | OS_DIR_PRIVATE, &ignored);
    wchar_t *path = NULL;
    int64_t length = dir ? windows_name(dir, log_name, &path) : -EACCES;

    if (length == 0) {
        fflush(stderr);
        length = open_end(dir, path);
    }
    mem_free(path);
    os_dir_close(&dir);
    return length;
}
