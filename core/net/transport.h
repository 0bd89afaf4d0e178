/* The seam of the network: tests hand these in to script HTTP and DNS without sockets. */
#ifndef DCDDNS_NET_TRANSPORT_H
#define DCDDNS_NET_TRANSPORT_H

#include "net/dns.h"
#include "net/http.h"

struct net_transport { /* a NULL member leaves the real one in place */
    /* Fills the answer at once; strings must live until the next call.  sent_ms: 0 = when it was
     * called, -1 = never.  The net delivers it on the
     * next net_turn(), so that callers see the same order of events as with real sockets. */
    void (*http)(void *ctx, const struct http_request *, struct http_answer *);
    void (*dns)(void *ctx, const char *name, enum dns_type, struct dns_answer *);
    /* A question to one server; addresses that may not be asked do not come here. */
    void (*dns_server)(void *ctx, const struct dcddns_addr *server, const char *name, enum dns_type,
                       struct dns_answer *);
};

#endif
