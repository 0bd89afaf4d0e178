/* The life of the service, at the service manager: this program is installed, started, asked,
 * stopped and removed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "platform/service.h"
#include "platform/windows_handles.h"

enum { LONG_MS = 60 * 1000 };

static char state_dir[512], config_dir[512];

static int clean(void **state)
{
    struct error ignored = { 0 };
    (void)state;
    os_service_uninstall(LONG_MS, &ignored);
    return 0;
}

static void install(const char *what)
{
    const char *const words[] = { what, state_dir, NULL };
    struct error err = { 0 };
    if (os_service_install(words, state_dir, config_dir, &err) < 0)
        fail_msg("%s", err.text);
}

static enum os_service_state state_now(struct os_service *is)
{
    struct error err = { 0 };
    if (os_service_query(is, &err) < 0)
        fail_msg("%s", err.text);
    return is->state;
}

/* TEXT turns up in the service's log. */
static bool is_logged(const char *text)
{
    struct error ignored = { 0 };
    struct os_dir *dir = os_dir_open(state_dir, 0, &ignored);
    bool found = false;
    for (int i = 0; dir && !found && i < 100; i++) {
        char *all = NULL;
        size_t len = 0;
        if (os_read_file(dir, "service.log", 1 << 20, &all, &len, NULL) == 0)
            found = strstr(all, text) != NULL;
        mem_free(all);
        if (!found)
            Sleep(50);
    }
    os_dir_close(&dir);
    return found;
}

static void expect_class(int rc, const struct error *err, enum error_class class, const char *words)
{
    assert_int_equal(rc, -1);
    if (err->class != class || !strstr(err->text, words))
        fail_msg("no \"%s\" in \"%s\" (class %d)", words, err->text, (int)err->class);
}

static void what_is_not_there(void **state)
{
    struct os_service is = { 0 };
    struct error err = { 0 };
    (void)state;
    assert_int_equal(state_now(&is), OS_SERVICE_ABSENT);
    expect_class(os_service_start(LONG_MS, &err), &err, ERR_PERM, "not installed; run: dcddns");
    expect_class(os_service_stop(LONG_MS, &err), &err, ERR_PERM, "not installed");
    expect_class(os_service_uninstall(LONG_MS, &err), &err, ERR_PERM, "not installed");
}

static void control(DWORD what)
{
    SERVICE_STATUS status = { 0 };
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    SC_HANDLE service = OpenServiceW(manager, L"dcddns", SERVICE_ALL_ACCESS);
    assert_true(ControlService(service, what, &status));
    CloseServiceHandle(service);
    CloseServiceHandle(manager);
}

static void a_life(void **state)
{
    const char *const words[] = { "serve", state_dir, NULL };
    struct os_service is = { 0 };
    struct error err = { 0 };
    (void)state;
    install("serve");
    assert_int_equal(state_now(&is), OS_SERVICE_STOPPED);
    expect_class(os_service_install(words, state_dir, config_dir, &err), &err, ERR_PERM,
                 "installed already");
    assert_false(os_path_is_missing(config_dir)); /* as much as its state: made for it */
    assert_int_equal(os_service_stop(LONG_MS, &err), 1);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(os_service_start(LONG_MS, &err), 0);
        assert_int_equal(os_service_start(LONG_MS, &err), 1);
        assert_int_equal(state_now(&is), OS_SERVICE_RUNNING);
        assert_true(is.pid > 0 && is.pid != os_pid());
        assert_true(is_logged("signal 0")); /* it is up */
        control(SERVICE_CONTROL_PARAMCHANGE);
        assert_true(is_logged("signal 2"));
        assert_int_equal(os_service_stop(LONG_MS, &err), 0);
        assert_true(is_logged("signal 1"));
        assert_true(is_logged("the end"));
        assert_int_equal(state_now(&is), OS_SERVICE_STOPPED);
        assert_int_equal(is.exit_status, 0);
    }
    assert_int_equal(os_service_start(LONG_MS, &err), 0);
    assert_int_equal(os_service_uninstall(LONG_MS, &err), 0); /* stops it first */
    assert_int_equal(state_now(&is), OS_SERVICE_ABSENT);
}

static void one_that_does_not_start(void **state)
{
    struct os_service is = { 0 };
    struct error err = { 0 };
    (void)state;
    install("fail");
    expect_class(os_service_start(LONG_MS, &err), &err, ERR_TEMP, "with status 2");
    assert_true(is_logged("the configuration is wrong"));
    assert_int_equal(state_now(&is), OS_SERVICE_STOPPED);
    assert_int_equal(is.exit_status, 2);
}

