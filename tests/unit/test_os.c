/* The process and its system: clocks, random, hashes, wiping memory, places, signals, the service
 * manager, the browser. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/json.h"
#include "platform/posix.h"
#include "unit/as_user.h"
#include "unit/failing_memory.h"
#include "unit/temp_dir.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static int clean(void **state)
{
    static const char *const names[] = { "NOTIFY_SOCKET",   "WATCHDOG_USEC",   "WATCHDOG_PID",
                                         "XDG_CONFIG_HOME", "XDG_STATE_HOME",  "BROWSER",
                                         "DISPLAY",         "WAYLAND_DISPLAY", "JOURNAL_STREAM" };
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++)
        unsetenv(names[i]);
    failing_memory_off();
    return 0;
}

/* -- clocks, random, hashes ------------------------------------------------------------------- */

/* That it tells of a step cannot be tried without setting the clock of this machine. */
static void test_clock_watch(void **state)
{
    (void)state;
    int fd = os_clock_watch_open();
    if (fd == -ENOSYS)
        skip();
    assert_true(fd >= 0);
    struct pollfd one = { .fd = fd, .events = POLLIN };
    assert_int_equal(poll(&one, 1, 0), 0);
    os_clock_watch_drain(fd);
    assert_int_equal(poll(&one, 1, 20), 0);
    os_clock_watch_close(fd);
    os_clock_watch_close(-ENOSYS);
}

static void clocks_run(void **state)
{
    int64_t boot = os.boot_ms(), wall = os.wall_ms();
    (void)state;
    usleep(30000);
    assert_in_range(os.boot_ms() - boot, 25, 10000);
    assert_true(os.wall_ms() > wall);
    assert_true(wall > INT64_C(1600000000000));
    assert_true(os_pid() == getpid());
    assert_int_equal(strlen(os_boot_id()), 36);
    assert_ptr_equal(os_boot_id(), os_boot_id());
}

static void random_is_random(void **state)
{
    unsigned char one[512] = { 0 }, two[512] = { 0 };
    size_t ones = 0;
    (void)state;
    assert_int_equal(os.random(one, sizeof(one)), 0);
    assert_int_equal(os.random(two, sizeof(two)), 0);
    assert_memory_not_equal(one, two, sizeof(one));
    for (size_t i = 0; i < sizeof(one); i++)
        ones += (size_t)__builtin_popcount(one[i]);
    assert_in_range(ones, 1700, 2396); /* of 4096 bits: eleven standard deviations */
    assert_int_equal(os.random(one, 0), 0);
}

static void hashes(void **state)
{
    static const struct {
        const char *text;
        size_t len;
        unsigned char want[4]; /* FIPS 180-4 examples: first four bytes */
    } rows[] = {
        { "", 0, { 0xe3, 0xb0, 0xc4, 0x42 } },
        { "abc", 3, { 0xba, 0x78, 0x16, 0xbf } },
        { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
          56,
          { 0x24, 0x8d, 0x6a, 0x61 } },
    };
    static const unsigned char abc[32] = {
        0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
        0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
        0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad,
    };
    uint8_t out[32] = { 0 };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(os_sha256(rows[i].text, rows[i].len, out), 0);
        assert_memory_equal(out, rows[i].want, 4);
    }
    assert_int_equal(os_sha256("abc", 3, out), 0);
    assert_memory_equal(out, abc, sizeof(abc));
}

/* -- memory of libraries ---------------------------------------------------------------------- */

static void wipes_before_it_frees(void **state)
{
    (void)state;
    failing_memory_at(-1);
    failing_memory_secret = "inconceivable";
    char *text = os_wiping_strdup("inconceivable");
    assert_string_equal(text, "inconceivable");
    for (size_t size = 20; size < 5000; size = size * 2 + 3) { /* grows: the old copies are wiped */
        text = os_wiping_resize(text, size);
        assert_string_equal(text, "inconceivable");
    }
    text = os_wiping_resize(text, 30); /* shrinks */
    assert_string_equal(text, "inconceivable");
    os_wiping_release(text);
    os_wiping_release(NULL);
    assert_false(failing_memory_dirty);
}

