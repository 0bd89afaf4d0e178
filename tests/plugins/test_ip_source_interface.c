/* Network devices of Linux: netlink messages whole and torn, and, in a network namespace of its own
 * where that is possible, real addresses and the hints their changes give. */
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../../plugins/ip-sources/interface_linux.h"
#include "interface_choosing.h"

/* -- netlink ---------------------------------------------------------------------------------- */

struct wire {
    unsigned char data[4096];
    size_t len;
    size_t start; /* of the message that is being written */
};

static void put(struct wire *w, const void *data, size_t len)
{
    assert_true(w->len + len + 3 <= sizeof(w->data));
    memcpy(w->data + w->len, data, len);
    w->len += len;
    while (w->len % 4 != 0)
        w->data[w->len++] = 0;
}

static void begin(struct wire *w, uint16_t type, uint16_t flags, uint32_t seq)
{
    const struct nlmsghdr head = { .nlmsg_type = type, .nlmsg_flags = flags, .nlmsg_seq = seq };
    w->start = w->len;
    put(w, &head, sizeof(head));
}

static void attribute(struct wire *w, uint16_t type, const void *data, size_t len)
{
    const struct rtattr head = { .rta_len = (uint16_t)(sizeof(head) + len), .rta_type = type };
    put(w, &head, sizeof(head));
    put(w, data, len);
}

static void end(struct wire *w)
{
    const uint32_t len = (uint32_t)(w->len - w->start);
    memcpy(w->data + w->start, &len, sizeof(len));
}

static void put_link(struct wire *w, int index, unsigned flags, const char *name)
{
    const struct ifinfomsg info = { .ifi_index = index, .ifi_flags = flags };
    begin(w, RTM_NEWLINK, NLM_F_MULTI, 7);
    put(w, &info, sizeof(info));
    attribute(w, IFLA_MTU, &(uint32_t){ 1500 }, 4);
    attribute(w, IFLA_IFNAME, name, strlen(name) + 1);
    end(w);
}

/* ADDRESS and LOCAL as text or NULL; FLAGS of 32 bits. */
static void put_addr(struct wire *w, uint32_t index, uint8_t scope, const char *address,
                     const char *local, uint32_t flags, uint32_t preferred_s)
{
    struct dcddns_addr addr = { 0 };
    struct ifaddrmsg info = { .ifa_scope = scope, .ifa_index = index, .ifa_flags = 0x80 };
    const struct ifa_cacheinfo lifetimes = { .ifa_prefered = preferred_s, .ifa_valid = 9999 };

    assert_int_equal(addr_parse(address, &addr), 0);
    info.ifa_family = addr.family == 4 ? AF_INET : AF_INET6;
    begin(w, RTM_NEWADDR, NLM_F_MULTI, 7);
    put(w, &info, sizeof(info));
    attribute(w, IFA_ADDRESS, addr.ip, addr.family == 4 ? 4 : 16);
    if (local) {
        assert_int_equal(addr_parse(local, &addr), 0);
        attribute(w, IFA_LOCAL, addr.ip, addr.family == 4 ? 4 : 16);
    }
    attribute(w, IFA_FLAGS, &flags, sizeof(flags));
    attribute(w, IFA_CACHEINFO, &lifetimes, sizeof(lifetimes));
    end(w);
}

static void put_end(struct wire *w, uint16_t type, uint16_t flags, int code)
{
    begin(w, type, flags, 7);
    put(w, &code, sizeof(code));
    end(w);
}

