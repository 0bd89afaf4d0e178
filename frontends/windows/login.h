/* Whether the tray starts when this user logs in: a value below the user's Run key, or below the
 * machine's, which the installer writes. */
#ifndef DCDDNS_FRONTENDS_LOGIN_H
#define DCDDNS_FRONTENDS_LOGIN_H

#include "windows/front.h"

enum login {
    LOGIN_OFF,
    LOGIN_THIS_USER,
    LOGIN_ALL_USERS /* the installer's choice, and not to be changed here */
};

enum login login_now(void);
/* Where it starts for all users, nothing is added for this one.  On undoes what its user chose in
 * the task manager.  Windows' error, 0 for none. */
LSTATUS login_set(const struct front *, bool on);
/* Starts the tray now, unless it runs: with --quiet no window opens. */
bool login_start_tray(const struct front *);

#endif
