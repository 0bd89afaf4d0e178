/* Directories and paths on a POSIX system: a directory is a descriptor, so that nobody can change
 * what a name below it means.  Must not know what is in the files there. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "platform/posix.h"

static struct os_dir *dir_of_fd(int fd, const char *path, struct error *err)
{
    struct stat st = { 0 };
    struct os_dir *dir = mem_new(1, sizeof(*dir));
    char *copy = mem_strdup(path);
    int rc = dir && copy ? 0 : -ENOMEM;

    if (rc == 0 && fstat(fd, &st) != 0)
        rc = -errno;
    if (rc < 0) {
        mem_free(dir);
        mem_free(copy);
        close(fd);
        error_set(err, ERR_LOCAL, "%s: %s", path, os_strerror(rc));
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

/* The umask may have taken bits away.  Through no link: it may be another directory by now. */
static void set_mode(const char *path, mode_t mode)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)!fchmod(fd, mode);
    close(fd);
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
            set_mode(part, mode);
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
    if (made &&
        (fchmod(fd, mode) != 0 || (geteuid() == 0 && fchown(fd, parent->uid, parent->gid) != 0))) {
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

void os_dir_owner(const struct os_dir *dir, uint32_t *uid, uint32_t *gid)
{
    *uid = dir->uid;
    *gid = dir->gid;
}

int os_dir_trusted(const struct os_dir *dir, struct error *err)
{
    struct stat st = { 0 };
    if (fstat(dir->fd, &st) != 0)
        return error_set(err, ERR_LOCAL, "%s: %s", dir->path, os_strerror(errno));
    if (st.st_uid != 0 && st.st_uid != geteuid())
        return error_set(err, ERR_CONFIG,
                         "%s: belongs to user %u, who could replace what is in it; it must belong "
                         "to root or to the user who runs this; run: chown root '%s'",
                         dir->path, (unsigned)st.st_uid, dir->path);
    /* With the sticky bit the others cannot rename or delete what is not theirs. */
    if (st.st_mode & 022 && !(st.st_mode & S_ISVTX))
        return error_set(err, ERR_CONFIG,
                         "%s: is writable by group or others (mode %04o), who could replace what "
                         "is in it; only its owner may write it; run: chmod go-w '%s'",
                         dir->path, (unsigned)(st.st_mode & 07777), dir->path);
    return 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

struct names {
    char **list;
    size_t count;
};

/* A listing that breaks off is no listing: half of the names would pass for all. */
static struct dirent *next_entry(DIR *stream, int *rc)
{
    errno = 0;
    struct dirent *entry = readdir(stream);
    if (!entry)
        *rc = -errno;
    return entry;
}

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
    for (struct dirent *entry = next_entry(stream, &rc); entry; entry = next_entry(stream, &rc)) {
        if (add_name(&names, entry->d_name))
            continue;
        rc = -ENOMEM;
        break;
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

bool os_path_is_missing(const char *path)
{
    struct stat st = { 0 };
    return stat(path, &st) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

int os_path_can_write(const char *path)
{
    char part[PATH_MAX] = "";
    if (strlen(path) >= sizeof(part))
        return -ENAMETOOLONG;
    memcpy(part, path, strlen(path));
    while (faccessat(AT_FDCWD, part[0] ? part : "/", W_OK | X_OK, AT_EACCESS) != 0) {
        char *slash = strrchr(part, '/');
        if (errno != ENOENT || !slash)
            return -errno;
        *slash = '\0';
    }
    return 0;
}

bool os_path_is_absolute(const char *path)
{
    return path[0] == '/';
}

void os_path_tidy(char *path)
{
    (void)path; /* '\\' is a letter as any other */
}
