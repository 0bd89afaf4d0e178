/* The process on a POSIX system: the table of system calls, signals, places, browser. */
#include "platform/posix.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <malloc.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"

extern char **environ;

struct os_calls os = {
    .boot_ms = posix_boot_ms,
    .wall_ms = posix_wall_ms,
    .random = posix_random,
    .open = posix_open,
    .stat = posix_stat,
    .read = posix_read,
    .write = posix_write,
    .seek_start = posix_seek_start,
    .sync = posix_sync,
    .close = posix_close,
    .rename = posix_rename,
    .link = posix_link,
    .unlink = posix_unlink,
    .sync_dir = posix_sync_dir,
    .lock = posix_lock,
};

void os_process_init(void)
{
    const struct rlimit none = { 0, 0 };

    setrlimit(RLIMIT_CORE, &none);
    /* A process with tokens in memory is not to be dumped or read by others of its user. */
    posix_hide_memory();
    posix_inherit_nothing();
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_DFL);  /* ignored by our parent, it would take our children's ends away */
    unsetenv("SSLKEYLOGFILE"); /* libcurl would write the keys of our connections there */
    /* openlog() is process-global, so it is done here and not in the syslog notifier. */
    openlog("dcddns", LOG_PID | LOG_NDELAY, LOG_DAEMON);
    crypto_init();
}

void os_describe(char text[128])
{
    struct utsname name = { 0 };
    uname(&name);
    snprintf(text, 128, "%.30s %.60s %.30s", name.sysname, name.release, name.machine);
}

static const struct {
    int number;
    enum os_signal meaning;
} caught[] = {
    { SIGTERM, OS_SIGNAL_STOP },
    { SIGINT, OS_SIGNAL_STOP },
    { SIGHUP, OS_SIGNAL_RELOAD },
    { SIGUSR1, OS_SIGNAL_CHECK },
};

static int signal_pipe[2] = { -1, -1 };

/* Async-signal-safe: one write, errno kept.  A full pipe already holds a wake-up. */
static void on_signal(int number)
{
    int saved = errno;
    unsigned char byte = (unsigned char)number;
    (void)!write(signal_pipe[1], &byte, 1);
    errno = saved;
}

int os_signals_open(void)
{
    if (pipe2(signal_pipe, O_CLOEXEC | O_NONBLOCK) != 0)
        return -errno;
    struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++)
        sigaction(caught[i].number, &action, NULL);
    return signal_pipe[0];
}

enum os_signal os_signals_next(void)
{
    unsigned char byte = 0;
    if (signal_pipe[0] < 0 || read(signal_pipe[0], &byte, 1) != 1)
        return OS_SIGNAL_NONE;
    for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++) {
        if (caught[i].number == byte)
            return caught[i].meaning;
    }
    return OS_SIGNAL_NONE;
}

void os_signals_close(void)
{
    /* Who is told to stop once more while it ends, ends well all the same. */
    for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++)
        signal(caught[i].number, caught[i].number == SIGINT ? SIG_DFL : SIG_IGN);
    for (size_t i = 0; i < 2; i++) {
        if (signal_pipe[i] >= 0)
            close(signal_pipe[i]);
        signal_pipe[i] = -1;
    }
}

int64_t os_pid(void)
{
    return getpid();
}

uint32_t platform_user(void)
{
    return geteuid();
}

size_t platform_block_size(void *block)
{
    return malloc_usable_size(block);
}

bool os_is_root(void)
{
    return geteuid() == 0;
}

int os_drop_privileges(uint32_t uid, uint32_t gid, struct error *err)
{
    const gid_t group = gid;
    if (setgroups(1, &group) != 0 || setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0)
        return error_set(err, ERR_LOCAL, "cannot become user %u: %s; start dcddns as that user",
                         (unsigned)uid, os_strerror(errno));
    if (setresuid(0, 0, 0) == 0 || geteuid() != uid || getegid() != gid)
        return error_set(err, ERR_LOCAL,
                         "became user %u and can still be root; start dcddns as that user",
                         (unsigned)uid);
    posix_hide_memory(); /* a new user undoes it */
    return 0;
}

bool os_log_is_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    char own[64] = "";
    struct stat st = { 0 };
    if (!stream || fstat(STDERR_FILENO, &st) != 0)
        return false;
    snprintf(own, sizeof(own), "%llu:%llu", (unsigned long long)st.st_dev,
             (unsigned long long)st.st_ino);
    return strcmp(stream, own) == 0;
}

int os_socket_error(long code)
{
    return code > 0 ? (int)-code : 0;
}

