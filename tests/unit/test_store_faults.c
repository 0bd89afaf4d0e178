/* The store when every file call fails, comes up short, or is the last one of the process, in turn:
 * what is loaded after is the old record or the new one, and the new one when the save said so.
 * The same harness must find defects that were planted on purpose. */
#include "state_rig.h"

#include "base/log.h"
#include "state/store.h"
#include "state/store_image.h"

typedef int (*saver)(struct os_dir *, const char *payload, size_t len, uint64_t generation);

/* What the folder holds before: generations of the files; 0 none, -N damaged. */
struct before {
    int record, prev, tmp;
    uint64_t old; /* generation that is loaded; 0 = nothing is found */
};

static const struct before befores[] = {
    { 0, 0, 0, 0 },                  /* the first save */
    { 2, 0, 0, 2 },                  /* the second */
    { 2, 1, 0, 2 },                  /* all later ones */
    { -2, 1, 0, 1 },                 /* record damaged: record.prev must outlive the save */
    { 0, 1, 0, 1 },                  /* record gone */
    { 2, -1, 0, 2 },                 /* record.prev damaged */
    { 2, 1, 9, 2 },                  /* what an earlier crash left behind counts for nothing */
    { 2, 1, -9, 2 }, { 2, 1, 1, 2 }, /* an older one even less */
    { 1, 0, 2, 2 },  /* a commit that was cut short: record.tmp is the only copy of the newest */
    { -1, 0, 2, 2 }, /* the same, and record is damaged */
    { 0, 1, 2, 2 },  { 0, 0, 2, 2 },
};
enum { BEFORES = sizeof(befores) / sizeof(befores[0]) };

struct tally {
    int points, old, new, lost, false_ack, leaked;
};

static void payload_of(uint64_t generation, char text[64])
{
    snprintf(text, 64, "{\"payload of generation\":%u}", (unsigned)generation);
}

static void plant(struct scratch *s, const char *name, int generation)
{
    struct buf image = BUF_MAX(4096);
    char text[64];
    uint64_t number = (uint64_t)(generation < 0 ? -generation : generation);
    if (generation == 0)
        return;
    payload_of(number, text);
    assert_true(store_image_make(&image, text, strlen(text), number));
    if (generation < 0)
        image.data[image.len - 5] ^= 1;
    scratch_write(s, name, image.data, image.len);
    buf_free(&image);
}

static void plant_all(struct scratch *s, const struct before *before)
{
    plant(s, "record", before->record);
    plant(s, "record.prev", before->prev);
    plant(s, "record.tmp", before->tmp);
}

static void judge(struct scratch *s, const struct before *before, bool acknowledged,
                  struct tally *tally)
{
    struct store_record record = { 0 };
    bool found = false;
    struct error err = { 0 };
    char text[64] = "";

    int rc = store_load(s->dir, &record, &found, &err);
    payload_of(record.generation, text);
    bool whole = rc == 0 && (!found || strcmp(record.payload, text) == 0);
    bool new = whole &&found &&record.generation == 3;
    bool old = whole && found == (before->old > 0) && record.generation == before->old;
    tally->points++;
    tally->new += new;
    tally->old += old;
    tally->lost += !new && !old;
    tally->false_ack += acknowledged && !new;
    store_record_free(&record);
}

/* True when the fault's turn came. */
static bool try_here(saver save, const struct before *before, struct rig_fault fault,
                     struct tally *tally)
{
    struct scratch s = { 0 };
    char text[64];
    scratch_open(&s);
    plant_all(&s, before);
    payload_of(3, text);
    rig_arm(fault);
    int rc = save(s.dir, text, strlen(text), 3);
    bool fired = rig_fired();
    tally->leaked += rig_open_files != 0;
    rig_disarm();
    judge(&s, before, rc == 0, tally);
    scratch_close(&s);
    return fired;
}

/* A killed child has freed nothing: what it held stays reachable, for the sake of leak checkers. */
static void *volatile kept[4096];

static void *keeping_alloc(size_t size)
{
    static size_t count;
    void *block = malloc(size);
    kept[count++ % (sizeof(kept) / sizeof(kept[0]))] = block;
    return block;
}

