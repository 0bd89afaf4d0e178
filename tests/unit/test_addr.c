/* Addresses: strict reading, RFC 5952 writing, every special-purpose block at both edges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/addr.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static struct dcddns_addr addr_of(const char *text)
{
    struct dcddns_addr addr = { 0 };
    if (addr_parse(text, &addr) != 0)
        fail_msg("cannot read %s", text);
    return addr;
}

static const char *cidr_of(const struct addr_block *block)
{
    return block ? block->cidr : "ordinary";
}

static void reads_one_address(void **state)
{
    static const struct {
        const char *text;
        uint8_t family;
        const char *written; /* RFC 5952 */
    } rows[] = {
        { "8.8.8.8", 4, "8.8.8.8" },
        { "0.0.0.0", 4, "0.0.0.0" },
        { "255.255.255.255", 4, "255.255.255.255" },
        { " \t8.8.4.4\r\n", 4, "8.8.4.4" },
        { "::", 6, "::" },
        { "::1", 6, "::1" },
        { "2001:DB8::A", 6, "2001:db8::a" },
        { "2001:0db8:0000:0000:0000:0000:0000:0001", 6, "2001:db8::1" },
        { "2001:db8:0:0:1:0:0:1", 6, "2001:db8::1:0:0:1" },    /* 4.2.3: the first of equals */
        { "2001:db8:0:1:1:1:1:1", 6, "2001:db8:0:1:1:1:1:1" }, /* 4.2.2: not one field */
        { "2001:0:0:1:0:0:0:1", 6, "2001:0:0:1::1" },          /* 4.2.3: the longest */
        { "2001:db8::0:1", 6, "2001:db8::1" },                 /* 4.2.1: as much as can be */
        { "2001:db8::1:0:0:0", 6, "2001:db8:0:0:1::" },
        { "1:2:3:4:5:6:7:8", 6, "1:2:3:4:5:6:7:8" },
        { "::ffff:192.0.2.1", 6, "::ffff:192.0.2.1" }, /* 5 */
        { "::ffff:c000:201", 6, "::ffff:192.0.2.1" },
        { "64:ff9b::808:808", 6, "64:ff9b::808:808" },
        { "FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:255.255.255.255", 6, /* 45 characters */
          "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct dcddns_addr addr = { 0 };
        char text[ADDR_TEXT_MAX] = "";
        if (addr_parse(rows[i].text, &addr) != 0)
            fail_msg("refused: %s", rows[i].text);
        assert_int_equal(addr.family, rows[i].family);
        assert_memory_equal(addr.reserved, "\0\0\0", 3);
        assert_string_equal(addr_text(&addr, text), rows[i].written);
        assert_ptr_equal(addr_text(&addr, text), text);
    }
}

static void refuses_everything_else(void **state)
{
    static const char *const rows[] = {
        "",
        " ",
        "\n",
        "1.2.3",
        "1.2.3.4.5",
        "1.2.3.",
        ".1.2.3.4",
        "1..2.3",
        "1.2.3.4.",
        "256.1.1.1",
        "1.2.3.256",
        "1.2.3.-4",
        "+1.2.3.4",
        "01.2.3.4",
        "1.02.3.4",
        "1.2.3.04",
        "1.2.3.00",
        "0x7f.0.0.1",
        "0x7f000001",
        "2130706433",
        "127.1",
        "1.2.3.4 5.6.7.8",
        "1.2.3.4,",
        "1.2.3.4/24",
        "1.2.3.4:80",
        "1.2 .3.4",
        "a.b.c.d",
        "localhost",
        "fe80::1%eth0",
        "fe80::1%2",
        "2001:db8::1%",
        "2001:db8:::1",
        ":",
        ":::",
        ":1",
        "1:",
        "1::2::3",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "12345::1",
        "2001:db8::g",
        "[2001:db8::1]",
        "2001:db8::1/64",
        "::ffff:1.2.3",
        "::1.2.3.4.5",
        "::ffff:256.1.1.1",
        "::ffff:1.2.3.04",
        "1.2.3.4::",
        "\x01"
        "1.2.3.4",
        "1.2.3.4\v",
        "1.2.3.4\f",
        "\xc2\xa0"
        "1.2.3.4",
        "<html>1.2.3.4</html>",
        "\"1.2.3.4\"",
        "0000:0000:0000:0000:0000:0000:255.255.255.2550", /* 46 characters */
        "00000000000000000000000000000000000000000000000001.2.3.4",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct dcddns_addr addr, zero = { 0 };
        memset(&addr, 0xaa, sizeof(addr));
        if (addr_parse(rows[i], &addr) != -1)
            fail_msg("accepted: \"%s\"", rows[i]);
        assert_memory_equal(&addr, &zero, sizeof(addr));
    }
    struct dcddns_addr addr = { .family = 4 };
    assert_int_equal(addr_parse(NULL, &addr), -1);
    assert_int_equal(addr.family, 0);
}

