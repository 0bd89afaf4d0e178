/* A commit that was cut short after its write: the new generation is whole in record.tmp and has no
 * name of its own yet.  It counts, and nothing may take it away before it has its name. */
#include "store_rig.h"

#include "base/log.h"
#include "state/store_image.h"

static void plant(const char *name, const char *payload, int generation)
{
    struct buf image = BUF_MAX(8192);
    if (generation == 0)
        return;
    uint64_t number = (uint64_t)(generation < 0 ? -generation : generation);
    assert_true(store_image_make(&image, payload, strlen(payload), number));
    if (generation < 0)
        image.data[image.len - 2] ^= 1;
    for (int i = 0; i < 500; i++)
        buf_putc(&image, ' '); /* what was reserved and not needed */
    scratch_write(&s, name, image.data, image.len);
    buf_free(&image);
}

static void clear(void)
{
    unlink(scratch_path(&s, "record"));
    unlink(scratch_path(&s, "record.prev"));
    unlink(scratch_path(&s, "record.tmp"));
}

/* Generations of record, record.prev and record.tmp; 0 none, -N damaged. */
static void the_newest_whole_generation_is_chosen(void **state)
{
    (void)state;
    static const struct {
        int record, prev, tmp;
        const char *payload; /* NULL: an error; "": nothing there */
        int generation;
        bool degraded;
    } rows[] = {
        { 5, 4, 6, "tmp", 6, false },     /* cut short */
        { 5, 0, 6, "tmp", 6, false },     /* between unlink and link of record.prev */
        { 5, 5, 6, "tmp", 6, false },     /* between link and rename */
        { 6, 5, 6, "record", 6, false },  /* the same generation: what has its name */
        { 5, 4, 5, "record", 5, false },  /* left over */
        { 5, 4, 4, "record", 5, false },  /* older */
        { 5, 4, 7, "record", 5, false },  /* not the next: from nowhere */
        { 5, 4, -6, "record", 5, false }, /* torn */
        { 0, 0, 1, "tmp", 1, false },     /* the very first */
        { 0, 0, -1, "", 0, false },       /* the very first, torn: as if it had not begun */
        { 0, 4, 5, "tmp", 5, false },     /* record is gone */
        { 0, 4, 4, "prev", 4, true },     /* not newer */
        { -5, 4, 6, "tmp", 6, false },    /* record rotted since */
        { -5, 4, 5, "tmp", 5, false },    /* the save that mends it, cut short */
        { -5, 4, -6, "prev", 4, true },   /* no better than before */
        { -5, 4, 3, "prev", 4, true },    /* older than the last resort */
        { -5, -4, 6, "tmp", 6, false },   /* the only one left */
        { -5, -4, -6, NULL, 0, false },   { 5, -4, 6, "tmp", 6, false },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct store_record record = { 0 };
        bool found = false;
        clear();
        plant("record", "record", rows[i].record);
        plant("record.prev", "prev", rows[i].prev);
        plant("record.tmp", "tmp", rows[i].tmp);
        int rc = store_load(s.dir, &record, &found, NULL);
        assert_int_equal(rc, rows[i].payload ? 0 : -1);
        if (rows[i].payload && rows[i].payload[0]) {
            expect(rows[i].payload, (uint64_t)rows[i].generation, rows[i].degraded);
        } else {
            assert_false(found);
        }
        store_record_free(&record);
    }
}

static void a_torn_one_never_counts(void **state)
{
    (void)state;
    struct buf image = BUF_MAX(8192);
    char payload[600] = "";
    memset(payload, 'x', sizeof(payload) - 1);
    assert_true(store_image_make(&image, payload, strlen(payload), 6));
    size_t used = image.len;
    for (size_t len = 0; len < used - 1; len++) { /* the last byte is the newline behind it */
        char text[8192];
        plant("record", "record", 5);
        memset(text, ' ', sizeof(text)); /* over what was reserved, then what was never */
        memcpy(text, image.data, len);
        scratch_write(&s, "record.tmp", text, len % 2 ? 4096 : len);
        expect("record", 5, false);
    }
    scratch_write(&s, "record.tmp", image.data, used);
    expect(payload, 6, false);
    buf_free(&image);
}

/* The next save may not make room by throwing it away. */
static void the_next_save_names_it_first(void **state)
{
    (void)state;
    struct error err = { 0 };
    plant("record", "record", 5);
    plant("record.prev", "prev", 4);
    plant("record.tmp", "tmp", 6);
    struct store_slot *slot = store_reserve(s.dir, 10, &err);
    assert_non_null(slot);
    expect("tmp", 6, false); /* by its name, record.tmp is blank */
    store_release(s.dir, &slot);
    expect("tmp", 6, false);
    assert_int_equal(unlink(scratch_path(&s, "record")), 0);
    expect("record", 5, true); /* the one before it was kept */
}

static void nothing_is_reserved_over_it(void **state)
{
    (void)state;
    static const enum rig_call calls[] = { RIG_RENAME, RIG_SYNC, RIG_OPEN, RIG_READ };
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        struct error err = { 0 };
        plant("record", "record", 5);
        plant("record.tmp", "tmp", 6);
        rig_arm((struct rig_fault){ calls[i], 1, RIG_STICKY, -EIO });
        assert_null(store_reserve(s.dir, 10, &err));
        assert_int_equal(store_save(s.dir, "new", 3, 7, &err), -1);
        assert_int_equal(rig_open_files, 0);
        rig_disarm();
        assert_int_equal(err.class, ERR_LOCAL);
        expect("tmp", 6, false);
        save("new", 7);
        expect("new", 7, false);
        clear();
    }
}

