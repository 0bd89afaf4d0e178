/* The status window: a list of the names, kept as it is while only its texts change, so that it
 * does not flicker and nothing that was chosen is lost. */
#include "windows/tray.h"

#include <commctrl.h>

#include "base/mem.h"

enum { MARGIN = 7, CELL_CHARS = 600, LOOK_MS = 5 * 1000, LOOK_TIMER = 1 };

static HWND list_of(const struct tray *tray)
{
    return GetDlgItem(tray->status_window, TRAY_LIST);
}

static void add_columns(const struct tray *tray)
{
    static const int widths[TRAY_COLUMNS] = { 100, 66, 84, 58, 60, 76, 80 }; /* dialog units */

    ListView_SetExtendedListViewStyle(list_of(tray),
                                      LVS_EX_FULLROWSELECT | LVS_EX_DOUBLEBUFFER | LVS_EX_LABELTIP);
    for (int i = 0; i < TRAY_COLUMNS; i++) {
        RECT width = { .right = widths[i] };
        wchar_t *title = windows_wide(tray_words_title((enum tray_column)i));
        MapDialogRect(tray->status_window, &width);
        LVCOLUMNW column = { .mask = LVCF_TEXT | LVCF_WIDTH,
                             .cx = (int)width.right,
                             .pszText = title };
        if (title)
            SendMessageW(list_of(tray), LVM_INSERTCOLUMNW, (WPARAM)i, (LPARAM)&column);
        mem_free(title);
    }
}

static void set_cell(HWND list, int row, int column, const char *text)
{
    wchar_t now[CELL_CHARS] = L"", wanted[CELL_CHARS] = L"";
    LVITEMW item = { .iSubItem = column, .pszText = now, .cchTextMax = CELL_CHARS };

    front_copy(wanted, CELL_CHARS, text);
    SendMessageW(list, LVM_GETITEMTEXTW, (WPARAM)row, (LPARAM)&item);
    if (wcscmp(now, wanted) == 0)
        return;
    item.pszText = wanted;
    SendMessageW(list, LVM_SETITEMTEXTW, (WPARAM)row, (LPARAM)&item);
}

static void set_rows(const struct tray *tray, int64_t now_ms)
{
    const size_t wanted = tray->is_known ? tray->known.host_count : 0;
    HWND list = list_of(tray);
    int rows = ListView_GetItemCount(list);
    char text[TRAY_CELL_MAX] = "";

    for (; rows > 0 && (size_t)rows > wanted; rows--)
        ListView_DeleteItem(list, rows - 1);
    for (; (size_t)rows < wanted; rows++) {
        LVITEMW item = { .iItem = rows };
        SendMessageW(list, LVM_INSERTITEMW, 0, (LPARAM)&item);
    }
    for (int row = 0; row < rows; row++) {
        for (int column = 0; column < TRAY_COLUMNS; column++) {
            tray_words_cell(&tray->known.hosts[row], (enum tray_column)column, now_ms, text);
            set_cell(list, row, column, text);
        }
    }
}

/* The keyboard must not be lost with a button that is off. */
static void enable(const struct tray *tray, int id, bool on)
{
    HWND it = GetDlgItem(tray->status_window, id);

    if (!on && GetFocus() == it)
        SendMessageW(tray->status_window, WM_NEXTDLGCTL,
                     (WPARAM)GetDlgItem(tray->status_window, IDCANCEL), TRUE);
    EnableWindow(it, on);
}

void tray_status_refresh(struct tray *tray)
{
    const struct tray_view view = tray_view(tray);
    char text[TRAY_CELL_MAX] = "";

    if (!tray->status_window)
        return;
    set_rows(tray, view.now_ms);
    tray_words_summary(&view, text);
    front_set_text(GetDlgItem(tray->status_window, TRAY_SUMMARY), text);
    enable(tray, TRAY_CHECK_NOW, tray->connected);
}

/* -- the window ------------------------------------------------------------------------------- */

static void move_item(HWND window, int id, int dx, int dy, int dw, int dh)
{
    RECT at = { 0 };
    HWND it = GetDlgItem(window, id);

    GetWindowRect(it, &at);
    MapWindowPoints(NULL, window, (POINT *)&at, 2);
    SetWindowPos(it, NULL, at.left + dx, at.top + dy, at.right - at.left + dw,
                 at.bottom - at.top + dh, SWP_NOZORDER | SWP_NOACTIVATE);
}

