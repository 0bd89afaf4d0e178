/* Programs on Windows: what they get, word for word, how they end, and that they always do.  This
 * program is the one that is run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "platform/windows_handles.h"

#include <shellapi.h>

enum { LONG_MS = 60 * 1000, WORDS_MAX = 24 };

static char self[1024];
static char output[4096], complaints[1024];
static struct os_program_end end;

static void complain(void *ctx, const char *line)
{
    size_t len = strlen(complaints);
    (void)ctx;
    snprintf(complaints + len, sizeof(complaints) - len, "%s|", line);
}

static int run_words(const char *const *words, const char *const *env, const char *input,
                     size_t cap, int64_t ms)
{
    const char *argv[WORDS_MAX] = { self };
    struct os_gate *gate = os_gate_new();
    const struct os_program program = {
        .argv = argv, .env = env, .input = input, .output = output, .cap = cap, .complain = complain
    };
    for (size_t i = 0; words[i] && i < WORDS_MAX - 2; i++)
        argv[i + 1] = words[i];
    memset(output, 0x55, sizeof(output));
    complaints[0] = '\0';
    int rc = os_run(&program, gate, os.boot_ms() + ms, &end);
    os_gate_free(&gate);
    return rc;
}

static int run_word(const char *word, const char *input, size_t cap, int64_t ms)
{
    const char *const words[] = { word, NULL };
    return run_words(words, NULL, input, cap, ms);
}

/* What no quoting may change. */
static void words_arrive_as_they_are(void **state)
{
    static const char *const words[] = { "words",
                                         "plain",
                                         "",
                                         "two words",
                                         "a\"b",
                                         "\"",
                                         "\\",
                                         "back\\slash",
                                         "end\\",
                                         "blank end\\",
                                         "blank end\\\\",
                                         "a\\\"b c",
                                         "\\\\server\\share x\\",
                                         "tab\there",
                                         "%PATH%",
                                         "a&b|c>d^e",
                                         "*.c",
                                         "\xc3\xbc\xe2\x82\xac",
                                         "'single'",
                                         "x\ny",
                                         NULL };
    char expected[1024] = "";
    (void)state;
    for (size_t i = 1; words[i]; i++) {
        size_t len = strlen(expected);
        snprintf(expected + len, sizeof(expected) - len, "<%s>", words[i]);
    }
    assert_int_equal(run_words(words, NULL, NULL, sizeof(output), LONG_MS), 0);
    assert_int_equal(end.status, 0);
    assert_string_equal(output, expected);
}

static void it_ends_as_it_ends(void **state)
{
    (void)state;
    assert_int_equal(run_word("talk", NULL, sizeof(output), LONG_MS), 0);
    assert_int_equal(end.status, 7);
    assert_string_equal(output, "out");
    assert_int_equal(end.len, 3);
    assert_string_equal(complaints, "first|second|");
    assert_int_equal(run_word("crash", NULL, sizeof(output), LONG_MS), 0);
    assert_int_equal(end.status, -1);
    assert_int_not_equal(end.signal, 0);
    assert_int_equal(run_word("many", NULL, sizeof(output), LONG_MS), 0);
    assert_int_equal(end.status, 255);
}

static void input_and_output_are_bounded(void **state)
{
    static char input[100001];
    (void)state;
    memset(input, 'i', sizeof(input) - 1);
    assert_int_equal(run_word("count", input, sizeof(output), LONG_MS), 0);
    assert_string_equal(output, "100000");
    assert_int_equal(run_word("count", NULL, sizeof(output), LONG_MS), 0);
    assert_string_equal(output, "0");
    assert_int_equal(run_word("flood", NULL, 10, LONG_MS), 0);
    assert_string_equal(output, "xxxxxxxxx");
    assert_int_equal(end.len, 9);
    assert_int_equal(end.status, 0);
    assert_int_equal(run_word("deaf", input, sizeof(output), LONG_MS), 0);
    assert_int_equal(end.status, 3);
}

static void its_environment_is_clean(void **state)
{
    static const char *const words[] = { "environment", NULL };
    static const char *const env[] = { "DCDDNS_EVENT=a b", "temp=mine", NULL };
    (void)state;
    _putenv("SECRET_OF_OURS=x");
    SetEnvironmentVariableW(L"SECRET_OF_OURS", L"x");
    assert_int_equal(run_words(words, env, NULL, sizeof(output), LONG_MS), 0);
    assert_string_equal(output, "DCDDNS_EVENT=a b|TEMP=mine|no secret|a path|");
    SetEnvironmentVariableW(L"SECRET_OF_OURS", NULL);
}