static struct wire whole(void)
{
    struct wire w = { .len = 0 };
    put_addr(&w, 2, RT_SCOPE_UNIVERSE, V4A, V4A, IFA_F_PERMANENT | IFA_F_SECONDARY, 100);
    put_addr(&w, 3, RT_SCOPE_UNIVERSE, "10.0.0.1", "93.184.216.77", 0, UINT32_MAX);
    put_addr(&w, 2, RT_SCOPE_UNIVERSE, G1, NULL, IFA_F_TEMPORARY | IFA_F_STABLE_PRIVACY, 50);
    put_addr(&w, 2, RT_SCOPE_LINK, "fe80::1", NULL, IFA_F_TENTATIVE | IFA_F_DADFAILED, 1);
    put_addr(&w, 1, RT_SCOPE_HOST, "::1", NULL, IFA_F_DEPRECATED, 0);
    put_addr(&w, 99, RT_SCOPE_UNIVERSE, G2, NULL, 0, 50);
    put_link(&w, 3, IFF_UP, "ppp0");
    put_link(&w, 2, IFF_UP | IFF_RUNNING | IFF_BROADCAST, "eth0");
    put_link(&w, 1, 0, "lo");
    put_end(&w, NLMSG_DONE, NLM_F_MULTI, 0);
    return w;
}

/* From a block of exactly that size, so that a sanitizer or valgrind sees a byte too many. */
static enum interface_answer take(struct interface_list *list, const struct wire *w, size_t len,
                                  int *errnum)
{
    unsigned char *exact = malloc(len > 0 ? len : 1);
    assert_non_null(exact);
    memcpy(exact, w->data, len);
    enum interface_answer answer = interface_linux_take(list, exact, len, 7, errnum);
    free(exact);
    return answer;
}

static void check_addr(const struct interface_addr *a, const char *addr, const char *device,
                       uint32_t flags, enum interface_scope scope, uint32_t preferred_s)
{
    char text[ADDR_TEXT_MAX] = "";
    assert_string_equal(addr_text(&a->addr, text), addr);
    assert_string_equal(a->device, device);
    assert_int_equal(a->flags, flags);
    assert_int_equal(a->scope, scope);
    assert_int_equal(a->preferred_s, preferred_s);
}

static void test_netlink_whole(void **state)
{
    const struct wire w = whole();
    struct interface_list list = { 0 };
    int errnum = 0;

    (void)state;
    assert_int_equal(take(&list, &w, w.len, &errnum), INTERFACE_ANSWER_DONE);
    assert_int_equal(list.addr_count, 6);
    assert_int_equal(list.device_count, 3);
    interface_linux_join(&list);
    assert_int_equal(list.addr_count, 5); /* nobody knows device 99 */
    const struct interface_addr *a = list.addrs;
    check_addr(&a[0], V4A, "eth0", INTERFACE_PERMANENT, INTERFACE_GLOBAL, 100);
    check_addr(&a[1], "93.184.216.77", "ppp0", 0, INTERFACE_GLOBAL, UINT32_MAX);
    check_addr(&a[2], G1, "eth0", TEMP | INTERFACE_STABLE_PRIVACY, INTERFACE_GLOBAL, 50);
    check_addr(&a[3], "fe80::1", "eth0", INTERFACE_TENTATIVE | INTERFACE_DADFAILED, INTERFACE_LINK,
               1);
    check_addr(&a[4], "::1", "lo", DEP, INTERFACE_HOST, 0);
    assert_int_equal(a[0].device_flags, INTERFACE_UP | INTERFACE_RUNNING);
    assert_int_equal(a[1].device_flags, INTERFACE_UP);
    assert_int_equal(a[4].device_flags, 0);
    interface_list_free(&list);
}

static void test_netlink_cut_anywhere(void **state)
{
    const struct wire w = whole();
    const size_t tail = 4; /* the code of NLMSG_DONE */

    (void)state;
    for (size_t len = 0; len < w.len; len++) {
        struct interface_list list = { 0 };
        int errnum = 0;
        enum interface_answer answer = take(&list, &w, len, &errnum);
        assert_int_equal(answer, INTERFACE_ANSWER_MORE);
        assert_true(list.addr_count <= 6 && list.device_count <= 3);
        interface_linux_join(&list);
        interface_list_free(&list);
    }
    /* An end without its code is an end. */
    struct wire bare = { .len = 0 };
    struct interface_list list = { 0 };
    int errnum = 0;
    put_end(&bare, NLMSG_DONE, 0, 0);
    bare.len -= tail;
    end(&bare);
    assert_int_equal(take(&list, &bare, bare.len, &errnum), INTERFACE_ANSWER_DONE);
}

