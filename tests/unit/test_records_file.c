/* The file of records: damage costs only what it must, calls and memory that fail cost nothing. */
#include "records_rig.h"

static void damage_is_put_away(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        "{",
        "[]",
        "{}",
        "{\"schema\":1}",
        "{\"schema\":1,\"hosts\":[]}",
        "{\"schema\":2,\"hosts\":{}}",
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *bad = NULL;
        scratch_write(&s, "records.json", rows[i], strlen(rows[i]));
        last_log[0] = '\0';
        struct records *c = open_records();
        assert_null(records_find(c, "home.example.com"));
        assert_false(scratch_has(&s, "records.json"));
        assert_int_equal(scratch_read(&s, "records.json.bad", &bad), strlen(rows[i]));
        assert_string_equal(bad, rows[i]);
        assert_non_null(strstr(last_log, "records.json.bad"));
        free(bad);
        records_close(&c);
    }
    /* larger than any file of ours */
    scratch_write(&s, "records.json", "", 0);
    assert_int_equal(truncate(scratch_path(&s, "records.json"), 65 * 1024 * 1024), 0);
    refresh(a);
    assert_false(scratch_has(&s, "records.json"));
    assert_int_equal(unlink(scratch_path(&s, "records.json.bad")), 0);
    /* who has the hosts in memory writes them all again */
    change(a, "one.example.com", 1);
    commit(a);
    scratch_write(&s, "records.json", "rubbish", 7);
    change(a, "two.example.com", 2);
    commit(a);
    refresh(b);
    assert_int_equal(failures(b, "one.example.com"), 1);
    assert_int_equal(failures(b, "two.example.com"), 2);
    /* not moved while another process may be writing, nor where it cannot be */
    scratch_write(&s, "records.json", "rubbish", 7);
    struct store_lock *lock = store_lock_named(s.dir, "records.lock", NULL);
    struct records *c = open_records();
    assert_true(scratch_has(&s, "records.json"));
    records_close(&c);
    store_unlock(&lock);
    rig_arm((struct rig_fault){ RIG_RENAME, 1, RIG_ERROR, -EROFS });
    c = open_records();
    rig_disarm();
    assert_non_null(strstr(last_log, "cannot be renamed"));
    records_close(&c);
}

static void hosts_are_read_leniently(void **state)
{
    (void)state;
    static const char text[] =
        "{\"schema\":1,\"new\":1,\"hosts\":{\"\":{},\"a.b\":{\"failures\":-1,\"state\":\"odd\","
        "\"error\":5,\"next_ms\":\"12\",\"checked_ms\":1.5,\"error_class\":\"odd\",\"ipv4\":"
        "{\"observed\":\"2001:db8::1\",\"published\":\"1.2.3\",\"source\":\""
        "0123456789012345678901234567890123456789012345678901234567890123456789\"}},"
        "\"c.d\":7,\"e.f\":{\"failures\":3,\"ipv4\":[],\"new\":{}}}}";
    scratch_write(&s, "records.json", text, strlen(text));
    refresh(a);
    struct record *r = records_find(a, "a.b");
    struct record expected = { .fqdn = "a.b", .next_wall_ms = 12 };
    assert_same_record(r, &expected);
    assert_non_null(records_find(a, "c.d"));
    assert_int_equal(failures(a, "e.f"), 3);
}

/* Nobody has observed or published these. */
static void addresses_that_are_none(void **state)
{
    static const char text[] =
        "{\"schema\":1,\"hosts\":{\"a.b\":{\"ipv4\":{\"published\":\"0.0.0.0\",\"observed\":"
        "\"255.255.255.255\"},\"ipv6\":{\"published\":\"::\",\"observed\":\"ff02::1\"}}}}";
    (void)state;
    scratch_write(&s, "records.json", text, strlen(text));
    refresh(a);
    const struct record *r = records_find(a, "a.b");
    assert_int_equal(r->v4.published.family + r->v4.observed.family, 0);
    assert_int_equal(r->v6.published.family + r->v6.observed.family, 0);
}

