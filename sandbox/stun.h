/*
 * A STUN server (RFC 8489) that tells everybody the same address. Knows nothing of DNS or HTTP.
 */
#ifndef SANDBOX_STUN_H
#define SANDBOX_STUN_H

#include "listen.h"
#include "sandbox.h"

struct stun_server {
    struct sandbox *s;
    struct listeners listeners; /* first IPv4, second IPv6 or -1; closed by the owner */
};

/* Serve until sandbox_stop; a pthread start routine with a struct stun_server. */
void *stun_server_run(void *server);

#endif
