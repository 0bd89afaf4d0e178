/* Pending consents: what is needed to redeem an authorization code later, in another process.  One
 * file of mode 0600 per FQDN under <state>/pending/; the folder is made when the first is saved and
 * goes with the last.  Cheap to lose: then a person opens a new consent page.  Must not know how
 * consent is asked for, nor what the auth module keeps. */
#ifndef DCDDNS_STATE_PENDING_H
#define DCDDNS_STATE_PENDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/fields.h"
#include "base/text.h"
#include "platform/os.h"

enum { PENDING_STATE_MAX = 64, PENDING_FILE_MAX = 65536 };
#define PENDING_LIFE_MS                                                                            \
    (INT64_C(24) * 3600 * 1000) /* codes live minutes; nobody wants to hurry                       \
                                 */

struct pending {                   /* a zeroed struct is empty */
    char id[FQDN_MAX];             /* file name: the first FQDN that consent was asked for */
    char state[PENDING_STATE_MAX]; /* OAuth `state` of the URL; "": none was printed */
    char zone[FQDN_MAX];
    char *hosts; /* list that is asked for, state/grant_hosts.h */
    char *named; /* those of them that setup was called for; NULL: it was not setup that asked */
    char *grant; /* id of the grant that this one takes the place of; NULL: a new one, called ID */
    char *provider_id, *provider_name;
    char *api_url, *async_url; /* as discovered then: the code goes to api_url only */
    char *control_panel;       /* may be NULL */
    char *service_id;          /* "dynamicdns-v2" or "dynamicdns" */
    char *auth;                /* auth instance that decorated the URL */
    char *url;                 /* of the consent page */
    bool ipv4, ipv6;           /* families it was asked for */
    bool chosen;               /* by the command line, whatever the hosts had */
    bool challenged;           /* the URL carries a code_challenge (RFC 7636) */
    int64_t created_wall_ms, created_boot_ms;
    char boot_id[40];          /* boot the boot time belongs to; "" = unknown */
    struct dcddns_fields keep; /* the auth module's, secret */
};

/* Sets when it was created: now. */
void pending_stamp(struct pending *);
/* Milliseconds since then: on the boot clock in the same boot, else on the wall clock; negative
 * when that was set back. */
int64_t pending_age_ms(const struct pending *);
/* Wipes, frees members, zeroes; accepts a zeroed struct. */
void pending_clear(struct pending *);

/* Durable; replaces an older one of the name.  0, or -1: ERR_LOCAL, or ERR_USAGE when the id is no
 * FQDN. */
int pending_save(struct os_dir *state, const struct pending *, struct error *);

enum pending_found {
    PENDING_NONE, /* there is none, or a damaged one, which is told in the log and removed */
    PENDING_FOUND,
    PENDING_EXPIRED /* older than PENDING_LIFE_MS; removed */
};
/* PENDING is overwritten, not cleared; zeroed unless found.  -1: it is there and cannot be read. */
int pending_load(struct os_dir *state, const char *id, struct pending *, enum pending_found *,
                 struct error *);
/* 0 when there is none. */
int pending_delete(struct os_dir *state, const char *id, struct error *);
/* Removes those that have expired. */
void pending_sweep(struct os_dir *state);

#endif
