/* The decision: given what was observed, published and forbidden, what to do now, and given how it
 * went, what that changes.  Pure: no I/O, `now` is an argument. */
#ifndef DCDDNS_ENGINE_DECIDE_H
#define DCDDNS_ENGINE_DECIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/error.h"
#include "dcddns/plugin.h"
#include "state/records.h"

/* What a chain of sources found out about one family. */
struct observation {
    struct dcddns_addr addr; /* family 0: nothing found, ERROR says why */
    bool confirmed;          /* by as many as a change needs; false: nobody was asked to */
    bool cgnat;              /* nothing found but a shared address, which is not published */
    bool contested;          /* something was seen, but too few agree: ERROR says who */
    struct dcddns_addr last; /* contested: what was said last */
    char source[64];         /* instance that answered */
    struct error error;
    int64_t at_ms; /* boot clock */
};

/* Whether ADDR may be published: 0, or -1 with ERR naming the block (CGNAT is explained). */
int decide_publishable(const struct dcddns_addr *, bool allow_private, struct error *);

/* What a person can do about a shared address (CGNAT). */
extern const char decide_cgnat_advice[];

/* What one host makes of what its sources saw. */
struct decide_rules {
    bool allow_private;
    const struct addr_cidr *expect; /* blocks; a family that none is of may be anything */
    size_t expect_count;
    struct dcddns_addr suffix; /* for IPv6; family 0 = none */
    unsigned prefix_bits;      /* of the observed address, before the suffix */
};
/* The address to publish for SEEN: prefix of SEEN and suffix, or SEEN itself.  0; or -1 with ERR
 * when this host must not publish it, OUT is set all the same. */
int decide_value_for(const struct decide_rules *, const struct observation *seen,
                     struct dcddns_addr *out, struct error *);

struct decide_input {
    bool want4, want6;
    bool force;  /* a person asked: apply what is seen, even if nothing changed */
    bool repair; /* DNS does not show what was published: as if it had changed */
    const struct observation *v4, *v6;         /* NULL: not asked */
    struct dcddns_addr published4, published6; /* last acknowledged values */
    bool drop4, drop6;     /* lost for long: left out, as long as the other family is seen */
    int64_t settles_ms;    /* boot clock; until when a family may change as well, 0 = none will */
    int64_t not_before_ms; /* boot clock; provider's waiting time, back-off or pause */
    int64_t applied_ms;    /* boot clock of the last apply, 0 = none in this run */
};

enum action_kind {
    ACTION_NONE, /* everything is as published, or nothing is known */
    ACTION_WAIT, /* something to do, not before until_ms */
    ACTION_APPLY
};

struct action {
    enum action_kind kind;
    struct dcddns_addr v4, v6; /* to send; family 0 = leave that family out */
    int64_t until_ms;          /* for ACTION_WAIT, boot clock */
};

/* A family that could not be observed keeps its published value, and is sent again with the other:
 * under the template's conflict rules applying one family alone may remove the other. */
struct action decide(const struct decide_input *, int64_t now_ms);
/* True when this address would change what is published for that family. */
bool decide_is_change(const struct dcddns_addr *observed, const struct dcddns_addr *published);

enum outcome_kind {
    OUTCOME_STOPPED,  /* cancelled by shutdown: nothing is known */
    OUTCOME_DONE,     /* acknowledged by the provider */
    OUTCOME_TEMP,     /* back off and try again */
    OUTCOME_REFUSED,  /* paused, probed every 6 h: the provider says no */
    OUTCOME_CONFLICT, /* paused: other records stand in the way */
    OUTCOME_CONSENT   /* the grant does not work: probing, then a person must consent again */
};

struct outcome {
    enum outcome_kind kind;
    struct error error;
    int64_t wait_s;            /* told by the provider or the probing table; -1 = not */
    bool needs_consent;        /* probing is over: setup must be run */
    bool unrefreshed;          /* DONE, with an old access token that there is no newer one for */
    struct dcddns_addr v4, v6; /* what was acknowledged, for OUTCOME_DONE */
};

/* Enters the outcome into the record (published values, failures, state, error) and returns how
 * many ms the host must rest; 0 after success.  Marks the record dirty. */
int64_t decide_after(struct record *, const struct outcome *, int64_t wall_ms, uint32_t random);
/* Probes of a grant that does not work before a person is called. */
enum { DECIDE_PROBES = 3 };
/* Waiting time after the Nth OAuth error on refresh: 60 s, 1 h, 24 h, then 6 h probes. */
int64_t decide_probe_s(int failures);

#endif
