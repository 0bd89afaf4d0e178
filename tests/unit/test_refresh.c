/* Refreshing: encodings, denials, silence, full disks, other processes. */
#include "update_rig.h"

/* Answers to token requests, one after another; the last one stays. */
struct script {
    int status; /* 0: no answer */
    const char *body;
};
static const struct script *script;
static size_t script_len, script_at;

#define SCRIPT(...)                                                                                \
    do {                                                                                           \
        static const struct script rows[] = { __VA_ARGS__ };                                       \
        script = rows;                                                                             \
        script_len = sizeof(rows) / sizeof(rows[0]);                                               \
        script_at = 0;                                                                             \
    } while (0)

static int apply_status;
static int64_t step_ms; /* time each token request takes */
static int64_t line_ms; /* that it waits before; -1: for ever */

static void answer(const struct rig_request *r, struct http_answer *out)
{
    if (!rig_is_token(r)) {
        rig_reply(out, apply_status, "");
        return;
    }
    const struct script *s = &script[script_at + 1 < script_len ? script_at++ : script_at];
    rig_pass(line_ms > 0 ? line_ms : 0);
    const int64_t sent_ms = line_ms < 0 ? -1 : rig_boot_ms();
    rig_pass(step_ms);
    if (s->status == 0)
        rig_silence(out);
    else
        rig_reply(out, s->status, s->body);
    out->sent_ms = sent_ms;
}

static int set_up(void **state)
{
    int rc = update_set_up(state);
    rig_http.handle = answer;
    apply_status = 200;
    step_ms = line_ms = 0;
    SCRIPT({ 200, GRANTED("a2-access", "r2-refresh") });
    return rc;
}

static struct outcome stale_update(void)
{
    rig_forget();
    rig_pass(HOUR);
    return update(UPDATE_APPLY);
}

/* -- encodings --------------------------------------------------------------------------------- */

static char encoding_of(const struct rig_request *r)
{
    if (strstr(r->url, "refresh_token="))
        return 'q';
    return strcmp(r->type, "application/json") == 0 ? 'j' : 'f';
}

static const char *encodings_used(void)
{
    static char used[16];
    size_t n = 0;
    for (size_t i = 0; i < rig_http.count && n < sizeof(used) - 1; i++) {
        if (rig_is_token(&rig_http.list[i]))
            used[n++] = encoding_of(&rig_http.list[i]);
    }
    used[n] = '\0';
    return used;
}

static void test_encodings(void **state)
{
    (void)state;
    SCRIPT({ 415, "" }, { 400, "{\"error\":\"invalid_request\"}" },
           { 200, GRANTED("a2-access", "r2-refresh") });
    assert_int_equal(stale_update().kind, OUTCOME_DONE);
    assert_string_equal(encodings_used(), "jfq");
    struct grant g = grant_of(grants, ID);
    assert_int_equal(g.encoding_refresh, FIELDS_QUERY);
    grant_clear(&g);
    SCRIPT({ 200, GRANTED("a3-access", "r3-refresh") });
    assert_int_equal(stale_update().kind, OUTCOME_DONE);
    assert_string_equal(encodings_used(), "q"); /* remembered */
    SCRIPT({ 401, "" }, { 200, GRANTED("a4-access", "r4-refresh") });
    assert_int_equal(stale_update().kind, OUTCOME_DONE);
    assert_string_equal(encodings_used(), "qj"); /* it changed its mind */
    assert_stored("a4-access", "r4-refresh");
}

static void test_encodings_exhausted(void **state)
{
    (void)state;
    SCRIPT({ 400, "{\"error\":\"invalid_request\"}" });
    const struct outcome o = stale_update();
    assert_int_equal(o.kind, OUTCOME_CONSENT);
    assert_string_equal(encodings_used(), "jfq"); /* none twice */
    assert_false(o.needs_consent);
    assert_int_equal(o.wait_s, 60);
    struct grant g = grant_of(grants, ID);
    assert_int_equal(g.refresh_failures, 1);
    assert_string_equal(g.refresh_token, "r1-refresh");
    grant_clear(&g);
}

/* -- denials ----------------------------------------------------------------------------------- */

