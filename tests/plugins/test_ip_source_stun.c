/* STUN: what a datagram is worth, who is asked how often, and how many must agree.  Servers are
 * real sockets on loopback. */
#include "fake_host.h"

#include <dirent.h>
#include <stdlib.h>

#include "../../plugins/ip-sources/stun_message.h"
#include "../../plugins/ip-sources/stun_socket.h"
#include "stun_peer.h"
#include "unit/slower.h"

const struct dcddns_plugin *dcddns_plugin_v1_stun(void);

#define ONE   "192.0.2.1"
#define TWO   "198.51.100.2"
#define THREE "203.0.113.3"
#define SIX   "2001:db8::6"

enum { PEERS_MAX = 6 };

static const struct dcddns_plugin *plugin;
static const struct dcddns_ip_source *ops;
static void *self;
static struct peer peers[PEERS_MAX];
static size_t peer_count;
static int fds;

static int count_fds(void)
{
    int count = 0;
#ifdef _WIN32
    return posix_handles();
#endif
    DIR *dir = opendir("/proc/self/fd");
    while (dir && readdir(dir))
        count++;
    if (dir)
        closedir(dir);
    return count;
}

static int setup(void **state)
{
    (void)state;
    plugin = dcddns_plugin_v1_stun();
    ops = plugin->ops;
    memset(peers, 0, sizeof(peers));
    peer_count = 0;
    fds = count_fds();
    return 0;
}

static void stop_peers(void)
{
    for (; peer_count > 0; peer_count--)
        peer_stop(&peers[peer_count - 1]);
}

static int teardown(void **state)
{
    (void)state;
    stop_peers();
    if (self)
        plugin->destroy(self);
    self = NULL;
    return count_fds() == fds ? 0 : -1; /* a socket that is left */
}

/* -- the host's side --------------------------------------------------------------------------- */

static struct peer *add_peer_at(const char *address, const char *says,
                                void (*serve)(struct peer *, const uint8_t *, int))
{
    struct peer *p = &peers[peer_count];
    p->port = 0;
    if (!peer_bind(p, address))
        skip();
    p->says = says;
    p->serve = serve;
    peer_start(p);
    peer_count++;
    return p;
}

static struct peer *add_peer(const char *says)
{
    return add_peer_at("127.0.0.1", says, serve_well);
}

/* The same port of 127.0.0.2. */
static void add_other_address(const struct peer *first)
{
    struct peer *p = &peers[peer_count];
    p->port = first->port;
    if (!peer_bind(p, "127.0.0.2"))
        skip();
    p->says = first->says;
    p->serve = first->serve;
    peer_start(p);
    peer_count++;
}

static int create(const char *servers, const char *timeout)
{
    static struct fake_option options[3];
    static char kept[512];
    snprintf(kept, sizeof(kept), "%s", servers);
    options[0] = (struct fake_option){ "servers", kept };
    options[1] = (struct fake_option){ "timeout", timeout };
    const struct dcddns_host *host = fake_reset(plugin, options);
    fake.deadline = os.boot_ms() + 10000;
    return plugin->create(host, &self);
}

static const char *patience = "1 s"; /* with one server */

/* An instance that asks all peers, at HOST or, when that is NULL, 127.0.0.1.  The fake host's
 * random numbers are zeros, so the order is: the last, the first, the second ... */
static void make(const char *host)
{
    char servers[400] = "";
    for (size_t i = 0; i < peer_count; i++)
        snprintf(servers + strlen(servers), sizeof(servers) - strlen(servers), "%s%s:%d",
                 i ? ", " : "", host ? host : "127.0.0.1", peers[i].port);
    assert_int_equal(create(servers, patience), DCDDNS_OK);
    assert_non_null(self);
}

/* One query; the address as text, or "" with CODE. */
static void query(int family, int code, const char *expected)
{
    struct dcddns_addr out = { 0 };
    char text[ADDR_TEXT_MAX] = "";

    fake.log_count = 0;
    fake.why[0] = '\0';
    assert_int_equal(ops->query(self, NULL, family, &out), code);
    assert_string_equal(addr_text(&out, text), expected);
}