static void refuses_what_it_must_not_read(void **state)
{
    (void)state;
    struct error err = { 0 };
    scratch_write(&s, "records.json", "{}", 2);
    assert_int_equal(chmod(scratch_path(&s, "records.json"), 0666), 0);
    assert_null(records_open(s.dir, &err));
    assert_non_null(strstr(err.text, "others may write it"));
    assert_int_equal(unlink(scratch_path(&s, "records.json")), 0);
    assert_int_equal(mkdir(scratch_path(&s, "records.json"), 0700), 0);
    assert_null(records_open(s.dir, &err));
    assert_non_null(strstr(err.text, "not a regular file"));
    assert_int_equal(rmdir(scratch_path(&s, "records.json")), 0);
    assert_int_equal(mkfifo(scratch_path(&s, "records.lock"), 0600), 0);
    change(a, "home.example.com", 1);
    assert_int_equal(records_commit(a, false, &err), -1);
    assert_int_equal(err.class, ERR_LOCAL);
    assert_true(records_dirty(a));
}

/* Every call fails in turn: the file holds the old hosts or the new ones, and the new ones when the
 * commit said so; what was not written stays dirty. */
static void calls_fail(void **state)
{
    (void)state;
    static const int codes[] = { -EIO, -ENOSPC, -EROFS, -EMFILE, -EINTR };
    int points = 0, committed = 0;
    change(a, "home.example.com", 0);
    commit(a);
    for (int call = 0; call < RIG_CALLS; call++) {
        bool fired = true;
        for (int k = 1; fired && k < 100; k++) {
            for (size_t c = 0; fired && c < sizeof(codes) / sizeof(codes[0]); c++) {
                struct records *other = open_records();
                int old = failures(other, "home.example.com");
                change(b, "other.example.com", points); /* so that a has to read again */
                commit(b);
                change(a, "home.example.com", old + 1);
                rig_arm((struct rig_fault){ (enum rig_call)call, k, RIG_ERROR, codes[c] });
                int rc = records_commit(a, true, NULL);
                fired = rig_fired();
                assert_int_equal(rig_open_files, 0);
                rig_disarm();
                assert_int_equal(records_dirty(a), rc != 0);
                refresh(other);
                int now = failures(other, "home.example.com");
                assert_true(now == old + 1 || (rc != 0 && now == old));
                assert_int_equal(failures(other, "other.example.com"), points);
                records_close(&other);
                commit(a);
                points += fired;
                committed += rc == 0;
            }
        }
    }
    assert_true(points > 50 && committed > 10);
}

/* Every allocation of opening, changing and committing fails in turn; when LATE, those of a commit
 * that has to read again under the lock. */
static bool starve(int n, bool sticky, bool late)
{
    struct records *c = late ? open_records() : NULL;
    change(b, "home.example.com", n);
    commit(b);
    rig_fail_alloc(n, sticky);
    if (!late)
        c = records_open(s.dir, NULL);
    struct record *r = c ? records_get(c, "new.example.com") : NULL;
    if (r)
        *r = (struct record){ .fqdn = "new.example.com",
                              .dirty = true,
                              .failures = n,
                              .v4.observed = { .family = 4, .ip = { 192, 0, 2, 1 } },
                              .v6.source = "interface" };
    int rc = r ? records_commit(c, false, NULL) : -1;
    bool fired = rig_allocs >= n;
    rig_fail_alloc(0, false);
    /* whatever happened, nothing was taken for damage, and nothing is gone */
    assert_false(scratch_has(&s, "records.json.bad"));
    assert_true(!r || records_dirty(c) == (rc != 0));
    refresh(a);
    assert_int_equal(failures(a, "home.example.com"), n);
    assert_int_equal(failures(a, "away.example.com"), 1);
    if (rc == 0)
        assert_int_equal(failures(a, "new.example.com"), n);
    records_close(&c);
    return fired;
}

static void memory_runs_out(void **state)
{
    (void)state;
    int points = 0;
    change(b, "away.example.com", 1);
    for (int mode = 0; mode < 4; mode++) {
        int n = 1;
        while (n < 600 && starve(n, mode & 1, mode & 2))
            n++;
        assert_true(n < 600);
        points += n;
    }
    assert_true(points > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(damage_is_put_away),
        WITH_FOLDER(hosts_are_read_leniently),
        WITH_FOLDER(addresses_that_are_none),
        WITH_FOLDER(refuses_what_it_must_not_read),
        WITH_FOLDER(calls_fail),
        WITH_FOLDER(memory_runs_out),
    };
    log_to(keep_log, NULL);
    rig_use_memory();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
