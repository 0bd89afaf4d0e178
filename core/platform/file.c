/* Files on a POSIX system: names are opened below a directory descriptor, never through a symbolic
 * link.  Must not know whom reading trusts. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
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

int platform_set_mode(struct os_file *file, uint32_t mode)
{
    return fchmod(file->fd, (mode_t)mode) != 0 ? -errno : 0;
}
