/* What to make of what a zone's own name servers say: whether DNS shows what was published, and
 * what to do when it does not.  Pure: no I/O, the time is an argument.
 *
 * An update because of DNS is made at most twice in a row, the first one being the update that
 * published the address if DNS never showed that; then it is only told.  Somebody who sets the
 * record to something else again and again gets two in a day. */
#ifndef DCDDNS_ENGINE_DRIFT_H
#define DCDDNS_ENGINE_DRIFT_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/authority.h"
#include "state/records.h"

enum { DRIFT_APPLIES_MAX = 2 };

struct drift_input {
    const struct authority_result *answers;
    struct dcddns_addr v4, v6; /* what DNS should show; family 0 = not looked at */
    bool allow_private;
    int64_t age_ms;    /* since the last update */
    int64_t settle_ms; /* for so long after it DNS may show what was before */
};

struct drift {
    enum record_dns_state state;
    struct dcddns_addr expected, found; /* of the family that SAYS is about; FOUND may be none */
    char says[RECORD_DNS_SAYS_MAX];     /* which server says what; "" when CURRENT */
};

/* How long after an update DNS may show what was before: the TTL of the template's record, and a
 * minute for servers that follow others.  V1: the template for IPv4 only. */
int64_t drift_settle_ms(bool v1);
/* An address in a special-purpose block, without ALLOW_PRIVATE, is that of a server inside (split
 * horizon) and counts as no answer. */
struct drift drift_judge(const struct drift_input *);
/* DNS says something else than what was published, for good. */
bool drift_is_wrong(enum record_dns_state);

struct drift_step {
    bool tell;      /* an event is due */
    bool repair;    /* an update is due */
    bool recovered; /* DNS is right again after such an event */
};
/* Enters a look at DNS into DNS. */
struct drift_step drift_enter(struct record_dns *, const struct drift *, int64_t wall_ms);
/* An update was acknowledged, because of such a look (REPAIR) or for another reason. */
void drift_applied(struct record_dns *, bool repair, int64_t wall_ms);

#endif
