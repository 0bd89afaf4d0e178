/* Numbers of the setup dialog's parts; read by the resource compiler too. */
#ifndef DCDDNS_FRONTENDS_SETUP_IDS_H
#define DCDDNS_FRONTENDS_SETUP_IDS_H

#define ICON_PROGRAM 1
#define DIALOG_SETUP 100

#define SETUP_NAME    1001
#define SETUP_HINT    1002
#define SETUP_IPV4    1003
#define SETUP_IPV6    1004
#define SETUP_SERVICE 1005
#define SETUP_TRAY    1006
#define SETUP_GET     1007
#define SETUP_OPEN    1008
#define SETUP_CODE    1009
#define SETUP_FINISH  1010
#define SETUP_MARK    1011
#define SETUP_SAYS    1012
#define SETUP_BUSY    1013
#define SETUP_TAKE    1014

#endif
