/* What is known just now of hosts, grants and the daemon, as one value: taken from a running engine
 * or, without one, from the state on disk.  Everything that shows a state is made from it:
 * `status`, the control socket, the metrics.  Holds no secret: there is no member that could. Times
 * are wall clock, milliseconds since 1970, 0 = never. */
#ifndef DCDDNS_ENGINE_STATUS_H
#define DCDDNS_ENGINE_STATUS_H

#include "base/json.h"
#include "config/config.h"
#include "engine/engine.h"

/* Raised only when a member of the JSON is removed or changes its meaning. */
enum { STATUS_SCHEMA = 1 };

struct status_family {
    bool wanted;
    struct dcddns_addr published, observed; /* family 0 = none */
    struct dcddns_addr candidate;           /* seen, and being confirmed just now; live only */
    int64_t published_at_ms, observed_at_ms;
    int64_t lost_at_ms; /* published, and not seen since then while the other family is; 0 = seen */
    char source[64];    /* who observed it */
};

struct status_grant {
    bool found;        /* there is one, and it can be read */
    const char *state; /* "none", "pending-consent", "active", "refreshing", "probing",
                          "needs-consent" or "unreadable" */
    char provider[128], zone[FQDN_MAX], template[32], pkce[16];
    char hosts[512]; /* that it covers, relative to the zone, as the consent was asked for */
    char control_panel[512]; /* https page of the zone's records at the provider, or "" */
    int64_t granted_at_ms, refreshed_at_ms;
    int days_left; /* before it may die of idleness; -1 = not known */
    bool needs_consent;
    struct error error; /* why it cannot be read; from JSON, its text alone */
};

struct status_dns { /* what the zone's own name servers show */
    enum record_dns_state state;
    int64_t asked_at_ms, current_at_ms;
    int drifts; /* looks in a row that showed something else */
    bool gave_up;
    char says[RECORD_DNS_SAYS_MAX];
};

struct status_host {
    char name[FQDN_MAX];
    enum record_state state;
    struct status_family v4, v6;
    int64_t checked_at_ms, success_at_ms;
    int64_t next_at_ms;       /* not before then is the provider asked again */
    int64_t next_check_at_ms; /* when its address is looked for next; live only */
    int failures;             /* in a row */
    enum error_class error_class;
    char error[ERROR_TEXT_MAX]; /* of the last failure, or "" */
    struct status_grant grant;
    struct status_dns dns; /* asked_at_ms 0: they were never asked */
};

struct status {
    bool live; /* from the running engine; else from disk, where "checked" may be an hour old */
    char version[32];
    int64_t taken_at_ms;
    int64_t daemon_pid; /* 0 = none runs */
    int64_t daemon_since_at_ms;
    int64_t unsaved_tokens; /* grants whose newest tokens the disk refuses; live only */
    struct status_host *hosts;
    size_t host_count;
};

/* Hosts to tell of; a zeroed struct means all. */
struct status_names {
    const char *const *items; /* FQDNs */
    size_t count;
};

/* From the engine, which is left as it is.  -1: out of memory. */
int status_of_engine(struct engine *, const struct status_names *, struct status *, struct error *);
/* From what is on disk; the engine that may run on it is not asked.  A state directory that is not
 * there is an empty one.  -1: it is there and cannot be read; a single grant that cannot be read
 * says so itself. */
int status_of_disk(const struct config *, const char *state_dir, const struct status_names *,
                   struct status *, struct error *);
/* Some grant could not be read. */
bool status_is_unreadable(const struct status *);
void status_free(struct status *);

/* status_json.c: the same as JSON, documented in dcddns(1); NULL or -1: out of memory, or it is not
 * of this schema.  Unknown members are ignored. */
struct json *status_to_json(const struct status *);
int status_from_json(const struct json *, struct status *);

/* status_grant.c: the grant ID, which serves FQDN; NULL: none does. */
void status_grant_of(struct grants *, struct os_dir *state, const char *id, const char *fqdn,
                     int64_t wall_ms, struct status_grant *);

#endif
