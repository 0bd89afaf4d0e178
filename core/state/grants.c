/* The folder of grants: one directory with a crash-proof record for each.  Names become paths here
 * and are checked first.  Must not know how tokens are obtained or used. */
#include "state/grants.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "state/grant_hosts.h"
#include "state/grant_json.h"
#include "state/store_retry.h"

enum { RESERVE_MORE = 4096 };

static const char folder[] = "grants";

struct grants {
    struct os_dir *state; /* the caller's */
    struct os_dir *dir;   /* NULL until there is one: looking makes nothing */
    void (*changed)(void *ctx, const char *id);
    void *ctx;
};

struct grant_lock {
    struct grants *grants; /* the caller's */
    struct os_dir *dir;
    struct store_lock *lock;
    struct store_slot *slot; /* NULL: nothing reserved */
    char id[FQDN_MAX];
};

bool grants_is_staged(const char *id)
{
    size_t len = strlen(id), end = sizeof(GRANTS_STAGED) - 1;
    return len > end && strcmp(id + len - end, GRANTS_STAGED) == 0;
}

/* Tells "not there" from every other trouble. */
static bool missing(struct os_dir *dir, const char *name)
{
    struct os_file *file = NULL;
    int rc = 0;
    int tries = 0;
    do {
        rc = os.open(dir, name, OS_READ, &file);
    } while (store_interrupted(rc, &tries));
    if (rc == 0)
        os.close(file);
    return rc == -ENOENT;
}

static int open_folder(struct grants *grants, int make, struct error *err)
{
    if (!grants->dir)
        grants->dir = os_dir_sub(grants->state, folder, make | OS_DIR_PRIVATE, err);
    return grants->dir ? 0 : -1;
}

/* Another process may have made the folder since. */
static bool no_folder(struct grants *grants)
{
    return !grants->dir && missing(grants->state, folder);
}

struct grants *grants_open(struct os_dir *state, struct error *err)
{
    struct grants *grants = mem_new(1, sizeof(*grants));
    if (!grants) {
        error_set(err, ERR_LOCAL, "%s/grants: out of memory", os_dir_path(state));
        return NULL;
    }
    grants->state = state;
    if (!missing(state, folder) && open_folder(grants, 0, err) < 0)
        grants_close(&grants);
    return grants;
}

void grants_close(struct grants **grants)
{
    if (!*grants)
        return;
    os_dir_close(&(*grants)->dir);
    mem_free(*grants);
    *grants = NULL;
}

void grants_tell(struct grants *grants, void (*changed)(void *ctx, const char *id), void *ctx)
{
    grants->changed = changed;
    grants->ctx = ctx;
}

static void say_changed(const struct grant_lock *lock)
{
    if (lock->grants->changed)
        lock->grants->changed(lock->grants->ctx, lock->id);
}

static int check_id(const char *id, char name[FQDN_MAX], struct error *err)
{
    char shown[TEXT_ESCAPED_MAX] = "";
    if (text_fqdn(id, name))
        return 0;
    return error_set(err, ERR_USAGE, "\"%s\" is not a full host name such as home.example.com",
                     text_escape(id, strlen(id), shown));
}

static int load_from(struct os_dir *dir, const char *name, struct grant *out, bool *found,
                     struct error *err)
{
    struct store_record record = { 0 };
    bool there = false;
    int result = -1;

    if (store_load(dir, &record, &there, err) != 0)
        goto out;
    if (there && grant_from_json(record.payload, record.len, out, err) != 0) {
        error_prefix(err, "the grant in %s cannot be used", os_dir_path(dir));
        goto out;
    }
    if (there && out->id[0] != '\0' && strcmp(out->id, name) != 0) {
        error_set(err, ERR_LOCAL, "the grant in %s belongs to another name; move it back",
                  os_dir_path(dir));
        grant_clear(out);
        goto out;
    }
    if (there) {
        memcpy(out->id, name, strlen(name) + 1);
        out->generation = record.generation;
        out->degraded = record.degraded;
    }
    *found = there;
    result = 0;
out:
    store_record_free(&record);
    return result;
}

