/* Records: what was observed and published for each host, when it is due, what went wrong last.
 * One file, <state>/records.json, replaced whole; cheap to lose, lossless on a clean exit.  Several
 * processes may hold it: a commit writes the hosts this process changed over what is in the file.
 */
#ifndef DCDDNS_STATE_RECORDS_H
#define DCDDNS_STATE_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "dcddns/plugin.h"
#include "platform/os.h"

struct record_loss {       /* of a family that nobody sees any more; a zeroed struct: it is seen */
    int64_t since_wall_ms; /* of the first round without; for display */
    int64_t counted_wall_ms; /* of the last one */
    int64_t missing_ms;      /* how long that was observed, on the boot clock */
    int rounds;              /* in a row; counted as far as needed */
    bool told;
};

struct record_family {
    struct dcddns_addr observed;  /* last validated observation; family 0 = none */
    struct dcddns_addr published; /* last value the provider acknowledged */
    int64_t observed_wall_ms, published_wall_ms;
    char source[64]; /* instance that observed it */
    struct record_loss loss;
};

enum record_state { RECORD_NEW = 0, RECORD_CURRENT, RECORD_DUE, RECORD_BACKING_OFF, RECORD_PAUSED };

/* What the zone's own name servers showed when they were asked last. */
enum record_dns_state {
    RECORD_DNS_UNKNOWN = 0, /* not asked yet, or none of them gave an authoritative answer */
    RECORD_DNS_CURRENT,     /* what is published */
    RECORD_DNS_LAGGING,     /* too early to say, or some of them are behind the others */
    RECORD_DNS_DIFFERENT,   /* other addresses */
    RECORD_DNS_GONE,        /* no address */
    RECORD_DNS_ALIAS,       /* a CNAME stands at the name */
    RECORD_DNS_DELEGATED    /* the name belongs to another zone */
};

enum { RECORD_DNS_SAYS_MAX = 384 };

struct record_dns {
    enum record_dns_state state;
    int64_t asked_wall_ms;          /* last look; 0 = none */
    int64_t current_wall_ms;        /* last look that showed what is published */
    int64_t repaired_wall_ms;       /* last update because of such a look */
    int drifts;                     /* looks in a row that showed something else */
    int applies;                    /* updates since DNS last showed what is published */
    bool told;                      /* that DNS is wrong, and not yet that it is right again */
    bool gave_up;                   /* and that they did not help was told */
    char says[RECORD_DNS_SAYS_MAX]; /* what it was, in words; "" when all was well */
};

struct record {
    char fqdn[FQDN_MAX];
    struct record_family v4, v6;
    struct record_dns dns;
    enum record_state state;
    int64_t checked_wall_ms; /* last finished cycle */
    int64_t success_wall_ms; /* last cycle that ended with the right record at the provider */
    int64_t next_wall_ms;    /* next due time, for display and across restarts */
    int64_t
        not_before_wall_ms; /* the provider or the back-off forbids requests until then; 0 = no */
    int failures;           /* in a row */
    enum error_class error_class;
    char error[ERROR_TEXT_MAX]; /* of the last failure; "" after a success */
    bool called; /* consent.needed was told for its grant, which has not worked since */
    bool dirty;  /* changed in memory since the last commit */
};

const char *record_state_name(enum record_state);
/* "unknown", "current", "lagging", "different", "gone", "alias", "delegated". */
const char *record_dns_name(enum record_dns_state);

struct records;
/* A damaged file is renamed to records.json.bad, logged, and counts as empty.  STATE must stay open
 * until records_close().  NULL (ERR_LOCAL) when the file cannot be read or is not to be trusted. */
struct records *records_open(struct os_dir *state, struct error *);
/* Does not write: call records_commit() first. */
void records_close(struct records **);
/* The record of FQDN, made when missing; NULL when out of memory.  Stays valid until close or
 * remove.  Set dirty after changing it. */
struct record *records_get(struct records *, const char *fqdn);
struct record *records_find(struct records *, const char *fqdn);
void records_remove(struct records *, const char *fqdn);
/* Takes over what another process wrote since we looked, for hosts that are not dirty here.  A host
 * that it removed becomes blank; its pointer stays valid. */
int records_refresh(struct records *, struct error *);
bool records_dirty(const struct records *);
/* Writes dirty hosts (and removals) over the file.  DURABLE syncs, earlier commits too.  -1: they
 * stay dirty; ERR_TEMP: another process is writing, come again. */
int records_commit(struct records *, bool durable, struct error *);

#endif
