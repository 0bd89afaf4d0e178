/* The only includer of curl/curl.h; only http.c and http_transfer.c include this. */
#ifndef DCDDNS_NET_HTTP_CURL_H
#define DCDDNS_NET_HTTP_CURL_H

#include <curl/curl.h>

#include "net/http_wire.h"

struct http_wire {
    CURLM *multi;
    char *ca_file; /* or NULL */
    bool allow_loopback;
    int64_t date_ms, date_boot_ms; /* what the last server with a good certificate said; 0 = none */
    struct curl_waitfd *fds;
    size_t fd_cap;
};

/* curl is done with it: tells its owner. */
void http_transfer_finish(struct http_transfer *, CURLcode);

#endif