/* One that cannot be read just now may be the newest: no older one is handed out. */
static void unreadable_is_not_missing(void **state)
{
    (void)state;
    struct store_record record = { 0 };
    struct error err = { 0 };
    bool found = false;
    plant("record", "record", 5);
    plant("record.tmp", "tmp", 6);
    rig_arm((struct rig_fault){ RIG_OPEN, 1, RIG_ERROR, -EMFILE });
    assert_int_equal(store_load(s.dir, &record, &found, &err), -1);
    rig_disarm();
    assert_non_null(strstr(err.text, "record.tmp"));
    scratch_write(&s, "record.tmp", "dcddns-record 2 whatever\n", 25);
    expect_error("newer version");
    assert_null(store_reserve(s.dir, 10, &err));
    expect_error("newer version");
}

/* Store, then use: what is handed out is on the disk, its name too. */
static void it_is_synced_before_it_is_handed_out(void **state)
{
    (void)state;
    struct store_record record = { 0 };
    bool found = false;
    plant("record", "record", 5);
    plant("record.tmp", "tmp", 6);
    rig_arm((struct rig_fault){ 0 });
    assert_int_equal(store_load(s.dir, &record, &found, NULL), 0);
    assert_int_equal(rig_seen[RIG_SYNC], 1);
    assert_int_equal(rig_seen[RIG_SYNC_DIR], 1);
    assert_int_equal(rig_seen[RIG_RENAME] + rig_seen[RIG_UNLINK] + rig_seen[RIG_WRITE], 0);
    store_record_free(&record);
    rig_arm((struct rig_fault){ RIG_SYNC, 1, RIG_STICKY, -EIO }); /* better than an older one */
    assert_int_equal(store_load(s.dir, &record, &found, NULL), 0);
    rig_disarm();
    assert_int_equal(record.generation, 6);
    assert_int_equal(rig_open_files, 0);
    store_record_free(&record);
    save("seven", 7);
    rig_arm((struct rig_fault){ 0 });
    expect("seven", 7, false);
    assert_int_equal(rig_seen[RIG_SYNC] + rig_seen[RIG_SYNC_DIR], 0);
    rig_disarm();
}

/* A commit whose rename fails leaves it, and the next save ends what that began. */
static void a_failed_rename_loses_nothing(void **state)
{
    (void)state;
    struct error err = { 0 };
    save("old", 1);
    struct store_slot *slot = store_reserve(s.dir, 10, &err);
    rig_arm((struct rig_fault){ RIG_RENAME, 1, RIG_STICKY, -EIO });
    assert_int_equal(store_commit(s.dir, &slot, "new", 3, 2, &err), -1);
    assert_int_equal(store_save(s.dir, "new", 3, 2, &err), -1);
    rig_disarm();
    assert_non_null(strstr(err.text, "cannot rename"));
    expect("new", 2, false);
    save("newer", 3);
    expect("newer", 3, false);
    assert_false(scratch_has(&s, "record.tmp"));
}

/* -- another process reads at every moment of a commit ----------------------------------------- */

static uint64_t seen_last;
static int looks;

static void look(void)
{
    struct store_record record = { 0 };
    bool found = false;
    struct os_calls watched = os;
    os = rig_real;
    assert_int_equal(store_load(s.dir, &record, &found, NULL), 0);
    os = watched;
    assert_true(found && record.generation >= seen_last && !record.degraded);
    seen_last = record.generation;
    looks++;
    store_record_free(&record);
}

static int watched_rename(struct os_dir *dir, const char *from, const char *to)
{
    look();
    int rc = rig_real.rename(dir, from, to);
    look();
    return rc;
}

static int watched_unlink(struct os_dir *dir, const char *name)
{
    look();
    int rc = rig_real.unlink(dir, name);
    look();
    return rc;
}

static int64_t watched_write(struct os_file *file, const void *data, size_t len)
{
    int64_t half = rig_real.write(file, data, (len + 1) / 2);
    look();
    return half;
}

static void readers_never_step_back(void **state)
{
    (void)state;
    save("one", 1);
    rig_real = os;
    os.rename = watched_rename;
    os.unlink = watched_unlink;
    os.write = watched_write;
    seen_last = 1;
    for (uint64_t generation = 2; generation < 6; generation++) {
        struct store_slot *slot = store_reserve(s.dir, 10, NULL);
        assert_int_equal(store_commit(s.dir, &slot, "more", 4, generation, NULL), 0);
        assert_int_equal(seen_last, generation);
    }
    os = rig_real;
    assert_true(looks > 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(the_newest_whole_generation_is_chosen),
        WITH_FOLDER(a_torn_one_never_counts),
        WITH_FOLDER(the_next_save_names_it_first),
        WITH_FOLDER(nothing_is_reserved_over_it),
        WITH_FOLDER(unreadable_is_not_missing),
        WITH_FOLDER(it_is_synced_before_it_is_handed_out),
        WITH_FOLDER(a_failed_rename_loses_nothing),
        WITH_FOLDER(readers_never_step_back),
    };
    log_set_level(DCDDNS_LOG_ERROR);
    rig_use_memory();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
