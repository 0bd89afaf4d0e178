/* Decisions as pure functions; see decide.h.  Must not read a clock, a file or a socket. */
#include "engine/decide.h"

#include <string.h>

#include "base/addr.h"
#include "engine/scheduler.h"

enum { PUBLISH_GAP_MS = 60 * 1000, PAUSE_S = 6 * 3600, CALLS_IN_A_ROW = 3 };
enum { TOLD_MAX_MS = 24 * 3600 * 1000 }; /* of a Retry-After */

const char decide_cgnat_advice[] =
    "the provider shares one address among many customers, dynamic DNS cannot make this machine "
    "reachable; ask for a public address or use IPv6";
/* What to do about an address of this kind, or "". */
static const char *hint_of(const struct addr_block *block)
{
    static const struct {
        const char *name, *hint;
    } hints[] = {
        { "Private-Use", ": it is valid in the own network only; use a source that asks outside, "
                         "as http-echo or stun" },
        { "Unique-Local", ": it is valid in the own network only; this machine needs a public IPv6 "
                          "prefix from the router" },
        { "Link-Local", ": it is valid on one link only; no address was given to this machine" },
        { "Documentation", ": it exists in examples only; the source is wrong, or its "
                           "configuration is an example's" },
        { "Teredo", ": a tunnel that few reach and that has ended; switch Teredo off" },
        { "6to4", ": a tunnel that much of the Internet does not reach; switch it off" },
        { "Outside the global", ": the Internet has no such addresses; the source is wrong" },
    };
    for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++) {
        if (strncmp(block->name, hints[i].name, strlen(hints[i].name)) == 0)
            return hints[i].hint;
    }
    return "";
}

int decide_publishable(const struct dcddns_addr *addr, bool allow_private, struct error *err)
{
    char text[ADDR_TEXT_MAX] = "";
    const struct addr_block *block = addr_special(addr), *never = addr_never(addr);

    addr_text(addr, text);
    if (never)
        return error_set(err, ERR_PERM, "%s is in %s, %s (%s), and no machine can be reached by it",
                         text, never->cidr, never->name, never->source);
    if (!block || allow_private)
        return 0;
    if (addr_is_cgnat(addr))
        return error_set(err, ERR_PERM, "%s is in %s, %s (%s): %s", text, block->cidr, block->name,
                         block->source, decide_cgnat_advice);
    return error_set(err, ERR_PERM,
                     "%s is in %s, %s (%s), and is not published%s; to publish it on "
                     "purpose set allow-private = yes",
                     text, block->cidr, block->name, block->source, hint_of(block));
}

static bool is_expected(const struct decide_rules *rules, const struct dcddns_addr *addr)
{
    bool any = true;
    for (size_t i = 0; i < rules->expect_count; i++) {
        if (addr_cidr_holds(&rules->expect[i], addr))
            return true;
        any = any && rules->expect[i].addr.family != addr->family;
    }
    return any;
}

int decide_value_for(const struct decide_rules *rules, const struct observation *seen,
                     struct dcddns_addr *out, struct error *err)
{
    char text[ADDR_TEXT_MAX] = "";

    *out = seen->addr;
    if (!addr_is_set(out))
        return 0;
    if (out->family == 6 && addr_is_set(&rules->suffix)) {
        *out = addr_combine(out, rules->prefix_bits, &rules->suffix);
        /* What was seen is publishable; what was made of it need not be. */
        if (decide_publishable(out, rules->allow_private, err) < 0)
            return -1;
    }
    if (is_expected(rules, out))
        return 0;
    return error_set(err, ERR_PERM,
                     "%s (from %s) is in none of the blocks that expect names and is not "
                     "published: is a VPN up?  Otherwise add its block to expect",
                     addr_text(out, text), seen->source);
}

bool decide_is_change(const struct dcddns_addr *observed, const struct dcddns_addr *published)
{
    return addr_is_set(observed) && !addr_equal(observed, published);
}

static bool is_seen(const struct observation *seen)
{
    return seen && addr_is_set(&seen->addr);
}

/* Value of one family to publish, and whether it differs from what is published. */
static struct dcddns_addr value(bool want, bool drop, const struct observation *seen,
                                const struct dcddns_addr *published, bool *change)
{
    const struct dcddns_addr none = { 0 };
    if (!want)
        return none;
    if (!is_seen(seen)) {
        *change = *change || (drop && addr_is_set(published));
        return drop ? none : *published;
    }
    *change = *change || decide_is_change(&seen->addr, published);
    return seen->addr;
}

