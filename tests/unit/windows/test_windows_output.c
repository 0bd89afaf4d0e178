/* What is printed reaches a reader at once and in whole texts; the console is left as it was found;
 * advice is of this system. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <string.h>

#include "platform/windows.h"

static HANDLE reader;
static int before_1;

/* Standard output is a pipe that keeps what was written in one go together. */
static int into_pipe(void **state)
{
    const wchar_t name[] = L"\\\\.\\pipe\\dcddns-test-output";
    (void)state;
    fflush(stdout);
    before_1 = _dup(1);
    reader = CreateNamedPipeW(name, PIPE_ACCESS_INBOUND,
                              PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE | PIPE_WAIT, 1, 0, 65536, 0,
                              NULL);
    HANDLE writer = CreateFileW(name, GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    if (reader == INVALID_HANDLE_VALUE || writer == INVALID_HANDLE_VALUE)
        return -1;
    const int fd = _open_osfhandle((intptr_t)writer, _O_BINARY);
    return _dup2(fd, 1) == 0 && _close(fd) == 0 ? 0 : -1;
}

static int back(void **state)
{
    (void)state;
    fflush(stdout);
    _dup2(before_1, 1);
    _close(before_1);
    CloseHandle(reader);
    return 0;
}

static void expect_read(const char *text)
{
    char got[8192] = "";
    DWORD len = 0;
    assert_true(ReadFile(reader, got, sizeof(got) - 1, &len, NULL));
    assert_int_equal(len, strlen(text));
    assert_memory_equal(got, text, len);
}

static void texts_are_whole(void **state)
{
    char longest[5000] = "";
    (void)state;
    os_output_lines();
    printf("Gr\xc3\xbc\xc3\x9f%s %d \xe2\x86\x92\n", " dich", 5);
    expect_read("Gr\xc3\xbc\xc3\x9f dich 5 \xe2\x86\x92\n");
    memset(longest, 'x', sizeof(longest) - 1);
    fprintf(stdout, "%s", longest);
    expect_read(longest);
}

/* None of these words means anything here. */
static void advice_is_of_this_system(void **state)
{
    static const char *const foreign[] = { "sudo",  "chown", "chmod", "systemctl", "journalctl",
                                           "/etc/", "/var/", "root",  "'C:",       "usermod" };
    char text[OS_ADVICE_MAX] = "";
    (void)state;
    for (int what = OS_ADVICE_SHUT; what <= OS_ADVICE_LOG; what++) {
        assert_ptr_equal(os_advice((enum os_advice)what, "C:/some where/dcddns.conf", text), text);
        assert_true(strlen(text) > 5);
        for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
            if (strstr(text, foreign[i]))
                fail_msg("%s: in %s", foreign[i], text);
        }
    }
    assert_non_null(strstr(os_advice(OS_ADVICE_PRIVATE, "C:/a b/c", text), "icacls \"C:/a b/c\" "));
    assert_string_equal(os_root_name(), "an administrator");
}

/* Where there is one: tests/windows/console gives it one. */
static void console_is_as_before(void **state)
{
    DWORD mode = 0;
    (void)state;
    if (GetConsoleOutputCP() == 0)
        skip();
    HANDLE output = CreateFileW(L"CONOUT$", GENERIC_READ | GENERIC_WRITE,
                                FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
    assert_ptr_not_equal(output, INVALID_HANDLE_VALUE);
    assert_true(SetConsoleOutputCP(437));
    assert_true(SetConsoleMode(output, ENABLE_PROCESSED_OUTPUT | ENABLE_WRAP_AT_EOL_OUTPUT));
    const int kept = _dup(1), fd = _open_osfhandle((intptr_t)output, _O_BINARY);
    assert_int_equal(_dup2(fd, 1), 0);
    const bool coloured_before = os_terminal_has_colours(1);
    windows_console_prepare();
    const bool coloured = os_terminal_has_colours(1);
    const UINT page = GetConsoleOutputCP();
    windows_console_restore();
    const UINT page_after = GetConsoleOutputCP();
    GetConsoleMode(output, &mode);
    _dup2(kept, 1);
    assert_false(coloured_before);
    assert_true(coloured);
    assert_int_equal(page, CP_UTF8);
    assert_int_equal(page_after, 437);
    assert_int_equal(mode & ENABLE_VIRTUAL_TERMINAL_PROCESSING, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(texts_are_whole, into_pipe, back),
        cmocka_unit_test(advice_is_of_this_system),
        cmocka_unit_test(console_is_as_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
