/* Children: what they tell and print arrives whole and in order, and every end has its words.  This
 * program is its own child, told what to do by its first argument. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include <cmocka.h>

#include "platform/os.h"

static struct os_child *start(const char *what)
{
    const char *const argv[] = { "test_child", what, NULL };
    struct error err = { 0 };
    struct os_child *child = os_child_start(argv, &err);
    if (!child)
        fail_msg("%s", err.text);
    return child;
}

/* All lines of one kind, joined with '|'. */
static void collect(struct os_child *child, char told[1024], char printed[4096])
{
    char line[256] = "";
    told[0] = printed[0] = '\0';
    for (;;) {
        enum os_child_event event = os_child_next(child, 20000, line, sizeof(line));
        if (event == OS_CHILD_ENDED)
            return;
        assert_int_not_equal(event, OS_CHILD_SILENT);
        char *to = event == OS_CHILD_TOLD ? told : printed;
        size_t len = strlen(to), cap = event == OS_CHILD_TOLD ? 1024 : 4096;
        snprintf(to + len, cap - len, "%s|", line);
    }
}

static void test_talk(void **state)
{
    char told[1024] = "", printed[4096] = "";
    (void)state;
    struct os_child *child = start("talk");
    collect(child, told, printed);
    struct os_ending ending = os_child_end(&child);
    assert_null(child);
    assert_string_equal(told, "one|two|");
    assert_non_null(strstr(printed, "plain|"));
    assert_non_null(strstr(printed, "error without end|"));
    assert_false(ending.killed);
    assert_null(ending.signal);
    assert_int_equal(ending.status, 7);
}

static void test_long_lines(void **state)
{
    char line[64] = "";
    (void)state;
    struct os_child *child = start("long");
    assert_int_equal(os_child_next(child, 20000, line, sizeof(line)), OS_CHILD_PRINTED);
    assert_int_equal(strlen(line), sizeof(line) - 1); /* cut, and the rest is gone or a line */
    while (os_child_next(child, 20000, line, sizeof(line)) == OS_CHILD_PRINTED)
        assert_true(strlen(line) < sizeof(line));
    os_child_end(&child);
}

static void test_signal(void **state)
{
    char told[1024] = "", printed[4096] = "";
    (void)state;
    struct os_child *child = start("kill");
    collect(child, told, printed);
    struct os_ending ending = os_child_end(&child);
    assert_false(ending.killed);
    assert_non_null(ending.signal);
    assert_string_equal(ending.signal, "TERM");
    assert_string_equal(told, "before|");
}

/* Neither it nor what it started is left, though both keep the pipes open. */
static void test_hang(void **state)
{
    char line[64] = "";
    (void)state;
    struct os_child *child = start("hang");
    assert_int_equal(os_child_next(child, 20000, line, sizeof(line)), OS_CHILD_TOLD);
    const long pid = strtol(line, NULL, 10);
    assert_true(pid > 1);
    const int64_t began = os.boot_ms();
    assert_int_equal(os_child_next(child, 200, line, sizeof(line)), OS_CHILD_SILENT);
    assert_true(os.boot_ms() - began >= 200);
    struct os_ending ending = os_child_end(&child);
    assert_true(ending.killed);
    assert_string_equal(ending.signal, "KILL");
    for (int i = 0; i < 200 && kill((pid_t)pid, 0) == 0; i++)
        usleep(10000);
    /* A zombie of a process that is gone may be left for whoever adopts it. */
}

/* A grandchild that holds the pipes does not keep the end from being seen. */
static void test_grandchild(void **state)
{
    char told[1024] = "", printed[4096] = "";
    (void)state;
    struct os_child *child = start("leave");
    const int64_t began = os.boot_ms();
    collect(child, told, printed);
    assert_true(os.boot_ms() - began < 10000);
    assert_string_equal(told, "left|");
    struct os_ending ending = os_child_end(&child);
    assert_false(ending.killed);
    assert_int_equal(ending.status, 0);
}

static void test_environment(void **state)
{
    char told[1024] = "", printed[4096] = "";
    (void)state;
    setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/tmp/mine", 1);
    struct os_child *child = start("environment");
    collect(child, told, printed);
    os_child_end(&child);
    assert_string_equal(told, "no bus|");
}

/* -- the child ----------------------------------------------------------------------------------
 */

static int child_main(const char *what)
{
    char line[64] = "";

    if (strcmp(what, "talk") == 0) {
        puts("plain");
        fflush(stdout);
        os_child_tell("one\ntwo\n");
        fputs("error without end", stderr);
        return 7;
    }
    if (strcmp(what, "long") == 0) {
        for (int i = 0; i < 3000; i++)
            putchar('x');
        return 0;
    }
    if (strcmp(what, "kill") == 0) {
        os_child_tell("before\n");
        kill(getpid(), SIGTERM);
        return 0;
    }
    if (strcmp(what, "environment") == 0) {
        const char *bus = getenv("DBUS_SESSION_BUS_ADDRESS");
        os_child_tell(bus && strstr(bus, "/nonexistent/") ? "no bus\n" : "a bus\n");
        return 0;
    }
    os_die_with_parent();
    const pid_t pid = fork();
    if (pid == 0) {
        sleep(30);
        _exit(0);
    }
    if (strcmp(what, "leave") == 0) {
        os_child_tell("left\n");
        return 0;
    }
    snprintf(line, sizeof(line), "%ld\n", (long)pid);
    os_child_tell(line);
    sleep(30);
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_talk),       cmocka_unit_test(test_long_lines),
        cmocka_unit_test(test_signal),     cmocka_unit_test(test_hang),
        cmocka_unit_test(test_grandchild), cmocka_unit_test(test_environment),
    };
    if (argc > 1)
        return child_main(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
