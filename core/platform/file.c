/* Files on a POSIX system: names are opened below a directory descriptor, never through a symbolic
 * link, and what is read must not have been writable by a stranger. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/mem.h"
#include "platform/posix.h"

/* Root working in a service's folder must not leave files there that the service cannot read.  Only
 * what root has just made: a name planted there may be a hard link to one of root's own files. */
static int give_to_owner(const struct os_dir *dir, int fd)
{
    struct stat st = { 0 };
    if (geteuid() != 0 || dir->uid == 0)
        return 0;
    if (fstat(fd, &st) != 0)
        return -errno;
    if (st.st_uid != 0 || !S_ISREG(st.st_mode) || st.st_nlink != 1)
        return 0;
    return fchown(fd, dir->uid, dir->gid) != 0 ? -errno : 0;
}

int posix_open(struct os_dir *dir, const char *name, int how, struct os_file **out)
{
    /* O_NONBLOCK: a FIFO planted under the name must not hang us. */
    int flags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    flags |= how == OS_CREATE ? O_RDWR | O_CREAT | O_EXCL : how == OS_LOCK ? O_RDWR | O_CREAT : 0;
    struct os_file *file = mem_new(1, sizeof(*file));

    *out = NULL;
    if (!file)
        return -ENOMEM;
    file->fd = openat(dir->fd, name, flags, 0600);
    if (file->fd < 0) {
        int rc = -errno;
        mem_free(file);
        return rc;
    }
    int rc = how == OS_READ ? 0 : give_to_owner(dir, file->fd);
    if (rc < 0) {
        posix_close(file);
        return rc;
    }
    *out = file;
    return 0;
}

int posix_stat(struct os_file *file, struct os_stat *out)
{
    struct stat st = { 0 };
    if (fstat(file->fd, &st) != 0)
        return -errno;
    *out = (struct os_stat){
        .regular = S_ISREG(st.st_mode),
        .directory = S_ISDIR(st.st_mode),
        .uid = st.st_uid,
        .mode = st.st_mode & 07777,
        .size = st.st_size,
        .id = { (int64_t)(st.st_dev * 0x9e3779b9U + st.st_ino),
                (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec, st.st_size },
    };
    return 0;
}

int64_t posix_read(struct os_file *file, void *out, size_t len)
{
    ssize_t got = read(file->fd, out, len);
    return got < 0 ? -errno : got;
}

int64_t posix_write(struct os_file *file, const void *data, size_t len)
{
    ssize_t put = write(file->fd, data, len);
    return put < 0 ? -errno : put;
}

int posix_seek_start(struct os_file *file)
{
    return lseek(file->fd, 0, SEEK_SET) < 0 ? -errno : 0;
}

int posix_sync(struct os_file *file)
{
    return fsync(file->fd) != 0 ? -errno : 0;
}

int posix_close(struct os_file *file)
{
    /* Linux frees the descriptor even when close() fails with EINTR: never a second time. */
    int rc = close(file->fd) != 0 && errno != EINTR ? -errno : 0;
    mem_free(file);
    return rc;
}

int posix_rename(struct os_dir *dir, const char *from, const char *to)
{
    return renameat(dir->fd, from, dir->fd, to) != 0 ? -errno : 0;
}

int posix_link(struct os_dir *dir, const char *from, const char *to)
{
    return linkat(dir->fd, from, dir->fd, to, 0) != 0 ? -errno : 0;
}

int posix_unlink(struct os_dir *dir, const char *name)
{
    return unlinkat(dir->fd, name, 0) != 0 ? -errno : 0;
}

int posix_sync_dir(struct os_dir *dir)
{
    return fsync(dir->fd) != 0 ? -errno : 0;
}

int posix_lock(struct os_file *file)
{
    if (flock(file->fd, LOCK_EX | LOCK_NB) == 0)
        return 0;
    return errno == EWOULDBLOCK ? -EAGAIN : -errno;
}

enum { NO_WRITERS = 022, NO_READERS = 026 }; /* others' rights; a group may be let in to read */

static bool trusted(const struct os_stat *st, uid_t owner, unsigned forbidden)
{
    return (st->uid == 0 || st->uid == geteuid() || st->uid == owner) && !(st->mode & forbidden);
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
static int read_trusted(struct os_dir *dir, const char *name, size_t max, uid_t owner,
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

int os_read_file(struct os_dir *dir, const char *name, size_t max, char **text, size_t *len,
                 int64_t id[3])
{
    return read_trusted(dir, name, max, dir->uid, NO_WRITERS, text, len, id);
}

int os_read_own_file(struct os_dir *dir, const char *name, size_t max, char **text, size_t *len)
{
    return read_trusted(dir, name, max, geteuid(), NO_WRITERS, text, len, NULL);
}

int os_read_secret_file(struct os_dir *dir, const char *name, size_t max, char **text, size_t *len)
{
    /* Commands of root's read what the daemon's user was given, as by LoadCredential=. */
    const uid_t owner = geteuid() == 0 ? dir->uid : geteuid();
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
    char temporary[NAME_MAX + 1] = "";
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
    if (rc == 0 && fchmod(file->fd, (mode_t)mode) != 0)
        rc = -errno;
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
