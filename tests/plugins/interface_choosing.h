/* Which of a machine's addresses is chosen, whatever the system: the host of these tests, and the
 * tests that know no system.  One per program. */
#ifndef DCDDNS_TESTS_INTERFACE_CHOOSING_H
#define DCDDNS_TESTS_INTERFACE_CHOOSING_H

#include <stdatomic.h>

#include "../../plugins/ip-sources/interface.h"
#include "fake_host.h"

const struct dcddns_plugin *dcddns_plugin_v1_interface(void);

/* What a row of a table does not say is zero, on purpose. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

enum { NO_END = -1, OVER = -2 }; /* lifetimes of the tables */
#define V4A "93.184.216.34"
#define V4B "93.184.216.35"
#define G1  "2606:2800:220:1::1"
#define G2  "2606:2800:220:1::2"
#define EUI "2606:2800:220:1:211:22ff:fe33:4455"

static const struct dcddns_plugin *plugin;
static const struct dcddns_ip_source *ops;
static void *self;
static bool watching, allow_private;
static const char *call_device;
static atomic_int hints;

/* -- a host ----------------------------------------------------------------------------------- */

static const char *host_device(const struct dcddns_call *call)
{
    (void)call;
    return call_device;
}

static const char *host_refuses(const struct dcddns_call *call, const struct dcddns_addr *addr)
{
    const struct addr_block *block = allow_private ? NULL : addr_special(addr);
    (void)call;
    return block ? block->name : NULL;
}

static int host_addr_in(const struct dcddns_addr *addr, const char *text)
{
    struct addr_cidr block = { 0 };
    return addr_cidr_parse(text, &block) < 0 ? DCDDNS_E_CONFIG : addr_cidr_holds(&block, addr);
}

static void host_hint(const struct dcddns_host *host)
{
    assert_ptr_equal(host, &fake.host);
    atomic_fetch_add(&hints, 1);
}

static int create(const struct fake_option *options)
{
    const struct dcddns_host *host = fake_reset(plugin, options);
    fake.host.device = host_device;
    fake.host.refuses = host_refuses;
    fake.host.addr_in = host_addr_in;
    fake.host.hint = host_hint;
    atomic_store(&hints, 0);
    return plugin->create(host, &self);
}

static int setup(void **state)
{
    (void)state;
    plugin = dcddns_plugin_v1_interface();
    ops = plugin->ops;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    if (watching)
        ops->unwatch(self);
    if (self)
        plugin->destroy(self);
    self = NULL;
    call_device = NULL;
    watching = allow_private = false;
    return 0;
}

static void test_descriptor(void **state)
{
    (void)state;
    fake_check_plugin(plugin, DCDDNS_KIND_IP_SOURCE, "interface");
    assert_non_null(ops->watch);
    assert_non_null(ops->unwatch);
}

