/* The menu of the icon. */
#include "windows/tray.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "version.h"
#include "windows/login.h"

enum { PAGES_MAX = 10, LABEL_MAX = 300 };

/* Pages of the providers, each once. */
static size_t find_pages(const struct tray *tray, const struct status_grant *pages[PAGES_MAX])
{
    size_t count = 0;

    for (size_t i = 0; tray->is_known && i < tray->known.host_count && count < PAGES_MAX; i++) {
        const struct status_grant *grant = &tray->known.hosts[i].grant;
        bool is_new = strncmp(grant->control_panel, "https://", 8) == 0;
        for (size_t k = 0; k < count; k++)
            is_new = is_new && strcmp(pages[k]->control_panel, grant->control_panel) != 0;
        if (is_new)
            pages[count++] = grant;
    }
    return count;
}

const char *tray_menu_page(const struct tray *tray, int id)
{
    const struct status_grant *pages[PAGES_MAX] = { NULL };
    const size_t count = find_pages(tray, pages);

    if (id < TRAY_OPEN_DNS || (size_t)(id - TRAY_OPEN_DNS) >= count)
        return NULL;
    return pages[id - TRAY_OPEN_DNS]->control_panel;
}

static void add(HMENU menu, UINT flags, UINT_PTR id, const char *label)
{
    wchar_t *wide = windows_wide(label);
    if (wide)
        AppendMenuW(menu, MF_STRING | flags, id, wide);
    mem_free(wide);
}

/* "&" would be taken for an access key. */
static void add_page(HMENU menu, UINT_PTR id, const struct status_grant *grant)
{
    char label[LABEL_MAX + 64] = "", plain[LABEL_MAX] = "";
    size_t len = 0;

    snprintf(plain, sizeof(plain), "%.200s (%.80s)", grant->zone, grant->provider);
    for (const char *at = plain; *at && len + 3 < sizeof(label); at++) {
        if (*at == '&')
            label[len++] = '&';
        label[len++] = *at;
    }
    label[len] = '\0';
    add(menu, 0, id, label);
}

static void add_pages(HMENU menu, const struct tray *tray)
{
    const struct status_grant *pages[PAGES_MAX] = { NULL };
    const size_t count = find_pages(tray, pages);
    HMENU list = count > 1 ? CreatePopupMenu() : NULL;

    if (!list) {
        add(menu, count == 0 ? MF_GRAYED : 0U, TRAY_OPEN_DNS, "&Open DNS at the provider");
        return;
    }
    for (size_t i = 0; i < count; i++)
        add_page(list, TRAY_OPEN_DNS + i, pages[i]);
    AppendMenuW(menu, MF_POPUP, (UINT_PTR)list, L"&Open DNS at the provider");
}

static void add_login(HMENU menu)
{
    switch (login_now()) {
    case LOGIN_ALL_USERS:
        add(menu, MF_CHECKED | MF_GRAYED, TRAY_AT_LOGIN,
            "Starts at &login for all users (installer)");
        break;
    case LOGIN_THIS_USER:
        add(menu, MF_CHECKED, TRAY_AT_LOGIN, "Start at &login");
        break;
    case LOGIN_OFF:
        add(menu, 0, TRAY_AT_LOGIN, "Start at &login");
        break;
    }
}

void tray_menu_show(struct tray *tray)
{
    HMENU menu = CreatePopupMenu();
    POINT at = { 0 };

    if (!menu)
        return;
    add(menu, 0, TRAY_SHOW_STATUS, "&Status...");
    add(menu, tray->connected ? 0U : MF_GRAYED, TRAY_CHECK_NOW, "&Check now");
    add_pages(menu, tray);
    AppendMenuW(menu, MF_SEPARATOR, 0, NULL);
    add(menu, 0, TRAY_SET_UP, "Set &up a name...");
    add_login(menu);
    AppendMenuW(menu, MF_SEPARATOR, 0, NULL);
    add(menu, 0, TRAY_ABOUT, "&About dcddns");
    add(menu, 0, TRAY_EXIT, "E&xit");
    SetMenuDefaultItem(menu, TRAY_SHOW_STATUS, FALSE);
    GetCursorPos(&at);
    SetForegroundWindow(tray->window); /* else it stays when somebody clicks elsewhere */
    const int chosen = TrackPopupMenu(menu, TPM_RETURNCMD | TPM_NONOTIFY | TPM_RIGHTBUTTON, at.x,
                                      at.y, 0, tray->window, NULL);
    PostMessageW(tray->window, WM_NULL, 0, 0);
    DestroyMenu(menu);
    if (chosen > 0)
        tray_command(tray, chosen);
}

void tray_about(const struct tray *tray)
{
    const MSGBOXPARAMSW box = {
        .cbSize = sizeof(box),
        .hwndOwner = tray->status_window,
        .hInstance = tray->front->instance,
        .lpszText = L"dcddns " VERSION_WIDE L"\n\nKeeps the addresses of your names up to "
                    L"date at any DNS provider that speaks Domain Connect.\n\n"
                    L"https://www.domainconnect.org/",
        .lpszCaption = L"About dcddns",
        .dwStyle = MB_OK | MB_USERICON,
        .lpszIcon = MAKEINTRESOURCEW(ICON_OK),
    };
    MessageBoxIndirectW(&box);
}