static void allocates_as_libraries_expect(void **state)
{
    (void)state;
    unsigned char *zeros = os_wiping_calloc(7, 9);
    for (size_t i = 0; i < 63; i++)
        assert_int_equal(zeros[i], 0);
    os_wiping_release(zeros);
    assert_null(os_wiping_calloc(SIZE_MAX / 2 + 1, 2));
    char *text = os_wiping_resize(NULL, 4);
    assert_non_null(text);
    memcpy(text, "abc", 4);
    assert_null(os_wiping_resize(text, 0)); /* frees */
    void *none = os_wiping_alloc(0);
    assert_non_null(none);
    os_wiping_release(none);
    text = os_wiping_strdup("kept");
    failing_memory_at(0);
    assert_null(os_wiping_resize(text, 100000));
    assert_string_equal(text, "kept");
    failing_memory_at(0);
    assert_null(os_wiping_strdup("x"));
    failing_memory_at(0);
    assert_null(os_wiping_alloc(1));
    os_wiping_release(text);
}

static int prepared(void)
{
    struct rlimit core = { 1, 1 };
    struct sigaction pipe_action = { 0 };
    os_process_init();
    getrlimit(RLIMIT_CORE, &core);
    sigaction(SIGPIPE, NULL, &pipe_action);
    if (core.rlim_cur != 0 || core.rlim_max != 0)
        return 1;
    if (pipe_action.sa_handler != SIG_IGN)
        return 2;
    if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
        return 3;
    struct json *json = json_parse("{\"a\":\"b\"}", 9); /* through the wiping allocator */
    bool works = json_string(json, "a") != NULL;
    json_free(&json);
    return works ? 0 : 4;
}

static void prepares_the_process(void **state)
{
    (void)state;
    assert_int_equal(as_user(NOBODY, prepared), 0);
    assert_int_equal(as_user(geteuid(), prepared), 0);
}

/* -- places ----------------------------------------------------------------------------------- */

static const struct place_row {
    enum os_place place;
    const char *home, *config,
        *state;       /* environment; NULL: not set; "~" is a directory that exists */
    const char *want; /* below "~", or whole when it starts with '/' */
} places[] = {
    { OS_PLACE_CONFIG, "~", NULL, NULL, "~/.config/dcddns" },
    { OS_PLACE_STATE, "~", NULL, NULL, "~/.local/state/dcddns" },
    { OS_PLACE_CONFIG, "~", "/xdg/c", "/xdg/s", "/xdg/c/dcddns" },
    { OS_PLACE_STATE, "~", "/xdg/c", "/xdg/s", "/xdg/s/dcddns" },
    { OS_PLACE_CONFIG, "~", "relative", NULL, "~/.config/dcddns" }, /* XDG: must be ignored */
    { OS_PLACE_CONFIG, "~", "", "", "~/.config/dcddns" },
    { OS_PLACE_STATE, "~", "/xdg/c", "", "~/.local/state/dcddns" },
    { OS_PLACE_STATE, NULL, NULL, "/xdg/s", "/xdg/s/dcddns" },
    { OS_PLACE_CONFIG, NULL, NULL, NULL, "/system" }, /* nobody has no home in the user database */
    { OS_PLACE_CONFIG, "", NULL, NULL, "/system" },
    { OS_PLACE_CONFIG, "/", NULL, NULL, "/system" },
    { OS_PLACE_STATE, "/nonexistent", NULL, NULL, "/system" },
    { OS_PLACE_CONFIG, "relative", NULL, NULL, "/system" },
};

static const struct place_row *place_now;

