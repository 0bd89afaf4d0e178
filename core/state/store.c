/* Saving the crash-proof record of store.h: reserve, write, sync, re-read, keep the previous one,
 * rename, sync the directory.  Must not know what the payload means, nor keep it longer than a
 * call. */
#include "state/store.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "state/store_files.h"
#include "state/store_image.h"
#include "state/store_retry.h"

enum { PAGE = 4096, SAVE_TRIES = 3 };

struct store_slot {
    struct os_file *file; /* record.tmp, open for writing; NULL once closed */
    bool named;           /* record.tmp exists and is ours */
    bool keep_current;    /* `record` is sound: worth more than what record.prev holds */
};

static int unlink_name(struct os_dir *dir, const char *name)
{
    int rc = 0;
    int tries = 0;
    do {
        rc = os.unlink(dir, name);
    } while (store_interrupted(rc, &tries));
    return rc == -ENOENT ? 0 : rc;
}

static int create_tmp(struct os_dir *dir, struct os_file **file)
{
    int rc = 0;
    int tries = 0;
    do {
        rc = unlink_name(dir, STORE_TMP);
        if (rc == 0)
            rc = os.open(dir, STORE_TMP, OS_CREATE, file);
    } while (store_interrupted(rc, &tries));
    return rc;
}

static int write_all(struct os_file *file, const char *data, size_t len)
{
    int tries = 0;
    while (len > 0) {
        int64_t put = os.write(file, data, len);
        if (store_interrupted(put, &tries))
            continue;
        if (put <= 0)
            return put < 0 ? (int)put : -EIO;
        data += put;
        len -= (size_t)put;
    }
    return 0;
}

static int sync_file(struct os_file *file)
{
    int rc = 0;
    int tries = 0;
    do {
        rc = os.sync(file);
    } while (store_interrupted(rc, &tries));
    return rc;
}

static int sync_dir(struct os_dir *dir)
{
    int rc = 0;
    int tries = 0;
    do {
        rc = os.sync_dir(dir);
    } while (store_interrupted(rc, &tries));
    return rc;
}

static int close_slot(struct store_slot *slot)
{
    if (!slot->file)
        return 0;
    int rc = os.close(slot->file);
    slot->file = NULL;
    return rc == -EINTR ? 0 : rc; /* closed all the same */
}

static int fill(struct os_file *file, size_t size)
{
    char blank[PAGE] = "";
    memset(blank, ' ', sizeof(blank));
    blank[PAGE - 1] = '\n';
    int rc = 0;
    for (size_t done = 0; done < size && rc == 0; done += PAGE)
        rc = write_all(file, blank, PAGE);
    return rc == 0 ? sync_file(file) : rc;
}

void store_release(struct os_dir *dir, struct store_slot **slot)
{
    if (!*slot)
        return;
    close_slot(*slot);
    if ((*slot)->named)
        unlink_name(dir, STORE_TMP);
    mem_free(*slot);
    *slot = NULL;
}

static int seek_start(struct os_file *file)
{
    int rc = 0;
    int tries = 0;
    do {
        rc = os.seek_start(file);
    } while (store_interrupted(rc, &tries));
    return rc;
}

/* An empty file of the full size under the name record.tmp. */
static struct store_slot *make_slot(struct os_dir *dir, size_t payload_len, bool named_for_good,
                                    struct error *err)
{
    struct store_slot *slot = mem_new(1, sizeof(*slot));
    int rc = -ENOMEM;

    if (payload_len > STORE_PAYLOAD_MAX)
        rc = -EFBIG;
    else if (slot)
        rc = create_tmp(dir, &slot->file);
    if (rc == 0) {
        slot->named = true;
        rc = fill(slot->file, STORE_HEADER_MAX + payload_len);
    }
    if (rc == 0 && named_for_good)
        rc = sync_dir(dir);
    /* Now, not between an answer and its safety. */
    if (rc == 0)
        rc = seek_start(slot->file);
    if (rc == 0)
        return slot;
    error_set(err, ERR_LOCAL, "no space could be reserved as %s/%s: %s; nothing was changed",
              os_dir_path(dir), STORE_TMP, os_strerror(rc));
    store_release(dir, &slot);
    return NULL;
}

static int write_slot(struct store_slot *slot, const struct buf *image)
{
    int rc = write_all(slot->file, image->data, image->len);
    if (rc == 0)
        rc = sync_file(slot->file);
    int closed = close_slot(slot);
    return rc == 0 ? closed : rc;
}

/* Disks and file systems that lie are caught while the old record still stands. */
static int verify_tmp(struct os_dir *dir, const struct buf *image)
{
    char *text = NULL;
    size_t size = 0;
    int rc = store_read_whole(dir, STORE_TMP, &text, &size);
    if (rc == 0 && (size < image->len || memcmp(text, image->data, image->len) != 0))
        rc = -EIO;
    if (text)
        mem_wipe(text, size);
    mem_free(text);
    return rc;
}

/* A second copy is a comfort against rotting bits; it must never keep a new token from being
 * stored, so failures (file systems without hard links among them) are only told. */
