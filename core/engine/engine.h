/* The engine: everything one configuration needs at run time, and the way of an address change from
 * source to notifier.  One thread, one loop; nothing here blocks. */
#ifndef DCDDNS_ENGINE_ENGINE_H
#define DCDDNS_ENGINE_ENGINE_H

#include <stdbool.h>

#include "base/error.h"
#include "base/format.h"
#include "config/config.h"
#include "engine/decide.h"
#include "modules/module.h"
#include "net/net.h"
#include "platform/os.h"
#include "state/grants.h"
#include "state/records.h"

struct engine;
struct engine_counts;
struct event;
struct tally;

struct engine_options {
    const struct config *config;  /* must outlive the engine */
    struct module_table *modules; /* likewise */
    const char *state_dir;
    const struct net_transport *transport; /* tests; NULL = real */
    void *transport_ctx;
    void (*tap)(void *ctx, const struct event *); /* sees every event, beside the notifiers; NULL */
    void *tap_ctx;
    struct tally *tally; /* of the day, kept over reloads; NULL = the engine's own */
    /* Gets the counts of the engine when it has ended; NULL. */
    struct engine_counts *ended;
};

/* Loads modules, makes instances, opens state; asks nobody anything yet, so that a reload that
 * fails leaves no trace.  NULL with ERR. */
struct engine *engine_new(const struct engine_options *, struct error *);
/* Notifiers and watches start; nothing is due yet. */
int engine_start(struct engine *, struct error *);
/* The instance-wide parts, for commands. */
struct net *engine_net(struct engine *);
struct os_dir *engine_state(struct engine *);
struct grants *engine_grants(struct engine *);
struct records *engine_records(struct engine *);
const struct config *engine_config(const struct engine *);
struct instance *engine_auth(struct engine *, const char *name); /* NULL name: the configured one */
/* The same; one that is not configured is made with its defaults.  NULL with ERR. */
struct instance *engine_need_auth(struct engine *, const char *name, struct module_table *modules,
                                  struct error *);

/* Daemon: every host from now on, on its schedule. */
void engine_schedule_all(struct engine *);
/* Checks all hosts now, beside the schedule, and what DNS says of them. */
void engine_check_now(struct engine *);
/* One cycle for one host; engine_idle() tells when all such cycles are over.  False: not
 * configured. */
bool engine_check_host(struct engine *, const char *fqdn, bool force);

/* Daemon: a cycle for one host that begins now, beside the schedule: sources are asked anew. False:
 * not configured, or out of memory. */
bool engine_ask(struct engine *, const char *fqdn, bool force);
/* Such a cycle is not over, or what it led to is not on disk yet, and may still get there. */
bool engine_is_asked(const struct engine *, const char *fqdn);
/* What such a cycle led to is not on disk, and ERR says why; it is tried again. */
bool engine_is_unwritten(const struct engine *, const char *fqdn, struct error *);
/* Checks one host's addresses now; hosts with the same sources are checked with it. */
bool engine_check_one(struct engine *, const char *fqdn);

/* Waits at most MAX_WAIT_MS (-1: until something is due), then does what is due. */
void engine_turn(struct engine *, int64_t max_wait_ms);
/* Grants whose newest tokens are in memory only because the disk refuses them. */
size_t engine_unsaved(const struct engine *);
/* Since the engine was made. */
struct engine_counts {
    uint64_t requests, applies, refreshes; /* see updater_counts */
    uint64_t events_dropped;
    unsigned news, looks; /* events that were told, rounds that are over: they differ when there
                             may be something new to show */
};
struct engine_counts engine_counts(const struct engine *);
/* No round, update or keep-alive is under way. */
bool engine_idle(const struct engine *);
/* Asks what would be published for FQDN, for setup and doctor: waits.  A name that is not
 * configured yet is one without settings of its own.  A family that was not found, or must not be
 * published, has address family 0 and an error that says why. */
void engine_look(struct engine *, const char *fqdn, bool want4, bool want6, struct observation *v4,
                 struct observation *v6);

enum engine_verdict {
    HOST_PENDING,   /* cycle not over, or none asked for */
    HOST_UNCHANGED, /* published values are what was observed */
    HOST_APPLIED,
    HOST_WAITING, /* something to do, but not yet (provider's waiting time, publish gap) */
    HOST_UNKNOWN, /* no address could be found */
    HOST_FAILED
};
/* "pending", "unchanged", "published", "waiting", "unknown", "failed": as on the control socket. */
const char *engine_verdict_name(enum engine_verdict);
struct engine_result {
    enum engine_verdict verdict;
    struct error error; /* for WAITING, UNKNOWN and FAILED */
};
/* The host is in no configuration any more: what is unsaved of its record is dropped, so that it is
 * not written back after another process removed it. */
void engine_forget_host(struct engine *, const char *fqdn);
/* How the last cycle of a host ended. */
struct engine_result engine_result(const struct engine *, const char *fqdn);

/* Begins nothing new and finishes what is in flight within GRACE_MS: then the state is what it will
 * be at the end.  Only engine_free() may follow, and what asks. */
void engine_finish(struct engine *, int64_t grace_ms);
/* The same, unless that was done; writes records, stops threads, frees. */
void engine_free(struct engine **, int64_t grace_ms);

/* Sends an event of the daemon itself. */
void engine_say(struct engine *, const char *id, int level, const char *format, ...)
    FORMAT_CHECKED(4, 5);

#endif