static void put(const char *name, const char *value)
{
    if (!value)
        unsetenv(name);
    else
        setenv(name, strcmp(value, "~") == 0 ? temp_dir : value, 1);
}

static int place_is_right(void)
{
    const char *want = place_now->want[0] == '~' ? temp_path(place_now->want + 2) : place_now->want;
    put("HOME", place_now->home);
    put("XDG_CONFIG_HOME", place_now->config);
    put("XDG_STATE_HOME", place_now->state);
    char *got = os_place(place_now->place, "/system");
    int rc = got && strcmp(got, want) == 0 ? 0 : 1;
    if (rc)
        fprintf(stderr, "%s instead of %s\n", got ? got : "nothing", want);
    mem_free(got);
    return rc;
}

/* What the service manager says rules over all else. */
static int place_is_given(void)
{
    setenv("HOME", temp_dir, 1);
    setenv("STATE_DIRECTORY", "/given", 1);
    char *got = os_place(OS_PLACE_STATE, "/system");
    int rc = got && strcmp(got, "/given") == 0 ? 0 : 1;
    mem_free(got);
    return rc;
}

static int place_is_the_systems(void)
{
    setenv("HOME", temp_dir, 1);
    setenv("XDG_CONFIG_HOME", "/xdg", 1);
    char *got = os_place(OS_PLACE_CONFIG, "/system");
    int rc = got && strcmp(got, "/system") == 0 ? 0 : 1;
    mem_free(got);
    return rc;
}

static void users_have_places_of_their_own(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    chmod(temp_dir, 0755);
    for (size_t i = 0; i < COUNT(places); i++) {
        place_now = &places[i];
        if (as_user(NOBODY, place_is_right) != 0)
            fail_msg("row %zu", i);
    }
    assert_int_equal(as_user(0, place_is_the_systems), 0);
    assert_int_equal(as_user(0, place_is_given), 0);
    assert_int_equal(as_user(NOBODY, place_is_given), 0);
    /* Once more without a child: the same answers for an effective user. */
    char *home = strdup(getenv("HOME") ? getenv("HOME") : "");
    for (size_t i = 0; i < COUNT(places); i++) {
        place_now = &places[i];
        assert_int_equal(seteuid(NOBODY), 0);
        int rc = place_is_right();
        assert_int_equal(seteuid(0), 0);
        assert_int_equal(rc, 0);
    }
    setenv("HOME", home, 1);
    free(home);
}

static void no_place_without_memory(void **state)
{
    (void)state;
    failing_memory_at(0);
    assert_null(geteuid() == 0 ? os_place(OS_PLACE_STATE, "/system") : NULL);
}

/* -- signals ---------------------------------------------------------------------------------- */

static void signals_arrive_in_order(void **state)
{
    (void)state;
    assert_int_equal(os_signals_next(), OS_SIGNAL_NONE);
    int fd = os_signals_open();
    assert_true(fd >= 0);
    struct pollfd at = { .fd = fd, .events = POLLIN };
    assert_int_equal(poll(&at, 1, 0), 0);
    assert_int_equal(os_signals_next(), OS_SIGNAL_NONE); /* does not wait */
    errno = 4711;
    raise(SIGHUP);
    assert_int_equal(errno, 4711);
    raise(SIGUSR1);
    raise(SIGTERM);
    raise(SIGINT);
    assert_int_equal(poll(&at, 1, 0), 1);
    assert_int_equal(os_signals_next(), OS_SIGNAL_RELOAD);
    assert_int_equal(os_signals_next(), OS_SIGNAL_CHECK);
    assert_int_equal(os_signals_next(), OS_SIGNAL_STOP);
    assert_int_equal(os_signals_next(), OS_SIGNAL_STOP);
    assert_int_equal(os_signals_next(), OS_SIGNAL_NONE);
    assert_int_equal(poll(&at, 1, 0), 0);
    assert_int_equal(os_signal_reload(os_pid(), geteuid()), 0);
    assert_int_equal(os_signals_next(), OS_SIGNAL_RELOAD);
    for (int i = 0; i < 100000; i++) /* more than a pipe holds: nothing blocks */
        raise(SIGUSR1);
    assert_int_equal(os_signals_next(), OS_SIGNAL_CHECK);
    os_signals_close();
    os_signals_close();
    /* who ends is not ended by a late one, but for a person's */
    struct sigaction action = { 0 };
    sigaction(SIGINT, NULL, &action);
    assert_true(action.sa_handler == SIG_DFL);
    raise(SIGTERM);
    raise(SIGHUP);
    assert_int_equal(os_signals_next(), OS_SIGNAL_NONE);
}

