/* STUN messages built piece by piece, and servers on loopback that send what a test wants. */
#ifndef DCDDNS_TESTS_STUN_PEER_H
#define DCDDNS_TESTS_STUN_PEER_H

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

/* -- messages ---------------------------------------------------------------------------------- */

enum { SUCCESS = 0x0101, ERROR_ANSWER = 0x0111, MAPPED = 1, XOR_MAPPED = 0x20, PRINT = 0x8028 };

struct message {
    uint8_t data[4096];
    size_t len;
};

static inline void set16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

/* The length in the header is always that of what was added. */
static inline void add_bytes(struct message *m, const void *data, size_t len)
{
    assert_true(m->len + len <= sizeof(m->data));
    memcpy(m->data + m->len, data, len);
    m->len += len;
    if (m->len >= 20)
        set16(m->data + 2, (unsigned)(m->len - 20));
}

static inline void add16(struct message *m, unsigned value)
{
    uint8_t bytes[2];
    set16(bytes, value);
    add_bytes(m, bytes, 2);
}

static inline void start(struct message *m, unsigned type, const uint8_t id[12])
{
    static const uint8_t cookie[4] = { 0x21, 0x12, 0xa4, 0x42 };
    m->len = 0;
    add16(m, type);
    add16(m, 0);
    add_bytes(m, cookie, 4);
    add_bytes(m, id, 12);
}

static inline void add_attribute(struct message *m, unsigned type, const void *value, size_t len)
{
    static const uint8_t padding[3] = { 0x20, 0x20, 0x20 };
    add16(m, type);
    add16(m, (unsigned)len);
    add_bytes(m, value, len);
    add_bytes(m, padding, (4 - len % 4) % 4);
}

/* XORed when TYPE is XOR_MAPPED.  FAMILY as on the wire, 1 or 2. */
static inline void add_address(struct message *m, unsigned type, unsigned family,
                               const struct dcddns_addr *addr)
{
    size_t bytes = addr->family == 4 ? 4 : 16;
    uint8_t value[20] = { 0, (uint8_t)family, 0xa1, 0x47 };
    for (size_t i = 0; i < bytes; i++)
        value[4 + i] = (uint8_t)(addr->ip[i] ^ (type == XOR_MAPPED ? m->data[4 + i] : 0));
    add_attribute(m, type, value, 4 + bytes);
}

static inline void add_xor(struct message *m, const char *text)
{
    struct dcddns_addr addr = { 0 };
    assert_int_equal(addr_parse(text, &addr), 0);
    add_address(m, XOR_MAPPED, addr.family == 4 ? 1 : 2, &addr);
}

/* What a fingerprint here must say when the whole message has LENGTH bytes behind its header. */
static inline void fingerprint(struct message *m, size_t length, uint8_t value[4])
{
    uint32_t crc = 0xffffffffu;
    set16(m->data + 2, (unsigned)length);
    for (size_t i = 0; i < m->len; i++) {
        crc ^= m->data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
    }
    crc = ~crc ^ 0x5354554eu;
    set16(value, crc >> 16);
    set16(value + 2, crc & 0xffff);
}

static inline void add_fingerprint(struct message *m, uint8_t damage)
{
    uint8_t value[4];
    fingerprint(m, m->len - 20 + 8, value);
    value[3] ^= damage;
    add_attribute(m, PRINT, value, 4);
}

/* -- servers ----------------------------------------------------------------------------------- */

/* An int; on Windows as wide as a pointer, and closed by a call of its own. */
typedef __typeof__(socket(0, 0, 0)) peer_socket;
#ifdef _WIN32
#define peer_close_socket closesocket
#else
#define peer_close_socket close
#endif

struct peer {
    peer_socket fd;
    int port;
    pthread_t thread;
    atomic_bool stop;
    atomic_int requests;
    uint8_t request[64]; /* the first; written before it is answered */
    size_t request_len;
    atomic_int changed; /* later ones that differed from the first of their query */
    /* Answers the request with ID; NUMBER counts from 1. */
    void (*serve)(struct peer *, const uint8_t id[12], int number);
    const char *says;   /* address */
    const void *script; /* the test's */
    struct sockaddr_storage from;
    socklen_t from_len;
};

static inline void peer_send(struct peer *p, const struct message *m)
{
    sendto(p->fd, (const void *)m->data, (unsigned short)m->len, 0,
           (const struct sockaddr *)&p->from, p->from_len);
}

static inline void serve_well(struct peer *p, const uint8_t id[12], int number)
{
    struct message m;
    (void)number;
    start(&m, SUCCESS, id);
    add_xor(&m, p->says);
    add_fingerprint(&m, 0);
    peer_send(p, &m);
}

static void serve_nothing(struct peer *p, const uint8_t id[12], int number)
{
    (void)p;
    (void)id;
    (void)number;
}

static void *peer_run(void *arg)
{
    struct peer *p = arg;
    uint8_t data[64];

    while (!atomic_load(&p->stop)) {
        struct pollfd fd = { .fd = p->fd, .events = POLLIN };
        if (poll(&fd, 1, 10) < 1)
            continue;
        p->from_len = sizeof(p->from);
        ssize_t n = recvfrom(p->fd, (void *)data, sizeof(data), 0, (struct sockaddr *)&p->from,
                             &p->from_len);
        if (n < 20)
            continue;
        int number = atomic_fetch_add(&p->requests, 1) + 1;
        if (number == 1) {
            memcpy(p->request, data, (size_t)n);
            p->request_len = (size_t)n;
        }
        if (p->request_len != (size_t)n || memcmp(p->request, data, (size_t)n) != 0)
            atomic_fetch_add(&p->changed, 1);
        p->serve(p, data + 8, number);
    }
    return NULL;
}

/* Binds ADDRESS and .port, 0 = any; false when this machine has none of the family. */
static inline bool peer_bind(struct peer *p, const char *address)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons((uint16_t)p->port) };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)p->port) };
    bool is4 = inet_pton(AF_INET, address, &v4.sin_addr) == 1;
    socklen_t len = sizeof(v6);

    p->fd = socket(is4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    inet_pton(AF_INET6, address, &v6.sin6_addr);
    int rc = is4 ? bind(p->fd, (const struct sockaddr *)&v4, sizeof(v4))
                 : bind(p->fd, (const struct sockaddr *)&v6, sizeof(v6));
    if (rc != 0) {
        peer_close_socket(p->fd);
        return false;
    }
    getsockname(p->fd, (struct sockaddr *)&v6, &len);
    memcpy(&v4, &v6, sizeof(v4));
    p->port = ntohs(is4 ? v4.sin_port : v6.sin6_port);
    return true;
}

static inline void peer_start(struct peer *p)
{
    assert_int_equal(pthread_create(&p->thread, NULL, peer_run, p), 0);
}

static inline void peer_stop(struct peer *p)
{
    atomic_store(&p->stop, true);
    pthread_join(p->thread, NULL);
    peer_close_socket(p->fd);
}

#endif
