/* Chains: order, fallback, confirmation. */
#include "engine_modules.h"

#include "engine/chain.h"

enum { SOURCES = 3, CONFIRM = 5 * SECOND };

static struct net *net;
static struct instance *instances[SOURCES];
static struct source *sources[SOURCES + 1];
static struct chain *chain;

static struct {
    int rounds;
    bool asked4, asked6;
    struct observation v4, v6;
} seen;
static const char *published4, *published6;

static bool would_change(void *ctx, const struct dcddns_addr *addr)
{
    const struct dcddns_addr now = ip(addr->family == 4 ? published4 : published6);
    assert_ptr_equal(ctx, &seen);
    return decide_is_change(addr, &now);
}

static void done(void *ctx, const struct observation *v4, const struct observation *v6)
{
    assert_ptr_equal(ctx, &seen);
    seen.rounds++;
    seen.asked4 = v4 != NULL;
    seen.asked6 = v6 != NULL;
    seen.v4 = v4 ? *v4 : (struct observation){ 0 };
    seen.v6 = v6 ? *v6 : (struct observation){ 0 };
}

static int confirm;

static void make(size_t count, bool want4, bool want6, bool allow_private)
{
    struct source *list[SOURCES + 1] = { NULL };
    memcpy(list, sources, count * sizeof(struct source *));
    const struct chain_options options = {
        .sources = list,
        .want4 = want4,
        .want6 = want6,
        .terms.allow_private = allow_private,
        .confirm = confirm,
        .confirm_delay_ms = CONFIRM,
        .would_change = would_change,
        .done = done,
        .ctx = &seen,
    };
    chain = chain_new(net, &options);
    assert_non_null(chain);
}

static int set_up(void **state)
{
    static const char *const names[] = { "one", "two", "three" };
    static const char *const ids[] = { "0", "1", "2" };
    struct error err = { 0 };
    rig_begin(state);
    rig_modules_reset();
    net = net_new(NULL, &err);
    assert_non_null(net);
    for (int i = 0; i < SOURCES; i++) {
        instances[i] = rig_instance(DCDDNS_KIND_IP_SOURCE, names[i], ids[i], net);
        sources[i] = source_new(net, instances[i], 15 * SECOND, NULL, NULL);
        assert_non_null(sources[i]);
    }
    confirm = 1;
    published4 = published6 = "";
    memset(&seen, 0, sizeof(seen));
    return 0;
}

static int tear_down(void **state)
{
    rig_release();
    rig_flow(true);
    if (chain)
        chain_stop(chain);
    for (int i = 0; i < SOURCES; i++) {
        assert_true(source_free(&sources[i], 5000));
        instance_free(&instances[i]);
    }
    chain_free(&chain);
    chain_free(&chain);
    net_free(&net);
    return rig_end(state);
}

/* One round with all answers, at this instant or at the one of the second reading. */
static void round_of(bool fresh)
{
    int before = seen.rounds;
    assert_true(chain_start(chain, 0, fresh));
    assert_true(chain_is_busy(chain));
    assert_false(chain_start(chain, 0, fresh));
    for (int64_t end = rig_real_ms() + 10000; chain_is_busy(chain);) {
        assert_true(rig_real_ms() < end);
        net_turn(net, 2);
        const struct net_timer *first = net_timers(net)->first;
        if (chain_is_busy(chain) && !rig_asking(net) && first && first->due > rig_boot_ms())
            rig_pass(first->due - rig_boot_ms());
    }
    assert_int_equal(seen.rounds, before + 1);
}

struct row {
    const char *name;
    size_t sources;
    const char *says[SOURCES]; /* NULL: fails; "": no address */
    const char *published;
    const char *result, *from;
    int queries[SOURCES];
    int64_t took;
    const char *word; /* of the error */
};

