/* Addresses as values; see addr.h.  inet_pton/inet_ntop are pure text functions: no socket is made
 * here. */
#include "base/addr.h"

#include <arpa/inet.h>
#include <string.h>

static const struct {
    uint8_t family, prefix;
    uint8_t ip[16];
    struct addr_block block;
} blocks[] = {
#include "base/addr_blocks.inc" /* made of special-purpose.csv */
};

/* What is outside 2000::/3 and in no row above. */
static const struct addr_block unassigned = { "::/0", "Outside the global unicast range 2000::/3",
                                              "RFC 4291" };

/* Of the numbers between dots: some take such a one as octal, some C libraries let it pass. */
static bool has_leading_zero(const char *text)
{
    bool start = true;
    for (; *text; text++) {
        if (start && text[0] == '0' && text[1] >= '0' && text[1] <= '9')
            return true;
        start = *text == '.';
    }
    return false;
}

int addr_parse(const char *text, struct dcddns_addr *out)
{
    char copy[ADDR_TEXT_MAX] = "";
    *out = (struct dcddns_addr){ 0 };
    if (!text)
        return -1;
    text += strspn(text, " \t\r\n");
    size_t len = strcspn(text, " \t\r\n");
    if (len == 0 || len >= sizeof(copy) || text[len + strspn(text + len, " \t\r\n")] != '\0')
        return -1;
    memcpy(copy, text, len);

    const char *colon = strrchr(copy, ':');
    if (colon) {
        const bool mixed = strchr(colon, '.') != NULL; /* ::ffff:192.0.2.1 */
        if (!(mixed && has_leading_zero(colon + 1)) && inet_pton(AF_INET6, copy, out->ip) == 1)
            out->family = 6;
    } else if (!has_leading_zero(copy) && inet_pton(AF_INET, copy, out->ip) == 1) {
        out->family = 4;
    }
    if (out->family != 0)
        return 0;
    *out = (struct dcddns_addr){ 0 }; /* some C libraries leave a part of it there */
    return -1;
}

const char *addr_text(const struct dcddns_addr *addr, char text[ADDR_TEXT_MAX])
{
    text[0] = '\0';
    if (addr->family == 4)
        inet_ntop(AF_INET, addr->ip, text, ADDR_TEXT_MAX);
    else if (addr->family == 6)
        inet_ntop(AF_INET6, addr->ip, text, ADDR_TEXT_MAX);
    return text;
}

bool addr_equal(const struct dcddns_addr *a, const struct dcddns_addr *b)
{
    size_t len = a->family == 4 ? 4 : 16;
    return a->family == b->family && (a->family == 0 || memcmp(a->ip, b->ip, len) == 0);
}

bool addr_is_set(const struct dcddns_addr *addr)
{
    return addr->family == 4 || addr->family == 6;
}

static bool inside(const struct dcddns_addr *addr, const uint8_t *prefix, unsigned bits)
{
    size_t whole = bits / 8;
    unsigned rest = bits % 8;
    if (memcmp(addr->ip, prefix, whole) != 0)
        return false;
    if (rest == 0)
        return true;
    unsigned mask = 0xffU << (8 - rest) & 0xffU;
    return (addr->ip[whole] & mask) == (prefix[whole] & mask);
}

const struct addr_block *addr_special(const struct dcddns_addr *addr)
{
    for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
        if (blocks[i].family == addr->family && inside(addr, blocks[i].ip, blocks[i].prefix))
            return &blocks[i].block;
    }
    if (addr->family == 4 || (addr->family == 6 && (addr->ip[0] & 0xe0) == 0x20))
        return NULL;
    return &unassigned;
}

/* The IPv4 address inside ::ffff:0:0/96 or 64:ff9b::/96 (NAT64), or family 0. */
static struct dcddns_addr embedded(const struct dcddns_addr *addr)
{
    static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
    static const uint8_t nat64[12] = { 0x00, 0x64, 0xff, 0x9b };
    struct dcddns_addr v4 = { 0 };
    if (addr->family != 6)
        return v4;
    if (inside(addr, mapped, 96) || inside(addr, nat64, 96)) {
        v4.family = 4;
        memcpy(v4.ip, addr->ip + 12, 4);
    }
    return v4;
}

