/* The store when the power goes: a file system in memory that remembers what was synced.  At every
 * call the machine may stop; of what was not synced, any part may be on the disk: every subset of
 * the changes to the directory, with every file's data old, new, half, or zeros. */
#include "state_rig.h"

#include "base/log.h"
#include "state/store.h"
#include "state/store_image.h"

enum { NAMES = 3, INODES = 8, DATA = 5000, OPS = 10, HANDLES = 8, VARIANTS = 4 };

static const char *const names[NAMES] = { "record", "record.prev", "record.tmp" };

struct bytes {
    char data[DATA];
    size_t len;
};

struct op { /* sets two names, as rename does; name 2 of -1: only one */
    int name[2], inode[2];
};

static struct {
    struct bytes now[INODES], synced[INODES];
    bool unsynced[INODES];
    int inodes;
    int dir[NAMES], dir_synced[NAMES]; /* inode, -1 none */
    struct op ops[OPS];                /* since the directory was synced */
    int op_count;
    bool no_sync, no_sync_dir; /* defects */
    bool reserved;             /* as for a refresh: from its sync on, the answer is safe */
    int cuts, states, violations;
    uint64_t old; /* generation before the save */
    bool acknowledged;
    bool written; /* the new generation is whole in record.tmp, and was synced there */
} disk;

/* What is read: the running system, or one crash state. */
static struct {
    struct bytes file[INODES];
    int dir[NAMES];
} crash;
static bool crashed;
static struct scratch scratch; /* only lends its name to messages */

static struct handle {
    int inode;
    size_t pos;
    bool used;
} handles[HANDLES];

static struct handle *of(struct os_file *file)
{
    return (struct handle *)(void *)file;
}

static int slot(const char *name)
{
    for (int i = 0; i < NAMES; i++) {
        if (strcmp(names[i], name) == 0)
            return i;
    }
    fail_msg("unknown name %s", name);
    return -1;
}

/* -- every crash state at this moment --------------------------------------------------------- */

static void apply(int dir[NAMES], const struct op *op)
{
    for (int i = 0; i < 2; i++) {
        if (op->name[i] >= 0)
            dir[op->name[i]] = op->inode[i];
    }
}

static void render(struct bytes *out, int inode, int variant)
{
    const struct bytes *now = &disk.now[inode], *synced = &disk.synced[inode];
    *out = variant == 0 ? *synced : *now;
    if (variant == 2) { /* the size arrived, the data did not */
        memset(out->data, 0, sizeof(out->data));
        memcpy(out->data, synced->data, synced->len < now->len ? synced->len : now->len);
    }
    if (variant == 3) { /* half of the data arrived */
        memcpy(out->data + now->len / 4, synced->data + now->len / 4, DATA - now->len / 4);
        out->len = synced->len > now->len / 4 ? synced->len : now->len / 4;
    }
}

static void check_state(void)
{
    struct store_record record = { 0 };
    bool found = false;
    crashed = true;
    int rc = store_load(scratch.dir, &record, &found, NULL);
    crashed = false;
    bool is_new = rc == 0 && found && record.generation == 3;
    bool is_old = rc == 0 && found == (disk.old > 0) && record.generation == disk.old;
    disk.states++;
    disk.violations += disk.acknowledged || disk.written ? !is_new : !is_new && !is_old;
    store_record_free(&record);
}

static void each_content(int inode)
{
    while (inode < disk.inodes && !disk.unsynced[inode]) {
        crash.file[inode] = disk.synced[inode];
        inode++;
    }
    if (inode == disk.inodes) {
        check_state();
        return;
    }
    for (int variant = 0; variant < VARIANTS; variant++) {
        render(&crash.file[inode], inode, variant);
        each_content(inode + 1);
    }
}

static void cut(void)
{
    if (crashed)
        return;
    disk.cuts++;
    for (unsigned mask = 0; mask < 1U << disk.op_count; mask++) {
        memcpy(crash.dir, disk.dir_synced, sizeof(crash.dir));
        for (int i = 0; i < disk.op_count; i++) {
            if (mask & 1U << i)
                apply(crash.dir, &disk.ops[i]);
        }
        each_content(0);
    }
}

