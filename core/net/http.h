/* HTTPS requests on the engine's loop.  http_curl.h is the only includer of curl/curl.h.
 * Always: https only (but for HTTP_PLAIN), TLS >= 1.2, certificate and name verified, no redirects
 * followed, no cookies, no netrc, no environment proxy, no HTTP/0.9, no content encoding, bodies
 * capped while they arrive.  Names are resolved through net/dns.h and handed to curl; the address
 * filter is applied again where the socket is opened. */
#ifndef DCDDNS_NET_HTTP_H
#define DCDDNS_NET_HTTP_H

#include "base/error.h"
#include "dcddns/plugin.h"
#include "net/net.h"

enum http_trust {
    HTTP_REMOTE = 0, /* the URL came from DNS or a provider: special addresses are refused */
    HTTP_CONFIGURED, /* the URL is in the configuration: any address */
    HTTP_PLAIN       /* so is this one, and it is http://: only addresses of the own network, since
                      * nothing       else proves who answers */
};

struct http_request {           /* zero = sensible; everything is copied by http_start() */
    const char *url;            /* https://... (http:// for HTTP_PLAIN) */
    const char *post;           /* body, or NULL = GET; "" is an empty POST */
    const char *content_type;   /* of the body; NULL = application/x-www-form-urlencoded */
    const char *accept;         /* NULL = any */
    const char *bearer;         /* access token for Authorization, or NULL */
    const char *const *headers; /* NULL-ended "Name: value" lines, or NULL; no CR, LF; a
                                 * Content-Type here goes before content_type */
    const char *device;         /* network device; NULL = the net's; "" = as the system routes */
    int family;                 /* 4, 6 or 0 = any */
    enum http_trust trust;
    bool fresh;                   /* own connection, closed after (echo services) */
    size_t max_body;              /* bytes; 0 = 64 KiB */
    int64_t connect_ms, total_ms; /* 0 = 10 s and 30 s */
};

struct http_answer {    /* valid during the callback */
    struct error error; /* class ERR_NONE: an answer came, look at status */
    int status;         /* 100-599 */
    const char *body;   /* NUL-terminated; "" when empty; may hold NULs before len */
    size_t len;
    const char *content_type; /* "" when none */
    int64_t retry_after_s;    /* from Retry-After, seconds or date, 0..86400; -1 = none */
    int64_t sent_ms; /* boot clock: its turn had come and its peer was known; 0 = it never left */
    bool unframed; /* nothing but the end of the connection said where the body ends, or two lengths
                    * did (RFC 9112, section 6.3): part of it may be missing */
    bool unreached; /* an error: no connection came about, nobody refused one; nothing was sent */
};

typedef void (*http_done)(void *ctx, const struct http_answer *);

struct http_call;

/* Starts; DONE runs exactly once, later, from net_turn() or net_free().  NULL when out of memory or
 * closing: DONE does not run.  At most 256 requests are on the wire and 32 to one host and port,
 * the rest wait in order, in a line for each; waiting counts towards total_ms only once started. */
struct http_call *http_start(struct net *, const struct http_request *, http_done, void *ctx);
/* DONE runs with ERR_STOP before this returns; inside that very DONE it does nothing. */
void http_cancel(struct net *, struct http_call *);

/* Versions of the library and of what it was built with, for reports. */
const char *http_library(void);

/* Answer kept by the caller, for code that may wait (command line). */
struct http_reply {
    struct error error;
    int status;
    char *body;
    size_t len;
    int64_t retry_after_s;
    bool unframed, unreached;
};
/* Turns the loop until the request is done.  0 when an answer came, else -1 (REPLY->error).  A peer
 * that is not reached is tried again after 1 and 2 s, with a new lookup, within connect_ms. */
int http_await(struct net *, const struct http_request *, struct http_reply *);
/* Wipes and frees the body. */
void http_reply_free(struct http_reply *);

#endif
