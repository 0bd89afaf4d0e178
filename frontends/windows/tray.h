/* Between the files of the tray: its window (tray_main.c), its menu (tray_menu.c), the status
 * window (tray_status.c), the daemon that it runs when nobody else does (tray_host.c), what it says
 * unasked (tray_tell.c).  All of them are on the thread of the window. */
#ifndef DCDDNS_FRONTENDS_TRAY_H
#define DCDDNS_FRONTENDS_TRAY_H

#include "windows/tray_icon.h"

#include "windows/child.h"
#include "windows/tray_ids.h"
#include "windows/tray_link.h"

enum { TRAY_SAID_MAX = 8, TRAY_SHOW = WM_APP + 22 /* a second start: shows the first's window */ };

struct tray_said { /* not twice */
    uint32_t hash;
    ULONGLONG at_ms;
};

struct tray {
    const struct front *front;
    HWND window, status_window; /* the latter NULL: closed */
    UINT taskbar_created;
    struct tray_icon icon;
    struct tray_link *link;

    bool connected, checking;
    struct status known;
    bool is_known;
    char trouble[ERROR_TEXT_MAX];

    struct child *host; /* our own daemon, or NULL */
    WPARAM host_id;
    ULONGLONG host_since_ms, host_wait_ms;
    char host_said[ERROR_TEXT_MAX]; /* its last line */
    char left[FQDN_MAX];            /* a name of the user's own that nobody keeps, or "" */

    struct tray_said said[TRAY_SAID_MAX];
    size_t said_next;
    char page[EVENT_URL_MAX]; /* of the balloon that is shown, or "" */
};

struct tray_view tray_view(const struct tray *);
/* Icon, tip and status window follow from what is known. */
void tray_refresh(struct tray *);
void tray_command(struct tray *, int id);

/* -- tray_menu.c -- */
void tray_menu_show(struct tray *);
/* The page of TRAY_OPEN_DNS + N, or NULL. */
const char *tray_menu_page(const struct tray *, int id);
void tray_about(const struct tray *);

/* -- tray_status.c -- */
void tray_status_open(struct tray *);
void tray_status_refresh(struct tray *);

/* -- tray_host.c -- */
/* Nobody listens: runs a daemon, when that is ours to do. */
void tray_host_start(struct tray *);
void tray_host_on(struct tray *, UINT message, WPARAM id, LPARAM what);
bool tray_host_has_service(const struct tray *);
/* Ends it when the service was installed since. */
void tray_host_look(struct tray *);
/* Lets it end what is in flight, for a few seconds. */
void tray_host_stop(struct tray *);

/* -- tray_own.c -- */
/* Whether the service, which was just asked, leaves a name of this user to nobody. */
void tray_own_look(struct tray *);

/* -- tray_tell.c -- */
void tray_tell_left(struct tray *);
void tray_tell_event(struct tray *, const struct event *);
/* WM_COPYDATA: of the notifier `desktop`.  False: it is none. */
bool tray_tell_words(struct tray *, const COPYDATASTRUCT *);

#endif
