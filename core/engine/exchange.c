/* The authorization code request; see exchange.h.  Sees code and tokens, keeps neither.  What a
 * refusal means is read from the fields that were sent, never from the name of the auth module. */
#include "engine/exchange.h"

#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "connect/token.h"
#include "platform/os.h"

enum blame {
    BLAME_CODE = 0,
    BLAME_SECRET,  /* the provider wants a client secret, or another one, beside the verifier */
    BLAME_VERIFIER /* it does not take a verifier */
};

/* One code with one verifier, in as many encodings as it takes. */
struct attempt {
    struct dcddns_fields body;
    struct token_answer answer; /* the last one */
    enum fields_encoding encoding;
    unsigned tried; /* bits of enum fields_encoding */
    /* The first answer that says more than no. */
    enum blame blame;
    struct error blamed;
};

static void attempt_free(struct attempt *a)
{
    token_answer_free(&a->answer);
    fields_free(&a->body);
}

static int attempt_build(struct attempt *a, struct instance *auth, const struct dcddns_fields *keep,
                         const char *code, struct error *err)
{
    if (token_exchange_fields(&a->body, code, err) < 0)
        return -1;
    return instance_token(auth, keep, &a->body, err);
}

static void take(struct grant *g, struct attempt *a)
{
    struct token_answer *answer = &a->answer;
    mem_free_secret(g->access_token);
    mem_free_secret(g->refresh_token);
    g->access_token = answer->access_token;
    g->refresh_token = answer->refresh_token;
    answer->access_token = answer->refresh_token = NULL;
    g->expires_in_s = answer->expires_in_s;
    g->obtained_boot_ms = os.boot_ms();
    g->obtained_wall_ms = g->refreshed_wall_ms = g->granted_wall_ms = os.wall_ms();
    strncpy(g->boot_id, os_boot_id(), sizeof(g->boot_id) - 1);
    g->encoding_exchange = g->encoding_refresh = a->encoding;
}

static int send(struct net *net, const struct grant *g, struct attempt *a, struct error *err)
{
    struct token_wire wire = { 0 };
    struct http_reply reply = { 0 };

    if (a->encoding == FIELDS_QUERY)
        log_warn("%s takes the code only in the URL of the request, where its logs may keep it",
                 g->api_url);
    if (token_encode(&wire, g->api_url, &a->body, a->encoding, err) < 0)
        return -1;
    const struct http_request request = { .url = buf_text(&wire.url),
                                          .post = buf_text(&wire.body),
                                          .content_type = wire.content_type,
                                          .accept = "application/json" };
    http_await(net, &request, &reply);
    const struct http_answer http = { .error = reply.error,
                                      .status = reply.status,
                                      .body = reply.body ? reply.body : "",
                                      .len = reply.len,
                                      .content_type = "",
                                      .retry_after_s = reply.retry_after_s };
    token_judge(&http, g->api_url, &a->answer);
    token_wire_free(&wire);
    http_reply_free(&reply);
    return 0;
}

static bool mentions(const char *text, const char *word)
{
    size_t len = strlen(word);
    for (; strlen(text) >= len; text++) {
        if (strncasecmp(text, word, len) == 0)
            return true;
    }
    return false;
}

static bool speaks_of_pkce(const struct token_answer *answer)
{
    return mentions(answer->why, "code_verifier") || mentions(answer->why, "code verifier") ||
           mentions(answer->why, "code_challenge") || mentions(answer->why, "code challenge") ||
           mentions(answer->why, "PKCE");
}

static enum blame blame_of(const struct attempt *a)
{
    const struct token_answer *answer = &a->answer;
    if (!fields_get(&a->body, "code_verifier") || answer->verdict == TOKEN_GRANTED)
        return BLAME_CODE;
    if (strcmp(answer->word, "invalid_request") == 0 && speaks_of_pkce(answer))
        return BLAME_VERIFIER;
    if (strcmp(answer->word, "invalid_client") == 0 || mentions(answer->why, "client_secret") ||
        mentions(answer->why, "client secret"))
        return BLAME_SECRET;
    return BLAME_CODE;
}