/* -- the calls -------------------------------------------------------------------------------- */

static void change(struct op op)
{
    assert_true(disk.op_count < OPS);
    disk.ops[disk.op_count++] = op;
    apply(disk.dir, &op);
}

static int fake_open(struct os_dir *dir, const char *name, int how, struct os_file **file)
{
    (void)dir;
    cut();
    int at = slot(name);
    int inode = crashed ? crash.dir[at] : disk.dir[at];
    if (how == OS_CREATE && inode >= 0)
        return -EEXIST;
    if (how == OS_READ && inode < 0)
        return -ENOENT;
    if (inode < 0) {
        inode = disk.inodes++;
        assert_true(disk.inodes <= INODES);
        change((struct op){ { at, -1 }, { inode, -1 } });
    }
    for (int i = 0; i < HANDLES; i++) {
        if (!handles[i].used) {
            handles[i] = (struct handle){ inode, 0, true };
            *file = (struct os_file *)(void *)&handles[i];
            return 0;
        }
    }
    return -EMFILE;
}

static const struct bytes *content(const struct handle *h)
{
    return crashed ? &crash.file[h->inode] : &disk.now[h->inode];
}

static int fake_stat(struct os_file *file, struct os_stat *st)
{
    *st = (struct os_stat){ .regular = true, .uid = 0, .mode = 0600 };
    st->size = (int64_t)content(of(file))->len;
    return 0;
}

static int64_t fake_read(struct os_file *file, void *out, size_t len)
{
    struct handle *h = of(file);
    const struct bytes *b = content(h);
    size_t rest = b->len > h->pos ? b->len - h->pos : 0;
    size_t n = len < rest ? len : rest;
    memcpy(out, b->data + h->pos, n);
    h->pos += n;
    return (int64_t)n;
}

static int64_t fake_write(struct os_file *file, const void *data, size_t len)
{
    struct handle *h = of(file);
    struct bytes *b = &disk.now[h->inode];
    cut();
    assert_true(h->pos + len <= DATA);
    memcpy(b->data + h->pos, data, len);
    h->pos += len;
    if (b->len < h->pos)
        b->len = h->pos;
    disk.unsynced[h->inode] = true;
    return (int64_t)len;
}

static int fake_seek(struct os_file *file)
{
    of(file)->pos = 0;
    return 0;
}

static int fake_sync(struct os_file *file)
{
    int inode = of(file)->inode;
    cut();
    if (crashed || disk.no_sync)
        return 0;
    disk.synced[inode] = disk.now[inode];
    disk.unsynced[inode] = false;
    if (disk.reserved && memmem(disk.now[inode].data, DATA, "dcddns-record 1 3 ", 18))
        disk.written = true;
    return 0;
}

static int fake_close(struct os_file *file)
{
    of(file)->used = false;
    return 0;
}

static int fake_rename(struct os_dir *dir, const char *from, const char *to)
{
    (void)dir;
    cut();
    int inode = disk.dir[slot(from)];
    if (inode < 0)
        return -ENOENT;
    change((struct op){ { slot(to), slot(from) }, { inode, -1 } });
    return 0;
}

static int fake_link(struct os_dir *dir, const char *from, const char *to)
{
    (void)dir;
    cut();
    int inode = disk.dir[slot(from)];
    if (inode < 0 || disk.dir[slot(to)] >= 0)
        return inode < 0 ? -ENOENT : -EEXIST;
    change((struct op){ { slot(to), -1 }, { inode, -1 } });
    return 0;
}

static int fake_unlink(struct os_dir *dir, const char *name)
{
    (void)dir;
    cut();
    if (disk.dir[slot(name)] < 0)
        return -ENOENT;
    change((struct op){ { slot(name), -1 }, { -1, -1 } });
    return 0;
}

static int fake_sync_dir(struct os_dir *dir)
{
    (void)dir;
    cut();
    if (crashed || disk.no_sync_dir)
        return 0;
    memcpy(disk.dir_synced, disk.dir, sizeof(disk.dir));
    disk.op_count = 0;
    return 0;
}