/* The same in a child that is killed. */
static bool try_killed(saver save, const struct before *before, struct rig_fault fault,
                       struct tally *tally)
{
    struct scratch s = { 0 };
    char text[64];
    int status = 0;
    scratch_open(&s);
    plant_all(&s, before);
    payload_of(3, text);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        mem_calls.alloc = keeping_alloc;
        rig_arm(fault);
        int rc = save(s.dir, text, strlen(text), 3);
        _exit(rc == 0 ? 40 : 41);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    bool killed = WIFSIGNALED(status);
    judge(&s, before, !killed && WEXITSTATUS(status) == 40, tally);
    scratch_close(&s);
    return killed;
}

static const int codes[] = { -EIO, -ENOSPC, -EDQUOT, -EROFS, -EMFILE, -EACCES, -EINTR, -ENOMEM };
enum { CODES = sizeof(codes) / sizeof(codes[0]), K_MAX = 200 };

static struct tally all_errors(saver save)
{
    struct tally tally = { 0 };
    for (size_t b = 0; b < BEFORES; b++) {
        for (int call = 0; call < RIG_CALLS; call++) {
            bool fired = true;
            for (int k = 1; fired && k < K_MAX; k++) {
                struct rig_fault fault = { (enum rig_call)call, k, RIG_SHORT, 0 };
                fired = try_here(save, &befores[b], fault, &tally);
                for (size_t c = 0; fired && c < CODES; c++) {
                    fault.how = RIG_ERROR;
                    fault.code = codes[c];
                    try_here(save, &befores[b], fault, &tally);
                    if (codes[c] == -EINTR)
                        continue; /* for ever interrupted: os_read_file() would never end */
                    fault.how = RIG_STICKY;
                    try_here(save, &befores[b], fault, &tally);
                }
            }
        }
    }
    return tally;
}

static struct tally all_kills(saver save)
{
    static const enum rig_how hows[] = { RIG_DIE, RIG_SHORT_DIE, RIG_DIE_AFTER };
    struct tally tally = { 0 };
    for (size_t b = 0; b < BEFORES; b++) {
        for (int call = 0; call < RIG_CALLS; call++) {
            bool killed = true;
            for (int k = 1; killed && k < K_MAX; k++) {
                for (size_t h = 0; h < 3 && killed; h++) {
                    struct rig_fault fault = { (enum rig_call)call, k, hows[h], 0 };
                    killed = try_killed(save, &befores[b], fault, &tally);
                }
            }
        }
    }
    return tally;
}

/* -- the store, and stores with a defect ------------------------------------------------------ */

static int good(struct os_dir *dir, const char *payload, size_t len, uint64_t generation)
{
    struct error err = { 0 };
    int rc = store_save(dir, payload, len, generation, &err);
    assert_true(rc == 0 || err.class == ERR_LOCAL);
    return rc;
}

static int good_commit(struct os_dir *dir, const char *payload, size_t len, uint64_t generation)
{
    struct error err = { 0 };
    struct store_slot *slot = store_reserve(dir, len, &err);
    if (!slot)
        return -1;
    int rc = store_commit(dir, &slot, payload, len, generation, &err);
    assert_null(slot);
    return rc;
}

static int put(struct os_dir *dir, const char *name, int how, const char *payload, size_t len,
               uint64_t generation)
{
    struct buf image = BUF_MAX(4096);
    struct os_file *file = NULL;
    store_image_make(&image, payload, len, generation);
    int rc = os.open(dir, name, how, &file);
    if (rc == 0)
        rc = os_write_all(file, image.data, image.len);
    if (rc == 0)
        rc = os.sync(file);
    if (file)
        os.close(file);
    buf_free(&image);
    return rc;
}

static int in_place(struct os_dir *dir, const char *payload, size_t len, uint64_t generation)
{
    return put(dir, "record", OS_LOCK, payload, len, generation);
}

static int unlink_first(struct os_dir *dir, const char *payload, size_t len, uint64_t generation)
{
    os.unlink(dir, "record");
    return put(dir, "record", OS_CREATE, payload, len, generation);
}

static int rename_before_write(struct os_dir *dir, const char *payload, size_t len,
                               uint64_t generation)
{
    struct os_file *file = NULL;
    os.unlink(dir, "record.tmp");
    int rc = os.open(dir, "record.tmp", OS_CREATE, &file);
    if (rc == 0)
        rc = os.close(file);
    if (rc == 0)
        rc = os.rename(dir, "record.tmp", "record");
    return rc == 0 ? put(dir, "record", OS_LOCK, payload, len, generation) : rc;
}

