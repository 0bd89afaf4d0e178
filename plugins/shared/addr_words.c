/* Addresses as text; see addr_words.h.  Must not know the system. */
#include "shared/addr_words.h"

#include <string.h>

/* The longest run of zero groups, when it is longer than one: where it begins, 8 = there is none.
 */
static size_t longest_zeros(const uint8_t ip[16], size_t *len)
{
    size_t best = 8;

    *len = 1;
    for (size_t i = 0; i < 8; i++) {
        size_t run = 0;
        while (i + run < 8 && ip[2 * (i + run)] == 0 && ip[2 * (i + run) + 1] == 0)
            run++;
        if (run > *len) {
            best = i;
            *len = run;
        }
    }
    return best;
}

static void put_ipv6(const uint8_t ip[16], char text[ADDR_WORDS_SIZE])
{
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
    size_t zeros_len = 0, used = 0, zeros = longest_zeros(ip, &zeros_len);

    if (memcmp(ip, mapped, sizeof(mapped)) == 0) {
        snprintf(text, ADDR_WORDS_SIZE, "::ffff:%u.%u.%u.%u", ip[12], ip[13], ip[14], ip[15]);
        return;
    }
    for (size_t i = 0; i < 8; i++) {
        if (i == zeros) {
            used += (size_t)snprintf(text + used, ADDR_WORDS_SIZE - used, "::");
            i += zeros_len - 1;
            continue;
        }
        const char *colon = i > 0 && i != zeros + zeros_len ? ":" : "";
        used += (size_t)snprintf(text + used, ADDR_WORDS_SIZE - used, "%s%x", colon,
                                 (unsigned)(ip[2 * i] << 8 | ip[2 * i + 1]));
    }
}

const char *addr_words(const struct dcddns_addr *addr, char text[ADDR_WORDS_SIZE])
{
    const uint8_t *ip = addr->ip;

    text[0] = '\0';
    if (addr->family == 4)
        snprintf(text, ADDR_WORDS_SIZE, "%u.%u.%u.%u", ip[0], ip[1], ip[2], ip[3]);
    if (addr->family == 6)
        put_ipv6(ip, text);
    return text;
}
