/* Windows has the functions and structures of <netdb.h>, in headers of its own. */
#ifndef DCDDNS_WINDOWS_NETDB_H
#define DCDDNS_WINDOWS_NETDB_H

#include <winsock2.h>
#include <ws2tcpip.h>

#endif
