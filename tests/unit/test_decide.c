/* The decision: every row of what was seen, published and forbidden, and of how it went. */
#include "engine_rig.h"

#include "engine/decide.h"

#define A1 "8.8.4.4"
#define A2 "8.8.8.8"
#define B1 "2a00:1450::1"
#define B2 "2a00:1450::2"

static const int64_t NOW = 10000000;

/* -- decide() ---------------------------------------------------------------------------------- */

struct row {
    const char *name;
    const char *want;          /* "4", "6", "46" */
    const char *seen4, *seen6; /* NULL: not asked, "": nothing found */
    const char *published4, *published6;
    int force;                   /* 2: because of DNS */
    int64_t not_before, applied; /* relative to NOW; 0 = no */
    enum action_kind kind;
    const char *send4, *send6;
    int64_t until; /* relative to NOW */
};

static const struct row rows[] = {
    { "first", "4", A1, NULL, "", "", 0, 0, 0, ACTION_APPLY, A1, "", 0 },
    { "same", "4", A1, NULL, A1, "", 0, 0, 0, ACTION_NONE, A1, "", 0 },
    { "other", "4", A2, NULL, A1, "", 0, 0, 0, ACTION_APPLY, A2, "", 0 },
    { "first of six", "6", NULL, B1, "", "", 0, 0, 0, ACTION_APPLY, "", B1, 0 },
    { "both", "46", A1, B1, "", "", 0, 0, 0, ACTION_APPLY, A1, B1, 0 },
    { "both same", "46", A1, B1, A1, B1, 0, 0, 0, ACTION_NONE, A1, B1, 0 },
    { "four changed, six goes with it", "46", A2, B1, A1, B1, 0, 0, 0, ACTION_APPLY, A2, B1, 0 },
    { "six changed, four goes with it", "46", A1, B2, A1, B1, 0, 0, 0, ACTION_APPLY, A1, B2, 0 },
    { "six lost, four same", "46", A1, "", A1, B1, 0, 0, 0, ACTION_NONE, A1, B1, 0 },
    { "six lost, four changed", "46", A2, "", A1, B1, 0, 0, 0, ACTION_APPLY, A2, B1, 0 },
    { "four lost, six changed", "46", "", B2, A1, B1, 0, 0, 0, ACTION_APPLY, A1, B2, 0 },
    { "six never known", "46", A1, "", "", "", 0, 0, 0, ACTION_APPLY, A1, "", 0 },
    { "six not asked", "46", A2, NULL, A1, B1, 0, 0, 0, ACTION_APPLY, A2, B1, 0 },
    { "both lost", "46", "", "", A1, B1, 0, 0, 0, ACTION_NONE, A1, B1, 0 },
    { "nothing known", "46", "", "", "", "", 0, 0, 0, ACTION_NONE, "", "", 0 },
    { "nothing known, not even with force", "46", "", "", "", "", 1, 0, 0, ACTION_NONE, "", "", 0 },
    { "six is not wanted", "4", A1, B1, A1, "", 0, 0, 0, ACTION_NONE, A1, "", 0 },
    { "six is no longer wanted", "4", A2, B1, A1, B1, 0, 0, 0, ACTION_APPLY, A2, "", 0 },
    { "force", "46", A1, B1, A1, B1, 1, 0, 0, ACTION_APPLY, A1, B1, 0 },
    { "DNS lost it", "46", A1, B1, A1, B1, 2, 0, 0, ACTION_APPLY, A1, B1, 0 },
    { "DNS lost it, not yet", "4", A1, NULL, A1, "", 2, 5000, -60000, ACTION_WAIT, A1, "", 5000 },
    { "DNS lost it, gap", "4", A1, NULL, A1, "", 2, 0, -1, ACTION_WAIT, A1, "", 59999 },
    { "DNS lost it, nothing is seen", "46", "", "", A1, B1, 2, 0, 0, ACTION_NONE, A1, B1, 0 },
    { "force sees nothing", "46", "", "", A1, B1, 1, 0, 0, ACTION_NONE, A1, B1, 0 },
    { "force sees what is not wanted", "4", "", B1, A1, "", 1, 0, 0, ACTION_NONE, A1, "", 0 },
    { "force keeps what it does not see", "46", "", B1, A1, B1, 1, 0, 0, ACTION_APPLY, A1, B1, 0 },
    { "force does not wait", "4", A2, NULL, A1, "", 1, 5000, -1000, ACTION_APPLY, A2, "", 0 },
    { "gap", "4", A2, NULL, A1, "", 0, 0, -1, ACTION_WAIT, A2, "", 59999 },
    { "gap, last moment", "4", A2, NULL, A1, "", 0, 0, -59999, ACTION_WAIT, A2, "", 1 },
    { "gap over", "4", A2, NULL, A1, "", 0, 0, -60000, ACTION_APPLY, A2, "", 0 },
    { "gap without change", "4", A1, NULL, A1, "", 0, 0, -1, ACTION_NONE, A1, "", 0 },
    { "not yet", "4", A2, NULL, A1, "", 0, 5000, 0, ACTION_WAIT, A2, "", 5000 },
    { "now", "4", A2, NULL, A1, "", 0, -1, 0, ACTION_APPLY, A2, "", 0 },
    { "not yet, no change", "4", A1, NULL, A1, "", 0, 5000, 0, ACTION_NONE, A1, "", 0 },
    { "gap beyond not yet", "4", A2, NULL, A1, "", 0, 5000, -1, ACTION_WAIT, A2, "", 59999 },
    { "not yet beyond gap", "4", A2, NULL, A1, "", 0, 90000, -1, ACTION_WAIT, A2, "", 90000 },
};

