/* Directories and files on a POSIX system: names are opened below a directory descriptor, never
 * through a symbolic link, and what is read must not have been writable by a stranger. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "platform/posix.h"

static struct os_dir *dir_of_fd(int fd, const char *path, struct error *err)
{
    struct stat st = { 0 };
    struct os_dir *dir = mem_new(1, sizeof(*dir));
    char *copy = mem_strdup(path);

    if (!dir || !copy || fstat(fd, &st) != 0) {
        mem_free(dir);
        mem_free(copy);
        close(fd);
        error_set(err, ERR_LOCAL, "%s: out of memory", path);
        return NULL;
    }
    *dir = (struct os_dir){ .fd = fd, .path = copy, .uid = st.st_uid, .gid = st.st_gid };
    return dir;
}

static struct os_dir *checked(int fd, const char *path, int flags, struct error *err)
{
    struct os_dir *dir = dir_of_fd(fd, path, err);
    struct stat st = { 0 };
    if (!dir || !(flags & OS_DIR_PRIVATE))
        return dir;
    if (fstat(fd, &st) != 0)
        error_set(err, ERR_LOCAL, "%s: %s", path, os_strerror(errno));
    else if (st.st_mode & 077)
        error_set(err, ERR_LOCAL,
                  "%s: others may enter this directory (mode %04o); run: chmod 700 %s", path,
                  (unsigned)(st.st_mode & 07777), path);
    else if (geteuid() != 0 && st.st_uid != geteuid())
        error_set(err, ERR_LOCAL, "%s: belongs to user %u, not to user %u who runs this", path,
                  (unsigned)st.st_uid, (unsigned)geteuid());
    else
        return dir;
    os_dir_close(&dir);
    return NULL;
}

/* mkdir -p; existing parts are left as they are. */
static int make_parents(const char *path, mode_t mode)
{
    char part[PATH_MAX] = "";
    size_t len = strlen(path);
    if (len == 0 || len >= sizeof(part))
        return -ENAMETOOLONG;
    for (size_t i = 1; i <= len; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        if (mkdir(part, mode) == 0)
            (void)!chmod(part, mode); /* the umask may have taken bits away */
        else if (errno != EEXIST && errno != EROFS && errno != EACCES)
            return -errno;
    }
    return 0;
}

struct os_dir *os_dir_open(const char *path, int flags, struct error *err)
{
    if (flags & OS_DIR_MAKE) {
        int rc = make_parents(path, flags & OS_DIR_SHARED ? 0755 : 0700);
        if (rc < 0) {
            error_set(err, ERR_LOCAL, "cannot create directory %s: %s", path, os_strerror(rc));
            return NULL;
        }
    }
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        error_set(err, ERR_LOCAL, "cannot open directory %s: %s", path, os_strerror(errno));
        return NULL;
    }
    return checked(fd, path, flags, err);
}

struct os_dir *os_dir_sub(struct os_dir *parent, const char *name, int flags, struct error *err)
{
    char path[PATH_MAX] = "";
    snprintf(path, sizeof(path), "%s/%s", parent->path, name);
    mode_t mode = flags & OS_DIR_SHARED ? 0755 : 0700;
    bool made = flags & OS_DIR_MAKE && mkdirat(parent->fd, name, mode) == 0;
    int fd = openat(parent->fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        error_set(err, ERR_LOCAL, "cannot open directory %s: %s", path, os_strerror(errno));
        return NULL;
    }
    if (made && fchmod(fd, mode) == 0 && geteuid() == 0 &&
        fchown(fd, parent->uid, parent->gid) != 0) {
        error_set(err, ERR_LOCAL, "cannot give %s to its owner: %s", path, os_strerror(errno));
        close(fd);
        return NULL;
    }
    return checked(fd, path, flags, err);
}

void os_dir_close(struct os_dir **dir)
{
    if (!*dir)
        return;
    close((*dir)->fd);
    mem_free((*dir)->path);
    mem_free(*dir);
    *dir = NULL;
}

const char *os_dir_path(const struct os_dir *dir)
{
    return dir->path;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

struct names {
    char **list;
    size_t count;
};

static bool add_name(struct names *names, const char *name)
{
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return true;
    char **list = mem_resize(names->list, (names->count + 1) * sizeof(*list));
    if (!list)
        return false;
    names->list = list;
    list[names->count] = mem_strdup(name);
    return list[names->count] && ++names->count;
}

int os_dir_list(struct os_dir *dir, bool (*each)(void *ctx, const char *name), void *ctx)
{
    struct names names = { 0 };
    int rc = 0;
    int fd = openat(dir->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = fd >= 0 ? fdopendir(fd) : NULL;

    if (!stream) {
        rc = -errno;
        if (fd >= 0)
            close(fd);
        return rc;
    }
    for (struct dirent *entry = readdir(stream); entry && rc == 0; entry = readdir(stream)) {
        if (!add_name(&names, entry->d_name))
            rc = -ENOMEM;
    }
    closedir(stream);
    if (names.count > 1)
        qsort(names.list, names.count, sizeof(*names.list), by_name);
    bool more = rc == 0;
    for (size_t i = 0; i < names.count; i++) {
        more = more && each(ctx, names.list[i]);
        mem_free(names.list[i]);
    }
    mem_free(names.list);
    return rc;
}

int os_dir_remove(struct os_dir *parent, const char *name)
{
    return unlinkat(parent->fd, name, AT_REMOVEDIR) == 0 ? 0 : -errno;
}

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

static bool trusted(const struct os_dir *dir, const struct os_stat *st)
{
    bool owner = st->uid == 0 || st->uid == geteuid() || st->uid == dir->uid;
    return owner && !(st->mode & 022);
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

int os_read_file(struct os_dir *dir, const char *name, size_t max, char **text, size_t *len,
                 int64_t id[3])
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
    if (rc == 0 && !trusted(dir, &st))
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

struct os_dir *os_dir_of(const char *path, int flags, const char **name, struct error *err)
{
    const char *slash = strrchr(path, '/');
    char *parent = NULL;
    struct os_dir *dir = NULL;

    *name = slash ? slash + 1 : path;
    parent = slash == path ? mem_strdup("/")
             : slash       ? mem_strndup(path, (size_t)(slash - path))
                           : mem_strdup(".");
    if (!parent)
        error_set(err, ERR_LOCAL, "%s: out of memory", path);
    else
        dir = os_dir_open(parent, flags, err);
    mem_free(parent);
    return dir;
}

char *os_real_path(const char *path)
{
    char resolved[PATH_MAX];
    return realpath(path, resolved) ? mem_strdup(resolved) : NULL;
}

bool os_path_is_absolute(const char *path)
{
    return path[0] == '/';
}
