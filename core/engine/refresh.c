/* Refreshing the access token of a grant: one process at a time, intent on disk first, the new
 * tokens on disk before they are used.  The order of steps is the point: docs/decisions.md,
 * "tokens". */
#include <string.h>

#include "base/fields.h"
#include "base/log.h"
#include "base/mem.h"
#include "connect/token.h"
#include "engine/update_inside.h"
#include "platform/os.h"

enum {
    LOCK_RETRY_MS = 1000,
    LOCK_TRIES = 30,
    RESENDS_MAX = 2, /* an unanswered refresh is sent again within the server's grace */
    RESEND_WITHIN_MS = 5000,
    DENIALS_MAX = DECIDE_PROBES + 1 /* then a person must consent again */
};

static void send_refresh(struct update *u);

static bool access_usable(const struct update *u)
{
    return u->grant.access_token && grant_access_left_ms(&u->grant, os.boot_ms(), os.wall_ms()) > 0;
}

/* No fresh token: an old one that still lives will do, else the update ends here. */
static void without_fresh_token(struct update *u, enum outcome_kind kind)
{
    bool go_on = kind != OUTCOME_STOPPED && u->request.what != UPDATE_KEEP_ALIVE;
    refresh_turn_over(u, kind);
    if (go_on && !u->refreshed && !u->rejected && access_usable(u)) {
        log_warn("%s: %s; the present access token is used while it lasts", u->id,
                 u->refresh_error.text);
        u->refreshed = u->unrefreshed = true;
        u->refresh_outcome = kind;
        update_send(u);
        return;
    }
    update_finish(u, kind, &u->refresh_error, u->refresh_wait_s);
}

void refresh_shared(struct update *u, enum outcome_kind kind)
{
    without_fresh_token(u, kind);
}

/* What is saved is newer than what was held. */
static int save(struct update *u, struct error *err)
{
    if (grants_save(u->lock, &u->grant, err) < 0)
        return -1;
    held_drop(u->owner, u->id);
    return 0;
}

static void say_refused(struct update *u, const char *why)
{
    /* The command first: what the provider says may be long, and texts are cut at their end. */
    error_set(&u->refresh_error, ERR_CONSENT,
              "the refresh token was refused, it is tried again in %lld s; if that lasts, run: "
              "dcddns setup %s%s%s%s",
              (long long)u->refresh_wait_s, u->called, why[0] ? " (" : "", why, why[0] ? ")" : "");
}

static const struct error no_memory = { ERR_LOCAL, "out of memory after the refresh" };

/* Stored, then used.  When the disk refuses, the token is kept in memory and used all the same:
 * dropping it would lose the grant for certain. */
static void use_tokens(struct update *u, struct token_answer *answer)
{
    struct error err = { 0 };
    struct grant *g = &u->grant;
    bool kept = true;

    mem_free_secret(g->access_token);
    g->access_token = answer->access_token;
    answer->access_token = NULL;
    if (answer->refresh_token) {
        mem_free_secret(g->refresh_token);
        g->refresh_token = answer->refresh_token;
        answer->refresh_token = NULL;
    }
    g->expires_in_s = answer->expires_in_s;
    g->obtained_boot_ms = os.boot_ms();
    g->obtained_wall_ms = g->refreshed_wall_ms = os.wall_ms();
    strncpy(g->boot_id, os_boot_id(), sizeof(g->boot_id) - 1);
    g->encoding_refresh = u->encoding;
    g->refresh_in_flight = g->needs_consent = false;
    g->refresh_failures = 0;
    g->refresh_not_before_wall_ms = 0;
    g->refresh_proven = true;
    if (save(u, &err) < 0) {
        log_error("%s: the new tokens cannot be stored (%s); they are kept in memory and stored as "
                  "soon as that works: do not stop the daemon before, mend the disk",
                  u->id, err.text);
        kept = held_put(u);
    }
    refresh_turn_over(u, OUTCOME_DONE);
    u->refreshed = true;
    u->owner->counts.refreshes++;
    if (kept)
        update_send(u);
    else
        update_finish(u, OUTCOME_TEMP, &no_memory, -1);
}

