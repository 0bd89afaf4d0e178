/* Between update.c, refresh.c, refresh_turn.c and held.c only. */
#ifndef DCDDNS_ENGINE_UPDATE_INSIDE_H
#define DCDDNS_ENGINE_UPDATE_INSIDE_H

#include "base/fields.h"
#include "engine/update.h"
#include "net/http.h"

struct held { /* a grant newer than its file */
    struct grant grant;
    int64_t retry_ms; /* boot clock: no update asks the disk again before */
    struct held *next;
};

enum { REFRESH_BUCKETS = 256, REFRESH_PLACES = 64 };

struct refresh_turns {                     /* refresh_turn.c */
    struct update *first[REFRESH_BUCKETS]; /* by grant id: whose turn it is, or will be */
    struct update *queue, **queue_end;     /* of those, waiting for others to be over */
    struct update *places[REFRESH_PLACES]; /* of those, under way */
    size_t counted;
};

struct updater {
    struct updater_options options;
    struct update *running; /* list */
    size_t busy;
    struct held *held;
    struct refresh_turns turns;
    struct net_timer *store_timer; /* while there is something in HELD */
    struct updater_counts counts;
};

struct update {
    struct updater *owner;
    struct update *prev, *next;
    struct update_request request;
    char id[FQDN_MAX], fqdn[FQDN_MAX];
    char host[FQDN_MAX];   /* of fqdn, relative to the zone of the grant */
    char called[FQDN_MAX]; /* name to run setup with for this grant */
    update_done done;
    void *ctx;

    struct grant grant;
    struct held *spare; /* for what a refresh brings */
    struct grant_lock *lock;
    struct http_call *call;              /* on the wire */
    struct net_timer *timer;             /* waiting for the lock, or for a retry */
    struct update *wait_next, **wait_at; /* in a queue for its turn; wait_at NULL: in none */
    struct update *first_next;           /* of the same bucket */
    struct update *others;               /* of the same grant, waiting for this one */
    bool first;                          /* of its grant: refreshes, or will */
    bool counted;                        /* among those under way */
    bool served;            /* by the first one: newer tokens are there, whatever generation says */
    bool refreshed, forced; /* once an update each */
    bool rejected;          /* the provider said 401 to the access token, whatever its age */
    bool unrefreshed;       /* an old access token was used because there is no fresh one */
    int lock_tries;

    /* one refresh */
    unsigned tried; /* bits of encodings used */
    enum fields_encoding encoding;
    int resends;                /* of an unanswered refresh */
    int64_t first_sent_ms;      /* boot clock: it left, known with its answer; 0 = it did not */
    struct error refresh_error; /* why there is no fresh token */
    int64_t refresh_wait_s;
    enum outcome_kind refresh_outcome; /* for unrefreshed */
};

/* Ends the update: tells the caller, frees. */
void update_finish(struct update *, enum outcome_kind, const struct error *, int64_t wait_s);
/* Whether the grant covers the host; fills in what depends on the grant. */
bool update_is_covered(struct update *);
/* Sends what was asked for, with the access token of u->grant. */
void update_send(struct update *);
/* Gets a fresh access token, then update_send(); or goes on with an old one that still lives. */
void refresh_start(struct update *);
/* The refresh that was waited for ended like this. */
void refresh_shared(struct update *, enum outcome_kind);
/* True when another update of this process is refreshing the same grant, or too many refresh
 * others: refresh_start(), or refresh_shared() when the former fails, is called when it is over. */
bool refresh_turn_taken(struct update *);
/* Lets others go on while U, which has no lock, waits for another process. */
void refresh_turn_rest(struct update *);
/* Gives the lock back, and their turn to those who wait for it.  KIND DONE: new tokens are there;
 * else they share the failure of U. */
void refresh_turn_over(struct update *, enum outcome_kind);
/* The grant that is newer in memory than on disk, or NULL. */
const struct grant *held_find(const struct updater *, const char *id);
/* The same under the lock of the grant, with what is on disk (*DISK, when FOUND): NULL also when
 * that counts, and what was held is dropped.  DISK is changed. */
const struct grant *held_against(struct updater *, const char *id, struct grant *disk, bool found);
/* Before a refresh is sent: held_put() needs no more memory then.  False: do not send it. */
bool held_reserve(struct update *);
/* Keeps u->grant, in place of one that was kept before.  True: a copy of it; false: there is no
 * memory for one, u->grant is empty now, and the update must end. */
bool held_put(struct update *);
void held_drop(struct updater *, const char *id);
/* Stores that one if the disk takes it now; not more than once a second. */
void held_retry(struct updater *, const char *id);
/* Stores what could not be stored earlier. */
void held_store(struct updater *);

#endif
