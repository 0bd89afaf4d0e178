/*
 * Sockets on loopback; the only place that binds. Knows nothing of what is served on them.
 */
#ifndef SANDBOX_LISTEN_H
#define SANDBOX_LISTEN_H

#include <stdbool.h>
#include <stdint.h>

/* A pair of sockets on one port; -1: not there. */
struct listeners {
    int first;
    int second;
    uint16_t port;
};

/* True when this computer has ::1. */
bool listen_have_ipv6(void);

/*
 * Bind 127.0.0.1 and, when `ipv6`, ::1 to the same port; `type` is SOCK_STREAM (and listens) or
 * SOCK_DGRAM. Port 0: one that is free for both. False with errno set.
 */
bool listen_both_families(struct listeners *out, uint16_t port, int type, bool ipv6);

/* Bind UDP (first) and TCP (second) on 127.0.0.1 to the same port. False with errno set. */
bool listen_both_protocols(struct listeners *out, uint16_t port);

void listen_close(struct listeners *listeners);

#endif