/* -- the source of the Event Log -------------------------------------------------------------- */

static const wchar_t source_key[] =
    L"SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\dcddns";

static LSTATUS source_value(const wchar_t *name, DWORD type, void *value, DWORD size)
{
    return RegGetValueW(HKEY_LOCAL_MACHINE, source_key, name, type, NULL, value, &size);
}

/* Beside this program; what is made here is removed by drop_texts(). */
static void texts_path(wchar_t *path)
{
    GetModuleFileNameW(NULL, path, MAX_PATH);
    wcscpy(wcsrchr(path, L'\\') + 1, L"dcddns-events.dll");
}

static int drop_texts(void **state)
{
    wchar_t path[2 * MAX_PATH] = L"";
    texts_path(path);
    DeleteFileW(path);
    return clean(state);
}

static void the_source_comes_and_goes_with_the_service(void **state)
{
    wchar_t path[2 * MAX_PATH] = L"", found[2 * MAX_PATH] = L"";
    DWORD number = 0;
    struct error err = { 0 };
    (void)state;
    texts_path(path);
    install("serve");
    assert_int_equal(source_value(L"CategoryCount", RRF_RT_DWORD, &number, sizeof(number)),
                     ERROR_FILE_NOT_FOUND); /* no texts, no source */
    assert_int_equal(os_service_uninstall(LONG_MS, &err), 0);
    HANDLE file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    assert_true(file != INVALID_HANDLE_VALUE);
    CloseHandle(file);
    install("serve");
    for (int i = 0; i < 2; i++) {
        const wchar_t *name = i == 0 ? L"EventMessageFile" : L"CategoryMessageFile";
        assert_int_equal(source_value(name, RRF_RT_REG_SZ, found, sizeof(found)), 0);
        assert_int_equal(wcscmp(found, path), 0);
    }
    assert_int_equal(source_value(L"CategoryCount", RRF_RT_DWORD, &number, sizeof(number)), 0);
    assert_int_equal(number, 4);
    assert_int_equal(source_value(L"TypesSupported", RRF_RT_DWORD, &number, sizeof(number)), 0);
    assert_int_equal(number, 7);
    assert_int_equal(os_service_uninstall(LONG_MS, &err), 0);
    assert_int_equal(source_value(L"TypesSupported", RRF_RT_DWORD, &number, sizeof(number)),
                     ERROR_FILE_NOT_FOUND);
}

/* -- the service ------------------------------------------------------------------------------ */

static int fail_service(void *ctx)
{
    os_service_log(ctx);
    fputs("the configuration is wrong\n", stderr);
    return 2;
}

static int serve(void *ctx)
{
    struct os_gate *gate = os_gate_new();
    enum os_signal signal = OS_SIGNAL_NONE;
    int ready = 0;

    os_service_log(ctx);
    int fd = os_signals_open();
    os_service_notify("READY=1");
    fprintf(stderr, "signal 0\n");
    while (signal != OS_SIGNAL_STOP) {
        os_gate_wait(gate, (uintptr_t)fd, 1, -1, &ready);
        signal = os_signals_next();
        fprintf(stderr, "signal %d\n", (int)signal);
    }
    os_service_notify("STOPPING=1");
    Sleep(300);
    os_signals_close();
    fprintf(stderr, "the end\n");
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_not_there, clean, clean),
        cmocka_unit_test_setup_teardown(a_life, clean, clean),
        cmocka_unit_test_setup_teardown(one_that_does_not_start, clean, clean),
        cmocka_unit_test_setup_teardown(the_source_comes_and_goes_with_the_service, drop_texts,
                                        drop_texts),
    };
    if (argc > 2)
        return os_service_run(strcmp(argv[1], "fail") == 0 ? fail_service : serve, argv[2]);
    char temp[256] = "";
    GetTempPathA(sizeof(temp), temp);
    snprintf(state_dir, sizeof(state_dir), "%sdcddns-service-%lu\\state", temp,
             GetCurrentProcessId());
    snprintf(config_dir, sizeof(config_dir), "%sdcddns-service-%lu\\config", temp,
             GetCurrentProcessId());
    return cmocka_run_group_tests(tests, NULL, NULL);
}
