/* The store on damaged records, on what others planted in its folder, and on strangers' files. */
#include "store_rig.h"

#include "base/log.h"

static void every_flipped_bit_is_seen(void **state)
{
    (void)state;
    static const char new[] = "{\"token\":\"new\"}", old[] = "{\"token\":\"old\"}";
    char *image = NULL;
    int degraded = 0, newer = 0, same = 0;
    save(old, 1);
    save(new, 2);
    long size = scratch_read(&s, "record", &image);
    size_t used = (size_t)(strchr(image, '\n') - image) + 1 + strlen(new);
    for (size_t i = 0; i < (size_t)size; i += i < used ? 1 : TEST_SCALE) {
        for (int bit = 0; bit < 8; bit += i < used ? 1 : 7) {
            struct store_record record = { 0 };
            bool found = false;
            image[i] = (char)(image[i] ^ 1 << bit);
            scratch_write(&s, "record", image, (size_t)size);
            int rc = store_load(s.dir, &record, &found, NULL);
            image[i] = (char)(image[i] ^ 1 << bit);
            newer += rc != 0;
            if (rc == 0 && record.degraded) {
                assert_string_equal(record.payload, old);
                degraded++;
            } else if (rc == 0) {
                assert_string_equal(record.payload, new);
                assert_true(i >= used); /* padding counts for nothing */
                same++;
            }
            store_record_free(&record);
        }
    }
    free(image);
    /* flips that make the version 3, 5 or 9, or the blank behind it a digit */
    assert_int_equal(newer, 4);
    assert_int_equal(degraded + newer, used * 8);
    assert_true(same > 4000 / TEST_SCALE);
}

static void damage_falls_back_or_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *what, *text;
    } rows[] = {
        { "empty", "" },
        { "short", "dcddns-" },
        { "no newline", "dcddns-record 1 2 3 4" },
        { "no number", "dcddns-record x 2 3 4\n" },
        { "no generation", "dcddns-record 1 \n" },
        { "no length", "dcddns-record 1 2 \n" },
        { "no blank", "dcddns-record 1 2\n" },
        { "length beyond the end", "dcddns-record 1 2 9999 ab\nabc" },
        { "length beyond the maximum", "dcddns-record 1 2 65537 ab\nabc" },
        { "length overflows", "dcddns-record 1 2 99999999999999999999 ab\nabc" },
        { "no hash", "dcddns-record 1 2 3 \nabc" },
        { "wrong hash", "dcddns-record 1 2 3 "
                        "0000000000000000000000000000000000000000000000000000000000000000\nabc" },
        { "another magic", "domain-record 1 2 3 4\n" },
        { "old version", "dcddns-record 0 2 3 4\n" },
    };
    save("old", 1);
    save("new", 2);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        scratch_write(&s, "record", rows[i].text, strlen(rows[i].text));
        expect("old", 1, true);
    }
    static char large[100000];
    scratch_write(&s, "record", large, sizeof(large));
    expect("old", 1, true);
    /* a sound record.prev outlives the save that mends it */
    save("mended", 3);
    expect("mended", 3, false);
    assert_int_equal(unlink(scratch_path(&s, "record")), 0);
    expect("old", 1, true);

    scratch_write(&s, "record.prev", "rubbish", 7);
    expect_error("record.prev is damaged");
    scratch_write(&s, "record", "rubbish", 7);
    expect_error("record is damaged");
    assert_int_equal(unlink(scratch_path(&s, "record.prev")), 0);
    expect_error("record is damaged");
    save("again", 4);
    expect("again", 4, false);
}

static void a_newer_format_is_not_stepped_over(void **state)
{
    (void)state;
    static const char newer[] = "dcddns-record 2 whatever\n";
    save("old", 1);
    save("new", 2);
    scratch_write(&s, "record", newer, strlen(newer));
    expect_error("newer version");
    assert_int_equal(unlink(scratch_path(&s, "record")), 0);
    scratch_write(&s, "record.prev", newer, strlen(newer));
    expect_error("newer version");
}

/* -- what others plant ------------------------------------------------------------------------ */

