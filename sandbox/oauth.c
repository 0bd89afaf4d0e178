/*
 * Codes and tokens. Must not know HTTP, encodings or zones.
 */
#include "oauth.h"

#include "secret.h"

#include <stdlib.h>
#include <string.h>

#define GRANTS_MAX  100000
#define TOKENS_MAX  1000000
#define CODE_BYTES  18
#define TOKEN_BYTES 32

static void refuse(struct oauth_answer *answer, unsigned status, const char *error,
                   const char *description)
{
    answer->status = status;
    answer->error = error;
    answer->description = description;
}

const struct grant *oauth_grant(struct sandbox *s, struct ask *ask)
{
    struct grant *grants =
        array_grow(s->grants, &s->grant_cap, s->grant_count, sizeof *grants, GRANTS_MAX);
    if (!grants) {
        return NULL;
    }
    s->grants = grants;
    struct grant *grant = &s->grants[s->grant_count];
    *grant = (struct grant){ 0 };
    if (!secret_make(grant->code, CODE_BYTES)) {
        return NULL;
    }
    grant->ask = *ask;
    *ask = (struct ask){ 0 };
    grant->code_expires_ms = sandbox_now_ms() + SBX_CODE_LIFE_MS;
    secret_remember(s, grant->code);
    s->grant_count++;
    return grant;
}

static struct grant *find_code(struct sandbox *s, const char *code)
{
    struct grant *found = NULL;
    for (size_t i = 0; i < s->grant_count; i++) {
        if (secret_equal(s->grants[i].code, code)) {
            found = &s->grants[i];
        }
    }
    return found;
}

static struct token *find_token(const struct sandbox *s, enum token_kind kind, const char *text)
{
    struct token *found = NULL;
    for (size_t i = 0; i < s->token_count; i++) {
        if (s->tokens[i].kind == kind && secret_equal(s->tokens[i].text, text)) {
            found = &s->tokens[i];
        }
    }
    return found;
}

static void end_family(struct sandbox *s, size_t grant)
{
    for (size_t i = 0; i < s->token_count; i++) {
        if (s->tokens[i].grant == grant) {
            s->tokens[i].dead = true;
        }
    }
}

static bool issue(struct sandbox *s, size_t grant, enum token_kind kind, char *out)
{
    struct token *tokens =
        array_grow(s->tokens, &s->token_cap, s->token_count, sizeof *tokens, TOKENS_MAX);
    if (!tokens) {
        return false;
    }
    s->tokens = tokens;
    struct token *token = &s->tokens[s->token_count];
    *token = (struct token){ .kind = kind, .grant = grant };
    if (!secret_make(token->text, TOKEN_BYTES)) {
        return false;
    }
    token->expires_ms = sandbox_now_ms() + (int64_t)s->options.access_lifetime_s * 1000;
    memcpy(out, token->text, sizeof token->text);
    secret_remember(s, token->text);
    s->token_count++;
    return true;
}

static void issue_pair(struct sandbox *s, size_t grant, struct oauth_answer *answer)
{
    bool fresh = answer->refresh[0] == '\0';
    if (!issue(s, grant, TOKEN_ACCESS, answer->access) ||
        (fresh && !issue(s, grant, TOKEN_REFRESH, answer->refresh))) {
        refuse(answer, 500, "server_error", "No memory for another token.");
        return;
    }
    if (fresh) {
        s->grants[grant].generation++;
    }
    answer->status = 200;
    answer->expires_in = s->options.access_lifetime_s;
}

/* The published secret, or PKCE in its place; a wrong secret is never right. */
static bool client_ok(const struct sandbox *s, const struct grant *grant, enum client_proof proof)
{
    if (proof == PROOF_NONE && s->options.pkce == PKCE_IGNORE) {
        return true;
    }
    bool in_place = grant->ask.challenge && s->options.pkce != PKCE_SECRET;
    return proof == PROOF_RIGHT || (proof == PROOF_NONE && in_place);
}

static bool pkce_ok(const struct sandbox *s, struct grant *grant, const char *verifier,
                    struct oauth_answer *answer)
{
    const char *challenge = grant->ask.challenge;
    if (s->options.pkce == PKCE_IGNORE || (!challenge && !verifier)) {
        return true;
    }
    if (!challenge) {
        /* RFC 9700 2.1.1: a verifier without a challenge is a downgrade attempt. */
        refuse(answer, 400, "invalid_grant", "code_verifier, but consent had no code_challenge.");
        return false;
    }
    if (!verifier || !secret_pkce_matches(verifier, challenge)) {
        grant->code_used = s->options.pkce == PKCE_SPEND;
        refuse(answer, 400, "invalid_grant", "code_verifier is missing or does not match.");
        return false;
    }
    return true;
}

static bool code_ok(struct sandbox *s, const struct grant *grant, struct oauth_answer *answer)
{
    if (!grant) {
        refuse(answer, 400, "invalid_grant", "This code was never issued.");
        return false;
    }
    if (grant->code_used) {
        end_family(s, (size_t)(grant - s->grants));
        refuse(answer, 400, "invalid_grant", "This code was used before; its tokens are revoked.");
        return false;
    }
    if (sandbox_now_ms() >= grant->code_expires_ms) {
        refuse(answer, 400, "invalid_grant", "This code is older than ten minutes.");
        return false;
    }
    return true;
}

