/* An HTTPS server on 127.0.0.1 and ::1 (one port) whose path says how it answers; see respond().
 * Its certificate is for localhost, here.test, here4.test, here6.test, mixed.test, 127.0.0.1 and
 * ::1, signed by a CA that is made here and written to a file. */
#ifndef DCDDNS_TESTS_NET_TLS_SERVER_H
#define DCDDNS_TESTS_NET_TLS_SERVER_H

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "unit/net_must.h"
#include "unit/slower.h"

enum { TLS_SEEN_MAX = 16384 };

struct tls_server {
    SSL_CTX *ctx;
    int fds[2], stop[2];
    unsigned port;
    pthread_t thread;
    char ca_file[64];
    atomic_int connections, requests, busy, busiest, open;
    pthread_mutex_t lock;
    char seen[TLS_SEEN_MAX]; /* the last request; under LOCK */
};

/* -- certificates ----------------------------------------------------------------------------- */

static inline X509 *make_certificate(EVP_PKEY *key, const char *name, const char *san, X509 *ca,
                                     EVP_PKEY *ca_key)
{
    static long serial = 1;
    X509 *cert = X509_new();
    X509V3_CTX v3;
    X509_set_version(cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), serial++);
    X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
    X509_gmtime_adj(X509_getm_notAfter(cert), 86400);
    X509_set_pubkey(cert, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
                               (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(cert, X509_get_subject_name(ca ? ca : cert));
    X509V3_set_ctx(&v3, ca ? ca : cert, cert, NULL, NULL, 0);
    X509_EXTENSION *ext =
        san ? X509V3_EXT_conf_nid(NULL, &v3, NID_subject_alt_name, san)
            : X509V3_EXT_conf_nid(NULL, &v3, NID_basic_constraints, "critical,CA:TRUE");
    X509_add_ext(cert, ext, -1);
    X509_EXTENSION_free(ext);
    must(X509_sign(cert, ca_key ? ca_key : key, EVP_sha256()) > 0);
    return cert;
}

/* Writes a CA to PATH (a mkstemp template) and gives CTX, when there is one, a key and certificate.
 */
static inline void make_ca(char *path, SSL_CTX *ctx)
{
    int fd = mkstemp(path); /* its name makes that of the CA unique */
    EVP_PKEY *ca_key = EVP_EC_gen("P-256"), *key = EVP_EC_gen("P-256");
    X509 *ca = make_certificate(ca_key, path, NULL, NULL, NULL);
    X509 *leaf = make_certificate(key, "server",
                                  "DNS:localhost,DNS:here.test,DNS:here4.test,DNS:here6.test,"
                                  "DNS:mixed.test,IP:127.0.0.1,IP:::1",
                                  ca, ca_key);
    FILE *file = fdopen(fd, "w");
    must(file && PEM_write_X509(file, ca) == 1);
    fclose(file);
    if (ctx)
        must(SSL_CTX_use_certificate(ctx, leaf) == 1 && SSL_CTX_use_PrivateKey(ctx, key) == 1);
    X509_free(ca);
    X509_free(leaf);
    EVP_PKEY_free(ca_key);
    EVP_PKEY_free(key);
}

/* -- answers ---------------------------------------------------------------------------------- */

struct tls_connection {
    struct tls_server *server;
    int fd;
};

static inline void pause_ms(long ms)
{
    struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };
    nanosleep(&t, NULL);
}

static inline int say(SSL *ssl, const char *text)
{
    return SSL_write(ssl, text, (int)strlen(text)) > 0;
}

static inline void say_many(SSL *ssl, const char *text, int times, long each_ms)
{
    for (int i = 0; i < times && say(ssl, text); i++)
        pause_ms(each_ms);
}

static inline void say_date(SSL *ssl, long from_now_s)
{
    char text[128];
    time_t when = time(NULL) + from_now_s;
    struct tm tm;
    gmtime_r(&when, &tm);
    strftime(text, sizeof(text),
             "HTTP/1.1 503 Later\r\nRetry-After: %a, %d %b %Y %H:%M:%S GMT\r\n"
             "Content-Length: 0\r\n\r\n",
             &tm);
    say(ssl, text);
}

