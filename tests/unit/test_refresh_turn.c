/* Updates of one grant that want a fresh token at once: one asks, the others wait for it. */
#include "update_rig.h"

static int token_status, disk_code;

static void answer(const struct rig_request *r, struct http_answer *out)
{
    if (rig_is_token(r))
        rig_reply(out, token_status, token_status == 200 ? GRANTED("n1-access", "n1-refresh") : "");
    else
        rig_reply(out, 200, "");
    rig_disk_code = disk_code;
}

/* Both want a token; the second one begins when the intent of the first is on disk. */
static void both(struct ended *first, struct ended *second, int status, int disk)
{
    rig_http.handle = answer;
    token_status = status;
    disk_code = disk;
    rig_pass(2 * HOUR);
    start(UPDATE_APPLY, first);
    start(UPDATE_APPLY, second);
    finish(first);
    finish(second);
    rig_disk_code = 0;
}

static void test_second_waits(void **state)
{
    struct ended first = { 0 }, second = { 0 };
    (void)state;
    both(&first, &second, 200, 0);
    assert_int_equal(first.outcome.kind, OUTCOME_DONE);
    assert_int_equal(second.outcome.kind, OUTCOME_DONE);
    assert_int_equal(rig_http.tokens, 1);
    assert_int_equal(rig_http.applies, 2);
}

/* The new tokens are in memory only, of the generation that the second one saw: newer all the same.
 */
static void test_second_waits_without_disk(void **state)
{
    struct ended first = { 0 }, second = { 0 };
    (void)state;
    both(&first, &second, 200, -EIO);
    assert_int_equal(second.outcome.kind, OUTCOME_DONE);
    assert_false(second.outcome.unrefreshed);
    assert_int_equal(updater_unsaved(updater), 1);
    assert_int_equal(rig_http.tokens, 1);
    assert_int_equal(rig_http.applies, 2);
}

static void test_second_shares_failure(void **state)
{
    struct ended first = { 0 }, second = { 0 };
    (void)state;
    both(&first, &second, 500, 0);
    assert_int_equal(second.outcome.kind, OUTCOME_TEMP);
    assert_string_equal(second.outcome.error.text, first.outcome.error.text);
    assert_int_equal(rig_http.tokens, 1);
    assert_int_equal(rig_http.applies, 0);
}

/* One that only keeps the grant alive waits, too, and counts as done. */
static void test_keep_alive_waits(void **state)
{
    struct ended first = { 0 }, second = { 0 };
    (void)state;
    rig_http.handle = answer;
    token_status = 200;
    disk_code = 0;
    rig_pass(2 * HOUR);
    start(UPDATE_APPLY, &first);
    start(UPDATE_KEEP_ALIVE, &second);
    finish(&first);
    finish(&second);
    assert_int_equal(second.outcome.kind, OUTCOME_DONE);
    assert_int_equal(rig_http.tokens, 1);
    assert_int_equal(rig_http.applies, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_UPDATER(test_second_waits),
        WITH_UPDATER(test_second_waits_without_disk),
        WITH_UPDATER(test_second_shares_failure),
        WITH_UPDATER(test_keep_alive_waits),
    };
    return cmocka_run_group_tests_name("refresh turn", tests, NULL, NULL);
}
