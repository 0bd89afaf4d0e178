/* The net's own copy of a request. */
#ifndef DCDDNS_NET_HTTP_REQUEST_H
#define DCDDNS_NET_HTTP_REQUEST_H

#include "net/http.h"

struct http_copy {               /* zeroed = empty */
    struct http_request request; /* points into TEXT and HEADERS; HEADERS is never NULL */
    char *text;                  /* all strings in one block, wiped in the end */
    size_t text_len;
    const char **headers;
};

/* Copies and puts the defaults in.  False: out of memory; http_copy_free() it all the same. */
bool http_copy_make(struct http_copy *, const struct http_request *);
void http_copy_free(struct http_copy *);
/* 0, or -1 with ERR set: a line break in a header, no URL. */
int http_copy_check(const struct http_copy *, struct error *);

#endif
