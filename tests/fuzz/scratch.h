/* A folder in memory where a target puts the input as a file; gone when the process ends. */
#ifndef DCDDNS_TESTS_FUZZ_SCRATCH_H
#define DCDDNS_TESTS_FUZZ_SCRATCH_H

#include "fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

static char scratch[64];
static char scratch_file[128];

static inline int scratch_remove(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

static inline void scratch_wipe(void)
{
    nftw(scratch, scratch_remove, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void scratch_silence(void *ctx, int level, const char *line)
{
    (void)ctx;
    (void)level;
    FUZZ_CHECK(fuzz_is_plain(line));
}

/* The folder, made at the first call; log lines go nowhere. */
static inline const char *scratch_path(void)
{
    if (scratch[0])
        return scratch;
    log_to(scratch_silence, NULL);
    snprintf(scratch, sizeof(scratch), "%s/dcddns-fuzz-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    FUZZ_CHECK(mkdtemp(scratch));
    atexit(scratch_wipe);
    return scratch;
}

/* Path of NAME in the folder; valid until the next call. */
static inline const char *scratch_name(const char *name)
{
    snprintf(scratch_file, sizeof(scratch_file), "%s/%s", scratch_path(), name);
    return scratch_file;
}

static inline void scratch_write(const char *name, const uint8_t *data, size_t len)
{
    int fd = open(scratch_name(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    FUZZ_CHECK(fd >= 0);
    FUZZ_CHECK(len == 0 || write(fd, data, len) == (ssize_t)len);
    FUZZ_CHECK(close(fd) == 0);
}

#endif
