/* The only includer of curl/curl.h; only http.c and http_*.c include this. */
#ifndef DCDDNS_NET_HTTP_CURL_H
#define DCDDNS_NET_HTTP_CURL_H

#include <curl/curl.h>

#include "net/http_wire.h"

struct http_wire {
    CURLM *multi;
    char *ca_file;   /* of the configuration, or NULL */
    char *ca_bundle; /* without that: what came with the program, beside the system's; or NULL */
    struct os_trust *trust; /* without that, where the system has a store; or NULL */
    int64_t trust_boot_ms;  /* when it was read */
    int64_t trust_wait_ms;  /* so old it is read anew when a certificate was not accepted */
    bool trust_failed;      /* since then a certificate was not accepted */
    char refused_host[HTTP_HOST_MAX]; /* whose that was the last time */
    uint16_t refused_port;
    bool allow_loopback;
    int64_t date_ms, date_boot_ms; /* what the last server with a good certificate said; 0 = none */
    struct curl_waitfd *fds;
    size_t fd_cap;
};

/* curl is done with it: tells its owner. */
void http_transfer_finish(struct http_transfer *, CURLcode);

/* -- http_trust.c -- */

/* False: no memory. */
bool http_trust_set(CURL *, struct http_wire *);
/* A certificate was not accepted: maybe of an authority that is trusted by now. */
void http_trust_failed(struct http_wire *, const struct http_target *);
void http_trust_accepted(struct http_wire *, const struct http_target *);

/* -- http_date.c -- */

/* Retry-After in s, as seconds or an HTTP date (RFC 9110, section 10.2.3), at most a day; -1: none.
 */
int64_t http_date_retry_after(CURL *);
/* Notes what an authenticated server says of the time.  Only ever used for words. */
void http_date_note(struct http_wire *, CURL *);
/* What the time should be, in ms since 1970; 0: no server has said it. */
int64_t http_date_by_servers(const struct http_wire *);

/* -- http_device.c -- */

struct http_device {
    const char *name; /* or NULL: as the system routes */
    int family;       /* of the socket that is made next, 4 or 6 */
    int rc;           /* -errno: the device cannot be used */
};

/* DEVICE must live as long as the handle.  False: no memory. */
bool http_device_set(CURL *, struct http_device *device);

#endif