static void reloads_no_strange_process(void **state)
{
    static const int64_t pids[] = { 0, 1, -1, -5, INT64_MIN };
    (void)state;
    for (size_t i = 0; i < COUNT(pids); i++)
        assert_int_equal(os_signal_reload(pids[i], 0), -ESRCH); /* 0, -1: whole groups; 1: init */
    pid_t gone = fork();
    if (gone == 0)
        _exit(0);
    waitpid(gone, NULL, 0);
    assert_int_equal(os_signal_reload(gone, geteuid()), -ESRCH);
}

/* Root is not to be made to signal others than the user who named the process. */
static void reloads_processes_of_one_user(void **state)
{
    int ends[2] = { -1, -1 }, status = 0;
    char ready = 0;
    (void)state;
    if (geteuid() != 0)
        skip();
    assert_int_equal(pipe(ends), 0);
    pid_t other = fork();
    if (other == 0) {
        /* As the daemon: /proc then says that the process is root's. */
        signal(SIGHUP, SIG_DFL);
        if (setresuid(NOBODY, NOBODY, NOBODY) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
            write(ends[1], "", 1) != 1)
            _exit(1);
        alarm(20);
        pause();
        _exit(2);
    }
    assert_int_equal(read(ends[0], &ready, 1), 1);
    assert_int_equal(os_signal_reload(other, 0), -EPERM);
    assert_int_equal(os_signal_reload(other, NOBODY - 1), -EPERM);
    assert_int_equal(os_signal_reload(os_pid(), NOBODY), -EPERM);
    assert_int_equal(waitpid(other, &status, WNOHANG), 0);
    assert_int_equal(os_signal_reload(other, NOBODY), 0);
    assert_int_equal(waitpid(other, &status, 0), other);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGHUP);
    close(ends[0]);
    close(ends[1]);
}

static int drops(void)
{
    struct error err = { 0 };
    uid_t uid[3] = { 0 };
    gid_t gid[3] = { 0 }, groups[4] = { 0 };
    posix_hide_memory();
    if (os_drop_privileges(NOBODY, NOBODY - 1, &err) != 0)
        return 1;
    getresuid(&uid[0], &uid[1], &uid[2]);
    getresgid(&gid[0], &gid[1], &gid[2]);
    for (int i = 0; i < 3; i++) {
        if (uid[i] != NOBODY || gid[i] != NOBODY - 1)
            return 2;
    }
    if (getgroups(4, groups) != 1 || groups[0] != NOBODY - 1)
        return 3;
    if (os_is_root() || setuid(0) == 0 || setgid(0) == 0)
        return 4;
    return prctl(PR_GET_DUMPABLE) == 0 ? 0 : 5;
}

static int cannot_drop(void)
{
    struct error err = { 0 };
    bool failed = os_drop_privileges(NOBODY - 1, NOBODY - 1, &err) == -1;
    return failed && err.class == ERR_LOCAL && strstr(err.text, "cannot become user") ? 0 : 1;
}

static int still_root(void)
{
    struct error err = { 0 };
    bool failed = os_drop_privileges(0, 0, &err) == -1;
    return failed && strstr(err.text, "can still be root") ? 0 : 1;
}