/* Well-formed, but not what it should be: passed over. */
static void test_netlink_odd_sizes(void **state)
{
    static const char name[INTERFACE_NAME_SIZE + 40] = "eth0";
    const struct ifinfomsg link = { .ifi_index = 2 };
    const struct ifaddrmsg six = { .ifa_family = AF_INET6, .ifa_index = 2 };
    const unsigned char ip[20] = { 0x26 };
    const size_t sizes[] = { 0, 4, 15, 17, 20 };
    struct interface_list list = { 0 };
    int errnum = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct wire w = { .len = 0 };
        begin(&w, RTM_NEWADDR, 0, 7);
        put(&w, &six, sizeof(six));
        attribute(&w, IFA_FLAGS, ip, 3);
        attribute(&w, IFA_CACHEINFO, ip, 12);
        attribute(&w, IFA_LOCAL, ip, sizes[i]);
        attribute(&w, IFA_FLAGS, ip, 0);
        end(&w);
        assert_int_equal(take(&list, &w, w.len, &errnum), INTERFACE_ANSWER_MORE);
    }
    for (size_t size = INTERFACE_NAME_SIZE; size <= sizeof(name); size++) {
        struct wire w = { .len = 0 };
        begin(&w, RTM_NEWLINK, 0, 7);
        put(&w, &link, sizeof(link));
        attribute(&w, IFLA_IFNAME, name, size);
        end(&w);
        assert_int_equal(take(&list, &w, w.len, &errnum), INTERFACE_ANSWER_MORE);
    }
    assert_int_equal(list.addr_count + list.device_count, 0);
    interface_list_free(&list);
}

/* Lengths and types that lie, twenty thousand times; what it says does not matter. */
static void test_netlink_nonsense(void **state)
{
    const struct wire good = whole();
    uint64_t seed = 42;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        struct wire w = good;
        struct interface_list list = { 0 };
        int errnum = 0;
        for (int k = 0; k < 1 + i % 4; k++) {
            seed = seed * 6364136223846793005U + 1442695040888963407U;
            w.data[(seed >> 33) % w.len] = (unsigned char)(seed >> 56);
        }
        take(&list, &w, w.len - (size_t)(i % 7), &errnum);
        interface_linux_join(&list);
        for (size_t k = 0; k < list.addr_count; k++)
            assert_true(strlen(list.addrs[k].device) < INTERFACE_NAME_SIZE);
        interface_list_free(&list);
    }
}

