/* The folder of pending consents; see pending.h.  Names become paths here and are checked first. */
#include "state/pending.h"

#include <errno.h>
#include <string.h>

#include "base/date.h"
#include "base/log.h"
#include "base/mem.h"
#include "state/pending_json.h"

static const char folder[] = "pending";

enum { TRIES = 3 };

static int check_id(const char *id, char name[FQDN_MAX], struct error *err)
{
    char shown[TEXT_ESCAPED_MAX] = "";
    if (text_fqdn(id, name))
        return 0;
    return error_set(err, ERR_USAGE, "\"%s\" is not a full host name such as home.example.com",
                     text_escape(id, strlen(id), shown));
}

/* NULL with ERR; without OS_DIR_MAKE also NULL without it: there is no folder. */
static struct os_dir *open_folder(struct os_dir *state, int make, struct error *err)
{
    struct os_file *file = NULL;

    if (!make) { /* a directory can be opened for reading, and tells what is missing */
        int rc = os.open(state, folder, OS_READ, &file);
        if (rc == 0)
            os.close(file);
        if (rc == -ENOENT)
            return NULL;
        if (rc == -ENOMEM) { /* nobody knows whether there is one */
            error_set(err, ERR_LOCAL, "cannot look into %s/%s: out of memory", os_dir_path(state),
                      folder);
            return NULL;
        }
    }
    return os_dir_sub(state, folder, make | OS_DIR_PRIVATE, err);
}

static int write_file(struct os_dir *state, const char *name, const char *text, struct error *err)
{
    struct os_dir *dir = open_folder(state, OS_DIR_MAKE, err);
    if (!dir)
        return -EIO;
    int rc = os_replace_file(dir, name, text, strlen(text), 0600, true);
    if (rc < 0)
        error_set(err, ERR_LOCAL, "cannot write %s/%s: %s", os_dir_path(dir), name,
                  os_strerror(rc));
    os_dir_close(&dir);
    return rc;
}

int pending_save(struct os_dir *state, const struct pending *pending, struct error *err)
{
    char name[FQDN_MAX] = "";
    int rc = -ENOENT;

    if (check_id(pending->id, name, err) < 0)
        return -1;
    char *text = pending_to_json(pending);
    if (!text)
        return error_set(err, ERR_LOCAL, "%s: out of memory", name);
    if (strlen(text) > PENDING_FILE_MAX) {
        mem_free_secret(text);
        return error_set(err, ERR_LOCAL,
                         "%s: what is to be kept for the consent is larger than %d bytes", name,
                         PENDING_FILE_MAX);
    }
    /* Another process may remove the folder, empty as it is, in this very moment. */
    for (int i = 0; i < TRIES && rc == -ENOENT; i++)
        rc = write_file(state, name, text, err);
    mem_free_secret(text);
    if (rc == 0 && err)
        *err = (struct error){ 0 };
    return rc < 0 ? -1 : 0;
}

static int unlink_file(struct os_dir *dir, const char *name, struct error *err)
{
    int rc = os.unlink(dir, name);
    if (rc == 0 || rc == -ENOENT)
        return 0;
    return error_set(err, ERR_LOCAL, "cannot remove %s/%s: %s", os_dir_path(dir), name,
                     os_strerror(rc));
}

void pending_stamp(struct pending *pending)
{
    pending->created_wall_ms = os.wall_ms();
    pending->created_boot_ms = os.boot_ms();
    strncpy(pending->boot_id, os_boot_id(), sizeof(pending->boot_id) - 1);
}

int64_t pending_age_ms(const struct pending *pending)
{
    const char *boot = os_boot_id();
    bool same_boot = boot[0] != '\0' && strcmp(pending->boot_id, boot) == 0;

    if (same_boot && os.boot_ms() >= pending->created_boot_ms)
        return os.boot_ms() - pending->created_boot_ms;
    return os.wall_ms() - pending->created_wall_ms;
}

/* A clock that stepped back leaves files from the future: an age beyond the life, too.  But one
 * that cannot be right (1970 after a start without a battery) says nothing about any age. */
static bool is_expired(const struct pending *pending)
{
    int64_t age = pending_age_ms(pending);
    bool known = os.wall_ms() >= date_built_ms();
    return age >= PENDING_LIFE_MS || (known && age <= -PENDING_LIFE_MS);
}