static void test_create_refuses(void **state)
{
    static const char many[] = "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q";
    static const struct {
        const char *option, *value, *why;
    } cases[] = {
        { "prefer", "slaac", "prefer: \"slaac\" is not stable, temporary or eui64" },
        { "prefer", "", "prefer: \"\" is not stable, temporary or eui64" },
        { "device", many, "device has more than 16 entries; remove some" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct fake_option options[] = { { cases[i].option, cases[i].value },
                                               { NULL, NULL } };
        assert_int_equal(create(options), DCDDNS_E_CONFIG);
        assert_null(self);
        assert_string_equal(fake.why, cases[i].why);
    }
}

/* -- choosing --------------------------------------------------------------------------------- */

struct have { /* one address of a machine; device eth0 to eth9 by index */
    const char *addr;
    uint32_t index, flags;
    int preferred_s; /* 0 means NO_END as well */
    enum interface_scope scope;
    bool down, no_carrier;
};

struct want {
    const char *name;
    const char *devices, *match, *exclude, *asked, *last; /* or NULL */
    enum interface_prefer prefer;
    int family; /* 0 means 4 */
    bool private;
    struct have have[5];
    const char *answer; /* "" = none, and then: */
    const char *device, *instead, *reason;
};

#define TEMP INTERFACE_TEMPORARY
#define DEP  INTERFACE_DEPRECATED
static const struct want wants[] = {
    { "nothing at all", .answer = "" },
    { "one", .have = { { V4A, 1 } }, .answer = V4A },
    { "the other family is no answer", .have = { { G1, 1 } }, .answer = "" },
    { "IPv6", .family = 6, .have = { { V4A, 1 }, { G1, 1 } }, .answer = G1 },
    { "loopback is not worth a word", .have = { { "127.0.0.1", 1 } }, .answer = "" },
    { "nor if private is allowed", .private = true,
      .have = { { "127.0.0.1", 1 }, { "169.254.3.4", 2 }, { "224.0.0.9", 2 }, { "0.0.0.0", 2 } },
      .answer = "" },
    { "IPv6 loopback, link-local, multicast", .family = 6, .private = true,
      .have = { { "::1", 1 }, { "fe80::1", 2 }, { "febf::1", 2 }, { "ff02::1", 2 }, { "::", 2 } },
      .answer = "" },
    { "scope link", .have = { { V4A, 2, .scope = INTERFACE_LINK } }, .answer = "" },
    { "scope host", .have = { { V4A, 1, .scope = INTERFACE_HOST } }, .answer = "" },
    { "tentative", .family = 6, .have = { { G1, 2, INTERFACE_TENTATIVE } }, .answer = "",
      .device = "eth2", .instead = G1, .reason = "which is still being checked for duplicates" },
    { "duplicate", .family = 6, .have = { { G1, 2, INTERFACE_TENTATIVE | INTERFACE_DADFAILED } },
      .answer = "", .device = "eth2", .instead = G1,
      .reason = "which another machine has as well" },
    { "deprecated", .family = 6, .have = { { G1, 2, DEP } }, .answer = "", .device = "eth2",
      .instead = G1, .reason = "which is deprecated: its preferred lifetime is over" },
    { "preferred lifetime 0", .family = 6, .have = { { G1, 2, 0, OVER } }, .answer = "",
      .device = "eth2", .instead = G1,
      .reason = "which is deprecated: its preferred lifetime is over" },
    { "usable before tentative, deprecated, duplicate", .family = 6,
      .have = { { G1, 1, INTERFACE_TENTATIVE }, { "2606:2800:220:1::3", 1, DEP }, { G2, 3, 0, 9 } },
      .answer = G2 },
    { "device down", .have = { { V4A, 2, .down = true, .no_carrier = true } }, .answer = "",
      .device = "eth2", .instead = V4A, .reason = "but the device is down" },
    { "without carrier when there is nothing else", .have = { { V4A, 2, .no_carrier = true } },
      .answer = V4A },
    { "with carrier first", .have = { { V4A, 2, .no_carrier = true }, { V4B, 3, 0, 60 } },
      .answer = V4B },
    { "carrier before preference", .family = 6,
      .have = { { G1, 2, .no_carrier = true }, { G2, 3, TEMP, 60 } }, .answer = G2 },
    { "private only", .have = { { "192.168.1.5", 2 } }, .answer = "", .device = "eth2",
      .instead = "192.168.1.5", .reason = "which is not published (Private-Use)" },
    { "private is allowed", .private = true, .have = { { "192.168.1.5", 2 } },
      .answer = "192.168.1.5" },
    { "CGNAT", .have = { { "100.64.0.7", 2 } }, .answer = "", .device = "eth2",
      .instead = "100.64.0.7", .reason = "which is not published (Shared Address Space (CGNAT))" },
    { "unique-local only", .family = 6, .have = { { "fd00::5", 2 }, { "fe80::5", 2 } },
      .answer = "", .device = "eth2", .instead = "fd00::5",
      .reason = "which is not published (Unique-Local)" },
    { "public before private, whatever the lifetimes", .family = 6,
      .have = { { "fd00::5", 1 }, { G1, 5, 0, 5 } }, .answer = G1 },
    { "refused before unfit, for the words", .family = 6,
      .have = { { G1, 1, DEP }, { "fd00::5", 2 } }, .answer = "", .device = "eth2",
      .instead = "fd00::5", .reason = "which is not published (Unique-Local)" },
    { "device named", .devices = "eth3", .have = { { V4A, 2 }, { V4B, 3 } }, .answer = V4B },
    { "several devices named", .devices = "eth4, eth3",
      .have = { { V4A, 2 }, { V4B, 3 }, { "93.184.216.36", 4 } }, .answer = V4B },
    { "device named, not there", .devices = "eth7", .have = { { V4A, 2 } }, .answer = "" },
    { "the call's device", .asked = "eth3", .have = { { V4A, 2 }, { V4B, 3 } }, .answer = V4B },
    { "the section's device counts more", .devices = "eth2", .asked = "eth3",
      .have = { { V4A, 2 }, { V4B, 3 } }, .answer = V4A },
    { "a name is not a prefix", .devices = "eth", .have = { { V4A, 2 } }, .answer = "" },
    { "match", .match = "10.0.0.0/8, 93.184.216.35/32", .have = { { V4A, 2 }, { V4B, 3 } },
      .answer = V4B },
    { "match nothing", .match = "2606:2800::/32", .have = { { V4A, 2 } }, .answer = "",
      .device = "eth2", .instead = V4A, .reason = "which is in no block of match" },
    { "exclude", .exclude = "93.184.216.34", .have = { { V4A, 2 }, { V4B, 3 } }, .answer = V4B },
    { "exclude everything", .family = 6, .match = "2606::/16", .exclude = "2606:2800::/32",
      .have = { { G1, 2 } }, .answer = "", .device = "eth2", .instead = G1,
      .reason = "which is in a block of exclude" },
    { "stable before temporary, whatever the lifetimes", .family = 6,
      .have = { { G1, 2, TEMP, 90000 }, { G2, 2, INTERFACE_STABLE_PRIVACY, 1000 } }, .answer = G2 },
    { "temporary when there is nothing else", .family = 6, .have = { { G1, 2, TEMP, 90000 } },
      .answer = G1 },
    { "temporary is preferred", .family = 6, .prefer = INTERFACE_PREFER_TEMPORARY,
      .have = { { G1, 2, INTERFACE_PERMANENT }, { G2, 2, TEMP, 1000 } }, .answer = G2 },
    { "the newest temporary address", .family = 6, .prefer = INTERFACE_PREFER_TEMPORARY, .last = G1,
      .have = { { G1, 2, TEMP, 300 }, { G2, 2, TEMP, 86000 } }, .answer = G2 },
    { "EUI-64 is preferred", .family = 6, .prefer = INTERFACE_PREFER_EUI64,
      .have = { { G1, 2, INTERFACE_PERMANENT }, { EUI, 2, 0, 1000 }, { G2, 2, TEMP } },
      .answer = EUI },
    { "no EUI-64: stable before temporary", .family = 6, .prefer = INTERFACE_PREFER_EUI64,
      .have = { { G2, 1, TEMP }, { G1, 2, 0, 1000 } }, .answer = G1 },
    { "EUI-64 is nothing special for stable", .family = 6,
      .have = { { EUI, 2, 0, 1000 }, { G2, 2, 0, 2000 } }, .answer = G2 },
    { "longest lifetime", .family = 6, .have = { { G1, 1, 0, 1800 }, { G2, 2, 0, 3600 } },
      .answer = G2 },
    { "no end is longest", .family = 6, .have = { { G1, 1, 0, 4000000 }, { G2, 2, 0, NO_END } },
      .answer = G2 },
    { "lowest device", .have = { { V4A, 5 }, { V4B, 3 }, { "93.184.216.36", 4 } }, .answer = V4B },
    { "lowest address", .have = { { V4B, 3 }, { V4A, 3 } }, .answer = V4A },
    { "the last answer stays when lifetimes are renewed in turn", .family = 6, .last = G2,
      .have = { { G1, 2, 0, 3600 }, { G2, 3, 0, 3000 } }, .answer = G2 },
    { "but not when another outlives it by far", .family = 6, .last = G2,
      .have = { { G1, 2, 0, 3600 }, { G2, 3, 0, 2999 } }, .answer = G1 },
    { "nor when another has no end", .family = 6, .last = G2,
      .have = { { G1, 2 }, { G2, 3, 0, 3000 } }, .answer = G1 },
    { "nor when it is deprecated", .family = 6, .last = G2,
      .have = { { G1, 2, 0, 100 }, { G2, 3, DEP, OVER } }, .answer = G1 },
    { "nor when another is of a better class", .family = 6, .last = G2,
      .have = { { G1, 2, 0, 100 }, { G2, 3, TEMP, 100 } }, .answer = G1 },
    { "nor when it is gone", .last = "93.184.216.99", .have = { { V4B, 2 } }, .answer = V4B },
    { "a lower address is no reason to leave the last answer", .last = V4B,
      .have = { { V4A, 2 }, { V4B, 2 } }, .answer = V4B },
    { "nor is a lower device", .last = V4B, .have = { { V4A, 2 }, { V4B, 3 } }, .answer = V4B },
    { "nor either with the same lifetime", .family = 6, .last = G2,
      .have = { { G1, 2, 0, 3600 }, { G2, 2, 0, 3600 } }, .answer = G2 },
    { "a carrier is one", .last = V4B, .have = { { V4A, 2 }, { V4B, 2, .no_carrier = true } },
      .answer = V4A },
};

static void split(const char *text, char *copy, size_t cap, struct interface_names *names)
{
    snprintf(copy, cap, "%s", text ? text : "");
    for (char *at = copy; *at;) {
        at += strspn(at, ", ");
        names->items[names->count++] = at;
        at += strcspn(at, ", ");
        if (*at)
            *at++ = '\0';
    }
}

static void fill(struct interface_list *list, const struct have *have, size_t count)
{
    for (size_t i = 0; i < count && have[i].addr; i++) {
        bool full = false;
        struct interface_addr *a = interface_list_addr(list, &full);
        assert_non_null(a);
        assert_int_equal(addr_parse(have[i].addr, &a->addr), 0);
        snprintf(a->device, sizeof(a->device), "eth%u", have[i].index);
        a->index = have[i].index;
        a->flags = have[i].flags;
        a->scope = have[i].scope;
        a->device_flags = (have[i].down ? 0U : INTERFACE_UP) |
                          (have[i].no_carrier ? 0U : (unsigned)INTERFACE_RUNNING);
        int left = have[i].preferred_s;
        a->preferred_s = left == 0 || left == NO_END ? UINT32_MAX
                         : left == OVER              ? 0
                                                     : (uint32_t)left;
        a->valid_s = UINT32_MAX;
    }
}

static void check_want(const struct want *w)
{
    char copies[3][128];
    const struct dcddns_host host = { .size = sizeof(host), .addr_in = host_addr_in };
    struct interface_terms terms = { .host = &host, .prefer = w->prefer };
    struct dcddns_addr last = { 0 };
    struct interface_asked asked = { .family = w->family ? w->family : 4,
                                     .device = w->asked,
                                     .last = &last,
                                     .refuses = host_refuses };
    struct interface_list list = { 0 };
    const struct interface_addr *instead = NULL;
    char reason[INTERFACE_REASON_SIZE] = "", text[ADDR_TEXT_MAX] = "";

    split(w->devices, copies[0], sizeof(copies[0]), &terms.devices);
    split(w->match, copies[1], sizeof(copies[1]), &terms.match);
    split(w->exclude, copies[2], sizeof(copies[2]), &terms.exclude);
    if (w->last)
        assert_int_equal(addr_parse(w->last, &last), 0);
    allow_private = w->private;
    fill(&list, w->have, 5);
    const struct interface_addr *chosen = interface_choose(&terms, &asked, &list, &instead, reason);
    assert_string_equal(chosen ? addr_text(&chosen->addr, text) : "", w->answer);
    assert_string_equal(instead ? addr_text(&instead->addr, text) : "",
                        w->instead ? w->instead : "");
    assert_string_equal(instead ? instead->device : "", w->device ? w->device : "");
    assert_string_equal(reason, w->reason ? w->reason : "");
    interface_list_free(&list);
    allow_private = false;
}

static void test_choose(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(wants) / sizeof(wants[0]); i++) {
        print_message("         %s\n", wants[i].name);
        check_want(&wants[i]);
    }
}

