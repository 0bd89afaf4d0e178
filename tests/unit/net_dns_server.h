/* A DNS server on 127.0.0.1 (UDP and TCP, one port) whose first label of a name says how it
 * answers; see answer_for(). */
#ifndef DCDDNS_TESTS_NET_DNS_SERVER_H
#define DCDDNS_TESTS_NET_DNS_SERVER_H

#include <arpa/inet.h>
#include <ctype.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit/net_must.h"

struct dns_server {
    int udp, tcp, stop[2];
    pthread_t thread;
    char address[32];
    const char *list[2]; /* for struct net_options */
    atomic_int questions, tcp_questions;
    atomic_int last_rd; /* recursion desired, of the last question */
    int lost;           /* questions of "lost4" that are not answered; its thread's */
};

struct packet {
    unsigned char data[4096];
    size_t len;
};

static inline void put(struct packet *p, const void *data, size_t len)
{
    must(p->len + len <= sizeof(p->data));
    memcpy(p->data + p->len, data, len);
    p->len += len;
}

static inline void put16(struct packet *p, unsigned value)
{
    unsigned char bytes[2] = { (unsigned char)(value >> 8), (unsigned char)value };
    put(p, bytes, 2);
}

static inline void put_name(struct packet *p, const char *name)
{
    while (*name) {
        unsigned char len = (unsigned char)strcspn(name, ".");
        put(p, &len, 1);
        put(p, name, len);
        name += len;
        name += *name == '.';
    }
    put(p, "", 1);
}

/* One record; OWNER NULL: a pointer to the question's name. */
static inline void put_record(struct packet *p, const char *owner, unsigned type, const void *data,
                              size_t len)
{
    if (owner)
        put_name(p, owner);
    else
        put16(p, 0xc00c);
    put16(p, type);
    put16(p, 1);
    put16(p, 0);
    put16(p, 60);
    put16(p, (unsigned)len);
    put(p, data, len);
    p->data[7]++;
}

static inline void put_a(struct packet *p, const char *owner, const char *text)
{
    unsigned char ip[16];
    int six = strchr(text, ':') != NULL;
    must(inet_pton(six ? AF_INET6 : AF_INET, text, ip) == 1);
    put_record(p, owner, six ? 28 : 1, ip, six ? 16 : 4);
}

static inline void put_cname(struct packet *p, const char *owner, const char *target)
{
    struct packet data = { .len = 0 };
    put_name(&data, target);
    put_record(p, owner, 5, data.data, data.len);
}

static inline int is(const char *name, const char *label)
{
    size_t len = strlen(label);
    return strncmp(name, label, len) == 0 && name[len] == '.';
}

static inline void put_ns(struct packet *p, const char *owner, const char *server)
{
    struct packet data = { .len = 0 };
    put_name(&data, server);
    put_record(p, owner, 2, data.data, data.len);
}

/* As a server with authority answers, for names that begin with "auth", and for "zone" and "child".
 */
static inline void put_authority(struct packet *p, const char *name, unsigned type)
{
    if (strncmp(name, "auth", 4) == 0 || is(name, "zone"))
        p->data[2] |= 4;
    if (is(name, "authnx"))
        p->data[3] |= 3;
    if (is(name, "authcname"))
        put_cname(p, NULL, "elsewhere.test");
    if ((is(name, "auth") || is(name, "authtc")) && type == 1)
        put_a(p, NULL, "93.184.216.34");
    if (is(name, "zone") && type == 2) {
        put_ns(p, NULL, "NS1.Zone.test");
        put_ns(p, NULL, "ns2.zone.test");
        put_ns(p, NULL, "bad name.test");
        put_a(p, "ns1.zone.test", "192.0.2.53");
    }
    if (is(name, "child")) {
        put_ns(p, "child.test", "ns.child.test");
        p->data[9] = p->data[7]; /* the answer becomes the authority section */
        p->data[7] = 0;
    }
}

static inline void put_txt(struct packet *p, const char *const *strings)
{
    struct packet data = { .len = 0 };
    for (; *strings; strings++) {
        unsigned char len = (unsigned char)strlen(*strings);
        put(&data, &len, 1);
        put(&data, *strings, len);
    }
    put_record(p, NULL, 16, data.data, data.len);
}

