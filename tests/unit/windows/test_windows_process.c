/* The process on Windows: clocks, places, arguments, browser, what it says of itself. */
#include "unit/windows/folder.h"

#include <stdlib.h>

static void clocks_run(void **state)
{
    const int64_t boot = os.boot_ms(), wall = os.wall_ms();
    (void)state;
    Sleep(60);
    assert_in_range(os.boot_ms() - boot, 30, 5000);
    assert_in_range(os.wall_ms() - wall, 30, 5000);
    SYSTEMTIME now = { 0 };
    GetSystemTime(&now);
    const int64_t year = 1970 + os.wall_ms() / 1000 / 31556952;
    assert_in_range(year, now.wYear - 1, now.wYear + 1);
    assert_true(wall > INT64_C(1700000000000));
}

static void random_is_random(void **state)
{
    unsigned char a[64] = { 0 }, b[64] = { 0 };
    (void)state;
    assert_int_equal(os.random(a, sizeof(a)), 0);
    assert_int_equal(os.random(b, sizeof(b)), 0);
    assert_memory_not_equal(a, b, sizeof(a));
    assert_int_equal(os.random(a, 0), 0);
}

static void text_goes_both_ways(void **state)
{
    wchar_t *wide = NULL;
    const wchar_t lone[] = { L'a', 0xd800, L'b', 0 };
    (void)state;
    assert_int_equal(windows_to_wide("\xc3\xbc\xf0\x9f\x8c\x8d", &wide), 0);
    assert_int_equal(wcslen(wide), 3);
    char *back = windows_utf8(wide);
    assert_string_equal(back, "\xc3\xbc\xf0\x9f\x8c\x8d");
    mem_free(back);
    mem_free(wide);
    assert_int_equal(windows_to_wide("\xc3", &wide), -EILSEQ);
    assert_null(wide);
    assert_null(windows_wide("\xff"));
    back = windows_utf8(lone);
    assert_string_equal(back, "a\xef\xbf\xbd"
                              "b");
    mem_free(back);
}

static void prepares_the_process(void **state)
{
    (void)state;
    _putenv("SSLKEYLOGFILE=C:\\keys");
    assert_non_null(getenv("SSLKEYLOGFILE"));
    os_process_init();
    assert_null(getenv("SSLKEYLOGFILE"));
    assert_int_equal(GetEnvironmentVariableW(L"SSLKEYLOGFILE", NULL, 0), 0);
    assert_true(GetErrorMode() & SEM_NOGPFAULTERRORBOX);
    wchar_t folder_of_libraries[10] = L"x";
    GetDllDirectoryW(10, folder_of_libraries);
    assert_int_equal(wcslen(folder_of_libraries), 0);
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(s != INVALID_SOCKET);
    closesocket(s);
}

static void says_what_it_is(void **state)
{
    char text[128] = "";
    struct error err = { 0 };
    (void)state;
    os_describe(text);
    assert_memory_equal(text, "Windows ", 8);
    assert_non_null(strstr(text, "x86_64"));
    assert_true(text[8] >= '1' && text[8] <= '9');
    assert_int_equal(os_pid(), GetCurrentProcessId());
    assert_int_equal(os_drop_privileges(platform_user(), 7, &err), 0);
    assert_int_equal(os_drop_privileges(platform_user() + 1, 7, &err), -1);
    assert_int_equal(err.class, ERR_LOCAL);
    assert_non_null(strstr(err.text, "dcddns service start"));
    assert_string_equal(os_boot_id(), os_boot_id());
    assert_true(strlen(os_boot_id()) < 40);
    assert_false(os_log_is_journal());
    assert_false(os_is_terminal(0)); /* tests run without one */
    assert_false(os_is_terminal(99));
    assert_false(os_is_terminal(-1));
    assert_int_equal(os_terminal_columns(1), 0);
    void *block = mem_new(100, 1);
    assert_true(platform_block_size(block) >= 100);
    mem_free(block);
}

static void assert_ends(char *path, const char *end)
{
    assert_non_null(path);
    assert_true(os_path_is_absolute(path));
    assert_null(strchr(path, '\\'));
    const size_t len = strlen(path), tail = strlen(end);
    if (len < tail || strcmp(path + len - tail, end) != 0)
        fail_msg("%s does not end with %s", path, end);
    mem_free(path);
}