/* Encodings FROM to LAST, as long as the answers leave a hope for the next. */
static int attempt_run(struct net *net, const struct grant *g, struct attempt *a,
                       enum fields_encoding from, enum fields_encoding last, struct error *err)
{
    for (int e = (int)from; e <= (int)last; e++) {
        token_answer_free(&a->answer);
        a->encoding = (enum fields_encoding)e;
        a->tried |= 1U << e;
        if (send(net, g, a, err) < 0)
            return -1;
        if (a->blame == BLAME_CODE) {
            a->blame = blame_of(a);
            a->blamed = a->answer.error;
        }
        if (a->answer.verdict != TOKEN_ENCODING)
            break;
    }
    return 0;
}

static const char *called(const struct grant *g)
{
    return g->provider_name && g->provider_name[0] ? g->provider_name : g->api_url;
}

/* The advice first: what the provider says may be long, and texts are cut at their end. */
static void say_secret(const struct attempt *a, const struct instance *auth, const struct grant *g,
                       struct error *err)
{
    if (fields_get(&a->body, "client_secret"))
        error_set(err, ERR_PERM,
                  "%s refuses the client secret: correct it in [auth %s], or set auth = "
                  "published-secret in [core]; then run setup again (%s)",
                  called(g), instance_name(auth), a->blamed.text);
    else
        error_set(err, ERR_PERM,
                  "%s wants the client secret even with PKCE: set client-secret = ... in [auth "
                  "%s], or auth = published-secret in [core]; then run setup again (%s)",
                  called(g), instance_name(auth), a->blamed.text);
}

static int denied(struct attempt *a, const struct instance *auth, const struct grant *g,
                  const char *code, struct error *err)
{
    text_redact(a->answer.error.text, code);
    text_redact(a->blamed.text, code);
    if (a->answer.verdict == TOKEN_RETRY)
        return error_set(err, a->answer.error.class, "%s; run setup again", a->answer.error.text);
    if (a->blame == BLAME_SECRET)
        say_secret(a, auth, g, err);
    else if (a->blame == BLAME_VERIFIER)
        error_set(err, ERR_PERM,
                  "%s does not take PKCE: set auth = published-secret in [core] and run setup "
                  "again (%s)",
                  called(g), a->blamed.text);
    else
        error_set(err, ERR_PERM,
                  "%s does not accept this code (%s); codes work once and for a few "
                  "minutes only: run setup again and use the new code",
                  g->api_url, a->answer.error.text);
    return -1;
}

static int conclude(struct attempt *a, const struct instance *auth, struct grant *g,
                    const char *code, struct error *err)
{
    if (a->answer.verdict != TOKEN_GRANTED)
        return denied(a, auth, g, code, err);
    if (!a->answer.refresh_token)
        return error_set(err, ERR_PERM,
                         "%s gave no refresh token, so updates would stop within the hour; "
                         "nothing was changed",
                         g->api_url);
    take(g, a);
    g->pkce = fields_get(&a->body, "code_verifier") ? GRANT_PKCE_UNPROVEN : GRANT_PKCE_NONE;
    return 0;
}

/* A clear no that is about something else than the code and who brings it: about what was asked. */
static bool blames_request(const struct attempt *a)
{
    static const char *const others[] = { "invalid_grant", "invalid_client",
                                          "unauthorized_client" };
    bool request = a->blame == BLAME_CODE &&
                   (a->answer.verdict == TOKEN_DENIED || a->answer.verdict == TOKEN_ENCODING);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        request = request && strcmp(a->answer.word, others[i]) != 0;
    return request;
}

enum exchange_proof exchange_code(struct net *net, struct instance *auth,
                                  const struct dcddns_fields *keep, const char *code,
                                  struct grant *g, struct error *err)
{
    struct attempt a = { 0 };
    enum exchange_proof rc = EXCHANGE_FAILED;

