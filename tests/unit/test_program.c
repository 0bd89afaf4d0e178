/* host->run(): what a program gets, how it ends, and that it always does. */
#include "probe.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/slower.h"

static struct {
    struct dcddns_run request;
    char output[256];
    size_t cap, len;
    int result;
} play;

static int query_runs(struct dcddns_call *call, int family, struct dcddns_addr *out)
{
    (void)family;
    play.result = probe.host->run(call, &play.request, play.output, play.cap, &play.len);
    if (play.result < 0)
        return play.result;
    return answer_v4(out);
}

/* Runs /bin/sh -c SCRIPT within MS; what fail() would say is in ERR. */
static int run_script(const char *script, int64_t ms, struct error *err)
{
    const char *argv[] = { "/bin/sh", "-c", script, "sh", "one two", NULL };
    struct instance *instance = probe_new(DCDDNS_KIND_IP_SOURCE, NULL);
    probe.query = query_runs;
    play.request.size = sizeof(play.request);
    play.request.argv = argv;
    query_within(instance, ms, err);
    instance_free(&instance);
    play.request.argv = NULL;
    return play.result;
}

static int reset(void **state)
{
    (void)state;
    memset(&play, 0, sizeof(play));
    play.cap = sizeof(play.output);
    return 0;
}

static void ends_as_it_ends(void **state)
{
    static const struct {
        const char *script, *output;
        int result;
        const char *says;
    } cases[] = {
        { "echo 192.0.2.1", "192.0.2.1\n", 0, "" },
        { "printf '%s|' \"$@\"", "one two|", 0, "" },
        { "exit 7", "", 7, "" },
        { "exit 255", "", 255, "" },
        { "pwd", "/\n", 0, "" },
        { "cat", "", 0, "" }, /* no input: the end of a file at once */
        { "echo before; kill -9 $$", "before\n", DCDDNS_E_TEMP, "/bin/sh was killed by signal 9" },
        { "kill -PIPE $$", "", DCDDNS_E_TEMP, "killed by signal 13" }, /* not ignored, as in us */
        { "echo a; sleep 60 & echo b", "a\nb\n", 0, "" }, /* what stays behind is not waited for */
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct error err = { 0 };
        int64_t began = os.boot_ms();
        assert_int_equal(run_script(cases[i].script, LONG_MS, &err), cases[i].result);
        assert_string_equal(play.output, cases[i].output);
        assert_int_equal(play.len, strlen(cases[i].output));
        if (!strstr(err.text, cases[i].says))
            fail_msg("%s: \"%s\"", cases[i].script, err.text);
        assert_true(os.boot_ms() - began < LONG_MS / 2);
    }
    assert_int_equal(system("pkill -f '^sleep 60$' 2>/dev/null; true"), 0);
}