static const struct row rows[] = {
    { "the first is believed when nothing changes",
      3,
      { "8.8.4.4", "8.8.8.8", "8.8.8.8" },
      "8.8.4.4",
      "8.8.4.4",
      "one",
      { 1, 0, 0 },
      0,
      NULL },
    { "a change is confirmed by the next",
      3,
      { "8.8.4.4", "8.8.4.4", "8.8.8.8" },
      "",
      "8.8.4.4",
      "one",
      { 1, 1, 0 },
      0,
      NULL },
    { "they disagree",
      3,
      { "8.8.4.4", "8.8.8.8", "8.8.4.4" },
      "1.1.1.1",
      "",
      "",
      { 1, 1, 0 },
      0,
      "one says 8.8.4.4, two says 8.8.8.8" },
    { "the first fails",
      3,
      { NULL, "8.8.4.4", "8.8.4.4" },
      "8.8.4.4",
      "8.8.4.4",
      "two",
      { 1, 1, 0 },
      0,
      NULL },
    { "the first has none",
      3,
      { "", "8.8.4.4", "8.8.4.4" },
      "8.8.4.4",
      "8.8.4.4",
      "two",
      { 1, 1, 0 },
      0,
      NULL },
    { "the first fails, a change",
      3,
      { NULL, "8.8.4.4", "8.8.4.4" },
      "",
      "8.8.4.4",
      "two",
      { 1, 1, 1 },
      0,
      NULL },
    { "all fail", 3, { NULL, NULL, NULL }, "8.8.4.4", "", "", { 1, 1, 1 }, 0, "three" },
    { "nobody outside is asked",
      1,
      { NULL, "8.8.4.4", "8.8.4.4" },
      "",
      "",
      "",
      { 1, 0, 0 },
      0,
      "one" },
    { "alone: read twice",
      1,
      { "8.8.4.4", "8.8.8.8", NULL },
      "",
      "8.8.4.4",
      "one",
      { 2, 0, 0 },
      CONFIRM,
      NULL },
    { "the last of the chain: read twice",
      3,
      { NULL, NULL, "8.8.4.4" },
      "",
      "8.8.4.4",
      "three",
      { 1, 1, 2 },
      CONFIRM,
      NULL },
    { "the second knows nothing: the first is read twice",
      2,
      { "8.8.4.4", NULL, NULL },
      "",
      "8.8.4.4",
      "one",
      { 2, 1, 0 },
      CONFIRM,
      NULL },
    { "a private answer counts as none",
      2,
      { "192.168.1.7", "8.8.4.4", NULL },
      "8.8.4.4",
      "8.8.4.4",
      "two",
      { 1, 1, 0 },
      0,
      NULL },
    { "CGNAT is named", 1, { "100.64.3.4", NULL, NULL }, "", "", "", { 1, 0, 0 }, 0, "CGNAT" },
    { "a private second proves nothing",
      2,
      { "8.8.4.4", "10.0.0.1", NULL },
      "",
      "8.8.4.4",
      "one",
      { 2, 1, 0 },
      CONFIRM,
      NULL },
};

