/* Windows has the functions and structures of <arpa/inet.h>, in headers of its own. */
#ifndef DCDDNS_WINDOWS_ARPA_INET_H
#define DCDDNS_WINDOWS_ARPA_INET_H

#include <winsock2.h>
#include <ws2tcpip.h>

#endif