static void a_nul_ends_the_text(void **state)
{
    struct dcddns_addr addr = { 0 };
    (void)state;
    assert_int_equal(addr_parse("1.2.3\0.4", &addr), -1);
    assert_int_equal(addr_parse("1.2.3.4\0garbage", &addr), 0); /* who has a length checks it */
}

static void writes_nothing_for_no_address(void **state)
{
    char text[ADDR_TEXT_MAX] = "left over";
    const struct dcddns_addr none = { 0 }, odd = { .family = 5, .ip = { 1 } };
    (void)state;
    assert_string_equal(addr_text(&none, text), "");
    assert_string_equal(addr_text(&odd, text), "");
    assert_false(addr_is_set(&none));
    assert_false(addr_is_set(&odd));
}

static void compares_bytes(void **state)
{
    struct dcddns_addr a = addr_of("192.0.2.1"), b = addr_of("192.0.2.1");
    struct dcddns_addr six = addr_of("2001:db8::1"), none = { 0 };
    (void)state;
    assert_true(addr_equal(&a, &b));
    b.ip[15] = 1; /* beyond an IPv4 address: not part of it */
    assert_true(addr_equal(&a, &b));
    b.ip[3] = 2;
    assert_false(addr_equal(&a, &b));
    assert_false(addr_equal(&a, &none));
    assert_true(addr_equal(&none, &none));
    struct dcddns_addr other = six;
    assert_true(addr_equal(&six, &other));
    other.ip[15] ^= 1;
    assert_false(addr_equal(&six, &other));
    other = addr_of("::");
    struct dcddns_addr zero4 = addr_of("0.0.0.0");
    assert_false(addr_equal(&other, &zero4));
    assert_true(addr_is_set(&other) && addr_is_set(&zero4));
}

static const struct {
    const char *cidr, *name;
    struct {
        const char *addr, *in;
    } at[4]; /* first, last, before, after */
} blocks[] = {
#include "special_blocks.inc"
};

static void knows_every_special_block_at_its_edges(void **state)
{
    size_t ordinary = 0;
    (void)state;
    assert_int_equal(COUNT(blocks), 55);
    for (size_t i = 0; i < COUNT(blocks); i++) {
        for (size_t j = 0; j < COUNT(blocks[i].at); j++) {
            if (!blocks[i].at[j].addr)
                continue;
            struct dcddns_addr addr = addr_of(blocks[i].at[j].addr);
            const char *want = blocks[i].at[j].in ? blocks[i].at[j].in : "ordinary";
            if (strcmp(cidr_of(addr_special(&addr)), want) != 0)
                fail_msg("%s, %zu of %s: %s instead of %s", blocks[i].at[j].addr, j, blocks[i].cidr,
                         cidr_of(addr_special(&addr)), want);
            ordinary += !blocks[i].at[j].in;
        }
    }
    assert_true(ordinary >= 43);
}

static void names_the_block(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(blocks); i++) {
        struct dcddns_addr addr = addr_of(blocks[i].at[0].addr);
        const struct addr_block *block = addr_special(&addr);
        assert_non_null(block);
        assert_true(strncmp(block->source, "RFC ", 4) == 0);
        if (strcmp(block->cidr, blocks[i].cidr) == 0)
            assert_string_equal(block->name, blocks[i].name);
    }
    struct dcddns_addr cgnat = addr_of("100.100.1.1");
    assert_non_null(strstr(addr_special(&cgnat)->name, "CGNAT"));
}