/* Those that ask for more, or are asked for it.  "?" before an address: unproven. */
static const struct {
    int confirm;
    struct row row;
} confirm_rows[] = {
    { 1,
      { .name = "the second fails: the third is asked before the first is read twice",
        .sources = 3,
        .says = { "8.8.4.4", NULL, "8.8.4.4" },
        .result = "8.8.4.4",
        .from = "one",
        .queries = { 1, 1, 1 } } },
    { 1,
      { .name = "the third contradicts",
        .sources = 3,
        .says = { "8.8.4.4", NULL, "8.8.8.8" },
        .result = "",
        .queries = { 1, 1, 1 },
        .word = "one says 8.8.4.4, three says 8.8.8.8" } },
    { 2,
      { .name = "two of three are enough",
        .sources = 3,
        .says = { "8.8.4.4", "8.8.4.4", "8.8.8.8" },
        .result = "8.8.4.4",
        .from = "one",
        .queries = { 1, 1, 0 } } },
    { 2,
      { .name = "two, and the second fails",
        .sources = 3,
        .says = { "8.8.4.4", NULL, "8.8.4.4" },
        .result = "8.8.4.4",
        .from = "one",
        .queries = { 1, 1, 1 } } },
    { 2,
      { .name = "two, and the first fails",
        .sources = 3,
        .says = { NULL, "8.8.4.4", "8.8.4.4" },
        .result = "8.8.4.4",
        .from = "two",
        .queries = { 1, 1, 1 } } },
    { 2,
      { .name = "two, and only one answers: a second reading does not count",
        .sources = 3,
        .says = { "", "8.8.4.4", NULL },
        .result = "",
        .queries = { 1, 1, 1 },
        .word = "only two says 8.8.4.4, and confirm = 2 asks for more; no answer came from one, "
                "three" } },
    { 2,
      { .name = "nothing changes: one is enough",
        .sources = 3,
        .says = { "8.8.4.4", NULL, NULL },
        .published = "8.8.4.4",
        .result = "8.8.4.4",
        .from = "one",
        .queries = { 1, 0, 0 } } },
    { 3,
      { .name = "three of three",
        .sources = 3,
        .says = { "8.8.4.4", "8.8.4.4", "8.8.4.4" },
        .result = "8.8.4.4",
        .from = "one",
        .queries = { 1, 1, 1 } } },
    { 3,
      { .name = "three, and the third lies",
        .sources = 3,
        .says = { "8.8.4.4", "8.8.4.4", "8.8.8.8" },
        .result = "",
        .queries = { 1, 1, 1 },
        .word = "one, two say 8.8.4.4, three says 8.8.8.8: nothing is published" } },
    { 3,
      { .name = "three, and one of them is private",
        .sources = 3,
        .says = { "8.8.4.4", "10.0.0.1", "8.8.4.4" },
        .result = "",
        .queries = { 1, 1, 1 },
        .word = "only one, three say 8.8.4.4, and confirm = 3 asks for more; no answer came from "
                "two" } },
    { 1,
      { .name = "unproven, and nothing changes",
        .sources = 2,
        .says = { "?8.8.4.4", NULL, NULL },
        .published = "8.8.4.4",
        .result = "8.8.4.4",
        .from = "one",
        .queries = { 1, 0, 0 } } },
    { 1,
      { .name = "unproven, another says the same",
        .sources = 2,
        .says = { "?8.8.4.4", "8.8.4.4", NULL },
        .result = "8.8.4.4",
        .from = "one",
        .queries = { 1, 1, 0 } } },
    { 1,
      { .name = "unproven twice, by different sources",
        .sources = 3,
        .says = { "?8.8.4.4", NULL, "?8.8.4.4" },
        .result = "8.8.4.4",
        .from = "one",
        .queries = { 1, 1, 1 } } },
    { 1,
      { .name = "unproven, another says something else",
        .sources = 2,
        .says = { "?8.8.4.4", "8.8.8.8", NULL },
        .result = "",
        .queries = { 1, 1, 0 },
        .word = "one says 8.8.4.4, two says 8.8.8.8" } },
    { 1,
      { .name = "unproven and alone",
        .sources = 1,
        .says = { "?8.8.4.4", NULL, NULL },
        .result = "",
        .queries = { 1, 0, 0 },
        .word = "one knows 8.8.4.4 from one server only; add another source or server" } },
    { 1,
      { .name = "unproven, nobody else answers",
        .sources = 3,
        .says = { "?8.8.4.4", NULL, "" },
        .result = "",
        .queries = { 1, 1, 1 },
        .word = "from one server only, and no answer came from two, three; add" } },
    { 1,
      { .name = "the second is unproven: a witness all the same",
        .sources = 2,
        .says = { "8.8.4.4", "?8.8.4.4", NULL },
        .result = "8.8.4.4",
        .from = "one",
        .queries = { 1, 1, 0 } } },
    { 1,
      { .name = "unspecified counts as none",
        .sources = 2,
        .says = { "0.0.0.0", "8.8.4.4", NULL },
        .published = "8.8.4.4",
        .result = "8.8.4.4",
        .from = "two",
        .queries = { 1, 1, 0 } } },
};

