/* This program once more, as a child that may crash or hang: what it tells, what it prints, how it
 * ends.  Knows nothing of what the child is for. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "platform/posix.h"

extern char **environ;

enum { LINE_SIZE = 1024, SLICE_MS = 50, VARIABLES_MAX = 16 };

struct stream { /* one pipe, cut into lines */
    int fd;
    char data[LINE_SIZE];
    size_t len;
};

struct os_child {
    pid_t pid;
    bool ended;
    struct stream told, printed;
};

/* Little of the environment, and a desktop that is not there: the user's is not to hear of this. */
static void select_environment(char *out[VARIABLES_MAX])
{
    static const char *const kept[] = { "PATH=",         "HOME=",          "LANG=",
                                        "TZ=",           "TMPDIR=",        "LD_LIBRARY_PATH=",
                                        "ASAN_OPTIONS=", "UBSAN_OPTIONS=", "TSAN_OPTIONS=",
                                        "LSAN_OPTIONS=", "GCOV_PREFIX=" };
    static char bus[] = "DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent/bus";
    static char runtime[] = "XDG_RUNTIME_DIR=/nonexistent";
    size_t count = 0;

    out[count++] = bus;
    out[count++] = runtime;
    for (char **at = environ; at && *at; at++) {
        for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
            if (strncmp(*at, kept[i], strlen(kept[i])) == 0 && count < VARIABLES_MAX - 1)
                out[count++] = *at;
        }
    }
    out[count] = NULL;
}

static int spawn(struct os_child *child, const char *const *argv, int told, int printed)
{
    char self[4096] = "", *variables[VARIABLES_MAX] = { NULL };
    union {
        const char *const *from;
        char *const *to;
    } words = { .from = argv };
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;

    ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
    if (len <= 0)
        return errno;
    select_environment(variables);
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, printed, 1);
    posix_spawn_file_actions_adddup2(&files, printed, 2);
    posix_spawn_file_actions_adddup2(&files, told, OS_CHILD_FD);
    int rc = posix_spawn(&child->pid, self, &files, &attributes, words.to, variables);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return rc;
}

/* A pipe whose reading end does not block; both ends above the descriptors the child is given. */
static bool make_pipe(int *read_end, int *write_end)
{
    int fds[2] = { -1, -1 };
    if (pipe2(fds, O_CLOEXEC) != 0)
        return false;
    *read_end = fcntl(fds[0], F_DUPFD_CLOEXEC, OS_CHILD_FD + 1);
    *write_end = fcntl(fds[1], F_DUPFD_CLOEXEC, OS_CHILD_FD + 1);
    close(fds[0]);
    close(fds[1]);
    return *read_end >= 0 && *write_end >= 0 && fcntl(*read_end, F_SETFL, O_NONBLOCK) == 0;
}

static void close_fd(int fd)
{
    if (fd >= 0)
        close(fd);
}

struct os_child *os_child_start(const char *const *argv, struct error *err)
{
    struct os_child *child = mem_new(1, sizeof(*child));
    int told = -1, printed = -1, rc = ENOMEM;

    if (child) {
        child->told.fd = child->printed.fd = -1;
        if (make_pipe(&child->told.fd, &told) && make_pipe(&child->printed.fd, &printed))
            rc = spawn(child, argv, told, printed);
        else
            rc = errno;
    }
    close_fd(told);
    close_fd(printed);
    if (rc == 0)
        return child;
    error_set(err, ERR_LOCAL, "dcddns cannot start itself once more: %s", os_strerror(rc));
    if (child) {
        close_fd(child->told.fd);
        close_fd(child->printed.fd);
    }
    mem_free(child);
    return NULL;
}

/* The next whole line of what was read, or all of it when there will be no more. */
static bool cut_line(struct stream *stream, bool last, char *line, size_t cap)
{
    const char *end = memchr(stream->data, '\n', stream->len);
    size_t len = end ? (size_t)(end - stream->data) : stream->len;

    if (!end && stream->len < sizeof(stream->data) && !(last && stream->len > 0))
        return false;
    size_t shown = len < cap - 1 ? len : cap - 1;
    memcpy(line, stream->data, shown);
    line[shown] = '\0';
    size_t used = end ? len + 1 : len;
    memmove(stream->data, stream->data + used, stream->len - used);
    stream->len -= used;
    return true;
}

static bool next_line(struct stream *stream, bool last, char *line, size_t cap)
{
    ssize_t got = 1;
    while (!cut_line(stream, false, line, cap)) {
        if (got <= 0)
            return cut_line(stream, last, line, cap);
        got = read(stream->fd, stream->data + stream->len, sizeof(stream->data) - stream->len);
        stream->len += got > 0 ? (size_t)got : 0;
    }
    return true;
}

/* It is not reaped before os_child_end(): until then its number is nobody else's. */
static void look(struct os_child *child)
{
    siginfo_t info = { 0 };
    if (!child->ended)
        child->ended = waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
                       info.si_pid == child->pid;
}

/* Descriptors whose other ends are closed would be ready for ever: then only time passes. */
static void pause_for(const struct os_child *child, int64_t ms)
{
    struct pollfd fds[2] = { { .fd = child->told.fd, .events = POLLIN },
                             { .fd = child->printed.fd, .events = POLLIN } };
    if (poll(fds, 2, (int)ms) > 0 && !((fds[0].revents | fds[1].revents) & POLLIN))
        poll(NULL, 0, (int)ms);
}

enum os_child_event os_child_next(struct os_child *child, int64_t timeout_ms, char *line,
                                  size_t cap)
{
    const int64_t until = posix_boot_ms() + timeout_ms;
    for (;;) {
        const bool last = child->ended; /* before reading: what it wrote is there by then */
        if (next_line(&child->told, last, line, cap))
            return OS_CHILD_TOLD;
        if (next_line(&child->printed, last, line, cap))
            return OS_CHILD_PRINTED;
        if (last)
            return OS_CHILD_ENDED;
        if (posix_boot_ms() >= until)
            return OS_CHILD_SILENT;
        pause_for(child, SLICE_MS);
        look(child);
    }
}

struct os_ending os_child_end(struct os_child **at)
{
    struct os_child *child = *at;
    struct os_ending ending = { 0 };
    int status = 0;

    look(child);
    ending.killed = !child->ended;
    kill(-child->pid, SIGKILL); /* what it left behind too */
    kill(child->pid, SIGKILL);  /* and itself, when it left its group */
    pid_t pid = waitpid(child->pid, &status, 0);
    while (pid < 0 && errno == EINTR)
        pid = waitpid(child->pid, &status, 0);
    if (pid < 0)
        ending.status = -1;
    else if (WIFEXITED(status))
        ending.status = WEXITSTATUS(status);
    else if (WIFSIGNALED(status))
        ending.signal = sigabbrev_np(WTERMSIG(status));
    close(child->told.fd);
    close(child->printed.fd);
    mem_free(child);
    *at = NULL;
    return ending;
}

bool os_child_tell(const char *line)
{
    size_t len = strlen(line);
    while (len > 0) {
        ssize_t wrote = write(OS_CHILD_FD, line, len);
        if (wrote < 0 && errno != EINTR)
            return false;
        line += wrote > 0 ? wrote : 0;
        len -= wrote > 0 ? (size_t)wrote : 0;
    }
    return true;
}
