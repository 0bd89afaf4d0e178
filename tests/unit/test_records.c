/* Records: every member comes back, several processes share the file, and ten thousand hosts are no
 * trouble.  Damage and failures: test_records_file.c. */
#include "records_rig.h"

#include <time.h>

#include "base/addr.h"
#include "unit/slower.h"

static struct dcddns_addr addr(const char *text)
{
    struct dcddns_addr out = { 0 };
    assert_int_equal(addr_parse(text, &out), 0);
    return out;
}

static void fill(struct record *r)
{
    r->v4.observed = addr("203.0.113.7");
    r->v4.published = addr("203.0.113.8");
    r->v4.observed_wall_ms = 1700000000001;
    r->v4.published_wall_ms = 1700000000002;
    snprintf(r->v4.source, sizeof(r->v4.source), "echo");
    r->v6.observed = addr("2001:db8::1");
    r->v6.published = addr("2001:db8::2");
    r->v6.observed_wall_ms = 1700000000003;
    r->v6.published_wall_ms = 1700000000004;
    memset(r->v6.source, 's', sizeof(r->v6.source) - 1);
    r->v6.loss = (struct record_loss){ .since_wall_ms = 1700000000009,
                                       .counted_wall_ms = 1700000000010,
                                       .missing_ms = 7200000,
                                       .rounds = 3,
                                       .told = true };
    r->state = RECORD_BACKING_OFF;
    r->checked_wall_ms = 1700000000005;
    r->success_wall_ms = 1700000000006;
    r->next_wall_ms = 1700000000007;
    r->not_before_wall_ms = 1700000000008;
    r->failures = 9;
    r->dns.state = RECORD_DNS_DELEGATED;
    r->dns.asked_wall_ms = 1700000000009;
    r->dns.current_wall_ms = 1700000000010;
    r->dns.repaired_wall_ms = 1700000000011;
    r->dns.drifts = 12;
    r->dns.applies = 13;
    r->dns.gave_up = true;
    memset(r->dns.says, 'w', sizeof(r->dns.says) - 1);
    r->error_class = ERR_CONFLICT;
    snprintf(r->error, sizeof(r->error), "says \"no\" \\x1b \xc3\xa9");
    r->dirty = true;
}

static void every_member_comes_back(void **state)
{
    (void)state;
    struct record *r = records_get(a, "home.example.com");
    fill(r);
    assert_true(records_dirty(a));
    commit(a);
    assert_false(r->dirty);
    refresh(b);
    struct record *back = records_find(b, "home.example.com");
    assert_non_null(back);
    assert_same_record(back, r);
    assert_null(records_find(b, "other.example.com"));

    static const enum record_state states[] = { RECORD_NEW, RECORD_CURRENT, RECORD_DUE,
                                                RECORD_BACKING_OFF, RECORD_PAUSED };
    for (int class = ERR_NONE; class <= ERR_USAGE; class ++) {
        r->error_class = (enum error_class) class;
        r->state = states[class % 5];
        r->dns.state = (enum record_dns_state)(class % (RECORD_DNS_DELEGATED + 1));
        r->dirty = true;
        commit(a);
        refresh(b);
        assert_int_equal(back->error_class, class);
        assert_int_equal(back->state, states[class % 5]);
        assert_int_equal(back->dns.state, r->dns.state);
    }
    assert_string_equal(record_state_name(RECORD_BACKING_OFF), "backing-off");
    assert_string_equal(record_state_name((enum record_state)99), "unknown");
    assert_string_equal(record_dns_name(RECORD_DNS_DELEGATED), "delegated");
    assert_string_equal(record_dns_name((enum record_dns_state)99), "unknown");
    /* and with nothing in it */
    struct record empty = { 0 };
    memcpy(empty.fqdn, r->fqdn, sizeof(empty.fqdn));
    *r = empty;
    r->dirty = true;
    commit(a);
    refresh(b);
    assert_same_record(back, &empty);
}

static void names_that_do_not_fit(void **state)
{
    (void)state;
    char name[FQDN_MAX + 1];
    memset(name, 'x', sizeof(name) - 1);
    name[FQDN_MAX] = '\0';
    assert_null(records_get(a, name));
    assert_null(records_get(a, ""));
    assert_null(records_find(a, name));
    records_remove(a, name);
    assert_false(records_dirty(a));
    name[FQDN_MAX - 1] = '\0';
    assert_non_null(records_get(a, name));
}

static void two_processes_merge(void **state)
{
    (void)state;
    change(a, "one.example.com", 1);
    change(a, "both.example.com", 1);
    commit(a);
    /* b has not looked yet, and changes other hosts and one of the same */
    change(b, "two.example.com", 2);
    change(b, "both.example.com", 2);
    commit(b);
    assert_int_equal(failures(b, "one.example.com"), 1);
    struct record *one = records_find(a, "one.example.com");
    refresh(a);
    assert_int_equal(failures(a, "two.example.com"), 2);
    assert_int_equal(failures(a, "both.example.com"), 2);
    assert_ptr_equal(one, records_find(a, "one.example.com"));
    /* what is dirty here is not taken over */
    change(b, "one.example.com", 20);
    commit(b);
    change(a, "one.example.com", 10);
    refresh(a);
    assert_int_equal(failures(a, "one.example.com"), 10);
    commit(a);
    refresh(b);
    assert_int_equal(failures(b, "one.example.com"), 10);
    assert_int_equal(failures(b, "two.example.com"), 2);
}