static void say(int source, const char *what)
{
    if (!what)
        rig_set(source, RIG_FAIL, "", "");
    else if (what[0] == '?')
        rig_set(source, RIG_GUESS, what + 1, "");
    else
        rig_set(source, RIG_SAY, what, "");
}

static void check_row(const struct row *r)
{
    print_message("  %s\n", r->name);
    published4 = r->published ? r->published : "";
    for (int n = 0; n < SOURCES; n++)
        say(n, r->says[n]);
    make(r->sources, true, false, false);
    int64_t began = rig_boot_ms();
    round_of(false);
    assert_int_equal(rig_boot_ms() - began, r->took);
    assert_true(seen.asked4 && !seen.asked6);
    assert_ip(&seen.v4.addr, r->result);
    if (r->result[0]) {
        assert_string_equal(seen.v4.source, r->from);
        assert_int_equal(seen.v4.confirmed, strcmp(published4, r->result) != 0);
    } else {
        assert_int_not_equal(seen.v4.error.class, ERR_NONE);
    }
    assert_int_equal(seen.v4.at_ms, rig_boot_ms());
    for (int n = 0; n < SOURCES; n++)
        assert_int_equal(rig_queries(n), r->queries[n]);
    if (r->word && !strstr(seen.v4.error.text, r->word))
        fail_msg("\"%s\" is not in: %s", r->word, seen.v4.error.text);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (i > 0)
            set_up(state);
        check_row(&rows[i]);
        if (i + 1 < sizeof(rows) / sizeof(rows[0]))
            tear_down(state);
    }
}

static void test_confirm_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(confirm_rows) / sizeof(confirm_rows[0]); i++) {
        if (i > 0)
            set_up(state);
        confirm = confirm_rows[i].confirm;
        check_row(&confirm_rows[i].row);
        if (i + 1 < sizeof(confirm_rows) / sizeof(confirm_rows[0]))
            tear_down(state);
    }
}

/* What was found out in one round is not a witness in the next. */
static void test_witnesses_of_one_round_only(void **state)
{
    (void)state;
    confirm = 2;
    rig_set(0, RIG_SAY, "8.8.4.4", "");
    rig_set(1, RIG_FAIL, "", "");
    make(2, true, false, false);
    for (int i = 0; i < 3; i++) {
        round_of(true);
        assert_ip(&seen.v4.addr, "");
        assert_null(strstr(seen.v4.error.text, "one, one"));
        assert_null(strstr(seen.v4.error.text, "two, two"));
    }
    rig_set(1, RIG_SAY, "8.8.4.4", "");
    round_of(true);
    assert_ip(&seen.v4.addr, "8.8.4.4");
}

static void test_private_on_purpose(void **state)
{
    (void)state;
    rig_set(0, RIG_SAY, "192.168.1.7", "");
    rig_set(1, RIG_SAY, "192.168.1.7", "");
    make(2, true, false, true);
    round_of(false);
    assert_ip(&seen.v4.addr, "192.168.1.7");
}

