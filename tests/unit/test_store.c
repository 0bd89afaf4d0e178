/* The store: what it writes, what it takes, what it tells.  Damage and planted files:
 * test_store_damage.c; failing calls and kills: test_store_faults.c; power cuts:
 * test_store_power.c. */
#include "store_rig.h"

#include "base/log.h"

static void saves_and_loads(void **state)
{
    (void)state;
    struct store_record record = { 0 };
    bool found = true;
    char *text = NULL;
    assert_int_equal(store_load(s.dir, &record, &found, NULL), 0);
    assert_false(found);
    save("first", 1);
    expect("first", 1, false);
    assert_false(scratch_has(&s, "record.prev"));
    save("second", 2);
    expect("second", 2, false);
    assert_true(scratch_has(&s, "record.prev"));
    assert_false(scratch_has(&s, "record.tmp"));
    long size = scratch_read(&s, "record", &text);
    assert_int_equal(size % 4096, 0);
    assert_memory_equal(text, "dcddns-record 1 2 6 ", 20);
    free(text);
    assert_int_equal(unlink(scratch_path(&s, "record")), 0);
    expect("first", 1, true);
    struct stat st;
    assert_int_equal(stat(scratch_path(&s, "record.prev"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
}

static void takes_any_payload(void **state)
{
    (void)state;
    static char big[STORE_PAYLOAD_MAX + 1];
    static const size_t sizes[] = { 0, 1, 3968, 3969, 4096, STORE_PAYLOAD_MAX };
    for (size_t i = 0; i < sizeof(big); i++)
        big[i] = (char)(i * 7);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct store_record record = { 0 };
        bool found = false;
        assert_int_equal(store_save(s.dir, big, sizes[i], UINT64_MAX, NULL), 0);
        assert_int_equal(store_load(s.dir, &record, &found, NULL), 0);
        assert_int_equal(record.len, sizes[i]);
        assert_true(record.generation == UINT64_MAX);
        assert_memory_equal(record.payload, big, sizes[i]);
        assert_int_equal(record.payload[record.len], '\0');
        store_record_free(&record);
    }
    struct error err = { 0 };
    assert_int_equal(store_save(s.dir, big, sizeof(big), 1, &err), -1);
    assert_non_null(strstr(err.text, "too large"));
    struct store_slot *slot = store_reserve(s.dir, 10, NULL);
    assert_int_equal(store_commit(s.dir, &slot, big, sizeof(big), 1, &err), -1);
    assert_non_null(strstr(err.text, "the old record stands"));
    assert_null(slot);
}

static void a_slot_grows_and_is_given_back(void **state)
{
    (void)state;
    char large[20000];
    memset(large, 'x', sizeof(large) - 1);
    large[sizeof(large) - 1] = '\0';
    save("old", 1);
    struct store_slot *slot = store_reserve(s.dir, 10, NULL);
    assert_non_null(slot);
    expect("old", 1, false);
    assert_int_equal(store_commit(s.dir, &slot, large, strlen(large), 2, NULL), 0);
    assert_null(slot);
    expect(large, 2, false);
    /* and shrinks: what stood in the file before does not shine through */
    slot = store_reserve(s.dir, 30000, NULL);
    assert_int_equal(store_commit(s.dir, &slot, "small", 5, 3, NULL), 0);
    expect("small", 3, false);
    slot = store_reserve(s.dir, 10, NULL);
    assert_true(scratch_has(&s, "record.tmp"));
    store_release(s.dir, &slot);
    assert_null(slot);
    store_release(s.dir, &slot);
    assert_false(scratch_has(&s, "record.tmp"));
    expect("small", 3, false);
}

/* A slot whose record.tmp another save has taken fails, and says that nothing happened. */
static void a_stale_slot_changes_nothing(void **state)
{
    (void)state;
    struct error err = { 0 };
    struct store_slot *slot = store_reserve(s.dir, 10, NULL);
    const bool gone = os.unlink(s.dir, "record.tmp") == 0 && !scratch_has(&s, "record.tmp");
    if (!TEST_DRIVE[0])
        assert_true(gone);
    if (!gone) {
        store_release(s.dir, &slot);
        skip(); /* Wine keeps the name of an open file */
    }
    save("meanwhile", 5);
    assert_int_equal(store_commit(s.dir, &slot, "stale", 5, 2, &err), -1);
    assert_non_null(strstr(err.text, "the old record stands"));
    expect("meanwhile", 5, false);
}

static void failed_reserve_changes_nothing(void **state)
{
    (void)state;
    static const enum rig_call calls[] = { RIG_OPEN, RIG_WRITE, RIG_SYNC };
    save("old", 1);
    for (size_t i = 0; i < 3; i++) {
        struct error err = { 0 };
        rig_arm((struct rig_fault){ calls[i], 1, RIG_STICKY, -ENOSPC });
        assert_null(store_reserve(s.dir, 100, &err));
        rig_disarm();
        assert_int_equal(rig_open_files, 0);
        assert_int_equal(err.class, ERR_LOCAL);
        assert_non_null(strstr(err.text, "No space left on device"));
        assert_false(scratch_has(&s, "record.tmp"));
        expect("old", 1, false);
    }
}

static int64_t lying_write(struct os_file *file, const void *data, size_t len)
{
    (void)file;
    (void)data;
    return (int64_t)len;
}

static int64_t empty_write(struct os_file *file, const void *data, size_t len)
{
    (void)file;
    (void)data;
    (void)len;
    return 0;
}

static void a_lying_disk_is_caught(void **state)
{
    (void)state;
    struct error err = { 0 };
    struct os_calls real = os;
    save("old", 1);
    struct store_slot *slot = store_reserve(s.dir, 10, NULL);
    os.write = lying_write;
    int rc = store_commit(s.dir, &slot, "new", 3, 2, &err);
    os = real;
    assert_int_equal(rc, -1);
    assert_non_null(strstr(err.text, "the old record stands"));
    expect("old", 1, false);
    os.write = empty_write;
    slot = store_reserve(s.dir, 10, &err);
    os = real;
    assert_null(slot);
}

static void unknown_durability_is_told(void **state)
{
    (void)state;
    struct error err = { 0 };
    save("old", 1);
    rig_arm((struct rig_fault){ RIG_SYNC_DIR, 1, RIG_STICKY, -EIO });
    assert_int_equal(store_save(s.dir, "new", 3, 2, &err), -1);
    assert_int_equal(rig_seen[RIG_SYNC_DIR], 3); /* a new file each time */
    rig_disarm();
    assert_non_null(strstr(err.text, "the new record is in place, but"));
    expect("new", 2, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(saves_and_loads),
        WITH_FOLDER(takes_any_payload),
        WITH_FOLDER(a_slot_grows_and_is_given_back),
        WITH_FOLDER(a_stale_slot_changes_nothing),
        WITH_FOLDER(failed_reserve_changes_nothing),
        WITH_FOLDER(a_lying_disk_is_caught),
        WITH_FOLDER(unknown_durability_is_told),
    };
    log_set_level(DCDDNS_LOG_ERROR);
    rig_use_memory();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
