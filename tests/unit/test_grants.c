/* The folder of grants: names, the lock, reserving and saving, listing, removing. */
#include "grant_rig.h"

#include "base/log.h"

static void every_member_comes_back(void **state)
{
    (void)state;
    struct grant g = example();
    save("Home.Example.COM.", &g);
    assert_int_equal(g.generation, 1);
    assert_string_equal(g.id, "home.example.com");
    struct grant back = load("HOME.example.com");
    same(&back, &g);
    assert_string_equal(back.id, "home.example.com");
    assert_int_equal(back.generation, 1);
    assert_false(back.degraded);
    grant_clear(&back);

    /* the other values: absent strings, zero numbers */
    struct grant few = { .generation = 1, .zone = "example.com" };
    save("home.example.com", &few);
    assert_int_equal(few.generation, 2);
    back = load("home.example.com");
    same(&back, &few);
    grant_clear(&back);

    /* a grant made anew goes on counting */
    save("home.example.com", &g);
    assert_int_equal(g.generation, 2);
    g.generation = 0;
    save("home.example.com", &g);
    assert_int_equal(g.generation, 3);
    grant_clear(&g);
    grant_clear(&few);
    struct grant zero = { 0 };
    grant_clear(&zero);
}

static void falls_back_to_the_previous_one(void **state)
{
    (void)state;
    struct grant g = example();
    save("home.example.com", &g);
    g.refresh_failures = 7;
    save("home.example.com", &g);
    scratch_write(&s, "grants/home.example.com/record", "rubbish", 7);
    struct grant back = load("home.example.com");
    assert_true(back.degraded);
    assert_int_equal(back.generation, 1);
    assert_int_equal(back.refresh_failures, 3);
    save("home.example.com", &back);
    assert_false(back.degraded);
    assert_int_equal(back.generation, 2);
    scratch_write(&s, "grants/home.example.com/record", "rubbish", 7);
    scratch_write(&s, "grants/home.example.com/record.prev", "rubbish", 7);
    expect_error("home.example.com", ERR_LOCAL, "damaged");
    grant_clear(&back);
    grant_clear(&g);
}

static void names_are_no_paths(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        ".",
        "..",
        "../grants",
        "a/b.c",
        "home",
        "192.0.2.1",
        "a..b",
        "x\ny.example.com",
        "/etc/passwd",
        "home.example.com/../../x",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct error err = { 0 };
        expect_error(bad[i], ERR_USAGE, "is not a full host name");
        assert_null(grants_lock(grants, bad[i], &err));
        assert_int_equal(err.class, ERR_USAGE);
        assert_int_equal(grants_delete(grants, bad[i], &err), -1);
        assert_null(strchr(err.text, '\n'));
    }
    struct grant g = { 0 };
    bool found = true;
    assert_int_equal(grants_load(grants, "nothing.example.com", &g, &found, NULL), 0);
    assert_false(found);
    assert_false(scratch_has(&s, "grants/nothing.example.com"));
    assert_int_equal(symlink("/etc", scratch_path(&s, "grants/link.example.com")), 0);
    expect_error("link.example.com", ERR_LOCAL, "link.example.com");
    assert_int_equal(mkdir(scratch_path(&s, "grants/open.example.com"), 0700), 0);
    assert_int_equal(chmod(scratch_path(&s, "grants/open.example.com"), 0755), 0);
    expect_error("open.example.com", ERR_LOCAL, "chmod 700");
}

static bool never(void *ctx, const char *id)
{
    (void)ctx;
    fail_msg("%s", id);
    return false;
}

