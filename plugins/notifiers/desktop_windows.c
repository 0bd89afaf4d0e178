/* Desktop notifications on Windows: the module hands its words to the tray of its user or, when
 * there is none, to a hidden window of its own, which shows them with an icon beside the clock.
 * That window has a thread, since a window is its thread's, and notify() may be any. */
#include <winsock2.h>

#include <windows.h>

#include <shellapi.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "desktop.h"
#include "desktop_windows.h"

enum { ANSWER_MS = 10 * 1000, ICON_NUMBER = 1, ICON_EVENT = WM_APP + 1, END_MS = 5 * 1000 };

struct notifier {
    const struct dcddns_host *host;
    HANDLE thread, ready;      /* NULL before the first event that the tray did not take */
    HWND window;               /* NULL: could not be made */
    NOTIFYICONDATAW icon;      /* of the window's thread */
    char url[DESKTOP_URL_MAX]; /* of the balloon that is shown */
};

/* -- the module's own window, on its thread ---------------------------------------------------- */

static void widen(wchar_t *out, int size, const char *utf8)
{
    wchar_t text[DESKTOP_TEXT_MAX] = L"";

    MultiByteToWideChar(CP_UTF8, 0, utf8, -1, text, DESKTOP_TEXT_MAX - 1);
    int len = (int)wcslen(text) < size ? (int)wcslen(text) : size - 1;
    if (len > 0 && IS_HIGH_SURROGATE(text[len - 1])) /* half of a character */
        len--;
    memcpy(out, text, (size_t)len * sizeof(wchar_t));
    out[len] = L'\0';
}

/* The four texts of a message; 0 when it has fewer. */
static int read_words(const COPYDATASTRUCT *data, const char *words[DESKTOP_TELL_WORDS])
{
    const char *at = data->lpData, *const end = at + data->cbData;

    if (data->dwData != DESKTOP_TELL || data->cbData == 0 || end[-1] != '\0')
        return 0;
    for (int i = 0; i < DESKTOP_TELL_WORDS; i++) {
        if (at >= end)
            return 0;
        words[i] = at;
        at += strlen(at) + 1;
    }
    return 1;
}

static int show(struct notifier *notifier, const COPYDATASTRUCT *data)
{
    const char *words[DESKTOP_TELL_WORDS] = { NULL };
    NOTIFYICONDATAW *icon = &notifier->icon;

    if (!read_words(data, words))
        return 0;
    icon->dwInfoFlags = strcmp(words[0], "warning") == 0 ? NIIF_WARNING : NIIF_INFO;
    widen(icon->szInfoTitle, sizeof(icon->szInfoTitle) / sizeof(wchar_t), words[1]);
    widen(icon->szInfo, sizeof(icon->szInfo) / sizeof(wchar_t), words[2]);
    snprintf(notifier->url, sizeof(notifier->url), "%s", words[3]);
    /* The first, or the shell is a new one; else it has the icon, even when it never said so. */
    return Shell_NotifyIconW(NIM_ADD, icon) || Shell_NotifyIconW(NIM_MODIFY, icon);
}

static void open_page(const struct notifier *notifier)
{
    wchar_t url[DESKTOP_URL_MAX] = L"";

    if (!desktop_may_open(notifier->url))
        return;
    widen(url, DESKTOP_URL_MAX, notifier->url);
    ShellExecuteW(NULL, L"open", url, NULL, NULL, SW_SHOWNORMAL);
}

static LRESULT CALLBACK on_message(HWND window, UINT message, WPARAM w, LPARAM l)
{
    struct notifier *notifier = (struct notifier *)GetWindowLongPtrW(window, GWLP_USERDATA);

    switch (message) {
    case WM_COPYDATA:
        return notifier ? show(notifier, (const COPYDATASTRUCT *)l) : FALSE;
    case ICON_EVENT:
        if (notifier && LOWORD(l) == NIN_BALLOONUSERCLICK)
            open_page(notifier);
        return 0;
    case WM_CLOSE:
        if (notifier)
            Shell_NotifyIconW(NIM_DELETE, &notifier->icon);
        DestroyWindow(window);
        return 0;
    case WM_DESTROY:
        PostQuitMessage(0);
        return 0;
    default:
        return DefWindowProcW(window, message, w, l);
    }
}

/* The class is the module's: its code is gone when the module is. */
static HWND new_window(struct notifier *notifier)
{
    const WNDCLASSW class = { .lpfnWndProc = on_message,
                              .hInstance = GetModuleHandleW(NULL),
                              .lpszClassName = L"dcddns-desktop" };

    if (!RegisterClassW(&class) && GetLastError() != ERROR_CLASS_ALREADY_EXISTS)
        return NULL;
    HWND window = CreateWindowExW(0, class.lpszClassName, L"dcddns", WS_POPUP, 0, 0, 0, 0, NULL,
                                  NULL, class.hInstance, NULL);
    if (!window)
        return NULL;
    SetWindowLongPtrW(window, GWLP_USERDATA, (LONG_PTR)notifier);
    notifier->icon = (NOTIFYICONDATAW){ .cbSize = sizeof(notifier->icon),
                                        .hWnd = window,
                                        .uID = ICON_NUMBER,
                                        .uFlags = NIF_ICON | NIF_MESSAGE | NIF_TIP | NIF_INFO,
                                        .uCallbackMessage = ICON_EVENT,
                                        .hIcon = LoadIconW(NULL, (LPCWSTR)IDI_INFORMATION),
                                        .szTip = L"dcddns" };
    return window;
}

