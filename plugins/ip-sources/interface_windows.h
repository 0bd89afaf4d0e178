/* Between interface_windows.c and its test: the system's list of adapters. */
#ifndef DCDDNS_IP_SOURCE_INTERFACE_WINDOWS_H
#define DCDDNS_IP_SOURCE_INTERFACE_WINDOWS_H

#include <winsock2.h>
#include <ws2tcpip.h>

#include <iphlpapi.h>

#include "interface.h"

/* Takes all adapters but loopback and tunnels of the system's own, and their addresses of FAMILY 4,
 * 6 or 0 = both.  DCDDNS_OK or DCDDNS_E_NOMEM. */
int interface_windows_take(struct interface_list *, const IP_ADAPTER_ADDRESSES *first, int family);

#endif
