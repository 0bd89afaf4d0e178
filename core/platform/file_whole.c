/* Whole files on any system, by the table of calls: what is read must not have been writable by a
 * stranger, what is written appears in one step. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "platform/inside.h"

enum { NAME_SIZE = 256 }; /* of a file, with the NUL */

enum { NO_WRITERS = 022, NO_READERS = 026 }; /* others' rights; a group may be let in to read */

static bool trusted(const struct os_stat *st, uint32_t owner, unsigned forbidden)
{
    return (st->uid == 0 || st->uid == platform_user() || st->uid == owner) &&
           !(st->mode & forbidden);
}

static int read_all(struct os_file *file, char *text, size_t size, size_t *len)
{
    size_t used = 0;
    while (used < size) {
        int64_t got = os.read(file, text + used, size - used);
        if (got == -EINTR)
            continue;
        if (got < 0)
            return (int)got;
        if (got == 0)
            break;
        used += (size_t)got;
    }
    *len = used;
    return 0;
}

/* OWNER is trusted beside root and us. */
static int read_trusted(struct os_dir *dir, const char *name, size_t max, uint32_t owner,
                        unsigned forbidden, char **text, size_t *len, int64_t id[3])
{
    struct os_file *file = NULL;
    struct os_stat st = { 0 };
    char *content = NULL;
    size_t size = 0;

    *text = NULL;
    int rc = os.open(dir, name, OS_READ, &file);
    if (rc < 0)
        return rc;
    rc = os.stat(file, &st);
    if (rc == 0 && !st.regular)
        rc = -EINVAL;
    if (rc == 0 && !trusted(&st, owner, forbidden))
        rc = -EPERM;
    if (rc == 0 && (uint64_t)st.size > max)
        rc = -EFBIG;
    if (rc == 0) {
        content = mem_new((size_t)st.size + 1, 1);
        rc = content ? read_all(file, content, (size_t)st.size, &size) : -ENOMEM;
    }
    os.close(file);
    if (rc < 0) {
        if (content)
            mem_wipe(content, (size_t)st.size);
        mem_free(content);
        return rc;
    }
    *text = content;
    *len = size;
    if (id)
        memcpy(id, st.id, sizeof(st.id));
    return 0;
}

static uint32_t owner_of(const struct os_dir *dir)
{
    uint32_t uid = 0, gid = 0;
    os_dir_owner(dir, &uid, &gid);
    return uid;
}

int os_read_file(struct os_dir *dir, const char *name, size_t max, char **text, size_t *len,
                 int64_t id[3])
{
    return read_trusted(dir, name, max, owner_of(dir), NO_WRITERS, text, len, id);
}

int os_read_own_file(struct os_dir *dir, const char *name, size_t max, char **text, size_t *len)
{
    return read_trusted(dir, name, max, platform_user(), NO_WRITERS, text, len, NULL);
}

int os_read_secret_file(struct os_dir *dir, const char *name, size_t max, char **text, size_t *len)
{
    /* Commands of root's read what the daemon's user was given, as by LoadCredential=. */
    const uint32_t owner = os_is_root() ? owner_of(dir) : platform_user();
    return read_trusted(dir, name, max, owner, NO_READERS, text, len, NULL);
}

int os_write_all(struct os_file *file, const void *data, size_t len)
{
    const char *at = data;
    while (len > 0) {
        int64_t put = os.write(file, at, len);
        if (put == -EINTR)
            continue;
        if (put <= 0)
            return put < 0 ? (int)put : -EIO;
        at += put;
        len -= (size_t)put;
    }
    return 0;
}

int os_replace_file(struct os_dir *dir, const char *name, const char *text, size_t len,
                    uint32_t mode, bool durable)
{
    char temporary[NAME_SIZE] = "";
    struct os_file *file = NULL;

    if (snprintf(temporary, sizeof(temporary), "%s.tmp", name) >= (int)sizeof(temporary))
        return -ENAMETOOLONG;
    int rc = os.unlink(dir, temporary);
    if (rc < 0 && rc != -ENOENT)
        return rc;
    rc = os.open(dir, temporary, OS_CREATE, &file);
    if (rc < 0)
        return rc;
    rc = os_write_all(file, text, len);
    if (rc == 0)
        rc = platform_set_mode(file, mode);
    if (rc == 0 && durable)
        rc = os.sync(file);
    int closed = os.close(file);
    if (rc == 0)
        rc = closed;
    if (rc == 0)
        rc = os.rename(dir, temporary, name);
    if (rc < 0) {
        os.unlink(dir, temporary);
        return rc;
    }
    return durable ? os.sync_dir(dir) : 0;
}