static void places_are_known_folders(void **state)
{
    (void)state;
    const bool root = os_is_root();
    assert_ends(os_place(OS_PLACE_CONFIG, "/etc/dcddns"),
                root ? "/ProgramData/dcddns/config" : "/AppData/Local/dcddns");
    assert_ends(os_place(OS_PLACE_STATE, "/var/lib/dcddns"),
                root ? "/ProgramData/dcddns/state" : "/AppData/Local/dcddns/state");
    assert_ends(os_place(OS_PLACE_SESSION, NULL), "/AppData/Local/dcddns");
    /* What the build was told. */
    assert_ends(os_place(OS_PLACE_STATE, "C:/given"), root ? "C:/given" : "/dcddns/state");
    assert_ends(os_place(OS_PLACE_MODULES, "C:/given"), "C:/given");
    assert_ends(os_place(OS_PLACE_SESSION, "C:/given"), "/dcddns");
    /* Beside the program. */
    wchar_t self[MAX_PATH] = L"";
    assert_true(GetModuleFileNameW(NULL, self, MAX_PATH) > 0);
    char *shown = windows_path_shown(self);
    char *program = os_real_path(shown);
    char *modules = os_place(OS_PLACE_MODULES, "/usr/lib/dcddns");
    const size_t folder_len = (size_t)(strrchr(program, '/') - program);
    assert_memory_equal(modules, program, folder_len);
    assert_string_equal(modules + folder_len, "/plugins");
    assert_null(os_place(OS_PLACE_CA, NULL)); /* there is none */
    char *ca = mem_new(folder_len + 20, 1);
    snprintf(ca, folder_len + 20, "%.*s/ca-bundle.crt", (int)folder_len, program);
    FILE *file = fopen(ca, "w");
    assert_non_null(file);
    fclose(file);
    char *found = os_place(OS_PLACE_CA, NULL);
    remove(ca);
    assert_string_equal(found, ca);
    mem_free(found);
    mem_free(ca);
    mem_free(shown);
    mem_free(program);
    mem_free(modules);
}

static wchar_t shown_url[200];
static bool answer;

static bool show(const wchar_t *url)
{
    wcsncpy(shown_url, url, COUNT(shown_url) - 1);
    return answer;
}

static void shows_urls_and_nothing_else(void **state)
{
    static const char *const bad[] = {
        "http://provider.example/",
        "file:///C:/Windows/System32/calc.exe",
        "C:/Windows/System32/calc.exe",
        "calc.exe",
        "https://provider.example/a b",
        "https://provider.example/\"--evil",
        "https://provider.example/a\nb",
        "https://provider.example/\\..\\x",
        "https://provider.example/\xc3\xbc",
        "https://provider.example/^&calc",
        "ms-settings:",
        "HTTPS://provider.example/",
        "",
    };
    bool (*before)(const wchar_t *) = windows_show;
    (void)state;
    windows_show = show;
    answer = true;
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(os_browser_open(bad[i]));
    assert_int_equal(shown_url[0], 0);
    assert_true(os_browser_open("https://provider.example/v2?a=b%20c&d=e#f"));
    assert_int_equal(wcscmp(shown_url, L"https://provider.example/v2?a=b%20c&d=e#f"), 0);
    answer = false;
    assert_false(os_browser_open("https://provider.example/"));
    windows_show = before;
}

/* The same program again, with letters that no code page of old programs has together. */
static void arguments_are_utf8(void **state)
{
    wchar_t self[MAX_PATH] = L"", line[2 * MAX_PATH] = L"";
    STARTUPINFOW start = { .cb = sizeof(start) };
    PROCESS_INFORMATION child = { 0 };
    DWORD status = 99;
    (void)state;
    assert_true(GetModuleFileNameW(NULL, self, MAX_PATH) > 0);
    _snwprintf(line, COUNT(line) - 1, L"\"%ls\" arguments \"\u00fc \u65e5\u0416\"", self);
    assert_true(CreateProcessW(self, line, NULL, NULL, FALSE, 0, NULL, NULL, &start, &child) != 0);
    assert_int_equal(WaitForSingleObject(child.hProcess, 20000), WAIT_OBJECT_0);
    assert_true(GetExitCodeProcess(child.hProcess, &status));
    CloseHandle(child.hProcess);
    CloseHandle(child.hThread);
    assert_int_equal(status, 42);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clocks_run),
        cmocka_unit_test(random_is_random),
        cmocka_unit_test(text_goes_both_ways),
        cmocka_unit_test(prepares_the_process),
        cmocka_unit_test(says_what_it_is),
        cmocka_unit_test(places_are_known_folders),
        cmocka_unit_test(shows_urls_and_nothing_else),
        cmocka_unit_test(arguments_are_utf8),
    };
    char **arguments = os_arguments(&argc, argv);
    if (arguments && argc == 3 && strcmp(arguments[1], "arguments") == 0)
        return strcmp(arguments[2], "\xc3\xbc \xe6\x97\xa5\xd0\x96") == 0 && !arguments[3] ? 42 : 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