static void test_netlink_endings(void **state)
{
    static const struct {
        uint16_t type, flags;
        int code;
        enum interface_answer answer;
        int errnum;
    } cases[] = {
        { NLMSG_DONE, 0, 0, INTERFACE_ANSWER_DONE, 0 },
        { NLMSG_DONE, NLM_F_DUMP_INTR, 0, INTERFACE_ANSWER_TORN, 0 },
        { NLMSG_DONE, 0, -12, INTERFACE_ANSWER_ERROR, 12 },
        { NLMSG_ERROR, 0, -13, INTERFACE_ANSWER_ERROR, 13 },
        { NLMSG_ERROR, 0, 0, INTERFACE_ANSWER_DONE, 0 },
        { RTM_NEWADDR, NLM_F_DUMP_INTR, 0, INTERFACE_ANSWER_TORN, 0 },
        { RTM_NEWADDR, 0, 0, INTERFACE_ANSWER_MORE, 0 },
        { NLMSG_NOOP, 0, 0, INTERFACE_ANSWER_MORE, 0 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct wire w = { .len = 0 };
        struct interface_list list = { 0 };
        int errnum = 0;
        put_end(&w, cases[i].type, cases[i].flags, cases[i].code);
        assert_int_equal(take(&list, &w, w.len, &errnum), cases[i].answer);
        assert_int_equal(errnum, cases[i].errnum);
        assert_int_equal(interface_linux_take(&list, w.data, w.len, 8, &errnum),
                         INTERFACE_ANSWER_MORE); /* the answer to something else */
        interface_list_free(&list);
    }
}

/* -- this machine ----------------------------------------------------------------------------- */

static void query(int family, int code, const char *expected)
{
    struct dcddns_addr out = { 0 };
    char text[ADDR_TEXT_MAX] = "";

    fake.why[0] = '\0';
    assert_int_equal(ops->query(self, NULL, family, &out), code);
    assert_string_equal(addr_text(&out, text), expected);
}

static void test_device_that_is_not_there(void **state)
{
    static const struct fake_option options[] = { { "device", "lo, nosuch9" }, { NULL, NULL } };
    (void)state;
    assert_int_equal(create(options), DCDDNS_OK);
    query(4, DCDDNS_E_TEMP, "");
    assert_non_null(strstr(fake.why, "there is no network device nosuch9 (there are: "));
    assert_non_null(strstr(fake.why, "lo"));
}

static void test_call_device_that_is_not_there(void **state)
{
    (void)state;
    assert_int_equal(create(NULL), DCDDNS_OK);
    call_device = "nosuch9";
    query(6, DCDDNS_E_TEMP, "");
    assert_non_null(strstr(fake.why, "there is no network device nosuch9"));
}

/* -- a network namespace of our own ------------------------------------------------------------ */

static bool own_network;

/* Runs ip(8); cmocka's programs have one thread here, so that system() is safe. */
static void ip(const char *arguments)
{
    char line[256] = "";
    snprintf(line, sizeof(line), "ip %s 2>/dev/null", arguments);
    if (system(line) != 0)
        fail_msg("%s", line);
}

static void need_network(void)
{
    if (!own_network) {
        print_message("         network namespaces are not possible here\n");
        skip();
    }
    ip("address flush dev lo");
}

static void pause_ms(long ms)
{
    const struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };
    nanosleep(&time, NULL);
}

static int64_t since_ms(const struct timespec *begin)
{
    struct timespec now = { 0 };
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (now.tv_sec - begin->tv_sec) * 1000 + (now.tv_nsec - begin->tv_nsec) / 1000000;
}

/* Until at least COUNT hints were given, ten seconds at most. */
static void wait_hints(int count)
{
    for (int i = 0; i < 1000 && atomic_load(&hints) < count; i++)
        pause_ms(10);
    assert_true(atomic_load(&hints) >= count);
}

static void test_real_addresses(void **state)
{
    (void)state;
    need_network();
    assert_int_equal(create(NULL), DCDDNS_OK);
    query(4, DCDDNS_E_NOADDR, "");
    assert_string_equal(fake.why, "no network device has an IPv4 address but local ones");
    ip("address add 192.168.1.5/24 dev lo");
    query(4, DCDDNS_E_NOADDR, "");
    assert_string_equal(fake.why, "lo has only 192.168.1.5, which is not published (Private-Use); "
                                  "the address must come from another source");
    ip("address add " V4B "/32 dev lo");
    query(4, DCDDNS_OK, V4B);
    /* An alias comes and goes: who was told the other one keeps it, who asks anew gets the lowest.
     */
    ip("address add " V4A "/32 dev lo");
    query(4, DCDDNS_OK, V4B);
    call_device = "lo";
    query(4, DCDDNS_OK, V4A);
    call_device = NULL;
    ip("address del " V4A "/32 dev lo");
    query(4, DCDDNS_OK, V4B);
    ip("address add " V4A "/32 dev lo");
    ip("address del " V4B "/32 dev lo");
    query(4, DCDDNS_OK, V4A);
    call_device = "lo";
    allow_private = true;
    query(4, DCDDNS_OK, V4A);
    allow_private = false;
    call_device = NULL;
    ip("address add fd00:0:0:1::5/128 dev lo nodad");
    query(6, DCDDNS_E_NOADDR, "");
    assert_string_equal(fake.why, "lo has only fd00:0:0:1::5, which is not published "
                                  "(Unique-Local); the address must come from another source");
    ip("address add " G1 "/128 dev lo nodad preferred_lft 0");
    query(6, DCDDNS_E_NOADDR, "");
    ip("address add " G2 "/128 dev lo nodad preferred_lft 100 valid_lft 200");
    query(6, DCDDNS_OK, G2);
}

