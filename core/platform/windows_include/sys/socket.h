/* Windows has the functions and structures of <sys/socket.h>, in headers of its own. */
#ifndef DCDDNS_WINDOWS_SYS_SOCKET_H
#define DCDDNS_WINDOWS_SYS_SOCKET_H

#include <winsock2.h>
#include <ws2tcpip.h>

/* Handles are left to a child one by one, never by default: see windows_program.c. */
#ifndef SOCK_CLOEXEC
#define SOCK_CLOEXEC 0
#endif

#endif
