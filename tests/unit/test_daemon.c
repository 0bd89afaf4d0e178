/* The daemon in a process of its own: signals, reload, its lock. */
#include "runtime_rig.h"

#include <poll.h>
#include <signal.h>
#include <sys/mman.h>

#include "as_user.h"
#include "engine/daemon.h"
#include "unit/slower.h"

static int out = -1; /* lines of the daemon */
static pid_t daemon_process;

static void be_daemon(int to)
{
    struct error err = { 0 };
    rig_pipe = to;
    runtime_up();
    int rc = daemon_run(&rt, &err);
    if (rc != 0)
        dprintf(to, "failed: %s\n", err.text);
    runtime_free(&rt);
    exit(rc == 0 ? 0 : 1); /* not _exit(): leaks are looked for, coverage is written */
}

static void daemon_start(void)
{
    int ends[2] = { -1, -1 };
    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    daemon_process = fork();
    assert_true(daemon_process >= 0);
    if (daemon_process == 0) {
        close(ends[0]);
        be_daemon(ends[1]);
    }
    close(ends[1]);
    out = ends[0];
}

/* The next line that begins with WANT; others are skipped.  False: it never came. */
static bool said(const char *want, char line[512])
{
    size_t len = 0;
    int64_t end = rig_real_ms() + 20000;
    for (char c = 0; rig_real_ms() < end;) {
        struct pollfd fd = { .fd = out, .events = POLLIN };
        if (poll(&fd, 1, 200) <= 0)
            continue;
        if (read(out, &c, 1) != 1)
            return false;
        if (c != '\n' && len < 511)
            line[len++] = c;
        if (c != '\n')
            continue;
        line[len] = '\0';
        len = 0;
        if (strncmp(line, want, strlen(want)) == 0)
            return true;
    }
    return false;
}

static bool runs(void)
{
    siginfo_t info = { 0 };
    waitid(P_PID, (id_t)daemon_process, &info, WEXITED | WNOHANG | WNOWAIT);
    return info.si_pid == 0;
}

static int ended(void)
{
    int status = -1;
    int64_t end = rig_real_ms() + 20000;
    while (rig_real_ms() < end) {
        if (waitpid(daemon_process, &status, WNOHANG) == daemon_process) {
            daemon_process = 0;
            close(out);
            return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
        }
        usleep(2000);
    }
    return -1000;
}

static int set_up(void **state)
{
    daemon_process = 0;
    return runtime_set_up(state);
}

static int tear_down(void **state)
{
    if (daemon_process > 0) {
        kill(daemon_process, SIGKILL);
        waitpid(daemon_process, NULL, 0);
    }
    return runtime_tear_down(state);
}

static void test_life(void **state)
{
    char line[512] = "";
    (void)state;
    assert_int_equal(daemon_pid(rig_path), 0);
    daemon_start();
    assert_true(said("daemon.started", line));
    assert_non_null(strstr(line, "1 host"));
    assert_int_equal(daemon_pid(rig_path), daemon_process);
    assert_int_equal(daemon_pid(rig_path), daemon_process); /* asking changes nothing */
    kill(daemon_process, SIGTERM);
    assert_true(said("daemon.stopping", line));
    assert_int_equal(ended(), 0);
    assert_int_equal(daemon_pid(rig_path), 0);
    assert_int_equal(daemon_pid("/nonexistent"), 0);
}

static void test_second_daemon(void **state)
{
    struct error err = { 0 };
    char line[512] = "", pid[32] = "";
    (void)state;
    daemon_start();
    assert_true(said("daemon.started", line));
    runtime_up();
    assert_int_equal(daemon_run(&rt, &err), -1);
    assert_int_equal(err.class, ERR_LOCAL);
    snprintf(pid, sizeof(pid), "%d", (int)daemon_process);
    assert_non_null(strstr(err.text, "already runs"));
    assert_non_null(strstr(err.text, pid));
    kill(daemon_process, SIGINT);
    assert_int_equal(ended(), 0);
}

/* A kill leaves the file, not the lock. */
static void test_after_a_kill(void **state)
{
    char line[512] = "";
    (void)state;
    daemon_start();
    assert_true(said("daemon.started", line));
    kill(daemon_process, SIGKILL);
    assert_int_equal(ended(), -SIGKILL);
    assert_int_equal(daemon_pid(rig_path), 0);
    daemon_start();
    assert_true(said("daemon.started", line));
    kill(daemon_process, SIGTERM);
    assert_int_equal(ended(), 0);
}