static void its_environment_is_clean(void **state)
{
    static const char *const env[] = { "DCDDNS_EVENT=update.applied", "EMPTY=", NULL };
    struct error err = { 0 };
    (void)state;
    setenv("SECRET_OF_OURS", "x", 1);
    play.request.env = env;
    assert_int_equal(
        run_script("env | grep -v -e ^PWD= -e ^SHLVL= -e ^_= -e ^OLDPWD= | sort", LONG_MS, &err),
        0);
    assert_string_equal(play.output,
                        "DCDDNS_EVENT=update.applied\nEMPTY=\nLANG=C.UTF-8\n"
                        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n");
    unsetenv("SECRET_OF_OURS");
}

static void it_gets_no_descriptor_of_ours(void **state)
{
    struct error err = { 0 };
    (void)state;
    assert_int_equal(run_script("ls /proc/self/fd | tr '\n' ' '", LONG_MS, &err), 0);
    assert_string_equal(play.output, "0 1 2 3 "); /* 3 is ls looking */
}

static void signals_are_as_usual(void **state)
{
    struct error err = { 0 };
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    /* The last 28 signals; two of the others are the C library's own. */
    static const char script[] =
        "sed -n 's/^Sig\\(Blk\\|Ign\\).*\\(.......\\)$/\\2/p' /proc/self/status";
    assert_int_equal(run_script(script, LONG_MS, &err), 0);
    assert_string_equal(play.output, "0000000\n0000000\n");
    signal(SIGPIPE, SIG_DFL);
}

static void input_and_output_are_bounded(void **state)
{
    static char input[65537];
    struct error err = { 0 };
    (void)state;
    memset(input, 'x', sizeof(input) - 1);
    play.request.input = input;
    assert_int_equal(run_script("wc -c", LONG_MS, &err), 0);
    assert_string_equal(play.output, "65536\n");
    assert_int_equal(run_script("true", LONG_MS, &err), 0); /* never reads it */
    assert_int_equal(run_script("cat", LONG_MS, &err), 0);
    assert_int_equal(play.len, sizeof(play.output) - 1);
    assert_int_equal(strspn(play.output, "x"), sizeof(play.output) - 1);
    assert_int_equal(run_script("yes | head -c 10000000", LONG_MS, &err), 0); /* it must end */
    play.request.input = NULL;
    play.cap = 4;
    assert_int_equal(run_script("echo 12345", LONG_MS, &err), 0);
    assert_string_equal(play.output, "123");
}

static void time_is_kept(void **state)
{
    struct error err = { 0 };
    (void)state;
    const int64_t first_ms = 200 * slower(); /* so that it comes to its echo */
    const int64_t most_ms = 5000 + first_ms - 200;
    int64_t began = os.boot_ms();
    assert_int_equal(run_script("echo a; sleep 61", first_ms, &err), DCDDNS_E_STOP);
    assert_string_equal(err.text, "/bin/sh did not end before the time was up, and was killed");
    assert_string_equal(play.output, "a\n");
    play.request.timeout_ms = 200;
    assert_int_equal(run_script("trap '' TERM; sleep 61 & sleep 61", LONG_MS, &err), DCDDNS_E_STOP);
    assert_true(os.boot_ms() - began < most_ms);
    assert_int_equal(run_script("exec >&- 2>&-; sleep 61", LONG_MS, &err), DCDDNS_E_STOP);
    assert_true(os.boot_ms() - began < most_ms);
    play.request.timeout_ms = 200; /* one that left its group is found all the same */
    assert_int_equal(
        run_script("exec perl -e 'setpgrp(0, getpgrp(getppid())); sleep 61'", LONG_MS, &err),
        DCDDNS_E_STOP);
    assert_true(os.boot_ms() - began < most_ms);
    /* The whole group is gone; a zombie of init's may take a moment. */
    for (int i = 0; i < 100 && system("pgrep -f '^sleep 61$' >/dev/null") == 0; i++)
        usleep(20000);
    assert_int_not_equal(system("pgrep -f '^sleep 61$' >/dev/null"), 0);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* nothing is left to reap */
}

static void cancel_soon(void *arg)
{
    usleep(100000);
    instance_call_cancel(arg);
}

static void cancel_ends_it(void **state)
{
    const char *argv[] = { "/bin/sleep", "62", NULL };
    struct instance *instance = probe_new(DCDDNS_KIND_IP_SOURCE, NULL);
    struct dcddns_call *call = instance_call_new(instance, os.boot_ms() + LONG_MS);
    struct dcddns_addr out = { 0 };
    struct error err = { 0 };
    int code = 0;
    (void)state;
    probe.query = query_runs;
    play.request = (struct dcddns_run){ .size = sizeof(play.request), .argv = argv };
    int64_t began = os.boot_ms();
    struct os_thread *thread = os_thread_start("cancel", cancel_soon, call);
    assert_int_equal(instance_query(instance, call, 4, &out, &code, &err), -1);
    os_thread_join(&thread);
    assert_int_equal(code, DCDDNS_E_STOP);
    assert_true(os.boot_ms() - began < 5000);
    instance_call_free(&call);
    instance_free(&instance);
}

static void complaints_are_logged(void **state)
{
    struct error err = { 0 };
    (void)state;
    log_start();
    assert_int_equal(run_script("printf 'first\\033[31m\\nsecond%0400d' 7 >&2", LONG_MS, &err), 0);
    log_stop();
    assert_int_equal(logged.count, 2); /* what does not fit in a line is no line of its own */
    assert_string_equal(logged.lines[0], "ip-source/mine: it says: first\\x1b[31m");
    assert_int_equal(strncmp(logged.lines[1], "ip-source/mine: it says: second000", 34), 0);
    assert_true(strlen(logged.lines[1]) < 300);
}

static void what_cannot_be_run(void **state)
{
    static char long_word[5000];
    static const char *many[70] = { NULL };
    static const char *const no_equals[] = { "NOTHING", NULL };
    static const char *const relative[] = { "bin/true", NULL };
    static const char *const missing[] = { "/no/such/program", NULL };
    static const char *const folder[] = { "/tmp", NULL };
    static const char *const text[] = { "/etc/passwd", NULL };
    static const char *const fine[] = { "/bin/true", NULL };
    static const char *const nothing[] = { NULL };
    const char *long_argv[] = { "/bin/true", long_word, NULL };
    const struct {
        const char *const *argv, *const *env;
        uint32_t size;
        int result;
        const char *says;
    } cases[] = {
        { NULL, NULL, 0, DCDDNS_E_BUG, "without a program" },
        { nothing, NULL, 0, DCDDNS_E_BUG, "without a program" },
        { many, NULL, 0, DCDDNS_E_BUG, "more than 64" },
        { fine, many, 0, DCDDNS_E_BUG, "more than 64" },
        { long_argv, NULL, 0, DCDDNS_E_BUG, "over 4096 bytes" },
        { fine, no_equals, 0, DCDDNS_E_BUG, "NAME=value" },
        { fine, NULL, 4, DCDDNS_E_BUG, "a request of 4 bytes" },
        { relative, NULL, 0, DCDDNS_E_CONFIG, "bin/true is not an absolute path" },
        { missing, NULL, 0, DCDDNS_E_CONFIG, "cannot run /no/such/program: No such file" },
        { folder, NULL, 0, DCDDNS_E_CONFIG, "cannot run /tmp: Permission denied" },
        { text, NULL, 0, DCDDNS_E_CONFIG, "(ExecPaths=)" },
    };
    (void)state;
    memset(long_word, 'x', sizeof(long_word) - 1);
    for (size_t i = 0; i < 69; i++)
        many[i] = "A=1";
    probe.query = query_runs;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct error err = { 0 };
        struct instance *instance = probe_new(DCDDNS_KIND_IP_SOURCE, NULL);
        probe.query = query_runs;
        play.request = (struct dcddns_run){
            .size = cases[i].size ? cases[i].size : (uint32_t)sizeof(play.request),
            .argv = cases[i].argv,
            .env = cases[i].env,
        };
        query_within(instance, LONG_MS, &err);
        if (play.result != cases[i].result || !strstr(err.text, cases[i].says))
            fail_msg("%zu: %d \"%s\"", i, play.result, err.text);
        instance_free(&instance);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(ends_as_it_ends, reset),
        cmocka_unit_test_setup(its_environment_is_clean, reset),
        cmocka_unit_test_setup(it_gets_no_descriptor_of_ours, reset),
        cmocka_unit_test_setup(signals_are_as_usual, reset),
        cmocka_unit_test_setup(input_and_output_are_bounded, reset),
        cmocka_unit_test_setup(time_is_kept, reset),
        cmocka_unit_test_setup(cancel_ends_it, reset),
        cmocka_unit_test_setup(complaints_are_logged, reset),
        cmocka_unit_test_setup(what_cannot_be_run, reset),
    };
    if (open("/dev/null", O_RDONLY) < 0) /* what a careless parent leaves open */
        return 1;
    signal(SIGCHLD, SIG_IGN); /* and what it may have left to us */
    os_process_init();
    return cmocka_run_group_tests(tests, NULL, probe_done);
}
