/*
 * HTTPS by libmicrohttpd, a thread per connection so that a late answer holds up nobody else.
 * Must not know any endpoint.
 */
#include "http.h"

#include "reply.h"
#include "route.h"

#include <ctype.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS_MAX 500u
#define IDLE_SECONDS    300u
#define REQUEST_MEMORY  (128u * 1024)
#define SWALLOW_MAX     (4u * 1024 * 1024) /* bytes of a too large body read before hanging up */

struct server {
    struct sandbox *s;
    bool ipv6;
    struct MHD_Daemon *daemon;
};

struct http {
    struct server servers[2];
};

/* One request from its first line to its end; MHD keeps the pointer for us. */
struct exchange {
    char *uri;
    struct request request;
    size_t swallowed;
    bool started;
    bool asks_first; /* the body comes only after 100 Continue: RFC 9110 10.1.1 */
};

static void *on_uri(void *cls, const char *uri, struct MHD_Connection *connection)
{
    (void)cls;
    (void)connection;
    struct exchange *exchange = calloc(1, sizeof *exchange);
    if (exchange) {
        exchange->uri = strdup(uri);
        exchange->request.body.max = SBX_BODY_MAX;
    }
    return exchange;
}

static void on_done(void *cls, struct MHD_Connection *connection, void **con_cls,
                    enum MHD_RequestTerminationCode code)
{
    (void)cls;
    (void)connection;
    (void)code;
    struct exchange *exchange = *con_cls;
    if (!exchange) {
        return;
    }
    params_free(&exchange->request.query);
    buf_free(&exchange->request.body);
    free(exchange->uri);
    free(exchange);
    *con_cls = NULL;
}