/* Two prefixes whose lifetimes are renewed in turn: each who asks keeps what was given before. */
static void test_real_renewals(void **state)
{
    static const char renew[] =
        "address change %s/128 dev lo nodad preferred_lft %d valid_lft 5000";
    char line[128] = "";
    (void)state;
    need_network();
    assert_int_equal(create(NULL), DCDDNS_OK);
    snprintf(line, sizeof(line), renew, "fd00::7", 4000);
    ip(line);
    for (int i = 0; i < 4; i++) {
        snprintf(line, sizeof(line), renew, G1, 3600 - (i % 2) * 300);
        ip(line);
        snprintf(line, sizeof(line), renew, G2, 3300 + (i % 2) * 300);
        ip(line);
        query(6, DCDDNS_OK, G1);
        allow_private = true;
        query(6, DCDDNS_OK, "fd00::7");
        allow_private = false;
        call_device = "lo";
        query(6, DCDDNS_OK, G1);
        call_device = NULL;
    }
    snprintf(line, sizeof(line), renew, G1, 2500);
    ip(line);
    query(6, DCDDNS_OK, G2);
    snprintf(line, sizeof(line), renew, G1, 3400);
    ip(line);
    query(6, DCDDNS_OK, G2);
    call_device = "lo"; /* who asks for that one was not told of the other */
    query(6, DCDDNS_OK, G1);
}

static void test_real_peer(void **state)
{
    (void)state;
    need_network();
    assert_int_equal(create(NULL), DCDDNS_OK);
    ip("address add " V4A " peer " V4B " dev lo");
    query(4, DCDDNS_OK, V4A);
    ip("address add " G1 " peer " G2 " dev lo nodad");
    query(6, DCDDNS_OK, G1);
}

static void test_words_of_addresses(void **state)
{
    static const char *const addrs[] = { "fd00::",          "fd00::1:0:0:1", "fd00:1:0:2:3:4:5:6",
                                         "fd00:0:0:1::",    "fd00:0:1::1",   "fd00:1:2:3:4:5:6:7",
                                         "fd00:1:2:3:4:5::" };
    char line[128] = "";
    (void)state;
    need_network();
    assert_int_equal(create(NULL), DCDDNS_OK);
    for (size_t i = 0; i < sizeof(addrs) / sizeof(addrs[0]); i++) {
        struct dcddns_addr addr = { 0 };
        char text[ADDR_TEXT_MAX] = "";
        snprintf(line, sizeof(line), "address add %s/128 dev lo nodad", addrs[i]);
        ip(line);
        query(6, DCDDNS_E_NOADDR, "");
        assert_int_equal(addr_parse(addrs[i], &addr), 0);
        snprintf(line, sizeof(line), "lo has only %s, ", addr_text(&addr, text));
        assert_memory_equal(fake.why, line, strlen(line));
        ip("address flush dev lo");
    }
}

