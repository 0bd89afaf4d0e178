/* Updates of one grant that want a fresh token at once: one asks, the others wait for it. */
#include "update_rig.h"

#include <dirent.h>
#include <sys/resource.h>

enum { GRANTS = 1000, FILES = 1024, MORE_MAX = 64 };

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

/* -- many grants at once ----------------------------------------------------------------------- */

static struct ended ends[GRANTS];
static int open_most;

static int open_files(void)
{
    int count = 0;
    DIR *dir = opendir("/proc/self/fd");
    assert_non_null(dir);
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

static void answer_counting(const struct rig_request *r, struct http_answer *out)
{
    int now = open_files();
    open_most = now > open_most ? now : open_most;
    answer(r, out);
}

static const char *name_of(int i)
{
    static char id[FQDN_MAX];
    snprintf(id, sizeof(id), "h%d.example.com", i);
    return id;
}

static void make_grants(int count)
{
    for (int i = 0; i < count; i++) {
        struct grant g = grant_example();
        char host[32] = "";
        snprintf(host, sizeof(host), "h%d", i);
        mem_free(g.hosts);
        g.hosts = text(host);
        grant_store(grants, name_of(i), &g);
        grant_clear(&g);
        ends[i] = (struct ended){ 0 };
    }
}

static void start_for(int i, struct ended *e)
{
    const struct update_request request = {
        .what = UPDATE_APPLY, .grant = name_of(i), .fqdn = name_of(i), .v4 = ip("8.8.4.4")
    };
    assert_true(update_start(updater, &request, on_end, e));
}

/* More than there are files for. */
static void test_many_grants(void **state)
{
    struct rlimit before = { 0 };
    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    const struct rlimit few = { FILES, before.rlim_max };
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    make_grants(GRANTS);
    token_status = 200;
    disk_code = open_most = 0;
    rig_http.handle = answer_counting;
    rig_pass(2 * HOUR);
    const int open_before = open_files();
    for (int i = 0; i < GRANTS; i++)
        start_for(i, &ends[i]);
    for (int i = 0; i < GRANTS; i++)
        finish(&ends[i]);
    setrlimit(RLIMIT_NOFILE, &before);
    for (int i = 0; i < GRANTS; i++)
        assert_int_equal(ends[i].outcome.kind, OUTCOME_DONE);
    assert_int_equal(rig_http.tokens, GRANTS);
    assert_true(open_most - open_before <= MORE_MAX);
    assert_int_equal(open_files(), open_before);
    assert_int_equal(updater->turns.counted, 0);
}

/* Some refresh, some are in the queue, some wait for one of either: all are told of the end. */
static void test_end_while_waiting(void **state)
{
    enum { SOME = 40 };
    static struct ended seconds[SOME];
    (void)state;
    make_grants(SOME);
    token_status = 200;
    rig_http.handle = answer;
    rig_pass(2 * HOUR);
    for (int i = 0; i < SOME; i++) {
        start_for(i, &ends[i]);
        start_for(i, &seconds[i]);
    }
    net_turn(net, 0);
    assert_non_null(updater->turns.queue);
    updater_free(&updater);
    for (int i = 0; i < SOME; i++) {
        assert_int_equal(ends[i].count, 1);
        assert_int_equal(seconds[i].count, 1);
        assert_int_equal(ends[i].outcome.kind, OUTCOME_STOPPED);
        assert_int_equal(seconds[i].outcome.kind, OUTCOME_STOPPED);
    }
}

/* As many as there are places wait for one provider: those of another do not. */
static void test_other_provider(void **state)
{
    enum { THEIRS = 100 };
    struct error err = { 0 };
    struct grant g = { 0 };
    bool found = false;
    (void)state;
    make_grants(THEIRS + 1);
    assert_int_equal(grants_load(grants, name_of(THEIRS), &g, &found, &err), 0);
    mem_free(g.api_url);
    g.api_url = text("https://api.other.example/dc");
    grant_store(grants, name_of(THEIRS), &g);
    grant_clear(&g);
    token_status = 200;
    rig_http.handle = answer;
    rig_pass(2 * HOUR);
    for (int i = 0; i < THEIRS; i++)
        start_for(i, &ends[i]);
    net_turn(net, 0);
    assert_int_equal(updater->turns.counted, 16);
    start_for(THEIRS, &ends[THEIRS]);
    RIG_UNTIL(net, ends[THEIRS].count == 1);
    assert_int_equal(ends[THEIRS].outcome.kind, OUTCOME_DONE);
    assert_non_null(updater->turns.queue);
    for (int i = 0; i < THEIRS; i++)
        finish(&ends[i]);
}

/* Those that wait for the lock of another process keep nobody else waiting. */
static void test_locked_elsewhere(void **state)
{
    enum { THEIRS = 20 };
    struct grant_lock *locks[THEIRS] = { 0 };
    struct error err = { 0 };
    (void)state;
    make_grants(THEIRS + 1);
    token_status = 200;
    rig_http.handle = answer;
    rig_pass(2 * HOUR);
    struct grants *theirs = grants_open(rig_dir, &err);
    for (int i = 0; i < THEIRS; i++) {
        locks[i] = grants_lock(theirs, name_of(i), &err);
        assert_non_null(locks[i]);
        start_for(i, &ends[i]);
    }
    net_turn(net, 0);
    start_for(THEIRS, &ends[THEIRS]);
    finish(&ends[THEIRS]);
    assert_int_equal(ends[THEIRS].outcome.kind, OUTCOME_DONE);
    for (int i = 0; i < THEIRS; i++) {
        assert_int_equal(ends[i].count, 0);
        grants_unlock(&locks[i]);
    }
    grants_close(&theirs);
    rig_pass(1100);
    for (int i = 0; i < THEIRS; i++)
        finish(&ends[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_UPDATER(test_second_waits),          WITH_UPDATER(test_second_waits_without_disk),
        WITH_UPDATER(test_second_shares_failure), WITH_UPDATER(test_keep_alive_waits),
        WITH_UPDATER(test_many_grants),           WITH_UPDATER(test_end_while_waiting),
        WITH_UPDATER(test_locked_elsewhere),      WITH_UPDATER(test_other_provider),
    };
    return cmocka_run_group_tests_name("refresh turn", tests, NULL, NULL);
}