static void lets_ordinary_addresses_pass(void **state)
{
    static const char *const rows[] = {
        "1.1.1.1",   "8.8.8.8",     "9.9.9.9",         "52.0.0.1",        "84.200.69.80",
        "100.0.0.1", "172.217.0.1", "193.0.0.1",       "223.255.255.255", "2001:4860:4860::8888",
        "2003::1",   "2400::1",     "2606:4700::1111", "2a00:1450::1",
    };
    (void)state;
    assert_int_equal(COUNT(rows), 14);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct dcddns_addr addr = addr_of(rows[i]);
        if (addr_special(&addr) || addr_special_peer(&addr))
            fail_msg("%s is in %s", rows[i], cidr_of(addr_special(&addr)));
    }
}

static void outside_2000_is_special(void **state)
{
    static const char *const rows[] = { "200::1",  "1000::1", "6000::1", "8000::1", "a000::1",
                                        "c000::1", "e000::1", "f000::1", "f800::1", "fe00::1" };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct dcddns_addr addr = addr_of(rows[i]);
        assert_non_null(addr_special(&addr));
        assert_non_null(addr_special_peer(&addr));
    }
    const struct dcddns_addr none = { 0 };
    assert_non_null(addr_special(&none)); /* nothing is never an address to publish */
}

static void judges_peers_by_the_address_inside(void **state)
{
    static const struct {
        const char *text, *in; /* NULL: may be connected to */
    } rows[] = {
        { "64:ff9b::8.8.8.8", NULL },
        { "::ffff:8.8.8.8", NULL },
        { "64:ff9b::10.1.2.3", "10.0.0.0/8" },
        { "64:ff9b::127.0.0.1", "127.0.0.0/8" },
        { "64:ff9b::169.254.169.254", "169.254.0.0/16" },
        { "64:ff9b:0:0:0:1:808:808", "::/0" }, /* not in the /96 */
        { "64:ff9b:1::8.8.8.8", "64:ff9b:1::/48" },
        { "::ffff:127.0.0.1", "127.0.0.0/8" },
        { "::ffff:192.168.1.1", "192.168.0.0/16" },
        { "::8.8.8.8", "::/96" },
        { "2002:808:808::1", "2002::/16" },
        { "192.168.0.1", "192.168.0.0/16" },
        { "2001:db8::1", "2001:db8::/32" },
        { "8.8.8.8", NULL },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct dcddns_addr addr = addr_of(rows[i].text);
        const char *want = rows[i].in ? rows[i].in : "ordinary";
        if (strcmp(cidr_of(addr_special_peer(&addr)), want) != 0)
            fail_msg("%s: %s", rows[i].text, cidr_of(addr_special_peer(&addr)));
    }
    struct dcddns_addr mapped = addr_of("::ffff:8.8.8.8"), nat64 = addr_of("64:ff9b::808:808");
    assert_non_null(addr_special(&mapped)); /* never published, whatever is inside */
    assert_non_null(addr_special(&nat64));
}

static void knows_what_no_machine_can_have(void **state)
{
    static const struct {
        const char *text;
        bool never;
    } rows[] = {
        { "0.0.0.0", true },          { "0.0.0.1", false },
        { "223.255.255.255", false }, { "224.0.0.0", true },
        { "240.0.0.1", false },       { "239.255.255.255", true },
        { "255.255.255.255", true },  { "::", true },
        { "255.255.255.254", false }, { "::1", false },
        { "ff00::", true },           { "127.0.0.1", false },
        { "fe80::1", false },         { "8.8.4.4", false },
        { "2001:db8::1", false },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct dcddns_addr addr = addr_of(rows[i].text);
        if ((addr_never(&addr) != NULL) != rows[i].never)
            fail_msg("%s", rows[i].text);
    }
}

static void knows_loopback(void **state)
{
    static const struct {
        const char *text;
        bool loopback;
    } rows[] = {
        { "127.0.0.1", true },
        { "127.255.255.255", true },
        { "126.255.255.255", false },
        { "128.0.0.0", false },
        { "::1", true },
        { "::2", false },
        { "::", false },
        { "1::1", false },
        { "2001:db8::1", false },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct dcddns_addr addr = addr_of(rows[i].text);
        if (addr_is_loopback(&addr) != rows[i].loopback)
            fail_msg("%s", rows[i].text);
    }
    const struct dcddns_addr none = { .ip = { 127, 0, 0, 1 } };
    assert_false(addr_is_loopback(&none));
}

