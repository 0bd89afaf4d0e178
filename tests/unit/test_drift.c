/* The judgement of what name servers say, row by row, and what follows from look to look. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "engine/drift.h"

enum { MINUTE = 60 * 1000, HOUR = 60 * MINUTE };
static const int64_t DAY = INT64_C(24) * HOUR, NOW = INT64_C(1700000000000);

static struct dcddns_addr ip(const char *text)
{
    struct dcddns_addr addr = { 0 };
    if (text[0])
        assert_int_equal(addr_parse(text, &addr), 0);
    return addr;
}

/* "-" no answer, "0" no record, "C" CNAME, "N" delegated, else addresses with blanks between. */
static struct authority_answer answer_of(const char *text)
{
    struct authority_answer answer = { .asked = true, .kind = AUTHORITY_RECORDS };
    char one[64] = "";
    if (strcmp(text, "-") == 0)
        answer.kind = AUTHORITY_NONE;
    else if (strcmp(text, "C") == 0)
        answer.kind = AUTHORITY_ALIAS;
    else if (strcmp(text, "N") == 0)
        answer.kind = AUTHORITY_DELEGATED;
    if (answer.kind == AUTHORITY_NONE)
        snprintf(answer.text, sizeof(answer.text), "no reply");
    if (answer.kind == AUTHORITY_DELEGATED)
        snprintf(answer.text, sizeof(answer.text), "home.example.com");
    if (answer.kind != AUTHORITY_RECORDS || strcmp(text, "0") == 0)
        return answer;
    for (int used = 0; sscanf(text, "%63s%n", one, &used) == 1; text += used) {
        if (answer.count < AUTHORITY_ADDRS_MAX)
            answer.addrs[answer.count] = ip(one);
        answer.count++;
    }
    return answer;
}

#define OURS  "93.184.216.34"
#define OURS6 "2a00:1450::1"
enum { OLD = 24 * HOUR, YOUNG = 119 * 1000, SETTLE = 120 * 1000 };

static const struct {
    const char *ns1, *ns2, *ns3; /* for A; NULL: not asked */
    int64_t age_ms;
    enum record_dns_state state;
    const char *says;
} rows[] = {
    { OURS, NULL, NULL, OLD, RECORD_DNS_CURRENT, "" },
    { OURS, OURS, OURS, OLD, RECORD_DNS_CURRENT, "" },
    { OURS, OURS, OURS, 0, RECORD_DNS_CURRENT, "" },
    { OURS, "-", "-", OLD, RECORD_DNS_CURRENT, "" },
    { "8.8.4.4", NULL, NULL, OLD, RECORD_DNS_DIFFERENT, "ns1 says A 8.8.4.4, published was " OURS },
    { "8.8.4.4", "8.8.4.4", NULL, SETTLE, RECORD_DNS_DIFFERENT, "ns1 says" },
    { "8.8.4.4", "8.8.4.4", NULL, YOUNG, RECORD_DNS_LAGGING, "ns1 says A 8.8.4.4" },
    { "8.8.4.4", "9.9.9.9", NULL, OLD, RECORD_DNS_DIFFERENT, "ns1 says A 8.8.4.4" },
    { "-", "8.8.4.4", NULL, OLD, RECORD_DNS_DIFFERENT, "ns2 says" },
    { OURS, "8.8.4.4", NULL, OLD, RECORD_DNS_LAGGING, "ns2 says A 8.8.4.4" },
    { "8.8.4.4", "8.8.4.4", OURS, OLD, RECORD_DNS_LAGGING, "ns1 says" },
    { OURS " 8.8.4.4", NULL, NULL, OLD, RECORD_DNS_DIFFERENT, OURS ", 8.8.4.4" },
    { "1.0.0.1 1.0.0.2 1.0.0.3 1.0.0.4 1.0.0.5", NULL, NULL, OLD, RECORD_DNS_DIFFERENT, "1.0.0.4" },
    { "0", "0", NULL, OLD, RECORD_DNS_GONE, "ns1 has no A record" },
    { "0", "0", NULL, YOUNG, RECORD_DNS_LAGGING, "no A record" },
    { "0", OURS, NULL, OLD, RECORD_DNS_LAGGING, "no A record" },
    { "C", "C", NULL, OLD, RECORD_DNS_ALIAS, "alias (CNAME)" },
    { "C", "0", NULL, OLD, RECORD_DNS_ALIAS, "alias" },
    { "C", "C", NULL, YOUNG, RECORD_DNS_LAGGING, "alias" },
    { "N", "N", NULL, OLD, RECORD_DNS_DELEGATED, "other name servers serve home.example.com" },
    { "N", "8.8.4.4", NULL, OLD, RECORD_DNS_DELEGATED, "NS records" },
    { "-", "-", "-", OLD, RECORD_DNS_UNKNOWN,
      "no name server gave an authoritative answer: no reply" },
    { NULL, NULL, NULL, OLD, RECORD_DNS_UNKNOWN, "nobody" },
    { "-", "-", NULL, YOUNG, RECORD_DNS_UNKNOWN, "no reply" },
    /* Split horizon: addresses of the own network are no answer. */
    { "192.168.1.5", "192.168.1.5", NULL, OLD, RECORD_DNS_UNKNOWN, "split horizon" },
    { "100.64.0.1", NULL, NULL, OLD, RECORD_DNS_UNKNOWN, "split horizon" },
    { OURS " 10.0.0.1", NULL, NULL, OLD, RECORD_DNS_UNKNOWN, "split horizon" },
    { OURS, "192.168.1.5", NULL, OLD, RECORD_DNS_CURRENT, "" },
};

