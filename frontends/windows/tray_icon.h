/* The icon beside the clock: its picture, its tip, its balloons.  A shell that is not there yet, or
 * that was started again, gets it later. */
#ifndef DCDDNS_FRONTENDS_TRAY_ICON_H
#define DCDDNS_FRONTENDS_TRAY_ICON_H

#include "windows/front.h"

#include <shellapi.h>

#include "windows/tray_words.h"

/* What the icon tells its window: lParam as Shell_NotifyIcon() says. */
enum { TRAY_ICON_EVENT = WM_APP + 20 };

struct tray_icon {
    NOTIFYICONDATAW data;
    HICON pictures[TRAY_STATES];
    bool shown;
};

void tray_icon_begin(struct tray_icon *, const struct front *, HWND window);
void tray_icon_set(struct tray_icon *, enum tray_state, const char *tip);
/* SERIOUS: a warning. */
void tray_icon_balloon(struct tray_icon *, const char *title, const char *body, bool serious);
/* Tries to show it, when it is not: false: the shell does not take it. */
bool tray_icon_show(struct tray_icon *);
/* The shell was started again, and has none. */
void tray_icon_was_lost(struct tray_icon *);
void tray_icon_end(struct tray_icon *);

#endif
