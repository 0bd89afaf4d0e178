/* What tests use of POSIX and Windows lacks; included before every test that is built for Windows.  A
 * case that needs a process of its own is skipped, and says so. */
#ifndef DCDDNS_TESTS_WINDOWS_POSIX_H
#define DCDDNS_TESTS_WINDOWS_POSIX_H

#include <direct.h>
#include <io.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define malloc_usable_size _msize
#define lstat stat
#define mkdir(path, mode) ((void)(mode), _mkdir(path))
#define fork() (skip(), -1)
#define execl(...) ((void)0)

/* "/tmp/name-XXXXXX" becomes "C:/tmp/name-abcdef": PATTERN has room for two characters more. */
static inline char *mkdtemp(char *pattern)
{
    size_t len = strlen(pattern) + 1;
    memmove(pattern + 2, pattern, len);
    pattern[0] = (char)('A' + _getdrive() - 1);
    pattern[1] = ':';
    return _mktemp(pattern) && _mkdir(pattern) == 0 ? pattern : NULL;
}

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

#endif