static bool next_encoding(struct update *u)
{
    u->tried |= 1U << u->encoding;
    for (unsigned e = 0; e < FIELDS_ENCODINGS; e++) {
        if (u->tried & 1U << e)
            continue;
        /* Where a body has worked, a refusal is no reason to show the token to URL logs. */
        if (e == FIELDS_QUERY && u->grant.refresh_proven)
            continue;
        u->encoding = (enum fields_encoding)e;
        return true;
    }
    return false;
}

static void on_denied(struct update *u)
{
    struct grant *g = &u->grant;
    struct error err = { 0 };
    const struct error why = u->refresh_error;

    g->refresh_in_flight = false;
    g->refresh_failures++;
    g->needs_consent = g->refresh_failures >= DENIALS_MAX;
    u->refresh_wait_s = decide_probe_s(g->refresh_failures);
    g->refresh_not_before_wall_ms = os.wall_ms() + u->refresh_wait_s * 1000;
    if (g->needs_consent)
        error_set(&u->refresh_error, ERR_CONSENT,
                  "consent is needed again; run: dcddns setup %s (%s)", u->called, why.text);
    else
        say_refused(u, why.text);
    if (save(u, &err) < 0)
        log_warn("%s: %s", u->id, err.text);
    without_fresh_token(u, OUTCOME_CONSENT);
}

/* Nothing says whether the provider has spent the token: no answer, one that lost the tokens, or
 * the word of a gateway that had none itself. */
static bool outcome_unknown(const struct http_answer *http)
{
    return http->error.class != ERR_NONE || (http->status >= 200 && http->status < 300) ||
           http->status == 502 || http->status == 504;
}

static void on_unanswered(struct update *u)
{
    /* Nobody has seen one that never left: there is no grace to be used. */
    bool soon = u->first_sent_ms > 0 && os.boot_ms() - u->first_sent_ms < RESEND_WITHIN_MS;
    if (soon && u->resends < RESENDS_MAX) {
        u->resends++;
        send_refresh(u);
        return;
    }
    /* The intent stays on disk: the same token is sent again after the back-off. */
    without_fresh_token(u, OUTCOME_TEMP);
}

/* An answer that is of no other use may still have replaced the refresh token.  False: the update
 * cannot go on. */
static bool keep_rotated(struct update *u, struct token_answer *answer)
{
    struct error err = { 0 };

    mem_free_secret(u->grant.refresh_token);
    u->grant.refresh_token = answer->refresh_token;
    answer->refresh_token = NULL;
    if (save(u, &err) == 0)
        return true;
    log_error("%s: the new refresh token cannot be stored (%s); it is kept in memory", u->id,
              err.text);
    return held_put(u);
}

/* A refusal without a word of OAuth, in every encoding: some gateway's, not the provider's. */
static void on_gateway(struct update *u)
{
    u->refresh_error.class = ERR_TEMP;
    without_fresh_token(u, OUTCOME_TEMP);
}

