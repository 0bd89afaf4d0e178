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
#include "platform/child_lines.h"
#include "platform/posix.h"

extern char **environ;

enum { VARIABLES_MAX = 16 };

struct os_child {
    struct child_said said;
    pid_t pid;
    int told_fd, printed_fd;
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
        child->told_fd = child->printed_fd = -1;
        if (make_pipe(&child->told_fd, &told) && make_pipe(&child->printed_fd, &printed))
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
        close_fd(child->told_fd);
        close_fd(child->printed_fd);
    }
    mem_free(child);
    return NULL;
}

struct child_said *child_said(struct os_child *child)
{
    return &child->said;
}

int64_t child_read(struct os_child *child, const struct child_lines *lines, void *out, size_t room)
{
    return read(lines == &child->said.told ? child->told_fd : child->printed_fd, out, room);
}

int64_t child_now_ms(void)
{
    return posix_boot_ms();
}

/* It is not reaped before os_child_end(): until then its number is nobody else's. */
void child_look(struct os_child *child)
{
    siginfo_t info = { 0 };
    if (!child->said.ended)
        child->said.ended =
            waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
            info.si_pid == child->pid;
}

/* Descriptors whose other ends are closed would be ready for ever: then only time passes. */
void child_pause(const struct os_child *child, int64_t ms)
{
    struct pollfd fds[2] = { { .fd = child->told_fd, .events = POLLIN },
                             { .fd = child->printed_fd, .events = POLLIN } };
    if (poll(fds, 2, (int)ms) > 0 && !((fds[0].revents | fds[1].revents) & POLLIN))
        poll(NULL, 0, (int)ms);
}

struct os_ending os_child_end(struct os_child **at)
{
    struct os_child *child = *at;
    struct os_ending ending = { 0 };
    int status = 0;

    child_look(child);
    ending.killed = !child->said.ended;
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
    close(child->told_fd);
    close(child->printed_fd);
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