static int ignores_errors(struct os_dir *dir, const char *payload, size_t len, uint64_t generation)
{
    os.unlink(dir, "record.tmp");
    if (put(dir, "record.tmp", OS_CREATE, payload, len, generation) == 0)
        os.rename(dir, "record.tmp", "record");
    os.sync_dir(dir);
    return 0;
}

static void show(const char *what, const struct tally *t)
{
    print_message("%-28s %5d points: %d old, %d new, %d lost or torn, %d falsely saved\n", what,
                  t->points, t->old, t->new, t->lost, t->false_ack);
}

static void survives_every_error(void **state)
{
    (void)state;
    const saver savers[] = { good, good_commit };
    for (size_t i = 0; i < 2; i++) {
        struct tally tally = all_errors(savers[i]);
        show(i == 0 ? "errors, save" : "errors, commit", &tally);
        assert_int_equal(tally.lost, 0);
        assert_int_equal(tally.false_ack, 0);
        assert_int_equal(tally.leaked, 0);
        assert_true(tally.old > 0 && tally.new > 0 && tally.points > 1000);
    }
}

static void survives_every_kill(void **state)
{
    (void)state;
    struct tally tally = all_kills(good_commit);
    show("kills, commit", &tally);
    assert_int_equal(tally.lost, 0);
    assert_int_equal(tally.false_ack, 0);
    assert_true(tally.old > 0 && tally.new > 0 && tally.points > 200);
}

static void finds_planted_defects(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        saver save;
        bool kills, errors, acks; /* which run must find it */
    } rows[] = {
        { "in-place", in_place, true, true, false },
        { "unlink first", unlink_first, true, true, false },
        { "rename before write", rename_before_write, true, true, false },
        { "errors ignored", ignores_errors, true, true, true },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct tally kills = all_kills(rows[i].save);
        struct tally errors = all_errors(rows[i].save);
        show(rows[i].what, &kills);
        show(rows[i].what, &errors);
        assert_int_equal(kills.lost > 0, rows[i].kills);
        assert_int_equal(errors.lost > 0, rows[i].errors);
        assert_int_equal(errors.false_ack > 0, rows[i].acks);
    }
}

/* Retried inside: one interruption anywhere is not even noticed. */
static void interruptions_are_retried(void **state)
{
    (void)state;
    for (int call = 0; call < RIG_CALLS; call++) {
        bool fired = true;
        for (int k = 1; fired && k < K_MAX; k++) {
            struct tally tally = { 0 };
            struct rig_fault fault = { (enum rig_call)call, k, RIG_ERROR, -EINTR };
            fired = try_here(good_commit, &befores[2], fault, &tally);
            assert_int_equal(tally.new, 1);
        }
    }
}

/* Loading under failures: an error, or the newest record; never an older one, never "not found". */
static int load_all(int record, int prev, int tmp, uint64_t newest)
{
    int points = 0;
    for (int call = 0; call < RIG_CALLS; call++) {
        bool fired = true;
        for (int k = 1; fired && k < K_MAX; k++) {
            for (size_t c = 0; c < CODES && fired; c++) {
                struct scratch s = { 0 };
                struct store_record loaded = { 0 };
                bool found = false;
                scratch_open(&s);
                plant(&s, "record", record);
                plant(&s, "record.prev", prev);
                plant(&s, "record.tmp", tmp);
                rig_arm((struct rig_fault){ (enum rig_call)call, k, RIG_ERROR, codes[c] });
                int rc = store_load(s.dir, &loaded, &found, NULL);
                fired = rig_fired();
                assert_int_equal(rig_open_files, 0);
                rig_disarm();
                assert_true(rc == -1 ? !found : found && loaded.generation == newest);
                store_record_free(&loaded);
                scratch_close(&s);
                points += fired;
            }
        }
    }
    return points;
}

static void loading_never_steps_back(void **state)
{
    (void)state;
    assert_true(load_all(2, 1, 0, 2) >= 3 * CODES);
    assert_true(load_all(2, 1, 3, 3) >= 6 * CODES);
    assert_true(load_all(-2, 1, 3, 3) >= 6 * CODES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(survives_every_error),     cmocka_unit_test(survives_every_kill),
        cmocka_unit_test(finds_planted_defects),    cmocka_unit_test(interruptions_are_retried),
        cmocka_unit_test(loading_never_steps_back),
    };
    log_set_level(DCDDNS_LOG_ERROR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
