/* Between the engine's own files only. */
#ifndef DCDDNS_ENGINE_ENGINE_INSIDE_H
#define DCDDNS_ENGINE_ENGINE_INSIDE_H

#include "engine/chain.h"
#include "engine/clock_watch.h"
#include "engine/engine.h"
#include "engine/event.h"
#include "engine/scheduler.h"
#include "engine/source.h"
#include "engine/spell.h"
#include "engine/summary.h"
#include "engine/update.h"
#include "engine/verify.h"

struct lack { /* of an address of one family; a zeroed struct: there is one */
    struct spell spell;
    bool cgnat_told; /* that there is a shared one only */
};

struct slot { /* a chain and what it found last; shared by the hosts that name it */
    struct engine *engine;
    struct chain *chain;
    const struct config_list *names;
    struct source_terms terms;
    int confirm;
    unsigned prefix_bits; /* of IPv6 addresses that count; 0 = all */
    struct observation v4, v6;
    bool asked4, asked6;
    int failures;            /* rounds in a row without any address */
    bool ever;               /* some round found something */
    bool fresh;              /* somebody says the answer may have changed: do not reuse one */
    bool again;              /* and said so while a round was running */
    struct lack lack[2];     /* IPv4, IPv6 */
    int missing;             /* family that is not known while the other was found; 0 = none */
    bool contested;          /* sources say different things of that one */
    struct dcddns_addr said; /* last, while it was contested */
    int64_t missing_ms;      /* boot clock: since when it is missing, or contested */
    int64_t moved_ms;        /* boot clock: since when sources say the same things of it */
    int retries;             /* of that one alone, in a row */
    int retrying;            /* it is being asked for alone; 0 = no */
    unsigned rounds;         /* that are over, of all families */
    int64_t round_ms;        /* boot clock: the last was; 0 = none */
};

/* A grant on disk, and the hosts of the configuration that it serves. */
struct engine_grant {
    struct engine *engine;
    char id[FQDN_MAX];
    struct host *hosts; /* list by host.beside; NULL: nobody configured needs it */
    size_t host_count;
    bool unread;       /* it could not be read; others than the host of its name may need it */
    bool consent_told; /* a person was called, and it has not worked since */
};

struct host {
    struct engine *engine;
    const struct config_host *config;
    struct record *record;
    struct engine_grant *grant; /* NULL: none, setup must be run */
    struct host *beside;        /* the next one of the same grant */
    size_t slot;
    bool selected; /* daemon: all; command: those named */
    bool busy;     /* an update is in flight */
    bool again;    /* something changed meanwhile */
    bool force;
    bool consent_told;    /* a person was called on account of this host */
    struct spell spell;   /* failed updates, as far as they are told */
    int64_t looked_ms[2]; /* boot clock, per family: lost_watch() counted last; 0 = not yet */
    int refused[2];       /* addresses in a row, per family, that its rules refuse; for the log */
    bool sent6, no_ipv6; /* an IPv6 address was sent; and not acknowledged: the template has none */
    int64_t not_before_ms, applied_ms; /* boot clock */
    int64_t doubted_wall_ms;           /* of an earlier run, too far away to be true; 0 = none */
    int64_t noted_ms;                  /* boot clock: the record was last worth writing */
    struct look look;                  /* at what DNS says */
    struct engine_result result;

    bool asked, ripe, asked_force; /* asked.c: a cycle waits for its round, or is under way */
    unsigned asked_round;          /* of the slot: the first that answers */
};

struct hints { /* outlives the engine when a source was abandoned */
    struct net *net;
    struct engine *engine;
    struct hint *list; /* one for each instance */
};

struct status_kept;

struct queued_event {
    struct event event;
    struct queued_event *next;
};

struct engine {
    const struct config *config;
    struct module_table *modules;
    struct net *net;
    struct os_dir *state;
    struct grants *grants;
    struct records *records;
    struct updater *updater;
    struct events *events;
    events_tap tap;
    void *tap_ctx;
    struct scheduler scheduler;
    struct clock_watch clock;
    struct looks looks;
    struct hints *hints;

    struct source **sources;
    struct instance **source_instances;
    size_t source_count;
    struct instance **auths;
    size_t auth_count;
    struct instance **notifiers;
    size_t notifier_count;

    struct slot *slots;
    size_t slot_count;
    struct host *hosts; /* in the order of the configuration: sorted by name */
    size_t host_count;
    struct engine_grant *engine_grants; /* every grant there is, by id */
    size_t grant_count;