    if (attempt_build(&a, auth, keep, code, err) == 0 &&
        attempt_run(net, g, &a, FIELDS_JSON, FIELDS_QUERY, err) == 0) {
        const bool invalid = blames_request(&a);
        if (conclude(&a, auth, g, code, err) == 0)
            rc = EXCHANGE_DONE;
        else if (invalid)
            rc = EXCHANGE_INVALID;
    }
    attempt_free(&a);
    return rc;
}

/* Both verifiers were refused.  When the two answers differ, or the first names the verifier, the
 * first try was refused for the verifier and the code was spent by it; when they are the same, the
 * code may have been worth nothing from the beginning. */
static enum exchange_proof spent(const struct attempt *tried, const struct attempt *right,
                                 struct grant *g, struct error *err)
{
    bool proven = tried->blame == BLAME_VERIFIER || speaks_of_pkce(&tried->answer) ||
                  strcmp(tried->answer.word, right->answer.word) != 0 ||
                  strcmp(tried->answer.why, right->answer.why) != 0;

    g->pkce = proven ? GRANT_PKCE_PROVEN : GRANT_PKCE_UNPROVEN;
    if (proven)
        error_set(err, ERR_PERM,
                  "%s checks PKCE: it refused a verifier that does not belong to the code; the "
                  "code is spent by that, and a new consent is needed, without --prove-pkce",
                  called(g));
    else
        error_set(err, ERR_PERM,
                  "%s refused the code with either verifier and the same words: it checks PKCE "
                  "and the code is spent, or the code was wrong or too old; a new consent is "
                  "needed, without --prove-pkce",
                  called(g));
    return EXCHANGE_SPENT;
}

static enum exchange_proof prove(struct net *net, const struct instance *auth, const char *code,
                                 struct attempt *tried, struct attempt *right, struct grant *g,
                                 struct error *err)
{
    if (attempt_run(net, g, tried, FIELDS_JSON, FIELDS_FORM, err) < 0)
        return EXCHANGE_FAILED;
    enum token_verdict verdict = tried->answer.verdict;
    if (verdict == TOKEN_GRANTED || verdict == TOKEN_RETRY) {
        if (conclude(tried, auth, g, code, err) < 0)
            return EXCHANGE_FAILED;
        g->pkce = GRANT_PKCE_IGNORED;
        return EXCHANGE_DONE;
    }
    /* A clear no was understood: what comes next may be sent as that was. */
    enum fields_encoding from = verdict == TOKEN_DENIED ? tried->encoding : FIELDS_JSON;
    if (attempt_run(net, g, right, from, FIELDS_QUERY, err) < 0)
        return EXCHANGE_FAILED;
    bool refused = verdict == TOKEN_DENIED || tried->blame == BLAME_VERIFIER;
    if (refused && right->answer.verdict == TOKEN_DENIED && right->blame == BLAME_CODE)
        return spent(tried, right, g, err);
    if (conclude(right, auth, g, code, err) < 0)
        return EXCHANGE_FAILED;
    /* What was refused in another encoding was perhaps not even read. */
    if (tried->tried & 1U << right->encoding)
        g->pkce = GRANT_PKCE_PROVEN;
    return EXCHANGE_DONE;
}

enum exchange_proof exchange_prove(struct net *net, struct instance *auth,
                                   const struct dcddns_fields *keep,
                                   const struct dcddns_fields *strange, const char *code,
                                   struct grant *g, struct error *err)
{
    struct attempt tried = { 0 }, right = { 0 };
    enum exchange_proof rc = EXCHANGE_FAILED;

    if (attempt_build(&tried, auth, strange, code, err) == 0 &&
        attempt_build(&right, auth, keep, code, err) == 0)
        rc = prove(net, auth, code, &tried, &right, g, err);
    attempt_free(&tried);
    attempt_free(&right);
    return rc;
}