/* The list takes what is given; the rest stays at the bottom. */
static void on_size(HWND window, int width, int height)
{
    RECT close = { 0 }, margin = { .right = MARGIN, .bottom = MARGIN };

    MapDialogRect(window, &margin);
    GetWindowRect(GetDlgItem(window, IDCANCEL), &close);
    MapWindowPoints(NULL, window, (POINT *)&close, 2);
    const int dx = width - margin.right - (int)close.right;
    const int dy = height - margin.bottom - (int)close.bottom;
    if (height == 0)
        return; /* minimized */
    move_item(window, TRAY_LIST, 0, 0, dx, dy);
    ListView_SetColumnWidth(GetDlgItem(window, TRAY_LIST), TRAY_COLUMNS - 1,
                            LVSCW_AUTOSIZE_USEHEADER); /* what is left */
    move_item(window, TRAY_SUMMARY, 0, dy, dx, 0);
    move_item(window, TRAY_CHECK_NOW, 0, dy, 0, 0);
    move_item(window, TRAY_SET_UP, 0, dy, 0, 0);
    move_item(window, IDCANCEL, dx, dy, 0, 0);
}

static void on_smallest(HWND window, MINMAXINFO *info)
{
    RECT smallest = { .right = 260, .bottom = 110 };
    MapDialogRect(window, &smallest);
    info->ptMinTrackSize = (POINT){ smallest.right, smallest.bottom };
}

/* Made for 96 dots per inch on a small screen; at 144 it may be wider than that. */
static void fit_screen(HWND window)
{
    MONITORINFO screen = { .cbSize = sizeof(screen) };
    RECT at = { 0 };

    if (!GetMonitorInfoW(MonitorFromWindow(window, MONITOR_DEFAULTTONEAREST), &screen) ||
        !GetWindowRect(window, &at))
        return;
    const RECT *work = &screen.rcWork;
    const LONG width = min(at.right - at.left, work->right - work->left);
    const LONG height = min(at.bottom - at.top, work->bottom - work->top);
    const LONG left = max(work->left, min(at.left, work->right - width));
    const LONG top = max(work->top, min(at.top, work->bottom - height));
    SetWindowPos(window, NULL, (int)left, (int)top, (int)width, (int)height,
                 SWP_NOZORDER | SWP_NOACTIVATE);
}

static void begin(struct tray *tray, HWND window)
{
    RECT client = { 0 };

    tray->status_window = window;
    SendMessageW(window, WM_SETICON, ICON_BIG,
                 (LPARAM)LoadIconW(tray->front->instance, MAKEINTRESOURCEW(ICON_OK)));
    SendMessageW(window, WM_SETICON, ICON_SMALL, (LPARAM)tray->icon.pictures[TRAY_OK]);
    add_columns(tray);
    fit_screen(window);
    GetClientRect(window, &client);
    on_size(window, client.right, client.bottom);
    tray_status_refresh(tray);
    SetTimer(window, LOOK_TIMER, LOOK_MS, NULL);
}

static INT_PTR CALLBACK on_message(HWND window, UINT message, WPARAM w, LPARAM l)
{
    struct tray *tray = (struct tray *)GetWindowLongPtrW(window, DWLP_USER);

    switch (message) {
    case WM_INITDIALOG:
        SetWindowLongPtrW(window, DWLP_USER, l);
        begin((struct tray *)l, window);
        return TRUE;
    case WM_SIZE:
        on_size(window, LOWORD(l), HIWORD(l));
        return TRUE;
    case WM_GETMINMAXINFO:
        on_smallest(window, (MINMAXINFO *)l);
        return TRUE;
    case WM_TIMER:
        tray_link_refresh(tray->link);
        tray_status_refresh(tray);
        return TRUE;
    case WM_COMMAND:
        if (LOWORD(w) == IDCANCEL)
            DestroyWindow(window);
        else
            tray_command(tray, LOWORD(w));
        return TRUE;
    case WM_DESTROY:
        KillTimer(window, LOOK_TIMER);
        tray->status_window = NULL;
        return TRUE;
    default:
        return FALSE;
    }
}

void tray_status_open(struct tray *tray)
{
    if (!tray->status_window)
        CreateDialogParamW(tray->front->instance, MAKEINTRESOURCEW(DIALOG_STATUS), NULL, on_message,
                           (LPARAM)tray);
    if (!tray->status_window)
        return;
    ShowWindow(tray->status_window, IsIconic(tray->status_window) ? SW_RESTORE : SW_SHOWNORMAL);
    SetForegroundWindow(tray->status_window);
    tray_link_refresh(tray->link);
}
