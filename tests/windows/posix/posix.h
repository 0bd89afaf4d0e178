/* What tests use of POSIX and Windows lacks; included before every test that is built for Windows.
 * A case that needs a process of its own, or what else Windows does not have, is skipped and says
 * so. */
#ifndef DCDDNS_TESTS_WINDOWS_POSIX_H
#define DCDDNS_TESTS_WINDOWS_POSIX_H

#define _POSIX_THREAD_SAFE_FUNCTIONS 200112L        /* gmtime_r() */
#define __printf__                   __gnu_printf__ /* CMocka's checks of formats */

#include <direct.h>
#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <malloc.h>
#include <process.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "platform/os.h"
#include <unistd.h>

enum { SIGKILL = 9, SIGPIPE = 13, SIGCHLD = 17, O_CLOEXEC = 0, EDQUOT = 122 };

#define malloc_usable_size    _msize
#define lstat                 stat
#define mkdir(path, mode)     posix_mkdir(path, mode)
#define fchmod(fd, mode)      ((void)(fd), (void)(mode), 0) /* whole files for our own user */
#define geteuid()             0U                            /* tests run as an administrator */
#define fork()                (skip(), -1)
#define symlink(from, to)     (skip(), (void)(from), (void)(to), -1)
#define mkfifo(path, mode)    (skip(), (void)(path), (void)(mode), -1)
#define chown(path, uid, gid) (skip(), (void)(path), (void)(uid), (void)(gid), -1)
#define kill(pid, signal)     (skip(), (void)(pid), (void)(signal), -1)
#define pause()               ((void)0)
#define alarm(seconds)        ((void)(seconds))
#define execl(...)            ((void)0)

/* Bytes are bytes, as elsewhere. */
__attribute__((constructor)) static inline void posix_binary(void)
{
    _fmode = _O_BINARY;
}

/* Private or for all to read: the access list of a new folder says so. */
static inline int posix_mkdir(const char *path, unsigned mode)
{
    if (_access(path, 0) == 0) {
        errno = EEXIST;
        return -1;
    }
    struct os_dir *dir = os_dir_open(path, OS_DIR_MAKE | (mode & 077 ? OS_DIR_SHARED : 0), NULL);
    const int result = dir ? 0 : -1;
    os_dir_close(&dir);
    return result;
}

/* "/tmp/name-XXXXXX" becomes "C:/tmp/name-abcdef", for its owner alone: PATTERN has room for two
 * characters more. */
char *mkdtemp(char *pattern);
/* "rm -rf 'PATH'", and nothing else. */
int posix_system(const char *command);
#define system(command) posix_system(command)

static inline void *memmem(const void *hay, size_t hay_len, const void *needle, size_t len)
{
    const char *at = hay;
    for (; len <= hay_len; at++, hay_len--) {
        if (memcmp(at, needle, len) == 0)
            return (char *)(uintptr_t)at;
    }
    return NULL;
}

static inline int setenv(const char *name, const char *value, int replace)
{
    return !replace && getenv(name) ? 0 : _putenv_s(name, value);
}

static inline int unsetenv(const char *name)
{
    return _putenv_s(name, "");
}

__attribute__((format(__MINGW_PRINTF_FORMAT, 2, 3))) static inline int
dprintf(int fd, const char *format, ...)
{
    char line[2048] = "";
    va_list ap;
    va_start(ap, format);
    int len = vsnprintf(line, sizeof(line), format, ap);
    va_end(ap);
    return len > 0 && len < (int)sizeof(line) ? write(fd, line, (unsigned)len) : -1;
}

#endif
