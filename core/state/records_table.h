/* Between the files of this room: the table of records in memory. */
#ifndef DCDDNS_STATE_RECORDS_TABLE_H
#define DCDDNS_STATE_RECORDS_TABLE_H

#include "state/records.h"

struct entry {
    struct record record;
    bool live;     /* false: removed, kept until the file has forgotten it too */
    bool stored;   /* the file held it when we looked */
    bool removed;  /* what the file says of it is void, even when it was made anew since */
    unsigned seen; /* last pass over the file that met it */
};

struct records {
    struct os_dir *dir;    /* the caller's */
    struct entry **sorted; /* by name; entries never move, for callers keep pointers */
    size_t count, cap;
    int64_t id[3]; /* of the file we know */
    bool known;
    bool unsynced; /* the last commit was not durable */
    unsigned pass;
};

/* The entry of FQDN, made when missing (not live then); NULL when out of memory or no name. */
struct entry *records_entry(struct records *, const char *fqdn);
/* Forgets everything but the name. */
void records_blank(struct record *);
/* Drops entries that are neither live nor of interest to the file. */
void records_compact(struct records *);

#endif
