/* Windows has the functions and structures of <netinet/in.h>, in headers of its own. */
#ifndef DCDDNS_WINDOWS_NETINET_IN_H
#define DCDDNS_WINDOWS_NETINET_IN_H

#include <winsock2.h>
#include <ws2tcpip.h>

#endif