static DWORD WINAPI run(void *arg)
{
    struct notifier *notifier = arg;
    MSG message = { 0 };

    notifier->window = new_window(notifier);
    SetEvent(notifier->ready);
    while (notifier->window && GetMessageW(&message, NULL, 0, 0) > 0)
        DispatchMessageW(&message);
    return 0;
}

/* -- the module ------------------------------------------------------------------------------- */

/* With the first event that needs it, since create() may not do such things. */
static HWND own_window(struct notifier *notifier)
{
    if (!notifier->ready)
        notifier->ready = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (notifier->ready && !notifier->thread)
        notifier->thread = CreateThread(NULL, 0, run, notifier, 0, NULL);
    if (!notifier->thread || WaitForSingleObject(notifier->ready, END_MS) != WAIT_OBJECT_0)
        return NULL;
    return notifier->window;
}

static size_t add(char *bytes, size_t len, const char *text)
{
    const size_t more = strlen(text) + 1;
    if (len + more > DESKTOP_TELL_MAX)
        return len;
    memcpy(bytes + len, text, more);
    return len + more;
}

static int tell(HWND window, const struct desktop_bubble *bubble, uint32_t within_ms)
{
    char bytes[DESKTOP_TELL_MAX];
    size_t len = add(bytes, 0, bubble->urgency == DESKTOP_CRITICAL ? "warning" : "info");
    DWORD_PTR took = 0;

    len = add(bytes, len, bubble->title);
    len = add(bytes, len, bubble->body);
    len = add(bytes, len, bubble->url);
    COPYDATASTRUCT data = { .dwData = DESKTOP_TELL, .cbData = (DWORD)len, .lpData = bytes };
    return SendMessageTimeoutW(window, WM_COPYDATA, 0, (LPARAM)&data, SMTO_ABORTIFHUNG, within_ms,
                               &took) &&
           took;
}

static int desktop_notify(void *self, struct dcddns_call *call, const struct dcddns_event *event)
{
    struct notifier *notifier = self;
    const struct dcddns_host *host = notifier->host;
    const struct desktop_can can = { .actions = 1 };
    struct desktop_bubble *bubble = NULL;
    uint32_t left = host->remaining_ms(call);
    int shown = 0;

    if (!desktop_is_shown(event))
        return DCDDNS_OK;
    if (left == 0)
        return DCDDNS_E_STOP;
    bubble = calloc(1, sizeof(*bubble));
    if (!bubble)
        return DCDDNS_E_NOMEM;
    left = left / 2 < ANSWER_MS ? left / 2 : ANSWER_MS; /* there may be two to ask */
    desktop_show(event, &can, bubble);
    HWND window = FindWindowW(DESKTOP_TRAY_CLASS, NULL);
    if (window)
        shown = tell(window, bubble, left);
    window = shown ? NULL : own_window(notifier);
    if (window)
        shown = tell(window, bubble, left);
    free(bubble);
    if (shown)
        return DCDDNS_OK;
    return host->fail(host, DCDDNS_E_TEMP,
                      "Windows shows no notification: there is no taskbar, or it does not answer");
}

/* The station of a service has no screen. */
static int has_desktop(void)
{
    USEROBJECTFLAGS flags = { 0 };
    return GetUserObjectInformationW(GetProcessWindowStation(), UOI_FLAGS, &flags, sizeof(flags),
                                     NULL) &&
           flags.dwFlags & WSF_VISIBLE;
}

static int desktop_create(const struct dcddns_host *host, void **self)
{
    if (!has_desktop())
        return host->fail(host, DCDDNS_E_CONFIG,
                          "there is no desktop here, as in every service; take this notifier out "
                          "of `notifiers`: dcddns-tray shows what the service tells");
    struct notifier *notifier = calloc(1, sizeof(*notifier));
    if (!notifier)
        return DCDDNS_E_NOMEM;
    notifier->host = host;
    *self = notifier;
    return DCDDNS_OK;
}

static void desktop_destroy(void *self)
{
    struct notifier *notifier = self;

    if (notifier->thread) {
        WaitForSingleObject(notifier->ready, INFINITE); /* it is set, whatever failed */
        if (notifier->window)
            PostMessageW(notifier->window, WM_CLOSE, 0, 0);
        WaitForSingleObject(notifier->thread, INFINITE);
        CloseHandle(notifier->thread);
    }
    if (notifier->ready)
        CloseHandle(notifier->ready);
    free(notifier);
}

static const struct dcddns_notifier desktop_ops = {
    .size = sizeof(desktop_ops),
    .notify = desktop_notify,
};

static const struct dcddns_plugin desktop_plugin = {
    .size = sizeof(desktop_plugin),
    .kind = DCDDNS_KIND_NOTIFIER,
    .abi_minor = DCDDNS_ABI_MINOR,
    .name = "desktop",
    .version = "1.0",
    .summary = "shows events as notifications beside the clock",
    .create = desktop_create,
    .destroy = desktop_destroy,
    .ops = &desktop_ops,
};

DCDDNS_ENTRY(desktop)
{
    return &desktop_plugin;
}
