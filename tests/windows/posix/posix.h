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
#define lstat                 stat /* which is in posix.c, as open(), rename() and remove() are */
#define mkdir(path, mode)     posix_mkdir(path, mode)
#define chmod(path, mode)     posix_chmod(path, mode)
#define fchmod(fd, mode)      posix_fchmod(fd, mode)
#define fstat(fd, st)         posix_fstat(fd, st)
#define geteuid()             0U /* tests run as an administrator */
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
    (void)_setmode(_fileno(stderr), _O_BINARY);
}

/* The permission bits are those of the access list, as core/platform reads and writes it: what
 * others may is what is in the last three bits; its owner may everything. */
int posix_chmod(const char *path, unsigned mode);
int posix_fchmod(int fd, unsigned mode);
int posix_fstat(int fd, struct stat *st);

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

/* "/tmp/name-XXXXXX" becomes "C:/windows/temp/name-abcdef", for its owner alone: PATTERN has room
 * for 11 characters more.  Others are on the present drive. */
char *mkdtemp(char *pattern);
/* Of its own kind: read() and write() do not know sockets. */
int posix_socketpair(int ends[2]);
#define socketpair(domain, type, protocol, ends) posix_socketpair(ends)
#define pipe(ends)                               _pipe(ends, 1 << 16, _O_BINARY)
int posix_dup2(int from, int to);
#define dup2(from, to) posix_dup2(from, to)
/* As open descriptors elsewhere. */
int posix_handles(void);
/* Not in the root of the drive. */
FILE *posix_tmpfile(void);
#define tmpfile() posix_tmpfile()
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
