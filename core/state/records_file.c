/* The records in <state>/records.json, which several processes share: what others wrote is taken
 * over, what changed here is written over it.  Must not know when a host is due. */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "state/record_json.h"
#include "state/records_table.h"
#include "state/store.h"
#include "state/store_retry.h"

enum { SCHEMA = 1, FILE_MAX = 64 * 1024 * 1024 };

static const char name_file[] = "records.json";
static const char name_bad[] = "records.json.bad";
static const char name_lock[] = "records.lock";

static int file_error(const struct records *records, int rc, struct error *err)
{
    const char *path = os_dir_path(records->dir);
    if (rc == -EPERM)
        return store_not_ours(records->dir, name_file, err);
    if (rc == -EINVAL || rc == -ELOOP)
        return error_set(err, ERR_LOCAL, "%s/%s is not a regular file; remove it", path, name_file);
    return error_set(err, ERR_LOCAL, "cannot read %s/%s: %s", path, name_file, os_strerror(rc));
}

static int file_id(struct os_dir *dir, int64_t id[3])
{
    struct os_file *file = NULL;
    struct os_stat st = { 0 };
    int rc = 0;
    int tries = 0;
    do {
        rc = os.open(dir, name_file, OS_READ, &file);
    } while (store_interrupted(rc, &tries));
    if (rc < 0)
        return rc;
    do {
        rc = os.stat(file, &st);
    } while (store_interrupted(rc, &tries));
    os.close(file);
    memcpy(id, st.id, sizeof(st.id));
    return rc;
}

static bool well_formed(const struct json *json)
{
    int64_t schema = 0;
    return json_integer(json, "schema", SCHEMA, SCHEMA, &schema) &&
           json_is_object(json_get(json, "hosts"));
}

/* The parser does not tell bad text from too little memory; a good file must not be put away for
 * the latter, so it is asked twice and memory is asked for. */
static struct json *parse(const char *text, size_t len, bool *starved)
{
    struct json *json = json_parse(text, len);
    if (!json)
        json = json_parse(text, len);
    if (json)
        return json;
    struct json *probe = json_new_object();
    *starved = !probe;
    json_free(&probe);
    return NULL;
}

/* Takes over every host of the file but those that were changed or removed here. */
static int merge(struct records *records, const struct json *hosts, struct error *err)
{
    records->pass++;
    for (const struct json *host = json_first(hosts); host; host = json_next(host)) {
        const char *name = json_name(host);
        size_t len = strlen(name);
        if (len == 0 || len >= FQDN_MAX)
            continue;
        struct entry *entry = records_entry(records, name);
        if (!entry)
            return error_set(err, ERR_LOCAL, "%s/%s: out of memory", os_dir_path(records->dir),
                             name_file);
        entry->seen = records->pass;
        entry->stored = true;
        if (entry->removed || entry->record.dirty)
            continue;
        entry->live = true;
        records_blank(&entry->record);
        record_from_json(host, &entry->record);
    }
    for (size_t i = 0; i < records->count; i++) {
        struct entry *entry = records->sorted[i];
        bool gone = entry->stored && entry->seen != records->pass;
        if (gone && !entry->record.dirty)
            records_blank(&entry->record);
        if (gone)
            entry->stored = false;
    }
    records->known = true;
    return 0;
}

static int refresh(struct records *records, bool locked, struct error *err);

/* Only under the lock: else the good file that another process writes this moment could go. */
static int put_away(struct records *records, bool locked, struct error *err)
{
    const char *path = os_dir_path(records->dir);
    struct error why = { 0 };
    if (!locked) {
        struct store_lock *lock = store_lock_named(records->dir, name_lock, &why);
        if (lock) {
            int result = refresh(records, true, err);
            store_unlock(&lock);
            return result;
        }
        log_warn("%s/%s is damaged and was left out: %s", path, name_file, why.text);
        return 0;
    }
    int rc = os.rename(records->dir, name_file, name_bad);
    if (rc < 0)
        log_warn("%s/%s is damaged and was left out; it cannot be renamed: %s", path, name_file,
                 os_strerror(rc));
    else
        log_warn("%s/%s was damaged: it is now %s, and every host is looked at anew", path,
                 name_file, name_bad);
    return 0;
}

