/* The judgement of answers about DNS as pure functions; see drift.h.  Must not ask anybody. */
#include "engine/drift.h"

#include <stdio.h>
#include <string.h>

#include "base/addr.h"

/* A second update comes no sooner than this after the first; the looks are an hour apart, less a
 * fifth. */
static const int64_t REST_MS = INT64_C(45) * 60 * 1000;
/* After so long a time in order the two updates may be used again. */
static const int64_t FORGET_MS = INT64_C(24) * 3600 * 1000;
enum { SELDOM = 8, TTL_V1_S = 600, TTL_V2_S = 60, MARGIN_S = 60 };

enum view { VIEW_NONE, VIEW_SAME, VIEW_OTHER, VIEW_GONE, VIEW_ALIAS, VIEW_DELEGATED, VIEWS };

struct family_views { /* of all servers, for one family */
    size_t counts[VIEWS];
    const struct authority_server *first[VIEWS];
};

static enum view view_of(const struct authority_answer *answer, const struct dcddns_addr *expected,
                         bool allow_private)
{
    if (answer->kind == AUTHORITY_ALIAS)
        return VIEW_ALIAS;
    if (answer->kind == AUTHORITY_DELEGATED)
        return VIEW_DELEGATED;
    if (answer->kind == AUTHORITY_NONE)
        return VIEW_NONE;
    if (answer->count == 0)
        return VIEW_GONE;
    for (size_t i = 0; i < answer->count && i < AUTHORITY_ADDRS_MAX; i++) {
        if (!allow_private && addr_special(&answer->addrs[i]))
            return VIEW_NONE;
    }
    return answer->count == 1 && addr_equal(&answer->addrs[0], expected) ? VIEW_SAME : VIEW_OTHER;
}

static const struct authority_answer *answer_of(const struct authority_server *server, int family)
{
    return family == 4 ? &server->v4 : &server->v6;
}

static struct family_views views_of(const struct drift_input *in,
                                    const struct dcddns_addr *expected)
{
    struct family_views views = { 0 };
    for (size_t i = 0; i < in->answers->count; i++) {
        const struct authority_server *server = &in->answers->servers[i];
        enum view view = view_of(answer_of(server, expected->family), expected, in->allow_private);
        if (views.counts[view]++ == 0)
            views.first[view] = server;
    }
    return views;
}

/* -- words ----------------------------------------------------------------------------------- */

static const char *type_of(const struct dcddns_addr *expected)
{
    return expected->family == 4 ? "A" : "AAAA";
}

/* "NS says A 1.2.3.4, 5.6.7.8" */
static void say_found(const struct authority_server *server, struct drift *d, const char *more)
{
    const struct authority_answer *answer = answer_of(server, d->expected.family);
    char text[ADDR_TEXT_MAX] = "", list[AUTHORITY_ADDRS_MAX * (ADDR_TEXT_MAX + 2)] = "";
    for (size_t i = 0; i < answer->count && i < AUTHORITY_ADDRS_MAX; i++) {
        size_t used = strlen(list);
        snprintf(list + used, sizeof(list) - used, "%s%s", i > 0 ? ", " : "",
                 addr_text(&answer->addrs[i], text));
    }
    snprintf(d->says, sizeof(d->says), "%.100s says %s %.130s%s", server->name,
             type_of(&d->expected), list, more);
}

static void say(const struct family_views *views, enum view view, struct drift *d)
{
    const struct authority_server *server = views->first[view];
    char text[ADDR_TEXT_MAX] = "", more[ADDR_TEXT_MAX + 32] = "";
    const char *type = type_of(&d->expected);

    snprintf(more, sizeof(more), ", published was %s", addr_text(&d->expected, text));
    if (view == VIEW_OTHER)
        say_found(server, d, more);
    else if (view == VIEW_GONE)
        snprintf(d->says, sizeof(d->says), "%.100s has no %s record%s", server->name, type, more);
    else if (view == VIEW_ALIAS)
        snprintf(
            d->says, sizeof(d->says),
            "%.100s says that the name is an alias (CNAME), so that nobody sees its %s record; "
            "remove the CNAME at the provider",
            server->name, type);
    else
        snprintf(d->says, sizeof(d->says),
                 "%.100s says that other name servers serve %.130s (NS records), so that nobody "
                 "sees what is published; remove them at the provider, or set the name up there",
                 server->name, answer_of(server, d->expected.family)->text);
}

/* -- judgement ------------------------------------------------------------------------------- */

static const enum record_dns_state state_of[VIEWS] = {
    [VIEW_OTHER] = RECORD_DNS_DIFFERENT,
    [VIEW_GONE] = RECORD_DNS_GONE,
    [VIEW_ALIAS] = RECORD_DNS_ALIAS,
    [VIEW_DELEGATED] = RECORD_DNS_DELEGATED,
};

