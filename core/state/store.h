/* A crash-proof home for one small secret record: a directory with `record`, `record.prev`,
 * `record.tmp` and `lock`.  A record is a header line (magic, version, generation, length, SHA-256)
 * and a payload, padded to the size that was reserved.  Whatever moment the machine stops, load
 * finds the newest generation that was reported saved, or a newer one.  A generation counts from
 * the moment it is whole in record.tmp: load finds it there, and the next save gives it its name.
 * Knows nothing of what the payload means.  Not thread-safe; processes are kept apart by the lock.
 */
#ifndef DCDDNS_STATE_STORE_H
#define DCDDNS_STATE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "platform/os.h"

enum { STORE_PAYLOAD_MAX = 65536 };
#define STORE_LOCK_NAME "lock"

struct store_record {
    char *payload; /* NUL-terminated; secret: free with store_record_free() */
    size_t len;
    uint64_t generation;
    bool degraded; /* `record` was damaged or missing, this is `record.prev` */
};
void store_record_free(struct store_record *);

/* 0; or -1 with ERR_LOCAL.  *FOUND is false when there is neither record nor record.prev.  A
 * damaged pair is an error, never "not found"; so is a record that cannot be read just now, for an
 * older generation must not be used in its place.  Writes nothing. */
int store_load(struct os_dir *, struct store_record *, bool *found, struct error *);

/* Held while one process refreshes or replaces the record; store_lock() does not wait. */
struct store_lock;
struct store_lock *store_lock(struct os_dir *, struct error *); /* ERR_TEMP: somebody else has it */
/* The same with another file name. */
struct store_lock *store_lock_named(struct os_dir *, const char *name, struct error *);
void store_unlock(struct store_lock **);

/* Space for the next record, on disk under its name and synced before the refresh token is spent:
 * after this only a write stands between the answer and the death of the process, and an fsync
 * between it and a power cut. */
struct store_slot;
struct store_slot *store_reserve(struct os_dir *, size_t payload_len, struct error *);
/* Writes, syncs, re-reads, keeps the old record as record.prev (when it is sound), renames, syncs
 * the directory.  Use the slot before any other save into the directory: they share record.tmp. The
 * slot is gone whatever happens.  0: durable.  -1: ERR says whether the old record stands, or the
 * new one is there and only its durability or its name is missing; call again with a new slot, the
 * caller keeps the payload. */
int store_commit(struct os_dir *, struct store_slot **, const char *payload, size_t len,
                 uint64_t generation, struct error *);
/* Gives the space back; accepts NULL. */
void store_release(struct os_dir *, struct store_slot **);
/* reserve + commit, up to three times. */
int store_save(struct os_dir *, const char *payload, size_t len, uint64_t generation,
               struct error *);
/* Removes everything in the directory that is the store's, the lock last: hold it meanwhile. */
int store_erase(struct os_dir *, struct error *);

#endif