/* -- savers ----------------------------------------------------------------------------------- */

typedef int (*saver)(const char *payload, size_t len);

static int good(const char *payload, size_t len)
{
    struct store_slot *reserved = store_reserve(scratch.dir, len, NULL);
    disk.reserved = true;
    return reserved ? store_commit(scratch.dir, &reserved, payload, len, 3, NULL) : -1;
}

static int saved(const char *payload, size_t len)
{
    return store_save(scratch.dir, payload, len, 3, NULL);
}

static int put(const char *name, int how, const char *payload, size_t len)
{
    struct buf image = BUF_MAX(4096);
    struct os_file *file = NULL;
    store_image_make(&image, payload, len, 3);
    assert_int_equal(os.open(scratch.dir, name, how, &file), 0);
    os.write(file, image.data, image.len);
    os.sync(file);
    os.close(file);
    buf_free(&image);
    return 0;
}

static int in_place(const char *payload, size_t len)
{
    put("record", OS_LOCK, payload, len);
    return os.sync_dir(scratch.dir);
}

static int unlink_first(const char *payload, size_t len)
{
    os.unlink(scratch.dir, "record");
    put("record", OS_CREATE, payload, len);
    return os.sync_dir(scratch.dir);
}

static void plant(int name, uint64_t generation)
{
    struct buf image = BUF_MAX(4096);
    char text[32] = "";
    snprintf(text, sizeof(text), "payload %u", (unsigned)generation);
    store_image_make(&image, text, strlen(text), generation);
    int inode = disk.inodes++;
    memcpy(disk.synced[inode].data, image.data, image.len);
    disk.synced[inode].len = image.len;
    disk.now[inode] = disk.synced[inode];
    disk.dir[name] = disk.dir_synced[name] = inode;
    buf_free(&image);
}

/* In place of a number of generations: the newest is in record.tmp, its commit was cut short. */
enum { CUT_SHORT = 3 };

struct row {
    const char *what;
    saver save;
    bool no_sync, no_sync_dir, defect;
};

static int run(const struct row *row, int generations)
{
    static const char text[] = "payload 3, which is a little longer than the others";
    memset(&disk, 0, sizeof(disk));
    memset(disk.dir, -1, sizeof(disk.dir));
    memset(disk.dir_synced, -1, sizeof(disk.dir_synced));
    memset(handles, 0, sizeof(handles));
    if (generations == CUT_SHORT) {
        plant(0, 1);
        plant(2, 2);
    } else if (generations > 0) {
        plant(0, 2);
    }
    if (generations == 2)
        plant(1, 1);
    disk.old = generations > 0 ? 2 : 0;
    disk.no_sync = row->no_sync;
    disk.no_sync_dir = row->no_sync_dir;
    assert_int_equal(row->save(text, strlen(text)), 0);
    disk.acknowledged = true;
    cut();
    print_message("%-22s %d before: %3d cuts, %5d crash states, %4d violations\n", row->what,
                  generations, disk.cuts, disk.states, disk.violations);
    return disk.violations;
}

static void survives_every_power_cut(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { "the store", good, false, false, false },
        { "without a reservation", saved, false, false, false },
        { "file never synced", good, true, false, true },
        { "directory never synced", good, false, true, true },
        { "in place", in_place, false, false, true },
        { "unlink first", unlink_first, false, false, true },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int violations = 0;
        for (int generations = 0; generations <= CUT_SHORT; generations++)
            violations += run(&rows[i], generations);
        assert_int_equal(violations > 0, rows[i].defect);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(survives_every_power_cut) };
    log_set_level(DCDDNS_LOG_ERROR);
    scratch_open(&scratch);
    os.open = fake_open;
    os.stat = fake_stat;
    os.read = fake_read;
    os.write = fake_write;
    os.seek_start = fake_seek;
    os.sync = fake_sync;
    os.close = fake_close;
    os.rename = fake_rename;
    os.link = fake_link;
    os.unlink = fake_unlink;
    os.sync_dir = fake_sync_dir;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    scratch_close(&scratch);
    return failed;
}