static void test_watch_hints(void **state)
{
    struct timespec begin = { 0 };
    (void)state;
    need_network();
    ip("address add " V4A "/32 dev lo");
    ip("address add " G1 "/128 dev lo nodad preferred_lft 1000 valid_lft 2000");
    assert_int_equal(create(NULL), DCDDNS_OK);
    query(4, DCDDNS_OK, V4A);
    query(6, DCDDNS_OK, G1);
    assert_int_equal(ops->watch(self), DCDDNS_OK);
    watching = true;
    /* Lifetimes are renewed, as router advertisements do; private addresses of no use come. */
    for (int i = 0; i < 5; i++) {
        ip("address change " G1 "/128 dev lo preferred_lft 1500 valid_lft 2500");
        pause_ms(150);
    }
    pause_ms(400);
    assert_int_equal(atomic_load(&hints), 0);
    ip("address add " V4B "/32 dev lo");
    wait_hints(1);
    ip("address del " V4A "/32 dev lo");
    wait_hints(2);
    ip("address change " G1 "/128 dev lo preferred_lft 0 valid_lft 2500");
    wait_hints(3);
    query(4, DCDDNS_OK, V4B);
    pause_ms(400);
    assert_int_equal(atomic_load(&hints), 3);
    /* Two changes that lead back to where it was, when they come in one burst. */
    clock_gettime(CLOCK_MONOTONIC, &begin);
    ip("address add " G2 "/128 dev lo nodad && ip address del " G2 "/128 dev lo");
    const bool burst = since_ms(&begin) < 200;
    pause_ms(700);
    assert_true(!burst || atomic_load(&hints) == 3);
    ops->unwatch(self);
    watching = false;
    const int count = atomic_load(&hints);
    ip("address add " V4A "/32 dev lo");
    pause_ms(400);
    assert_int_equal(atomic_load(&hints), count);
}

static void test_watch_device_down(void **state)
{
    (void)state;
    need_network();
    ip("address add " V4A "/32 dev lo");
    assert_int_equal(create(NULL), DCDDNS_OK);
    query(4, DCDDNS_OK, V4A);
    assert_int_equal(ops->watch(self), DCDDNS_OK);
    watching = true;
    ip("link set lo down");
    wait_hints(1);
    query(4, DCDDNS_E_NOADDR, "");
    assert_non_null(strstr(fake.why, "lo has only " V4A ", but the device is down"));
    ip("link set lo up");
    wait_hints(2);
    query(4, DCDDNS_OK, V4A);
}

static void test_watch_flaps_are_bounded(void **state)
{
    (void)state;
    need_network();
    assert_int_equal(create(NULL), DCDDNS_OK);
    query(4, DCDDNS_E_NOADDR, "");
    assert_int_equal(ops->watch(self), DCDDNS_OK);
    watching = true;
    for (int i = 0; i < 100; i++)
        ip(i % 2 == 0 ? "address add " V4A "/32 dev lo" : "address del " V4A "/32 dev lo");
    ip("address add " V4B "/32 dev lo");
    wait_hints(1);
    pause_ms(700);
    query(4, DCDDNS_OK, V4B);
    const clock_t before = clock();
    pause_ms(500);
    assert_true(clock() - before < CLOCKS_PER_SEC / 10); /* nothing turns in the background */
    assert_true(atomic_load(&hints) <= 51);
}

static void test_watch_of_one_family(void **state)
{
    (void)state;
    need_network();
    assert_int_equal(create(NULL), DCDDNS_OK);
    query(4, DCDDNS_E_NOADDR, "");
    assert_int_equal(ops->watch(self), DCDDNS_OK);
    watching = true;
    ip("address add " G1 "/128 dev lo nodad");
    pause_ms(700);
    assert_int_equal(atomic_load(&hints), 0);
    ip("address add " V4A "/32 dev lo");
    wait_hints(1);
}

static void count_call(void *ctx)
{
    atomic_int *count = ctx;
    atomic_fetch_add(count, 1);
}

/* What was heard is not heard again. */
static void test_watch_rests(void **state)
{
    char reason[INTERFACE_REASON_SIZE] = "";
    atomic_int count = 0;

    (void)state;
    need_network();
    struct interface_watch *watch = interface_watch_start(count_call, &count, reason);
    assert_non_null(watch);
    ip("address add " V4A "/32 dev lo");
    for (int i = 0; i < 1000 && atomic_load(&count) == 0; i++)
        pause_ms(10);
    pause_ms(600);
    const int calls = atomic_load(&count);
    pause_ms(1000);
    assert_true(calls > 0);
    assert_int_equal(atomic_load(&count), calls);
    interface_watch_stop(&watch);
    assert_null(watch);
    interface_watch_stop(&watch);
}

struct slow {
    atomic_int calls;
    atomic_bool hold;
};