/* `status` and `setup` probe the lock by taking it. */
static int busy_locks;
static int (*real_lock)(struct os_file *);

static int busy_lock(struct os_file *file)
{
    return busy_locks-- > 0 ? -EAGAIN : real_lock(file);
}

static void test_probed_lock(void **state)
{
    char line[512] = "";
    (void)state;
    real_lock = os.lock;
    busy_locks = 3;
    os.lock = busy_lock;
    daemon_start();
    os.lock = real_lock;
    assert_true(said("daemon.started", line));
    kill(daemon_process, SIGTERM);
    assert_int_equal(ended(), 0);
}

/* Where the state is NOBODY's; its configuration stays root's. */
static const char *his_state(void)
{
    static char path[128];
    snprintf(path, sizeof(path), "%s/his", rig_path);
    assert_int_equal(chmod(rig_path, 0755), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(chown(path, NOBODY, NOBODY), 0);
    return path;
}

static void test_root_becomes_the_owner(void **state)
{
    char line[512] = "", proc[64] = "";
    struct stat st = { 0 };
    int64_t pid = 0;
    (void)state;
    if (geteuid() != 0)
        skip();
    rt.state_override = his_state();
    daemon_start();
    assert_true(said("daemon.started", line));
    snprintf(proc, sizeof(proc), "/proc/%d", (int)daemon_process);
    assert_int_equal(stat(proc, &st), 0);
    assert_int_equal(st.st_uid, NOBODY);
    assert_int_equal(daemon_tell(rt.state_override, &pid), 0);
    assert_int_equal(pid, daemon_process);
    assert_true(said("config.reloaded", line));
    kill(daemon_process, SIGTERM);
    assert_int_equal(ended(), 0);
    assert_int_equal(daemon_tell(rt.state_override, &pid), -ESRCH);
    assert_int_equal(pid, 0);
}

/* The number in the file is whatever its owner wrote there: here a process of root's, this one. */
static void test_root_signals_no_other(void **state)
{
    struct error err = { 0 };
    struct os_file *file = NULL;
    char line[32] = "";
    int64_t pid = 0;
    (void)state;
    if (geteuid() != 0)
        skip();
    const char *path = his_state();
    struct os_dir *dir = os_dir_open(path, 0, &err);
    assert_int_equal(os.open(dir, "daemon.pid", OS_LOCK, &file), 0);
    snprintf(line, sizeof(line), "%d\n", (int)getpid());
    assert_int_equal(os_write_all(file, line, strlen(line)), 0);
    assert_int_equal(os.lock(file), 0);
    assert_int_equal(daemon_tell(path, &pid), -EPERM);
    assert_int_equal(pid, getpid());
    os.close(file);
    os_dir_close(&dir);
}

static void test_check_now(void **state)
{
    char line[512] = "";
    (void)state;
    daemon_start();
    assert_true(said("query", line)); /* at start; it has no grant: */
    assert_true(said("consent.needed", line));
    for (int i = 0; i < 3; i++) {
        kill(daemon_process, SIGUSR1);
        assert_true(said("query", line));
    }
    kill(daemon_process, SIGTERM);
    assert_int_equal(ended(), 0);
}

static void test_reload(void **state)
{
    char line[512] = "";
    (void)state;
    daemon_start();
    assert_true(said("daemon.started", line));
    world_write(WORLD_CORE HOST_A HOST_B);
    kill(daemon_process, SIGHUP);
    assert_true(said("config.reloaded", line));
    assert_non_null(strstr(line, "2 hosts"));
    world_write(WORLD_CORE HOST_A "nonsense\n");
    kill(daemon_process, SIGHUP);
    assert_true(said("config.rejected", line));
    assert_non_null(strstr(line, "1 error"));
    kill(daemon_process, SIGUSR1); /* the old one goes on, on the new loop */
    assert_true(said("query", line));
    world_write(WORLD_CORE HOST_A);
    kill(daemon_process, SIGHUP);
    assert_true(said("config.reloaded", line));
    assert_int_equal(daemon_pid(rig_path), daemon_process); /* the lock was never let go */
    kill(daemon_process, SIGTERM);
    assert_true(said("daemon.stopping", line));
    assert_int_equal(ended(), 0);
}

static void test_storm_of_signals(void **state)
{
    static const int signals[] = { SIGHUP, SIGUSR1, SIGHUP, SIGHUP, SIGUSR1 };
    char line[512] = "";
    (void)state;
    daemon_start();
    assert_true(said("daemon.started", line));
    for (int i = 0; i < 100; i++)
        kill(daemon_process, signals[i % 5]);
    assert_true(said("config.reloaded", line));
    /* until it is gone, the last moments of its end included */
    for (int i = 0; runs(); i++, usleep(20))
        kill(daemon_process, i % 3 == 1 ? SIGHUP : SIGTERM);
    assert_int_equal(ended(), 0);
}

/* A source that is being asked and a notifier that is slow do not hold the end up for long. */
static void test_stop_while_busy(void **state)
{
    char line[512] = "";
    (void)state;
    rig_set(0, RIG_BLOCK, "", "");
    daemon_start();
    assert_true(said("query", line));
    int64_t began = rig_real_ms();
    kill(daemon_process, SIGTERM);
    assert_int_equal(ended(), 0);
    assert_true(rig_real_ms() - began < 5000);
}

static _Atomic int64_t *ahead; /* of the daemon's clock, in ms: memory that it shares */

static int64_t leaping_boot_ms(void)
{
    return rig_real_ms() + atomic_load(ahead);
}

/* For the daemon a minute goes by; it still sleeps by the system's clock, so it is woken.  Not in
 * the middle of what it says or does: a call that lasts a minute is given up. */
static void leap(void)
{
    char line[512] = "";
    usleep((useconds_t)(50 * 1000 * slower()));
    atomic_fetch_add(ahead, 61 * 1000);
    kill(daemon_process, SIGUSR1);
    assert_true(said("query", line));
}

static bool connects(const char *path)
{
    struct error err = { 0 };
    int64_t end = rig_real_ms() + 20000;
    int fd = -1;
    while (fd < 0 && rig_real_ms() < end) {
        leap();
        fd = os_local_connect(path, &err);
    }
    if (fd >= 0)
        os_local_close(fd);
    return fd >= 0;
}

/* Somebody else listens at its place when it starts, and ends. */
static void test_control_later(void **state)
{
    char line[512] = "", path[512] = "", core[2048] = "";
    const char *given = WORLD_CORE, *none = strstr(given, "control-socket = none\n");
    struct error err = { 0 };
    int64_t (*real)(void) = os.boot_ms;
    (void)state;
    snprintf(path, sizeof(path), "%s/control.sock", rig_path);
    snprintf(core, sizeof(core), "%.*scontrol-socket = %s\n%s" HOST_A, (int)(none - WORLD_CORE),
             WORLD_CORE, path, strchr(none, '\n') + 1);
    world_write(core);
    struct os_listener *other = os_listener_open(path, 0, 0, &err);
    assert_non_null(other);
    ahead = mmap(NULL, sizeof(*ahead), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(ahead, MAP_FAILED);
    os.boot_ms = leaping_boot_ms;
    daemon_start();
    os.boot_ms = real;
    assert_true(said("consent.needed", line)); /* nothing more is told: no call is cut short */
    for (int i = 0; i < 20; i++)
        leap(); /* in vain for some minutes */
    os_listener_close(&other);
    assert_true(connects(path));
    kill(daemon_process, SIGTERM);
    assert_true(said("daemon.stopping", line));
    assert_int_equal(ended(), 0);
    munmap(ahead, sizeof(*ahead));
}

static void test_unusable_state(void **state)
{
    char line[512] = "";
    (void)state;
    rt.state_override = "/proc/no/such/place";
    daemon_start();
    assert_true(said("failed: ", line));
    assert_non_null(strstr(line, "/proc/no/such/place"));
    assert_int_equal(ended(), 1);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_life),
        TEST(test_second_daemon),
        TEST(test_after_a_kill),
        TEST(test_probed_lock),
        TEST(test_root_becomes_the_owner),
        TEST(test_root_signals_no_other),
        TEST(test_check_now),
        TEST(test_reload),
        TEST(test_storm_of_signals),
        TEST(test_stop_while_busy),
        TEST(test_control_later),
        TEST(test_unusable_state),
    };
    return cmocka_run_group_tests_name("daemon", tests, NULL, NULL);
}
