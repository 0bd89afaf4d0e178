/* Between the Linux files of the module `desktop`: the bubbles that may still be on the screen. */
#ifndef DCDDNS_PLUGINS_DESKTOP_SHOWN_H
#define DCDDNS_PLUGINS_DESKTOP_SHOWN_H

#include "desktop.h"

enum { DESKTOP_SHOWN_MAX = 32 };

struct desktop_place {
    uint32_t id; /* the server's number; 0: nothing is here */
    uint64_t turn;
    char key[DESKTOP_KEY_MAX], url[DESKTOP_URL_MAX];
};

struct desktop_shown { /* a zeroed struct is empty */
    struct desktop_place places[DESKTOP_SHOWN_MAX];
    uint64_t turn;
};

/* The bubble with that key or number, or NULL; valid until the next call that changes the table. */
struct desktop_place *desktop_shown_by_key(struct desktop_shown *, const char *key);
struct desktop_place *desktop_shown_by_id(struct desktop_shown *, uint32_t id);
/* Notes that BUBBLE is shown as ID; when there are too many, the oldest is forgotten, first of
 * those that have no page. */
void desktop_shown_add(struct desktop_shown *, const struct desktop_bubble *, uint32_t id);

#endif