static inline void put_texts(struct packet *p, const char *name)
{
    unsigned char odd[2000] = { 3, 'a', 0, 'b' };
    if (is(name, "multi")) {
        put_txt(p, (const char *const[]){ "one.", "example", "/path", NULL });
    } else if (is(name, "two")) {
        put_txt(p, (const char *const[]){ "first", NULL });
        put_txt(p, (const char *const[]){ "second", NULL });
    } else if (is(name, "nul")) {
        put_record(p, NULL, 16, odd, 4);
    } else if (is(name, "nulgood")) {
        put_record(p, NULL, 16, odd, 4);
        put_txt(p, (const char *const[]){ "good", NULL });
    } else if (is(name, "badtxt")) {
        put_record(p, NULL, 16, odd, 3);
    } else if (is(name, "long") || is(name, "tc")) {
        size_t len = is(name, "tc") ? 1023 : 1024, at = 0;
        memset(odd, 'x', sizeof(odd));
        for (size_t left = len; left > 0; left -= left < 255 ? left : 255) {
            odd[at] = (unsigned char)(left < 255 ? left : 255);
            at += 1U + odd[at];
        }
        put_record(p, NULL, 16, odd, at);
    }
}

static inline void put_addrs(struct packet *p, const char *name, unsigned type)
{
    static const struct {
        const char *label, *v4, *v6;
    } hosts[] = {
        { "both", "192.0.2.7", "2001:db8::7" },
        { "four", "192.0.2.4", NULL },
        { "six", NULL, "2001:db8::6" },
        { "here", "127.0.0.1", "::1" },
        { "here4", "127.0.0.1", NULL },
        { "here6", NULL, "::1" },
        { "meta", "169.254.169.254", NULL },
        { "mapped", NULL, "::ffff:127.0.0.1" },
        { "halfslow", "192.0.2.9", NULL },
        { "lost4", "192.0.2.9", "2001:db8::9" },
        { "qr0", "6.6.6.6", NULL },
        { "opcode", "6.6.6.6", NULL },
        { "badq", "6.6.6.6", NULL },
        { "qd0", "6.6.6.6", NULL },
        { "closed", "127.0.0.1", NULL },
        { "tca", "192.0.2.1", NULL },
        { "rcode9", "6.6.6.6", NULL },
        { "flaky", "192.0.2.5", NULL },
        { "half6fail", "192.0.2.8", NULL },
    };
    char chain[64];
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        const char *addr = type == 1 ? hosts[i].v4 : hosts[i].v6;
        if (is(name, hosts[i].label) && addr)
            put_a(p, NULL, addr);
    }
    if (is(name, "many") && type == 1) {
        for (int i = 1; i <= 20; i++) {
            snprintf(chain, sizeof(chain), "192.0.2.%d", i);
            put_a(p, NULL, chain);
        }
    } else if (is(name, "mixed") && type == 1) {
        put_a(p, NULL, "169.254.169.254");
        put_a(p, NULL, "127.0.0.1");
        put_a(p, NULL, "10.0.0.1");
    } else if (is(name, "cname") && type == 1) {
        put_a(p, "Target.Test", "192.0.2.3"); /* before its CNAME, other case */
        put_cname(p, NULL, "middle.test");
        put_cname(p, "middle.test", "target.test");
        put_a(p, "stranger.test", "6.6.6.6");
    } else if (is(name, "owner") && type == 1) {
        put_a(p, "stranger.test", "6.6.6.6");
    } else if (is(name, "loop") && type == 1) {
        put_cname(p, NULL, "loop2.test");
        put_cname(p, "loop2.test", "loop.test");
    } else if (is(name, "badlen") && type == 1) {
        put_record(p, NULL, 1, "abc", 3);
    } else if (is(name, "cut") && type == 1) {
        put_a(p, NULL, "6.6.6.6");
        p->len -= 2;
    } else if (is(name, "badcname") && type == 1) {
        put_record(p, NULL, 5,
                   "\x05"
                   "ab",
                   3);
    }
}

