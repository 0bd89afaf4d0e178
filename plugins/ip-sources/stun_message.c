/* STUN binding messages; see stun_message.h.  Sections are those of RFC 8489. */
#include "stun_message.h"

#include <stdbool.h>
#include <string.h>

enum { HEADER = 20, COOKIE_AT = 4, ID_AT = 8, ATTRIBUTE_HEADER = 4 };
enum { BINDING_REQUEST = 0x0001, BINDING_SUCCESS = 0x0101, BINDING_ERROR = 0x0111 };
enum { /* attributes; from 0x8000 on one may ignore what one does not know (section 14) */
       MAPPED_ADDRESS = 0x0001,
       MESSAGE_INTEGRITY = 0x0008,
       ERROR_CODE = 0x0009,
       MESSAGE_INTEGRITY_SHA256 = 0x001c,
       XOR_MAPPED_ADDRESS = 0x0020,
       OPTIONAL = 0x8000,
       FINGERPRINT = 0x8028
};

static const uint8_t cookie[4] = { 0x21, 0x12, 0xa4, 0x42 };

/* Known and of no weight for a mapped address: SOURCE-ADDRESS and CHANGED-ADDRESS, which servers of
 * RFC 3489 always add, and what belongs to credentials that we do not have. */
static const uint16_t weightless[] = { 0x0004, 0x0005, 0x0006, 0x000a,
                                       0x0014, 0x0015, 0x001d, 0x001e };

struct value {
    const uint8_t *at; /* NULL: was not there */
    size_t len;
};

struct attributes {
    struct value xor_mapped, mapped, error; /* the first of each */
    bool integrity, fingerprint;            /* was there */
    int unknown;                            /* the first we would have to understand, or -1 */
};

static unsigned get16(const uint8_t *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

static uint32_t get32(const uint8_t *at)
{
    return (uint32_t)get16(at) << 16 | get16(at + 2);
}

/* CRC-32 of ITU V.42 (section 14.7).  Messages are short: no table. */
static uint32_t crc32(const uint8_t *data, size_t len)
{
    uint32_t crc = 0xffffffffu;
    for (size_t i = 0; i < len; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

void stun_request(const uint8_t id[STUN_ID_LEN], uint8_t out[STUN_REQUEST_LEN])
{
    memset(out, 0, STUN_REQUEST_LEN); /* length 0: no attributes */
    out[1] = BINDING_REQUEST;
    memcpy(out + COOKIE_AT, cookie, sizeof(cookie));
    memcpy(out + ID_AT, id, STUN_ID_LEN);
}

/* -- attributes ------------------------------------------------------------------------------- */

static void keep_first(struct value *value, const uint8_t *at, size_t len)
{
    if (!value->at)
        *value = (struct value){ .at = at, .len = len };
}

static bool is_weightless(unsigned type)
{
    for (size_t i = 0; i < sizeof(weightless) / sizeof(weightless[0]); i++) {
        if (weightless[i] == type)
            return true;
    }
    return false;
}

static void take(struct attributes *attributes, unsigned type, const uint8_t *at, size_t len)
{
    if (attributes->integrity)
        return; /* what follows it counts for nothing (section 14.5) */
    switch (type) {
    case XOR_MAPPED_ADDRESS:
        keep_first(&attributes->xor_mapped, at, len);
        break;
    case MAPPED_ADDRESS:
        keep_first(&attributes->mapped, at, len);
        break;
    case ERROR_CODE:
        keep_first(&attributes->error, at, len);
        break;
    case MESSAGE_INTEGRITY:
    case MESSAGE_INTEGRITY_SHA256:
        attributes->integrity = true; /* not ours to check: there is no common secret */
        break;
    default:
        if (type < OPTIONAL && attributes->unknown < 0 && !is_weightless(type))
            attributes->unknown = (int)type;
    }
}

/* False: malformed, or the fingerprint is wrong or not the last.  LEN is a multiple of 4, as is
 * every step, so that there is always a whole attribute header. */
static bool read_attributes(const uint8_t *data, size_t len, struct attributes *attributes)
{
    for (size_t at = HEADER; at < len;) {
        unsigned type = get16(data + at);
        size_t length = get16(data + at + 2), padded = (length + 3) & ~(size_t)3;
        const uint8_t *value = data + at + ATTRIBUTE_HEADER;
        if (attributes->fingerprint || padded > len - at - ATTRIBUTE_HEADER)
            return false;
        if (type == FINGERPRINT) {
            attributes->fingerprint = true;
            if (length != 4 || get32(value) != (crc32(data, at) ^ 0x5354554eu))
                return false;
        }
        take(attributes, type, value, length);
        at += ATTRIBUTE_HEADER + padded;
    }
    return true;
}

/* -- answers ---------------------------------------------------------------------------------- */

static bool header_fits(const uint8_t *data, size_t len, const uint8_t *id)
{
    if (len < HEADER || len >= STUN_DATAGRAM_MAX || len % 4 != 0)
        return false;
    unsigned type = get16(data); /* with the two leading bits, which must be zero */
    if (type != BINDING_SUCCESS && type != BINDING_ERROR)
        return false;
    return get16(data + 2) == len - HEADER &&
           memcmp(data + COOKIE_AT, cookie, sizeof(cookie)) == 0 &&
           memcmp(data + ID_AT, id, STUN_ID_LEN) == 0;
}

/* Sections 14.1 and 14.2; KEY is NULL or what it was XORed with.  The first byte and the port count
 * for nothing. */
static bool read_address(const struct value *value, const uint8_t *key, int family,
                         struct dcddns_addr *out)
{
    const size_t bytes = family == 4 ? 4 : 16;
    if (value->len != 4 + bytes || value->at[1] != (family == 4 ? 1 : 2))
        return false;
    *out = (struct dcddns_addr){ .family = (uint8_t)family };
    for (size_t i = 0; i < bytes; i++)
        out->ip[i] = (uint8_t)(value->at[4 + i] ^ (key ? key[i] : 0));
    return true;
}

static int error_number(const struct value *value)
{
    if (value->len < 4)
        return 0;
    int class = value->at[2] & 7, number = value->at[3];
    return class < 3 || class > 6 || number > 99 ? 0 : class * 100 + number;
}

void stun_judge(const uint8_t *data, size_t len, const uint8_t id[STUN_ID_LEN], int family,
                struct stun_answer *out)
{
    struct attributes attributes = { .unknown = -1 };

    *out = (struct stun_answer){ .verdict = STUN_DISCARDED, .unknown = -1 };
    if (!header_fits(data, len, id) || !read_attributes(data, len, &attributes))
        return;
    if (get16(data) == BINDING_ERROR || attributes.unknown >= 0) {
        out->verdict = STUN_FAILED;
        out->unknown = attributes.unknown;
        out->error = attributes.error.at ? error_number(&attributes.error) : 0;
        return;
    }
    /* Routers that rewrite addresses in payloads know the plain one only, so it comes second. */
    bool good =
        attributes.xor_mapped.at
            ? read_address(&attributes.xor_mapped, data + COOKIE_AT, family, &out->addr)
            : attributes.mapped.at && read_address(&attributes.mapped, NULL, family, &out->addr);
    if (good)
        out->verdict = STUN_SUCCESS;
}