static void test_probing(void **state)
{
    static const int64_t waits[] = { 60, 3600, 86400, 6 * 3600, 6 * 3600 };
    static const char *const requests[] = { "T", "T", "T", "T", "" };
    (void)state;
    SCRIPT({ 400, "{\"error\":\"invalid_grant\",\"error_description\":\"r1-refresh is dead\"}" });
    for (int i = 0; i < 5; i++) {
        if (i > 0)
            rig_pass(waits[i - 1] * SECOND);
        const struct outcome o = stale_update();
        assert_int_equal(o.kind, OUTCOME_CONSENT);
        assert_int_equal(o.wait_s, waits[i]);
        assert_int_equal(o.needs_consent, i >= 3);
        assert_string_equal(requests_made(), requests[i]);
        assert_non_null(strstr(o.error.text, "dcddns setup " ID));
        assert_null(strstr(o.error.text, "r1-refresh"));
        struct grant g = grant_of(grants, ID);
        assert_int_equal(g.refresh_failures, i < 4 ? i + 1 : 4);
        assert_int_equal(g.needs_consent, i >= 3);
        assert_false(g.refresh_in_flight);
        assert_string_equal(g.refresh_token, "r1-refresh"); /* never deleted */
        grant_clear(&g);
    }
}

/* Four denials in a row end a grant, so four updates within a minute must not be four denials. */
static void test_probes_are_far_apart(void **state)
{
    (void)state;
    SCRIPT({ 400, "{\"error\":\"invalid_grant\"}" });
    assert_int_equal(stale_update().kind, OUTCOME_CONSENT);
    rig_pass(61 * SECOND);
    rig_forget();
    assert_int_equal(update(UPDATE_APPLY).kind, OUTCOME_CONSENT);
    for (int i = 0; i < 5; i++) {
        rig_forget();
        rig_pass(SECOND);
        const struct outcome o = update(UPDATE_APPLY);
        assert_int_equal(o.kind, OUTCOME_CONSENT);
        assert_true(o.wait_s > 3500 && o.wait_s <= 3600);
        assert_string_equal(requests_made(), "");
        assert_non_null(strstr(o.error.text, "dcddns setup " ID));
    }
    struct grant g = grant_of(grants, ID);
    assert_int_equal(g.refresh_failures, 2);
    assert_false(g.needs_consent);
    grant_clear(&g);
}

/* A refusal in no words of OAuth is some gateway's: it does not count, and a token that has worked
 * in a body is not shown to URL logs for it. */
static void test_gateway_refuses(void **state)
{
    (void)state;
    SCRIPT({ 200, GRANTED("a2-access", "r2-refresh") });
    assert_int_equal(stale_update().kind, OUTCOME_DONE);
    SCRIPT({ 400, "<html>Bad Request</html>" });
    const struct outcome o = stale_update();
    assert_int_equal(o.kind, OUTCOME_TEMP);
    assert_int_equal(o.error.class, ERR_TEMP);
    assert_string_equal(encodings_used(), "jf");
    struct grant g = grant_of(grants, ID);
    assert_int_equal(g.refresh_failures, 0);
    assert_true(g.refresh_proven);
    grant_clear(&g);
}

static void test_denial_forgiven(void **state)
{
    (void)state;
    SCRIPT({ 400, "{\"error\":\"invalid_grant\"}" }, { 200, GRANTED("a2-access", "r2-refresh") });
    assert_int_equal(stale_update().kind, OUTCOME_CONSENT);
    assert_int_equal(stale_update().kind, OUTCOME_DONE);
    struct grant g = grant_of(grants, ID);
    assert_int_equal(g.refresh_failures, 0);
    grant_clear(&g);
}

/* While the access token lives, updates go on: refused, in trouble, silent. */
static void test_old_token_goes_on(void **state)
{
    static const struct script rows[] = { { 400, "{\"error\":\"invalid_grant\"}" },
                                          { 500, "" },
                                          { 0, "" } };
    for (size_t i = 0; i < 3; i++) {
        if (i > 0)
            set_up(state);
        script = &rows[i];
        script_len = 1;
        script_at = 0;
        rig_pass(3200 * SECOND);
        assert_int_equal(update(UPDATE_APPLY).kind, OUTCOME_DONE);
        assert_string_equal(rig_http.list[rig_http.count - 1].bearer, "a1-access");
        assert_int_equal(rig_http.applies, 1);
        if (i < 2)
            update_tear_down(state);
    }
}

