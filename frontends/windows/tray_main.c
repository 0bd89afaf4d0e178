/* dcddns-tray.exe: an icon beside the clock that shows how dcddns is.
 *   dcddns-tray [--quiet] [--config FILE] [--state-dir DIR]
 * One in a session; a second start shows the first one's status window, unless it is --quiet, or
 * takes its place when it is ending. */
#include "windows/tray.h"

#include <commctrl.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "notifiers/desktop_windows.h"

#include "base/mem.h"
#include "net/net.h"
#include "platform/os.h"
#include "windows/login.h"

/* Looks again after the shell, and lets "3 min ago" become 4. */
enum { LOOK_TIMER = 1, LOOK_MS = 5 * 1000, CHECKING_MS = 20 * 1000, CHECKING_TIMER = 2 };
/* For one that is ending, with the daemon it runs. */
enum { PLACE_WAIT_MS = 15 * 1000, PLACE_STEP_MS = 100 };

struct tray_view tray_view(const struct tray *tray)
{
    return (struct tray_view){ .connected = tray->connected,
                               .checking = tray->checking,
                               .known = tray->is_known ? &tray->known : NULL,
                               .trouble = tray->trouble,
                               .left = tray->left,
                               .now_ms = os.wall_ms() };
}

void tray_refresh(struct tray *tray)
{
    const struct tray_view view = tray_view(tray);
    char tip[TRAY_TIP_MAX] = "";

    tray_words_tip(&view, tip);
    tray_icon_set(&tray->icon, tray_words_state(&view), tip);
    tray_status_refresh(tray);
}

/* -- news of the daemon ----------------------------------------------------------------------- */

static void take_status(struct tray *tray, struct tray_news *news)
{
    status_free(&tray->known);
    tray->known = news->status;
    tray->is_known = true;
    news->status = (struct status){ 0 };
}

static void on_news(struct tray *tray, struct tray_news *news)
{
    switch (news->kind) {
    case TRAY_NEWS_CONNECTED:
        tray->connected = true;
        tray->trouble[0] = '\0';
        break;
    case TRAY_NEWS_NOBODY:
        tray->connected = tray->checking = false;
        tray_host_start(tray);
        break;
    case TRAY_NEWS_LOST:
        tray->connected = tray->checking = false;
        snprintf(tray->trouble, sizeof(tray->trouble), "%s", news->words);
        break;
    case TRAY_NEWS_STATUS:
        take_status(tray, news);
        tray_own_look(tray);
        break;
    case TRAY_NEWS_EVENT:
        tray->checking = false;
        tray_tell_event(tray, &news->event);
        break;
    }
    tray_news_free(&news);
    tray_refresh(tray);
}

/* -- what is pressed -------------------------------------------------------------------------- */

static void check_now(struct tray *tray)
{
    if (!tray->connected)
        return;
    tray->checking = true;
    SetTimer(tray->window, CHECKING_TIMER, CHECKING_MS, NULL);
    tray_link_check(tray->link);
    tray_refresh(tray);
}

static void set_up(const struct tray *tray)
{
    struct front_line line = { 0 };
    STARTUPINFOW start = { .cb = sizeof(start) };
    PROCESS_INFORMATION process = { 0 };

    front_line_begin(tray->front, L"dcddns-setup.exe", &line);
    if (!line.failed &&
        CreateProcessW(NULL, line.text, NULL, NULL, FALSE, 0, NULL, NULL, &start, &process)) {
        CloseHandle(process.hProcess);
        CloseHandle(process.hThread);
    }
    front_line_free(&line);
}

void tray_command(struct tray *tray, int id)
{
    const char *page = tray_menu_page(tray, id);

    if (page)
        front_open_page(page);
    switch (id) {
    case TRAY_SHOW_STATUS:
        tray_status_open(tray);
        break;
    case TRAY_CHECK_NOW:
        check_now(tray);
        break;
    case TRAY_SET_UP:
        set_up(tray);
        break;
    case TRAY_AT_LOGIN:
        if (login_now() != LOGIN_ALL_USERS)
            login_set(tray->front, login_now() == LOGIN_OFF);
        break;
    case TRAY_ABOUT:
        tray_about(tray);
        break;
    case TRAY_EXIT:
        DestroyWindow(tray->window);
        break;
    default:
        break;
    }
}

static void on_icon(struct tray *tray, UINT what)
{
    switch (what) {
    case WM_RBUTTONUP:
    case WM_CONTEXTMENU:
        tray_menu_show(tray);
        break;
    case WM_LBUTTONDBLCLK:
        tray_status_open(tray);
        break;
    case NIN_BALLOONUSERCLICK:
        if (tray->page[0])
            front_open_page(tray->page);
        else
            tray_status_open(tray);
        break;
    default:
        break;
    }
}

/* -- the window ------------------------------------------------------------------------------- */

static void on_timer(struct tray *tray, WPARAM id)
{
    if (id == CHECKING_TIMER) {
        KillTimer(tray->window, CHECKING_TIMER);
        tray->checking = false;
    }
    tray_icon_show(&tray->icon);
    tray_host_look(tray);
    tray_refresh(tray);
}