static void judge_nobody(const struct authority_result *answers, struct drift *d)
{
    const char *why = answers->error.text;
    for (size_t i = 0; i < answers->count && !why[0]; i++)
        why = answer_of(&answers->servers[i], d->expected.family)->text;
    d->state = RECORD_DNS_UNKNOWN;
    snprintf(d->says, sizeof(d->says), "no name server gave an authoritative answer: %.300s",
             why[0] ? why : "addresses of an inner network (split horizon)");
}

static struct drift judge_family(const struct drift_input *in, const struct dcddns_addr *expected)
{
    const struct family_views views = views_of(in, expected);
    struct drift d = { .state = RECORD_DNS_CURRENT, .expected = *expected };
    enum view wrong = VIEW_DELEGATED;

    while (wrong > VIEW_SAME && views.counts[wrong] == 0)
        wrong--;
    if (wrong == VIEW_SAME && views.counts[VIEW_SAME] > 0)
        return d;
    if (wrong == VIEW_SAME) {
        judge_nobody(in->answers, &d);
        return d;
    }
    say(&views, wrong, &d);
    const struct authority_answer *answer = answer_of(views.first[wrong], expected->family);
    if (wrong == VIEW_OTHER)
        d.found = answer->addrs[0];
    bool behind = views.counts[VIEW_SAME] > 0 || in->age_ms < in->settle_ms;
    d.state = behind ? RECORD_DNS_LAGGING : state_of[wrong];
    return d;
}

/* The more has to be done about it, the more it counts. */
static int weight(enum record_dns_state state)
{
    return state == RECORD_DNS_CURRENT ? 0 : state == RECORD_DNS_UNKNOWN ? 1 : (int)state + 1;
}

struct drift drift_judge(const struct drift_input *in)
{
    const struct dcddns_addr *expected[] = { &in->v4, &in->v6 };
    struct drift worst = { .state = RECORD_DNS_UNKNOWN };
    bool any = false;

    for (size_t f = 0; f < 2; f++) {
        if (!addr_is_set(expected[f]))
            continue;
        const struct drift d = judge_family(in, expected[f]);
        if (!any || weight(d.state) > weight(worst.state))
            worst = d;
        any = true;
    }
    return worst;
}

int64_t drift_settle_ms(bool v1)
{
    return INT64_C(1000) * ((v1 ? TTL_V1_S : TTL_V2_S) + MARGIN_S);
}

bool drift_is_wrong(enum record_dns_state state)
{
    return state >= RECORD_DNS_DIFFERENT;
}

/* -- what follows ---------------------------------------------------------------------------- */

/* A wall clock that ran backwards counts as a long time. */
static bool is_over(int64_t since_ms, int64_t rest_ms, int64_t now_ms)
{
    return since_ms == 0 || now_ms < since_ms || now_ms - since_ms >= rest_ms;
}

/* No update takes a CNAME or a delegation away. */
static bool can_repair(enum record_dns_state state)
{
    return state == RECORD_DNS_DIFFERENT || state == RECORD_DNS_GONE;
}

static bool is_seldom(int count)
{
    return count >= SELDOM && (count & (count - 1)) == 0;
}

static struct drift_step enter_wrong(struct record_dns *dns, int64_t wall_ms)
{
    struct drift_step step = { 0 };
    const bool spent = can_repair(dns->state) && dns->applies >= DRIFT_APPLIES_MAX;

    dns->drifts += dns->drifts < (1 << 30);
    step.repair =
        can_repair(dns->state) && !spent && is_over(dns->repaired_wall_ms, REST_MS, wall_ms);
    step.tell = dns->drifts == 1 || (spent && !dns->gave_up) ||
                ((spent || !can_repair(dns->state)) && is_seldom(dns->drifts));
    dns->gave_up = spent;
    dns->told = dns->told || step.tell;
    return step;
}

struct drift_step drift_enter(struct record_dns *dns, const struct drift *d, int64_t wall_ms)
{
    struct drift_step step = { 0 };

    dns->asked_wall_ms = wall_ms;
    dns->state = d->state;
    memcpy(dns->says, d->says, sizeof(dns->says));
    if (drift_is_wrong(d->state))
        return enter_wrong(dns, wall_ms);
    if (d->state != RECORD_DNS_CURRENT)
        return step;
    step.recovered = dns->told;
    dns->told = false;
    dns->current_wall_ms = wall_ms;
    dns->drifts = 0;
    dns->gave_up = false;
    if (is_over(dns->repaired_wall_ms, FORGET_MS, wall_ms)) {
        dns->applies = 0;
        dns->repaired_wall_ms = 0;
    }
    return step;
}

void drift_applied(struct record_dns *dns, bool repair, int64_t wall_ms)
{
    if (repair) {
        dns->applies++;
        dns->repaired_wall_ms = wall_ms;
        return;
    }
    *dns = (struct record_dns){ .asked_wall_ms = dns->asked_wall_ms,
                                .current_wall_ms = dns->current_wall_ms,
                                .told = dns->told,
                                .applies = 1 };
}
