/* Grants: what a person consented to at a provider, with its tokens; for one host of a zone, or
 * several.  One directory per grant under <state>/grants/, named after the FQDN it was first set up
 * for; which hosts it covers is what the record says, not its name.  Durable (state/store.h): a
 * grant that was reported saved is never lost.  Tokens are seen by this file, connect/ and
 * engine/update.c only. */
#ifndef DCDDNS_STATE_GRANTS_H
#define DCDDNS_STATE_GRANTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/fields.h"
#include "base/text.h"
#include "platform/os.h"
#include "state/store.h"

/* What is known of the provider's side of PKCE (RFC 7636); part of the interface as words. */
enum grant_pkce {
    GRANT_PKCE_NONE = 0, /* the grant was made without */
    GRANT_PKCE_UNPROVEN, /* a challenge was sent, and nobody tried whether it is checked */
    GRANT_PKCE_PROVEN,   /* the provider refused a verifier that did not belong to it */
    GRANT_PKCE_IGNORED   /* the provider took one */
};
/* "unproven", "proven", "ignored"; NULL for NONE. */
const char *grant_pkce_name(enum grant_pkce);

struct grant {
    char id[FQDN_MAX]; /* directory name: the FQDN it was first set up for */
    uint64_t generation;
    bool degraded; /* loaded from the previous generation */

    char zone[FQDN_MAX];
    char *hosts; /* list, state/grant_hosts.h; NULL: covers nothing */
    char *provider_id, *provider_name;
    char *api_url, *async_url; /* pinned: tokens go to api_url only */
    char *control_panel;       /* may be NULL */
    char *service_id;          /* "dynamicdns-v2" or "dynamicdns" */
    char *auth;                /* auth instance that made it */
    enum grant_pkce pkce;
    int64_t granted_wall_ms;

    char *access_token, *refresh_token; /* secret; access_token may be NULL */
    int64_t expires_in_s;               /* of the access token, from when it was obtained */
    int64_t obtained_wall_ms, obtained_boot_ms;
    char boot_id[40];          /* boot the boot time belongs to */
    int64_t refreshed_wall_ms; /* last successful exchange or refresh */
    enum fields_encoding encoding_exchange, encoding_refresh; /* what worked */

    bool refresh_in_flight; /* durable intent: a refresh was sent and its outcome is not recorded */
    int refresh_failures;   /* OAuth errors in a row */
    int64_t refresh_not_before_wall_ms; /* after such an error: no refresh before; 0 = none */
    bool refresh_proven; /* encoding_refresh has worked for a refresh, not only for the code */
    bool needs_consent;  /* the provider refuses the refresh token for good */
};

/* Milliseconds since the tokens were obtained: on the boot clock when that was in this boot, else
 * on the wall clock.  Negative: nobody knows, the clock was set back since. */
int64_t grant_age_ms(const struct grant *, int64_t boot_ms, int64_t wall_ms);
/* Wipes tokens, frees members, zeroes; accepts a zeroed struct. */
void grant_clear(struct grant *);
/* Deep copy; TO is overwritten, not cleared.  -1 (ERR_LOCAL) when out of memory: TO is zeroed. */
int grant_copy(struct grant *to, const struct grant *from, struct error *);

/* HOST, relative to the zone, of FQDN; false: the grant does not cover FQDN. */
bool grant_covers(const struct grant *, const char *fqdn, char host[FQDN_MAX]);

/* The name to run setup with for this grant: its id or, when that is not covered any more, the
 * first host that is. */
const char *grant_setup_name(const struct grant *, char fqdn[FQDN_MAX]);

/* A grant that is still to be proven waits under its name with this end, which no name of the
 * Internet has; it serves nobody. */
#define GRANTS_STAGED "._import"
bool grants_is_staged(const char *id);

struct grants; /* the folder */
/* STATE must stay open until grants_close(), grants until every lock is given back. */
struct grants *grants_open(struct os_dir *state, struct error *);
void grants_close(struct grants **);
/* CHANGED (NULL: nothing) runs whenever this process has written or removed the grant ID through
 * these, also when that failed and nobody knows how far it got.  It must not use them. */
void grants_tell(struct grants *, void (*changed)(void *ctx, const char *id), void *ctx);
/* 0 with *FOUND; -1: damaged or unreadable (never reported as "not found"), or ID is no FQDN
 * (ERR_USAGE).  GRANT is overwritten, not cleared; zeroed unless found. */
int grants_load(struct grants *, const char *id, struct grant *, bool *found, struct error *);
/* Every grant id in sorted order; a folder that holds no record yet (setup broke off) is listed
 * too. 0 or -errno. */
int grants_list(struct grants *, bool (*each)(void *ctx, const char *id), void *ctx);
/* Removes a grant for good (command `remove`); takes the lock (ERR_TEMP).  0 when there is none. */
int grants_delete(struct grants *, const char *id, struct error *);
/* Takes HOSTS (a list) out of a grant, durably; one that has none left is removed.  Takes the lock
 * (ERR_TEMP).  0 also when there is none. */
int grants_drop_hosts(struct grants *, const char *id, const char *hosts, struct error *);

/* One refresh or replacement at a time over all processes. */
struct grant_lock;
struct grant_lock *grants_lock(struct grants *, const char *id, struct error *);
void grants_unlock(struct grant_lock **);
/* Under the lock: durable save of GRANT with generation+1 (written back into GRANT on success).  A
 * grant of generation 0, made anew, goes on from the stored one.  -1: GRANT keeps its generation,
 * and the file too unless ERR says that the new one is in place but not synced. */
int grants_save(struct grant_lock *, struct grant *, struct error *);
/* Under the lock: space for the tokens to come, which the next grants_save() uses: save the intent
 * (refresh_in_flight) first, then reserve, then refresh.  -1: do not refresh. */
int grants_reserve(struct grant_lock *, const struct grant *, struct error *);

/* Milliseconds of life left of the access token now; 0 = none, expired or unknown.  Counts on the
 * boot clock within one boot, else on the wall clock (a clock that ran backwards counts as
 * expired). */
int64_t grant_access_left_ms(const struct grant *, int64_t boot_ms, int64_t wall_ms);
/* True when 7/8 of the life is over (or nothing is left). */
bool grant_access_stale(const struct grant *, int64_t boot_ms, int64_t wall_ms);

#endif