static void looking_makes_nothing(void **state)
{
    (void)state;
    struct error err = { 0 };
    struct grant g = { 0 };
    bool found = true;

    grants_close(&grants); /* Windows removes nothing that is open */
    assert_int_equal(rmdir(scratch_path(&s, "grants")), 0);
    struct grants *empty = grants_open(s.dir, &err);
    assert_non_null(empty);
    assert_int_equal(grants_load(empty, "a.example.com", &g, &found, &err), 0);
    assert_false(found);
    assert_int_equal(grants_list(empty, never, NULL), 0);
    assert_int_equal(grants_delete(empty, "a.example.com", &err), 0);
    assert_false(scratch_has(&s, "grants"));

    struct grant_lock *lock = grants_lock(empty, "a.example.com", &err);
    assert_non_null(lock);
    assert_true(scratch_has(&s, "grants/a.example.com/lock"));
    grants_unlock(&lock);
    grants_close(&empty);
}

static bool collect(void *ctx, const char *id)
{
    char *out = ctx;
    strncat(out, id, 100);
    strncat(out, " ", 2);
    return strstr(id, "stop") == NULL;
}

static void lists_in_order(void **state)
{
    (void)state;
    char seen[400] = "";
    static const char *const ids[] = { "b.example.com", "a.example.com", "stop.example.com",
                                       "z.example.com" };
    for (size_t i = 0; i < 4; i++) {
        struct grant g = { .zone = "example.com" };
        save(ids[i], &g);
    }
    assert_int_equal(mkdir(scratch_path(&s, "grants/lost+found"), 0700), 0);
    assert_int_equal(mkdir(scratch_path(&s, "grants/UPPER.example.com"), 0700), 0);
    assert_int_equal(grants_list(grants, collect, seen), 0);
    assert_string_equal(seen, "a.example.com b.example.com stop.example.com ");
    rig_fail_alloc(1, true);
    assert_true(grants_list(grants, collect, seen) < 0);
}

static void one_lock_per_grant(void **state)
{
    (void)state;
    struct error err = { 0 };
    struct grant g = example();
    struct grant_lock *lock = grants_lock(grants, "home.example.com", &err);
    assert_non_null(lock);
    assert_null(grants_lock(grants, "home.example.com", &err));
    assert_int_equal(err.class, ERR_TEMP);
    struct grant_lock *other = grants_lock(grants, "other.example.com", &err);
    assert_non_null(other);
    grants_unlock(&other);
    assert_int_equal(grants_save(lock, &g, &err), 0);
    assert_int_equal(grants_delete(grants, "home.example.com", &err), -1);
    assert_int_equal(err.class, ERR_TEMP);
    g.id[0] = 'x';
    assert_int_equal(grants_save(lock, &g, &err), -1);
    assert_non_null(strstr(err.text, "another name"));
    assert_int_equal(g.generation, 1);
    grants_unlock(&lock);
    grants_unlock(&lock);
    grant_clear(&g);
}