static void removals_merge(void **state)
{
    (void)state;
    change(a, "gone.example.com", 1);
    change(a, "stays.example.com", 1);
    commit(a);
    refresh(b);
    struct record *held = records_find(b, "gone.example.com");
    records_remove(a, "gone.example.com");
    assert_null(records_find(a, "gone.example.com"));
    assert_true(records_dirty(a));
    refresh(a);
    assert_null(records_find(a, "gone.example.com")); /* the file does not bring it back */
    change(b, "stays.example.com", 5);
    commit(b);
    commit(a);
    refresh(b);
    assert_int_equal(held->failures, 0); /* blank, but still ours to look at */
    assert_string_equal(held->fqdn, "gone.example.com");
    assert_int_equal(failures(b, "stays.example.com"), 5);
    change(b, "stays.example.com", 6);
    commit(b);
    struct records *c = open_records();
    assert_null(records_find(c, "gone.example.com"));
    assert_int_equal(failures(c, "stays.example.com"), 6);

    /* removed here, changed there: the removal wins; made anew here: only when dirty */
    change(b, "stays.example.com", 7);
    commit(b);
    records_remove(c, "stays.example.com");
    assert_int_equal(failures(c, "stays.example.com"), -1);
    assert_int_equal(records_get(c, "stays.example.com")->failures, 0);
    refresh(c);
    assert_int_equal(failures(c, "stays.example.com"), 0);
    change(c, "stays.example.com", 1);
    commit(c);
    refresh(b);
    assert_int_equal(failures(b, "stays.example.com"), 1);
    records_remove(c, "never.example.com");
    commit(c);
    /* held there with unsaved changes: they win over a removal elsewhere */
    records_remove(c, "stays.example.com");
    commit(c);
    change(b, "stays.example.com", 8);
    commit(b);
    refresh(c);
    assert_int_equal(failures(c, "stays.example.com"), 8);
    records_close(&c);
}

static void a_held_lock_is_temporary(void **state)
{
    (void)state;
    struct error err = { 0 };
    struct store_lock *lock = store_lock_named(s.dir, "records.lock", NULL);
    change(a, "home.example.com", 1);
    assert_int_equal(records_commit(a, false, &err), -1);
    assert_int_equal(err.class, ERR_TEMP);
    assert_true(records_dirty(a));
    store_unlock(&lock);
    commit(a);
    lock = store_lock_named(s.dir, "records.lock", NULL);
    assert_int_equal(records_commit(a, false, NULL), 0); /* nothing to write */
    store_unlock(&lock);
}

static void durable_commits_sync(void **state)
{
    (void)state;
    change(a, "home.example.com", 1);
    rig_arm((struct rig_fault){ 0 });
    commit(a);
    assert_int_equal(rig_seen[RIG_SYNC], 0);
    assert_int_equal(records_commit(a, true, NULL), 0); /* clean, but never synced */
    assert_int_equal(rig_seen[RIG_SYNC], 1);
    assert_int_equal(records_commit(a, true, NULL), 0);
    assert_int_equal(rig_seen[RIG_SYNC], 1);
    assert_int_equal(rig_open_files, 0);
    rig_disarm();
}

static void a_known_file_is_not_read_again(void **state)
{
    (void)state;
    change(a, "home.example.com", 1);
    commit(a);
    refresh(b);
    rig_arm((struct rig_fault){ 0 });
    refresh(a);
    refresh(b);
    assert_int_equal(rig_seen[RIG_READ], 0);
    rig_disarm();
}

static int64_t now_ms(void)
{
    struct timespec now = { 0 };
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

enum { MANY = 10000 };

static void many_hosts(void **state)
{
    (void)state;
    const int count = MANY / slower();
    char name[64];
    static struct record *pointers[MANY];
    rig_secret = NULL;
    int64_t start = now_ms();
    for (int i = 0; i < count; i++) {
        snprintf(name, sizeof(name), "h%05d.example.com", i * 7919 % count);
        pointers[i] = records_get(a, name);
        assert_non_null(pointers[i]);
        fill(pointers[i]);
    }
    int64_t made = now_ms();
    commit(a);
    int64_t written = now_ms();
    refresh(b);
    int64_t loaded = now_ms();
    for (int i = 0; i < count; i++) {
        snprintf(name, sizeof(name), "h%05d.example.com", i * 7919 % count);
        assert_ptr_equal(records_find(a, name), pointers[i]);
        assert_same_record(records_find(b, name), pointers[i]);
    }
    print_message("%d hosts: %d ms to make, %d ms to commit, %d ms to load\n", count,
                  (int)(made - start), (int)(written - made), (int)(loaded - written));
    assert_true(loaded - start < 30000); /* plainly it is well under a second */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(every_member_comes_back),
        WITH_FOLDER(names_that_do_not_fit),
        WITH_FOLDER(two_processes_merge),
        WITH_FOLDER(removals_merge),
        WITH_FOLDER(a_held_lock_is_temporary),
        WITH_FOLDER(durable_commits_sync),
        WITH_FOLDER(a_known_file_is_not_read_again),
        WITH_FOLDER(many_hosts),
    };
    log_to(keep_log, NULL);
    rig_use_memory();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