static void drops_privileges_for_good(void **state)
{
    (void)state;
    assert_int_equal(as_user(NOBODY, cannot_drop), 0);
    if (geteuid() != 0)
        skip();
    assert_int_equal(as_user(0, drops), 0);
    assert_int_equal(as_user(0, still_root), 0);
}

/* JOURNAL_STREAM is inherited by whatever a service starts; what counts is where we write. */
static void knows_the_journal(void **state)
{
    char own[64] = "";
    struct stat st = { 0 };
    (void)state;
    assert_false(os_log_is_journal());
    assert_int_equal(fstat(2, &st), 0);
    snprintf(own, sizeof(own), "%llu:%llu", (unsigned long long)st.st_dev,
             (unsigned long long)st.st_ino);
    setenv("JOURNAL_STREAM", own, 1);
    assert_true(os_log_is_journal());
    setenv("JOURNAL_STREAM", "1:2", 1);
    assert_false(os_log_is_journal());
    setenv("JOURNAL_STREAM", "", 1);
    assert_false(os_log_is_journal());
}

static void no_signals_without_descriptors(void **state)
{
    struct rlimit limit = { 0 }, none = { 0 };
    (void)state;
    getrlimit(RLIMIT_NOFILE, &limit);
    none.rlim_max = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &none);
    int rc = os_signals_open();
    setrlimit(RLIMIT_NOFILE, &limit);
    assert_int_equal(rc, -EMFILE);
    os_signals_close();
}

/* -- service manager -------------------------------------------------------------------------- */

static int manager(const char *name)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    size_t len = strlen(name);
    memcpy(at.sun_path, name, len);
    if (name[0] == '@')
        at.sun_path[0] = '\0';
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    assert_int_equal(bind(fd, (const struct sockaddr *)&at, size), 0);
    setenv("NOTIFY_SOCKET", name, 1);
    return fd;
}

static void tells_the_service_manager(void **state)
{
    char abstract[64] = "";
    const char *names[2] = { temp_path("notify"), abstract };
    (void)state;
    snprintf(abstract, sizeof(abstract), "@dcddns-test-%d", (int)getpid());
    for (size_t i = 0; i < COUNT(names); i++) {
        char got[64] = "";
        int fd = manager(names[i]);
        os_service_notify("READY=1\nSTATUS=2 hosts");
        os_service_notify("WATCHDOG=1");
        assert_int_equal(recv(fd, got, sizeof(got), 0), 22);
        assert_string_equal(got, "READY=1\nSTATUS=2 hosts");
        memset(got, 0, sizeof(got));
        assert_int_equal(recv(fd, got, sizeof(got), 0), 10);
        assert_string_equal(got, "WATCHDOG=1");
        assert_int_equal(recv(fd, got, sizeof(got), 0), -1);
        close(fd);
        os_service_notify("STOPPING=1"); /* nobody listens any more */
    }
}

static void does_nothing_without_a_manager(void **state)
{
    char longest[300];
    const char *const rows[] = { "", "relative", "@", "/", "vsock:2:1234", longest };
    (void)state;
    memset(longest, 'x', sizeof(longest) - 1);
    longest[0] = '/';
    longest[sizeof(longest) - 1] = '\0';
    os_service_notify("READY=1");
    for (size_t i = 0; i < COUNT(rows); i++) {
        setenv("NOTIFY_SOCKET", rows[i], 1);
        os_service_notify("READY=1");
    }
}

