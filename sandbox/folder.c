/*
 * The folder of a running sandbox. Must not know what serves.
 */
#include "folder.h"

#include "control.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static bool complain(const char *dir, const char *what)
{
    fprintf(stderr, "dcddns-sandbox: %s: %s\n", dir, what);
    return false;
}

static bool is_empty(const char *dir)
{
    DIR *stream = opendir(dir);
    size_t entries = 0;
    while (stream && readdir(stream)) {
        entries++;
    }
    if (stream) {
        closedir(stream);
    }
    return stream && entries == 2;
}

/* A folder that others may enter is not taken over, except a new, empty one. */
static bool check_folder(const char *dir)
{
    struct stat info;
    if (mkdir(dir, 0700) != 0 && errno != EEXIST) {
        return complain(dir, strerror(errno));
    }
    if (stat(dir, &info) != 0 || !S_ISDIR(info.st_mode)) {
        return complain(dir, "is not a folder");
    }
    if (info.st_uid != geteuid()) {
        return complain(dir, "belongs to somebody else");
    }
    if ((info.st_mode & 077) != 0 && (!is_empty(dir) || chmod(dir, 0700) != 0)) {
        return complain(dir, "must be for its owner only (chmod 700), or empty");
    }
    return true;
}

static bool make_fresh(struct folder *folder)
{
    const char *base = getenv("TMPDIR");
    char path[sizeof folder->path];
    int n = snprintf(path, sizeof path, "%s/dcddns-sandbox.XXXXXX",
                     base && base[0] == '/' ? base : "/tmp");
    if (n < 0 || (size_t)n >= sizeof path || !mkdtemp(path)) {
        return complain(path, strerror(errno));
    }
    memcpy(folder->path, path, sizeof path);
    folder->made = true;
    return true;
}

static bool somebody_answers(const char *path)
{
    struct sockaddr_un address;
    if (!control_address(&address, path)) {
        return false;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool answers = fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) == 0;
    if (fd >= 0) {
        close(fd);
    }
    return answers;
}

/* Files that a killed sandbox left behind; those of a living one are not touched. */
static bool sweep(const struct folder *folder)
{
    char socket_path[PATH_MAX];
    char env_path[PATH_MAX];
    struct sockaddr_un address;
    if (!folder_file(folder, "ctl.sock", socket_path) ||
        !folder_file(folder, "sandbox.env", env_path) || !control_address(&address, socket_path)) {
        return complain(folder->path, "the path is too long for a socket in it");
    }
    if (somebody_answers(socket_path)) {
        return complain(folder->path, "another sandbox runs here");
    }
    (void)unlink(env_path);
    (void)unlink(socket_path);
    return true;
}

bool folder_open(struct folder *folder, const char *dir)
{
    if (!dir) {
        return make_fresh(folder) && sweep(folder);
    }
    if (!check_folder(dir)) {
        return false;
    }
    char *absolute = realpath(dir, NULL);
    bool ok = absolute && strlen(absolute) < sizeof folder->path;
    if (ok) {
        (void)snprintf(folder->path, sizeof folder->path, "%s", absolute);
    }
    free(absolute);
    return ok ? sweep(folder) : complain(dir, "has no usable path");
}

bool folder_file(const struct folder *folder, const char *file, char out[PATH_MAX])
{
    int n = snprintf(out, PATH_MAX, "%s/%s", folder->path, file);
    return n > 0 && n < PATH_MAX;
}

static bool write_new(const char *path, const char *text)
{
    (void)unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        return false;
    }
    size_t n = strlen(text);
    bool ok = write(fd, text, n) == (ssize_t)n;
    return close(fd) == 0 && ok;
}

bool folder_write(const struct folder *folder, const char *file, const char *text)
{
    char path[PATH_MAX];
    char draft[PATH_MAX];
    char name[64];
    (void)snprintf(name, sizeof name, "%s.new", file);
    return folder_file(folder, file, path) && folder_file(folder, name, draft) &&
           write_new(draft, text) && rename(draft, path) == 0;
}

/* Quoted for sh only when it has to be, so that simple readers get along too. */
static void add_value(struct buf *out, const char *key, const char *value)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "/._-:+@,%";
    bool quote = value[strspn(value, plain)] != '\0';
    buf_printf(out, "%s=%s", key, quote ? "'" : "");
    for (; *value; value++) {
        if (*value == '\'') {
            buf_str(out, "'\\''");
        } else {
            buf_add(out, value, 1);
        }
    }
    buf_str(out, quote ? "'\n" : "\n");
}

bool folder_write_env(const struct folder *folder, const struct sandbox *s)
{
    char ca[PATH_MAX];
    struct buf text = { .max = 4 * PATH_MAX };
    if (!folder_file(folder, "ca.pem", ca)) {
        return false;
    }
    buf_printf(&text, "DNS=127.0.0.1:%u\nHTTPS_PORT=%u\nSTUN_PORT=%u\n", s->dns_port, s->https_port,
               s->stun_port);
    add_value(&text, "ZONE", s->zones[ZONE_MANAGED].name);
    add_value(&text, "CA", ca);
    add_value(&text, "DIR", folder->path);
    buf_printf(&text, "IPV6=%s\nPID=%ld\n", s->ipv6 ? "yes" : "no", (long)getpid());
    bool ok = !text.failed && folder_write(folder, "sandbox.env", text.data);
    buf_free(&text);
    return ok;
}

void folder_clear(const struct folder *folder)
{
    static const char *const files[] = { "sandbox.env", "ctl.sock", "ca.pem" };
    size_t count = folder->made ? 3 : 2;
    for (size_t i = 0; i < count; i++) {
        char path[PATH_MAX];
        if (folder_file(folder, files[i], path)) {
            (void)unlink(path);
        }
    }
    if (folder->made) {
        (void)rmdir(folder->path);
    }
}
