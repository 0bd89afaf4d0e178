/* Local stream sockets on Linux: who may connect is the socket file's mode, who did is the kernel's
 * word.  Must not know what is said through them. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "platform/posix.h"

enum { BACKLOG = 16, SOCKET_MODE = 0660, GROUP_MAX = 64 };

struct os_listener {
    int fd;
    char *path;
    dev_t device; /* of the socket file, so that only ours is removed */
    ino_t inode;
};

static int socket_for(const char *path, struct sockaddr_un *at)
{
    size_t len = strlen(path);
    *at = (struct sockaddr_un){ .sun_family = AF_UNIX };
    if (len >= sizeof(at->sun_path))
        return -ENAMETOOLONG;
    memcpy(at->sun_path, path, len + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return fd < 0 ? -errno : fd;
}

/* 0 or -errno; -EAGAIN: somebody listens, and lets nobody in: the backlog is full. */
static int try_connect(int fd, const struct sockaddr_un *to)
{
    return connect(fd, (const struct sockaddr *)to, sizeof(*to)) != 0 ? -errno : 0;
}

/* 0 when PATH is free now: nothing was there, or a socket that its daemon left behind. */
static int make_way(const char *path, struct error *err)
{
    struct stat st = { 0 };
    struct sockaddr_un at = { 0 };

    if (lstat(path, &st) != 0)
        return 0;
    if (!S_ISSOCK(st.st_mode))
        return error_set(err, ERR_LOCAL, "%s: is there and is no socket; remove it", path);
    int fd = socket_for(path, &at);
    int rc = fd < 0 ? fd : try_connect(fd, &at);
    if (fd >= 0)
        close(fd);
    if (rc == 0 || rc == -EAGAIN)
        return error_set(err, ERR_LOCAL, "%s: another daemon listens there; name another place",
                         path);
    if (rc != -ECONNREFUSED && rc != -ENOENT)
        return error_set(err, ERR_LOCAL, "%s: %s", path, os_strerror(rc));
    if (unlink(path) != 0 && errno != ENOENT)
        return error_set(err, ERR_LOCAL, "%s: cannot remove what a dead daemon left: %s", path,
                         os_strerror(errno));
    return 0;
}

/* By descriptor, and only what root has just made: where others may write, the name may mean one of
 * root's own files by now. */
static int give_to(const char *path, uint32_t uid, uint32_t gid)
{
    struct stat st = { 0 };
    int rc = -EPERM;
    int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0)
        return -errno;
    if (fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode) && st.st_uid == 0 && st.st_nlink == 1)
        rc = fchownat(fd, "", uid, gid, AT_EMPTY_PATH) != 0 ? -errno : 0;
    close(fd);
    return rc;
}

/* Before listen() every connect() is refused, so nobody gets in before the owner is right. */
static int bind_and_listen(struct os_listener *listener, const struct sockaddr_un *at, uint32_t uid,
                           uint32_t gid)
{
    struct stat st = { 0 };
    mode_t before = umask(0777 & ~SOCKET_MODE); /* chmod() would go by name */
    int rc = bind(listener->fd, (const struct sockaddr *)at, sizeof(*at)) != 0 ? -errno : 0;

    umask(before);
    if (rc < 0)
        return rc;
    if (lstat(at->sun_path, &st) != 0)
        return -errno;
    listener->device = st.st_dev;
    listener->inode = st.st_ino;
    rc = geteuid() == 0 && uid != 0 ? give_to(at->sun_path, uid, gid) : 0;
    if (rc < 0)
        return rc;
    return listen(listener->fd, BACKLOG) != 0 ? -errno : 0;
}

static bool has_folder(const char *path)
{
    char folder[PATH_MAX] = "";
    struct stat st = { 0 };
    const char *slash = strrchr(path, '/');
    if (!slash || slash == path || (size_t)(slash - path) >= sizeof(folder))
        return true;
    memcpy(folder, path, (size_t)(slash - path));
    return stat(folder, &st) == 0;
}