/* IPv6 is confirmed by its own second source while IPv4 finds nothing at all. */
static void test_families_are_independent(void **state)
{
    (void)state;
    published6 = "2a00:1450::1";
    rig_set(0, RIG_SAY, "", "2a00:1450::2");
    rig_set(1, RIG_SAY, "", "2a00:1450::2");
    make(2, true, true, false);
    round_of(false);
    assert_true(seen.asked4 && seen.asked6);
    assert_int_equal(seen.v4.addr.family, 0);
    assert_int_not_equal(seen.v4.error.class, ERR_NONE);
    assert_ip(&seen.v6.addr, "2a00:1450::2");
    assert_int_equal(rig_get(0).queries[0], 1);
    assert_int_equal(rig_get(1).queries[0], 1);
    assert_int_equal(rig_get(0).queries[1], 1);
    assert_int_equal(rig_get(1).queries[1], 1);
    /* the next round starts from nothing */
    rig_pass(MINUTE);
    rig_set(0, RIG_SAY, "8.8.4.4", "");
    rig_set(1, RIG_SAY, "8.8.4.4", "");
    round_of(false);
    assert_ip(&seen.v4.addr, "8.8.4.4");
    assert_int_equal(seen.v6.addr.family, 0);
}

static void test_families_are_added(void **state)
{
    (void)state;
    rig_set(0, RIG_SAY, "8.8.4.4", "2a00:1450::1");
    make(1, false, false, false);
    published4 = "8.8.4.4";
    published6 = "2a00:1450::1";
    assert_true(chain_start(chain, 0, false)); /* nobody wants anything */
    assert_false(chain_is_busy(chain));
    assert_int_equal(seen.rounds, 0);
    chain_want(chain, false, true);
    round_of(false);
    assert_true(!seen.asked4 && seen.asked6);
    chain_want(chain, true, false);
    round_of(true);
    assert_true(seen.asked4 && seen.asked6);
}

/* Somebody changed the second reading: nothing is published. */
static void test_second_reading_differs(void **state)
{
    (void)state;
    rig_set(0, RIG_SAY, "8.8.4.4", "");
    make(1, true, false, false);
    assert_true(chain_start(chain, 0, false));
    RIG_UNTIL(net, !rig_asking(net));
    assert_true(chain_is_busy(chain));
    rig_set(0, RIG_SAY, "8.8.8.8", "");
    rig_pass(CONFIRM - 1);
    for (int i = 0; i < 5; i++)
        net_turn(net, 2);
    assert_int_equal(rig_queries(0), 1);
    rig_pass(1);
    RIG_UNTIL(net, seen.rounds == 1);
    assert_int_equal(rig_queries(0), 2);
    assert_int_equal(seen.v4.addr.family, 0);
    assert_int_equal(seen.v4.error.class, ERR_TEMP);
}

/* FRESH holds for every source of the round, not for the first only. */
static void test_fresh(void **state)
{
    (void)state;
    published4 = "8.8.4.4";
    rig_set(0, RIG_FAIL, "", "");
    rig_set(1, RIG_SAY, "8.8.4.4", "");
    rig_set(2, RIG_SAY, "8.8.4.4", "");
    make(3, true, false, false);
    round_of(false);
    rig_pass(500);
    round_of(false);
    assert_int_equal(rig_queries(1), 1); /* half a second old: good enough */
    rig_set(1, RIG_SAY, "8.8.8.8", "");
    rig_set(2, RIG_SAY, "8.8.8.8", "");
    rig_pass(500);
    round_of(true);
    assert_ip(&seen.v4.addr, "8.8.8.8");
    assert_int_equal(rig_queries(1), 2);
    assert_int_equal(rig_queries(2), 1);
    rig_set(1, RIG_SAY, "1.1.1.1", "");
    rig_set(2, RIG_SAY, "1.1.1.1", "");
    rig_pass(500);
    round_of(true);
    assert_ip(&seen.v4.addr, "1.1.1.1");
    assert_int_equal(rig_queries(2), 2);
}

