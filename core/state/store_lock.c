/* One process at a time: the file `lock` in the directory of a record, and any other lock file of
 * this room.  Must not know what the lock protects. */
#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "state/store.h"
#include "state/store_retry.h"

enum { RACE_TRIES = 3 };

struct store_lock {
    struct os_file *file;
};

static int open_name(struct os_dir *dir, const char *name, int how, struct os_file **file,
                     struct os_stat *st)
{
    int rc = 0;
    int tries = 0;
    do {
        rc = os.open(dir, name, how, file);
    } while (store_interrupted(rc, &tries));
    if (rc < 0)
        return rc;
    tries = 0;
    do {
        rc = os.stat(*file, st);
    } while (store_interrupted(rc, &tries));
    if (rc == 0 && !st->regular)
        rc = -EINVAL;
    if (rc == 0)
        return 0;
    os.close(*file);
    *file = NULL;
    return rc;
}

/* A lock on a file that store_erase() has unlinked meanwhile would keep nobody out. */
static int still_named(struct os_dir *dir, const char *name, const struct os_stat *locked)
{
    struct os_file *file = NULL;
    struct os_stat st = { 0 };
    int rc = open_name(dir, name, OS_READ, &file, &st);
    if (rc == 0)
        os.close(file);
    if (rc == 0 && memcmp(st.id, locked->id, sizeof(st.id)) != 0)
        rc = -ENOENT;
    return rc;
}

static int take(struct os_dir *dir, const char *name, struct os_file **file)
{
    struct os_stat st = { 0 };
    int tries = 0;
    int rc = open_name(dir, name, OS_LOCK, file, &st);
    if (rc < 0)
        return rc;
    do {
        rc = os.lock(*file);
    } while (store_interrupted(rc, &tries));
    if (rc == 0)
        rc = still_named(dir, name, &st);
    if (rc < 0) {
        os.close(*file);
        *file = NULL;
    }
    return rc;
}

struct store_lock *store_lock_named(struct os_dir *dir, const char *name, struct error *err)
{
    struct store_lock *lock = mem_new(1, sizeof(*lock));
    int rc = -ENOMEM;

    for (int i = 0; lock && i < RACE_TRIES; i++) {
        rc = take(dir, name, &lock->file);
        if (rc != -ENOENT)
            break;
    }
    if (rc == 0)
        return lock;
    mem_free(lock);
    if (rc == -EAGAIN)
        error_set(err, ERR_TEMP, "%s/%s is held by another dcddns process; try again in a minute",
                  os_dir_path(dir), name);
    else if (rc == -EINVAL || rc == -ELOOP || rc == -EISDIR)
        error_set(err, ERR_LOCAL, "%s/%s is not a regular file; remove it", os_dir_path(dir), name);
    else
        error_set(err, ERR_LOCAL, "cannot lock %s/%s: %s", os_dir_path(dir), name, os_strerror(rc));
    return NULL;
}

struct store_lock *store_lock(struct os_dir *dir, struct error *err)
{
    return store_lock_named(dir, STORE_LOCK_NAME, err);
}

void store_unlock(struct store_lock **lock)
{
    if (!*lock)
        return;
    os.close((*lock)->file);
    mem_free(*lock);
    *lock = NULL;
}