static void exchange(struct sandbox *s, const char *code, const char *redirect_uri,
                     const char *verifier, enum client_proof proof, struct oauth_answer *answer)
{
    if (!code || !redirect_uri) {
        refuse(answer, 400, "invalid_request", "code and redirect_uri are both needed.");
        return;
    }
    struct grant *grant = find_code(s, code);
    if (proof == PROOF_WRONG || (grant && !client_ok(s, grant, proof))) {
        refuse(answer, 401, "invalid_client", "client_secret is missing or wrong.");
        return;
    }
    if (!code_ok(s, grant, answer)) {
        return;
    }
    if (!secret_equal(redirect_uri, grant->ask.redirect_uri)) {
        refuse(answer, 400, "invalid_grant", "redirect_uri is not the one of the consent.");
        return;
    }
    if (!pkce_ok(s, grant, verifier, answer)) {
        return;
    }
    if (s->options.host_list == HOST_LIST_TOKEN && strchr(grant->ask.hosts, ',')) {
        refuse(answer, 400, "invalid_request", "This consent is for several hosts.");
        return;
    }
    grant->code_used = true;
    issue_pair(s, (size_t)(grant - s->grants), answer);
}

void oauth_exchange(struct sandbox *s, const char *code, const char *redirect_uri,
                    const char *verifier, enum client_proof proof, struct oauth_answer *answer)
{
    if (verifier) {
        secret_remember(s, verifier);
    }
    exchange(s, code, redirect_uri, verifier, proof, answer);
    if (answer->error) {
        s->stats.exchanges_refused++;
    } else {
        s->stats.exchanges++;
    }
}

/* True when a token that was rotated away comes back later than the grace allows. */
static bool reused(const struct sandbox *s, const struct token *token)
{
    int64_t grace_ms = (int64_t)s->options.grace_s * 1000;
    return token->rotated_ms != 0 && sandbox_now_ms() - token->rotated_ms >= grace_ms;
}

static void refresh(struct sandbox *s, const char *text, enum client_proof proof,
                    struct oauth_answer *answer)
{
    if (!text) {
        refuse(answer, 400, "invalid_request", "refresh_token is needed.");
        return;
    }
    struct token *token = find_token(s, TOKEN_REFRESH, text);
    if (proof == PROOF_WRONG || (token && !client_ok(s, &s->grants[token->grant], proof))) {
        refuse(answer, 401, "invalid_client", "client_secret is missing or wrong.");
        return;
    }
    if (!token || token->dead) {
        refuse(answer, 400, "invalid_grant", "This refresh token is unknown or revoked.");
        return;
    }
    size_t grant = token->grant;
    if (reused(s, token)) {
        s->stats.reuses++;
        end_family(s, grant);
        refuse(answer, 400, "invalid_grant", "A rotated refresh token came back; all are revoked.");
        return;
    }
    if (s->options.rotation) {
        token->rotated_ms = token->rotated_ms ? token->rotated_ms : sandbox_now_ms();
    } else {
        memcpy(answer->refresh, token->text, sizeof token->text);
    }
    issue_pair(s, grant, answer);
}

void oauth_refresh(struct sandbox *s, const char *refresh_token, enum client_proof proof,
                   struct oauth_answer *answer)
{
    refresh(s, refresh_token, proof, answer);
    if (answer->error) {
        s->stats.refreshes_refused++;
    } else {
        s->stats.refreshes++;
    }
}

const struct grant *oauth_bearer(const struct sandbox *s, const char *access_token)
{
    const struct token *token = find_token(s, TOKEN_ACCESS, access_token);
    if (!token || token->dead || sandbox_now_ms() >= token->expires_ms) {
        return NULL;
    }
    return &s->grants[token->grant];
}

size_t oauth_end_all(struct sandbox *s, enum token_kind kind)
{
    size_t ended = 0;
    for (size_t i = 0; i < s->token_count; i++) {
        struct token *token = &s->tokens[i];
        if (token->kind == kind && !token->dead) {
            token->dead = true;
            ended++;
        }
    }
    return ended;
}

/* A copy of COUNT items, never NULL when there is memory. */
static void *copy_of(const void *items, size_t count, size_t size)
{
    void *copy = calloc(count + 1, size);
    if (copy && count > 0) {
        memcpy(copy, items, count * size);
    }
    return copy;
}

bool oauth_mark(struct sandbox *s)
{
    struct token *tokens = copy_of(s->tokens, s->token_count, sizeof *tokens);
    struct grant *grants = copy_of(s->grants, s->grant_count, sizeof *grants);
    if (!tokens || !grants) {
        free(tokens);
        free(grants);
        return false;
    }
    free(s->mark.tokens);
    free(s->mark.grants);
    s->mark = (struct mark){ .at_ms = sandbox_now_ms(),
                             .tokens = tokens,
                             .token_count = s->token_count,
                             .grants = grants,
                             .grant_count = s->grant_count };
    return true;
}

bool oauth_rewind(struct sandbox *s)
{
    const struct mark *mark = &s->mark;
    int64_t later = sandbox_now_ms() - mark->at_ms;
    if (mark->at_ms == 0) {
        return false;
    }
    while (s->grant_count > mark->grant_count) {
        ask_free(&s->grants[--s->grant_count].ask);
    }
    s->token_count = mark->token_count;
    for (size_t i = 0; i < mark->grant_count; i++) {
        s->grants[i] = mark->grants[i];
        s->grants[i].code_expires_ms += later;
    }
    for (size_t i = 0; i < mark->token_count; i++) {
        struct token *token = &s->tokens[i];
        *token = mark->tokens[i];
        token->expires_ms += later;
        token->rotated_ms += token->rotated_ms ? later : 0;
    }
    return true;
}
