/* Whether DNS shows what was published: when the zone's servers are asked, and what comes of it.
 * Between the engine's own files only.
 *
 * A host of which nothing is known to be published is looked up before its first update: what is
 * right already is not sent again; the update waits for that 12 s at most.  After an update once it
 * must be visible, then every hour.  At most VERIFY_LOOKS hosts are looked up at once; the others
 * wait in line. */
#ifndef DCDDNS_ENGINE_VERIFY_H
#define DCDDNS_ENGINE_VERIFY_H

#include <stdbool.h>

#include "engine/authority.h"
#include "engine/decide.h"

enum { VERIFY_LOOKS = 6, VERIFY_SERVERS = 2 };

struct engine;
struct host;

struct look { /* of one host; zeroed = none */
    struct authority *asking;
    struct host *next;         /* in the line */
    bool queued, first, wide;  /* FIRST: an update waits for it; WIDE: all servers are asked */
    bool first_done;           /* once a run */
    bool v1;                   /* the template of its grant has no IPv6 */
    bool repair;               /* an update is due because of DNS */
    struct dcddns_addr v4, v6; /* what DNS should show */
    int64_t asked_ms;          /* boot clock */
    int64_t settle_ms;
};

struct looks { /* of an engine */
    struct host *line, **line_end;
    size_t running, first; /* first: updates that wait for one */
    int64_t began_ms;      /* boot clock */
};

/* Daemon, at start: the next look at what is published, if anything is. */
void verify_schedule(struct host *);
/* Somebody asks for it now. */
void verify_soon(struct engine *);
/* A look is due. */
void verify_run(struct host *);
/* ACTION is the first update of HOST as far as is known.  True: it must wait for a look, after
 * which cycle_consider() is called. */
bool verify_first(struct host *, const struct action *);
/* An update of HOST waits for its look. */
bool verify_holds(const struct host *);
/* An update was acknowledged. */
void verify_applied(struct host *);
/* Nothing is asked any more, nor told of what was. */
void verify_stop(struct engine *);

#endif