/* True: the connection may be used again. */
static inline int respond(SSL *ssl, const char *path)
{
    static const struct {
        const char *path, *answer;
    } plain[] = {
        { "/ok", "HTTP/1.1 200 OK\r\nContent-Type: text/x\r\nContent-Length: 5\r\n\r\nhello" },
        { "/none", "HTTP/1.1 204 Done\r\n\r\n" },
        { "/chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n" },
        { "/redirect", "HTTP/1.1 302 Go\r\nLocation: /ok\r\nContent-Length: 0\r\n\r\n" },
        { "/denied", "HTTP/1.1 401 No\r\nWWW-Authenticate: Bearer\r\nContent-Length: 2\r\n\r\nno" },
        { "/after0", "HTTP/1.1 429 Later\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n" },
        { "/after", "HTTP/1.1 429 Later\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n" },
        { "/aftermuch", "HTTP/1.1 429 Later\r\nRetry-After: 9999999\r\nContent-Length: 0\r\n\r\n" },
        { "/afterbad", "HTTP/1.1 429 Later\r\nRetry-After: soon\r\nContent-Length: 0\r\n\r\n" },
        { "/dated", "HTTP/1.1 503 Later\r\nDate: Thu, 01 Jan 2099 10:00:00 GMT\r\n"
                    "Retry-After: Thu, 01 Jan 2099 10:05:00 GMT\r\nContent-Length: 0\r\n\r\n" },
        { "/claims", "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\nx" },
        { "/gzip", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nraw" },
    };
    static const struct {
        const char *path, *begin, *then;
        int times;
        long each_ms;
    } odd[] = {
        /* the connection closes after these */
        { "/big", "HTTP/1.1 200 OK\r\n\r\n", "0123456789abcdef", 20000, 0 },
        { "/exact", "HTTP/1.1 200 OK\r\n\r\n", "0123456789abcdef", 4096, 0 },
        { "/drip", "HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n", "x", 60, 50 },
        { "/headers", "HTTP/1.1 200 OK\r\n", "X-Filler: 0123456789\r\n", 10000, 0 },
        { "/silent", "", "", 0, 0 },
        { "/short", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nx", "", 0, 0 },
        { "/http09", "just text, no header at all\n", "", 0, 0 },
        { "/close", "", "", 0, 0 },
        { "/lengths", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nContent-Length: 5\r\n\r\nhello", "",
          0, 0 },
        { "/endless", "HTTP/1.1 200 OK\r\n\r\nhello", "", 0, 0 },
        { "/endless10", "HTTP/1.0 200 OK\r\n\r\nhello", "", 0, 0 },
        { "/endless0", "HTTP/1.1 200 OK\r\n\r\n", "", 0, 0 },
        { "/length10", "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", "", 0, 0 },
        { "/status999", "HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n", "", 0, 0 },
    };
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
        if (strcmp(path, plain[i].path) == 0)
            return say(ssl, plain[i].answer);
    }
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        if (strcmp(path, odd[i].path) != 0)
            continue;
        if (odd[i].begin[0] && say(ssl, odd[i].begin))
            say_many(ssl, odd[i].then, odd[i].times, odd[i].each_ms * slower());
        if (strcmp(path, "/silent") == 0)
            pause_ms(1500L * slower());
        return 0;
    }
    if (strcmp(path, "/slow") == 0)
        pause_ms(30);
    if (strcmp(path, "/afterdate") == 0 || strcmp(path, "/afterpast") == 0) {
        say_date(ssl, path[6] == 'd' ? 300 : -300);
        return 1;
    }
    return say(ssl, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
}

/* Reads one request into TEXT; false when the connection is over. */
static inline int read_request(SSL *ssl, char *text, size_t cap)
{
    size_t used = 0, want = 0;
    for (;;) {
        int got = SSL_read(ssl, text + used, (int)(cap - 1 - used));
        if (got <= 0)
            return 0;
        used += (size_t)got;
        text[used] = '\0';
        const char *end = strstr(text, "\r\n\r\n");
        const char *length = strstr(text, "Content-Length: ");
        if (end && want == 0)
            want = (size_t)(end - text) + 4 + (length ? strtoul(length + 16, NULL, 10) : 0);
        if (want > 0 && used >= want)
            return 1;
    }
}

static inline void converse(struct tls_server *s, SSL *ssl)
{
    char *text = malloc(TLS_SEEN_MAX);
    char path[64] = "";
    int again = 1;
    while (again && read_request(ssl, text, TLS_SEEN_MAX)) {
        int busy = atomic_fetch_add(&s->busy, 1) + 1;
        if (busy > atomic_load(&s->busiest))
            atomic_store(&s->busiest, busy);
        atomic_fetch_add(&s->requests, 1);
        pthread_mutex_lock(&s->lock);
        memcpy(s->seen, text, strlen(text) + 1);
        pthread_mutex_unlock(&s->lock);
        path[0] = '\0';
        sscanf(text, "%*s %63[^ ?]", path);
        again = respond(ssl, path);
        atomic_fetch_sub(&s->busy, 1);
    }
    free(text);
}

static inline void *tls_connection_run(void *arg)
{
    struct tls_connection *c = arg;
    struct timeval soon = { .tv_sec = 30 };
    setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon));
    SSL *ssl = SSL_new(c->server->ctx);
    SSL_set_fd(ssl, c->fd);
    if (SSL_accept(ssl) == 1) {
        converse(c->server, ssl);
        SSL_shutdown(ssl);
    }
    SSL_free(ssl);
    close(c->fd);
    atomic_fetch_sub(&c->server->open, 1);
    free(c);
    return NULL;
}

