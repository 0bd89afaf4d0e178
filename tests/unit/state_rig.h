/* For the tests of core/state/: a scratch directory, file calls that fail or kill on demand, and
 * allocations that fail and never see a secret released unwiped. */
#ifndef DCDDNS_TESTS_STATE_RIG_H
#define DCDDNS_TESTS_STATE_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"
#include "platform/os.h"

/* -- scratch directory ------------------------------------------------------------------------ */

struct scratch {
    char path[64];
    struct os_dir *dir;
};

static inline int scratch_remove_one(const char *path, const struct stat *st, int type,
                                     struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static inline void scratch_open(struct scratch *s)
{
    struct error err = { 0 };
    /* In memory where possible: thousands of syncs. */
    snprintf(s->path, sizeof(s->path), "%s/dcddns-state-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    assert_non_null(mkdtemp(s->path));
    s->dir = os_dir_open(s->path, OS_DIR_PRIVATE, &err);
    if (!s->dir)
        fail_msg("%s", err.text);
}

static inline void scratch_close(struct scratch *s)
{
    os_dir_close(&s->dir);
    nftw(s->path, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline const char *scratch_path(const struct scratch *s, const char *name)
{
    static char path[4][512];
    static unsigned turn;
    char *out = path[turn++ % 4];
    snprintf(out, sizeof(path[0]), "%s/%s", s->path, name);
    return out;
}

/* Bytes of a file (mem: free()), -1 when it is not there. */
static inline long scratch_read(const struct scratch *s, const char *name, char **out)
{
    FILE *file = fopen(scratch_path(s, name), "rb");
    *out = NULL;
    if (!file)
        return -1;
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    long size = ftell(file);
    rewind(file);
    *out = calloc((size_t)size + 1, 1);
    assert_non_null(*out);
    assert_int_equal(fread(*out, 1, (size_t)size, file), (size_t)size);
    fclose(file);
    return size;
}

static inline void scratch_write(const struct scratch *s, const char *name, const char *data,
                                 size_t len)
{
    int fd = open(scratch_path(s, name), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, len), (ssize_t)len);
    close(fd);
}

static inline bool scratch_has(const struct scratch *s, const char *name)
{
    struct stat st;
    return lstat(scratch_path(s, name), &st) == 0;
}

/* -- file calls that fail --------------------------------------------------------------------- */

enum rig_call {
    RIG_OPEN,
    RIG_STAT,
    RIG_READ,
    RIG_WRITE,
    RIG_SEEK,
    RIG_SYNC,
    RIG_CLOSE,
    RIG_RENAME,
    RIG_LINK,
    RIG_UNLINK,
    RIG_SYNC_DIR,
    RIG_LOCK,
    RIG_CALLS
};

enum rig_how {
    RIG_ERROR,     /* the K-th call does nothing and returns CODE */
    RIG_STICKY,    /* so do all later ones of its name */
    RIG_SHORT,     /* reads and writes: half of it */
    RIG_DIE,       /* the process is killed instead of the call */
    RIG_DIE_AFTER, /* ... after the call */
    RIG_SHORT_DIE, /* ... after half of the call */
};

struct rig_fault {
    enum rig_call call;
    int k; /* from 1; 0 = none */
    enum rig_how how;
    int code; /* negative errno */
};

static struct os_calls rig_real;
static struct rig_fault rig_fault;
static int rig_seen[RIG_CALLS]; /* calls made since rig_arm() */
static int rig_open_files;

static inline void rig_die(void)
{
    kill(getpid(), SIGKILL);
    pause();
}

/* True: the call fails now with *RC. */
static inline bool rig_hit(enum rig_call call, int64_t *rc)
{
    int n = ++rig_seen[call];
    bool now = rig_fault.k > 0 && call == rig_fault.call &&
               (n == rig_fault.k || (rig_fault.how == RIG_STICKY && n > rig_fault.k));
    if (!now)
        return false;
    if (rig_fault.how == RIG_DIE)
        rig_die();
    *rc = rig_fault.code;
    return rig_fault.how == RIG_ERROR || rig_fault.how == RIG_STICKY;
}

static inline bool rig_is(enum rig_call call, enum rig_how how)
{
    return rig_fault.k > 0 && rig_fault.call == call && rig_fault.how == how &&
           rig_seen[call] == rig_fault.k;
}

static inline int64_t rig_done(enum rig_call call, int64_t rc)
{
    if (rig_is(call, RIG_DIE_AFTER) || rig_is(call, RIG_SHORT_DIE))
        rig_die();
    return rc;
}

static inline size_t rig_part(enum rig_call call, size_t len)
{
    return rig_is(call, RIG_SHORT) || rig_is(call, RIG_SHORT_DIE) ? (len + 1) / 2 : len;
}

static inline int rig_open(struct os_dir *dir, const char *name, int how, struct os_file **file)
{
    int64_t rc = 0;
    *file = NULL;
    if (rig_hit(RIG_OPEN, &rc))
        return (int)rc;
    rc = rig_real.open(dir, name, how, file);
    rig_open_files += rc == 0;
    return (int)rig_done(RIG_OPEN, rc);
}

static inline int rig_stat(struct os_file *file, struct os_stat *out)
{
    int64_t rc = 0;
    return rig_hit(RIG_STAT, &rc) ? (int)rc : (int)rig_done(RIG_STAT, rig_real.stat(file, out));
}

static inline int64_t rig_read(struct os_file *file, void *out, size_t len)
{
    int64_t rc = 0;
    if (rig_hit(RIG_READ, &rc))
        return rc;
    return rig_done(RIG_READ, rig_real.read(file, out, rig_part(RIG_READ, len)));
}

static inline int64_t rig_write(struct os_file *file, const void *data, size_t len)
{
    int64_t rc = 0;
    if (rig_hit(RIG_WRITE, &rc))
        return rc;
    return rig_done(RIG_WRITE, rig_real.write(file, data, rig_part(RIG_WRITE, len)));
}

static inline int rig_seek(struct os_file *file)
{
    int64_t rc = 0;
    return rig_hit(RIG_SEEK, &rc) ? (int)rc : (int)rig_done(RIG_SEEK, rig_real.seek_start(file));
}

static inline int rig_sync(struct os_file *file)
{
    int64_t rc = 0;
    return rig_hit(RIG_SYNC, &rc) ? (int)rc : (int)rig_done(RIG_SYNC, rig_real.sync(file));
}

static inline int rig_close(struct os_file *file)
{
    int64_t rc = 0;
    bool hit = rig_hit(RIG_CLOSE, &rc);
    int real = rig_real.close(file); /* the struct is gone whatever is returned */
    rig_open_files--;
    return hit ? (int)rc : (int)rig_done(RIG_CLOSE, real);
}

static inline int rig_rename(struct os_dir *dir, const char *from, const char *to)
{
    int64_t rc = 0;
    return rig_hit(RIG_RENAME, &rc) ? (int)rc
                                    : (int)rig_done(RIG_RENAME, rig_real.rename(dir, from, to));
}

static inline int rig_link(struct os_dir *dir, const char *from, const char *to)
{
    int64_t rc = 0;
    return rig_hit(RIG_LINK, &rc) ? (int)rc : (int)rig_done(RIG_LINK, rig_real.link(dir, from, to));
}

static inline int rig_unlink(struct os_dir *dir, const char *name)
{
    int64_t rc = 0;
    return rig_hit(RIG_UNLINK, &rc) ? (int)rc
                                    : (int)rig_done(RIG_UNLINK, rig_real.unlink(dir, name));
}

static inline int rig_sync_dir(struct os_dir *dir)
{
    int64_t rc = 0;
    return rig_hit(RIG_SYNC_DIR, &rc) ? (int)rc
                                      : (int)rig_done(RIG_SYNC_DIR, rig_real.sync_dir(dir));
}

static inline int rig_lock(struct os_file *file)
{
    int64_t rc = 0;
    return rig_hit(RIG_LOCK, &rc) ? (int)rc : (int)rig_done(RIG_LOCK, rig_real.lock(file));
}

/* Puts the rig between the code and the system, with one fault; counts anew. */
static inline void rig_arm(struct rig_fault fault)
{
    if (!rig_real.open)
        rig_real = os;
    memset(rig_seen, 0, sizeof(rig_seen));
    rig_open_files = 0;
    rig_fault = fault;
    os.open = rig_open;
    os.stat = rig_stat;
    os.read = rig_read;
    os.write = rig_write;
    os.seek_start = rig_seek;
    os.sync = rig_sync;
    os.close = rig_close;
    os.rename = rig_rename;
    os.link = rig_link;
    os.unlink = rig_unlink;
    os.sync_dir = rig_sync_dir;
    os.lock = rig_lock;
}

static inline void rig_disarm(void)
{
    os = rig_real;
}

/* True when the fault's turn came. */
static inline bool rig_fired(void)
{
    return rig_seen[rig_fault.call] >= rig_fault.k;
}

/* -- allocations ------------------------------------------------------------------------------ */

static int rig_allocs, rig_alloc_fails; /* fails: number of the allocation, 0 = none */
static bool rig_alloc_sticky;
static const char *rig_secret; /* may not stand in memory that is released */
static int rig_leaks;

static inline bool rig_alloc_hit(void)
{
    int n = ++rig_allocs;
    return rig_alloc_fails > 0 &&
           (n == rig_alloc_fails || (rig_alloc_sticky && n > rig_alloc_fails));
}

static inline void *rig_alloc(size_t size)
{
    return rig_alloc_hit() ? NULL : calloc(size, 1);
}

static inline void rig_look(const void *block)
{
    if (block && rig_secret &&
        memmem(block, malloc_usable_size((void *)(uintptr_t)block), rig_secret, strlen(rig_secret)))
        rig_leaks++;
}

static inline void *rig_resize(void *block, size_t size)
{
    if (rig_alloc_hit())
        return NULL;
    size_t have = block ? malloc_usable_size(block) : 0;
    char *fresh = calloc(size, 1);
    assert_non_null(fresh);
    if (block)
        memcpy(fresh, block, have < size ? have : size);
    rig_look(block);
    free(block);
    return fresh;
}

static inline void rig_release(void *block)
{
    rig_look(block);
    free(block);
}

/* The N-th allocation from now on fails (0: none). */
static inline void rig_fail_alloc(int n, bool sticky)
{
    rig_allocs = 0;
    rig_alloc_fails = n;
    rig_alloc_sticky = sticky;
}

/* For main(): the library and cJSON allocate through the rig. */
static inline void rig_use_memory(void)
{
    mem_calls.alloc = rig_alloc;
    mem_calls.resize = rig_resize;
    mem_calls.release = rig_release;
    json_use_allocator(os_wiping_alloc, os_wiping_release);
}

#endif