int grants_load(struct grants *grants, const char *id, struct grant *out, bool *found,
                struct error *err)
{
    char name[FQDN_MAX] = "";
    *out = (struct grant){ 0 };
    *found = false;
    if (check_id(id, name, err) != 0)
        return -1;
    if (no_folder(grants))
        return 0;
    if (open_folder(grants, 0, err) < 0)
        return -1;
    if (missing(grants->dir, name))
        return 0;
    struct os_dir *dir = os_dir_sub(grants->dir, name, OS_DIR_PRIVATE, err);
    if (!dir)
        return -1;
    int result = load_from(dir, name, out, found, err);
    os_dir_close(&dir);
    return result;
}

struct listing {
    bool (*each)(void *ctx, const char *id);
    void *ctx;
};

static bool only_names(void *ctx, const char *entry)
{
    const struct listing *listing = ctx;
    char name[FQDN_MAX] = "";
    if (!text_fqdn(entry, name) || strcmp(entry, name) != 0)
        return true;
    return listing->each(listing->ctx, entry);
}

int grants_list(struct grants *grants, bool (*each)(void *ctx, const char *id), void *ctx)
{
    struct listing listing = { each, ctx };
    if (no_folder(grants))
        return 0;
    if (open_folder(grants, 0, NULL) < 0)
        return -EACCES;
    return os_dir_list(grants->dir, only_names, &listing);
}

/* -- under the lock --------------------------------------------------------------------------- */

struct grant_lock *grants_lock(struct grants *grants, const char *id, struct error *err)
{
    struct grant_lock *lock = mem_new(1, sizeof(*lock));
    if (!lock) {
        error_set(err, ERR_LOCAL, "%s: out of memory", os_dir_path(grants->state));
        return NULL;
    }
    lock->grants = grants;
    if (check_id(id, lock->id, err) == 0 && open_folder(grants, OS_DIR_MAKE, err) == 0)
        lock->dir = os_dir_sub(grants->dir, lock->id, OS_DIR_MAKE | OS_DIR_PRIVATE, err);
    if (lock->dir)
        lock->lock = store_lock(lock->dir, err);
    if (!lock->lock)
        grants_unlock(&lock);
    return lock;
}

void grants_unlock(struct grant_lock **lock)
{
    if (!*lock)
        return;
    if ((*lock)->dir)
        store_release((*lock)->dir, &(*lock)->slot);
    store_unlock(&(*lock)->lock);
    os_dir_close(&(*lock)->dir);
    mem_free(*lock);
    *lock = NULL;
}

int grants_reserve(struct grant_lock *lock, const struct grant *grant, struct error *err)
{
    char *text = grant_to_json(grant);
    if (!text)
        return error_set(err, ERR_LOCAL, "%s: out of memory", lock->id);
    size_t len = strlen(text);
    mem_free_secret(text);
    /* New tokens may be longer than the old ones; a still larger record grows the file. */
    len += len > RESERVE_MORE ? len : RESERVE_MORE;
    if (len > STORE_PAYLOAD_MAX)
        len = STORE_PAYLOAD_MAX;
    store_release(lock->dir, &lock->slot);
    lock->slot = store_reserve(lock->dir, len, err);
    return lock->slot ? 0 : -1;
}

/* The directories that lead to a first record must outlive a power cut as well. */
static int sync_parents(struct grants *grants, struct error *err)
{
    struct os_dir *const parents[] = { grants->state, grants->dir };
    for (size_t i = 0; i < 2; i++) {
        int rc = 0;
        int tries = 0;
        do {
            rc = os.sync_dir(parents[i]);
        } while (store_interrupted(rc, &tries));
        if (rc < 0)
            return error_set(err, ERR_LOCAL, "cannot sync %s: %s; the grant was not saved",
                             os_dir_path(parents[i]), os_strerror(rc));
    }
    return 0;
}

