/* The crash-proof record of store.h: reserve, write, sync, re-read, keep the previous one, rename,
 * sync the directory.  Must not know what the payload means, nor keep it longer than a call. */
#include "state/store.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "state/store_image.h"
#include "state/store_retry.h"

enum { PAGE = 4096, FILE_MAX = STORE_PAYLOAD_MAX + 2 * PAGE, SAVE_TRIES = 3 };

static const char name_record[] = "record";
static const char name_prev[] = "record.prev";
static const char name_tmp[] = "record.tmp";

struct store_slot {
    struct os_file *file; /* record.tmp, open for writing; NULL once closed */
    bool named;           /* record.tmp exists and is ours */
    bool keep_current;    /* `record` is sound: worth more than what record.prev holds */
};

/* -- load ------------------------------------------------------------------------------------- */

enum found { FOUND_NOTHING, FOUND_GOOD, FOUND_DAMAGED, FOUND_UNREADABLE };

void store_record_free(struct store_record *record)
{
    if (record->payload)
        mem_wipe(record->payload, record->len);
    mem_free(record->payload);
    *record = (struct store_record){ 0 };
}

static int read_whole(struct os_dir *dir, const char *name, char **text, size_t *size)
{
    int rc = 0;
    int tries = 0;
    do {
        rc = os_read_file(dir, name, FILE_MAX, text, size, NULL);
    } while (store_interrupted(rc, &tries));
    return rc;
}

static enum found unreadable(struct os_dir *dir, const char *name, int rc, struct error *err)
{
    const char *path = os_dir_path(dir);
    if (rc == -EPERM)
        error_set(
            err, ERR_LOCAL,
            "%s/%s is not used: it belongs to another user or others may write it; look at it, "
            "then run: chown --reference=%s %s/%s; chmod 600 %s/%s",
            path, name, path, path, name, path, name);
    else if (rc == -EINVAL || rc == -ELOOP)
        error_set(err, ERR_LOCAL, "%s/%s is not a regular file; remove it", path, name);
    else
        error_set(err, ERR_LOCAL, "cannot read %s/%s: %s", path, name, os_strerror(rc));
    return FOUND_UNREADABLE;
}

static enum found read_record(struct os_dir *dir, const char *name, struct store_record *out,
                              struct error *err)
{
    char *text = NULL;
    const char *payload = NULL;
    size_t size = 0;
    enum found found = FOUND_DAMAGED;

    int rc = read_whole(dir, name, &text, &size);
    if (rc == -ENOENT)
        return FOUND_NOTHING;
    if (rc < 0 && rc != -EFBIG)
        return unreadable(dir, name, rc, err);
    enum store_image image = STORE_IMAGE_DAMAGED;
    if (text)
        image = store_image_read(text, size, &payload, &out->len, &out->generation);
    if (image == STORE_IMAGE_GOOD) {
        memmove(text, payload, out->len);
        mem_wipe(text + out->len, size - out->len);
        out->payload = text;
        return FOUND_GOOD;
    }
    if (image == STORE_IMAGE_MEMORY)
        found = unreadable(dir, name, -ENOMEM, err);
    if (image == STORE_IMAGE_NEWER) {
        error_set(err, ERR_LOCAL,
                  "%s/%s was written by a newer version of dcddns; upgrade this one",
                  os_dir_path(dir), name);
        found = FOUND_UNREADABLE;
    }
    if (text)
        mem_wipe(text, size);
    mem_free(text);
    *out = (struct store_record){ 0 };
    return found;
}

/* Only a record that is gone or damaged is replaced by the one before it.  One that cannot be read
 * just now is not: to send a refresh token of an older generation makes a provider revoke all. */
int store_load(struct os_dir *dir, struct store_record *out, bool *found, struct error *err)
{
    *out = (struct store_record){ 0 };
    *found = false;
    enum found current = read_record(dir, name_record, out, err);
    if (current == FOUND_UNREADABLE)
        return -1;
    if (current == FOUND_GOOD) {
        *found = true;
        return 0;
    }
    enum found previous = read_record(dir, name_prev, out, err);
    if (previous == FOUND_UNREADABLE)
        return -1;
    if (previous == FOUND_GOOD) {
        out->degraded = *found = true;
        return 0;
    }
    if (current == FOUND_NOTHING && previous == FOUND_NOTHING)
        return 0;
    return error_set(err, ERR_LOCAL,
                     "%s/%s is damaged and there is no sound %s; run `dcddns setup` for it again",
                     os_dir_path(dir), current == FOUND_DAMAGED ? name_record : name_prev,
                     current == FOUND_DAMAGED ? name_prev : name_record);
}

