/* Network devices of Windows: lists of adapters that no machine here has, and those that Wine makes
 * of this one.  tests/windows/interface-change lets addresses change. */
#include <winsock2.h>
#include <ws2tcpip.h>

#include <stdlib.h>
#include <wchar.h>

#include "../../plugins/ip-sources/interface_windows.h"
#include "interface_choosing.h"

/* -- adapters --------------------------------------------------------------------------------- */

enum { ADAPTERS_MAX = 8, NO_LIFE_END = -1 };

static IP_ADAPTER_ADDRESSES adapters[ADAPTERS_MAX];
static IP_ADAPTER_UNICAST_ADDRESS addresses[32];
static union {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} sockaddrs[32];
static size_t adapter_count, address_count;

static void reset(void)
{
    memset(adapters, 0, sizeof(adapters));
    memset(addresses, 0, sizeof(addresses));
    memset(sockaddrs, 0, sizeof(sockaddrs));
    adapter_count = address_count = 0;
}

static IP_ADAPTER_ADDRESSES *add_adapter(const wchar_t *shown, const char *guid,
                                         const wchar_t *description, ULONG index, IFTYPE type,
                                         IF_OPER_STATUS status)
{
    IP_ADAPTER_ADDRESSES *a = &adapters[adapter_count++];
    a->FriendlyName = (wchar_t *)(uintptr_t)shown;
    a->AdapterName = (char *)(uintptr_t)guid;
    a->Description = (wchar_t *)(uintptr_t)description;
    a->IfIndex = index;
    a->Ipv6IfIndex = index;
    a->IfType = type;
    a->OperStatus = status;
    if (adapter_count > 1)
        adapters[adapter_count - 2].Next = a;
    return a;
}

static IP_ADAPTER_UNICAST_ADDRESS *add_address(IP_ADAPTER_ADDRESSES *adapter, const char *text,
                                               int preferred_s)
{
    const size_t i = address_count++;
    IP_ADAPTER_UNICAST_ADDRESS *a = &addresses[i], **last = &adapter->FirstUnicastAddress;
    struct dcddns_addr addr = { 0 };

    assert_int_equal(addr_parse(text, &addr), 0);
    sockaddrs[i].any.sa_family = addr.family == 4 ? AF_INET : AF_INET6;
    if (addr.family == 4)
        memcpy(&sockaddrs[i].v4.sin_addr, addr.ip, 4);
    else
        memcpy(&sockaddrs[i].v6.sin6_addr, addr.ip, 16);
    a->Address.lpSockaddr = &sockaddrs[i].any;
    a->Address.iSockaddrLength =
        addr.family == 4 ? (int)sizeof(sockaddrs[i].v4) : (int)sizeof(sockaddrs[i].v6);
    a->PrefixOrigin = IpPrefixOriginRouterAdvertisement;
    a->SuffixOrigin = IpSuffixOriginLinkLayerAddress;
    a->DadState = IpDadStatePreferred;
    a->PreferredLifetime = a->ValidLifetime = (ULONG)preferred_s;
    while (*last)
        last = &(*last)->Next;
    *last = a;
    return a;
}

/* A machine as most are: one wired, one wireless, a tunnel of the system's own. */
static void usual(void)
{
    reset();
    IP_ADAPTER_ADDRESSES *a = add_adapter(L"Ethernet", "{0A-1}", L"Gigabit Adapter", 7,
                                          IF_TYPE_ETHERNET_CSMACD, IfOperStatusUp);
    add_address(a, G1, 3600);
    add_address(a, G2, 600)->SuffixOrigin = IpSuffixOriginRandom;
    add_address(a, "fe80::7", NO_LIFE_END)->PrefixOrigin = IpPrefixOriginWellKnown;
    add_address(a, V4A, NO_LIFE_END)->PrefixOrigin = IpPrefixOriginManual;
    a = add_adapter(L"W\u00e4-Fi", "{0A-2}", L"Wireless Adapter", 3, IF_TYPE_IEEE80211,
                    IfOperStatusUp);
    add_address(a, V4B, 86400)->PrefixOrigin = IpPrefixOriginDhcp;
    a = add_adapter(L"Teredo Tunneling Pseudo-Interface", "{0A-3}", L"Teredo", 9, IF_TYPE_TUNNEL,
                    IfOperStatusUp);
    add_address(a, "2001:0:1::1", NO_LIFE_END);
    a = add_adapter(L"Loopback Pseudo-Interface 1", "{0A-4}", L"Loopback", 1,
                    IF_TYPE_SOFTWARE_LOOPBACK, IfOperStatusUp);
    add_address(a, "127.0.0.1", NO_LIFE_END);
}

