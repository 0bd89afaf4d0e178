/* Children on Windows: what they tell and print arrives whole and in order, and every end has its
 * words.  This program is its own child, told what to do by its first argument. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/windows_handles.h"

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
static void collect(struct os_child *child, char told[1024], char printed[8192])
{
    char line[256] = "";
    told[0] = printed[0] = '\0';
    for (;;) {
        enum os_child_event event = os_child_next(child, 20000, line, sizeof(line));
        if (event == OS_CHILD_ENDED)
            return;
        assert_int_not_equal(event, OS_CHILD_SILENT);
        char *to = event == OS_CHILD_TOLD ? told : printed;
        size_t len = strlen(to), cap = event == OS_CHILD_TOLD ? 1024 : 8192;
        snprintf(to + len, cap - len, "%s|", line);
    }
}

static void it_talks(void **state)
{
    char told[1024] = "", printed[8192] = "";
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

static void long_lines_are_cut(void **state)
{
    char line[64] = "";
    size_t total = 0;
    (void)state;
    struct os_child *child = start("long");
    while (os_child_next(child, 20000, line, sizeof(line)) == OS_CHILD_PRINTED) {
        assert_true(strlen(line) < sizeof(line));
        total++;
    }
    assert_int_equal(total, 3); /* 3000 bytes in pieces of at most 1024 */
    os_child_end(&child);
}

static void a_crash_has_a_name(void **state)
{
    static const struct {
        const char *what, *name;
    } cases[] = {
        { "crash", "ACCESS_VIOLATION" },
        { "divide", "INTEGER_DIVIDE_BY_ZERO" },
        { "raise", "HEAP_CORRUPTION" },
    };
    char told[1024] = "", printed[8192] = "";
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct os_child *child = start(cases[i].what);
        collect(child, told, printed);
        struct os_ending ending = os_child_end(&child);
        assert_string_equal(told, "before|");
        assert_false(ending.killed);
        if (!ending.signal || strcmp(ending.signal, cases[i].name) != 0)
            fail_msg("%s: %s, status %d", cases[i].what, ending.signal ? ending.signal : "ended",
                     ending.status);
    }
}

/* Neither it nor what it started is left, though both keep the pipes open. */
static void nothing_is_left(void **state)
{
    char line[64] = "";
    (void)state;
    struct os_child *child = start("hang");
    assert_int_equal(os_child_next(child, 20000, line, sizeof(line)), OS_CHILD_TOLD);
    HANDLE other = OpenProcess(SYNCHRONIZE, FALSE, strtoul(line, NULL, 10));
    assert_non_null(other);
    const int64_t began = os.boot_ms();
    assert_int_equal(os_child_next(child, 200, line, sizeof(line)), OS_CHILD_SILENT);
    assert_true(os.boot_ms() - began >= 200);
    struct os_ending ending = os_child_end(&child);
    assert_true(ending.killed);
    assert_string_equal(ending.signal, "KILL");
    assert_int_equal(WaitForSingleObject(other, 10000), WAIT_OBJECT_0);
    CloseHandle(other);
}

static void its_environment_is_small(void **state)
{
    char told[1024] = "", printed[8192] = "";
    (void)state;
    SetEnvironmentVariableW(L"SECRET_OF_OURS", L"x");
    struct os_child *child = start("environment");
    collect(child, told, printed);
    os_child_end(&child);
    assert_string_equal(told, "none|");
}

/* -- the child -------------------------------------------------------------------------------- */

static int child_main(const char *what)
{
    int *volatile nowhere = (int *)(uintptr_t)8;
    volatile int zero = 0;
    char line[64] = "", self[1024] = "";
    STARTUPINFOA info = { .cb = sizeof(info) };
    PROCESS_INFORMATION made = { 0 };

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
    if (strcmp(what, "environment") == 0) {
        os_child_tell(getenv("SECRET_OF_OURS") ? "a secret\n" : "none\n");
        return 0;
    }
    if (strcmp(what, "sleep") == 0)
        Sleep(30000);
    if (strcmp(what, "hang") == 0) {
        GetModuleFileNameA(NULL, self, sizeof(self));
        char words[1100] = "";
        snprintf(words, sizeof(words), "\"%s\" sleep", self);
        CreateProcessA(NULL, words, NULL, NULL, TRUE, 0, NULL, NULL, &info, &made);
        snprintf(line, sizeof(line), "%lu\n", made.dwProcessId);
        os_child_tell(line);
        Sleep(30000);
    }
    os_child_tell("before\n");
    if (strcmp(what, "crash") == 0)
        *nowhere = 1;
    if (strcmp(what, "divide") == 0)
        return 4242 / zero;
    if (strcmp(what, "raise") == 0)
        RaiseException(0xC0000374, EXCEPTION_NONCONTINUABLE, 0, NULL);
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_talks),
        cmocka_unit_test(long_lines_are_cut),
        cmocka_unit_test(a_crash_has_a_name),
        cmocka_unit_test(nothing_is_left),
        cmocka_unit_test(its_environment_is_small),
    };
    if (argc > 1)
        return child_main(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