struct os_listener *os_listener_open(const char *path, uint32_t uid, uint32_t gid,
                                     struct error *err)
{
    const char *name = NULL;
    struct sockaddr_un at = { 0 };
    const bool made = !has_folder(path);
    struct os_dir *dir = os_dir_of(path, OS_DIR_MAKE | OS_DIR_SHARED, &name, err);
    if (!dir)
        return NULL;
    /* Whoever root becomes must be able to remove the socket again. */
    if (made && geteuid() == 0 && uid != 0 && fchown(dir->fd, uid, gid) != 0)
        log_warn("%s: cannot be given to the user of the daemon: %s", os_dir_path(dir),
                 os_strerror(-errno));
    os_dir_close(&dir);
    if (make_way(path, err) < 0)
        return NULL;
    struct os_listener *listener = mem_new(1, sizeof(*listener));
    int rc = -ENOMEM;
    if (!listener)
        goto fail;
    listener->path = mem_strdup(path);
    listener->fd = socket_for(path, &at);
    rc = listener->path ? listener->fd : -ENOMEM;
    if (rc >= 0)
        rc = bind_and_listen(listener, &at, uid, gid);
    if (rc == 0)
        return listener;
fail:
    error_set(err, ERR_LOCAL, "cannot listen at %s: %s", path, os_strerror(rc));
    os_listener_close(&listener);
    return NULL;
}

int os_listener_fd(const struct os_listener *listener)
{
    return listener->fd;
}

int os_listener_accept(struct os_listener *listener, struct os_peer *peer)
{
    struct ucred who = { 0 };
    socklen_t size = sizeof(who);

    *peer = (struct os_peer){ .uid = UINT32_MAX };
    int fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return -errno;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0)
        *peer = (struct os_peer){ .uid = who.uid, .pid = who.pid };
    return fd;
}

void os_listener_close(struct os_listener **listener)
{
    struct os_listener *l = *listener;
    struct stat st = { 0 };

    if (!l)
        return;
    if (l->inode != 0 && lstat(l->path, &st) == 0 && st.st_dev == l->device &&
        st.st_ino == l->inode)
        unlink(l->path);
    if (l->fd >= 0)
        close(l->fd);
    mem_free(l->path);
    mem_free(l);
    *listener = NULL;
}

/* Name of the group whose members may connect, or NULL: only the owner, or it cannot be seen. */
static const char *group_of(const char *path, char name[GROUP_MAX])
{
    struct stat st = { 0 };
    if (stat(path, &st) != 0 || st.st_gid == 0 || !(st.st_mode & 060))
        return NULL;
    const struct group *group = getgrgid(st.st_gid);
    if (!group)
        return NULL;
    snprintf(name, GROUP_MAX, "%s", group->gr_name);
    return name;
}

static int may_not(const char *path, struct error *err)
{
    char group[GROUP_MAX] = "";
    const struct passwd *user = getpwuid(geteuid());

    if (group_of(path, group))
        return error_set(err, ERR_PERM,
                         "%s: only members of the group %s may listen to the daemon; become one, "
                         "then log in again: sudo usermod -aG %s %s",
                         path, group, group, user ? user->pw_name : "USER");
    return error_set(err, ERR_PERM, "%s: only root and the daemon's own user may connect", path);
}

int os_local_connect(const char *path, struct error *err)
{
    struct sockaddr_un at = { 0 };
    int fd = socket_for(path, &at);
    int rc = fd < 0 ? fd : try_connect(fd, &at);

    if (rc == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    if (rc == -EACCES || rc == -EPERM)
        return may_not(path, err);
    if (rc == -EAGAIN)
        return error_set(err, ERR_LOCAL, "%s: the daemon lets nobody in; see its log", path);
    if (rc == -ENOENT || rc == -ECONNREFUSED || rc == -ENOTDIR)
        return error_set(err, ERR_TEMP, "no daemon listens at %s", path);
    return error_set(err, ERR_TEMP, "%s: %s", path, os_strerror(rc));
}

int64_t os_local_read(int fd, void *out, size_t len)
{
    ssize_t got = recv(fd, out, len, 0);
    return got < 0 ? -errno : got;
}

int64_t os_local_write(int fd, const void *data, size_t len)
{
    ssize_t put = send(fd, data, len, MSG_NOSIGNAL);
    return put < 0 ? -errno : put;
}

void os_local_close(int fd)
{
    close(fd);
}