/* Handles that others left open to be inherited stay here. */
static void it_gets_no_handle_of_ours(void **state)
{
    SECURITY_ATTRIBUTES heritable = { .nLength = sizeof(heritable), .bInheritHandle = TRUE };
    HANDLE event = CreateEventW(&heritable, TRUE, FALSE, NULL);
    char number[32] = "";
    const char *words[] = { "handle", number, NULL };
    (void)state;
    snprintf(number, sizeof(number), "%llu", (unsigned long long)(uintptr_t)event);
    assert_int_equal(run_words(words, NULL, NULL, sizeof(output), LONG_MS), 0);
    assert_int_equal(WaitForSingleObject(event, 0), WAIT_TIMEOUT); /* nobody could set it */
    CloseHandle(event);
}

static bool is_gone(DWORD pid)
{
    HANDLE process = OpenProcess(SYNCHRONIZE, FALSE, pid);
    bool gone = !process || WaitForSingleObject(process, 10000) == WAIT_OBJECT_0;
    if (process)
        CloseHandle(process);
    return gone;
}

/* It is killed, and so is what it started: as soon as there is time enough for that to begin. */
static void a_deadline_is_one(void **state)
{
    unsigned long pid = 0;
    (void)state;
    for (int64_t ms = 3000; pid == 0 && ms < 30000; ms *= 2) {
        const int64_t began = os.boot_ms();
        assert_int_equal(run_word("hang", NULL, sizeof(output), ms), -ETIMEDOUT);
        assert_in_range(os.boot_ms() - began, ms, ms + 12000);
        (void)sscanf(output, "%lu", &pid);
    }
    assert_true(pid > 0);
    assert_true(is_gone((DWORD)pid));
}

static void open_soon(void *arg)
{
    Sleep(300);
    os_gate_open(arg);
}

static void a_gate_ends_it(void **state)
{
    const char *const argv[] = { self, "sleep", NULL };
    struct os_gate *gate = os_gate_new();
    const struct os_program program = { .argv = argv, .output = output, .cap = sizeof(output) };
    (void)state;
    int64_t began = os.boot_ms();
    struct os_thread *thread = os_thread_start("open", open_soon, gate);
    assert_int_equal(os_run(&program, gate, os.boot_ms() + LONG_MS, &end), -ECANCELED);
    assert_true(os.boot_ms() - began < 15000);
    os_thread_join(&thread);
    os_gate_free(&gate);
}

/* What stays behind is not waited for, and goes on. */
static void a_child_may_stay(void **state)
{
    unsigned long pid = 0;
    (void)state;
    int64_t began = os.boot_ms();
    assert_int_equal(run_word("leave", NULL, sizeof(output), LONG_MS), 0);
    assert_true(os.boot_ms() - began < 20000);
    assert_int_equal(sscanf(output, "%lu", &pid), 1);
    HANDLE left = OpenProcess(SYNCHRONIZE | PROCESS_TERMINATE, FALSE, (DWORD)pid);
    assert_non_null(left);
    assert_int_equal(WaitForSingleObject(left, 200), WAIT_TIMEOUT);
    TerminateProcess(left, 0);
    CloseHandle(left);
}

/* cmd.exe looks for its switches in all of the line, the path of the program included. */
static void a_path_with_slashes_is_no_switch(void **state)
{
    char shell[300] = "";
    const char *const argv[] = { shell, "/c", "echo", "8.8.4.4", NULL };
    struct os_gate *gate = os_gate_new();
    const struct os_program program = {
        .argv = argv, .output = output, .cap = sizeof(output), .complain = complain
    };
    (void)state;
    assert_in_range(GetSystemDirectoryA(shell, 256), 1, 255);
    strncat(shell, "/cmd.exe", sizeof(shell) - strlen(shell) - 1);
    os_path_tidy(shell);
    complaints[0] = '\0';
    assert_int_equal(os_run(&program, gate, os.boot_ms() + LONG_MS, &end), 0);
    assert_string_equal(complaints, "");
    assert_int_equal(end.status, 0);
    assert_memory_equal(output, "8.8.4.4\r\n", 9);
    os_gate_free(&gate);
}

