/* One grant: its payload, the age of its access token, and memory that runs out at any point, with
 * no token left in what was given back. */
#include "grant_rig.h"

#include "base/log.h"

static void payloads_are_read_leniently(void **state)
{
    (void)state;
    static const struct {
        const char *json, *error; /* error NULL: it is read */
        int failures;
    } rows[] = {
        { "{}", NULL, 0 },
        { "{\"schema\":1,\"refresh_failures\":4,\"unknown\":{\"a\":[1]}}", NULL, 4 },
        { "{\"refresh_failures\":-1,\"zone\":5,\"needs_consent\":\"x\"}", NULL, 0 },
        { "{\"refresh_failures\":1e300,\"encoding_refresh\":\"carrier pigeon\"}", NULL, 0 },
        { "{\"schema\":2}", "newer version of dcddns wrote it (schema 2, this one reads 1)", 0 },
        { "{\"schema\":0}", "\"schema\"", 0 },
        { "{\"schema\":[]}", "\"schema\"", 0 },
        { "{\"boot_id\":\"0123456789012345678901234567890123456789\"}", "\"boot_id\"", 0 },
        { "{\"id\":\"other.example.com\"}", "belongs to another name", 0 },
        { "[]", "not a JSON object", 0 },
        { "{", "not a JSON object", 0 },
        { "", "not a JSON object", 0 },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct error err = { 0 };
        struct os_dir *dir = NULL;
        struct os_dir *top = os_dir_sub(s.dir, "grants", 0, &err);
        dir = os_dir_sub(top, "a.example.com", OS_DIR_MAKE, &err);
        assert_int_equal(store_save(dir, rows[i].json, strlen(rows[i].json), 9, &err), 0);
        os_dir_close(&dir);
        os_dir_close(&top);
        if (rows[i].error) {
            expect_error("a.example.com", ERR_LOCAL, rows[i].error);
            continue;
        }
        struct grant g = load("a.example.com");
        assert_int_equal(g.refresh_failures, rows[i].failures);
        assert_int_equal(g.generation, 9);
        assert_int_equal(g.encoding_refresh, FIELDS_JSON);
        assert_string_equal(g.zone, "");
        assert_false(g.needs_consent);
        assert_null(g.refresh_token);
        grant_clear(&g);
    }
}

static void ages(void **state)
{
    (void)state;
    const char *boot = os_boot_id();
    static char token[] = "token";
    const struct {
        const char *what, *token, *boot;
        int64_t expires_s, got_boot, got_wall, boot_ms, wall_ms, left;
        bool stale;
    } rows[] = {
        { "no token", NULL, boot, 3600, 0, 0, 0, 0, 0, true },
        { "no life", token, boot, 0, 0, 0, 0, 0, 0, true },
        { "negative life", token, boot, -5, 0, 0, 0, 0, 0, true },
        { "fresh", token, boot, 3600, 1000, 5000, 1000, 5000, 3600000, false },
        { "boot clock, not wall", token, boot, 3600, 1000, 5000, 2000, 9999999, 3599000, false },
        { "wall stepped back, same boot", token, boot, 3600, 1000, 5000, 2000, 0, 3599000, false },
        { "just before 7/8", token, boot, 800, 0, 0, 699999, 0, 100001, false },
        { "7/8", token, boot, 800, 0, 0, 700000, 0, 100000, true },
        { "last ms", token, boot, 800, 0, 0, 799999, 0, 1, true },
        { "expired", token, boot, 800, 0, 0, 800000, 0, 0, true },
        { "long expired", token, boot, 800, 0, 0, INT64_MAX, 0, 0, true },
        { "boot clock ran backwards", token, boot, 800, 5000, 0, 4999, 0, 0, true },
        { "other boot: wall clock", token, "other", 800, 999999, 5000, 0, 6000, 799000, false },
        { "no boot id: wall clock", token, "", 800, 999999, 5000, 0, 6000, 799000, false },
        { "other boot, wall stepped back", token, "other", 800, 0, 5000, 0, 4999, 0, true },
        { "other boot, expired", token, "other", 800, 0, 5000, 0, 805000, 0, true },
        { "obtained before time began", token, "other", 800, 0, -5, 0, 5, 0, true },
        { "a life beyond counting", token, boot, INT64_MAX, 0, 0, 0, 0, INT64_MAX, false },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct grant g = { .expires_in_s = rows[i].expires_s,
                           .obtained_boot_ms = rows[i].got_boot,
                           .obtained_wall_ms = rows[i].got_wall };
        g.access_token = rows[i].token ? token : NULL;
        snprintf(g.boot_id, sizeof(g.boot_id), "%s", rows[i].boot);
        int64_t left = grant_access_left_ms(&g, rows[i].boot_ms, rows[i].wall_ms);
        bool stale = grant_access_stale(&g, rows[i].boot_ms, rows[i].wall_ms);
        if (left != rows[i].left || stale != rows[i].stale)
            fail_msg("%s: %lld left, stale %d", rows[i].what, (long long)left, stale);
    }
}

