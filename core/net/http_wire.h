/* libcurl behind a small header: one transfer on the wire.  http.c and http_transfer.c implement it
 * and are the only users of curl (by http_curl.h). */
#ifndef DCDDNS_NET_HTTP_WIRE_H
#define DCDDNS_NET_HTTP_WIRE_H

#include "net/http.h"
#include "net/http_peer.h"
#include "net/internal.h"

/* Where a URL leads, as curl itself understands it: 0x7f.1 is 127.0.0.1 here already. */
struct http_target {
    char *url; /* normalized */
    char host[HTTP_HOST_MAX];
    uint16_t port;
    struct dcddns_addr literal; /* the host, when it is an address */
};
/* From the URL of a request.  0, or -1 with ERR set (ERR_PERM: not a URL that it may use;
 * ERR_LOCAL: no memory). */
int http_target_read(const struct http_request *, struct http_target *, struct error *);
void http_target_free(struct http_target *);

/* Value of a Retry-After: seconds, or an HTTP date seen from WALL_MS (RFC 9110, section 10.2.3).
 * 0..86400 s, or -1 when it is neither. */
int64_t http_retry_after(const char *value, int64_t wall_ms);

struct http_wire;
int http_wire_global_init(struct error *);
void http_wire_global_cleanup(void);
struct http_wire *http_wire_new(const struct net_options *, struct error *);
void http_wire_free(struct http_wire **);
void http_wire_wake(struct http_wire *); /* [any] */
/* Waits for curl's sockets, for FDS (their READY is filled), a wake or TIMEOUT_MS. */
void http_wire_wait(struct http_wire *, struct net_fd *fds, size_t count, int timeout_ms);
void http_wire_turn(struct http_wire *);

/* What a transfer needs; all of it outlives the transfer. */
struct http_plan {
    const struct http_request *request;
    const struct http_target *target;
    const struct http_peer *peer; /* NULL: the target is a literal */
    const char *device;           /* or NULL */
    int64_t connect_ms, total_ms; /* what is left of them */
};
struct http_transfer;
/* DONE runs from http_wire_turn(), which the owner answers with http_transfer_stop().  NULL: no
 * memory. */
struct http_transfer *http_transfer_start(struct http_wire *, const struct http_plan *, http_done,
                                          void *ctx);
void http_transfer_stop(struct http_wire *, struct http_transfer **);

#endif