const char *os_strerror(int code)
{
    return strerrordesc_np(code < 0 ? -code : code);
}

/* System users have "/" or "/nonexistent" there: no place to keep anything. */
static bool is_home(const char *path)
{
    struct stat st = { 0 };
    return path && path[0] == '/' && path[1] != '\0' && stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static char *below_home(const char *variable, const char *fallback)
{
    struct buf path = BUF_MAX(4096);
    const char *base = getenv(variable);
    const char *home = getenv("HOME");

    if (base && base[0] == '/') {
        buf_printf(&path, "%s/dcddns", base);
    } else {
        const struct passwd *user = is_home(home) ? NULL : getpwuid(geteuid());
        if (user)
            home = user->pw_dir;
        if (!is_home(home))
            return NULL;
        buf_printf(&path, "%s/%s/dcddns", home, fallback);
    }
    return buf_take(&path);
}

/* Neither of the two outlives the service or the session. */
static char *session_place(void)
{
    struct buf path = BUF_MAX(4096);
    const char *session = getenv("XDG_RUNTIME_DIR");

    if (!session || session[0] != '/')
        return NULL;
    buf_printf(&path, "%s/dcddns", session);
    return buf_take(&path);
}

static char *runtime_place(void)
{
    const char *given = getenv("RUNTIME_DIRECTORY");

    if (given && given[0] == '/' && !strchr(given, ':'))
        return mem_strdup(given);
    return geteuid() == 0 ? NULL : session_place();
}

void os_output_lines(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
}

char *os_place(enum os_place place, const char *system)
{
    char *path = NULL;
    if (geteuid() != 0 && place == OS_PLACE_CONFIG)
        path = below_home("XDG_CONFIG_HOME", ".config");
    /* The service manager has the first word on where its service may write. */
    const char *given = getenv("STATE_DIRECTORY");
    if (place == OS_PLACE_STATE && given && given[0] == '/' && !strchr(given, ':'))
        path = mem_strdup(given);
    else if (geteuid() != 0 && place == OS_PLACE_STATE)
        path = below_home("XDG_STATE_HOME", ".local/state");
    if (place == OS_PLACE_RUNTIME)
        path = runtime_place();
    if (place == OS_PLACE_SESSION)
        path = session_place();
    return path ? path : mem_strdup(system);
}

char **os_arguments(int *argc, char **argv)
{
    (void)argc;
    return argv;
}

const char *os_place_words(enum os_place place)
{
    (void)place;
    return NULL;
}

bool os_has_ca_store(void)
{
    return false;
}

struct os_trust *os_trust_read(const char *bundle)
{
    (void)bundle;
    return NULL;
}

void os_trust_free(struct os_trust **trust)
{
    *trust = NULL;
}

void os_trust_give(const struct os_trust *trust, void *ssl_ctx)
{
    (void)trust;
    (void)ssl_ctx;
}

bool os_is_terminal(int fd)
{
    return isatty(fd) == 1;
}

bool os_terminal_has_colours(int fd)
{
    const char *kind = getenv("TERM");
    return os_is_terminal(fd) && !(kind && strcmp(kind, "dumb") == 0);
}

int os_terminal_columns(int fd)
{
    struct winsize size = { 0 };
    if (!os_is_terminal(fd))
        return 0;
    return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

/* The opener must end soon for its status to count; a browser that stays is a success too. */
static bool ended_badly(pid_t child)
{
    for (int i = 0; i < 20; i++) {
        int status = 0;
        if (waitpid(child, &status, WNOHANG) == child)
            return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
        poll(NULL, 0, 100);
    }
    return false;
}

bool os_browser_open(const char *url)
{
    const char *const programs[] = { getenv("BROWSER"), "xdg-open", NULL };
    bool desktop = getenv("DISPLAY") || getenv("WAYLAND_DISPLAY");

    for (size_t i = desktop && programs[0] ? 0 : 1; desktop && programs[i]; i++) {
        char *argv[] = { mem_strdup(programs[i]), mem_strdup(url), NULL };
        posix_spawn_file_actions_t quiet;
        pid_t child = 0;
        int rc = ENOMEM;
        posix_spawn_file_actions_init(&quiet);
        posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
        posix_spawn_file_actions_addopen(&quiet, 2, "/dev/null", O_WRONLY, 0);
        if (argv[0] && argv[1])
            rc = posix_spawnp(&child, argv[0], &quiet, NULL, argv, environ);
        posix_spawn_file_actions_destroy(&quiet);
        mem_free(argv[0]);
        mem_free(argv[1]);
        if (rc == 0 && !ended_badly(child))
            return true;
    }
    return false;
}