/* What to send, or 0 bytes: stay silent. */
static inline void answer_for(struct dns_server *s, const unsigned char *query, size_t len, int tcp,
                              struct packet *p)
{
    char name[256] = "";
    size_t at = 12, used = 0;
    if (len < 17)
        return;
    while (at < len && query[at]) {
        for (size_t i = 1; i <= query[at]; i++)
            name[used++] = (char)tolower(query[at + i]);
        name[used++] = '.';
        at += 1U + query[at];
    }
    unsigned type = (unsigned)query[at + 1] << 8 | query[at + 2];
    atomic_fetch_add(&s->questions, 1);
    atomic_store(&s->last_rd, query[2] & 1);
    put(p, query, at + 5);
    p->data[2] = 0x81;
    p->data[3] = 0x80;
    memset(p->data + 6, 0, 6);
    if (is(name, "silent") || (is(name, "halfslow") && type == 28)) {
        p->len = 0;
    } else if (is(name, "lost4") && type == 1 && s->lost++ == 0) {
        p->len = 0; /* the first question for IPv4 gets lost on the way */
    } else if (is(name, "nx")) {
        p->data[3] |= 3;
    } else if (is(name, "servfail") || (is(name, "half6fail") && type == 28)) {
        p->data[3] |= 2;
    } else if (is(name, "refused")) {
        p->data[3] |= 5;
    } else if ((is(name, "tc") || is(name, "tca") || is(name, "authtc")) && !tcp) {
        p->data[2] |= 2;
    } else {
        put_texts(p, name);
        put_addrs(p, name, type);
        put_authority(p, name, type);
        if (is(name, "qr0"))
            p->data[2] &= 0x7f;
        if (is(name, "opcode"))
            p->data[2] |= 0x20;
        if (is(name, "badid"))
            p->data[0] ^= 0xff;
        if (is(name, "badq"))
            p->data[13] ^= 1;
        if (is(name, "qd0"))
            p->data[5] = 0;
        if (is(name, "rcode9"))
            p->data[3] |= 9;
    }
}

static inline void dns_serve_tcp(struct dns_server *s)
{
    unsigned char query[1024];
    struct packet answer = { .len = 0 };
    struct timeval soon = { .tv_sec = 1 };
    int fd = accept(s->tcp, NULL, NULL);
    if (fd < 0)
        return;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon));
    ssize_t len = recv(fd, query, sizeof(query), 0);
    if (len > 2) {
        atomic_fetch_add(&s->tcp_questions, 1);
        answer_for(s, query + 2, (size_t)len - 2, 1, &answer);
        unsigned char prefix[2] = { (unsigned char)(answer.len >> 8), (unsigned char)answer.len };
        if (send(fd, prefix, 2, MSG_NOSIGNAL) == 2)
            send(fd, answer.data, answer.len, MSG_NOSIGNAL);
    }
    close(fd);
}

static inline void *dns_serve(void *arg)
{
    struct dns_server *s = arg;
    struct packet *answer = malloc(sizeof(*answer));
    for (;;) {
        struct pollfd fds[3] = { { .fd = s->udp, .events = POLLIN },
                                 { .fd = s->tcp, .events = POLLIN },
                                 { .fd = s->stop[0], .events = POLLIN } };
        if (poll(fds, 3, -1) < 0 || fds[2].revents)
            break;
        if (fds[1].revents)
            dns_serve_tcp(s);
        if (!fds[0].revents)
            continue;
        unsigned char query[1024];
        struct sockaddr_in from;
        socklen_t from_len = sizeof(from);
        ssize_t len =
            recvfrom(s->udp, query, sizeof(query), 0, (struct sockaddr *)&from, &from_len);
        answer->len = 0;
        if (len > 0)
            answer_for(s, query, (size_t)len, 0, answer);
        if (answer->len > 0)
            sendto(s->udp, answer->data, answer->len, 0, (struct sockaddr *)&from, from_len);
    }
    free(answer);
    return NULL;
}

static inline void dns_server_start(struct dns_server *s)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t len = sizeof(at);
    memset(s, 0, sizeof(*s));
    for (int i = 0; i < 20; i++) { /* a port that is free for both */
        at.sin_port = 0;
        s->udp = socket(AF_INET, SOCK_DGRAM, 0);
        s->tcp = socket(AF_INET, SOCK_STREAM, 0);
        if (bind(s->udp, (struct sockaddr *)&at, sizeof(at)) == 0 &&
            getsockname(s->udp, (struct sockaddr *)&at, &len) == 0 &&
            bind(s->tcp, (struct sockaddr *)&at, sizeof(at)) == 0 && listen(s->tcp, 16) == 0)
            break;
        close(s->udp);
        close(s->tcp);
        s->udp = -1;
    }
    must(s->udp >= 0 && pipe(s->stop) == 0);
    snprintf(s->address, sizeof(s->address), "127.0.0.1:%u", ntohs(at.sin_port));
    s->list[0] = s->address;
    must(pthread_create(&s->thread, NULL, dns_serve, s) == 0);
}

static inline void dns_server_stop(struct dns_server *s)
{
    must(write(s->stop[1], "x", 1) == 1);
    pthread_join(s->thread, NULL);
    close(s->udp);
    close(s->tcp);
    close(s->stop[0]);
    close(s->stop[1]);
}

#endif
