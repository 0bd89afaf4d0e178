/* Running one program under a deadline; see os_run().  Linux: the child is waited for by its pidfd,
 * beside its pipes.  Must not know what the program is for. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "platform/posix.h"

enum { IN, OUT, ERR, STREAMS };
enum { LINE_LEN = 240, ENV_MAX = 64, LOOK_MS = 50, LAST_READS = 64, LAST_WAIT_MS = 1000 };

struct child {
    const struct os_program *program;
    struct os_program_end *end;
    pid_t pid;
    int exited;         /* pidfd, or -1 before Linux 5.3 */
    int pipes[STREAMS]; /* our ends, -1 = closed */
    size_t sent;
    char line[LINE_LEN + 1]; /* of standard error, so far */
    size_t line_len;
};

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* -- starting --------------------------------------------------------------------------------- */

/* OURS gets our end of a pipe, *THEIRS the program's; /dev/null when nothing is to be said. */
static int open_stream(int stream, bool wanted, int *ours, int *theirs)
{
    int ends[2] = { -1, -1 };
    *ours = -1;
    if (!wanted) {
        *theirs = open("/dev/null", O_RDONLY | O_CLOEXEC);
        return *theirs < 0 ? -errno : 0;
    }
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    *ours = ends[stream == IN ? 1 : 0];
    *theirs = ends[stream == IN ? 0 : 1];
    return fcntl(*ours, F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

/* Signals as a program expects them, whatever this thread blocks. */
static int set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int rc = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                                      POSIX_SPAWN_SETSIGDEF);
    if (rc == 0)
        rc = posix_spawnattr_setpgroup(attributes, 0);
    if (rc == 0)
        rc = posix_spawnattr_setsigmask(attributes, &none);
    return rc != 0 ? rc : posix_spawnattr_setsigdefault(attributes, &all);
}

static int set_actions(posix_spawn_file_actions_t *actions, const int theirs[STREAMS])
{
    int rc = posix_spawn_file_actions_addchdir_np(actions, "/");
    for (int i = 0; rc == 0 && i < STREAMS; i++)
        rc = posix_spawn_file_actions_adddup2(actions, theirs[i], i);
    return rc;
}

/* PATH and LANG, then what was given; pointers only. */
static void set_environment(const struct os_program *program, const char *env[ENV_MAX + 3])
{
    size_t count = 0;
    env[count++] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    env[count++] = "LANG=C.UTF-8";
    for (size_t i = 0; program->env && program->env[i] && i < ENV_MAX; i++)
        env[count++] = program->env[i];
    env[count] = NULL;
}

static int spawn(struct child *c, const int theirs[STREAMS])
{
    const char *env[ENV_MAX + 3] = { NULL };
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    union { /* posix_spawn() changes nothing, but is older than const */
        const char *const *given;
        char *const *taken;
    } argv = { .given = c->program->argv }, envp = { .given = env };

    set_environment(c->program, env);
    int rc = posix_spawn_file_actions_init(&actions);
    if (rc != 0)
        return -rc;
    rc = posix_spawnattr_init(&attributes);
    if (rc != 0)
        goto end;
    rc = set_attributes(&attributes);
    if (rc == 0)
        rc = set_actions(&actions, theirs);
    if (rc == 0)
        rc = posix_spawn(&c->pid, argv.taken[0], &actions, &attributes, argv.taken, envp.taken);
    posix_spawnattr_destroy(&attributes);
end:
    posix_spawn_file_actions_destroy(&actions);
    return -rc;
}

/* Said beforehand, since not every system tells why the new process could not become the program.
 */
static int is_program(const char *path)
{
    struct stat st = { 0 };
    if (stat(path, &st) < 0 || access(path, X_OK) < 0)
        return -errno;
    return S_ISREG(st.st_mode) ? 0 : -EACCES;
}

static int start(struct child *c)
{
    int theirs[STREAMS] = { -1, -1, -1 };
    int rc = is_program(c->program->argv[0]);
    for (int i = 0; rc == 0 && i < STREAMS; i++)
        rc = open_stream(i, i != IN || c->program->input, &c->pipes[i], &theirs[i]);
    if (rc == 0)
        rc = spawn(c, theirs);
    for (int i = 0; i < STREAMS; i++)
        close_fd(&theirs[i]);
    if (rc == 0)
        c->exited = (int)syscall(SYS_pidfd_open, c->pid, 0U);
    return rc;
}

/* -- while it runs ---------------------------------------------------------------------------- */

static void feed(struct child *c)
{
    const char *rest = c->program->input + c->sent;
    ssize_t put = write(c->pipes[IN], rest, strlen(rest));
    if (put > 0)
        c->sent += (size_t)put;
    bool later = put < 0 && (errno == EAGAIN || errno == EINTR);
    if (c->program->input[c->sent] == '\0' || (put < 0 && !later))
        close_fd(&c->pipes[IN]);
}