static void check_addr(const struct interface_addr *a, const char *addr, const char *device,
                       uint32_t flags, uint32_t preferred_s)
{
    char text[ADDR_TEXT_MAX] = "";
    assert_string_equal(addr_text(&a->addr, text), addr);
    assert_string_equal(a->device, device);
    assert_int_equal(a->flags, flags);
    assert_int_equal(a->scope, INTERFACE_GLOBAL);
    assert_int_equal(a->preferred_s, preferred_s);
}

static void test_adapters(void **state)
{
    struct interface_list list = { 0 };
    (void)state;
    usual();
    assert_int_equal(interface_windows_take(&list, adapters, 0), DCDDNS_OK);
    assert_int_equal(list.device_count, 2);
    assert_int_equal(list.devices[0].index, 7);
    assert_int_equal(list.devices[0].flags, INTERFACE_UP | INTERFACE_RUNNING);
    assert_string_equal(list.devices[1].name, "W\xc3\xa4-Fi");
    assert_int_equal(list.addr_count, 5);
    const struct interface_addr *a = list.addrs;
    check_addr(&a[0], G1, "Ethernet", 0, 3600);
    check_addr(&a[1], G2, "Ethernet", INTERFACE_TEMPORARY, 600);
    check_addr(&a[2], "fe80::7", "Ethernet", 0, UINT32_MAX);
    check_addr(&a[3], V4A, "Ethernet", INTERFACE_PERMANENT, UINT32_MAX);
    check_addr(&a[4], V4B, "W\xc3\xa4-Fi", 0, 86400);
    assert_int_equal(a[4].index, 3);
    assert_int_equal(a[4].device_flags, INTERFACE_UP | INTERFACE_RUNNING);
    interface_list_free(&list);
    assert_int_equal(interface_windows_take(&list, adapters, 4), DCDDNS_OK);
    assert_int_equal(list.addr_count, 2);
    interface_list_free(&list);
    assert_int_equal(interface_windows_take(&list, adapters, 6), DCDDNS_OK);
    assert_int_equal(list.addr_count, 3);
    interface_list_free(&list);
    assert_int_equal(interface_windows_take(&list, NULL, 0), DCDDNS_OK);
    assert_int_equal(list.device_count, 0);
}

/* By whichever of its names the device is asked for. */
static void test_names_of_adapters(void **state)
{
    static const char *const asked[] = { "w\xc3\xa4-fi", "{0A-2}", "{0a-2}", "wireless adapter" };
    struct interface_list list = { 0 };
    (void)state;
    usual();
    assert_int_equal(interface_windows_take(&list, adapters, 0), DCDDNS_OK);
    for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++)
        assert_string_equal(interface_list_name(&list, asked[i]), "W\xc3\xa4-Fi");
    assert_string_equal(interface_list_name(&list, "Teredo"), "Teredo");
    interface_list_free(&list);
}