static void knows_the_watchdog(void **state)
{
    char own[16] = "";
    snprintf(own, sizeof(own), "%d", (int)getpid());
    const struct {
        const char *usec, *pid;
        int64_t want;
    } rows[] = {
        { NULL, NULL, 0 },          { "30000000", NULL, 15000 },
        { "30000000", own, 15000 }, { "30000000", "1", 0 },
        { "30000000", "x", 0 },     { "0", NULL, 0 },
        { "-5", NULL, 0 },          { "", NULL, 0 },
        { "abc", NULL, 0 },         { "2000", NULL, 1 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        put("WATCHDOG_USEC", rows[i].usec);
        put("WATCHDOG_PID", rows[i].pid);
        assert_int_equal(os_service_watchdog_ms(), rows[i].want);
    }
}

/* -- browser ---------------------------------------------------------------------------------- */

static void shows_urls_on_a_desktop_only(void **state)
{
    static const char url[] = "https://consent.example/?a=1&b='$(reboot)";
    char script[400] = "";
    (void)state;
    snprintf(script, sizeof(script), "#!/bin/sh\nprintf '%%s' \"$1\" >'%s'\n", temp_path("shown"));
    temp_write("browser", script, 0700);
    setenv("BROWSER", temp_path("browser"), 1);
    assert_false(os_browser_open(url));
    assert_int_equal(access(temp_path("shown"), F_OK), -1);

    setenv("DISPLAY", ":99", 1);
    assert_true(os_browser_open(url));
    char got[100] = "";
    FILE *file = fopen(temp_path("shown"), "r");
    assert_non_null(file);
    assert_non_null(fgets(got, sizeof(got), file));
    fclose(file);
    assert_string_equal(got, url); /* one argument, through no shell */

    char *path = strdup(getenv("PATH"));
    setenv("PATH", temp_dir, 1);
    temp_write("browser", "#!/bin/sh\nexit 3\n", 0700);
    assert_false(os_browser_open(url));
    temp_write("xdg-open", script, 0700);
    unlink(temp_path("shown"));
    unsetenv("DISPLAY");
    setenv("WAYLAND_DISPLAY", "wayland-0", 1);
    assert_true(os_browser_open(url)); /* the next one */
    assert_int_equal(access(temp_path("shown"), F_OK), 0);
    unsetenv("BROWSER");
    failing_memory_at(0);
    assert_false(os_browser_open(url));
    failing_memory_off();
    unlink(temp_path("xdg-open"));
    assert_false(os_browser_open(url));
    setenv("PATH", path, 1);
    free(path);
}

static void knows_terminals(void **state)
{
    int ends[2] = { -1, -1 };
    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_false(os_is_terminal(ends[0]));
    close(ends[0]);
    close(ends[1]);
    assert_false(os_is_terminal(-1));
    int tty = posix_openpt(O_RDWR | O_NOCTTY);
    if (tty >= 0) {
        assert_true(os_is_terminal(tty));
        close(tty);
    }
}

static int clean_temp(void **state)
{
    clean(state);
    return temp_dir_remove(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clock_watch),
        cmocka_unit_test(clocks_run),
        cmocka_unit_test(random_is_random),
        cmocka_unit_test(hashes),
        cmocka_unit_test_teardown(wipes_before_it_frees, clean),
        cmocka_unit_test_teardown(allocates_as_libraries_expect, clean),
        cmocka_unit_test(prepares_the_process),
        cmocka_unit_test_setup_teardown(users_have_places_of_their_own, temp_dir_make, clean_temp),
        cmocka_unit_test_teardown(no_place_without_memory, clean),
        cmocka_unit_test(signals_arrive_in_order),
        cmocka_unit_test(reloads_no_strange_process),
        cmocka_unit_test(reloads_processes_of_one_user),
        cmocka_unit_test(drops_privileges_for_good),
        cmocka_unit_test_teardown(knows_the_journal, clean),
        cmocka_unit_test(no_signals_without_descriptors),
        cmocka_unit_test_setup_teardown(tells_the_service_manager, temp_dir_make, clean_temp),
        cmocka_unit_test_teardown(does_nothing_without_a_manager, clean),
        cmocka_unit_test_teardown(knows_the_watchdog, clean),
        cmocka_unit_test_setup_teardown(shows_urls_on_a_desktop_only, temp_dir_make, clean_temp),
        cmocka_unit_test(knows_terminals),
    };
    clean(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