static void reads_blocks(void **state)
{
    static const struct {
        const char *text;
        int bits; /* -1: refused */
    } rows[] = {
        { "192.0.2.0/24", 24 },
        { "0.0.0.0/0", 0 },
        { "::/0", 0 },
        { "2001:db8::/32", 32 },
        { "2001:db8::1", 128 },
        { "192.0.2.7", 32 },
        { "2001:db8::/128", 128 },
        { "192.0.2.1/24", -1 },
        { "192.0.2.0/33", -1 },
        { "2001:db8::/129", -1 },
        { "2001:db8::1/64", -1 },
        { "192.0.2.0/", -1 },
        { "192.0.2.0/024", -1 },
        { "192.0.2.0/2x", -1 },
        { "/24", -1 },
        { "", -1 },
        { " 192.0.2.0/24", -1 },
        { "192.0.2.0 /24", -1 },
        { "10/8", -1 },
        { "192.0.2.0/0000", -1 },
        { "192.0.2.0/9999", -1 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct addr_cidr block = { 0 };
        int rc = addr_cidr_parse(rows[i].text, &block);
        if (rc != (rows[i].bits < 0 ? -1 : 0) || (rc == 0 && block.bits != rows[i].bits))
            fail_msg("%s: %d, %d bits", rows[i].text, rc, block.bits);
    }
    struct addr_cidr block = { 0 };
    assert_int_equal(addr_cidr_parse(NULL, &block), -1);
}

static void knows_what_a_block_holds(void **state)
{
    static const struct {
        const char *block, *addr;
        bool holds;
    } rows[] = {
        { "192.0.2.0/25", "192.0.2.127", true },
        { "192.0.2.0/25", "192.0.2.128", false },
        { "0.0.0.0/0", "203.0.113.1", true },
        { "0.0.0.0/0", "::", false },
        { "2001:db8::/33", "2001:db8:7fff::", true },
        { "2001:db8::/33", "2001:db8:8000::", false },
        { "::/0", "2001:db8::1", true },
        { "2001:db8::1", "2001:db8::2", false },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct addr_cidr block = { 0 };
        struct dcddns_addr addr = addr_of(rows[i].addr);
        assert_int_equal(addr_cidr_parse(rows[i].block, &block), 0);
        if (addr_cidr_holds(&block, &addr) != rows[i].holds)
            fail_msg("%s in %s", rows[i].addr, rows[i].block);
    }
}

static void combines_prefix_and_suffix(void **state)
{
    static const struct {
        const char *prefix;
        unsigned bits;
        const char *suffix, *out;
    } rows[] = {
        { "2001:db8:1:2:aaaa::9", 64, "::1234", "2001:db8:1:2::1234" },
        { "2001:db8:1:2:aaaa::9", 56, "::ff:0:0:0:1", "2001:db8:1:ff::1" },
        { "2001:db8:1:2:aaaa::9", 0, "::1", "::1" },
        { "2001:db8::9", 128, "::1", "2001:db8::9" },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct dcddns_addr prefix = addr_of(rows[i].prefix), suffix = addr_of(rows[i].suffix);
        struct dcddns_addr out = addr_combine(&prefix, rows[i].bits, &suffix);
        char text[ADDR_TEXT_MAX] = "";
        assert_string_equal(addr_text(&out, text), rows[i].out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_one_address),
        cmocka_unit_test(refuses_everything_else),
        cmocka_unit_test(a_nul_ends_the_text),
        cmocka_unit_test(writes_nothing_for_no_address),
        cmocka_unit_test(compares_bytes),
        cmocka_unit_test(knows_every_special_block_at_its_edges),
        cmocka_unit_test(names_the_block),
        cmocka_unit_test(lets_ordinary_addresses_pass),
        cmocka_unit_test(outside_2000_is_special),
        cmocka_unit_test(judges_peers_by_the_address_inside),
        cmocka_unit_test(knows_what_no_machine_can_have),
        cmocka_unit_test(knows_loopback),
        cmocka_unit_test(reads_blocks),
        cmocka_unit_test(knows_what_a_block_holds),
        cmocka_unit_test(combines_prefix_and_suffix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
