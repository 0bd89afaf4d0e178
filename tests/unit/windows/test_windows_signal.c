/* What asks a program of Windows to stop, reload or look, and what wakes its clock watch. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "platform/windows_handles.h"

static bool is_readable(int fd, int ms)
{
    WSAPOLLFD at = { .fd = (SOCKET)fd, .events = POLLRDNORM };
    return WSAPoll(&at, 1, ms) == 1;
}

static void posted_ones_arrive_in_order(void **state)
{
    (void)state;
    windows_signal_post(OS_SIGNAL_STOP); /* nobody catches yet */
    int fd = os_signals_open();
    assert_true(fd >= 0);
    assert_false(is_readable(fd, 0));
    assert_int_equal(os_signals_next(), OS_SIGNAL_NONE);
    windows_signal_post(OS_SIGNAL_CHECK);
    windows_signal_post(OS_SIGNAL_STOP);
    assert_true(is_readable(fd, 5000));
    assert_int_equal(os_signals_next(), OS_SIGNAL_CHECK);
    assert_int_equal(os_signals_next(), OS_SIGNAL_STOP);
    assert_int_equal(os_signals_next(), OS_SIGNAL_NONE);
    os_signals_close();
    assert_int_equal(os_signals_next(), OS_SIGNAL_NONE);
    windows_signal_post(OS_SIGNAL_STOP);
}

/* As another process would: by the name of the event. */
static void reload_by_process_number(void **state)
{
    (void)state;
    assert_int_equal(os_signal_reload(os_pid(), 0), -ESRCH); /* it catches nothing */
    for (int i = 0; i < 2; i++) {
        int fd = os_signals_open();
        assert_int_equal(os_signal_reload(os_pid(), 0), 0);
        assert_true(is_readable(fd, 5000));
        assert_int_equal(os_signals_next(), OS_SIGNAL_RELOAD);
        assert_int_equal(os_signal_reload(os_pid(), 0), 0); /* each time */
        assert_true(is_readable(fd, 5000));
        assert_int_equal(os_signals_next(), OS_SIGNAL_RELOAD);
        os_signals_close();
    }
    assert_int_equal(os_signal_reload(0, 0), -ESRCH);
    assert_int_equal(os_signal_reload(0x7ffffff0, 0), -ESRCH);
    /* Root names the processes of the given user only. */
    if (os_is_root())
        assert_int_equal(os_signal_reload(os_pid(), 12345), -EPERM);
}

static void the_service_manager_is_obeyed(void **state)
{
    static const struct {
        DWORD control, what;
        enum os_signal signal;
    } cases[] = {
        { SERVICE_CONTROL_STOP, 0, OS_SIGNAL_STOP },
        { SERVICE_CONTROL_PRESHUTDOWN, 0, OS_SIGNAL_STOP },
        { SERVICE_CONTROL_PARAMCHANGE, 0, OS_SIGNAL_RELOAD },
        { SERVICE_CONTROL_POWEREVENT, PBT_APMRESUMEAUTOMATIC, OS_SIGNAL_CHECK },
        { SERVICE_CONTROL_POWEREVENT, PBT_APMSUSPEND, OS_SIGNAL_NONE },
        { SERVICE_CONTROL_INTERROGATE, 0, OS_SIGNAL_NONE },
    };
    (void)state;
    int fd = os_signals_open();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(windows_service_control(cases[i].control, cases[i].what), NO_ERROR);
        assert_int_equal(is_readable(fd, 200), cases[i].signal != OS_SIGNAL_NONE);
        assert_int_equal(os_signals_next(), cases[i].signal);
    }
    assert_int_equal(windows_service_control(SERVICE_CONTROL_SESSIONCHANGE, 0),
                     ERROR_CALL_NOT_IMPLEMENTED);
    os_signals_close();
}