/* SETTLES relative to NOW; 0 = no. */
static void check_row(const struct row *r, int64_t settles)
{
    const struct observation v4 = { .addr = ip(r->seen4 ? r->seen4 : "") };
    const struct observation v6 = { .addr = ip(r->seen6 ? r->seen6 : "") };
    const struct decide_input in = {
        .want4 = strchr(r->want, '4') != NULL,
        .want6 = strchr(r->want, '6') != NULL,
        .force = r->force == 1,
        .repair = r->force == 2,
        .v4 = r->seen4 ? &v4 : NULL,
        .v6 = r->seen6 ? &v6 : NULL,
        .published4 = ip(r->published4),
        .published6 = ip(r->published6),
        .settles_ms = settles ? NOW + settles : 0,
        .not_before_ms = r->not_before ? NOW + r->not_before : 0,
        .applied_ms = r->applied ? NOW + r->applied : 0,
    };
    print_message("  %s\n", r->name);
    const struct action action = decide(&in, NOW);
    assert_int_equal(action.kind, r->kind);
    if (action.kind == ACTION_WAIT)
        assert_int_equal(action.until_ms, NOW + r->until);
    if (action.kind == ACTION_NONE)
        return;
    assert_ip(&action.v4, r->send4);
    assert_ip(&action.v6, r->send6);
}

static void test_decide(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check_row(&rows[i], 0);
}

