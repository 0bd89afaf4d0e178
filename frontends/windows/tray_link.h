/* The tray's connection to a daemon: a thread with a loop of its own follows its events and asks
 * for its state, and tells a window.  It comes back when it was lost, after 1, 2, 4 ... 15 seconds.
 */
#ifndef DCDDNS_FRONTENDS_TRAY_LINK_H
#define DCDDNS_FRONTENDS_TRAY_LINK_H

#include "windows/front.h"

#include "engine/event.h"
#include "engine/status.h"

enum tray_news_kind {
    TRAY_NEWS_CONNECTED,
    TRAY_NEWS_NOBODY, /* no daemon listens anywhere; WORDS say where it was looked for */
    TRAY_NEWS_LOST,   /* there is one, and it cannot be asked; WORDS say why */
    TRAY_NEWS_STATUS,
    TRAY_NEWS_EVENT
};

struct tray_news {
    enum tray_news_kind kind;
    char words[ERROR_TEXT_MAX];
    struct status status;
    struct event event;
    char event_id[48]; /* where EVENT.id points */
};

/* What the window gets: lParam is a struct tray_news * that it frees. */
enum { TRAY_NEWS = WM_APP + 21 };

struct tray_link;
/* CONFIG and STATE_DIR as given, or NULL.  NULL: out of memory. */
struct tray_link *tray_link_start(HWND to, const char *config, const char *state_dir);
/* Any thread: has the addresses looked at, or asks for the state, as soon as possible. */
void tray_link_check(struct tray_link *);
void tray_link_refresh(struct tray_link *);
/* Somebody may listen now: does not wait for the next try. */
void tray_link_try_now(struct tray_link *);
void tray_link_stop(struct tray_link **);
/* Any thread: of whom this program runs as, mem_ memory; NULL: out of memory. */
char *tray_link_usual_config(void);
void tray_news_free(struct tray_news **);

#endif
