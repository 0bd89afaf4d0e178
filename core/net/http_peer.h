/* Who is at the other end: the addresses of a host that requests may connect to. */
#ifndef DCDDNS_NET_HTTP_PEER_H
#define DCDDNS_NET_HTTP_PEER_H

#include "base/addr.h"
#include "net/dns.h"
#include "net/http.h"

enum { HTTP_HOST_MAX = 254, HTTP_PEERS_MAX = 32 };

/* Addresses of one host for one family and trust, remembered for 30 s. */
struct http_peer {
    struct http_peer *next;
    struct http_peers *owner;
    char host[HTTP_HOST_MAX];
    int family;
    enum http_trust trust;
    /* Never used twice.  curl's connections and addresses are filed under it, so that no request
     * can meet those of another family or trust, or a connection that has failed before. */
    uint64_t serial;
    size_t users;
    struct dns_query *lookup; /* under way */
    int64_t known_ms;         /* boot clock; when ADDRS were learnt */
    size_t count;
    struct dcddns_addr addrs[DNS_RECORDS_MAX];
    struct error error; /* why COUNT is 0 */
};

typedef void (*http_peer_ready)(void *ctx, struct http_peer *);

struct http_peers;
/* READY runs from net_turn() whenever a lookup ends; it must not run callbacks of callers. */
struct http_peers *http_peers_new(struct net *, bool allow_loopback, http_peer_ready, void *ctx);
void http_peers_free(struct http_peers **);

/* The peer, looked up again when it is older than 30 s: LOOKUP is set while that takes; then READY
 * follows.  NULL: no memory.  Give it back with http_peer_release(). */
struct http_peer *http_peer_get(struct http_peers *, const char *host, int family, enum http_trust);
void http_peer_release(struct http_peer **);
/* A connection made under SERIAL failed: forget the addresses, never use that connection again. */
void http_peer_distrust(struct http_peer *, uint64_t serial);

/* The block for which a request may not connect to the address, or NULL: it may.  For HTTP_PLAIN an
 * ordinary address counts as such a block, too. */
const struct addr_block *http_peer_refuses(const struct dcddns_addr *, enum http_trust,
                                           bool allow_loopback);

#endif
