/* The icon beside the clock; see tray_icon.h. */
#include "windows/tray_icon.h"

#include "windows/tray_ids.h"

enum { ICON_NUMBER = 1 };

/* In the size of the notification area. */
static HICON load(HINSTANCE instance, int id)
{
    return LoadImageW(instance, MAKEINTRESOURCEW(id), IMAGE_ICON, GetSystemMetrics(SM_CXSMICON),
                      GetSystemMetrics(SM_CYSMICON), LR_SHARED);
}

void tray_icon_begin(struct tray_icon *icon, const struct front *front, HWND window)
{
    for (int i = 0; i < TRAY_STATES; i++)
        icon->pictures[i] = load(front->instance, ICON_OK + i);
    icon->data = (NOTIFYICONDATAW){ .cbSize = sizeof(icon->data),
                                    .hWnd = window,
                                    .uID = ICON_NUMBER,
                                    .uFlags = NIF_ICON | NIF_MESSAGE | NIF_TIP | NIF_SHOWTIP,
                                    .uCallbackMessage = TRAY_ICON_EVENT,
                                    .hIcon = icon->pictures[TRAY_WORKING] };
}

/* A shell that answers late has the icon all the same, and does not take it a second time. */
bool tray_icon_show(struct tray_icon *icon)
{
    if (!icon->shown)
        icon->shown =
            Shell_NotifyIconW(NIM_ADD, &icon->data) || Shell_NotifyIconW(NIM_MODIFY, &icon->data);
    return icon->shown;
}

void tray_icon_was_lost(struct tray_icon *icon)
{
    icon->shown = false;
    tray_icon_show(icon);
}

void tray_icon_set(struct tray_icon *icon, enum tray_state state, const char *tip)
{
    wchar_t text[sizeof(icon->data.szTip) / sizeof(wchar_t)] = L"";

    front_copy(text, sizeof(text) / sizeof(text[0]), tip);
    if (icon->data.hIcon == icon->pictures[state] && wcscmp(text, icon->data.szTip) == 0)
        return;
    icon->data.hIcon = icon->pictures[state];
    wcscpy_s(icon->data.szTip, sizeof(text) / sizeof(text[0]), text);
    if (icon->shown && !Shell_NotifyIconW(NIM_MODIFY, &icon->data))
        icon->shown = false; /* the shell is gone, or slow */
}

void tray_icon_balloon(struct tray_icon *icon, const char *title, const char *body, bool serious)
{
    NOTIFYICONDATAW data = icon->data;

    data.uFlags |= NIF_INFO;
    data.dwInfoFlags = (serious ? NIIF_WARNING : NIIF_INFO) | NIIF_RESPECT_QUIET_TIME;
    front_copy(data.szInfoTitle, sizeof(data.szInfoTitle) / sizeof(wchar_t), title);
    front_copy(data.szInfo, sizeof(data.szInfo) / sizeof(wchar_t), body);
    if (!data.szInfo[0]) /* no text would take a balloon away */
        wcscpy_s(data.szInfo, sizeof(data.szInfo) / sizeof(wchar_t), L"dcddns");
    if (icon->shown)
        Shell_NotifyIconW(NIM_MODIFY, &data);
}

void tray_icon_end(struct tray_icon *icon)
{
    if (icon->data.hWnd) /* it may be there although the shell did not say so */
        Shell_NotifyIconW(NIM_DELETE, &icon->data);
    icon->shown = false;
}