static void on_answer(void *ctx, const struct http_answer *http)
{
    struct update *u = ctx;
    struct token_answer answer = { 0 };

    u->call = NULL;
    if (u->first_sent_ms == 0)
        u->first_sent_ms = http->sent_ms;
    token_judge(http, u->grant.api_url, &answer);
    text_redact(answer.error.text, u->grant.refresh_token);
    u->refresh_error = answer.error;
    /* The provider did better when the grant was made: what it says now may pass. */
    if (answer.verdict == TOKEN_RETRY && http->error.class == ERR_NONE)
        u->refresh_error.class = ERR_TEMP;
    u->refresh_wait_s = answer.wait_s;
    bool kept = true;
    if (answer.verdict != TOKEN_GRANTED && answer.refresh_token)
        kept = keep_rotated(u, &answer);
    if (!kept) {
        u->refresh_error = no_memory;
        refresh_turn_over(u, OUTCOME_TEMP);
        update_finish(u, OUTCOME_TEMP, &no_memory, -1);
    } else if (http->error.class == ERR_STOP)
        without_fresh_token(u, OUTCOME_STOPPED);
    else if (answer.verdict == TOKEN_GRANTED)
        use_tokens(u, &answer);
    else if (answer.verdict == TOKEN_RETRY && outcome_unknown(http))
        on_unanswered(u);
    else if (answer.verdict == TOKEN_RETRY)
        without_fresh_token(u, OUTCOME_TEMP);
    else if (answer.verdict == TOKEN_ENCODING && next_encoding(u))
        send_refresh(u);
    else if (answer.verdict == TOKEN_ENCODING && !answer.oauth)
        on_gateway(u);
    else
        on_denied(u);
    token_answer_free(&answer);
}

static int build(struct update *u, struct token_wire *wire, struct error *err)
{
    const struct updater_options *o = &u->owner->options;
    struct instance *auth = o->auth(o->ctx, u->grant.auth);
    struct dcddns_fields body = { 0 };
    const struct dcddns_fields keep = { 0 };
    int rc = -1;

    if (!auth)
        error_set(err, ERR_CONFIG,
                  "the grant needs the auth module \"%s\", which is not configured; "
                  "set auth = %s",
                  u->grant.auth, u->grant.auth);
    else if (token_refresh_fields(&body, u->grant.refresh_token, err) == 0 &&
             instance_token(auth, &keep, &body, err) == 0)
        rc = token_encode(wire, u->grant.api_url, &body, u->encoding, err);
    fields_free(&body);
    return rc;
}

static void send_refresh(struct update *u)
{
    struct token_wire wire = { 0 };

    if (u->encoding == FIELDS_QUERY)
        log_warn("%s: %s takes tokens only in the URL of the request, where its logs may keep them",
                 u->id, u->grant.api_url);
    if (build(u, &wire, &u->refresh_error) == 0) {
        const struct http_request request = { .url = buf_text(&wire.url),
                                              .post = buf_text(&wire.body),
                                              .content_type = wire.content_type,
                                              .accept = "application/json" };
        u->call = http_start(u->owner->options.net, &request, on_answer, u);
        u->owner->counts.requests += u->call != NULL;
        if (!u->call)
            error_set(&u->refresh_error, ERR_LOCAL, "cannot send the refresh: out of memory");
    }
    token_wire_free(&wire);
    if (!u->call)
        without_fresh_token(u,
                            u->refresh_error.class == ERR_CONSENT ? OUTCOME_CONSENT : OUTCOME_TEMP);
}

/* Under the lock, with the newest grant loaded. */
static void refresh_locked(struct update *u)
{
    if (!held_reserve(u)) {
        u->refresh_error = (struct error){ ERR_LOCAL, "out of memory before the refresh" };
        without_fresh_token(u, OUTCOME_TEMP);
        return;
    }
    u->grant.refresh_in_flight = true;
    if (save(u, &u->refresh_error) < 0 ||
        grants_reserve(u->lock, &u->grant, &u->refresh_error) < 0) {
        error_prefix(&u->refresh_error, "no room to store new tokens, so none are asked for");
        without_fresh_token(u, OUTCOME_TEMP);
        return;
    }
    u->encoding = u->grant.encoding_refresh;
    u->tried = 0;
    u->resends = 0;
    u->first_sent_ms = 0;
    send_refresh(u);
}

static void retry_lock(void *ctx)
{
    struct update *u = ctx;
    u->timer = NULL;
    refresh_start(u);
}

