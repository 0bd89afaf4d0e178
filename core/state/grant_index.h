/* Which grant serves a name: one look through the folder, every grant read once.  The records are
 * the only truth; an index is what they said when it was made.  Holds no tokens. */
#ifndef DCDDNS_STATE_GRANT_INDEX_H
#define DCDDNS_STATE_GRANT_INDEX_H

#include "state/grants.h"

struct grant_entry {
    char *id, *zone, *hosts;
    char *auth; /* instance that made it; NULL: none is known */
    int64_t granted_wall_ms;
    bool readable; /* false: nothing but the id is known, and that there is one */
};

struct grant_index;
/* NULL: out of memory, or the folder cannot be listed.  A grant that cannot be read
 * does not stop the others. */
struct grant_index *grant_index_new(struct grants *, struct error *);
void grant_index_free(struct grant_index **);
/* The entries in the order of their ids; valid until grant_index_free(). */
const struct grant_entry *grant_index_entries(const struct grant_index *, size_t *count);
/* The newest grant that covers FQDN, or NULL.  Where none does, an unreadable one that is called
 * so: it may. */
const struct grant_entry *grant_index_find(const struct grant_index *, const char *fqdn);

/* True when ENTRY serves a host, whose name is written to FQDN, that a grant for HOSTS of ZONE in
 * its place would not cover. */
bool grant_index_leaves_out(const struct grant_index *, const struct grant_entry *,
                            const char *zone, const char *hosts, char fqdn[FQDN_MAX]);

/* Moves the time of GRANT past every other of its zone: the newest serves a host, also when the
 * clock stepped back since the last. */
void grant_index_make_newest(const struct grant_index *, struct grant *);
/* What other grants have in common with GRANT, which is stored, goes there; it may be all.  After a
 * crash in between the newest counts, so a failure does no harm and is only told. */
void grant_index_yield(const struct grant_index *, struct grants *, const struct grant *);

/* The grant that serves FQDN, for one question: looks through the whole folder.  As grants_load().
 */
int grants_find(struct grants *, const char *fqdn, struct grant *, bool *found, struct error *);

/* Command `remove`: takes FQDN out of every grant that covers it; one that covers nothing else is
 * removed, as is one that cannot be read and is called so.  -1: what could be done was done. */
int grants_forget_host(struct grants *, const char *fqdn, struct error *);

#endif