static inline void *tls_serve(void *arg)
{
    struct tls_server *s = arg;
    for (;;) {
        struct pollfd fds[3] = { { .fd = s->fds[0], .events = POLLIN },
                                 { .fd = s->fds[1], .events = POLLIN },
                                 { .fd = s->stop[0], .events = POLLIN } };
        if (poll(fds, 3, -1) < 0 || fds[2].revents)
            return NULL;
        for (int i = 0; i < 2; i++) {
            pthread_t thread;
            if (!fds[i].revents)
                continue;
            struct tls_connection *c = malloc(sizeof(*c));
            c->server = s;
            c->fd = accept(s->fds[i], NULL, NULL);
            atomic_fetch_add(&s->connections, 1);
            atomic_fetch_add(&s->open, 1);
            must(c->fd >= 0 && pthread_create(&thread, NULL, tls_connection_run, c) == 0);
            pthread_detach(thread);
        }
    }
}

/* -- the server ------------------------------------------------------------------------------- */

static inline void tls_server_start(struct tls_server *s)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
    socklen_t len = sizeof(v4);
    memset(s, 0, sizeof(*s));
    signal(SIGPIPE, SIG_IGN);
    pthread_mutex_init(&s->lock, NULL);
    snprintf(s->ca_file, sizeof(s->ca_file), "/tmp/dcddns-test-ca-XXXXXX");
    s->ctx = SSL_CTX_new(TLS_server_method());
    make_ca(s->ca_file, s->ctx);
    for (int i = 0; i < 20; i++) { /* a port that is free in both families */
        v4.sin_port = 0;
        s->fds[0] = socket(AF_INET, SOCK_STREAM, 0);
        s->fds[1] = socket(AF_INET6, SOCK_STREAM, 0);
        must(bind(s->fds[0], (struct sockaddr *)&v4, sizeof(v4)) == 0);
        must(getsockname(s->fds[0], (struct sockaddr *)&v4, &len) == 0);
        v6.sin6_port = v4.sin_port;
        if (bind(s->fds[1], (struct sockaddr *)&v6, sizeof(v6)) == 0)
            break;
        close(s->fds[0]);
        close(s->fds[1]);
    }
    s->port = ntohs(v4.sin_port);
    must(listen(s->fds[0], 128) == 0 && listen(s->fds[1], 128) == 0 && pipe(s->stop) == 0);
    must(pthread_create(&s->thread, NULL, tls_serve, s) == 0);
}

static inline void tls_server_stop(struct tls_server *s)
{
    must(write(s->stop[1], "x", 1) == 1);
    pthread_join(s->thread, NULL);
    for (int i = 0; i < 2; i++) {
        close(s->fds[i]);
        close(s->stop[i]);
    }
    while (atomic_load(&s->open) > 0)
        pause_ms(10);
    SSL_CTX_free(s->ctx);
    unlink(s->ca_file);
    pthread_mutex_destroy(&s->lock);
}

/* The last request holds TEXT. */
static inline int tls_server_saw(struct tls_server *s, const char *text)
{
    pthread_mutex_lock(&s->lock);
    int saw = strstr(s->seen, text) != NULL;
    pthread_mutex_unlock(&s->lock);
    return saw;
}

#endif