    bool daemon;      /* keeps a schedule */
    bool stopping;    /* nothing new begins */
    bool leaking;     /* a thread was left behind: what it may touch is never freed */
    int64_t flush_ms; /* boot clock when dirty records are written at the latest; 0 = clean */
    /* Why the last commit failed; it is tried again. */
    struct error unwritten;
    struct queued_event *events_first, **events_last; /* told after the next commit */
    struct tally *tally; /* of the day; own_tally when nobody keeps it longer */
    struct tally own_tally;
    struct engine_counts *ended; /* its owner's, or NULL */
    struct net_timer *summary_timer;

    struct status_kept *status_kept; /* what the last status read of grants, or NULL */

    unsigned news, round_count; /* told, and rounds: something changed since somebody looked */
};

/* cycle.c */
void cycle_consider(struct host *);
/* All hosts of the slot, with what it found. */
void cycle_round_seen(const struct slot *);
/* The record is to be written, though not at once. */
void cycle_mark_dirty(struct host *);
/* Writes dirty records, then tells what was queued.  ERR_TEMP: another process was writing. */
enum error_class cycle_commit(struct engine *, bool durable);
void cycle_queue_event(struct engine *, const struct event *);
/* What is dirty is written within a moment, not within a minute. */
void cycle_commit_soon(struct engine *);
/* consent_event.c: consent.needed, with the URL of a page to consent on: once for all hosts of a
 * grant, until it works again. */
void consent_event_tell(struct engine_grant *, const struct error *why);
/* The same for a host, which may have no grant. */
void consent_event_tell_host(struct host *, const struct error *why);
/* EVENT is on its way: what that was for is not told again by a later run. */
void consent_event_sent(struct engine *, const struct event *);
/* The grant works: the next time it dies is told anew. */
void consent_event_over(struct engine_grant *);
/* What an earlier run told. */
void consent_event_restore(struct host *);
/* observed.c */
bool observed_wants6(const struct host *);
/* For the chain: ADDR would change what some host of this slot (CTX) has published. */
bool observed_would_change(void *ctx, const struct dcddns_addr *addr);
/* A change that nobody was asked to confirm: what is published changed after the round. */
bool observed_needs_round(const struct host *);
/* Turns what was seen into what HOST (NULL: one without settings) would publish; an address that it
 * must not publish becomes none, with the reason. */
void observed_judge(const struct engine *, const struct config_host *, struct observation *);
/* What the host makes of what its slot found, in OUT; false when that family was not asked or is
 * not wanted.  Without an address, OUT says why.  Enters it into the record and tells of refusals.
 */
bool observed_by(struct host *, int family, struct observation *out);
/* round.c: what is said of a round that is over; NULL: not asked.  Before slot->ever is set. */
void round_note(struct slot *, const struct observation *v4, const struct observation *v6);
/* round_plan.c: asks the chain; not when it is being asked. */
void round_plan_start(struct slot *);
/* The same for the family that is missing. */
void round_plan_retry(struct slot *);
/* For the chain: a round is over. */
void round_plan_done(void *ctx, const struct observation *v4, const struct observation *v6);
/* Boot clock, ms: until when a family of the host that is contested may be settled, since it is
 * asked for again; 0: none is. */
int64_t round_plan_settles(const struct host *);
/* clock_watch.c: all of it for the daemon only, but restoring. */
void clock_watch_open(struct engine *);
/* After a net_turn() that began at BEFORE_MS (boot clock) to wait at most WAIT_MS (-1: no limit).
 */
void clock_watch_turn(struct engine *, int64_t before_ms, int64_t wait_ms);
void clock_watch_close(struct engine *);
/* What an earlier run promised a provider (Retry-After, back-off) holds in this one. */
void clock_watch_restore(struct host *);
/* lost_watch.c: after each round, with what the host makes of it (NULL: not asked). */
void lost_watch(struct host *, const struct observation *v4, const struct observation *v6);
/* Before the last commit: what was counted since the last write must not be lost. */
void lost_watch_keep(struct engine *);
/* That family has been lost for so long that the next apply leaves it out. */
bool lost_watch_drops(const struct host *, int family);
/* An apply left FAMILY out; tells when that was because it was lost.  WAS: the record before. */
void lost_watch_tell_dropped(struct host *, int family, const struct record_family *was);
/* status_kept.c: the grant ID (NULL: any), or who has which, was changed here: the next status
 * reads it. */
void status_kept_drop(struct engine *, const char *id);
void status_kept_free(struct engine *);
/* asked.c: a round of the slot is over; so is the host's cycle. */
void asked_round_over(struct slot *);
void asked_over(struct host *);
/* keeper.c */
void keeper_schedule(struct engine_grant *);
void keeper_run(struct engine_grant *);
/* An update found no fresh token and did with the old one: refresh after WAIT_S, -1 = soon. */
void keeper_retry(struct engine_grant *, int64_t wait_s);

uint32_t engine_random(void);
/* NULL: not configured. */
struct host *engine_find_host(const struct engine *, const char *fqdn);

#endif
