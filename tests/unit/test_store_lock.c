/* The store's lock over processes, its removal, and the store when memory runs out at any point
 * (and that no secret stands in memory that was given back). */
#include "store_rig.h"

#include "base/log.h"

static const char secret[] = "refresh-token-0123456789";
static void one_holder_in_this_process(void **state)
{
    (void)state;
    struct error err = { 0 };
    struct store_lock *first = store_lock(s.dir, &err);
    assert_non_null(first);
    assert_null(store_lock(s.dir, &err));
    assert_int_equal(err.class, ERR_TEMP);
    struct store_lock *other = store_lock_named(s.dir, "other", NULL);
    assert_non_null(other);
    store_unlock(&other);
    store_unlock(&first);
    assert_null(first);
    store_unlock(&first);
    first = store_lock(s.dir, &err);
    assert_non_null(first);
    store_unlock(&first);
}

static void one_holder_over_processes(void **state)
{
    (void)state;
    struct error err = { 0 };
    int up[2], down[2], status = 0;
    char byte = 0;
    assert_int_equal(pipe(up), 0);
    assert_int_equal(pipe(down), 0);
    pid_t child = fork();
    if (child == 0) {
        struct store_lock *lock = store_lock(s.dir, NULL);
        byte = lock ? 'y' : 'n';
        (void)!write(up[1], &byte, 1);
        (void)!read(down[0], &byte, 1); /* holds it until it is killed */
        pause();
    }
    assert_int_equal(read(up[0], &byte, 1), 1);
    assert_int_equal(byte, 'y');
    assert_null(store_lock(s.dir, &err));
    assert_int_equal(err.class, ERR_TEMP);
    assert_non_null(strstr(err.text, "another dcddns process"));
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, &status, 0), child);
    struct store_lock *lock = store_lock(s.dir, &err);
    assert_non_null(lock); /* the dead hold nothing */
    store_unlock(&lock);
    for (int i = 0; i < 2; i++) {
        close(up[i]);
        close(down[i]);
    }
}

static int lock_and_unlink(struct os_file *file)
{
    os.lock = rig_real.lock;
    unlink(scratch_path(&s, "lock")); /* what store_erase() of another process does */
    return rig_real.lock(file);
}

static int lock_and_replace(struct os_file *file)
{
    int rc = lock_and_unlink(file);
    scratch_write(&s, "lock", "", 0);
    return rc;
}

static void a_lock_on_an_unlinked_file_is_taken_anew(void **state)
{
    (void)state;
    int (*const tricks[])(struct os_file *) = { lock_and_unlink, lock_and_replace };
    for (size_t i = 0; i < 2; i++) {
        rig_real = os;
        os.lock = tricks[i];
        struct store_lock *first = store_lock(s.dir, NULL);
        os = rig_real;
        assert_non_null(first);
        assert_true(scratch_has(&s, "lock"));
        assert_null(store_lock(s.dir, NULL)); /* it keeps others out */
        store_unlock(&first);
    }
}

static void a_failing_lock_leaks_nothing(void **state)
{
    (void)state;
    static const int codes[] = { -EIO, -EMFILE, -ENOLCK, -EACCES, -ENOENT };
    static const enum rig_call calls[] = { RIG_OPEN, RIG_STAT, RIG_LOCK };
    for (size_t call = 0; call < 3; call++) {
        for (size_t c = 0; c < sizeof(codes) / sizeof(codes[0]); c++) {
            for (int k = 1; k <= 2; k++) {
                struct error err = { 0 };
                rig_arm((struct rig_fault){ calls[call], k, RIG_STICKY, codes[c] });
                struct store_lock *lock = store_lock(s.dir, &err);
                bool fired = rig_fired();
                rig_disarm();
                assert_int_equal(fired, lock == NULL);
                assert_int_equal(err.class, fired ? ERR_LOCAL : ERR_NONE);
                store_unlock(&lock);
                assert_int_equal(rig_open_files, fired ? 0 : 1);
            }
        }
    }
}

