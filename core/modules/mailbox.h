/* Work that a plugin's worker thread leaves to the net's thread, and waits for.  The two share one
 * counted struct, so that either may leave first: the worker when its call ends, the net when the
 * work is done or it is being closed.  Nothing of the worker's is touched by the net.
 * Must not know what the work is.  Private to core/modules/. */
#ifndef DCDDNS_MODULES_MAILBOX_H
#define DCDDNS_MODULES_MAILBOX_H

#include "modules/inside.h"

/* First member of the struct that says what is to be done. */
struct errand {
    atomic_int refs;     /* the worker's, the net's, and an abort's on its way */
    atomic_bool dropped; /* the worker left: nothing more need be done */
    uint64_t id;
    struct mailbox *mailbox;
    struct net *net;
    int64_t deadline; /* the call's, or what is set before errand_run(); boot clock, ms */
    const struct errand_calls *calls;
    struct error error; /* written by the net before errand_done(), read by the worker after */
};

struct errand_calls {
    /* In the net's thread, unless the worker left before; leads to errand_done() exactly once. */
    void (*start)(struct errand *);
    /* In the net's thread, after start(), and possibly after errand_done(): the worker left. */
    void (*abort)(struct errand *);
    /* Frees the whole struct, in the thread of whoever leaves last. */
    void (*free)(struct errand *);
};

enum errand_end {
    ERRAND_DONE,    /* see .error */
    ERRAND_LATE,    /* deadline or cancel; the net may be at it still */
    ERRAND_STOPPING /* the net takes nothing any more, or there is no memory to ask it */
};

/* The worker's: makes it an errand of CALL.  errand_release() undoes it, and frees. */
void errand_init(struct errand *, struct dcddns_call *, const struct errand_calls *);
/* Hands it to the net and waits until its deadline, at most as long as CALL lasts. */
enum errand_end errand_run(struct errand *, struct dcddns_call *);
void errand_release(struct errand *);
/* What is left of its time, ms; net's thread.  0 or less: over. */
int64_t errand_left_ms(const struct errand *);
/* Net's last act: wakes the worker, if it is there. */
void errand_done(struct errand *);
/* DCDDNS_E_ code that a plugin gets for an error of this class. */
int errand_code(enum error_class);

#endif