/* The other family may change as well. */
static void test_decide_settles(void **state)
{
    static const struct {
        struct row row;
        int64_t settles;
    } settling[] = {
        { { "soon", "46", A2, "", A1, B1, 0, 0, 0, ACTION_WAIT, A2, B1, 15000 }, 15000 },
        { { "late", "46", A2, "", A1, B1, 0, 0, 0, ACTION_APPLY, A2, B1, 0 }, -1 },
        { { "no change", "46", A1, "", A1, B1, 0, 0, 0, ACTION_NONE, A1, B1, 0 }, 9 },
        { { "within the gap", "46", A2, "", A1, B1, 0, 0, -1, ACTION_WAIT, A2, B1, 59999 }, 9 },
        { { "force does not wait", "46", A2, "", A1, B1, 1, 0, 0, ACTION_APPLY, A2, B1, 0 }, 9 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(settling) / sizeof(settling[0]); i++)
        check_row(&settling[i].row, settling[i].settles);
}

/* -- decide() over anything ---------------------------------------------------------------------
 */

static struct dcddns_addr some(int family)
{
    static const char *const addrs[2][3] = { { A1, A2, "" }, { B1, B2, "" } };
    return ip(addrs[family == 6][rig_random() % 3]);
}

static bool is_set(const struct observation *seen)
{
    return seen && addr_is_set(&seen->addr);
}

/* One family of an action that would be sent. */
static void check_family(bool want, bool drop, const struct observation *seen, bool other_seen,
                         const struct dcddns_addr *published, const struct dcddns_addr *sent)
{
    if (!want)
        assert_false(addr_is_set(sent));
    else if (is_set(seen))
        assert_true(addr_equal(sent, &seen->addr)); /* what is seen is never left out */
    else if (drop && other_seen)
        assert_false(addr_is_set(sent));
    else
        assert_true(addr_equal(sent, published)); /* else what is published goes with it */
}

static void check_action(const struct decide_input *in, const struct action *a)
{
    const bool seen4 = in->want4 && is_set(in->v4), seen6 = in->want6 && is_set(in->v6);
    const bool drops =
        (in->drop4 && !seen4 && seen6 && in->want4 && addr_is_set(&in->published4)) ||
        (in->drop6 && !seen6 && seen4 && in->want6 && addr_is_set(&in->published6));
    const bool change = (seen4 && decide_is_change(&in->v4->addr, &in->published4)) ||
                        (seen6 && decide_is_change(&in->v6->addr, &in->published6)) || drops;
    const bool empty = !addr_is_set(&a->v4) && !addr_is_set(&a->v6);

    assert_int_equal(a->kind != ACTION_NONE, (change || (in->force && (seen4 || seen6))) && !empty);
    if (a->kind == ACTION_NONE)
        return;
    assert_false(empty);
    assert_null(addr_never(&a->v4));
    assert_null(addr_never(&a->v6));
    check_family(in->want4, in->drop4, in->v4, seen6, &in->published4, &a->v4);
    check_family(in->want6, in->drop6, in->v6, seen4, &in->published6, &a->v6);
    const bool early =
        in->not_before_ms > NOW || (in->applied_ms > 0 && in->applied_ms + 60 * SECOND > NOW);
    assert_int_equal(a->kind, early && !in->force ? ACTION_WAIT : ACTION_APPLY);
    if (a->kind == ACTION_WAIT)
        assert_true(a->until_ms > NOW && a->until_ms >= in->not_before_ms);
}

static void test_anything(void **state)
{
    int kinds[3] = { 0 };
    (void)state;
    for (int i = 0; i < 200000; i++) {
        const struct observation v4 = { .addr = some(4) }, v6 = { .addr = some(6) };
        const struct decide_input in = {
            .want4 = rig_random() % 4,
            .want6 = rig_random() % 4,
            .force = rig_random() % 8 == 0,
            .v4 = rig_random() % 8 ? &v4 : NULL,
            .v6 = rig_random() % 8 ? &v6 : NULL,
            .published4 = some(4),
            .published6 = some(6),
            .drop4 = rig_random() % 2,
            .drop6 = rig_random() % 2,
            .not_before_ms = rig_random() % 3 ? 0 : NOW + (int64_t)(rig_random() % 200000) - 100000,
            .applied_ms = rig_random() % 3 ? 0 : NOW - (int64_t)(rig_random() % 120000),
        };
        const struct action action = decide(&in, NOW);
        kinds[action.kind]++;
        check_action(&in, &action);
    }
    assert_true(kinds[ACTION_NONE] > 1000 && kinds[ACTION_WAIT] > 1000);
    assert_true(kinds[ACTION_APPLY] > 1000);
}

static void test_is_change(void **state)
{
    const struct dcddns_addr none = { 0 }, a1 = ip(A1), a2 = ip(A2), b1 = ip(B1);
    (void)state;
    assert_true(decide_is_change(&a1, &none));
    assert_true(decide_is_change(&a1, &a2));
    assert_true(decide_is_change(&b1, &a1));
    assert_false(decide_is_change(&a1, &a1));
    assert_false(decide_is_change(&none, &a1));
    assert_false(decide_is_change(&none, &none));
}

/* -- what may be published ----------------------------------------------------------------------
 */

static void test_publishable(void **state)
{
    static const struct {
        const char *addr;
        int rc, rc_private;
        const char *words[3];
    } cases[] = {
        { A1, 0, 0, { NULL } },
        { B1, 0, 0, { NULL } },
        { "100.64.0.1", -1, 0, { "100.64.0.0/10", "CGNAT", "public address or use IPv6" } },
        { "192.168.1.1", -1, 0, { "192.168.0.0/16", "RFC 1918", "allow-private = yes" } },
        { "10.0.0.1", -1, 0, { "10.0.0.0/8", "RFC 1918", "allow-private" } },
        { "fd00::1", -1, 0, { "fc00::/7", "RFC 4193", "allow-private" } },
        { "fe80::1", -1, 0, { "fe80::", "allow-private", "fe80::1" } },
        { "0.0.0.0", -1, -1, { "0.0.0.0/32", "no machine", "RFC 1122" } },
        { "224.0.0.1", -1, -1, { "224.0.0.0/4", "Multicast", "no machine" } },
        { "255.255.255.255", -1, -1, { "255.255.255.255/32", "Broadcast", "no machine" } },
        { "::", -1, -1, { "::/128", "Unspecified", "no machine" } },
        { "ff02::1", -1, -1, { "ff00::/8", "Multicast", "no machine" } },
        { "127.0.0.1", -1, 0, { "127.0.0.0/8", "127.0.0.1", "allow-private" } },
        { "2001:db8::1", -1, 0, { "2001:db8::/32", "RFC 3849", "examples only" } },
        { "203.0.113.9", -1, 0, { "203.0.113.0/24", "RFC 5737", "examples only" } },
        { "192.168.1.2", -1, 0, { "Private-Use", "own network", "http-echo" } },
        { "fdaa::1", -1, 0, { "Unique-Local", "own network", "from the router" } },
        { "2001::53aa:64c", -1, 0, { "2001::/32", "RFC 4380", "switch Teredo off" } },
        { "2002:808:808::1", -1, 0, { "2002::/16", "RFC 3056", "switch it off" } },
        { "5f00::1", -1, 0, { "5f00::/16", "SRv6", "allow-private" } },
        { "9000::1", -1, 0, { "Outside the global", "RFC 4291", "the source is wrong" } },
        { "192.88.99.1", -1, 0, { "192.88.99.0/24", "6to4 relay", "allow-private" } },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct dcddns_addr addr = ip(cases[i].addr);
        struct error err = { 0 };
        assert_int_equal(decide_publishable(&addr, false, &err), cases[i].rc);
        assert_int_equal(err.class, cases[i].rc ? ERR_PERM : ERR_NONE);
        for (int w = 0; w < 3 && cases[i].words[w]; w++) {
            if (!strstr(err.text, cases[i].words[w]))
                fail_msg("\"%s\" is not in: %s", cases[i].words[w], err.text);
        }
        assert_int_equal(decide_publishable(&addr, true, &err), cases[i].rc_private);
    }
}

/* -- what a host makes of it --------------------------------------------------------------------
 */

static void test_value_for(void **state)
{
    static const struct {
        const char *expect[3];
        const char *suffix;
        unsigned bits;
        bool private;
        const char *seen, *value;
        const char *word; /* NULL: may be published */
    } cases[] = {
        { .seen = A1, .value = A1 },
        { .seen = "", .value = "" },
        { .expect = { "8.8.0.0/16" }, .seen = A1, .value = A1 },
        { .expect = { "9.9.9.9", "8.8.4.4" }, .seen = A1, .value = A1 },
        { .expect = { "2a00::/16" }, .seen = A1, .value = A1 }, /* says nothing of IPv4 */
        { .expect = { "8.8.0.0/16" }, .seen = B1, .value = B1 },
        { .expect = { "9.0.0.0/8", "2a00::/16" },
          .seen = A1,
          .value = A1,
          .word = "8.8.4.4 (from stun) is in none of the blocks that expect names" },
        { .expect = { "9.0.0.0/8", "2a01::/16" }, .seen = B1, .value = B1, .word = "is a VPN up?" },
        { .suffix = "::1234",
          .bits = 64,
          .seen = "2a00:1450:1:2:3:4:5:6",
          .value = "2a00:1450:1:2::1234" },
        { .suffix = "::1:0:0:0:1234",
          .bits = 56,
          .seen = "2a00:1450:1:2ff:3:4:5:6",
          .value = "2a00:1450:1:201::1234" },
        { .suffix = "::1234", .bits = 64, .seen = A1, .value = A1 },
        { .suffix = "::1234", .bits = 64, .seen = "", .value = "" },
        /* expect is about what would be published */
        { .expect = { "2a00:1450:1:2::1234" },
          .suffix = "::1234",
          .bits = 64,
          .seen = "2a00:1450:1:2::1",
          .value = "2a00:1450:1:2::1234" },
        { .expect = { "2a00:1450:1:2::1" },
          .suffix = "::1234",
          .bits = 64,
          .seen = "2a00:1450:1:2::1",
          .value = "2a00:1450:1:2::1234",
          .word = "2a00:1450:1:2::1234 (from stun)" },
        /* so is the check for special addresses */
        { .suffix = "1:db8::1",
          .bits = 16,
          .seen = "2001:1450::1",
          .value = "2001:db8::1",
          .word = "Documentation" },
        { .suffix = "1:db8::1",
          .bits = 16,
          .private = true,
          .seen = "2001:1450::1",
          .value = "2001:db8::1" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct addr_cidr blocks[3] = { 0 };
        struct decide_rules rules = { .allow_private = cases[i].private,
                                      .expect = blocks,
                                      .prefix_bits = cases[i].bits };
        const struct observation seen = { .addr = ip(cases[i].seen), .source = "stun" };
        struct dcddns_addr out = ip("9.9.9.9");
        struct error err = { 0 };
        while (rules.expect_count < 3 && cases[i].expect[rules.expect_count]) {
            assert_int_equal(
                addr_cidr_parse(cases[i].expect[rules.expect_count], &blocks[rules.expect_count]),
                0);
            rules.expect_count++;
        }
        if (cases[i].suffix)
            assert_int_equal(addr_parse(cases[i].suffix, &rules.suffix), 0);
        print_message("  %zu: %s\n", i, cases[i].seen);
        assert_int_equal(decide_value_for(&rules, &seen, &out, &err), cases[i].word ? -1 : 0);
        assert_ip(&out, cases[i].value);
        if (cases[i].word && !strstr(err.text, cases[i].word))
            fail_msg("\"%s\" is not in: %s", cases[i].word, err.text);
        assert_int_equal(err.class, cases[i].word ? ERR_PERM : ERR_NONE);
    }
}

/* -- decide_after() -----------------------------------------------------------------------------
 */

static const int64_t WALL = INT64_C(1700000000000);
enum { EVEN = INT32_MAX }; /* a random number that moves nothing to speak of */

static struct record failed_before(int failures)
{
    struct record r = { .fqdn = "a.example.com", .failures = failures, .not_before_wall_ms = 77 };
    r.v4.published = ip(A1);
    r.v6.published = ip(B1);
    return r;
}

static struct outcome outcome_of(enum outcome_kind kind, enum error_class class, int64_t wait_s)
{
    struct outcome o = { .kind = kind, .wait_s = wait_s };
    if (class != ERR_NONE)
        error_set(&o.error, class, "said no");
    return o;
}

static void test_done(void **state)
{
    struct record r = failed_before(3);
    struct outcome o = outcome_of(OUTCOME_DONE, ERR_NONE, -1);
    (void)state;
    o.v4 = ip(A2);
    snprintf(r.error, sizeof(r.error), "old words");
    assert_int_equal(decide_after(&r, &o, WALL, 0), 0);
    assert_ip(&r.v4.published, A2);
    assert_int_equal(r.v4.published_wall_ms, WALL);
    assert_ip(&r.v6.published, ""); /* left out: the apply may have removed it */
    assert_int_equal(r.v6.published_wall_ms, 0);
    assert_int_equal(r.state, RECORD_CURRENT);
    assert_int_equal(r.failures, 0);
    assert_int_equal(r.error_class, ERR_NONE);
    assert_string_equal(r.error, "");
    assert_int_equal(r.not_before_wall_ms, 0);
    assert_int_equal(r.checked_wall_ms, WALL);
    assert_int_equal(r.success_wall_ms, WALL);
    assert_true(r.dirty);
}

static void test_failures(void **state)
{
    static const struct {
        enum outcome_kind kind;
        enum error_class class;
        int64_t wait_s;
        int before;
        enum record_state state;
        int64_t least_s, most_s;
    } cases[] = {
        { OUTCOME_TEMP, ERR_TEMP, -1, 0, RECORD_BACKING_OFF, 24, 36 },
        { OUTCOME_TEMP, ERR_TEMP, -1, 1, RECORD_BACKING_OFF, 48, 72 },
        { OUTCOME_TEMP, ERR_TEMP, -1, 6, RECORD_BACKING_OFF, 1536, 2304 },
        { OUTCOME_TEMP, ERR_TEMP, -1, 7, RECORD_BACKING_OFF, 2880, 4320 },
        { OUTCOME_TEMP, ERR_TEMP, -1, 500, RECORD_BACKING_OFF, 2880, 4320 },
        { OUTCOME_TEMP, ERR_TEMP, 0, 0, RECORD_BACKING_OFF, 24, 36 },
        { OUTCOME_TEMP, ERR_TEMP, 120, 0, RECORD_BACKING_OFF, 120, 144 },
        { OUTCOME_TEMP, ERR_TEMP, 86400, 5, RECORD_BACKING_OFF, 86400, 86400 },
        { OUTCOME_TEMP, ERR_TEMP, 86400, 0, RECORD_BACKING_OFF, 86400, 86400 },
        { OUTCOME_TEMP, ERR_TEMP, 86000, 0, RECORD_BACKING_OFF, 86000, 86400 },
        { OUTCOME_REFUSED, ERR_PERM, 86400, 0, RECORD_PAUSED, 86400, 86400 },
        /* "in a second" is obeyed three times, then it would be a loop */
        { OUTCOME_TEMP, ERR_TEMP, 1, 2, RECORD_BACKING_OFF, 1, 2 },
        { OUTCOME_TEMP, ERR_TEMP, 1, 3, RECORD_BACKING_OFF, 192, 288 },
        { OUTCOME_REFUSED, ERR_PERM, -1, 0, RECORD_PAUSED, 17280, 25920 },
        /* a short Retry-After is no reason to hurry */
        { OUTCOME_REFUSED, ERR_PERM, 1, 0, RECORD_PAUSED, 17280, 25920 },
        { OUTCOME_REFUSED, ERR_PERM, 43200, 0, RECORD_PAUSED, 43200, 51840 },
        { OUTCOME_CONFLICT, ERR_CONFLICT, -1, 4, RECORD_PAUSED, 17280, 25920 },
        { OUTCOME_CONSENT, ERR_CONSENT, 60, 0, RECORD_PAUSED, 60, 72 },
        { OUTCOME_CONSENT, ERR_CONSENT, 3600, 1, RECORD_PAUSED, 3600, 4320 },
        /* nothing told: the probing table by failures in a row */
        { OUTCOME_CONSENT, ERR_CONSENT, -1, 0, RECORD_PAUSED, 60, 72 },
        { OUTCOME_CONSENT, ERR_CONSENT, -1, 1, RECORD_PAUSED, 3600, 4320 },
        { OUTCOME_CONSENT, ERR_CONSENT, -1, 2, RECORD_PAUSED, 86400, 103680 },
        { OUTCOME_CONSENT, ERR_CONSENT, -1, 3, RECORD_PAUSED, 21600, 25920 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (int n = 0; n < 50; n++) {
            uint32_t random = n == 0 ? 0 : n == 1 ? UINT32_MAX : rig_random();
            struct record r = failed_before(cases[i].before);
            const struct outcome o = outcome_of(cases[i].kind, cases[i].class, cases[i].wait_s);
            int64_t rest = decide_after(&r, &o, WALL, random);
            if (rest < cases[i].least_s * 1000 || rest > cases[i].most_s * 1000)
                fail_msg("row %zu: %lld ms", i, (long long)rest);
            assert_int_equal(r.not_before_wall_ms, WALL + rest);
            assert_int_equal(r.state, cases[i].state);
            assert_int_equal(r.failures, cases[i].before + 1);
            assert_int_equal(r.error_class, cases[i].class);
            assert_string_equal(r.error, "said no");
            assert_ip(&r.v4.published, A1);
            assert_int_equal(r.success_wall_ms, 0);
            assert_int_equal(r.checked_wall_ms, WALL);
            assert_true(r.dirty);
        }
    }
}

static void test_stopped(void **state)
{
    struct record r = failed_before(2);
    const struct record before = r;
    const struct outcome o = outcome_of(OUTCOME_STOPPED, ERR_STOP, -1);
    (void)state;
    assert_int_equal(decide_after(&r, &o, WALL, EVEN), 0);
    assert_memory_equal(&r, &before, sizeof(r)); /* nothing is known, so nothing is said */
}

static void test_probing(void **state)
{
    (void)state;
    assert_int_equal(decide_probe_s(1), 60);
    assert_int_equal(decide_probe_s(2), 3600);
    assert_int_equal(decide_probe_s(3), 86400);
    assert_int_equal(decide_probe_s(4), 6 * 3600);
    assert_int_equal(decide_probe_s(400), 6 * 3600);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decide),      cmocka_unit_test(test_decide_settles),
        cmocka_unit_test(test_anything),    cmocka_unit_test(test_is_change),
        cmocka_unit_test(test_publishable), cmocka_unit_test(test_value_for),
        cmocka_unit_test(test_done),        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_stopped),     cmocka_unit_test(test_probing),
    };
    return cmocka_run_group_tests_name("decide", tests, NULL, NULL);
}