static void check_why(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void check_why(const char *format, ...)
{
    char line[512] = "";
    va_list ap;
    va_start(ap, format);
    vsnprintf(line, sizeof(line), format, ap);
    va_end(ap);
    assert_string_equal(fake.why, line);
}

/* -- configuration ----------------------------------------------------------------------------- */

static void test_descriptor(void **state)
{
    (void)state;
    fake_check_plugin(plugin, DCDDNS_KIND_IP_SOURCE, "stun");
    assert_int_equal(plugin->option_count, 2);
    assert_string_equal(plugin->options[0].name, "servers");
    assert_int_equal(plugin->options[0].flags, DCDDNS_LIST);
    assert_int_equal(plugin->options[1].type, DCDDNS_OPT_SECONDS);
}

/* All four defaults are looked up, with nothing else in the way. */
static void test_defaults(void **state)
{
    static const struct fake_name names[] = {
        { "stun.cloudflare.com", 0, { NULL } },
        { "stun.l.google.com", 0, { NULL } },
        { "stun.nextcloud.com", 0, { NULL } },
        { "stun.sipgate.net", 0, { NULL } },
        { NULL, 0, { NULL } },
    };
    (void)state;
    assert_int_equal(plugin->create(fake_reset(plugin, NULL), &self), DCDDNS_OK);
    fake.names = names;
    query(6, DCDDNS_E_NOADDR, "");
    check_why("no server has an IPv6 address: nobody to ask");
    assert_int_equal(fake.log_count, 4);
}

static void test_create(void **state)
{
#define NONE(text) "servers: \"" text "\" is none; write HOST, HOST:PORT or [IPV6]:PORT"
    static const char long_name[] =
        "a2345678901234567890123456789012345678901234567890."
        "b234567890123456789012345678901234567890"
        "1234567890.c2345678901234567890123456789012345678901234567890."
        "d2345678901234567890123456789"
        "0123456789012345678901234567890123456789012345678901234567890123456789.e";
    static const char many[] = "a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a";
    static const char too_many[] = "a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a";
    static const struct {
        const char *servers, *timeout, *why; /* NULL: good */
    } cases[] = {
        { "a.example", "1", NULL },
        { " a.example , ,b_1.example:65535,", "30 s", NULL },
        { "192.0.2.1, 192.0.2.1:1, 2001:db8::1, [2001:db8::1], [2001:db8::1]:3478", "5sec", NULL },
        { many, "1 s", NULL },
        { too_many, "1 s", "servers names more than 16; remove some" },
        { "", "1 s", "servers is empty; name at least two" },
        { " , ", "1 s", "servers is empty; name at least two" },
        { "a.example:0", "1 s", NONE("a.example:0") },
        { "a.example:65536", "1 s", NONE("a.example:65536") },
        { "a.example:123456", "1 s", NONE("a.example:123456") },
        { "a.example:", "1 s", NONE("a.example:") },
        { "a.example:x", "1 s", NONE("a.example:x") },
        { "a.example:1:2", "1 s", NONE("a.example:1:2") },
        { ":3478", "1 s", NONE(":3478") },
        { "stun:a.example", "1 s", NONE("stun:a.example") },
        { "a b", "1 s", NONE("a b") },
        { "-a", "1 s", NONE("-a") },
        { "[192.0.2.1]:1", "1 s", NONE("[192.0.2.1]:1") },
        { "[2001:db8::1", "1 s", NONE("[2001:db8::1") },
        { "[2001:db8::1]1", "1 s", NONE("[2001:db8::1]1") },
        { "[2001:db8::1]:0", "1 s", NONE("[2001:db8::1]:0") },
        { "[a.example]", "1 s", NONE("[a.example]") },
        { "a", "0", "timeout: give 1 s to 30 s" },
        { "a", "31 s", "timeout: give 1 s to 30 s" },
        { "a", "1 min", "timeout: give 1 s to 30 s" },
        { "a", "99999999999", "timeout: give 1 s to 30 s" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int code = create(cases[i].servers, cases[i].timeout);
        assert_int_equal(code, cases[i].why ? DCDDNS_E_CONFIG : DCDDNS_OK);
        assert_string_equal(fake.why, cases[i].why ? cases[i].why : "");
        assert_int_equal(self != NULL, !cases[i].why);
        if (self)
            plugin->destroy(self);
        self = NULL;
    }
    assert_int_equal(create(long_name, "1 s"), DCDDNS_E_CONFIG);
#undef NONE
}

/* -- messages ---------------------------------------------------------------------------------- */

static const uint8_t rfc_id[12] = { 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34,
                                    0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae };

/* RFC 5769, section 2.2. */
static const uint8_t rfc_v4[] = {
    0x01, 0x01, 0x00, 0x3c, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86,
    0xfa, 0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x0b, 0x74, 0x65, 0x73, 0x74, 0x20, 0x76, 0x65, 0x63,
    0x74, 0x6f, 0x72, 0x20, 0x00, 0x20, 0x00, 0x08, 0x00, 0x01, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43,
    0x00, 0x08, 0x00, 0x14, 0x2b, 0x91, 0xf5, 0x99, 0xfd, 0x9e, 0x90, 0xc3, 0x8c, 0x74, 0x89, 0xf9,
    0x2a, 0xf9, 0xba, 0x53, 0xf0, 0x6b, 0xe7, 0xd7, 0x80, 0x28, 0x00, 0x04, 0xc0, 0x7d, 0x4c, 0x96,
};

/* RFC 5769, section 2.3. */
static const uint8_t rfc_v6[] = {
    0x01, 0x01, 0x00, 0x48, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86,
    0xfa, 0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x0b, 0x74, 0x65, 0x73, 0x74, 0x20, 0x76, 0x65, 0x63,
    0x74, 0x6f, 0x72, 0x20, 0x00, 0x20, 0x00, 0x14, 0x00, 0x02, 0xa1, 0x47, 0x01, 0x13, 0xa9, 0xfa,
    0xa5, 0xd3, 0xf1, 0x79, 0xbc, 0x25, 0xf4, 0xb5, 0xbe, 0xd2, 0xb9, 0xd9, 0x00, 0x08, 0x00, 0x14,
    0xa3, 0x82, 0x95, 0x4e, 0x4b, 0xe6, 0x7b, 0xf1, 0x17, 0x84, 0xc9, 0x7c, 0x82, 0x92, 0xc2, 0x75,
    0xbf, 0xe3, 0xed, 0x41, 0x80, 0x28, 0x00, 0x04, 0xc8, 0xfb, 0x0b, 0x4c,
};

static enum stun_verdict judge(const uint8_t *data, size_t len, int family, const char *expected)
{
    struct stun_answer answer = { 0 };
    char text[ADDR_TEXT_MAX] = "";
    stun_judge(data, len, rfc_id, family, &answer);
    if (answer.verdict == STUN_SUCCESS)
        assert_string_equal(addr_text(&answer.addr, text), expected);
    return answer.verdict;
}

static void test_rfc5769(void **state)
{
    (void)state;
    assert_int_equal(judge(rfc_v4, sizeof(rfc_v4), 4, ONE), STUN_SUCCESS);
    assert_int_equal(judge(rfc_v6, sizeof(rfc_v6), 6, "2001:db8:1234:5678:11:2233:4455:6677"),
                     STUN_SUCCESS);
    assert_int_equal(judge(rfc_v4, sizeof(rfc_v4), 6, ""), STUN_DISCARDED);
    assert_int_equal(judge(rfc_v6, sizeof(rfc_v6), 4, ""), STUN_DISCARDED);
}

/* No single bit can be changed so that another address is believed; the fingerprint sees to it. */
static void test_every_bit(void **state)
{
    uint8_t data[sizeof(rfc_v4)];
    int believed = 0;
    (void)state;
    for (size_t bit = 0; bit < sizeof(data) * 8; bit++) {
        memcpy(data, rfc_v4, sizeof(data));
        data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        believed += judge(data, sizeof(data), 4, ONE) == STUN_SUCCESS;
    }
    /* 16 bits make the fingerprint's type another one, one lets the integrity before swallow it. */
    assert_int_equal(believed, 17);
    for (size_t len = 0; len < sizeof(rfc_v4); len++)
        assert_int_equal(judge(rfc_v4, len, 4, ""), STUN_DISCARDED);
}

static void test_request(void **state)
{
    uint8_t out[STUN_REQUEST_LEN];
    (void)state;
    stun_request(rfc_id, out);
    assert_memory_equal(out, ((uint8_t[]){ 0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42 }), 8);
    assert_memory_equal(out + 8, rfc_id, 12);
}

/* -- hostile and malformed --------------------------------------------------------------------- */

static void good(struct message *m, const uint8_t *id)
{
    start(m, SUCCESS, id);
    add_xor(m, TWO);
}

static void make_empty(struct message *m, const uint8_t *id)
{
    (void)id;
    m->len = 0;
}

static void make_short(struct message *m, const uint8_t *id)
{
    good(m, id);
    m->len = 19;
}

static void make_leading_bits(struct message *m, const uint8_t *id)
{
    good(m, id);
    m->data[0] |= 0x80;
}

static void make_leading_bit(struct message *m, const uint8_t *id)
{
    good(m, id);
    m->data[0] |= 0x40;
}

static void make_bad_cookie(struct message *m, const uint8_t *id)
{
    good(m, id);
    m->data[7] ^= 1;
}

static void make_length_less(struct message *m, const uint8_t *id)
{
    good(m, id);
    set16(m->data + 2, (unsigned)m->len - 24);
}

static void make_length_more(struct message *m, const uint8_t *id)
{
    good(m, id);
    set16(m->data + 2, (unsigned)m->len - 16);
}

static void make_no_multiple_of_4(struct message *m, const uint8_t *id)
{
    good(m, id);
    add_bytes(m, "\x80\x22", 2);
}

static void make_cut_attribute_header(struct message *m, const uint8_t *id)
{
    good(m, id);
    add_bytes(m, "\x80\x22\x00", 3);
}

static void make_wrong_type(struct message *m, const uint8_t *id)
{
    start(m, 0x0103, id); /* Allocate success */
    add_xor(m, TWO);
}

static void make_indication(struct message *m, const uint8_t *id)
{
    start(m, 0x0011, id);
    add_xor(m, TWO);
}

static void make_request_echo(struct message *m, const uint8_t *id)
{
    start(m, 0x0001, id);
    add_xor(m, TWO);
}

static void make_wrong_id(struct message *m, const uint8_t *id)
{
    uint8_t other[12];
    memcpy(other, id, 12);
    other[11] ^= 1;
    good(m, other);
}

static void make_overrun(struct message *m, const uint8_t *id)
{
    good(m, id);
    add_attribute(m, 0x8022, "abcd", 4);
    m->data[m->len - 5] = 8; /* of 4 that there are */
}

static void make_overrun_by_padding(struct message *m, const uint8_t *id)
{
    good(m, id);
    add_attribute(m, 0x8022, "abcd", 4);
    m->data[m->len - 5] = 5;
}

static void make_overrun_maximum(struct message *m, const uint8_t *id)
{
    start(m, SUCCESS, id);
    add_bytes(m, "\x00\x20\xff\xff", 4);
}

static void make_bad_family(struct message *m, const uint8_t *id)
{
    struct dcddns_addr addr = { .family = 4, .ip = { 198, 51, 100, 2 } };
    start(m, SUCCESS, id);
    add_address(m, XOR_MAPPED, 3, &addr);
}

static void make_other_family(struct message *m, const uint8_t *id)
{
    start(m, SUCCESS, id);
    add_xor(m, SIX);
}

static void make_long_for_family(struct message *m, const uint8_t *id)
{
    struct dcddns_addr addr = { .family = 6, .ip = { 198, 51, 100, 2 } };
    start(m, SUCCESS, id);
    add_address(m, XOR_MAPPED, 1, &addr);
}

static void make_short_for_family(struct message *m, const uint8_t *id)
{
    start(m, SUCCESS, id);
    add_attribute(m, XOR_MAPPED, "\0\1\0\0", 4);
}

static void make_no_value(struct message *m, const uint8_t *id)
{
    start(m, SUCCESS, id);
    add_attribute(m, XOR_MAPPED, "", 0);
}

static void make_no_address(struct message *m, const uint8_t *id)
{
    start(m, SUCCESS, id);
}

static void make_fingerprint_wrong(struct message *m, const uint8_t *id)
{
    good(m, id);
    add_fingerprint(m, 1);
}

static void make_fingerprint_long(struct message *m, const uint8_t *id)
{
    uint8_t value[8] = { 0 };
    good(m, id);
    fingerprint(m, m->len - 20 + 12, value);
    add_attribute(m, PRINT, value, 8);
}

static void make_fingerprint_not_last(struct message *m, const uint8_t *id)
{
    uint8_t value[4];
    start(m, SUCCESS, id);
    fingerprint(m, 8 + 12, value);
    add_attribute(m, PRINT, value, 4);
    add_xor(m, TWO);
}

static void make_after_integrity(struct message *m, const uint8_t *id)
{
    start(m, SUCCESS, id);
    add_attribute(m, 0x0008, "12345678901234567890", 20);
    add_xor(m, TWO);
}

static void make_oversized(struct message *m, const uint8_t *id)
{
    static const char filler[1460];
    good(m, id);
    add_attribute(m, 0x8022, filler, sizeof(filler));
    add_attribute(m, 0x8022, filler, 100);
}

/* Cut off at 1500 bytes it would look whole. */
static void make_oversized_sly(struct message *m, const uint8_t *id)
{
    make_oversized(m, id);
    m->len = 20;
    add_xor(m, TWO);
    static const char filler[1464];
    add_attribute(m, 0x8022, filler, sizeof(filler));
    assert_int_equal(m->len, 1500);
    uint8_t length[2] = { m->data[2], m->data[3] };
    add_bytes(m, "more", 4);
    memcpy(m->data + 2, length, 2);
}

static void make_error(struct message *m, const uint8_t *id)
{
    start(m, ERROR_ANSWER, id);
    add_attribute(m, 0x0009, "\0\0\4\x14Unknown", 11);
}

static void make_error_without_number(struct message *m, const uint8_t *id)
{
    start(m, ERROR_ANSWER, id);
    add_attribute(m, 0x0009, "\0\0", 2);
}

static void make_error_malformed(struct message *m, const uint8_t *id)
{
    make_error(m, id);
    m->data[23] = 40;
}

static void make_unknown_required(struct message *m, const uint8_t *id)
{
    good(m, id);
    add_attribute(m, 0x0024, "\0\0\0\1", 4);
}

static const struct hostile {
    const char *name;
    void (*make)(struct message *, const uint8_t *id);
    const char *fails; /* what the transaction ends with; NULL: discarded */
} hostile[] = {
    { "empty datagram", make_empty, NULL },
    { "short", make_short, NULL },
    { "first bit set", make_leading_bits, NULL },
    { "second bit set", make_leading_bit, NULL },
    { "bad cookie", make_bad_cookie, NULL },
    { "length too small", make_length_less, NULL },
    { "length too large", make_length_more, NULL },
    { "length not a multiple of 4", make_no_multiple_of_4, NULL },
    { "attribute header cut off", make_cut_attribute_header, NULL },
    { "type of another method", make_wrong_type, NULL },
    { "indication", make_indication, NULL },
    { "our request sent back", make_request_echo, NULL },
    { "wrong transaction id", make_wrong_id, NULL },
    { "attribute beyond the end", make_overrun, NULL },
    { "padding beyond the end", make_overrun_by_padding, NULL },
    { "attribute of 65535 bytes", make_overrun_maximum, NULL },
    { "family that is none", make_bad_family, NULL },
    { "family not the socket's", make_other_family, NULL },
    { "too long for its family", make_long_for_family, NULL },
    { "too short for its family", make_short_for_family, NULL },
    { "address of no bytes", make_no_value, NULL },
    { "success without an address", make_no_address, NULL },
    { "fingerprint wrong", make_fingerprint_wrong, NULL },
    { "fingerprint of 8 bytes", make_fingerprint_long, NULL },
    { "fingerprint not last", make_fingerprint_not_last, NULL },
    { "address after the integrity", make_after_integrity, NULL },
    { "oversized", make_oversized, NULL },
    { "oversized, whole when cut off", make_oversized_sly, NULL },
    { "malformed error", make_error_malformed, NULL },
    { "error", make_error, "it answered with error 420" },
    { "error without a number", make_error_without_number, "it answered with an error" },
    { "unknown attribute that must be understood", make_unknown_required,
      "it answered with the unknown attribute 0x0024" },
};
enum { HOSTILE = sizeof(hostile) / sizeof(hostile[0]) };

static void test_hostile_judged(void **state)
{
    (void)state;
    for (size_t i = 0; i < HOSTILE; i++) {
        struct stun_answer answer = { .verdict = STUN_SUCCESS };
        struct message m;
        hostile[i].make(&m, rfc_id);
        /* As long as it is, so that sanitizers see what is read beyond. */
        uint8_t *data = malloc(m.len > 0 ? m.len : 1);
        assert_non_null(data);
        memcpy(data, m.data, m.len);
        stun_judge(data, m.len, rfc_id, 4, &answer);
        free(data);
        if (answer.verdict != (hostile[i].fails ? STUN_FAILED : STUN_DISCARDED))
            fail_msg("%s: verdict %d", hostile[i].name, (int)answer.verdict);
    }
}

static void serve_hostile(struct peer *p, const uint8_t id[12], int number)
{
    const struct hostile *h = p->script;
    struct message m;
    h->make(&m, id);
    peer_send(p, &m);
    serve_well(p, id, number);
}

/* Over real sockets: the bad one comes first, the good one after it is taken. */
static void test_hostile_then_good(void **state)
{
    (void)state;
    for (size_t i = 0; i < HOSTILE; i++) {
        print_message("# %s\n", hostile[i].name);
        add_peer(ONE);
        peers[peer_count].script = &hostile[i];
        const struct peer *p = add_peer_at("127.0.0.1", ONE, serve_hostile);
        make(NULL);
        query(4, hostile[i].fails ? DCDDNS_UNPROVEN : DCDDNS_OK, ONE);
        plugin->destroy(self);
        self = NULL;

        if (hostile[i].fails) { /* ends it, for good */
            char server[32] = "";
            snprintf(server, sizeof(server), "127.0.0.1:%d", p->port);
            assert_int_equal(create(server, "1 s"), DCDDNS_OK);
            query(4, DCDDNS_E_TEMP, "");
            check_why("no STUN server answered: %s (%s)", server, hostile[i].fails);
            plugin->destroy(self);
            self = NULL;
        }
        stop_peers();
        memset(peers, 0, sizeof(peers));
    }
}

/* -- unusual, but right ------------------------------------------------------------------------ */

static void test_unusual(void **state)
{
    static const struct dcddns_addr one = { .family = 4, .ip = { 192, 0, 2, 1 } };
    static const uint16_t weightless[] = { 4, 5, 6, 0x0a, 0x14, 0x15, 0x1d, 0x1e };
    static const uint8_t first_byte[] = { 0xff, 1, 0, 0, 192, 0, 2, 1 };
    struct message m;
    (void)state;
    start(&m, SUCCESS, rfc_id); /* old servers */
    add_address(&m, MAPPED, 1, &one);
    assert_int_equal(judge(m.data, m.len, 4, ONE), STUN_SUCCESS);
    add_fingerprint(&m, 0);
    assert_int_equal(judge(m.data, m.len, 4, ONE), STUN_SUCCESS);

    start(&m, SUCCESS, rfc_id); /* the first counts */
    add_xor(&m, ONE);
    add_xor(&m, TWO);
    assert_int_equal(judge(m.data, m.len, 4, ONE), STUN_SUCCESS);

    start(&m, SUCCESS, rfc_id); /* the plain one was rewritten on its way */
    add_attribute(&m, MAPPED, "\0\1\0\0\xc6\x33\x64\2", 8);
    add_xor(&m, ONE);
    assert_int_equal(judge(m.data, m.len, 4, ONE), STUN_SUCCESS);

    start(&m, SUCCESS, rfc_id); /* what may be ignored is */
    for (size_t i = 0; i < sizeof(weightless) / sizeof(weightless[0]); i++)
        add_attribute(&m, weightless[i], "abcde", 5);
    add_attribute(&m, 0x8000, "abcde", 5);
    add_attribute(&m, MAPPED, first_byte, sizeof(first_byte));
    add_attribute(&m, 0x001c, "12345678901234567890123456789012", 32);
    add_attribute(&m, 0x0024, "abcd", 4); /* behind the integrity */
    add_fingerprint(&m, 0);
    assert_int_equal(judge(m.data, m.len, 4, ONE), STUN_SUCCESS);
}

/* -- agreement --------------------------------------------------------------------------------- */

static void test_two_agree(void **state)
{
    (void)state;
    add_peer(ONE);
    add_peer(ONE);
    add_peer(TWO);
    add_peer(ONE);
    make(NULL);
    query(4, DCDDNS_OK, ONE);
    assert_int_equal(fake.log_count, 0);
    query(4, DCDDNS_OK, ONE);
    stop_peers();
    assert_in_range(atomic_load(&peers[0].requests), 2, 4);
    assert_int_equal(atomic_load(&peers[1].requests), 0); /* nobody is asked in vain */
    assert_int_equal(atomic_load(&peers[2].requests), 0);
    assert_in_range(atomic_load(&peers[3].requests), 2, 4);
    assert_int_equal(peers[0].request_len, 20);
}

static void test_ipv6(void **state)
{
    (void)state;
    add_peer_at("::1", SIX, serve_well);
    add_peer_at("::1", SIX, serve_well);
    make("[::1]");
    query(6, DCDDNS_OK, SIX);
    query(4, DCDDNS_E_NOADDR, "");
    check_why("no server has an IPv4 address: nobody to ask");
}

static void test_one_is_unproven(void **state)
{
    char line[128] = "";
    (void)state;
    add_peer(ONE);
    make(NULL);
    query(4, DCDDNS_UNPROVEN, ONE);
    assert_int_equal(fake.log_count, 1);
    assert_int_equal(fake.levels[0], DCDDNS_LOG_DEBUG);
    snprintf(line, sizeof(line), "only one server answered: 127.0.0.1:%d says " ONE, peers[0].port);
    assert_string_equal(fake.log[0], line);
}

/* The last and the first differ; the second decides. */
static void test_third_decides(void **state)
{
    (void)state;
    add_peer(ONE);
    add_peer(TWO);
    add_peer(THREE);
    add_peer(TWO);
    make(NULL);
    query(4, DCDDNS_OK, TWO);
    assert_int_equal(fake.log_count, 1);
    assert_int_equal(fake.levels[0], DCDDNS_LOG_DEBUG);
    assert_non_null(strstr(fake.log[0], "says " ONE));
    assert_int_equal(atomic_load(&peers[2].requests), 0);
}

static void test_no_majority(void **state)
{
    (void)state;
    add_peer(ONE);
    add_peer(TWO);
    make(NULL);
    query(4, DCDDNS_E_TEMP, "");
    check_why("servers disagree: 127.0.0.1:%d says " TWO ", 127.0.0.1:%d says " ONE, peers[1].port,
              peers[0].port);
    plugin->destroy(self);
    self = NULL;
    add_peer(THREE);
    add_peer("192.0.2.99"); /* the order is 3, 0, 1, 2: a fourth is not heard */
    make(NULL);
    query(4, DCDDNS_E_TEMP, "");
    assert_int_equal(atomic_load(&peers[2].requests), 0);
    check_why("servers disagree: 127.0.0.1:%d says 192.0.2.99, 127.0.0.1:%d says " ONE
              ", 127.0.0.1:%d says " TWO,
              peers[3].port, peers[0].port, peers[1].port);
}

/* Two that differ and a third that is silent: still no answer, and it says who differs. */
static void test_third_is_silent(void **state)
{
    (void)state;
    add_peer(ONE);
    add_peer_at("127.0.0.1", NULL, serve_nothing);
    add_peer(TWO);
    make(NULL);
    query(4, DCDDNS_E_TEMP, "");
    check_why("servers disagree: 127.0.0.1:%d says " TWO ", 127.0.0.1:%d says " ONE, peers[2].port,
              peers[0].port);
}

/* Names that lead to one server have one voice; a name with a second address has another. */
static void test_one_server_one_voice(void **state)
{
    static const struct fake_name same[] = { { "a.test", 0, { "127.0.0.1" } },
                                             { "b.test", 0, { "127.0.0.1" } },
                                             { NULL, 0, { NULL } } };
    static const struct fake_name more[] = { { "a.test", 0, { "127.0.0.1" } },
                                             { "b.test", 0, { "127.0.0.1", "127.0.0.2" } },
                                             { NULL, 0, { NULL } } };
    char servers[64] = "";
    (void)state;
    add_peer(ONE);
    add_other_address(&peers[0]);
    snprintf(servers, sizeof(servers), "a.test:%d, b.test:%d", peers[0].port, peers[0].port);
    assert_int_equal(create(servers, "1 s"), DCDDNS_OK);
    fake.names = same;
    query(4, DCDDNS_UNPROVEN, ONE);
    assert_non_null(strstr(fake.log[0], "is passed over: it is asked already"));
    fake.names = more; /* b.test is asked first, at 127.0.0.1: then a.test has nothing new */
    query(4, DCDDNS_UNPROVEN, ONE);
    snprintf(servers, sizeof(servers), "b.test:%d, a.test:%d", peers[0].port, peers[0].port);
    plugin->destroy(self);
    assert_int_equal(create(servers, "1 s"), DCDDNS_OK);
    fake.names = more;
    query(4, DCDDNS_OK, ONE);
}

/* -- DNS --------------------------------------------------------------------------------------- */

static void test_names(void **state)
{
    static const struct fake_name names[] = {
        { "six.test", 0, { "::1" } },
        { "four.test", 0, { "127.0.0.1" } },
        { "broken.test", DCDDNS_E_TEMP, { "DNS is down" } },
        { "late.test", DCDDNS_E_STOP, { "too late" } },
        { NULL, 0, { NULL } },
    };
    char servers[80] = "";
    (void)state;
    add_peer(ONE);
    snprintf(servers, sizeof(servers), "four.test:%d, broken.test, six.test", peers[0].port);
    assert_int_equal(create(servers, "1 s"), DCDDNS_OK);
    fake.names = names;
    query(4, DCDDNS_UNPROVEN, ONE);
    plugin->destroy(self);
    assert_int_equal(create("broken.test, six.test", "1 s"), DCDDNS_OK);
    fake.names = names;
    query(4, DCDDNS_E_TEMP, "");
    check_why("DNS is down"); /* as resolve() left it */
    plugin->destroy(self);
    assert_int_equal(create("six.test", "1 s"), DCDDNS_OK);
    fake.names = names;
    query(4, DCDDNS_E_NOADDR, "");
    plugin->destroy(self);
    assert_int_equal(create("four.test, late.test", "1 s"), DCDDNS_OK);
    fake.names = names;
    query(4, DCDDNS_E_STOP, "");
    check_why("too late");
}

static const struct fake_name good_names[] = { { "good.test", 0, { "127.0.0.1" } },
                                               { "more.test", 0, { "127.0.0.1" } },
                                               { NULL, 0, { NULL } } };

/* An instance for SERVERS, whose other names are not found within a call of MS. */
static void make_with_dead_zone(const char *servers, uint32_t ms)
{
    assert_int_equal(create(servers, "1 s"), DCDDNS_OK);
    fake.names = good_names;
    fake.lookup_ms = 60000;
    fake.deadline = os.boot_ms() + ms;
}

/* The call's deadline passes inside resolve(): what was heard until then counts. */
static void test_dead_zone_after_an_answer(void **state)
{
    char servers[64] = "";
    (void)state;
    add_peer(ONE);
    snprintf(servers, sizeof(servers), "dead.test, good.test:%d", peers[0].port);
    make_with_dead_zone(servers, 600); /* good.test is asked first */
    query(4, DCDDNS_UNPROVEN, ONE);
    assert_int_equal(atomic_load(&peers[0].requests), 1);
    plugin->destroy(self);
    make_with_dead_zone("dead.test", 300);
    query(4, DCDDNS_E_STOP, "");
    check_why("not found before the time was up");
}

/* Who needs no DNS is asked before who does. */
static void test_dead_zone_and_literals(void **state)
{
    char servers[96] = "";
    (void)state;
    add_peer(ONE);
    add_peer_at("::1", ONE, serve_well);
    add_peer(ONE);
    snprintf(servers, sizeof(servers), "127.0.0.1:%d, [::1]:%d, 127.0.0.1:%d, dead.test",
             peers[0].port, peers[1].port, peers[2].port);
    make_with_dead_zone(servers, 2000);
    query(4, DCDDNS_OK, ONE);
    assert_true(os.boot_ms() < fake.deadline);
}

/* A name that was not found costs one question, not every one, and is tried again later. */
static void test_dead_zone_rests(void **state)
{
    char servers[96] = "";
    (void)state;
    add_peer(ONE);
    add_peer(ONE);
    snprintf(servers, sizeof(servers), "good.test:%d, more.test:%d, dead.test", peers[0].port,
             peers[1].port);
    make_with_dead_zone(servers, 300); /* dead.test is asked first */
    query(4, DCDDNS_E_STOP, "");
    for (int i = 0; i < 20; i++) {
        fake.deadline = os.boot_ms() + 5000;
        query(4, DCDDNS_OK, ONE);
    }
    fake.deadline = os.boot_ms() + 300;
    query(4, DCDDNS_E_STOP, "");
}

static void serve_second(struct peer *p, const uint8_t id[12], int number)
{
    if (number == 2)
        serve_well(p, id, number);
}

/* A look-up longer than the timeout: who was asked before it is asked again after it. */
static void test_slow_lookup(void **state)
{
    char servers[64] = "";
    (void)state;
    add_peer_at("127.0.0.1", ONE, serve_second);
    snprintf(servers, sizeof(servers), "dead.test, good.test:%d", peers[0].port);
    make_with_dead_zone(servers, 10000);
    fake.lookup_ms = 1300;
    query(4, DCDDNS_UNPROVEN, ONE);
    assert_int_equal(atomic_load(&peers[0].requests), 2);
}

/* -- silence and time -------------------------------------------------------------------------- */

static void serve_third(struct peer *p, const uint8_t id[12], int number)
{
    if (number == 3)
        serve_well(p, id, number);
}

/* Sent at 0, 0.5 and 1.5 s, the same each time. */
static void test_sent_again(void **state)
{
    char servers[64] = "";
    (void)state;
    add_peer_at("127.0.0.1", ONE, serve_third);
    add_peer(ONE);
    snprintf(servers, sizeof(servers), "127.0.0.1:%d, 127.0.0.1:%d", peers[0].port, peers[1].port);
    assert_int_equal(create(servers, "3 s"), DCDDNS_OK);
    int64_t began = os.boot_ms();
    query(4, DCDDNS_OK, ONE);
    int64_t took = os.boot_ms() - began;
    stop_peers();
    assert_in_range(took, 1500, 2950);
    assert_int_equal(atomic_load(&peers[0].requests), 3);
    assert_int_equal(atomic_load(&peers[0].changed), 0);
    assert_in_range(atomic_load(&peers[1].requests), 1, 3);
}

/* Whether this system tells that nobody listens; Wine drops that error before recv() sees it. */
static void need_closed_ports(void)
{
    const struct dcddns_addr here = { .family = 4, .ip = { 127, 0, 0, 1 } };
    struct peer closed = { 0 };
    char why[STUN_WHY_MAX] = "", data[1] = "";
    size_t len = 0;

    assert_true(peer_bind(&closed, "127.0.0.1"));
    peer_close_socket(closed.fd);
    uintptr_t socket = stun_socket_open(&here, (uint16_t)closed.port, NULL, why);
    assert_true(socket != STUN_NO_SOCKET);
    stun_socket_send(socket, data, 1, why);
    struct pollfd fd = { .events = POLLIN };
    fd.fd = (peer_socket)socket;
    poll(&fd, 1, 1000);
    enum stun_io told = stun_socket_receive(socket, data, 1, &len, why);
    stun_socket_close(&socket);
#ifdef _WIN32
    if (told != STUN_IO_BROKEN)
        skip();
#endif
    assert_int_equal(told, STUN_IO_BROKEN);
    assert_string_equal(why, "Connection refused");
}

/* A silent server costs its timeout, then another is asked; a closed port costs nothing. */
static void test_silent_and_closed(void **state)
{
    struct peer closed = { 0 };
    (void)state;
    add_peer(ONE);
    add_peer(ONE);
    add_peer_at("127.0.0.1", NULL, serve_nothing);
    make(NULL);
    int64_t began = os.boot_ms();
    query(4, DCDDNS_OK, ONE);
    assert_in_range(os.boot_ms() - began, 1000, 3000);
    plugin->destroy(self);
    self = NULL;

    need_closed_ports();
    assert_true(peer_bind(&closed, "127.0.0.1"));
    peer_close_socket(closed.fd);
    char servers[128] = "";
    snprintf(servers, sizeof(servers), "127.0.0.1:%d, 127.0.0.1:%d, 127.0.0.1:%d", peers[0].port,
             peers[1].port, closed.port);
    assert_int_equal(create(servers, "5 s"), DCDDNS_OK);
    began = os.boot_ms();
    query(4, DCDDNS_OK, ONE);
    assert_in_range(os.boot_ms() - began, 0, 3000);
}

static void test_nobody_answers(void **state)
{
    struct peer closed = { 0 };
    char servers[128] = "";
    (void)state;
    need_closed_ports();
    add_peer_at("127.0.0.1", NULL, serve_nothing);
    assert_true(peer_bind(&closed, "127.0.0.1"));
    peer_close_socket(closed.fd);
    snprintf(servers, sizeof(servers), "127.0.0.1:%d, 127.0.0.1:%d, gone.test", peers[0].port,
             closed.port);
    assert_int_equal(create(servers, "1 s"), DCDDNS_OK);
    query(4, DCDDNS_E_TEMP, "");
    check_why("no STUN server answered: 127.0.0.1:%d (no answer within 1.0 s), 127.0.0.1:%d "
              "(Connection refused), gone.test (no address in DNS)",
              peers[0].port, closed.port);
    stop_peers();
    assert_int_equal(atomic_load(&peers[0].requests), 2);
}

enum { FLOOD = 10000 };

static void serve_flood(struct peer *p, const uint8_t id[12], int number)
{
    struct message m;
    uint8_t other[12];
    memcpy(other, id, 12);
    for (int i = 0; number == 1 && i < FLOOD / slower(); i++) {
        other[0] = (uint8_t)(id[0] + 1 + i % 255);
        set16(other + 4, (unsigned)i);
        start(&m, i % 2 ? SUCCESS : ERROR_ANSWER, other);
        add_xor(&m, TWO);
        peer_send(p, &m);
    }
    serve_well(p, id,
               number); /* when there is no room for it, the next one's answer gets through */
}

/* Ten thousand answers with wrong ids end nothing before its time. */
static void test_flood(void **state)
{
    (void)state;
    add_peer(ONE);
    add_peer_at("127.0.0.1", ONE, serve_flood);
    patience = "5 s"; /* a slow machine needs a while for so many */
    make(NULL);
    patience = "1 s";
    query(4, DCDDNS_OK, ONE);
    assert_int_equal(fake.log_count, 0);
}

static void serve_flood_only(struct peer *p, const uint8_t id[12], int number)
{
    struct message m;
    uint8_t other[12] = { 0 };
    (void)number;
    memcpy(other, id, 11);
    other[11] = (uint8_t)(id[11] + 1);
    good(&m, other);
    while (!atomic_load(&p->stop))
        peer_send(p, &m);
}

/* A flood without an end holds up neither the clock nor the other server. */
static void test_endless_flood(void **state)
{
    (void)state;
    add_peer(ONE);
    add_peer_at("127.0.0.1", NULL, serve_flood_only);
    make(NULL);
    int64_t began = os.boot_ms();
    query(4, DCDDNS_UNPROVEN, ONE);
    assert_in_range(os.boot_ms() - began, 1000, 5000);
}

/* Another socket than the one asked answers with the right id: the system drops it. */
static void serve_from_elsewhere(struct peer *p, const uint8_t id[12], int number)
{
    struct peer other = *p;
    (void)number;
    other.says = TWO;
    other.port = 0;
    assert_true(peer_bind(&other, "127.0.0.1"));
    serve_well(&other, id, 1);
    peer_close_socket(other.fd);
    serve_well(p, id, 1);
}

static void test_other_source(void **state)
{
    (void)state;
    add_peer(ONE);
    add_peer_at("127.0.0.1", ONE, serve_from_elsewhere);
    make(NULL);
    query(4, DCDDNS_OK, ONE);
}

/* The last wait leaves time, and it is told at once then; that the system woke late is left out. */
static void told_in_time(void)
{
    assert_true(fake.waits_until <= fake.deadline - 100);
    assert_in_range(os.boot_ms() - fake.woke_ms, 0, 99);
}

/* What was heard is told before the deadline of the call. */
static void test_short_call(void **state)
{
    (void)state;
    add_peer(ONE);
    add_peer_at("127.0.0.1", NULL, serve_nothing);
    patience = "30 s";
    make(NULL);
    patience = "1 s";
    fake.deadline = os.boot_ms() + 3000; /* 200 ms are left for the telling */
    query(4, DCDDNS_UNPROVEN, ONE);
    told_in_time();
    plugin->destroy(self);
    char server[32] = "";
    snprintf(server, sizeof(server), "127.0.0.1:%d", peers[1].port);
    assert_int_equal(create(server, "30 s"), DCDDNS_OK);
    fake.deadline = os.boot_ms() + 3000;
    query(4, DCDDNS_E_TEMP, "");
    told_in_time();
    assert_non_null(strstr(fake.why, "no answer within 2."));
    fake.cancelled = 1;
    query(4, DCDDNS_E_STOP, "");
}

static void serve_cancel(struct peer *p, const uint8_t id[12], int number)
{
    struct message m;
    (void)number;
    make_wrong_id(&m, id);
    peer_send(p, &m); /* wakes it */
}

static int cancelling_wait(struct dcddns_call *call, uintptr_t socket, int events, uint32_t ms)
{
    int ready = fake_wait(call, socket, events, ms);
    fake.cancelled = 1;
    return ready;
}

static void test_cancel(void **state)
{
    (void)state;
    add_peer_at("127.0.0.1", NULL, serve_cancel);
    make(NULL);
    fake.host.wait = cancelling_wait;
    int64_t began = os.boot_ms();
    query(4, DCDDNS_E_STOP, "");
    assert_in_range(os.boot_ms() - began, 0, 950); /* its timeout is 1 s */
}

/* -- device, random numbers -------------------------------------------------------------------- */

static void test_device(void **state)
{
    (void)state;
    add_peer(ONE);
    add_peer(ONE);
    make(NULL);
    fake.device = "lo";
    query(4, DCDDNS_OK, ONE);
    fake.device = "nosuch0";
    query(4, DCDDNS_E_TEMP, "");
    check_why("no STUN server answered: 127.0.0.1:%d (device nosuch0: No such device), "
              "127.0.0.1:%d (device nosuch0: No such device)",
              peers[1].port, peers[0].port);
}

static int random_left;

static int random_ends(void *data, size_t len)
{
    return random_left-- > 0 ? fake_random(data, len) : DCDDNS_E_TEMP;
}

static void test_random(void **state)
{
    uint8_t id[12];
    (void)state;
    for (size_t i = 0; i < 4; i++)
        add_peer(ONE);
    make(NULL);
    fake.host.random = random_ends;
    for (random_left = 0; random_left < 3;) {
        int allowed = random_left;
        query(4, DCDDNS_E_TEMP, "");
        check_why("no random numbers are to be had; try again later");
        random_left = allowed + 1;
    }
    fake.host.random = fake_random;
    fake.random_is_real = 1;
    for (int i = 0; i < 60; i++)
        query(4, DCDDNS_OK, ONE);
    stop_peers();
    memcpy(id, peers[0].request + 8, sizeof(id));
    for (size_t i = 0; i < 4; i++) { /* the load spreads, and ids change */
        assert_in_range(atomic_load(&peers[i].requests), 12, 50);
        assert_true(atomic_load(&peers[i].changed) >= atomic_load(&peers[i].requests) / 2);
        assert_true(i == 0 || memcmp(id, peers[i].request + 8, sizeof(id)) != 0);
    }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_descriptor),
        TEST(test_defaults),
        TEST(test_create),
        TEST(test_rfc5769),
        TEST(test_every_bit),
        TEST(test_request),
        TEST(test_hostile_judged),
        TEST(test_hostile_then_good),
        TEST(test_unusual),
        TEST(test_two_agree),
        TEST(test_ipv6),
        TEST(test_one_is_unproven),
        TEST(test_third_decides),
        TEST(test_no_majority),
        TEST(test_third_is_silent),
        TEST(test_one_server_one_voice),
        TEST(test_names),
        TEST(test_dead_zone_after_an_answer),
        TEST(test_dead_zone_and_literals),
        TEST(test_dead_zone_rests),
        TEST(test_slow_lookup),
        TEST(test_sent_again),
        TEST(test_silent_and_closed),
        TEST(test_nobody_answers),
        TEST(test_flood),
        TEST(test_endless_flood),
        TEST(test_other_source),
        TEST(test_short_call),
        TEST(test_cancel),
        TEST(test_device),
        TEST(test_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
