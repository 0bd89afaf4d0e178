/*
 * The DNS server's sockets: UDP and TCP (RFC 7766) in one thread. Knows nothing of messages.
 */
#ifndef SANDBOX_DNS_SERVER_H
#define SANDBOX_DNS_SERVER_H

#include "listen.h"
#include "sandbox.h"

/* Serve until sandbox_stop; argument is a struct dns_server. A pthread start routine. */
struct dns_server {
    struct sandbox *s;
    struct listeners listeners; /* first UDP, second TCP; closed by the owner after the join */
};

void *dns_server_run(void *server);

#endif
