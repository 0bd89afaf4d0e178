/*
 * The HTTPS servers; the only room that knows libmicrohttpd. Knows no endpoint.
 */
#ifndef SANDBOX_HTTP_H
#define SANDBOX_HTTP_H

#include "listen.h"
#include "sandbox.h"

struct http;

/* Serve on the listeners, which belong to the server from here on (also on failure). key and
 * certificate are PEM and must live until http_stop. NULL: could not start. */
struct http *http_start(struct sandbox *s, struct listeners *listeners, const char *key,
                        const char *certificate);

/* End all connections and their threads; call after sandbox_stop. Accepts NULL, sets it NULL. */
void http_stop(struct http **http);

#endif
