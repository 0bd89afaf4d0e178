/* Reading the record of store.h, and choosing between its generations.  Writes nothing; must not
 * know how records are saved, but what a save that was cut short leaves. */
#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "state/store_files.h"
#include "state/store_image.h"
#include "state/store_retry.h"

enum { FILE_MAX = STORE_PAYLOAD_MAX + 2 * 4096 };

void store_record_free(struct store_record *record)
{
    if (record->payload)
        mem_wipe(record->payload, record->len);
    mem_free(record->payload);
    *record = (struct store_record){ 0 };
}

int store_read_whole(struct os_dir *dir, const char *name, char **text, size_t *size)
{
    int rc = 0;
    int tries = 0;
    do {
        rc = os_read_file(dir, name, FILE_MAX, text, size, NULL);
    } while (store_interrupted(rc, &tries));
    return rc;
}

int store_not_ours(const struct os_dir *dir, const char *name, struct error *err)
{
    struct buf path = BUF_MAX(4096);
    char advice[OS_ADVICE_MAX] = "";

    buf_printf(&path, "%s/%s", os_dir_path(dir), name);
    error_set(err, ERR_LOCAL,
              "%s is not used: it belongs to another user or others may write it; look at it, "
              "then run: %s",
              buf_text(&path), os_advice(OS_ADVICE_INHERIT, buf_text(&path), advice));
    buf_free(&path);
    return -1;
}

static enum store_found unreadable(struct os_dir *dir, const char *name, int rc, struct error *err)
{
    const char *path = os_dir_path(dir);
    if (rc == -EPERM)
        store_not_ours(dir, name, err);
    else if (rc == -EINVAL || rc == -ELOOP)
        error_set(err, ERR_LOCAL, "%s/%s is not a regular file; remove it", path, name);
    else
        error_set(err, ERR_LOCAL, "cannot read %s/%s: %s", path, name, os_strerror(rc));
    return STORE_UNREADABLE;
}

/* Not a file of ours: whoever planted it, as record.tmp it is only in the way. */
static bool is_foreign(int rc)
{
    return rc == -EPERM || rc == -EINVAL || rc == -ELOOP;
}

static enum store_found read_record(struct os_dir *dir, const char *name, struct store_record *out,
                                    struct error *err)
{
    char *text = NULL;
    const char *payload = NULL;
    size_t size = 0;
    enum store_found found = STORE_DAMAGED;

    int rc = store_read_whole(dir, name, &text, &size);
    if (rc == -ENOENT || (is_foreign(rc) && strcmp(name, STORE_TMP) == 0))
        return STORE_NOTHING;
    if (rc < 0 && rc != -EFBIG)
        return unreadable(dir, name, rc, err);
    enum store_image image = STORE_IMAGE_DAMAGED;
    if (text)
        image = store_image_read(text, size, &payload, &out->len, &out->generation);
    if (image == STORE_IMAGE_GOOD) {
        memmove(text, payload, out->len);
        mem_wipe(text + out->len, size - out->len);
        out->payload = text;
        return STORE_GOOD;
    }
    if (image == STORE_IMAGE_MEMORY)
        found = unreadable(dir, name, -ENOMEM, err);
    if (image == STORE_IMAGE_NEWER) {
        error_set(err, ERR_LOCAL,
                  "%s/%s was written by a newer version of dcddns; upgrade this one",
                  os_dir_path(dir), name);
        found = STORE_UNREADABLE;
    }
    if (text)
        mem_wipe(text, size);
    mem_free(text);
    *out = (struct store_record){ 0 };
    return found;
}

/* A whole record.tmp is the answer to a refresh whose commit was cut short after its write.  Next
 * to a sound `record` it must be the very next generation; anything else is left over. */
static bool follows(const struct store_record *tmp, const struct store_choice *c)
{
    if (!c->newest.payload)
        return true;
    if (c->current == STORE_GOOD)
        return tmp->generation == c->newest.generation + 1;
    return tmp->generation > c->newest.generation;
}

/* Only a record that is gone or damaged is replaced by the one before it.  One that cannot be read
 * just now is not: to send a refresh token of an older generation makes a provider revoke all. */
int store_choose(struct os_dir *dir, struct store_choice *c, struct error *err)
{
    struct store_record tmp = { 0 };
    enum store_found previous = STORE_NOTHING;
    int result = -1;

    *c = (struct store_choice){ 0 };
    /* First: what another process renames meanwhile is then met as `record`. */
    c->unnamed = read_record(dir, STORE_TMP, &tmp, err);
    if (c->unnamed == STORE_UNREADABLE)
        return -1;
    c->current = read_record(dir, STORE_RECORD, &c->newest, err);
    if (c->current == STORE_NOTHING || c->current == STORE_DAMAGED)
        previous = read_record(dir, STORE_PREV, &c->newest, err);
    if (c->current == STORE_UNREADABLE || previous == STORE_UNREADABLE)
        goto out;
    c->newest.degraded = previous == STORE_GOOD;
    c->from_tmp = c->unnamed == STORE_GOOD && follows(&tmp, c);
    if (c->from_tmp) {
        store_record_free(&c->newest);
        c->newest = tmp;
        tmp = (struct store_record){ 0 };
    }
    if (c->newest.payload || (c->current == STORE_NOTHING && previous == STORE_NOTHING))
        result = 0;
    else
        error_set(err, ERR_LOCAL,
                  "%s/%s is damaged and there is no sound %s; run `dcddns setup` for it again",
                  os_dir_path(dir), c->current == STORE_DAMAGED ? STORE_RECORD : STORE_PREV,
                  c->current == STORE_DAMAGED ? STORE_PREV : STORE_RECORD);
out:
    store_record_free(&tmp);
    return result;
}

int store_sync_tmp(struct os_dir *dir)
{
    struct os_file *file = NULL;
    int tries = 0;
    int rc = 0;

    do {
        rc = os.open(dir, STORE_TMP, OS_READ, &file);
    } while (store_interrupted(rc, &tries));
    if (rc < 0)
        return rc;
    do {
        rc = os.sync(file);
    } while (store_interrupted(rc, &tries));
    os.close(file);
    return rc;
}

/* Store, then use: the process that wrote it may have died before its sync. */
static void make_durable(struct os_dir *dir)
{
    int tries = 0;
    int rc = store_sync_tmp(dir);

    if (rc == -ENOENT)
        return; /* its writer lives, and has just given it its name */
    if (rc == 0) {
        do {
            rc = os.sync_dir(dir);
        } while (store_interrupted(rc, &tries));
    }
    if (rc < 0)
        log_warn("cannot sync %s/%s: %s; a power cut may undo it", os_dir_path(dir), STORE_TMP,
                 os_strerror(rc));
}

int store_load(struct os_dir *dir, struct store_record *out, bool *found, struct error *err)
{
    struct store_choice c = { 0 };

    *out = (struct store_record){ 0 };
    *found = false;
    if (store_choose(dir, &c, err) < 0)
        return -1;
    if (c.from_tmp)
        make_durable(dir);
    *out = c.newest;
    *found = c.newest.payload != NULL;
    return 0;
}
