/* Maps shared objects that only root or we can have written.  Knows nothing of plugins. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "platform/posix.h"

static const char *distrust(const struct stat *st, bool directory)
{
    if (directory ? !S_ISDIR(st->st_mode) : !S_ISREG(st->st_mode))
        return directory ? "is not a directory" : "is not a regular file";
    if (st->st_uid != 0 && st->st_uid != geteuid())
        return "belongs to neither root nor the user who runs this";
    /* In a sticky directory (/tmp) others cannot replace what is ours. */
    if (st->st_mode & (S_IWGRP | S_IWOTH) && !(directory && st->st_mode & S_ISVTX))
        return "is writable by group or others";
    return NULL;
}

/* Opens the next component below FD (which is closed) and judges it; -1 with ERR. */
static int step(int fd, const char *name, bool directory, const char *shown, struct error *err)
{
    /* Never O_RDONLY alone: a FIFO would hang us before it can be refused. */
    int flags = O_CLOEXEC | O_NOFOLLOW | (directory ? O_PATH | O_DIRECTORY : O_RDONLY | O_NONBLOCK);
    int next = openat(fd, name, flags);
    struct stat st = { 0 };

    int saved = errno;
    close(fd);
    if (next < 0)
        return error_set(err, saved == ENOENT ? ERR_CONFIG : ERR_PERM, "%s: %s", shown,
                         saved == ELOOP ? "is a symbolic link" : os_strerror(saved));
    const char *why = fstat(next, &st) != 0 ? "cannot be examined" : distrust(&st, directory);
    if (!why)
        return next;
    close(next);
    return error_set(err, ERR_PERM,
                     "%s: %s; modules are loaded only from places that nobody else "
                     "can write (chown root, chmod go-w)",
                     shown, why);
}

/* Walks DIR/SUBDIR from the root, component by component; -1 with ERR. */
static int walk(const char *path, struct error *err)
{
    char part[NAME_MAX + 1] = "";
    char shown[PATH_MAX] = "";
    int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

    for (const char *at = path + strspn(path, "/"); fd >= 0 && *at; at += strspn(at, "/")) {
        size_t len = strcspn(at, "/");
        if (len >= sizeof(part)) {
            close(fd);
            return error_set(err, ERR_PERM, "%.200s: a part of the path is too long", path);
        }
        memcpy(part, at, len);
        part[len] = '\0';
        at += len;
        snprintf(shown, sizeof(shown), "%.*s", (int)(at - path), path);
        fd = step(fd, part, true, shown, err);
    }
    return fd;
}

void *os_module_open(const char *dir, const char *subdir, const char *file, struct error *err)
{
    char path[PATH_MAX] = "", shown[PATH_MAX] = "", self[64] = "";

    if (!os_path_is_absolute(dir) || strchr(file, '/') || file[0] == '.') {
        error_set(err, ERR_PERM, "%s/%s: modules need an absolute directory and a plain name", dir,
                  file);
        return NULL;
    }
    int len = snprintf(path, sizeof(path), "%s%s%s", dir, subdir[0] ? "/" : "", subdir);
    int all = snprintf(shown, sizeof(shown), "%s/%s", path, file);
    if (len < 0 || (size_t)len >= sizeof(path) || all < 0 || (size_t)all >= sizeof(shown)) {
        error_set(err, ERR_PERM, "%.200s: path too long", dir);
        return NULL;
    }
    int fd = walk(path, err);
    if (fd >= 0)
        fd = step(fd, file, false, shown, err);
    if (fd < 0)
        return NULL;
    snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
    void *module = dlopen(self, RTLD_NOW | RTLD_LOCAL);
    if (!module) {
        const char *why = dlerror();
        char text[TEXT_ESCAPED_MAX] = "";
        text_escape(why ? why : "unknown", why ? strlen(why) : 7, text);
        error_set(err, ERR_CONFIG,
                  "%s: cannot be loaded: %s; a library it needs may be missing, see: "
                  "ldd %s",
                  shown, text, shown);
    }
    /* The linker knows a library by the name it was opened with: while the module is loaded its
     * descriptor stays open, or the next module would get the same number and be taken for this
     * one. */
    if (!module)
        close(fd);
    return module;
}

void *os_module_symbol(void *module, const char *name)
{
    return dlsym(module, name);
}

const char *os_module_suffix(void)
{
    return ".so";
}