static void end_line(struct child *c)
{
    char escaped[TEXT_ESCAPED_MAX] = "";
    if (c->line_len > 0 && c->program->complain)
        c->program->complain(c->program->ctx, text_escape(c->line, c->line_len, escaped));
    c->line_len = 0;
}

/* What is beyond LINE_LEN is dropped: half a secret at the start of another line would not be known
 * as one. */
static void take_complaint(struct child *c, const char *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (data[i] == '\n')
            end_line(c);
        else if (c->line_len < LINE_LEN)
            c->line[c->line_len++] = data[i];
    }
}

static void take_output(struct child *c, const char *data, size_t len)
{
    size_t room = c->program->cap - 1 - c->end->len;
    size_t taken = len < room ? len : room;
    memcpy(c->program->output + c->end->len, data, taken);
    c->end->len += taken;
}

/* False: there is nothing (more) to read now. */
static bool drink(struct child *c, int stream)
{
    char data[4096];
    ssize_t got = c->pipes[stream] < 0 ? 0 : read(c->pipes[stream], data, sizeof(data));
    bool later = got < 0 && (errno == EAGAIN || errno == EINTR);
    if (got > 0 && stream == OUT)
        take_output(c, data, (size_t)got);
    else if (got > 0)
        take_complaint(c, data, (size_t)got);
    else if (!later)
        close_fd(&c->pipes[stream]);
    mem_wipe(data, sizeof(data)); /* it may be a secret */
    return got > 0;
}

/* Nobody need ask again after this; true when it is over. */
static bool reap(struct child *c)
{
    int status = 0;
    pid_t pid = waitpid(c->pid, &status, WNOHANG);
    if (pid == 0 || (pid < 0 && errno == EINTR))
        return false;
    if (pid < 0) /* somebody else took its end */
        return true;
    c->end->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    c->end->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    return true;
}

/* Until something happens, at most until the deadline; without a pidfd the end is looked for. */
static void look(struct child *c, struct os_gate *stop, int64_t left_ms)
{
    struct pollfd fds[] = {
        { .fd = c->pipes[IN], .events = POLLOUT },       { .fd = c->pipes[OUT], .events = POLLIN },
        { .fd = c->pipes[ERR], .events = POLLIN },       { .fd = c->exited, .events = POLLIN },
        { .fd = posix_gate_fd(stop), .events = POLLIN },
    };
    if (c->exited < 0 && left_ms > LOOK_MS)
        left_ms = LOOK_MS;
    poll(fds, sizeof(fds) / sizeof(fds[0]), left_ms > INT32_MAX ? INT32_MAX : (int)left_ms);
    if (fds[IN].revents)
        feed(c);
    if (fds[OUT].revents)
        drink(c, OUT);
    if (fds[ERR].revents)
        drink(c, ERR);
}

/* One that became another user, or that the kernel does not let go, is left behind: a deadline is a
 * deadline. */
static void end_by_force(struct child *c)
{
    struct pollfd over = { .fd = c->exited, .events = POLLIN };
    kill(-c->pid, SIGKILL);
    kill(c->pid, SIGKILL); /* it may have left its group */
    for (int waited = 0; !reap(c) && waited < LAST_WAIT_MS; waited += LOOK_MS)
        poll(&over, 1, LOOK_MS);
}

static int attend(struct child *c, struct os_gate *stop, int64_t deadline_ms)
{
    int rc = 0;
    while (rc == 0 && !reap(c)) {
        int64_t left = deadline_ms - posix_boot_ms();
        if (os_gate_is_open(stop))
            rc = -ECANCELED;
        else if (left <= 0)
            rc = -ETIMEDOUT;
        else
            look(c, stop, left);
    }
    if (rc == 0)
        return 0;
    end_by_force(c);
    return rc;
}

int os_run(const struct os_program *program, struct os_gate *stop, int64_t deadline_ms,
           struct os_program_end *end)
{
    struct child c = { .program = program, .end = end, .exited = -1, .pipes = { -1, -1, -1 } };
    *end = (struct os_program_end){ .status = -1 };
    program->output[0] = '\0';
    int rc = start(&c);
    if (rc == 0)
        rc = attend(&c, stop, deadline_ms);
    /* What it wrote last is still in the pipes; what it started may write for ever. */
    for (int i = 0; i < LAST_READS && drink(&c, OUT); i++)
        continue;
    for (int i = 0; i < LAST_READS && drink(&c, ERR); i++)
        continue;
    end_line(&c);
    program->output[end->len] = '\0';
    for (int i = 0; i < STREAMS; i++)
        close_fd(&c.pipes[i]);
    close_fd(&c.exited);
    return rc;
}