const struct addr_block *addr_special_peer(const struct dcddns_addr *addr)
{
    struct dcddns_addr v4 = embedded(addr);
    return addr_special(addr_is_set(&v4) ? &v4 : addr);
}

bool addr_is_loopback(const struct dcddns_addr *addr)
{
    static const uint8_t v6[16] = { [15] = 1 };
    if (addr->family == 4)
        return addr->ip[0] == 127;
    return addr->family == 6 && memcmp(addr->ip, v6, sizeof(v6)) == 0;
}

bool addr_is_local(const struct dcddns_addr *addr)
{
    static const char *const local[] = { "10.0.0.0/8",     "172.16.0.0/12", "192.168.0.0/16",
                                         "169.254.0.0/16", "fc00::/7",      "fe80::/10" };
    const struct addr_block *block = addr_special(addr);
    for (size_t i = 0; block && i < sizeof(local) / sizeof(local[0]); i++) {
        if (strcmp(block->cidr, local[i]) == 0)
            return true;
    }
    return addr_is_loopback(addr);
}

bool addr_is_cgnat(const struct dcddns_addr *addr)
{
    return addr->family == 4 && addr->ip[0] == 100 && (addr->ip[1] & 0xc0) == 0x40;
}

const struct addr_block *addr_never(const struct dcddns_addr *addr)
{
    static const uint8_t none[16] = { 0 };
    static const uint8_t all[4] = { 0xff, 0xff, 0xff, 0xff };
    bool never = false;

    if (addr->family == 4)
        never = (addr->ip[0] & 0xf0) == 0xe0 || memcmp(addr->ip, none, 4) == 0 ||
                memcmp(addr->ip, all, sizeof(all)) == 0;
    else if (addr->family == 6)
        never = addr->ip[0] == 0xff || memcmp(addr->ip, none, sizeof(none)) == 0;
    return never ? addr_special(addr) : NULL;
}

int addr_cidr_parse(const char *text, struct addr_cidr *out)
{
    char copy[ADDR_TEXT_MAX] = "";
    static const struct dcddns_addr zero = { 0 };

    *out = (struct addr_cidr){ 0 };
    size_t len = text ? strcspn(text, "/") : 0;
    if (len == 0 || len >= sizeof(copy))
        return -1;
    memcpy(copy, text, len);
    struct dcddns_addr addr = { 0 };
    if (strpbrk(copy, " \t\r\n") || addr_parse(copy, &addr) < 0)
        return -1;
    unsigned all = addr.family == 4 ? 32 : 128, bits = all;
    if (text[len] == '/') {
        const char *digits = text + len + 1;
        size_t count = strspn(digits, "0123456789");
        if (count == 0 || count > 3 || digits[count] != '\0' || (count > 1 && digits[0] == '0'))
            return -1;
        bits = 0;
        while (*digits)
            bits = bits * 10 + (unsigned)(*digits++ - '0');
    }
    if (bits > all)
        return -1;
    struct dcddns_addr rest = zero;
    for (unsigned i = bits; i < all; i++)
        rest.ip[i / 8] |= (uint8_t)(addr.ip[i / 8] & 0x80U >> i % 8);
    if (memcmp(rest.ip, zero.ip, sizeof(zero.ip)) != 0)
        return -1;
    out->addr = addr;
    out->bits = (uint8_t)bits;
    return 0;
}

bool addr_cidr_holds(const struct addr_cidr *block, const struct dcddns_addr *addr)
{
    return addr->family == block->addr.family && inside(addr, block->addr.ip, block->bits);
}

struct dcddns_addr addr_combine(const struct dcddns_addr *prefix, unsigned bits,
                                const struct dcddns_addr *suffix)
{
    struct dcddns_addr out = *suffix;
    for (unsigned i = 0; i < bits && i < 128; i++) {
        uint8_t bit = (uint8_t)(0x80U >> i % 8);
        out.ip[i / 8] = (uint8_t)((out.ip[i / 8] & ~bit) | (prefix->ip[i / 8] & bit));
    }
    return out;
}
