/*
 * The token endpoint: finds the parameters in JSON body, form body or query string. Must not know
 * how tokens are made or kept.
 */
#include "token.h"

#include "oauth.h"
#include "secret.h"

#include <string.h>
#include <strings.h>

static const char *const encoding_names[] = { "none", "json", "form", "query" };

static bool has_type(const struct request *request, const char *type)
{
    size_t n = strlen(type);
    return strncasecmp(request->content_type, type, n) == 0 &&
           (request->content_type[n] == '\0' || strchr("; \t", request->content_type[n]));
}

static enum encoding read_body(const struct request *request, struct params *body)
{
    const char *text = buf_text(&request->body);
    size_t n = request->body.len;
    if (has_type(request, "application/json") && params_read_json(body, text, n)) {
        return ENCODING_JSON;
    }
    if (has_type(request, "application/x-www-form-urlencoded") && params_read_form(body, text, n)) {
        return ENCODING_FORM;
    }
    return ENCODING_ANY;
}

static bool secrets_in_url(const struct request *request)
{
    static const char *const names[] = { "code", "client_secret", "refresh_token", "access_token",
                                         "code_verifier" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (params_get(&request->query, names[i])) {
            return true;
        }
    }
    return false;
}

/* The parameters to believe: those of the one place the setting allows, or that has grant_type. */
static const struct params *choose(const struct sandbox *s, const struct request *request,
                                   const struct params *body, enum encoding *encoding)
{
    enum encoding wanted = s->options.token_encoding;
    bool in_body = *encoding != ENCODING_ANY && params_get(body, "grant_type");
    if (in_body && (wanted == ENCODING_ANY || wanted == *encoding)) {
        return body;
    }
    bool in_query = request->query_ok && params_get(&request->query, "grant_type");
    if (in_query && (wanted == ENCODING_ANY || wanted == ENCODING_QUERY)) {
        *encoding = ENCODING_QUERY;
        return &request->query;
    }
    return NULL;
}

static const char *encoding_hint(enum encoding wanted)
{
    switch (wanted) {
    case ENCODING_JSON:
        return "grant_type is missing; send the parameters as application/json.";
    case ENCODING_FORM:
        return "grant_type is missing; send the parameters as a form body.";
    case ENCODING_QUERY:
        return "grant_type is missing; send the parameters in the query string.";
    case ENCODING_ANY:
        break;
    }
    return "grant_type is missing.";
}

static enum client_proof read_proof(const struct params *params)
{
    const char *secret = params_get(params, "client_secret");
    if (!secret) {
        return PROOF_NONE;
    }
    return secret_equal(secret, SBX_CLIENT_SECRET) ? PROOF_RIGHT : PROOF_WRONG;
}

static void run(struct sandbox *s, const struct params *params, struct oauth_answer *answer)
{
    const char *type = params_get(params, "grant_type");
    const char *client_id = params_get(params, "client_id");
    if (params_duplicate(params)) {
        *answer = (struct oauth_answer){
            400, "invalid_request", "A parameter is there twice.", "", "", 0
        };
    } else if (!client_id || strcmp(client_id, SBX_PROVIDER) != 0) {
        *answer = (struct oauth_answer){
            401, "invalid_client", "client_id is missing or unknown.", "", "", 0
        };
    } else if (type && strcmp(type, "authorization_code") == 0) {
        oauth_exchange(s, params_get(params, "code"), params_get(params, "redirect_uri"),
                       params_get(params, "code_verifier"), read_proof(params), answer);
    } else if (type && strcmp(type, "refresh_token") == 0) {
        oauth_refresh(s, params_get(params, "refresh_token"), read_proof(params), answer);
    } else {
        *answer = (struct oauth_answer){
            400, "unsupported_grant_type", "Only authorization_code and refresh_token.", "", "", 0
        };
    }
}

static void write_answer(struct reply *reply, const struct oauth_answer *answer)
{
    if (answer->error) {
        reply_error(reply, answer->status, answer->error, answer->description);
        reply_note(reply, "error", answer->error);
        return;
    }
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "access_token", answer->access);
    cJSON_AddStringToObject(json, "token_type", "Bearer");
    cJSON_AddNumberToObject(json, "expires_in", answer->expires_in);
    cJSON_AddStringToObject(json, "refresh_token", answer->refresh);
    reply_json(reply, 200, json);
}

/* Only the two words are logged as they are: what else a client puts there may be a secret. */
static const char *grant_type_word(const struct params *params)
{
    const char *type = params ? params_get(params, "grant_type") : NULL;
    if (!type) {
        return "none";
    }
    bool known = strcmp(type, "authorization_code") == 0 || strcmp(type, "refresh_token") == 0;
    return known ? type : "unknown";
}

void token_endpoint(struct sandbox *s, const struct request *request, struct reply *reply)
{
    struct params body = { 0 };
    struct oauth_answer answer = { 0 };
    enum encoding encoding = read_body(request, &body);
    const struct params *params = choose(s, request, &body, &encoding);

    reply_note(reply, "grant_type", grant_type_word(params));
    reply_note(reply, "encoding", encoding_names[encoding]);
    reply_note(reply, "secrets-in-url", secrets_in_url(request) ? "yes" : "no");
    if (params) {
        reply_note(reply, "pkce", params_get(params, "code_verifier") ? "yes" : "no");
        reply_note(reply, "secret", params_get(params, "client_secret") ? "yes" : "no");
        run(s, params, &answer);
    } else {
        answer.status = 400;
        answer.error = "invalid_request";
        answer.description = encoding_hint(s->options.token_encoding);
    }
    write_answer(reply, &answer);
    params_free(&body);
}