/* Without a desktop the system does not tell, and the clocks are compared. */
static void the_clock_watch(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        int fd = os_clock_watch_open();
        if (fd == -ENOSYS) {
            skip();
            return;
        }
        assert_true(fd >= 0);
        assert_false(is_readable(fd, 0));
        windows_service_control(SERVICE_CONTROL_TIMECHANGE, 0);
        assert_true(is_readable(fd, 5000));
        os_clock_watch_drain(fd);
        assert_false(is_readable(fd, 0));
        windows_service_control(SERVICE_CONTROL_POWEREVENT, PBT_APMRESUMEAUTOMATIC);
        assert_true(is_readable(fd, 5000));
        os_clock_watch_drain(fd);
        HWND window = FindWindowW(L"dcddns clock watch", NULL);
        assert_non_null(window);
        PostMessageW(window, WM_TIMECHANGE, 0, 0);
        assert_true(is_readable(fd, 5000));
        os_clock_watch_drain(fd);
        PostMessageW(window, WM_POWERBROADCAST, PBT_APMSUSPEND, 0);
        assert_false(is_readable(fd, 200));
        PostMessageW(window, WM_POWERBROADCAST, PBT_APMRESUMEAUTOMATIC, 0);
        assert_true(is_readable(fd, 5000));
        os_clock_watch_close(fd);
    }
    windows_clock_post(); /* to nobody */
}

/* -- the session ends -------------------------------------------------------------------------- */

static struct {
    HWND window;
    BOOL ends;
    int64_t took_ms;
    HANDLE answered;
} session;

/* As the system does, when somebody logs off. */
static void tell(void *arg)
{
    const int64_t began = os.boot_ms();
    (void)arg;
    SendMessageW(session.window, WM_ENDSESSION, (WPARAM)session.ends, ENDSESSION_LOGOFF);
    session.took_ms = os.boot_ms() - began;
    SetEvent(session.answered);
}

static void begin_telling(BOOL ends)
{
    session.ends = ends;
    ResetEvent(session.answered);
    assert_true(windows_thread_detached("logs off", tell, NULL));
}

static bool is_answered(DWORD ms)
{
    return WaitForSingleObject(session.answered, ms) == WAIT_OBJECT_0;
}

/* The last one: this process has no watch afterwards. */
static void the_session_ends(void **state)
{
    (void)state;
    int signals = os_signals_open(), clock = os_clock_watch_open();
    if (clock == -ENOSYS) {
        os_signals_close();
        skip();
        return;
    }
    session.window = FindWindowW(L"dcddns clock watch", NULL);
    session.answered = CreateEventW(NULL, TRUE, FALSE, NULL);
    assert_non_null(session.window);
    begin_telling(FALSE); /* somebody thought better of it */
    assert_true(is_answered(20000));
    assert_false(is_readable(signals, 200));
    /* A program that does not end is not waited for longer than the system waits. */
    begin_telling(TRUE);
    assert_true(is_readable(signals, 20000));
    assert_int_equal(os_signals_next(), OS_SIGNAL_STOP);
    assert_true(is_answered(20000));
    assert_true(session.took_ms >= 3500 && session.took_ms < 15000);
    /* One that does is let go when signals are not caught any more, not before; and its end does
     * not wait for who waits for it. */
    begin_telling(TRUE);
    assert_true(is_readable(signals, 20000));
    assert_int_equal(os_signals_next(), OS_SIGNAL_STOP);
    os_clock_watch_close(clock);
    assert_false(is_answered(0));
    os_signals_close();
    assert_true(is_answered(20000));
    assert_true(session.took_ms < 4000);
    assert_int_equal(os_clock_watch_open(), -ENOSYS);
    CloseHandle(session.answered);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(posted_ones_arrive_in_order),
        cmocka_unit_test(reload_by_process_number),
        cmocka_unit_test(the_clock_watch),
        cmocka_unit_test(the_service_manager_is_obeyed),
        cmocka_unit_test(the_session_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