static void erases_everything(void **state)
{
    (void)state;
    struct error err = { 0 };
    struct store_record record = { 0 };
    bool found = true;
    save("one", 1);
    save("two", 2);
    scratch_write(&s, "record.tmp", "x", 1);
    scratch_write(&s, "foreign", "x", 1);
    struct store_lock *lock = store_lock(s.dir, NULL);
    assert_int_equal(store_erase(s.dir, NULL), 0);
    store_unlock(&lock);
    assert_int_equal(store_load(s.dir, &record, &found, NULL), 0);
    assert_false(found);
    assert_false(scratch_has(&s, "record.tmp") || scratch_has(&s, "lock"));
    assert_true(scratch_has(&s, "foreign"));
    assert_int_equal(store_erase(s.dir, NULL), 0);

    /* half-way, the newest record stands: no older one may rise */
    for (int k = 1; k <= 4; k++) {
        save("one", 1);
        save("two", 2);
        rig_arm((struct rig_fault){ RIG_UNLINK, k, RIG_STICKY, -EIO });
        assert_int_equal(store_erase(s.dir, &err), -1);
        rig_disarm();
        assert_non_null(strstr(err.text, "cannot remove"));
        assert_int_equal(store_load(s.dir, &record, &found, NULL), 0);
        assert_int_equal(found, k <= 2);
        assert_true(!found || record.generation == 2);
        assert_false(record.degraded);
        store_record_free(&record);
    }
    /* also when it has no name yet */
    for (int k = 1; k <= 4; k++) {
        save("one", 1);
        save("two", 2);
        assert_int_equal(rename(scratch_path(&s, "record"), scratch_path(&s, "record.tmp")) |
                             rename(scratch_path(&s, "record.prev"), scratch_path(&s, "record")),
                         0);
        rig_arm((struct rig_fault){ RIG_UNLINK, k, RIG_STICKY, -EIO });
        assert_int_equal(store_erase(s.dir, &err), -1);
        rig_disarm();
        assert_int_equal(store_load(s.dir, &record, &found, NULL), 0);
        assert_int_equal(found, k <= 3);
        assert_true(!found || record.generation == 2);
        store_record_free(&record);
        assert_int_equal(store_erase(s.dir, &err), 0);
    }
    save("one", 1);
    rig_arm((struct rig_fault){ RIG_SYNC_DIR, 1, RIG_ERROR, -EIO });
    assert_int_equal(store_erase(s.dir, &err), -1);
    rig_disarm();
    assert_non_null(strstr(err.text, "power cut"));
}

/* Every allocation of FEW calls in turn, once and for good; the record is old or new, and the new
 * one when the save said so. */
static void memory_runs_out(void **state)
{
    (void)state;
    char payload[256] = "";
    int points = 0;
    snprintf(payload, sizeof(payload), "{\"refresh_token\":\"%s\"}", secret);
    rig_secret = secret;
    rig_leaks = 0;
    for (int sticky = 0; sticky < 2; sticky++) {
        bool fired = true;
        for (int n = 1; fired && n < 200; n++) {
            struct store_record record = { 0 };
            bool found = false;
            save("old", 1);
            rig_fail_alloc(n, sticky);
            struct store_lock *lock = store_lock(s.dir, NULL);
            int rc = store_save(s.dir, payload, strlen(payload), 2, NULL);
            store_unlock(&lock);
            fired = rig_allocs >= n;
            rig_fail_alloc(0, false);
            assert_int_equal(store_load(s.dir, &record, &found, NULL), 0);
            assert_true(found && record.generation == (rc == 0 ? 2 : 1));
            store_record_free(&record);

            rig_fail_alloc(n, sticky);
            rc = store_load(s.dir, &record, &found, NULL);
            rig_fail_alloc(0, false);
            assert_true(rc == -1 || (found && !record.degraded));
            store_record_free(&record);
            points += fired;
        }
        assert_false(fired);
    }
    rig_secret = NULL;
    assert_true(points > 10);
    assert_int_equal(rig_leaks, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(one_holder_in_this_process),
        WITH_FOLDER(one_holder_over_processes),
        WITH_FOLDER(a_lock_on_an_unlinked_file_is_taken_anew),
        WITH_FOLDER(a_failing_lock_leaks_nothing),
        WITH_FOLDER(erases_everything),
        WITH_FOLDER(memory_runs_out),
    };
    log_set_level(DCDDNS_LOG_ERROR);
    rig_use_memory();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
