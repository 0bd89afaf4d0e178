/* One update of one host at its provider: a valid access token, then the apply.  Small state
 * machines on the engine's loop; any number run at once, and those of one grant share a refresh.
 * With grants and connect/ the only place that sees tokens. */
#ifndef DCDDNS_ENGINE_UPDATE_H
#define DCDDNS_ENGINE_UPDATE_H

#include <stdbool.h>

#include "engine/decide.h"
#include "modules/instance.h"
#include "net/net.h"
#include "state/grants.h"

struct updater; /* what all updates of an engine share */

struct updater_options {
    struct net *net;
    struct grants *grants;
    /* Instance of the auth module by name, or NULL. */
    struct instance *(*auth)(void *ctx, const char *name);
    void *ctx;
};
struct updater *updater_new(const struct updater_options *);
/* Updates in flight end with OUTCOME_STOPPED; grants that could not be stored are tried once more.
 */
void updater_free(struct updater **);
/* Updates in flight. */
size_t updater_busy(const struct updater *);
/* Since it was made. */
struct updater_counts {
    uint64_t requests;  /* sent to providers */
    uint64_t applies;   /* that a provider acknowledged */
    uint64_t refreshes; /* that gave new tokens */
};
struct updater_counts updater_counts(const struct updater *);
/* Grants held in memory because the disk refused them. */
size_t updater_unsaved(const struct updater *);

enum update_what {
    UPDATE_APPLY,
    UPDATE_KEEP_ALIVE, /* refresh only, so that an idle grant does not die at the provider */
    UPDATE_REVERT      /* take the records back */
};

struct update_request {
    enum update_what what;
    const char *grant;         /* id */
    const char *fqdn;          /* of the host, which the grant must cover; not for KEEP_ALIVE */
    struct dcddns_addr v4, v6; /* for UPDATE_APPLY; family 0 = leave out */
};
typedef void (*update_done)(void *ctx, const struct outcome *);

/* DONE runs exactly once, from a later net_turn() or updater_free().  False: out of memory, it does
 * not run. */
bool update_start(struct updater *, const struct update_request *, update_done, void *ctx);

#endif
