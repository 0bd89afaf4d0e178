/* Chains: the sources a group of hosts names, asked in order until each family has an answer.  When
 * it would change what is published, those behind are asked as well, until enough of them say the
 * same; who has no answer is passed over, who has another one ends the round.  Outside the chain
 * nothing is ever asked. */
#ifndef DCDDNS_ENGINE_CHAIN_H
#define DCDDNS_ENGINE_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/decide.h"
#include "engine/source.h"
#include "net/net.h"

struct chain;

struct chain_options {
    struct source *const *sources; /* in order, NULL-ended; copied */
    bool want4, want6;
    struct source_terms terms; /* on which the sources are asked */
    /* How many different sources must say the same before a change is published.  1: another one
     * when there is one that answers, else the same one after CONFIRM_DELAY_MS. */
    int confirm;
    int64_t confirm_delay_ms;
    unsigned prefix_bits; /* of IPv6 addresses that sources must agree on; 0 = all */
    /* Whether ADDR would change what some host of this chain has published. */
    bool (*would_change)(void *ctx, const struct dcddns_addr *addr);
    /* A round is over: V4 and V6 are NULL when not asked for; with family 0 they carry the error.
     */
    void (*done)(void *ctx, const struct observation *v4, const struct observation *v6);
    void *ctx;
};

struct chain *chain_new(struct net *, const struct chain_options *);
/* Adds a family to what is asked from the next round on. */
void chain_want(struct chain *, bool want4, bool want6);
/* Starts a round for FAMILY (0: all that are wanted); false when one is running, or nobody wants
 * that.  FRESH: answers from before now will not do. */
bool chain_start(struct chain *, int family, bool fresh);
bool chain_is_busy(const struct chain *);
/* What somebody has seen in this round and others are asked to confirm; false when there is none.
 */
bool chain_candidate(const struct chain *, int family, struct dcddns_addr *);
/* Ends the round without a word and starts no other: before its sources are freed. */
void chain_stop(struct chain *);
/* The sources must be freed before. */
void chain_free(struct chain **);

#endif