static void make_symlink(const char *path)
{
    assert_int_equal(symlink("/etc/passwd", path), 0);
}

static void make_fifo(const char *path)
{
    assert_int_equal(mkfifo(path, 0600), 0);
}

static void make_directory(const char *path)
{
    assert_int_equal(mkdir(path, 0700), 0);
}

static void planted_things_do_no_harm(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        void (*make)(const char *path);
        bool replaced; /* as record or record.tmp, by the next save */
    } rows[] = {
        { "symlink", make_symlink, true },
        { "fifo", make_fifo, true },
        { "directory", make_directory, false },
    };
    alarm(20); /* nothing may hang */
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct error err = { 0 };
        save("old", 1);
        rows[i].make(scratch_path(&s, "record.tmp"));
        assert_int_equal(store_save(s.dir, "new", 3, 2, &err), rows[i].replaced ? 0 : -1);
        expect(rows[i].replaced ? "new" : "old", rows[i].replaced ? 2 : 1, false);
        remove(scratch_path(&s, "record.tmp"));

        remove(scratch_path(&s, "record"));
        rows[i].make(scratch_path(&s, "record"));
        expect_error("regular file");
        assert_int_equal(store_save(s.dir, "new", 3, 3, &err), rows[i].replaced ? 0 : -1);
        if (rows[i].replaced)
            expect("new", 3, false);
        remove(scratch_path(&s, "record"));
        remove(scratch_path(&s, "record.prev"));

        rows[i].make(scratch_path(&s, "lock"));
        assert_null(store_lock(s.dir, &err));
        assert_int_equal(err.class, ERR_LOCAL);
        assert_non_null(strstr(err.text, "not a regular file"));
        remove(scratch_path(&s, "lock"));
    }
    alarm(0);
    struct stat st;
    assert_int_equal(stat("/etc/passwd", &st), 0);
    assert_true(S_ISREG(st.st_mode) && st.st_size > 0);
}

static void strangers_files_are_refused(void **state)
{
    (void)state;
    save("old", 1);
    save("new", 2);
    assert_int_equal(chmod(scratch_path(&s, "record"), 0666), 0);
    expect_error("others may write it");
    assert_int_equal(chmod(scratch_path(&s, "record"), 0600), 0);
    expect("new", 2, false);
    if (geteuid() != 0)
        skip();
    assert_int_equal(chown(scratch_path(&s, "record"), 65534, 65534), 0);
    expect_error("belongs to another user");
    assert_int_equal(unlink(scratch_path(&s, "record")), 0);
    assert_int_equal(chown(scratch_path(&s, "record.prev"), 65534, 65534), 0);
    expect_error("belongs to another user");
}

/* Root at the command line leaves the folder to the service that owns it. */
static void files_belong_to_the_owner_of_the_folder(void **state)
{
    (void)state;
    struct error err = { 0 };
    struct stat st;
    if (geteuid() != 0)
        skip();
    assert_int_equal(chown(s.path, 65534, 65534), 0);
    os_dir_close(&s.dir);
    s.dir = os_dir_open(s.path, OS_DIR_PRIVATE, &err);
    struct store_lock *lock = store_lock(s.dir, &err);
    assert_non_null(lock);
    save("new", 1);
    store_unlock(&lock);
    assert_int_equal(stat(scratch_path(&s, "record"), &st), 0);
    assert_int_equal(st.st_uid, 65534);
    assert_int_equal(stat(scratch_path(&s, "lock"), &st), 0);
    assert_int_equal(st.st_uid, 65534);
    expect("new", 1, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(every_flipped_bit_is_seen),
        WITH_FOLDER(damage_falls_back_or_is_told),
        WITH_FOLDER(a_newer_format_is_not_stepped_over),
        WITH_FOLDER(planted_things_do_no_harm),
        WITH_FOLDER(strangers_files_are_refused),
        WITH_FOLDER(files_belong_to_the_owner_of_the_folder),
    };
    log_set_level(DCDDNS_LOG_ERROR);
    rig_use_memory();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