/* Other processes compare generations: a grant made anew goes on counting where the old one was. */
static uint64_t next_generation(struct grant_lock *lock, const struct grant *grant)
{
    struct store_record record = { 0 };
    bool found = false;
    uint64_t last = grant->generation;
    if (last == 0 && store_load(lock->dir, &record, &found, NULL) == 0)
        last = record.generation;
    store_record_free(&record);
    return last + 1;
}

int grants_save(struct grant_lock *lock, struct grant *grant, struct error *err)
{
    if (grant->id[0] == '\0')
        memcpy(grant->id, lock->id, sizeof(grant->id));
    if (strcmp(grant->id, lock->id) != 0)
        return error_set(err, ERR_LOCAL, "%s: a grant of another name was not saved here",
                         os_dir_path(lock->dir));
    if (grant->generation == 0 && sync_parents(lock->grants, err) != 0)
        return -1;
    char *text = grant_to_json(grant);
    if (!text)
        return error_set(err, ERR_LOCAL, "%s: out of memory", lock->id);
    uint64_t generation = next_generation(lock, grant);
    size_t len = strlen(text);
    int result = -1;
    if (lock->slot)
        result = store_commit(lock->dir, &lock->slot, text, len, generation, err);
    if (result != 0)
        result = store_save(lock->dir, text, len, generation, err);
    mem_free_secret(text);
    say_changed(lock);
    if (result != 0)
        return -1;
    grant->generation = generation;
    grant->degraded = false;
    return 0;
}

/* Lets go of the lock. */
static int erase(struct grant_lock **lock, struct error *err)
{
    struct grants *grants = (*lock)->grants;
    char id[FQDN_MAX] = "";
    int result = store_erase((*lock)->dir, err);

    memcpy(id, (*lock)->id, sizeof(id));
    say_changed(*lock);
    grants_unlock(lock); /* not every system removes what is open */
    /* Strangers' files, or a setup that began this moment: the grant is gone all the same. */
    int rc = result == 0 ? os_dir_remove(grants->dir, id) : 0;
    if (rc < 0)
        log_warn("%s/%s stays: %s", os_dir_path(grants->dir), id, os_strerror(rc));
    return result;
}

/* -1, or 0: without *LOCK there is no such grant. */
static int lock_present(struct grants *grants, const char *id, struct grant_lock **lock,
                        struct error *err)
{
    char name[FQDN_MAX] = "";
    if (check_id(id, name, err) != 0)
        return -1;
    if (no_folder(grants) || (grants->dir && missing(grants->dir, name)))
        return 0;
    *lock = grants_lock(grants, name, err);
    return *lock ? 0 : -1;
}

int grants_delete(struct grants *grants, const char *id, struct error *err)
{
    struct grant_lock *lock = NULL;
    if (lock_present(grants, id, &lock, err) != 0)
        return -1;
    int result = lock ? erase(&lock, err) : 0;
    grants_unlock(&lock);
    return result;
}

int grants_drop_hosts(struct grants *grants, const char *id, const char *hosts, struct error *err)
{
    struct grant_lock *lock = NULL;
    struct grant grant = { 0 };
    bool found = false;
    int result = -1;

    if (lock_present(grants, id, &lock, err) != 0)
        return -1;
    if (lock && load_from(lock->dir, lock->id, &grant, &found, err) != 0)
        goto out;
    size_t before = grant_hosts_count(grant.hosts);
    if (found && grant_hosts_drop(&grant.hosts, hosts, err) != 0)
        goto out;
    if (found && !grant.hosts)
        result = erase(&lock, err);
    else if (found && grant_hosts_count(grant.hosts) < before)
        result = grants_save(lock, &grant, err);
    else
        result = 0;
out:
    grant_clear(&grant);
    grants_unlock(&lock);
    return result;
}