struct action decide(const struct decide_input *in, int64_t now_ms)
{
    struct action action = { .kind = ACTION_NONE };
    /* Who forces an update wants the address of now published, and DNS is put right with that:
     * without any, the old one is none. */
    const bool seen = (in->want4 && is_seen(in->v4)) || (in->want6 && is_seen(in->v6));
    bool change = (in->force || in->repair) && seen;

    const bool drop4 = in->drop4 && in->want6 && is_seen(in->v6);
    const bool drop6 = in->drop6 && in->want4 && is_seen(in->v4);
    action.v4 = value(in->want4, drop4, in->v4, &in->published4, &change);
    action.v6 = value(in->want6, drop6, in->v6, &in->published6, &change);
    if (!change || (!addr_is_set(&action.v4) && !addr_is_set(&action.v6)))
        return action;
    action.kind = ACTION_APPLY;
    if (in->force)
        return action;
    if (in->applied_ms > 0 && in->applied_ms + PUBLISH_GAP_MS > now_ms)
        action.until_ms = in->applied_ms + PUBLISH_GAP_MS;
    if (in->not_before_ms > now_ms && in->not_before_ms > action.until_ms)
        action.until_ms = in->not_before_ms;
    if (in->settles_ms > now_ms && in->settles_ms > action.until_ms)
        action.until_ms = in->settles_ms; /* both in one apply, or the other waits for the gap */
    if (action.until_ms > now_ms)
        action.kind = ACTION_WAIT;
    return action;
}

static void publish(struct record_family *family, const struct dcddns_addr *addr, int64_t wall_ms)
{
    /* A family that was left out may have been removed by the apply of the other: when it is wanted
     * again it must be sent again. */
    family->published = *addr;
    family->published_wall_ms = addr_is_set(addr) ? wall_ms : 0;
}

int64_t decide_probe_s(int failures)
{
    static const int64_t waits[DECIDE_PROBES] = { 60, 3600, 86400 };
    if (failures < 1)
        return 0;
    return failures <= DECIDE_PROBES ? waits[failures - 1] : PAUSE_S;
}

/* Half the range of random numbers: a waiting time that was told is never cut short. */
static int64_t at_least(int64_t wait_s, uint32_t random)
{
    return scheduler_jitter(wait_s * 1000, random | 0x80000000U);
}

static int64_t rest_after(const struct record *record, const struct outcome *outcome,
                          uint32_t random)
{
    int64_t told_ms = outcome->wait_s > 0 ? at_least(outcome->wait_s, random) : 0;
    /* What the provider says; the last probe of a refused token is our own and may come later. */
    const int64_t obeyed_ms = told_ms < TOLD_MAX_MS ? told_ms : TOLD_MAX_MS;
    int64_t pause_ms = scheduler_jitter(PAUSE_S * 1000, random);
    int64_t backoff_ms = 0;

    switch (outcome->kind) {
    case OUTCOME_TEMP:
        /* "Try again in a second" is obeyed three times; then it is no advice but a loop. */
        if (obeyed_ms > 0 && record->failures <= CALLS_IN_A_ROW)
            return obeyed_ms;
        backoff_ms = scheduler_backoff(record->failures, random);
        return obeyed_ms > backoff_ms ? obeyed_ms : backoff_ms;
    case OUTCOME_CONSENT:
        return told_ms > 0 ? told_ms : at_least(decide_probe_s(record->failures), random);
    default:
        return obeyed_ms > pause_ms ? obeyed_ms : pause_ms;
    }
}

int64_t decide_after(struct record *record, const struct outcome *outcome, int64_t wall_ms,
                     uint32_t random)
{
    int64_t rest_ms = 0;

    if (outcome->kind == OUTCOME_STOPPED)
        return 0;
    record->dirty = true;
    record->checked_wall_ms = wall_ms;
    if (outcome->kind == OUTCOME_DONE) {
        publish(&record->v4, &outcome->v4, wall_ms);
        publish(&record->v6, &outcome->v6, wall_ms);
        record->success_wall_ms = wall_ms;
        record->state = RECORD_CURRENT;
        record->failures = 0;
        record->error_class = ERR_NONE;
        record->error[0] = '\0';
        record->not_before_wall_ms = 0;
        return 0;
    }
    record->failures++;
    record->error_class = outcome->error.class;
    memcpy(record->error, outcome->error.text, sizeof(record->error));
    record->state = outcome->kind == OUTCOME_TEMP ? RECORD_BACKING_OFF : RECORD_PAUSED;
    rest_ms = rest_after(record, outcome, random);
    record->not_before_wall_ms = wall_ms + rest_ms;
    return rest_ms;
}