static void others_are_refused(void **state)
{
    static const struct {
        const char *path;
        int rc;
    } cases[] = {
        { "C:\\no\\such.exe", -ENOENT }, { "cmd.exe", -ENOENT }, /* nothing is looked for */
        { "C:\\x.bat", -ENOEXEC },       { "C:\\x.CMD", -ENOEXEC },
        { "C:\\x.exe ", -ENOEXEC },      { "C:\\x", -ENOEXEC },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *const argv[] = { cases[i].path, NULL };
        struct os_gate *gate = os_gate_new();
        const struct os_program program = {
            .argv = argv, .output = output, .cap = sizeof(output), .complain = complain
        };
        complaints[0] = '\0';
        assert_int_equal(os_run(&program, gate, os.boot_ms() + LONG_MS, &end), cases[i].rc);
        assert_int_equal(strstr(complaints, "batch file") != NULL, cases[i].rc == -ENOEXEC);
        os_gate_free(&gate);
    }
}

/* -- the program that is run ------------------------------------------------------------------ */

static unsigned long start_sleeper(void)
{
    wchar_t line[1100] = L"", *wide = windows_wide(self);
    STARTUPINFOW info = { .cb = sizeof(info) };
    PROCESS_INFORMATION made = { 0 };
    swprintf(line, 1100, L"\"%ls\" sleep", wide);
    mem_free(wide);
    return CreateProcessW(NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &info, &made)
               ? made.dwProcessId
               : 0;
}

static int print_words(void)
{
    int count = 0;
    wchar_t **words = CommandLineToArgvW(GetCommandLineW(), &count);
    _setmode(1, _O_BINARY);
    for (int i = 2; i < count; i++) {
        char *text = windows_utf8(words[i]);
        printf("<%s>", text);
        mem_free(text);
    }
    return 0;
}

static int print_environment(void)
{
    const char *event = getenv("DCDDNS_EVENT"), *temp = getenv("TEMP");
    printf("DCDDNS_EVENT=%s|TEMP=%s|%s|%s|", event ? event : "", temp ? temp : "",
           getenv("SECRET_OF_OURS") ? "a secret" : "no secret",
           getenv("PATH") ? "a path" : "no path");
    return 0;
}

static int other_main(const char *what)
{
    char data[4096];
    size_t total = 0, got = 1;

    if (strcmp(what, "count") == 0) {
        while (got > 0) {
            got = fread(data, 1, sizeof(data), stdin);
            total += got;
        }
        printf("%u", (unsigned)total);
        return 0;
    }
    if (strcmp(what, "flood") == 0) {
        for (int i = 0; i < 200000; i++)
            putchar('x');
        return 0;
    }
    if (strcmp(what, "many") == 0)
        return 70000;
    if (strcmp(what, "deaf") == 0)
        return 3;
    if (strcmp(what, "sleep") == 0)
        Sleep(40000);
    if (strcmp(what, "hang") == 0 || strcmp(what, "leave") == 0) {
        printf("%lu\n", start_sleeper());
        fflush(stdout);
        if (strcmp(what, "hang") == 0)
            Sleep(40000);
    }
    return 0;
}

static int program_main(int argc, char **argv)
{
    int *volatile nowhere = (int *)(uintptr_t)8;

    if (strcmp(argv[1], "words") == 0)
        return print_words();
    if (strcmp(argv[1], "environment") == 0)
        return print_environment();
    if (strcmp(argv[1], "crash") == 0)
        *nowhere = 1;
    if (strcmp(argv[1], "handle") == 0 && argc > 2) {
        HANDLE handle = (HANDLE)(uintptr_t)strtoull(argv[2], NULL, 10);
        SetEvent(handle);
        return 0;
    }
    if (strcmp(argv[1], "talk") == 0) {
        printf("out");
        fputs("first\nsecond", stderr);
        return 7;
    }
    return other_main(argv[1]);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_arrive_as_they_are),
        cmocka_unit_test(it_ends_as_it_ends),
        cmocka_unit_test(input_and_output_are_bounded),
        cmocka_unit_test(its_environment_is_clean),
        cmocka_unit_test(it_gets_no_handle_of_ours),
        cmocka_unit_test(a_deadline_is_one),
        cmocka_unit_test(a_gate_ends_it),
        cmocka_unit_test(a_child_may_stay),
        cmocka_unit_test(a_path_with_slashes_is_no_switch),
        cmocka_unit_test(others_are_refused),
    };
    GetModuleFileNameA(NULL, self, sizeof(self));
    if (argc > 1)
        return program_main(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
