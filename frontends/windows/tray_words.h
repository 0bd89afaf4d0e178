/* The words of the tray: which icon, the tip, the balloons, the rows of the status window.  Pure;
 * must not know windows. */
#ifndef DCDDNS_FRONTENDS_TRAY_WORDS_H
#define DCDDNS_FRONTENDS_TRAY_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/status.h"
#include "platform/service.h"

enum tray_state { TRAY_OK, TRAY_WORKING, TRAY_ATTENTION, TRAY_STATES };

/* What is known of the daemon.  A zeroed struct: it is being looked for. */
struct tray_view {
    bool connected;
    bool checking;              /* a person asked for a check, and nothing came of it yet */
    const struct status *known; /* the last answer, or NULL: none came */
    const char *trouble;        /* why there is no connection, or "" */
    const char *left;           /* a name of this user that nobody keeps; NULL or "" */
    int64_t now_ms;             /* wall clock */
};

enum { TRAY_TIP_MAX = 120, TRAY_CELL_MAX = 700 };

enum tray_state tray_words_state(const struct tray_view *);
/* "home.example.com 203.0.113.7, checked 3 min ago"; fits the tip of an icon. */
void tray_words_tip(const struct tray_view *, char tip[TRAY_TIP_MAX]);
/* The line below the list. */
void tray_words_summary(const struct tray_view *, char out[TRAY_CELL_MAX]);
/* Why nobody listens although the service is there; "": it is about to start.  UP_MS since this
 * computer started. */
const char *tray_words_service(const struct os_service *, int64_t up_ms);
/* What is wrong with the name LEFT, and what to do. */
void tray_words_left(const char *left, char out[TRAY_CELL_MAX]);
/* "just now", "3 min ago", "in 2 h", "never" (AT_MS 0). */
void tray_words_when(int64_t at_ms, int64_t now_ms, char *out, size_t size);

/* Columns of the status window. */
enum tray_column {
    TRAY_NAME,
    TRAY_IPV4,
    TRAY_IPV6,
    TRAY_CHECKED,
    TRAY_NEXT,
    TRAY_GRANT,
    TRAY_TROUBLE,
    TRAY_COLUMNS
};
const char *tray_words_title(enum tray_column);
void tray_words_cell(const struct status_host *, enum tray_column, int64_t now_ms,
                     char out[TRAY_CELL_MAX]);

#endif
