/* The tables of host states in docs/states.md, row by row, by the whole engine; and that the
 * document has exactly these rows. */
#include "verify_world.h"

static int apply_status, token_status;
static const char *apply_body;

static void answer(const struct rig_request *r, struct http_answer *out)
{
    if (rig_is_token(r)) {
        rig_reply(out, token_status,
                  token_status == 200 ? GRANTED("a2-access", "r2-refresh")
                                      : "{\"error\":\"invalid_grant\"}");
        return;
    }
    if (apply_status == 200)
        provider(r, out);
    rig_reply(out, apply_status, apply_body);
}

static void fails_with(int status, const char *body)
{
    apply_status = status;
    apply_body = body;
}

static void say(const char *v4)
{
    for (int i = 0; i < 2; i++)
        rig_set(i, RIG_SAY, v4, V6);
}

static struct record on_disk(void)
{
    struct error err = { 0 };
    struct records *records = records_open(rig_dir, &err);
    assert_non_null(records);
    const struct record *found = records_find(records, ID);
    const struct record copy = found ? *found : (struct record){ 0 };
    records_close(&records);
    return copy;
}

static int told(const char *id)
{
    return rig_events_of(id, NULL);
}

/* A daemon that has published, and whose gap is over. */
static void start_settled(void)
{
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(10 * MINUTE);
    assert_int_equal(rig_http.applies, 1);
}

/* A change that meets what the provider says now. */
static void change_meets(int status, const char *body)
{
    fails_with(status, body);
    say("9.9.9.9");
    world_pass(8 * MINUTE);
}

static void assert_published(const char *v4)
{
    assert_ip(&world_record(ID)->v4.published, v4);
    assert_string_equal(dns4, v4);
}

static int64_t rests_s(void)
{
    return (on_disk().not_before_wall_ms - rig_wall_ms()) / 1000;
}

/* -- rows -------------------------------------------------------------------------------------- */

static void no_address(void)
{
    for (int i = 0; i < 2; i++)
        rig_set(i, RIG_FAIL, "", "");
    world_daemon(WORLD_CORE WORLD_HOST);
    world_pass(SECOND);
    int before = rig_get(0).queries[0];
    world_pass(59 * SECOND);
    assert_in_range(rig_get(0).queries[0] - before, 4, 6); /* 2, 4, 8 ... */
    world_pass(20 * MINUTE);
    assert_int_equal(rig_http.applies, 0);
    assert_true(told(EVENT_SOURCE_FAILED) > 0);
}

static void shown_already(void)
{
    dns_world_say_all(V4, V6);
    world_daemon(CONF);
    world_pass(10 * MINUTE);
    assert_int_equal(rig_http.applies, 0);
    assert_ip(&world_record(ID)->v4.published, V4);
    assert_int_equal(told(EVENT_APPLIED), 0);
}

static void first_update(void)
{
    start_settled();
    assert_published(V4);
    assert_int_equal(told(EVENT_APPLIED), 2);
}

static void nothing_new(void)
{
    start_settled();
    const int before = rig_get(0).queries[0];
    world_pass(2 * HOUR);
    assert_int_equal(rig_http.applies, 1);
    assert_in_range(rig_get(0).queries[0] - before, 20, 30);
}

static void change(void)
{
    start_settled();
    change_meets(200, "");
    assert_published("9.9.9.9");
    assert_int_equal(told(EVENT_APPLIED), 3);
}

/* A change that is seen 20 s after another update. */
static void change_too_soon(void)
{
    start_settled();
    say("9.9.9.9");
    engine_check_now(engine);
    world_pass(20 * SECOND);
    assert_int_equal(rig_http.applies, 2);
    say("9.9.8.8");
    engine_check_now(engine);
    world_pass(20 * SECOND);
    assert_int_equal(rig_http.applies, 2);
    const int64_t left = world_record(ID)->next_wall_ms - rig_wall_ms();
    assert_in_range(left, 1, 60 * SECOND);
}

static void due_comes(void)
{
    change_too_soon();
    world_pass(MINUTE + 10 * SECOND);
    assert_int_equal(rig_http.applies, 3);
    assert_published("9.9.8.8");
}

static void due_no_more(void)
{
    change_too_soon();
    say("9.9.9.9");
    world_pass(2 * MINUTE);
    assert_int_equal(rig_http.applies, 2);
}

static void provider_fails(void)
{
    start_settled();
    fails_with(503, "");
    say("9.9.9.9");
    while (rig_http.applies < 2)
        world_pass(10 * SECOND);
    world_pass(SECOND);
    engine_check_now(engine); /* what is asked for does not hurry the provider */
    world_pass(SECOND);
    assert_int_equal(rig_http.applies, 2);
    assert_int_equal(world_record(ID)->failures, 1);
    assert_in_range(world_record(ID)->not_before_wall_ms - rig_wall_ms(), 1, 36 * SECOND);
}

static void fails_again(void)
{
    provider_fails();
    world_pass(12 * HOUR);
    assert_in_range(rig_http.applies, 12, 24);
    assert_in_range(rests_s(), 0, 72 * 60);
    assert_int_equal(told(EVENT_FAILED), 1);
}