/* -- save ------------------------------------------------------------------------------------- */

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
        rc = unlink_name(dir, name_tmp);
        if (rc == 0)
            rc = os.open(dir, name_tmp, OS_CREATE, file);
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

static bool current_is_sound(struct os_dir *dir)
{
    struct store_record current = { 0 };
    bool sound = read_record(dir, name_record, &current, NULL) == FOUND_GOOD;
    store_record_free(&current);
    return sound;
}

void store_release(struct os_dir *dir, struct store_slot **slot)
{
    if (!*slot)
        return;
    close_slot(*slot);
    if ((*slot)->named)
        unlink_name(dir, name_tmp);
    mem_free(*slot);
    *slot = NULL;
}

struct store_slot *store_reserve(struct os_dir *dir, size_t payload_len, struct error *err)
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
    if (rc == 0) {
        slot->keep_current = current_is_sound(dir);
        return slot;
    }
    error_set(err, ERR_LOCAL, "no space could be reserved as %s/%s: %s; nothing was changed",
              os_dir_path(dir), name_tmp, os_strerror(rc));
    store_release(dir, &slot);
    return NULL;
}

static int write_slot(struct store_slot *slot, const struct buf *image)
{
    int rc = 0;
    int tries = 0;
    do {
        rc = os.seek_start(slot->file);
    } while (store_interrupted(rc, &tries));
    if (rc == 0)
        rc = write_all(slot->file, image->data, image->len);
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
    int rc = read_whole(dir, name_tmp, &text, &size);
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
    int rc = unlink_name(dir, name_prev);
    int tries = 0;
    if (rc == 0) {
        do {
            rc = os.link(dir, name_record, name_prev);
        } while (store_interrupted(rc, &tries));
    }
    if (rc < 0)
        log_warn("%s: the previous record was not kept as %s: %s", os_dir_path(dir), name_prev,
                 os_strerror(rc));
}

static int publish(struct os_dir *dir, struct store_slot *slot, struct error *err)
{
    int rc = 0;
    int tries = 0;
    do {
        rc = os.rename(dir, name_tmp, name_record);
    } while (store_interrupted(rc, &tries));
    if (rc < 0)
        return error_set(err, ERR_LOCAL, "cannot rename %s/%s to %s: %s; the old record stands",
                         os_dir_path(dir), name_tmp, name_record, os_strerror(rc));
    slot->named = false;
    tries = 0;
    do {
        rc = os.sync_dir(dir);
    } while (store_interrupted(rc, &tries));
    if (rc < 0)
        return error_set(
            err, ERR_LOCAL,
            "cannot sync %s: %s; the new record is in place, but a power cut may undo it",
            os_dir_path(dir), os_strerror(rc));
    return 0;
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
                  name_tmp, os_strerror(rc));
        goto out;
    }
    if ((*slot)->keep_current)
        keep_previous(dir);
    result = publish(dir, *slot, err);
out:
    buf_free(&image);
    store_release(dir, slot);
    return result;
}

int store_save(struct os_dir *dir, const char *payload, size_t len, uint64_t generation,
               struct error *err)
{
    for (int i = 0; i < SAVE_TRIES; i++) {
        struct store_slot *slot = store_reserve(dir, len, err);
        if (slot && store_commit(dir, &slot, payload, len, generation, err) == 0)
            return 0;
    }
    return -1;
}

/* record goes after record.prev: stopped half-way, the newest record stands and no old one rises.
 */
int store_erase(struct os_dir *dir, struct error *err)
{
    const char *const names[] = { name_tmp, name_prev, name_record, STORE_LOCK_NAME };
    int rc = 0;
    size_t i = 0;

    for (; i < sizeof(names) / sizeof(names[0]) && rc == 0; i++)
        rc = unlink_name(dir, names[i]);
    if (rc < 0)
        return error_set(err, ERR_LOCAL, "cannot remove %s/%s: %s", os_dir_path(dir), names[i - 1],
                         os_strerror(rc));
    int tries = 0;
    do {
        rc = os.sync_dir(dir);
    } while (store_interrupted(rc, &tries));
    if (rc < 0)
        return error_set(err, ERR_LOCAL, "cannot sync %s: %s; a power cut may undo the removal",
                         os_dir_path(dir), os_strerror(rc));
    return 0;
}
