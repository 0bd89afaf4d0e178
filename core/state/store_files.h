/* Between the files of the store: its names, reading one of them, and which of them counts.  Knows
 * nothing of saving. */
#ifndef DCDDNS_STATE_STORE_FILES_H
#define DCDDNS_STATE_STORE_FILES_H

#include "state/store.h"

#define STORE_RECORD "record"
#define STORE_PREV   "record.prev"
#define STORE_TMP    "record.tmp"

enum store_found {
    STORE_NOTHING = 0, /* not there; for record.tmp also: not ours */
    STORE_GOOD,
    STORE_DAMAGED,
    STORE_UNREADABLE /* just now, or by this version */
};

/* The whole file; its first *SIZE bytes are secret.  0 or -errno. */
int store_read_whole(struct os_dir *, const char *name, char **text, size_t *size);

struct store_choice {
    struct store_record newest; /* empty when there is none */
    enum store_found current;   /* what `record` is */
    enum store_found unnamed;   /* what record.tmp is */
    bool from_tmp;              /* newest is record.tmp: a commit that was cut short */
};
/* The newest sound generation.  0; or -1 with ERR, and CURRENT and UNNAMED as far as they are
 * known. Writes nothing.  Free newest. */
int store_choose(struct os_dir *, struct store_choice *, struct error *);
/* Syncs record.tmp, not its name.  0 or -errno. */
int store_sync_tmp(struct os_dir *);

#endif