/* -- trouble ----------------------------------------------------------------------------------- */

static void test_server_in_trouble(void **state)
{
    (void)state;
    SCRIPT({ 500, "" }, { 503, "" }, { 429, "" }, { 200, GRANTED("a2-access", "r2-refresh") });
    for (int i = 0; i < 3; i++) {
        const struct outcome o = stale_update();
        assert_int_equal(o.kind, OUTCOME_TEMP); /* for ever, no alarm */
        assert_string_equal(requests_made(), "T");
        struct grant g = grant_of(grants, ID);
        assert_int_equal(g.refresh_failures, 0);
        grant_clear(&g);
    }
    assert_int_equal(stale_update().kind, OUTCOME_DONE);
}

/* Nobody knows whether the token was spent: at once again, with the same one, three times in all.
 */
static void test_unanswered(void **state)
{
    static const struct script lost[] = {
        { 0, "" }, { 200, "{\"access_tok" }, { 200, "" }, { 502, "" }, { 504, "" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(lost) / sizeof(lost[0]); i++) {
        script = &lost[i];
        script_len = 1;
        script_at = 0;
        const struct outcome o = stale_update();
        assert_int_equal(o.kind, OUTCOME_TEMP);
        assert_string_equal(requests_made(), "TTT");
        for (size_t n = 0; n < 3; n++)
            assert_non_null(strstr(rig_http.list[n].post, "\"r1-refresh\""));
        struct grant g = grant_of(grants, ID);
        assert_true(g.refresh_in_flight); /* the next one knows */
        assert_int_equal(g.refresh_failures, 0);
        grant_clear(&g);
    }
    SCRIPT({ 0, "" }, { 200, GRANTED("a2-access", "r2-refresh") });
    assert_int_equal(stale_update().kind, OUTCOME_DONE);
    assert_string_equal(requests_made(), "TTA");
    assert_stored("a2-access", "r2-refresh");
}

/* The grant was made with bearer tokens: another type now is a trouble that may pass. */
static void test_not_bearer(void **state)
{
    (void)state;
    SCRIPT({ 200, "{\"access_token\":\"m2-access\",\"token_type\":\"mac\"}" });
    const struct outcome o = stale_update();
    assert_int_equal(o.kind, OUTCOME_TEMP);
    assert_int_equal(o.error.class, ERR_TEMP);
    assert_non_null(strstr(o.error.text, "not \"bearer\""));
    assert_stored("a1-access", "r1-refresh");
}

/* An answer without an access token may have rotated the refresh token: the new one counts. */
static void test_half_an_answer(void **state)
{
    (void)state;
    SCRIPT({ 200, "{\"refresh_token\":\"r2-refresh\"}" },
           { 200, GRANTED("a3-access", "r3-refresh") });
    assert_int_equal(stale_update().kind, OUTCOME_DONE);
    assert_string_equal(requests_made(), "TTA");
    assert_non_null(strstr(rig_http.list[1].post, "\"r2-refresh\""));
    assert_stored("a3-access", "r3-refresh");
}

/* Five seconds are the server's grace: later a repetition may look like theft. */
static void test_unanswered_slowly(void **state)
{
    (void)state;
    SCRIPT({ 0, "" });
    step_ms = 5 * SECOND;
    assert_int_equal(stale_update().kind, OUTCOME_TEMP);
    assert_string_equal(requests_made(), "T");
    step_ms = 3 * SECOND;
    assert_int_equal(stale_update().kind, OUTCOME_TEMP);
    assert_string_equal(requests_made(), "TT");
}

/* They begin when it leaves, however long it waited for others to the same provider. */
static void test_unanswered_after_a_wait(void **state)
{
    (void)state;
    SCRIPT({ 0, "" }, { 200, GRANTED("a2-access", "r2-refresh") });
    line_ms = MINUTE;
    step_ms = SECOND;
    assert_int_equal(stale_update().kind, OUTCOME_DONE);
    assert_string_equal(requests_made(), "TTA");
    SCRIPT({ 0, "" });
    line_ms = -1;
    assert_int_equal(stale_update().kind, OUTCOME_TEMP);
    assert_string_equal(requests_made(), "T");
}

/* -- the disk ---------------------------------------------------------------------------------- */

static int fail_disk_with;

static void break_disk(const struct rig_request *r, struct http_answer *out)
{
    if (rig_is_token(r))
        rig_disk_code = fail_disk_with;
    answer(r, out);
}

/* No room, no refresh: the old token stays unspent. */
static void test_no_room(void **state)
{
    (void)state;
    for (int after = 0; after < 12; after++) {
        rig_disk_code = -ENOSPC;
        rig_disk_fails_after = after;
        const struct outcome o = stale_update();
        rig_disk_code = 0;
        if (o.kind == OUTCOME_DONE)
            break;
        assert_int_equal(o.kind, OUTCOME_TEMP);
        assert_string_equal(requests_made(), "");
        assert_stored("a1-access", "r1-refresh");
        rig_disk_code = -ENOSPC;
        rig_disk_fails_after = 0;
    }
    rig_disk_code = 0;
    assert_int_equal(stale_update().kind, OUTCOME_DONE);
}

/* The answer cannot be stored: kept, used, and stored as soon as that works, by itself. */
static void test_disk_refuses_new_tokens(void **state)
{
    (void)state;
    fail_disk_with = -ENOSPC;
    rig_http.handle = break_disk;
    const struct outcome o = stale_update();
    assert_int_equal(o.kind, OUTCOME_DONE);
    assert_string_equal(requests_made(), "TA");
    assert_string_equal(rig_http.list[1].bearer, "a2-access");
    assert_int_equal(updater_unsaved(updater), 1);
    assert_stored("a1-access", "r1-refresh");
    rig_http.handle = answer;
    rig_forget();
    assert_int_equal(update(UPDATE_APPLY).kind, OUTCOME_DONE); /* used again from memory */
    assert_string_equal(requests_made(), "A");
    assert_string_equal(rig_http.list[0].bearer, "a2-access");
    rig_pass(HOUR); /* it may not refresh as long as that cannot be stored */
    rig_forget();
    assert_int_equal(update(UPDATE_APPLY).kind, OUTCOME_TEMP);
    assert_string_equal(requests_made(), "");
    assert_int_equal(updater_unsaved(updater), 1);
    rig_disk_code = 0;
    for (int i = 0; i < 5; i++) { /* nobody asks for an update */
        rig_pass(MINUTE);
        net_turn(net, 0);
    }
    assert_int_equal(updater_unsaved(updater), 0);
    assert_stored("a2-access", "r2-refresh");
}

static void test_held_token_is_the_one_refreshed(void **state)
{
    (void)state;
    fail_disk_with = -EIO;
    rig_http.handle = break_disk;
    assert_int_equal(stale_update().kind, OUTCOME_DONE);
    rig_disk_code = 0;
    rig_http.handle = answer;
    SCRIPT({ 200, GRANTED("a3-access", "r3-refresh") });
    assert_int_equal(stale_update().kind, OUTCOME_DONE);
    assert_non_null(strstr(rig_http.list[0].post, "r2-refresh"));
    assert_stored("a3-access", "r3-refresh");
    assert_int_equal(updater_unsaved(updater), 0);
}

/* An update that waited for the lock began with tokens that are spent by now; the new ones are in
 * memory only, and the disk works again before the ten seconds are over. */
static void test_held_while_another_waits(void **state)
{
    struct ended keep, apply;
    (void)state;
    SCRIPT({ 200, GRANTED("a2-access", "r2-refresh") },
           { 200, GRANTED("a3-access", "r3-refresh") });
    fail_disk_with = -EIO;
    rig_http.handle = break_disk;
    rig_pass(HOUR);
    rig_forget();
    start(UPDATE_KEEP_ALIVE, &keep);
    start(UPDATE_APPLY, &apply);
    finish(&keep);
    assert_int_equal(updater_unsaved(updater), 1);
    rig_disk_code = 0;
    rig_http.handle = answer;
    rig_pass(2 * SECOND);
    finish(&apply);
    assert_int_equal(apply.outcome.kind, OUTCOME_DONE);
    for (size_t n = 1; n < rig_http.count; n++) /* whatever is sent, never the spent token */
        assert_null(strstr(rig_http.list[n].post, "r1-refresh"));
}

static int (*real_sync_dir)(struct os_dir *);
static bool sync_dir_fails;
static int sync_dirs;

static int flaky_sync_dir(struct os_dir *dir)
{
    sync_dirs++;
    return sync_dir_fails ? -EIO : real_sync_dir(dir);
}

static void break_sync_dir(const struct rig_request *r, struct http_answer *out)
{
    if (rig_is_token(r))
        sync_dir_fails = true;
    answer(r, out);
}

/* In place, but perhaps not for good: it is saved until it is, and not taken for somebody else's.
 */
static void test_durability_unknown(void **state)
{
    (void)state;
    real_sync_dir = os.sync_dir;
    os.sync_dir = flaky_sync_dir;
    rig_http.handle = break_sync_dir;
    assert_int_equal(stale_update().kind, OUTCOME_DONE);
    assert_int_equal(updater_unsaved(updater), 1);
    assert_stored("a2-access", "r2-refresh");
    sync_dir_fails = false;
    sync_dirs = 0;
    rig_pass(MINUTE);
    net_turn(net, 0);
    net_turn(net, 0);
    os.sync_dir = real_sync_dir;
    assert_int_equal(updater_unsaved(updater), 0);
    assert_true(sync_dirs > 0);
    assert_stored("a2-access", "r2-refresh");
}

static void break_disk_once(const struct rig_request *r, struct http_answer *out)
{
    rig_disk_code = rig_is_token(r) && script_at == 0 ? -EIO : 0;
    answer(r, out);
}

/* Two answers without an access token: the first new token could only be held, the second is on
 * disk and the one that counts. */
static void test_held_gives_way_to_saved(void **state)
{
    (void)state;
    SCRIPT({ 200, "{\"refresh_token\":\"r2-refresh\"}" },
           { 200, "{\"refresh_token\":\"r3-refresh\"}" }, { 0, "" });
    rig_http.handle = break_disk_once;
    assert_int_equal(stale_update().kind, OUTCOME_TEMP);
    assert_string_equal(requests_made(), "TTT");
    assert_int_equal(updater_unsaved(updater), 0);
    assert_stored("a1-access", "r3-refresh");
}

/* 401 to the held access token, and the disk works again at that moment: the old refresh token that
 * is still on it must not be sent. */
static void mend_and_reject(const struct rig_request *r, struct http_answer *out)
{
    rig_disk_code = 0;
    answer(r, out);
    if (!rig_is_token(r) && strcmp(r->bearer, "a2-access") == 0)
        rig_reply(out, 401, "");
}

static void test_disk_mended_in_the_middle(void **state)
{
    (void)state;
    fail_disk_with = -EIO;
    rig_http.handle = break_disk;
    assert_int_equal(stale_update().kind, OUTCOME_DONE);
    rig_forget();
    rig_http.handle = mend_and_reject;
    SCRIPT({ 200, GRANTED("a3-access", "r3-refresh") });
    assert_int_equal(update(UPDATE_APPLY).kind, OUTCOME_DONE);
    assert_string_equal(requests_made(), "ATA");
    assert_non_null(strstr(rig_http.list[1].post, "r2-refresh"));
    assert_stored("a3-access", "r3-refresh");
    assert_int_equal(updater_unsaved(updater), 0);
}

static void test_free_stores_what_was_held(void **state)
{
    (void)state;
    fail_disk_with = -EIO;
    rig_http.handle = break_disk;
    assert_int_equal(stale_update().kind, OUTCOME_DONE);
    rig_disk_code = 0;
    updater_free(&updater);
    assert_stored("a2-access", "r2-refresh");
}

static void test_lost_at_last(void **state)
{
    (void)state;
    fail_disk_with = -EIO;
    rig_http.handle = break_disk;
    assert_int_equal(stale_update().kind, OUTCOME_DONE);
    updater_free(&updater); /* says so in the log, frees and wipes */
    rig_disk_code = 0;
    assert_stored("a1-access", "r1-refresh");
}

/* A new consent from setup wins over what is held. */
static void test_setup_wins_over_held(void **state)
{
    (void)state;
    fail_disk_with = -EIO;
    rig_http.handle = break_disk;
    assert_int_equal(stale_update().kind, OUTCOME_DONE);
    rig_disk_code = 0;
    rig_http.handle = answer;
    struct grant g = grant_example();
    mem_free_secret(g.access_token);
    g.access_token = text("s1-access");
    grant_store(grants, ID, &g);
    grant_store(grants, ID, &g);
    grant_clear(&g);
    rig_forget();
    assert_int_equal(update(UPDATE_APPLY).kind, OUTCOME_DONE);
    assert_string_equal(rig_http.list[0].bearer, "s1-access");
    assert_int_equal(updater_unsaved(updater), 0);
}

/* -- other processes --------------------------------------------------------------------------- */

static struct grant_lock *foreign_lock(struct grants **theirs)
{
    struct error err = { 0 };
    *theirs = grants_open(rig_dir, &err);
    assert_non_null(*theirs);
    struct grant_lock *lock = grants_lock(*theirs, ID, &err);
    assert_non_null(lock);
    return lock;
}

static void test_lock_is_waited_for(void **state)
{
    struct grants *theirs = NULL;
    struct ended e = { 0 };
    struct error err = { 0 };
    (void)state;
    struct grant_lock *lock = foreign_lock(&theirs);
    rig_pass(HOUR);
    start(UPDATE_APPLY, &e);
    for (int i = 0; i < 5; i++) {
        net_turn(net, 0);
        rig_pass(1000);
    }
    assert_int_equal(e.count, 0);
    assert_string_equal(requests_made(), "");
    struct grant g = grant_of(theirs, ID); /* they refreshed it */
    mem_free_secret(g.access_token);
    g.access_token = text("b1-access");
    g.obtained_boot_ms = rig_boot_ms();
    assert_int_equal(grants_save(lock, &g, &err), 0);
    grant_clear(&g);
    grants_unlock(&lock);
    rig_pass(1000);
    finish(&e);
    assert_int_equal(e.outcome.kind, OUTCOME_DONE);
    assert_string_equal(requests_made(), "A");
    assert_string_equal(rig_http.list[0].bearer, "b1-access");
    grants_close(&theirs);
}

/* The other process was killed in the middle of its refresh: ours makes up for it. */
static void test_other_process_died(void **state)
{
    struct grants *theirs = NULL;
    struct ended e = { 0 };
    struct error err = { 0 };
    (void)state;
    struct grant_lock *lock = foreign_lock(&theirs);
    start(UPDATE_KEEP_ALIVE, &e);
    net_turn(net, 0);
    struct grant g = grant_of(theirs, ID);
    g.refresh_in_flight = true;
    assert_int_equal(grants_save(lock, &g, &err), 0);
    grant_clear(&g);
    grants_unlock(&lock);
    rig_pass(1000);
    finish(&e);
    assert_int_equal(e.outcome.kind, OUTCOME_DONE);
    assert_string_equal(requests_made(), "T");
    assert_stored("a2-access", "r2-refresh");
    grants_close(&theirs);
}

static void test_lock_is_not_waited_for_for_ever(void **state)
{
    struct grants *theirs = NULL;
    struct ended e = { 0 };
    (void)state;
    struct grant_lock *lock = foreign_lock(&theirs);
    rig_pass(HOUR);
    start(UPDATE_APPLY, &e);
    for (int i = 0; i < 120 && e.count == 0; i++) {
        net_turn(net, 0);
        rig_pass(1000);
    }
    assert_int_equal(e.count, 1);
    assert_int_equal(e.outcome.kind, OUTCOME_TEMP);
    assert_string_equal(requests_made(), "");
    grants_unlock(&lock);
    grants_close(&theirs);
}

/* Two updates of one grant at once: one refresh. */
static void test_two_at_once(void **state)
{
    struct ended one = { 0 }, two = { 0 };
    (void)state;
    rig_pass(HOUR);
    start(UPDATE_APPLY, &one);
    start(UPDATE_APPLY, &two);
    for (int i = 0; i < 60 && one.count + two.count < 2; i++) {
        net_turn(net, 0);
        rig_pass(100);
    }
    assert_int_equal(one.outcome.kind, OUTCOME_DONE);
    assert_int_equal(two.outcome.kind, OUTCOME_DONE);
    assert_int_equal(rig_http.tokens, 1);
    assert_int_equal(rig_http.applies, 2);
}

/* -- grants that will not do --------------------------------------------------------------------
 */

static void test_no_grant(void **state)
{
    struct error err = { 0 };
    (void)state;
    assert_int_equal(grants_delete(grants, ID, &err), 0);
    const struct outcome o = update(UPDATE_APPLY);
    assert_int_equal(o.kind, OUTCOME_CONSENT);
    assert_int_equal(o.error.class, ERR_CONSENT);
    assert_true(o.needs_consent);
    assert_non_null(strstr(o.error.text, "dcddns setup " ID));
    assert_string_equal(requests_made(), "");
}

static void test_grant_goes_while_waiting(void **state)
{
    struct grants *theirs = NULL;
    struct ended e = { 0 };
    struct error err = { 0 };
    (void)state;
    struct grant_lock *lock = foreign_lock(&theirs);
    rig_pass(HOUR);
    start(UPDATE_APPLY, &e);
    net_turn(net, 0);
    grants_unlock(&lock);
    assert_int_equal(grants_delete(theirs, ID, &err), 0);
    rig_pass(1000);
    finish(&e);
    assert_int_equal(e.outcome.kind, OUTCOME_CONSENT);
    assert_non_null(strstr(e.outcome.error.text, "dcddns setup " ID));
    assert_string_equal(requests_made(), "");
    grants_close(&theirs);
}

static void spoil(void (*how)(struct grant *))
{
    struct grant g = grant_of(grants, ID);
    how(&g);
    grant_store(grants, ID, &g);
    grant_clear(&g);
}

static void no_refresh_token(struct grant *g)
{
    mem_free_secret(g->refresh_token);
    g->refresh_token = NULL;
}

static void no_access_token(struct grant *g)
{
    mem_free_secret(g->access_token);
    g->access_token = NULL;
}

static void no_api(struct grant *g)
{
    mem_free(g->api_url);
    g->api_url = NULL;
}

static void no_service(struct grant *g)
{
    mem_free(g->service_id);
    g->service_id = NULL;
}

static void test_incomplete_grants(void **state)
{
    (void)state;
    spoil(no_access_token);
    assert_int_equal(update(UPDATE_APPLY).kind, OUTCOME_DONE);
    assert_string_equal(requests_made(), "TA");
    spoil(no_refresh_token);
    assert_int_equal(stale_update().kind, OUTCOME_CONSENT);
    assert_string_equal(requests_made(), "");
    spoil(no_service);
    assert_int_equal(update(UPDATE_APPLY).kind, OUTCOME_CONSENT);
    spoil(no_api);
    assert_int_equal(update(UPDATE_APPLY).kind, OUTCOME_CONSENT);
    assert_string_equal(requests_made(), "");
}

static void test_auth_module(void **state)
{
    (void)state;
    no_auth = true;
    struct outcome o = stale_update();
    assert_int_equal(o.kind, OUTCOME_TEMP);
    assert_non_null(strstr(o.error.text, "rig"));
    no_auth = false;
    rig_auth_code = DCDDNS_E_CONFIG;
    o = stale_update();
    assert_int_equal(o.kind, OUTCOME_TEMP);
    assert_string_equal(requests_made(), "");
    rig_auth_code = DCDDNS_OK;
    assert_int_equal(stale_update().kind, OUTCOME_DONE);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, update_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_encodings),
        TEST(test_encodings_exhausted),
        TEST(test_probing),
        TEST(test_probes_are_far_apart),
        TEST(test_gateway_refuses),
        TEST(test_denial_forgiven),
        TEST(test_old_token_goes_on),
        TEST(test_server_in_trouble),
        TEST(test_unanswered),
        TEST(test_unanswered_slowly),
        TEST(test_unanswered_after_a_wait),
        TEST(test_not_bearer),
        TEST(test_half_an_answer),
        TEST(test_no_room),
        TEST(test_disk_refuses_new_tokens),
        TEST(test_held_token_is_the_one_refreshed),
        TEST(test_held_while_another_waits),
        TEST(test_durability_unknown),
        TEST(test_held_gives_way_to_saved),
        TEST(test_disk_mended_in_the_middle),
        TEST(test_free_stores_what_was_held),
        TEST(test_lost_at_last),
        TEST(test_setup_wins_over_held),
        TEST(test_lock_is_waited_for),
        TEST(test_other_process_died),
        TEST(test_lock_is_not_waited_for_for_ever),
        TEST(test_two_at_once),
        TEST(test_no_grant),
        TEST(test_grant_goes_while_waiting),
        TEST(test_incomplete_grants),
        TEST(test_auth_module),
    };
    return cmocka_run_group_tests_name("refresh", tests, NULL, NULL);
}
