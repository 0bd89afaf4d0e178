/* Tokens that only memory has, against what other processes do to the grant meanwhile: `remove`,
 * `setup`, and both.  A consent that a person gave later counts. */
#include "update_rig.h"

static bool breaks; /* the disk, at each answer with tokens */

static void answer(const struct rig_request *r, struct http_answer *out)
{
    if (!rig_is_token(r)) {
        rig_reply(out, 200, "");
        return;
    }
    rig_disk_code = breaks ? -ENOSPC : 0;
    rig_reply(out, 200, GRANTED("a2-access", "r2-refresh"));
}

/* One grant is held, and the disk works again. */
static int set_up(void **state)
{
    int rc = update_set_up(state);
    rig_http.handle = answer;
    rig_pass(HOUR);
    breaks = true;
    assert_int_equal(update(UPDATE_APPLY).kind, OUTCOME_DONE);
    assert_int_equal(updater_unsaved(updater), 1);
    breaks = false;
    rig_disk_code = 0;
    rig_forget();
    return rc;
}

static struct grant consented(void)
{
    struct grant g = grant_example();
    mem_free_secret(g.access_token);
    mem_free_secret(g.refresh_token);
    g.access_token = text("s1-access");
    g.refresh_token = text("s1-refresh");
    return g;
}

static void remove_grant(void)
{
    struct error err = { 0 };
    if (grants_delete(grants, ID, &err) != 0)
        fail_msg("%s", err.text);
}

static void let_it_store(void)
{
    rig_pass(11 * SECOND);
    net_turn(net, 0);
    net_turn(net, 0);
}

static void assert_no_grant(void)
{
    struct grant g = { 0 };
    struct error err = { 0 };
    bool found = true;
    assert_int_equal(grants_load(grants, ID, &g, &found, &err), 0);
    assert_false(found);
}

static void removed_stays_removed(void **state)
{
    (void)state;
    remove_grant();
    let_it_store();
    assert_int_equal(updater_unsaved(updater), 0);
    assert_no_grant();
}

/* The new record begins at generation 1, below that of the held one. */
static void removed_and_set_up(void **state)
{
    (void)state;
    struct grant g = consented();
    remove_grant();
    grant_store(grants, ID, &g);
    assert_int_equal(g.generation, 1);
    grant_clear(&g);
    let_it_store();
    assert_int_equal(updater_unsaved(updater), 0);
    assert_stored("s1-access", "s1-refresh");
    assert_int_equal(update(UPDATE_APPLY).kind, OUTCOME_DONE);
    assert_string_equal(rig_http.list[0].bearer, "s1-access");
}

/* Does STEP under the lock of another process, for which an update waits. */
static struct outcome while_locked(void (*step)(struct grants *, struct grant_lock *))
{
    struct ended e = { 0 };
    struct error err = { 0 };
    struct grants *theirs = grants_open(rig_dir, &err);
    struct grant_lock *lock = grants_lock(theirs, ID, &err);
    assert_non_null(lock);
    rig_pass(HOUR); /* what is held is stale */
    start(UPDATE_APPLY, &e);
    net_turn(net, 0);
    net_turn(net, 0);
    assert_int_equal(e.count, 0);
    step(theirs, lock);
    grants_unlock(&lock);
    rig_pass(1100); /* the lock is tried again, what is held not yet */
    finish(&e);
    grants_close(&theirs);
    return e.outcome;
}

static void store_consent(struct grants *theirs, struct grant_lock *lock)
{
    struct error err = { 0 };
    struct grant g = consented(), old = grant_of(theirs, ID);
    g.generation = old.generation;
    if (grants_save(lock, &g, &err) != 0)
        fail_msg("%s", err.text);
    grant_clear(&old);
    grant_clear(&g);
}

static void set_up_while_an_update_waits(void **state)
{
    (void)state;
    assert_int_equal(while_locked(store_consent).kind, OUTCOME_DONE);
    assert_string_equal(requests_made(), "A");
    assert_string_equal(rig_http.list[0].bearer, "s1-access");
    assert_int_equal(updater_unsaved(updater), 0);
    let_it_store();
    assert_stored("s1-access", "s1-refresh");
}

static void drop_the_host(struct grants *theirs, struct grant_lock *lock)
{
    struct error err = { 0 };
    struct grant g = grant_of(theirs, ID);
    mem_free(g.hosts);
    g.hosts = text("other");
    if (grants_save(lock, &g, &err) != 0)
        fail_msg("%s", err.text);
    grant_clear(&g);
}

/* The tokens are those of memory, the hosts those of the disk. */
static void shrunk_while_an_update_waits(void **state)
{
    (void)state;
    assert_int_equal(while_locked(drop_the_host).kind, OUTCOME_CONSENT);
    assert_string_equal(requests_made(), "");
    let_it_store();
    assert_int_equal(updater_unsaved(updater), 0);
    assert_stored("a2-access", "r2-refresh");
    struct grant g = grant_of(grants, ID);
    assert_string_equal(g.hosts, "other");
    grant_clear(&g);
}

static int saves; /* calls of one step of them */
static int (*real_rename)(struct os_dir *, const char *, const char *);

static int failing_rename(struct os_dir *dir, const char *from, const char *to)
{
    (void)dir;
    (void)from;
    (void)to;
    saves++;
    return -EIO;
}

/* Updates try the grant that they need, at most once a second; the timer tries them all. */
static void updates_ask_the_disk_seldom(void **state)
{
    enum { HOSTS = 20 };
    struct ended ends[HOSTS] = { 0 };
    (void)state;
    real_rename = os.rename;
    os.rename = failing_rename;
    saves = 0;
    assert_int_equal(update(UPDATE_APPLY).kind, OUTCOME_DONE);
    const int one_try = saves;
    assert_true(one_try > 0);
    rig_pass(SECOND);
    for (int i = 0; i < HOSTS; i++)
        start(UPDATE_APPLY, &ends[i]);
    for (int i = 0; i < HOSTS; i++)
        finish(&ends[i]);
    os.rename = real_rename;
    assert_int_equal(saves, 2 * one_try);
    assert_int_equal(updater_unsaved(updater), 1);
    assert_int_equal(rig_http.applies, HOSTS + 1);
}

static void updates_leave_other_grants_alone(void **state)
{
    struct ended e = { 0 };
    struct grant g = grant_example();
    const struct update_request request = { .what = UPDATE_APPLY,
                                            .grant = "www.example.com",
                                            .fqdn = "www.example.com",
                                            .v4 = ip("8.8.4.4") };
    (void)state;
    mem_free(g.hosts);
    g.hosts = text("www");
    grant_store(grants, "www.example.com", &g);
    grant_clear(&g);
    assert_true(update_start(updater, &request, on_end, &e));
    finish(&e);
    assert_int_equal(updater_unsaved(updater), 1);
    assert_int_equal(update(UPDATE_APPLY).kind, OUTCOME_DONE);
    assert_int_equal(updater_unsaved(updater), 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, update_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(removed_stays_removed),        TEST(removed_and_set_up),
        TEST(set_up_while_an_update_waits), TEST(shrunk_while_an_update_waits),
        TEST(updates_ask_the_disk_seldom),  TEST(updates_leave_other_grants_alone),
    };
    return cmocka_run_group_tests_name("held", tests, NULL, NULL);
}