static void keep_previous(struct os_dir *dir)
{
    int rc = unlink_name(dir, STORE_PREV);
    int tries = 0;
    if (rc == 0) {
        do {
            rc = os.link(dir, STORE_RECORD, STORE_PREV);
        } while (store_interrupted(rc, &tries));
    }
    if (rc < 0)
        log_warn("%s: the previous record was not kept as %s: %s", os_dir_path(dir), STORE_PREV,
                 os_strerror(rc));
}

static int publish(struct os_dir *dir, struct error *err)
{
    int rc = 0;
    int tries = 0;
    do {
        rc = os.rename(dir, STORE_TMP, STORE_RECORD);
    } while (store_interrupted(rc, &tries));
    if (rc < 0)
        return error_set(
            err, ERR_LOCAL,
            "cannot rename %s/%s to %s: %s; the new record is kept as it is, and found there",
            os_dir_path(dir), STORE_TMP, STORE_RECORD, os_strerror(rc));
    rc = sync_dir(dir);
    if (rc < 0)
        return error_set(
            err, ERR_LOCAL,
            "cannot sync %s: %s; the new record is in place, but a power cut may undo it",
            os_dir_path(dir), os_strerror(rc));
    return 0;
}

/* What a commit that was cut short has written is given its name before that is used again: it is
 * the newest generation, and record.tmp its only copy.  *SOUND: `record` is. */
static int finish_commit(struct os_dir *dir, bool *sound, struct error *err)
{
    struct store_choice c = { 0 };
    int chosen = store_choose(dir, &c, err);

    store_record_free(&c.newest);
    *sound = c.from_tmp || c.current == STORE_GOOD;
    if (!c.from_tmp)
        return chosen < 0 && (c.unnamed == STORE_UNREADABLE || c.unnamed == STORE_GOOD) ? -1 : 0;
    int rc = store_sync_tmp(dir);
    if (rc < 0)
        return error_set(err, ERR_LOCAL, "cannot sync %s/%s: %s; nothing was changed",
                         os_dir_path(dir), STORE_TMP, os_strerror(rc));
    if (c.current == STORE_GOOD)
        keep_previous(dir);
    return publish(dir, err);
}

static struct store_slot *reserve(struct os_dir *dir, size_t payload_len, bool named_for_good,
                                  struct error *err)
{
    bool sound = false;
    if (finish_commit(dir, &sound, err) < 0)
        return NULL;
    struct store_slot *slot = make_slot(dir, payload_len, named_for_good, err);
    if (slot)
        slot->keep_current = sound;
    return slot;
}

struct store_slot *store_reserve(struct os_dir *dir, size_t payload_len, struct error *err)
{
    return reserve(dir, payload_len, true, err);
}

int store_commit(struct os_dir *dir, struct store_slot **slot, const char *payload, size_t len,
                 uint64_t generation, struct error *err)
{
    struct buf image = BUF_MAX(STORE_HEADER_MAX + STORE_PAYLOAD_MAX + 1);
    int result = -1;
    int rc = -ENOMEM;

    if (len > STORE_PAYLOAD_MAX)
        rc = -EFBIG;
    else if (store_image_make(&image, payload, len, generation))
        rc = write_slot(*slot, &image);
    if (rc == 0)
        rc = verify_tmp(dir, &image);
    if (rc < 0) {
        error_set(err, ERR_LOCAL, "cannot write %s/%s: %s; the old record stands", os_dir_path(dir),
                  STORE_TMP, os_strerror(rc));
        goto out;
    }
    if ((*slot)->keep_current)
        keep_previous(dir);
    (*slot)->named = false; /* whole and synced: it counts by any name, and is not taken away */
    result = publish(dir, err);
out:
    buf_free(&image);
    store_release(dir, slot);
    return result;
}

int store_save(struct os_dir *dir, const char *payload, size_t len, uint64_t generation,
               struct error *err)
{
    for (int i = 0; i < SAVE_TRIES; i++) {
        struct store_slot *slot = reserve(dir, len, false, err);
        if (slot && store_commit(dir, &slot, payload, len, generation, err) == 0)
            return 0;
    }
    return -1;
}

/* The newest last: stopped half-way, it stands and no old one rises. */
int store_erase(struct os_dir *dir, struct error *err)
{
    const char *const names[] = { STORE_PREV, STORE_RECORD, STORE_TMP, STORE_LOCK_NAME };
    int rc = 0;
    size_t i = 0;

    for (; i < sizeof(names) / sizeof(names[0]) && rc == 0; i++)
        rc = unlink_name(dir, names[i]);
    if (rc < 0)
        return error_set(err, ERR_LOCAL, "cannot remove %s/%s: %s", os_dir_path(dir), names[i - 1],
                         os_strerror(rc));
    rc = sync_dir(dir);
    if (rc < 0)
        return error_set(err, ERR_LOCAL, "cannot sync %s: %s; a power cut may undo the removal",
                         os_dir_path(dir), os_strerror(rc));
    return 0;
}