static void works_again(void)
{
    fails_again();
    fails_with(200, "");
    world_pass(80 * MINUTE);
    assert_published("9.9.9.9");
    assert_int_equal(told(EVENT_RECOVERED), 1);
}

static void needless(void)
{
    fails_again();
    const size_t before = rig_http.applies;
    const int64_t until = world_record(ID)->not_before_wall_ms;
    say(V4);
    engine_check_now(engine);
    world_pass(10 * SECOND);
    assert_int_equal(rig_http.applies, before);
    assert_int_equal(world_record(ID)->not_before_wall_ms, until);
    world_pass(MINUTE);
    assert_int_equal(told(EVENT_RECOVERED), 1);
}

static void restart_waits(void)
{
    fails_again();
    const size_t before = rig_http.applies;
    const int64_t left = world_record(ID)->not_before_wall_ms - rig_wall_ms();
    assert_true(left > 2 * MINUTE);
    engine_down();
    engine_up();
    engine_schedule_all(engine);
    world_pass(left - MINUTE);
    assert_int_equal(rig_http.applies, before);
    assert_int_equal(world_record(ID)->state, RECORD_BACKING_OFF);
    world_pass(2 * MINUTE);
    assert_int_equal(rig_http.applies, before + 1);
}

static void assert_paused(void)
{
    assert_int_equal(rig_http.applies, 2);
    assert_in_range(rests_s(), 4 * 3600, 8 * 3600);
    assert_int_equal(told(EVENT_FAILED), 1);
    world_pass(4 * HOUR);
    assert_int_equal(rig_http.applies, 2);
}

static void refused(void)
{
    start_settled();
    change_meets(403, "");
    assert_paused();
}

static void conflict(void)
{
    start_settled();
    change_meets(409, "{\"records\":[{\"type\":\"CNAME\",\"host\":\"home\",\"data\":\"a.\"}]}");
    assert_paused();
}

static void grant_dies(void)
{
    start_settled();
    token_status = 400;
    change_meets(401, "");
    assert_int_equal(told(EVENT_CONSENT_NEEDED), 0);
    assert_true(told(EVENT_FAILED) > 0);
    world_pass(2 * HOUR);
    assert_in_range(rests_s(), 20 * 3600, 29 * 3600);
    assert_int_equal(rig_http.tokens, 3);
    world_pass(3 * DAY);
    assert_int_equal(rig_http.tokens, 4); /* from then on a person is waited for */
    assert_in_range(rests_s(), 0, 8 * 3600);
    assert_int_equal(told(EVENT_CONSENT_NEEDED), 1);
}

static void assert_recovered(void)
{
    assert_published("9.9.9.9");
    assert_int_equal(told(EVENT_RECOVERED), 1);
    assert_int_equal(world_record(ID)->failures, 0);
    assert_string_equal(world_record(ID)->error, "");
}

static void pause_ends(void)
{
    refused();
    fails_with(200, "");
    world_pass(4 * HOUR);
    assert_recovered();
}

static void forced(void)
{
    refused();
    fails_with(200, "");
    assert_true(engine_ask(engine, ID, true));
    world_pass(10 * SECOND);
    assert_recovered();
}

static void consented(void)
{
    grant_dies();
    world_grant(ID, "dynamicdns-v2");
    token_status = 200;
    fails_with(200, "");
    world_pass(8 * HOUR);
    assert_recovered();
}

/* -- beside any state -------------------------------------------------------------------------- */

static void being_confirmed(void)
{
    struct dcddns_addr seen = { 0 };
    start_settled();
    rig_set(1, RIG_FAIL, "", "");
    rig_set(0, RIG_SAY, "9.9.9.9", V6);
    engine_check_now(engine);
    world_settle();
    assert_true(chain_candidate(engine->slots[0].chain, 4, &seen));
    assert_ip(&seen, "9.9.9.9");
    world_pass(4 * SECOND);
    assert_int_equal(rig_http.applies, 1);
    world_pass(2 * SECOND);
    assert_published("9.9.9.9");
    assert_false(chain_candidate(engine->slots[0].chain, 4, &seen));
}

static void contested(void)
{
    start_settled();
    rig_set(0, RIG_SAY, "9.9.9.9", V6);
    world_pass(2 * HOUR);
    assert_int_equal(rig_http.applies, 1);
    assert_non_null(strstr(on_disk().error, "two says 8.8.4.4"));
    rig_set(0, RIG_SAY, V4, V6);
    world_pass(HOUR);
    assert_string_equal(on_disk().error, "");
}

static void refused_address(void)
{
    world_daemon(WORLD_CORE WORLD_HOST "expect = 8.0.0.0/8\n");
    world_pass(10 * MINUTE);
    say("9.9.9.9");
    world_pass(HOUR);
    assert_int_equal(rig_http.applies, 1);
    assert_non_null(strstr(on_disk().error, "is in none of the blocks that expect names"));
    assert_true(told(EVENT_FAILED) > 0);
    say("8.8.9.9");
    world_pass(HOUR);
    assert_published("8.8.9.9");
    assert_string_equal(on_disk().error, "");
}