static const char *header(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

/* The Host header goes into a Location, so only what can be an authority is let through. */
static const char *clean_host(const char *host)
{
    for (const char *p = host; p && *p; p++) {
        if (!isalnum((unsigned char)*p) && !strchr(".-:[]", *p)) {
            return "";
        }
    }
    return host ? host : "";
}

/* The method goes into the log. */
static const char *clean_method(const char *method)
{
    size_t n = strlen(method);
    bool plain = n < 20 && strspn(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == n;
    return plain ? method : "?";
}

static bool start(struct MHD_Connection *connection, const struct server *server,
                  const char *method, struct exchange *exchange)
{
    if (!exchange->uri) {
        return false;
    }
    struct request *request = &exchange->request;
    const char *type = header(connection, MHD_HTTP_HEADER_CONTENT_TYPE);
    const char *length = header(connection, MHD_HTTP_HEADER_CONTENT_LENGTH);
    char *query = strchr(exchange->uri, '?');
    if (query) {
        *query++ = '\0';
    }
    exchange->started = true;
    request->method = clean_method(method);
    request->path = exchange->uri;
    request->query_ok = !query || params_read_form(&request->query, query, strlen(query));
    request->ipv6 = server->ipv6;
    request->host = clean_host(header(connection, MHD_HTTP_HEADER_HOST));
    request->content_type = type ? type : "";
    request->authorization = header(connection, MHD_HTTP_HEADER_AUTHORIZATION);
    request->too_large = length && strtoull(length, NULL, 10) > SBX_BODY_MAX;
    exchange->asks_first = header(connection, MHD_HTTP_HEADER_EXPECT) != NULL;
    return true;
}

static void add_header(struct MHD_Response *response, const char *name, const char *value)
{
    (void)MHD_add_response_header(response, name, value);
}

/* Forms may answer to us and, through the redirect after it, to a program on this computer. */
static const char page_policy[] =
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self' http:; base-uri 'none'; "
    "frame-ancestors 'none'";

static void add_headers(struct MHD_Response *response, const struct reply *reply)
{
    add_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, reply->type);
    add_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    add_header(response, "X-Content-Type-Options", "nosniff");
    add_header(response, "Referrer-Policy", "no-referrer");
    if (strncmp(reply->type, "text/html", 9) == 0) {
        add_header(response, "Content-Security-Policy", page_policy);
    }
    if (reply->location) {
        add_header(response, MHD_HTTP_HEADER_LOCATION, reply->location);
    }
    if (reply->allow) {
        add_header(response, MHD_HTTP_HEADER_ALLOW, reply->allow);
    }
    if (reply->bearer_challenge) {
        add_header(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"");
    }
    if (reply->has_retry_after) {
        char seconds[16];
        (void)snprintf(seconds, sizeof seconds, "%u", reply->retry_after_s);
        add_header(response, MHD_HTTP_HEADER_RETRY_AFTER, seconds);
    }
}

static enum MHD_Result send_reply(struct MHD_Connection *connection, const struct reply *reply)
{
    bool bodyless = reply->status == 204 || reply->status == 304;
    size_t length = bodyless ? 0 : reply->body.len;
    struct MHD_Response *response =
        MHD_create_response_from_buffer(length, reply->body.data, MHD_RESPMEM_MUST_COPY);
    if (!response) {
        return MHD_NO;
    }
    add_headers(response, reply);
    enum MHD_Result result = MHD_queue_response(connection, reply->status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result answer(struct sandbox *s, struct MHD_Connection *connection,
                              struct request *request)
{
    struct reply reply;
    reply_init(&reply);
    route_request(s, request, &reply);
    if (reply.delay_ms > 0) {
        sandbox_sleep(s, reply.delay_ms);
    }
    enum MHD_Result result = reply.drop ? MHD_NO : send_reply(connection, &reply);
    reply_free(&reply);
    return result;
}

static enum MHD_Result take_body(struct exchange *exchange, const char *data, size_t n)
{
    struct request *request = &exchange->request;
    if (!request->too_large) {
        buf_add(&request->body, data, n);
        request->too_large = request->body.failed;
        return MHD_YES;
    }
    exchange->swallowed += n;
    return exchange->swallowed > SWALLOW_MAX ? MHD_NO : MHD_YES;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *size, void **con_cls)
{
    (void)url;
    (void)version;
    const struct server *server = cls;
    struct exchange *exchange = *con_cls;
    if (!exchange) {
        return MHD_NO;
    }
    if (!exchange->started) {
        if (!start(connection, server, method, exchange)) {
            return MHD_NO;
        }
        /* A client that asks first is refused before it sends. From any other the body is read, or
         * hanging up with bytes unread would reset the connection and could take the answer away.
         */
        return exchange->request.too_large && exchange->asks_first
                   ? answer(server->s, connection, &exchange->request)
                   : MHD_YES;
    }
    if (*size > 0) {
        enum MHD_Result result = take_body(exchange, data, *size);
        *size = 0;
        return result;
    }
    return answer(server->s, connection, &exchange->request);
}

static struct MHD_Daemon *start_daemon(struct server *server, int fd, const char *key,
                                       const char *certificate)
{
    unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION |
                     MHD_USE_POLL | MHD_USE_TLS | MHD_USE_ITC;
    if (server->ipv6) {
        flags |= MHD_USE_IPv6;
    }
    return MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, server, MHD_OPTION_LISTEN_SOCKET, fd,
        MHD_OPTION_HTTPS_MEM_KEY, key, MHD_OPTION_HTTPS_MEM_CERT, certificate,
        MHD_OPTION_HTTPS_PRIORITIES, "NORMAL:-VERS-TLS1.0:-VERS-TLS1.1",
        MHD_OPTION_URI_LOG_CALLBACK, on_uri, NULL, MHD_OPTION_NOTIFY_COMPLETED, on_done, NULL,
        MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)REQUEST_MEMORY, MHD_OPTION_END);
}

struct http *http_start(struct sandbox *s, struct listeners *listeners, const char *key,
                        const char *certificate)
{
    struct http *http = calloc(1, sizeof *http);
    int fds[2] = { listeners->first, listeners->second };
    bool ok = http != NULL;
    for (int i = 0; ok && i < 2; i++) {
        if (fds[i] < 0) {
            continue;
        }
        http->servers[i] = (struct server){ .s = s, .ipv6 = i == 1 };
        http->servers[i].daemon = start_daemon(&http->servers[i], fds[i], key, certificate);
        ok = http->servers[i].daemon != NULL;
        if (ok) {
            fds[i] = -1; /* the daemon closes it */
        }
    }
    *listeners = (struct listeners){ fds[0], fds[1], listeners->port };
    if (!ok) {
        listen_close(listeners);
        http_stop(&http);
    }
    return http;
}

void http_stop(struct http **http)
{
    if (!*http) {
        return;
    }
    for (int i = 0; i < 2; i++) {
        if ((*http)->servers[i].daemon) {
            MHD_stop_daemon((*http)->servers[i].daemon);
        }
    }
    free(*http);
    *http = NULL;
}