/* What counts now, under the lock: 0 with *FOUND.  Memory is newer than the disk, and than what
 * this update began with: an older token must never be sent.  But not newer than a consent that
 * another process stored meanwhile. */
static int load_newest(struct update *u, struct grant *out, bool *found)
{
    struct grant disk = { 0 };
    int rc = grants_load(u->owner->options.grants, u->id, &disk, found, &u->refresh_error);
    const struct grant *held =
        rc == 0 ? held_against(u->owner, u->id, &disk, *found) : held_find(u->owner, u->id);

    if (!held) {
        *out = disk;
        return rc;
    }
    grant_clear(&disk);
    *found = true;
    return grant_copy(out, held, &u->refresh_error);
}

/* Another process may have refreshed while we waited for the lock. */
static bool reload(struct update *u)
{
    struct grant fresh = { 0 };
    bool found = false;

    if (load_newest(u, &fresh, &found) < 0)
        return false;
    if (!found) {
        error_set(&u->refresh_error, ERR_CONSENT, "the grant of %s is gone; run: dcddns setup %s",
                  u->id, u->id);
        return false;
    }
    grant_clear(&u->grant);
    u->grant = fresh;
    if (update_is_covered(u))
        return true;
    error_set(&u->refresh_error, ERR_CONSENT,
              "the grant does not cover %s any more; run: dcddns setup %s", u->fqdn, u->fqdn);
    return false;
}

/* Seconds until the next probe of a refused token; never more than the table has, whatever the wall
 * clock did. */
static int64_t probe_wait_s(const struct grant *grant)
{
    int64_t left = (grant->refresh_not_before_wall_ms - os.wall_ms() + 999) / 1000;
    int64_t most = decide_probe_s(grant->refresh_failures);
    return left < 0 ? 0 : left > most ? most : left;
}

/* By somebody else, since this update looked at it. */
static bool was_refreshed(const struct update *u, uint64_t before)
{
    bool newer = u->served || (u->grant.generation != before && !u->grant.refresh_in_flight);
    return newer && access_usable(u) && !grant_access_stale(&u->grant, os.boot_ms(), os.wall_ms());
}

void refresh_start(struct update *u)
{
    uint64_t before = u->grant.generation;

    if (refresh_turn_taken(u))
        return;
    u->refresh_wait_s = -1;
    u->lock = grants_lock(u->owner->options.grants, u->id, &u->refresh_error);
    if (!u->lock) {
        if (u->refresh_error.class == ERR_TEMP && ++u->lock_tries < LOCK_TRIES)
            u->timer =
                net_timer_add(u->owner->options.net, os.boot_ms() + LOCK_RETRY_MS, retry_lock, u);
        if (u->timer)
            refresh_turn_rest(u);
        else
            without_fresh_token(u, OUTCOME_TEMP);
        return;
    }
    if (!reload(u)) {
        without_fresh_token(u,
                            u->refresh_error.class == ERR_CONSENT ? OUTCOME_CONSENT : OUTCOME_TEMP);
    } else if (was_refreshed(u, before)) {
        refresh_turn_over(u, OUTCOME_DONE);
        u->refreshed = true;
        update_send(u);
    } else if (probe_wait_s(&u->grant) > 0 && !u->grant.needs_consent) {
        /* Probes are counted, so they must be far apart: four at once would end a grant that only a
         * minute's trouble had. */
        u->refresh_wait_s = probe_wait_s(&u->grant);
        say_refused(u, "");
        without_fresh_token(u, OUTCOME_CONSENT);
    } else if (u->grant.needs_consent) {
        error_set(&u->refresh_error, ERR_CONSENT,
                  "%s no longer accepts the grant of %s; run: dcddns "
                  "setup %s",
                  u->grant.api_url, u->id, u->called);
        u->refresh_wait_s = decide_probe_s(DENIALS_MAX);
        without_fresh_token(u, OUTCOME_CONSENT);
    } else {
        refresh_locked(u);
    }
}