static struct authority_result result;

static void add(const char *v4, const char *v6)
{
    struct authority_server *server = &result.servers[result.count++];
    snprintf(server->name, sizeof(server->name), "ns%zu", result.count);
    server->v4 = answer_of(v4);
    server->v6 = answer_of(v6);
}

static void ask_nobody(void)
{
    result = (struct authority_result){ 0 };
    snprintf(result.error.text, sizeof(result.error.text), "nobody");
}

static void test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *const servers[] = { rows[i].ns1, rows[i].ns2, rows[i].ns3 };
        ask_nobody();
        for (size_t s = 0; s < 3 && servers[s]; s++)
            add(servers[s], "-");
        if (result.count > 0)
            result.error = (struct error){ 0 };
        const struct drift_input in = {
            .answers = &result, .v4 = ip(OURS), .age_ms = rows[i].age_ms, .settle_ms = SETTLE
        };
        const struct drift d = drift_judge(&in);
        print_message("%zu: %s: %s\n", i, record_dns_name(d.state), d.says);
        assert_int_equal(d.state, rows[i].state);
        assert_non_null(strstr(d.says, rows[i].says));
        assert_int_equal(d.says[0] == '\0', d.state == RECORD_DNS_CURRENT);
        assert_int_equal(drift_is_wrong(d.state), d.state >= RECORD_DNS_DIFFERENT);
    }
}