static void test_stuck_sources_are_skipped(void **state)
{
    (void)state;
    published4 = "8.8.4.4";
    rig_set(0, RIG_IGNORE, "8.8.4.4", "");
    rig_set(1, RIG_SAY, "8.8.4.4", "");
    make(2, true, false, false);
    assert_true(chain_start(chain, 0, false));
    RIG_UNTIL(net, rig_get(0).inside == 1);
    rig_pass(15 * SECOND);
    net_turn(net, 2);
    rig_pass(5 * SECOND);
    RIG_UNTIL(net, seen.rounds == 1);
    assert_true(source_is_out(sources[0]));
    assert_ip(&seen.v4.addr, "8.8.4.4");
    assert_string_equal(seen.v4.source, "two");
    rig_pass(MINUTE);
    round_of(true);
    assert_ip(&seen.v4.addr, "8.8.4.4");
    assert_int_equal(rig_queries(0), 1);
    assert_int_equal(rig_queries(1), 2);
}

/* A stuck source is no witness, and is named. */
static void test_stuck_sources_do_not_confirm(void **state)
{
    (void)state;
    confirm = 2;
    rig_set(0, RIG_SAY, "8.8.4.4", "");
    rig_set(1, RIG_IGNORE, "8.8.4.4", "");
    make(2, true, false, false);
    assert_true(chain_start(chain, 0, false));
    RIG_UNTIL(net, rig_get(1).inside == 1);
    rig_pass(15 * SECOND);
    net_turn(net, 2);
    rig_pass(5 * SECOND);
    RIG_UNTIL(net, seen.rounds == 1);
    assert_ip(&seen.v4.addr, "");
    rig_pass(MINUTE);
    round_of(true);
    assert_ip(&seen.v4.addr, "");
    assert_non_null(strstr(seen.v4.error.text, "no answer came from two"));
}

static void test_all_stuck(void **state)
{
    (void)state;
    rig_set(0, RIG_IGNORE, "8.8.4.4", "");
    make(1, true, true, false);
    assert_true(chain_start(chain, 0, false));
    RIG_UNTIL(net, rig_get(0).inside == 1);
    rig_pass(15 * SECOND);
    net_turn(net, 2);
    rig_pass(5 * SECOND);
    RIG_UNTIL(net, seen.rounds == 1);
    assert_true(chain_start(chain, 0, false));
    RIG_UNTIL(net, seen.rounds == 2);
    assert_int_equal(seen.v4.addr.family, 0);
    assert_int_equal(seen.v6.addr.family, 0);
    assert_int_not_equal(seen.v4.error.class, ERR_NONE);
    assert_int_not_equal(seen.v6.error.class, ERR_NONE);
    assert_false(chain_is_busy(chain));
}

/* A stopped chain asks nobody and tells nobody, though its sources still answer. */
static void test_stop(void **state)
{
    (void)state;
    rig_set(0, RIG_BLOCK, "", "");
    rig_set(1, RIG_SAY, "8.8.4.4", "");
    make(2, true, false, false);
    assert_true(chain_start(chain, 0, false));
    RIG_UNTIL(net, rig_get(0).inside == 1);
    chain_stop(chain);
    assert_false(chain_is_busy(chain));
    rig_pass(15 * SECOND);
    RIG_UNTIL(net, rig_get(0).finished == 1);
    for (int i = 0; i < 5; i++)
        net_turn(net, 2);
    assert_int_equal(seen.rounds, 0);
    assert_int_equal(rig_queries(1), 0);
    assert_false(chain_start(chain, 0, true));
}

#define WITH_CHAIN(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_CHAIN(test_rows),
        WITH_CHAIN(test_confirm_rows),
        WITH_CHAIN(test_witnesses_of_one_round_only),
        WITH_CHAIN(test_private_on_purpose),
        WITH_CHAIN(test_families_are_independent),
        WITH_CHAIN(test_families_are_added),
        WITH_CHAIN(test_second_reading_differs),
        WITH_CHAIN(test_fresh),
        WITH_CHAIN(test_stuck_sources_are_skipped),
        WITH_CHAIN(test_stuck_sources_do_not_confirm),
        WITH_CHAIN(test_all_stuck),
        WITH_CHAIN(test_stop),
    };
    return cmocka_run_group_tests_name("chain", tests, NULL, NULL);
}