/* The order of a refresh: intent, reserve, answer, save. */
static void reserves_and_saves(void **state)
{
    (void)state;
    struct error err = { 0 };
    struct grant g = example();
    char long_token[6000];
    memset(long_token, 't', sizeof(long_token) - 1);
    long_token[sizeof(long_token) - 1] = '\0';
    struct grant_lock *lock = grants_lock(grants, "home.example.com", &err);
    assert_int_equal(grants_save(lock, &g, &err), 0);
    assert_int_equal(grants_reserve(lock, &g, &err), 0);
    assert_int_equal(grants_reserve(lock, &g, &err), 0); /* replaces the first */
    mem_free_secret(g.refresh_token);
    g.refresh_token = text(long_token);
    rig_arm((struct rig_fault){ 0 });
    assert_int_equal(grants_save(lock, &g, &err), 0);
    /* nothing that needs space stands between the answer and its safety */
    assert_int_equal(rig_seen[RIG_OPEN], 1); /* to read it again */
    assert_int_equal(rig_seen[RIG_WRITE], 1);
    assert_int_equal(rig_seen[RIG_SYNC], 1);
    rig_disarm();
    struct grant back = load("home.example.com");
    same(&back, &g);
    assert_int_equal(back.generation, 2);
    grant_clear(&back);

    /* a slot that fails is replaced: a good token is never dropped */
    assert_int_equal(grants_reserve(lock, &g, &err), 0);
    rig_arm((struct rig_fault){ RIG_SYNC, 1, RIG_ERROR, -EIO });
    assert_int_equal(grants_save(lock, &g, &err), 0);
    rig_disarm();
    assert_int_equal(g.generation, 3);

    rig_arm((struct rig_fault){ RIG_SYNC, 1, RIG_STICKY, -EIO });
    assert_int_equal(grants_save(lock, &g, &err), -1);
    assert_int_equal(grants_reserve(lock, &g, &err), -1);
    rig_disarm();
    assert_int_equal(g.generation, 3);
    assert_int_equal(grants_reserve(lock, &g, &err), 0);
    grants_unlock(&lock);
    assert_false(scratch_has(&s, "grants/home.example.com/record.tmp"));

    /* as long as it may be: the reservation stays within what can be stored */
    static char huge[STORE_PAYLOAD_MAX / 2 + 1];
    memset(huge, 'x', sizeof(huge) - 1);
    struct grant big = { .generation = 3, .provider_name = huge };
    lock = grants_lock(grants, "home.example.com", &err);
    assert_int_equal(grants_reserve(lock, &big, &err), 0);
    grants_unlock(&lock);
    back = load("home.example.com");
    assert_int_equal(back.generation, 3);
    grant_clear(&back);
    grant_clear(&g);
}

static void a_first_grant_syncs_its_folders(void **state)
{
    (void)state;
    struct error err = { 0 };
    struct grant g = example();
    struct grant_lock *lock = grants_lock(grants, "home.example.com", &err);
    for (int k = 1; k <= 2; k++) {
        rig_arm((struct rig_fault){ RIG_SYNC_DIR, k, RIG_STICKY, -EIO });
        assert_int_equal(grants_save(lock, &g, &err), -1);
        rig_disarm();
        assert_non_null(strstr(err.text, "not saved"));
        assert_int_equal(g.generation, 0);
        assert_false(scratch_has(&s, "grants/home.example.com/record"));
    }
    grants_unlock(&lock);
    grant_clear(&g);
}

static void removes_for_good(void **state)
{
    (void)state;
    struct error err = { 0 };
    struct grant g = { .zone = "example.com" };
    assert_int_equal(grants_delete(grants, "home.example.com", &err), 0);
    save("home.example.com", &g);
    save("home.example.com", &g);
    assert_int_equal(grants_delete(grants, "home.example.com", &err), 0);
    assert_false(scratch_has(&s, "grants/home.example.com"));
    g.generation = 0;
    save("home.example.com", &g);
    scratch_write(&s, "grants/home.example.com/notes.txt", "mine", 4);
    assert_int_equal(grants_delete(grants, "home.example.com", &err), 0);
    assert_true(scratch_has(&s, "grants/home.example.com/notes.txt"));
    bool found = true;
    assert_int_equal(grants_load(grants, "home.example.com", &g, &found, &err), 0);
    assert_false(found);
    rig_arm((struct rig_fault){ RIG_UNLINK, 1, RIG_ERROR, -EROFS });
    assert_int_equal(grants_delete(grants, "home.example.com", &err), -1);
    rig_disarm();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(every_member_comes_back), WITH_FOLDER(falls_back_to_the_previous_one),
        WITH_FOLDER(names_are_no_paths),      WITH_FOLDER(looking_makes_nothing),
        WITH_FOLDER(lists_in_order),          WITH_FOLDER(one_lock_per_grant),
        WITH_FOLDER(reserves_and_saves),      WITH_FOLDER(a_first_grant_syncs_its_folders),
        WITH_FOLDER(removes_for_good),
    };
    log_set_level(DCDDNS_LOG_ERROR);
    rig_use_memory();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
