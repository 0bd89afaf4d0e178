/* Whether the tray starts when this user logs in: a value below the user's Run key. */
#ifndef DCDDNS_FRONTENDS_LOGIN_H
#define DCDDNS_FRONTENDS_LOGIN_H

#include "windows/front.h"

bool login_is_on(void);
/* Windows' error, 0 for none. */
LSTATUS login_set(const struct front *, bool on);
/* Starts the tray now, unless it runs: with --quiet no window opens. */
bool login_start_tray(const struct front *);

#endif