static int take_over(struct records *records, const char *text, size_t len, bool locked,
                     struct error *err)
{
    bool starved = false;
    int result = -1;
    struct json *json = parse(text, len, &starved);
    if (starved)
        return file_error(records, -ENOMEM, err);
    if (well_formed(json))
        result = merge(records, json_get(json, "hosts"), err);
    else
        result = put_away(records, locked, err);
    json_free(&json);
    return result;
}

static int refresh(struct records *records, bool locked, struct error *err)
{
    int64_t now[3] = { 0 };
    char *text = NULL;
    size_t len = 0;

    int rc = file_id(records->dir, now);
    if (rc == -ENOENT)
        return 0;
    if (rc == 0 && records->known && memcmp(now, records->id, sizeof(now)) == 0)
        return 0;
    records->known = false;
    int tries = 0;
    do {
        rc = os_read_file(records->dir, name_file, FILE_MAX, &text, &len, records->id);
    } while (store_interrupted(rc, &tries));
    if (rc == -ENOENT)
        return 0;
    if (rc == -EFBIG)
        return put_away(records, locked, err);
    if (rc < 0)
        return file_error(records, rc, err);
    int result = take_over(records, text, len, locked, err);
    mem_free(text);
    return result;
}

int records_refresh(struct records *records, struct error *err)
{
    return refresh(records, false, err);
}

/* -- writing ---------------------------------------------------------------------------------- */

static bool to_be_written(const struct entry *entry)
{
    return entry->live && (entry->record.dirty || (entry->stored && !entry->removed));
}

/* The whole file; NULL when out of memory. */
static char *print(const struct records *records)
{
    struct json *file = json_new_object();
    struct json *hosts = json_new_object();
    bool ok = hosts && json_set_integer(file, "schema", SCHEMA);
    char *text = NULL;

    for (size_t i = 0; i < records->count && ok; i++) {
        const struct record *record = &records->sorted[i]->record;
        if (to_be_written(records->sorted[i]))
            ok = json_set(hosts, record->fqdn, record_to_json(record));
    }
    if (ok) {
        ok = json_set(file, "hosts", hosts);
        hosts = NULL;
    }
    if (ok)
        text = json_print(file, false);
    json_free(&hosts);
    json_free(&file);
    return text;
}

static void settle(struct records *records, bool durable)
{
    for (size_t i = 0; i < records->count; i++) {
        struct entry *entry = records->sorted[i];
        entry->stored = to_be_written(entry);
        entry->record.dirty = false;
        entry->removed = false;
    }
    records->unsynced = !durable;
    records->known = file_id(records->dir, records->id) == 0;
    records_compact(records);
}

static int write_file(struct records *records, bool durable, struct error *err)
{
    char *text = print(records);
    int rc = text ? 0 : -ENOMEM;
    int tries = 0;

    if (text) {
        do {
            rc = os_replace_file(records->dir, name_file, text, strlen(text), 0600, durable);
        } while (store_interrupted(rc, &tries));
    }
    mem_free(text);
    if (rc < 0)
        return error_set(err, ERR_LOCAL, "cannot write %s/%s: %s", os_dir_path(records->dir),
                         name_file, os_strerror(rc));
    settle(records, durable);
    return 0;
}

int records_commit(struct records *records, bool durable, struct error *err)
{
    if (!records_dirty(records) && !(durable && records->unsynced))
        return 0;
    struct store_lock *lock = store_lock_named(records->dir, name_lock, err);
    if (!lock)
        return -1;
    int result = refresh(records, true, err);
    if (result == 0)
        result = write_file(records, durable, err);
    store_unlock(&lock);
    return result;
}
