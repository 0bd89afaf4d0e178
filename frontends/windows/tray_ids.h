/* Numbers of the tray's parts; read by the resource compiler too. */
#ifndef DCDDNS_FRONTENDS_TRAY_IDS_H
#define DCDDNS_FRONTENDS_TRAY_IDS_H

/* In the order of enum tray_state; the first is the program's. */
#define ICON_OK        1
#define ICON_WORKING   2
#define ICON_ATTENTION 3
#define DIALOG_STATUS  100

/* Of the menu, and of the status window's buttons. */
#define TRAY_SHOW_STATUS 1001
#define TRAY_CHECK_NOW   1002
#define TRAY_SET_UP      1003
#define TRAY_AT_LOGIN    1004
#define TRAY_ABOUT       1005
#define TRAY_EXIT        1006
#define TRAY_LIST        1010
#define TRAY_SUMMARY     1011
#define TRAY_OPEN_DNS    1100 /* and following: one for each page */

#endif