static uint32_t fingerprint(const struct have *have, size_t count)
{
    struct interface_list list = { 0 };
    const struct interface_terms terms = { .devices = { { "eth1", "eth2" }, 2 } };
    fill(&list, have, count);
    uint32_t sum = interface_fingerprint(&terms, &list);
    interface_list_free(&list);
    return sum;
}

static void test_fingerprint(void **state)
{
    const struct have base[] = { { G1, 1, 0, 1800 }, { V4A, 2 } };
    const struct have same[][4] = {
        { { G1, 1, 0, 3600 }, { V4A, 2 } },                               /* renewed */
        { { V4A, 2 }, { G1, 1, 0, 3600 } },                               /* in another order */
        { { G1, 1, 0, 9 }, { V4A, 2 }, { G2, 3 } },                       /* another device */
        { { G1, 1, 0, 9 }, { V4A, 2 }, { "fe80::1", 1 } },                /* link-local */
        { { G1, 1, 0, 9 }, { V4A, 2 }, { G2, 1, INTERFACE_TENTATIVE } },  /* not usable yet */
        { { G1, 1, 0, 9 }, { V4A, 2 }, { G2, 1, .down = true } },         /* not usable */
        { { G1, 1, INTERFACE_STABLE_PRIVACY, 9 }, { V4A, 2 }, { NULL } }, /* of one class */
    };
    const struct have other[][4] = {
        { { G1, 1, 0, 1800 } },
        { { G1, 1, 0, 1800 }, { V4B, 2 } },
        { { G1, 1, 0, 1800 }, { V4A, 1 } },
        { { G1, 1, DEP, OVER }, { V4A, 2 } },
        { { G1, 1, TEMP, 1800 }, { V4A, 2 } },
        { { G1, 1 }, { V4A, 2 } },
        { { G1, 1, 0, 1800 }, { V4A, 2, .no_carrier = true } },
        { { G1, 1, 0, 1800 }, { V4A, 2 }, { G2, 1, 0, 60 } },
        { { NULL } },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
        assert_int_equal(fingerprint(same[i], 4), fingerprint(base, 2));
    for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
        assert_int_not_equal(fingerprint(other[i], 4), fingerprint(base, 2));
}

static void test_list_has_a_maximum(void **state)
{
    struct interface_list list = { 0 };
    bool full = false;
    size_t count = 0;

    (void)state;
    while (interface_list_addr(&list, &full))
        count++;
    assert_true(full);
    assert_int_equal(count, INTERFACE_ADDRS_MAX);
    for (count = 0; interface_list_device(&list, &full); count++)
        assert_int_equal(list.devices[count].index, 0);
    assert_true(full);
    assert_int_equal(count, INTERFACE_DEVICES_MAX);
    interface_list_free(&list);
    assert_null(list.addrs);
}

/* -- names ------------------------------------------------------------------------------------ */

static void test_names(void **state)
{
    static const struct {
        const char *asked, *name;
    } cases[] = {
        { "Ethernet", "Ethernet" },
        { "ethernet", "Ethernet" },
        { "{AB-1}", "Ethernet" },
        { "{ab-1}", "Ethernet" },
        { "Fast Adapter", "Ethernet 2" },
        { "Ethernet 3", "Ethernet 3" },
        { "Ether", "Ether" },
        { "", "" },
        { "ETHERNET 2 ", "ETHERNET 2 " },
        { "Other", "Other" }, /* a device before an alias */
    };
    static const struct {
        const char *alias;
        size_t device;
    } aliases[] = { { "Ethernet", 0 },
                    { "{AB-1}", 0 },
                    { "Ethernet 2", 1 },
                    { "Fast adapter", 1 },
                    { "Other", 0 } };
    static const char *const devices[] = { "Ethernet", "Ethernet 2", "Other" };
    struct interface_list list = { 0 };
    bool full = false;

    (void)state;
    assert_string_equal(interface_list_name(&list, "eth0"), "eth0");
    for (size_t i = 0; i < 3; i++)
        snprintf(interface_list_device(&list, &full)->name, INTERFACE_NAME_SIZE, "%s", devices[i]);
    for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++) {
        struct interface_alias *alias = interface_list_alias(&list, &full);
        snprintf(alias->name, sizeof(alias->name), "%s", aliases[i].alias);
        alias->device = aliases[i].device;
    }
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(interface_list_name(&list, cases[i].asked), cases[i].name);
    interface_list_free(&list);
}

#define INTERFACE_CHOOSING_TESTS                                                                   \
    cmocka_unit_test_teardown(test_descriptor, teardown),                                          \
        cmocka_unit_test_teardown(test_create_refuses, teardown),                                  \
        cmocka_unit_test_teardown(test_choose, teardown),                                          \
        cmocka_unit_test_teardown(test_fingerprint, teardown),                                     \
        cmocka_unit_test_teardown(test_list_has_a_maximum, teardown),                              \
        cmocka_unit_test_teardown(test_names, teardown)

#endif