static void age_of_tokens(void **state)
{
    const char *boot = os_boot_id();
    const struct {
        const char *boot;
        int64_t got_boot, refreshed_wall, boot_ms, wall_ms, age;
    } rows[] = {
        { boot, 1000, 5000, 4000, 9999999, 3000 },  /* the boot clock, whatever the wall clock */
        { boot, 1000, 9999999, 4000, 5, 3000 },     /* set back */
        { boot, 5000, 5000, 4999, 6000, 1000 },     /* another time namespace */
        { "other", 1000, 5000, 4000, 9000, 4000 },  /* another boot */
        { "", 1000, 5000, 4000, 9000, 4000 },       /* nobody knows which */
        { "other", 1000, 5000, 4000, 1000, -4000 }, /* set back since */
        { boot, 0, 5000, 4000, 9000, 4000 },        /* of an earlier version */
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct grant g = { .obtained_boot_ms = rows[i].got_boot,
                           .refreshed_wall_ms = rows[i].refreshed_wall };
        snprintf(g.boot_id, sizeof(g.boot_id), "%s", rows[i].boot);
        assert_int_equal(grant_age_ms(&g, rows[i].boot_ms, rows[i].wall_ms), rows[i].age);
    }
}

/* Every allocation in turn fails: an error or success, nothing lost, and no token left behind. */
static void memory_runs_out(void **state)
{
    (void)state;
    int points = 0;
    struct error err = { 0 };
    rig_secret = secret;
    rig_leaks = 0;
    struct grant g = example();
    save("home.example.com", &g);
    for (int sticky = 0; sticky < 2; sticky++) {
        bool fired = true;
        for (int n = 1; fired && n < 400; n++) {
            struct grant back = { 0 }, copy = { 0 };
            bool found = false;
            uint64_t before = g.generation;
            rig_fail_alloc(n, sticky);
            struct grants *again = grants_open(s.dir, &err);
            struct grant_lock *lock = again ? grants_lock(again, "home.example.com", &err) : NULL;
            int reserved = lock ? grants_reserve(lock, &g, &err) : -1;
            int rc = lock ? grants_save(lock, &g, &err) : -1;
            assert_int_equal(g.generation, before + (rc == 0));
            grants_unlock(&lock);
            int loaded = again ? grants_load(again, "home.example.com", &back, &found, &err) : -1;
            int copied = loaded == 0 ? grant_copy(&copy, &back, &err) : -1;
            grants_close(&again);
            fired = rig_allocs >= n;
            rig_fail_alloc(0, false);
            assert_int_equal(loaded == 0, found);
            assert_true(loaded != 0 || (!back.degraded && back.generation == g.generation));
            if (copied == 0)
                same(&copy, &g);
            assert_true(fired || (reserved == 0 && rc == 0 && copied == 0));
            grant_clear(&copy);
            grant_clear(&back);
            back = load("home.example.com");
            same(&back, &g);
            grant_clear(&back);
            points += fired;
        }
        assert_false(fired);
    }
    grant_clear(&g);
    rig_secret = NULL;
    print_message("%d points\n", points);
    assert_true(points > 100);
    assert_int_equal(rig_leaks, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(payloads_are_read_leniently),
        cmocka_unit_test(ages),
        cmocka_unit_test(age_of_tokens),
        WITH_FOLDER(memory_runs_out),
    };
    log_set_level(DCDDNS_LOG_ERROR);
    rig_use_memory();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
