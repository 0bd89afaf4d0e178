/*
 * STUN binding requests (RFC 8489 6.3.1, 14.2, 14.7). What is not a well-formed request, or asks
 * for a family without a public address, gets no answer. Must not know DNS or HTTP.
 */
#include "stun.h"

#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#define HEADER             20u
#define REQUEST_MAX        548u
#define ANSWER_MAX         64u
#define COOKIE             0x2112A442u
#define FINGERPRINT_XOR    0x5354554Eu
#define BINDING_REQUEST    0x0001u
#define BINDING_SUCCESS    0x0101u
#define XOR_MAPPED_ADDRESS 0x0020u
#define FINGERPRINT        0x8028u

static void put16(uint8_t *out, unsigned value)
{
    out[0] = (uint8_t)(value >> 8);
    out[1] = (uint8_t)value;
}

static void put32(uint8_t *out, uint32_t value)
{
    put16(out, value >> 16);
    put16(out + 2, value & 0xFFFFu);
}

static unsigned get16(const uint8_t *in)
{
    return (unsigned)in[0] << 8 | in[1];
}

static uint32_t get32(const uint8_t *in)
{
    return (uint32_t)get16(in) << 16 | get16(in + 2);
}

/* ITU V.42, as zlib's crc32; messages are short, so no table. */
static uint32_t crc32(const uint8_t *data, size_t n)
{
    uint32_t crc = 0xFFFFFFFFu;
    for (size_t i = 0; i < n; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ ((crc & 1u) ? 0xEDB88320u : 0u);
        }
    }
    return ~crc;
}

/* Walk the attributes. False: malformed, wrong FINGERPRINT, or one we would have to understand. */
static bool attributes_ok(const uint8_t *message, size_t n, bool *fingerprint)
{
    for (size_t at = HEADER; at < n;) {
        if (n - at < 4 || *fingerprint) {
            return false;
        }
        unsigned type = get16(message + at);
        size_t length = get16(message + at + 2);
        size_t padded = (length + 3) & ~(size_t)3;
        if (padded > n - at - 4) {
            return false;
        }
        if (type == FINGERPRINT) {
            uint32_t want = crc32(message, at) ^ FINGERPRINT_XOR;
            *fingerprint = length == 4 && get32(message + at + 4) == want;
            if (!*fingerprint) {
                return false;
            }
        } else if (type < 0x8000u) {
            return false;
        }
        at += 4 + padded;
    }
    return true;
}

static bool request_ok(const uint8_t *message, size_t n, bool *fingerprint)
{
    return n >= HEADER && n % 4 == 0 && get16(message) == BINDING_REQUEST &&
           get16(message + 2) == n - HEADER && get32(message + 4) == COOKIE &&
           attributes_ok(message, n, fingerprint);
}

/* Append XOR-MAPPED-ADDRESS; the key is cookie and transaction ID. Returns the new length. */
static size_t put_address(uint8_t *out, int family, const uint8_t *address, unsigned port)
{
    size_t bytes = family == AF_INET6 ? 16 : 4;
    uint8_t *attribute = out + HEADER;
    put16(attribute, XOR_MAPPED_ADDRESS);
    put16(attribute + 2, (unsigned)(4 + bytes));
    attribute[4] = 0;
    attribute[5] = family == AF_INET6 ? 2 : 1;
    put16(attribute + 6, port ^ (COOKIE >> 16));
    for (size_t i = 0; i < bytes; i++) {
        attribute[8 + i] = address[i] ^ out[4 + i];
    }
    return HEADER + 8 + bytes;
}

static size_t make_answer(uint8_t out[ANSWER_MAX], const uint8_t *request, int family,
                          const uint8_t *address, unsigned port, bool fingerprint)
{
    memcpy(out, request, HEADER);
    put16(out, BINDING_SUCCESS);
    size_t n = put_address(out, family, address, port);
    put16(out + 2, (unsigned)(n - HEADER + (fingerprint ? 8 : 0)));
    if (fingerprint) {
        put16(out + n, FINGERPRINT);
        put16(out + n + 2, 4);
        put32(out + n + 4, crc32(out, n) ^ FINGERPRINT_XOR);
        n += 8;
    }
    return n;
}

static bool public_address(struct sandbox *s, int family, uint8_t address[16])
{
    sandbox_lock(s);
    s->stats.stun_requests++;
    const char *text = family == AF_INET6 ? s->public6 : s->public4;
    bool ok = inet_pton(family, text, address) == 1;
    sandbox_unlock(s);
    return ok;
}

static unsigned source_port(const struct sockaddr_storage *from)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    if (from->ss_family == AF_INET6) {
        memcpy(&v6, from, sizeof v6);
        return ntohs(v6.sin6_port);
    }
    memcpy(&v4, from, sizeof v4);
    return ntohs(v4.sin_port);
}

static void serve(struct sandbox *s, int fd, int family)
{
    uint8_t request[REQUEST_MAX];
    uint8_t answer[ANSWER_MAX];
    uint8_t address[16] = { 0 };
    struct sockaddr_storage from = { 0 };
    socklen_t from_size = sizeof from;
    bool fingerprint = false;
    ssize_t n =
        recvfrom(fd, request, sizeof request, MSG_DONTWAIT, (struct sockaddr *)&from, &from_size);
    if (n <= 0 || !request_ok(request, (size_t)n, &fingerprint) ||
        !public_address(s, family, address)) {
        return;
    }
    size_t size = make_answer(answer, request, family, address, source_port(&from), fingerprint);
    (void)sendto(fd, answer, size, MSG_DONTWAIT, (const struct sockaddr *)&from, from_size);
}

void *stun_server_run(void *arg)
{
    const struct stun_server *server = arg;
    struct pollfd fds[3] = {
        { .fd = server->s->stop_fd, .events = POLLIN },
        { .fd = server->listeners.first, .events = POLLIN },
        { .fd = server->listeners.second, .events = POLLIN },
    };
    while (fds[0].revents == 0) {
        (void)poll(fds, 3, -1);
        if (fds[1].revents) {
            serve(server->s, fds[1].fd, AF_INET);
        }
        if (fds[2].revents) {
            serve(server->s, fds[2].fd, AF_INET6);
        }
    }
    return NULL;
}
