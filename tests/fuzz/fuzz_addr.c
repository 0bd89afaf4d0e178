/* Addresses and blocks as people write them, held against the C library's reading. */
#include "fuzz.h"

#include <arpa/inet.h>

#include "base/addr.h"

/* inet_pton() takes no blanks around it; whatever else it takes or refuses, we do as well. */
static void against_library(const char *text, const struct dcddns_addr *mine, bool taken)
{
    uint8_t theirs[16] = { 0 };
    const size_t skip = strspn(text, " \t\r\n");
    char *bare = fuzz_text((const uint8_t *)text + skip, strlen(text) - skip);

    for (size_t len = strlen(bare); len > 0 && strchr(" \t\r\n", bare[len - 1]); len--)
        bare[len - 1] = '\0';
    const int family = inet_pton(AF_INET, bare, theirs) == 1    ? 4
                       : inet_pton(AF_INET6, bare, theirs) == 1 ? 6
                                                                : 0;
    FUZZ_CHECK(taken == (family != 0));
    FUZZ_CHECK(mine->family == family);
    FUZZ_CHECK(!taken || memcmp(mine->ip, theirs, family == 4 ? 4 : 16) == 0);
    free(bare);
}

static void round_trip(const struct dcddns_addr *addr)
{
    char text[ADDR_TEXT_MAX] = "";
    struct dcddns_addr again = { 0 };

    FUZZ_CHECK(addr_parse(addr_text(addr, text), &again) == 0);
    FUZZ_CHECK(addr_equal(addr, &again));
    if (addr_never(addr) || addr_is_loopback(addr) || addr_is_local(addr))
        FUZZ_CHECK(addr_special(addr));
}

static void read_block(const char *text, const struct dcddns_addr *addr)
{
    struct addr_cidr block = { 0 };
    if (addr_cidr_parse(text, &block) != 0)
        return;
    FUZZ_CHECK(block.addr.family == 4 ? block.bits <= 32 : block.bits <= 128);
    FUZZ_CHECK(addr_cidr_holds(&block, &block.addr));
    if (addr->family == 6 && block.addr.family == 6) {
        const struct dcddns_addr made = addr_combine(&block.addr, block.bits, addr);
        FUZZ_CHECK(addr_cidr_holds(&block, &made));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = { data, size };
    struct dcddns_addr addr = { 0 };
    char *first = fuzz_line(&in);
    char *text = fuzz_text(in.at, in.left);

    const bool taken = addr_parse(first, &addr) == 0;
    against_library(first, &addr, taken);
    if (taken)
        round_trip(&addr);
    read_block(text, &addr);
    read_block(first, &addr);
    free(first);
    free(text);
    return 0;
}