static void test_long_names(void **state)
{
    static wchar_t wide[400];
    char longest[INTERFACE_NAME_SIZE] = "", text[400] = "";
    struct interface_list list = { 0 };
    (void)state;
    wmemset(wide, L'n', 63);
    memset(longest, 'n', 63);
    for (size_t i = 0; i < 3; i++) {
        static const size_t lengths[] = { 63, 64, 399 };
        reset();
        wmemset(wide, L'n', lengths[i]);
        memset(text, 'N', lengths[i]);
        add_adapter(wide, "{0A-1}", NULL, 7, IF_TYPE_ETHERNET_CSMACD, IfOperStatusUp);
        assert_int_equal(interface_windows_take(&list, adapters, 0), DCDDNS_OK);
        assert_string_equal(list.devices[0].name, i == 0 ? longest : "{0A-1}");
        assert_string_equal(interface_list_name(&list, text), i == 0   ? longest
                                                              : i == 1 ? "{0A-1}"
                                                                       : text);
        interface_list_free(&list);
    }
    reset();
    add_adapter(NULL, NULL, NULL, 7, IF_TYPE_ETHERNET_CSMACD, IfOperStatusUp);
    assert_int_equal(interface_windows_take(&list, adapters, 0), DCDDNS_OK);
    assert_string_equal(list.devices[0].name, "");
    assert_int_equal(list.alias_count, 0);
    interface_list_free(&list);
}

static void test_states(void **state)
{
    static const struct {
        IF_OPER_STATUS status;
        uint32_t flags;
    } devices[] = {
        { IfOperStatusUp, INTERFACE_UP | INTERFACE_RUNNING },
        { IfOperStatusDown, 0 },
        { IfOperStatusNotPresent, 0 },
        { IfOperStatusDormant, INTERFACE_UP },
        { IfOperStatusLowerLayerDown, INTERFACE_UP },
    };
    static const struct {
        int state;
        uint32_t flags;
    } dads[] = {
        { IpDadStateInvalid, INTERFACE_TENTATIVE },
        { IpDadStateTentative, INTERFACE_TENTATIVE },
        { IpDadStateDuplicate, INTERFACE_DADFAILED },
        { IpDadStateDeprecated, DEP },
        { IpDadStatePreferred, 0 },
        { 5, INTERFACE_TENTATIVE },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
        struct interface_list list = { 0 };
        reset();
        IP_ADAPTER_ADDRESSES *a =
            add_adapter(L"a", "{0A-1}", L"b", 0, IF_TYPE_ETHERNET_CSMACD, devices[i].status);
        a->Ipv6IfIndex = 12; /* IPv4 is off */
        for (size_t k = 0; k < sizeof(dads) / sizeof(dads[0]); k++)
            add_address(a, G1, 60)->DadState = (IP_DAD_STATE)dads[k].state;
        assert_int_equal(interface_windows_take(&list, adapters, 0), DCDDNS_OK);
        assert_int_equal(list.devices[0].index, 12);
        assert_int_equal(list.addr_count, sizeof(dads) / sizeof(dads[0]));
        for (size_t k = 0; k < list.addr_count; k++) {
            assert_int_equal(list.addrs[k].flags, dads[k].flags);
            assert_int_equal(list.addrs[k].device_flags, devices[i].flags);
        }
        interface_list_free(&list);
    }
}

/* Random and manual is no temporary address; nor is IPv4 ever. */
static void test_temporary(void **state)
{
    struct interface_list list = { 0 };
    (void)state;
    reset();
    IP_ADAPTER_ADDRESSES *a =
        add_adapter(L"a", "{0A-1}", L"b", 7, IF_TYPE_ETHERNET_CSMACD, IfOperStatusUp);
    add_address(a, V4A, 60)->SuffixOrigin = IpSuffixOriginRandom;
    IP_ADAPTER_UNICAST_ADDRESS *manual = add_address(a, G1, 60);
    manual->SuffixOrigin = IpSuffixOriginRandom;
    manual->PrefixOrigin = IpPrefixOriginManual;
    sockaddrs[address_count].any.sa_family = AF_UNSPEC;
    add_address(a, G2, 60)->Address.iSockaddrLength = 8; /* is passed over */
    add_address(a, G2, 60)->Address.lpSockaddr = NULL;
    assert_int_equal(interface_windows_take(&list, adapters, 0), DCDDNS_OK);
    assert_int_equal(list.addr_count, 2);
    assert_int_equal(list.addrs[0].flags, 0);
    assert_int_equal(list.addrs[1].flags, INTERFACE_PERMANENT);
    interface_list_free(&list);
}