static void lost_family(void)
{
    struct rig_event back = { 0 };
    start_settled();
    for (int i = 0; i < 2; i++)
        rig_set(i, RIG_SAY, V4, "");
    world_pass(10 * MINUTE);
    assert_int_equal(told(EVENT_FAMILY_LOST), 0);
    world_pass(HOUR);
    assert_int_equal(told(EVENT_FAMILY_LOST), 1);
    assert_true(on_disk().v6.loss.told);
    assert_int_equal(rig_http.applies, 1);
    say(V4);
    world_pass(HOUR);
    assert_int_equal(on_disk().v6.loss.rounds, 0);
    assert_int_equal(rig_events_of(EVENT_RECOVERED, &back), 2); /* of the source, of the host */
    assert_string_equal(back.message, "IPv6 is back: 2a00:1450::1 (from one)");
}

static void drift(void)
{
    settled();
    dns_world_say_all("9.9.9.9", V6);
    provider_works = false;
    world_pass(90 * MINUTE);
    assert_int_equal(rig_http.applies, 2);
    assert_int_equal(told(EVENT_DRIFT), 1);
    world_pass(3 * HOUR);
    assert_int_equal(rig_http.applies, 3);  /* and never again */
    assert_int_equal(told(EVENT_DRIFT), 2); /* that it did not help */
    assert_int_equal(on_disk().dns.state, RECORD_DNS_DIFFERENT);
    dns_world_say_all(V4, V6);
    world_pass(2 * HOUR);
    assert_int_equal(on_disk().dns.state, RECORD_DNS_CURRENT);
    assert_int_equal(told(EVENT_RECOVERED), 1);
}

/* FROM: as the document says it; TO: where the engine ends. */
static const struct {
    const char *from, *to;
    void (*run)(void);
} rows[] = {
    { "new", "new", no_address },
    { "new", "current", shown_already },
    { "new", "current", first_update },
    { "current", "current", nothing_new },
    { "current", "current", change },
    { "current", "due", change_too_soon },
    { "due", "current", due_comes },
    { "due", "current", due_no_more },
    { "current", "backing-off", provider_fails },
    { "backing-off", "backing-off", fails_again },
    { "backing-off", "current", works_again },
    { "backing-off", "current", needless },
    { "backing-off", "backing-off", restart_waits },
    { "current", "paused", refused },
    { "current", "paused", conflict },
    { "current", "paused", grant_dies },
    { "paused", "current", pause_ends },
    { "paused", "current", forced },
    { "paused", "current", consented },
    { "being confirmed", NULL, being_confirmed },
    { "contested", NULL, contested },
    { "refused address", NULL, refused_address },
    { "lost family", NULL, lost_family },
    { "drift", NULL, drift },
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

/* The state is that of TO in memory and, once all is written, on disk. */
static void test_rows(void **state)
{
    for (int i = 0; i < ROWS; i++) {
        const char *to = rows[i].to ? rows[i].to : "current";
        print_message("  row %d: %s\n", i + 1, rows[i].from);
        apply_status = token_status = 200;
        apply_body = "";
        dns4[0] = dns6[0] = '\0';
        atomic_store(&rig_wall_offset, INT64_C(1700000000000));
        rig_http.handle = answer;
        rows[i].run();
        assert_string_equal(record_state_name(world_record(ID)->state), to);
        assert_int_equal(cycle_commit(engine, true), ERR_NONE);
        assert_string_equal(record_state_name(on_disk().state), to);
        world_tear_down(state);
        verify_set_up(state);
    }
}

/* Into CELL the Nth of "| a | b |", from 0, without the blanks around it. */
static void cell_of(const char *line, int n, char cell[64])
{
    cell[0] = '\0';
    for (; n >= 0 && line; n--)
        line = strchr(line + (line[0] == '|'), '|');
    if (line)
        snprintf(cell, 64, "%.*s", (int)strcspn(line + 2, "|") - 1, line + 2);
}

/* The document's rows have these numbers, states and ends, and there is no other. */
static void test_document(void **state)
{
    char line[1024] = "", cell[64] = "";
    int count = 0;
    bool hosts = false;
    FILE *file = fopen(TEST_SOURCE_DIR "/docs/states.md", "r");

    (void)state;
    assert_non_null(file);
    while (fgets(line, sizeof(line), file)) {
        hosts = hosts || strcmp(line, "## A host\n") == 0;
        if (!hosts || strncmp(line, "| ", 2) != 0 || rig_number(line + 2) == 0)
            continue;
        assert_int_equal(rig_number(line + 2), count + 1);
        assert_true(count < ROWS);
        cell_of(line, 0, cell);
        assert_string_equal(cell, rows[count].from);
        cell_of(line, 2, cell);
        if (rows[count].to)
            assert_string_equal(cell, rows[count].to);
        count++;
    }
    fclose(file);
    assert_int_equal(count, ROWS);
}

int main(void)
{
    const struct CMUnitTest tests[] = { WITH_WORLD(test_rows), cmocka_unit_test(test_document) };
    return cmocka_run_group_tests_name("host states", tests, NULL, NULL);
}
