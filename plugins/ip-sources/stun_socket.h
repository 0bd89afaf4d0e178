/* The operating system's part of the module: a UDP socket that hears one server only.  Nothing here
 * blocks.  Must not know STUN. */
#ifndef DCDDNS_PLUGINS_STUN_SOCKET_H
#define DCDDNS_PLUGINS_STUN_SOCKET_H

#include <stdbool.h>

#include "dcddns/plugin.h"

#define STUN_NO_SOCKET UINTPTR_MAX

enum stun_io {
    STUN_IO_DONE,
    STUN_IO_AGAIN, /* nothing was there, or the datagram may be lost: go on */
    STUN_IO_BROKEN /* the peer cannot be reached */
};

enum { STUN_WHY_MAX = 96 };

/* Connected, so that the system drops what others send.  DEVICE: leave by it, or NULL.  What
 * host->wait() takes; STUN_NO_SOCKET with the reason in WHY. */
uintptr_t stun_socket_open(const struct dcddns_addr *to, uint16_t port, const char *device,
                           char why[STUN_WHY_MAX]);
void stun_socket_close(uintptr_t *socket); /* accepts STUN_NO_SOCKET */
enum stun_io stun_socket_send(uintptr_t socket, const void *data, size_t len,
                              char why[STUN_WHY_MAX]);
/* One datagram, cut off after CAP bytes. */
enum stun_io stun_socket_receive(uintptr_t socket, void *data, size_t cap, size_t *len,
                                 char why[STUN_WHY_MAX]);

#endif