static bool has_name(const struct interface_list *list, const char *name)
{
    size_t i = 0;
    while (i < list->device_count && strcmp(list->devices[i].name, name) != 0)
        i++;
    return i < list->device_count;
}

/* -- this machine, as Wine shows it ------------------------------------------------------------ */

static void test_real_list(void **state)
{
    struct interface_list list = { 0 };
    char reason[INTERFACE_REASON_SIZE] = "old", text[ADDR_TEXT_MAX] = "";
    (void)state;
    assert_int_equal(interface_list_read(&list, 0, reason), DCDDNS_OK);
    assert_string_equal(reason, "");
    for (size_t i = 0; i < list.device_count; i++) {
        print_message("         %s\n", list.devices[i].name);
        assert_true(list.devices[i].name[0] && list.devices[i].index > 0);
    }
    for (size_t i = 0; i < list.addr_count; i++) {
        addr_text(&list.addrs[i].addr, text);
        print_message("         %s %s\n", list.addrs[i].device, text);
        assert_true(has_name(&list, list.addrs[i].device));
        assert_string_not_equal(text, "127.0.0.1");
        assert_string_not_equal(text, "::1");
    }
    assert_int_equal(interface_list_read(&list, 4, reason), DCDDNS_OK); /* begins anew */
    for (size_t i = 0; i < list.addr_count; i++)
        assert_int_equal(list.addrs[i].addr.family, 4);
    interface_list_free(&list);
}

static void test_device_that_is_not_there(void **state)
{
    static const struct fake_option options[] = { { "device", "No Such" }, { NULL, NULL } };
    struct dcddns_addr out = { 0 };
    (void)state;
    assert_int_equal(create(options), DCDDNS_OK);
    assert_int_equal(ops->query(self, NULL, 4, &out), DCDDNS_E_TEMP);
    assert_non_null(strstr(fake.why, "there is no network device No Such (there are: "));
}

/* The greatest of 32 new handles, which are the lowest free ones: those that are left behind make
 * it grow. */
static uintptr_t free_handle(void)
{
    HANDLE events[32] = { NULL };
    uintptr_t greatest = 0;
    for (size_t i = 0; i < 32; i++) {
        events[i] = CreateEventW(NULL, FALSE, FALSE, NULL);
        greatest = (uintptr_t)events[i] > greatest ? (uintptr_t)events[i] : greatest;
    }
    for (size_t i = 0; i < 32; i++)
        CloseHandle(events[i]);
    return greatest;
}

/* Ends whatever is on its way, again and again; no handle is left. */
static void test_watch_again_and_again(void **state)
{
    uintptr_t before = 0;
    (void)state;
    assert_int_equal(create(NULL), DCDDNS_OK);
    for (int i = 0; i < 40; i++) {
        if (i == 10)
            before = free_handle();
        assert_int_equal(ops->watch(self), DCDDNS_OK);
        if (i % 4 == 0)
            Sleep(30);
        ops->unwatch(self);
    }
    assert_in_range(free_handle(), 0, before + 10 * sizeof(uint32_t)); /* they go in fours */
    assert_int_equal(atomic_load(&hints), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        INTERFACE_CHOOSING_TESTS,
        cmocka_unit_test_teardown(test_adapters, teardown),
        cmocka_unit_test_teardown(test_names_of_adapters, teardown),
        cmocka_unit_test_teardown(test_long_names, teardown),
        cmocka_unit_test_teardown(test_states, teardown),
        cmocka_unit_test_teardown(test_temporary, teardown),
        cmocka_unit_test_teardown(test_real_list, teardown),
        cmocka_unit_test_teardown(test_device_that_is_not_there, teardown),
        cmocka_unit_test_teardown(test_watch_again_and_again, teardown),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