/* What is no pending consent of NAME can never become one: told now, and gone. */
static void drop_damaged(struct os_dir *dir, const char *name, const char *why)
{
    struct error err = { 0 };
    log_warn("%s/%s is damaged (%s): the consent that was asked for is forgotten; run: dcddns "
             "setup %s",
             os_dir_path(dir), name, why, name);
    if (unlink_file(dir, name, &err) < 0)
        log_warn("%s", err.text);
}

static int parse(struct os_dir *dir, const char *name, const char *text, size_t len,
                 struct pending *out, enum pending_found *found, struct error *err)
{
    struct error why = { 0 };
    bool damaged = false;

    if (pending_from_json(text, len, out, &damaged, &why) < 0 && !damaged)
        return error_set(err, ERR_LOCAL, "%s/%s: %s", os_dir_path(dir), name, why.text);
    if (!damaged && strcmp(out->id, name) != 0) {
        damaged = true;
        error_set(&why, ERR_LOCAL, "it belongs to another name");
    }
    if (damaged)
        drop_damaged(dir, name, why.text);
    else
        *found = is_expired(out) ? PENDING_EXPIRED : PENDING_FOUND;
    if (*found != PENDING_FOUND)
        pending_clear(out);
    return *found == PENDING_EXPIRED ? unlink_file(dir, name, err) : 0;
}

static int load_from(struct os_dir *dir, const char *name, struct pending *out,
                     enum pending_found *found, struct error *err)
{
    char *text = NULL;
    size_t len = 0;
    int rc = os_read_file(dir, name, PENDING_FILE_MAX, &text, &len, NULL);

    if (rc == -ENOENT)
        return 0;
    if (rc == -EFBIG || rc == -EINVAL || rc == -EPERM) {
        drop_damaged(dir, name,
                     rc == -EPERM   ? "others may have written it"
                     : rc == -EFBIG ? "it is too large"
                                    : "it is no file");
        return 0;
    }
    if (rc < 0)
        return error_set(err, ERR_LOCAL, "cannot read %s/%s: %s", os_dir_path(dir), name,
                         os_strerror(rc));
    rc = parse(dir, name, text, len, out, found, err);
    mem_wipe(text, len);
    mem_free(text);
    return rc;
}

int pending_load(struct os_dir *state, const char *id, struct pending *out,
                 enum pending_found *found, struct error *err)
{
    char name[FQDN_MAX] = "";
    struct error trouble = { 0 };

    *out = (struct pending){ 0 };
    *found = PENDING_NONE;
    if (check_id(id, name, err) < 0)
        return -1;
    struct os_dir *dir = open_folder(state, 0, &trouble);
    if (!dir && trouble.class == ERR_NONE)
        return 0;
    int rc = dir ? load_from(dir, name, out, found, &trouble) : -1;
    os_dir_close(&dir);
    if (rc < 0 && err)
        *err = trouble;
    return rc;
}

int pending_delete(struct os_dir *state, const char *id, struct error *err)
{
    char name[FQDN_MAX] = "";
    struct error trouble = { 0 };

    if (check_id(id, name, err) < 0)
        return -1;
    struct os_dir *dir = open_folder(state, 0, &trouble);
    if (!dir && trouble.class == ERR_NONE)
        return 0;
    int rc = dir ? unlink_file(dir, name, &trouble) : -1;
    os_dir_close(&dir);
    os_dir_remove(state, folder); /* fails, as it should, when there is anything in it */
    if (rc < 0 && err)
        *err = trouble;
    return rc;
}

static bool sweep_one(void *ctx, const char *entry)
{
    struct os_dir *dir = ctx;
    struct pending pending = { 0 };
    enum pending_found found = PENDING_NONE;
    struct error err = { 0 };
    char name[FQDN_MAX] = "";

    if (!text_fqdn(entry, name) || strcmp(entry, name) != 0)
        return true;
    /* Loading is what removes it. */
    if (load_from(dir, name, &pending, &found, &err) < 0)
        log_warn("%s", err.text);
    pending_clear(&pending);
    return true;
}

void pending_sweep(struct os_dir *state)
{
    struct error err = { 0 };
    struct os_dir *dir = open_folder(state, 0, &err);

    if (!dir) {
        if (err.class != ERR_NONE)
            log_warn("%s", err.text);
        return;
    }
    int rc = os_dir_list(dir, sweep_one, dir);
    if (rc < 0)
        log_warn("cannot list %s: %s", os_dir_path(dir), os_strerror(rc));
    os_dir_close(&dir);
    os_dir_remove(state, folder);
}