static void slow_call(void *ctx)
{
    struct slow *slow = ctx;
    atomic_fetch_add(&slow->calls, 1);
    for (int i = 0; i < 2000 && atomic_load(&slow->hold); i++)
        pause_ms(10);
}

static void wait_calls(struct slow *slow, int count)
{
    for (int i = 0; i < 1000 && atomic_load(&slow->calls) < count; i++)
        pause_ms(10);
    assert_true(atomic_load(&slow->calls) >= count);
}

/* More changes than the kernel keeps for us (ENOBUFS): a look follows, and all goes on. */
static void test_watch_loses_events(void **state)
{
    char reason[INTERFACE_REASON_SIZE] = "";
    struct slow slow = { .calls = 0 };

    (void)state;
    need_network();
    atomic_store(&slow.hold, true);
    struct interface_watch *watch = interface_watch_start(slow_call, &slow, reason);
    assert_non_null(watch);
    ip("address add " V4A "/32 dev lo");
    wait_calls(&slow, 1); /* and it stays there */
    if (system("for i in $(seq 2000); do echo address add 10.9.$((i / 250)).$((i % 250))/32 "
               "dev lo; done | ip -batch -") != 0)
        fail_msg("ip -batch");
    if (system("awk '{ lost += $9 } END { exit !(lost > 0) }' /proc/self/net/netlink") != 0)
        fail_msg("nothing was lost: the test must make more noise");
    atomic_store(&slow.hold, false);
    wait_calls(&slow, 2);
    pause_ms(600);
    const int calls = atomic_load(&slow.calls);
    pause_ms(600);
    assert_int_equal(atomic_load(&slow.calls), calls);
    ip("address add " V4B "/32 dev lo");
    wait_calls(&slow, calls + 1);
    interface_watch_stop(&watch);
}

/* Ends at once whatever is on its way, again and again. */
static void test_unwatch_in_a_storm(void **state)
{
    (void)state;
    need_network();
    assert_int_equal(create(NULL), DCDDNS_OK);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(ops->watch(self), DCDDNS_OK);
        ip(i % 2 == 0 ? "address add " V4A "/32 dev lo" : "address del " V4A "/32 dev lo");
        pause_ms(i * 25);
        ops->unwatch(self);
        const int count = atomic_load(&hints);
        pause_ms(5);
        assert_int_equal(atomic_load(&hints), count);
    }
    assert_true(atomic_load(&hints) > 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        INTERFACE_CHOOSING_TESTS,
        cmocka_unit_test_teardown(test_netlink_whole, teardown),
        cmocka_unit_test_teardown(test_netlink_cut_anywhere, teardown),
        cmocka_unit_test_teardown(test_netlink_odd_sizes, teardown),
        cmocka_unit_test_teardown(test_netlink_nonsense, teardown),
        cmocka_unit_test_teardown(test_netlink_endings, teardown),
        cmocka_unit_test_teardown(test_device_that_is_not_there, teardown),
        cmocka_unit_test_teardown(test_call_device_that_is_not_there, teardown),
        cmocka_unit_test_teardown(test_real_addresses, teardown),
        cmocka_unit_test_teardown(test_real_renewals, teardown),
        cmocka_unit_test_teardown(test_real_peer, teardown),
        cmocka_unit_test_teardown(test_words_of_addresses, teardown),
        cmocka_unit_test_teardown(test_watch_hints, teardown),
        cmocka_unit_test_teardown(test_watch_device_down, teardown),
        cmocka_unit_test_teardown(test_watch_flaps_are_bounded, teardown),
        cmocka_unit_test_teardown(test_watch_of_one_family, teardown),
        cmocka_unit_test_teardown(test_watch_rests, teardown),
        cmocka_unit_test_teardown(test_watch_loses_events, teardown),
        cmocka_unit_test_teardown(test_unwatch_in_a_storm, teardown),
    };
    /* Before any thread: a user namespace cannot be made later.  As root the first is enough. */
    own_network = unshare(CLONE_NEWNET) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
    own_network = own_network && system("ip link set lo up 2>/dev/null") == 0;
    return cmocka_run_group_tests(tests, setup, NULL);
}