/* Both families: the one about which most has to be done counts. */
static void test_families(void **state)
{
    static const struct {
        const char *v4, *v6;
        bool want4, want6;
        enum record_dns_state state;
        const char *says;
    } cases[] = {
        { OURS, OURS6, true, true, RECORD_DNS_CURRENT, "" },
        { OURS, "2a00:1450::2", true, true, RECORD_DNS_DIFFERENT, "AAAA 2a00:1450::2" },
        { "8.8.4.4", OURS6, true, true, RECORD_DNS_DIFFERENT, "A 8.8.4.4" },
        { OURS, "-", true, true, RECORD_DNS_UNKNOWN, "no reply" },
        { "8.8.4.4", "-", true, true, RECORD_DNS_DIFFERENT, "A 8.8.4.4" },
        { OURS, "0", true, true, RECORD_DNS_GONE, "no AAAA record" },
        { OURS, "0", true, false, RECORD_DNS_CURRENT, "" },
        { "8.8.4.4", OURS6, false, true, RECORD_DNS_CURRENT, "" },
        { OURS, OURS6, false, false, RECORD_DNS_UNKNOWN, "" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        result = (struct authority_result){ 0 };
        add(cases[i].v4, cases[i].v6);
        const struct drift_input in = { .answers = &result,
                                        .v4 = ip(cases[i].want4 ? OURS : ""),
                                        .v6 = ip(cases[i].want6 ? OURS6 : ""),
                                        .age_ms = OLD,
                                        .settle_ms = SETTLE };
        const struct drift d = drift_judge(&in);
        assert_int_equal(d.state, cases[i].state);
        assert_non_null(strstr(d.says, cases[i].says));
    }
}

static void test_private_addresses_when_allowed(void **state)
{
    (void)state;
    result = (struct authority_result){ 0 };
    add("192.168.1.6", "-");
    const struct drift_input in = { .answers = &result,
                                    .v4 = ip("192.168.1.5"),
                                    .allow_private = true,
                                    .age_ms = OLD,
                                    .settle_ms = SETTLE };
    assert_int_equal(drift_judge(&in).state, RECORD_DNS_DIFFERENT);
}

/* Names as long as they may be do not run over. */
static void test_long_names(void **state)
{
    (void)state;
    result = (struct authority_result){ 0 };
    add("N", "-");
    memset(result.servers[0].name, 'n', FQDN_MAX - 1);
    memset(result.servers[0].v4.text, 'z', ERROR_TEXT_MAX - 1);
    const struct drift_input in = { .answers = &result, .v4 = ip(OURS), .age_ms = OLD };
    const struct drift d = drift_judge(&in);
    assert_true(strlen(d.says) < sizeof(d.says));
    assert_non_null(strstr(d.says, "set the name up there"));
}

/* -- from look to look ------------------------------------------------------------------------- */

static struct record_dns dns;
static int64_t now;

static struct drift_step look(enum record_dns_state seen)
{
    const struct drift d = { .state = seen };
    const struct drift_step step = drift_enter(&dns, &d, now);
    assert_int_equal(dns.state, seen);
    assert_int_equal(dns.asked_wall_ms, now);
    return step;
}

static void expect(enum record_dns_state seen, const char *what)
{
    const struct drift_step step = look(seen);
    char got[8] = "";
    snprintf(got, sizeof(got), "%s%s%s", step.tell ? "t" : "", step.repair ? "r" : "",
             step.recovered ? "+" : "");
    assert_string_equal(got, what);
    if (step.repair)
        drift_applied(&dns, true, now);
}

static void begin(void)
{
    dns = (struct record_dns){ 0 };
    now = NOW;
}

/* Somebody changed the record: told, repaired, and forgotten after a day. */
static void test_repaired_once(void **state)
{
    (void)state;
    begin();
    expect(RECORD_DNS_CURRENT, "");
    now += HOUR;
    expect(RECORD_DNS_DIFFERENT, "tr");
    now += 2 * MINUTE;
    expect(RECORD_DNS_CURRENT, "+");
    assert_int_equal(dns.applies, 1);
    now += 23 * (int64_t)HOUR;
    expect(RECORD_DNS_CURRENT, "");
    assert_int_equal(dns.applies, 1);
    now += HOUR;
    expect(RECORD_DNS_CURRENT, "");
    assert_int_equal(dns.applies, 0);
}

/* Two updates in all, the second not before the hour is over; then words, ever more seldom. */
static void test_no_help(void **state)
{
    int told = 0;
    (void)state;
    begin();
    expect(RECORD_DNS_CURRENT, "");
    expect(RECORD_DNS_GONE, "tr");
    now += 2 * MINUTE;
    expect(RECORD_DNS_GONE, "");
    now += 48 * MINUTE;
    expect(RECORD_DNS_GONE, "r");
    now += 2 * MINUTE;
    expect(RECORD_DNS_GONE, "t"); /* gives up */
    assert_true(dns.gave_up);
    for (int hours = 0; hours < 30 * 24; hours++) {
        now += HOUR;
        const struct drift_step step = look(RECORD_DNS_GONE);
        assert_false(step.repair);
        told += step.tell;
    }
    assert_int_equal(told, 7); /* at 8, 16 ... 512 looks */
    now += HOUR;
    expect(RECORD_DNS_CURRENT, "+");
    now += DAY;
    expect(RECORD_DNS_GONE, "tr");
}

/* An update that DNS never showed was the first of the two. */
static void test_update_without_effect(void **state)
{
    (void)state;
    begin();
    drift_applied(&dns, false, now);
    now += 2 * MINUTE;
    expect(RECORD_DNS_DIFFERENT, "tr");
    now += 2 * MINUTE;
    expect(RECORD_DNS_DIFFERENT, "t");
    now += DAY;
    expect(RECORD_DNS_DIFFERENT, "");
    /* A new address is a new update, and one more. */
    drift_applied(&dns, false, now);
    assert_int_equal(dns.drifts, 0);
    now += 2 * MINUTE;
    expect(RECORD_DNS_DIFFERENT, "tr");
    now += 2 * MINUTE;
    expect(RECORD_DNS_DIFFERENT, "t");
}

/* An update for another reason puts it right: whoever was alarmed is told. */
static void test_over_by_another_update(void **state)
{
    (void)state;
    begin();
    expect(RECORD_DNS_CURRENT, "");
    expect(RECORD_DNS_DIFFERENT, "tr");
    drift_applied(&dns, false, now);
    now += 2 * MINUTE;
    expect(RECORD_DNS_CURRENT, "+");
    now += HOUR;
    expect(RECORD_DNS_CURRENT, "");
}

/* Another program sets the record each hour: two updates in a day, no duel. */
static void test_duel(void **state)
{
    int repairs = 0;
    (void)state;
    begin();
    for (int hours = 0; hours < 24 * 10; hours++) {
        now += HOUR;
        const struct drift_step step = look(RECORD_DNS_DIFFERENT);
        repairs += step.repair;
        if (!step.repair)
            continue;
        drift_applied(&dns, true, now);
        now += 2 * MINUTE;
        look(RECORD_DNS_CURRENT);
    }
    assert_int_equal(repairs, 2);
}

/* What an update cannot change is only told. */
static void test_alias_and_delegation(void **state)
{
    (void)state;
    begin();
    expect(RECORD_DNS_ALIAS, "t");
    expect(RECORD_DNS_ALIAS, "");
    begin();
    expect(RECORD_DNS_DELEGATED, "t");
    for (int i = 2; i < 8; i++)
        expect(RECORD_DNS_DELEGATED, "");
    expect(RECORD_DNS_DELEGATED, "t");
}

static void test_unknown_and_lagging_do_nothing(void **state)
{
    (void)state;
    begin();
    for (int i = 0; i < 100; i++) {
        now += HOUR;
        expect(RECORD_DNS_UNKNOWN, "");
        expect(RECORD_DNS_LAGGING, "");
    }
    assert_int_equal(dns.drifts, 0);
    /* Nor do they end an episode: it goes on where it was. */
    expect(RECORD_DNS_DIFFERENT, "tr");
    expect(RECORD_DNS_UNKNOWN, "");
    expect(RECORD_DNS_DIFFERENT, "");
    now += HOUR;
    expect(RECORD_DNS_DIFFERENT, "r");
}

/* A wall clock that ran backwards neither blocks the second update for years nor makes a third. */
static void test_clock_backwards(void **state)
{
    (void)state;
    begin();
    expect(RECORD_DNS_DIFFERENT, "tr");
    now = 1000;
    expect(RECORD_DNS_DIFFERENT, "r");
    now = 500;
    expect(RECORD_DNS_DIFFERENT, "t");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_families),
        cmocka_unit_test(test_private_addresses_when_allowed),
        cmocka_unit_test(test_long_names),
        cmocka_unit_test(test_repaired_once),
        cmocka_unit_test(test_no_help),
        cmocka_unit_test(test_update_without_effect),
        cmocka_unit_test(test_over_by_another_update),
        cmocka_unit_test(test_duel),
        cmocka_unit_test(test_alias_and_delegation),
        cmocka_unit_test(test_unknown_and_lagging_do_nothing),
        cmocka_unit_test(test_clock_backwards),
    };
    return cmocka_run_group_tests_name("drift", tests, NULL, NULL);
}