static LRESULT CALLBACK on_message(HWND window, UINT message, WPARAM w, LPARAM l)
{
    struct tray *tray = (struct tray *)GetWindowLongPtrW(window, GWLP_USERDATA);

    if (!tray)
        return DefWindowProcW(window, message, w, l);
    if (message == tray->taskbar_created) {
        tray_icon_was_lost(&tray->icon);
        return 0;
    }
    switch (message) {
    case TRAY_NEWS:
        on_news(tray, (struct tray_news *)l);
        return 0;
    case TRAY_ICON_EVENT:
        on_icon(tray, LOWORD(l));
        return 0;
    case TRAY_SHOW:
        tray_status_open(tray);
        return 0;
    case CHILD_LINE:
    case CHILD_WORDS:
    case CHILD_END:
        tray_host_on(tray, message, w, l);
        return 0;
    case WM_COPYDATA:
        return tray_tell_words(tray, (const COPYDATASTRUCT *)l);
    case WM_COMMAND:
        tray_command(tray, LOWORD(w));
        return 0;
    case WM_TIMER:
        on_timer(tray, w);
        return 0;
    case WM_ENDSESSION:
        if (w)
            tray_host_stop(tray);
        return 0;
    case WM_DESTROY:
        PostQuitMessage(0);
        return 0;
    default:
        return DefWindowProcW(window, message, w, l);
    }
}

static bool make_window(struct tray *tray)
{
    const WNDCLASSW class = { .lpfnWndProc = on_message,
                              .hInstance = tray->front->instance,
                              .lpszClassName = DESKTOP_TRAY_CLASS };

    tray->taskbar_created = RegisterWindowMessageW(L"TaskbarCreated");
    if (!RegisterClassW(&class))
        return false;
    tray->window = CreateWindowExW(0, DESKTOP_TRAY_CLASS, L"", WS_POPUP, 0, 0, 0, 0, NULL, NULL,
                                   tray->front->instance, NULL);
    if (!tray->window)
        return false;
    SetWindowLongPtrW(tray->window, GWLP_USERDATA, (LONG_PTR)tray);
    /* The shell runs with fewer rights than an administrator's program. */
    ChangeWindowMessageFilterEx(tray->window, tray->taskbar_created, MSGFLT_ALLOW, NULL);
    SetTimer(tray->window, LOOK_TIMER, LOOK_MS, NULL);
    return true;
}

static bool connect_daemon(struct tray *tray)
{
    char *config = tray->front->config ? windows_utf8(tray->front->config) : NULL;
    char *state_dir = tray->front->state_dir ? windows_utf8(tray->front->state_dir) : NULL;

    tray->link = tray_link_start(tray->window, config, state_dir);
    mem_free(config);
    mem_free(state_dir);
    return tray->link != NULL;
}

static void run(struct tray *tray)
{
    MSG message = { 0 };

    while (GetMessageW(&message, NULL, 0, 0) > 0) {
        if (tray->status_window && IsDialogMessageW(tray->status_window, &message))
            continue;
        TranslateMessage(&message);
        DispatchMessageW(&message);
    }
}

static int tray_run(struct tray *tray)
{
    struct error err = { 0 };
    int rc = EXIT_FAILURE;

    os_process_init();
    if (net_global_init(&err) == 0 && make_window(tray)) {
        tray_icon_begin(&tray->icon, tray->front, tray->window);
        /* Before the icon: while the shell is told of it, others may send us messages. */
        if (connect_daemon(tray)) {
            tray_icon_show(&tray->icon); /* a shell that is not there yet gets it later */
            tray_refresh(tray);
            run(tray);
            rc = EXIT_SUCCESS;
        }
    }
    tray_icon_end(&tray->icon);
    tray_host_stop(tray);
    tray_link_stop(&tray->link);
    status_free(&tray->known);
    return rc;
}

/* Whether this is the only one from now on.  One that is ending has no window any more, and keeps
 * the mutex until its daemon has ended; one that is starting has none yet. */
static bool is_only(HANDLE mutex, bool ours)
{
    for (int i = 0; !ours && i < PLACE_WAIT_MS / PLACE_STEP_MS; i++) {
        if (FindWindowW(DESKTOP_TRAY_CLASS, NULL))
            return false;
        const DWORD got = WaitForSingleObject(mutex, PLACE_STEP_MS);
        ours = got == WAIT_OBJECT_0 || got == WAIT_ABANDONED;
    }
    return ours;
}

/* The one that runs already. */
static void show_other(const struct front *front)
{
    HWND other = FindWindowW(DESKTOP_TRAY_CLASS, NULL);
    DWORD pid = 0;

    if (!other || front_has(front, L"--quiet"))
        return;
    GetWindowThreadProcessId(other, &pid);
    AllowSetForegroundWindow(pid);
    PostMessageW(other, TRAY_SHOW, 0, 0);
}

int WINAPI wWinMain(HINSTANCE instance, HINSTANCE before, PWSTR line, int show)
{
    static struct front front;
    static struct tray tray;
    const INITCOMMONCONTROLSEX controls = { .dwSize = sizeof(controls),
                                            .dwICC = ICC_STANDARD_CLASSES | ICC_LISTVIEW_CLASSES };
    (void)before;
    (void)line;
    (void)show;

    if (!front_begin(&front, instance))
        return EXIT_FAILURE;
    HANDLE only = CreateMutexW(NULL, TRUE, L"Local\\dcddns-tray");
    if (only && !is_only(only, GetLastError() != ERROR_ALREADY_EXISTS)) {
        show_other(&front);
        CloseHandle(only);
        return EXIT_SUCCESS;
    }
    InitCommonControlsEx(&controls);
    tray.front = &front;
    const int rc = tray_run(&tray);
    if (only) {
        ReleaseMutex(only);
        CloseHandle(only);
    }
    return rc;
}
