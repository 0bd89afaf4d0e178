/* Token requests and what their answers mean; see token.h.  Tokens pass through here and are wiped;
 * none may reach an error text. */
#include "connect/token.h"

#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "connect/protocol.h"

enum { EXPIRES_MIN = 60, EXPIRES_MAX = 366 * 86400, EXPIRES_DEFAULT = 3600 };

static int put(struct dcddns_fields *fields, const char *name, const char *value, uint32_t flags,
               struct error *err)
{
    if (fields_set(fields, name, value, flags) == DCDDNS_OK)
        return 0;
    return error_set(err, ERR_LOCAL, "cannot build the token request: out of memory");
}

int token_exchange_fields(struct dcddns_fields *fields, const char *code, struct error *err)
{
    if (!text_is_token(code, CONNECT_TOKEN_MAX))
        return error_set(err, ERR_USAGE,
                         "that is not an authorization code: it must be one word of "
                         "printable characters");
    if (put(fields, "grant_type", "authorization_code", 0, err) < 0 ||
        put(fields, "code", code, DCDDNS_SECRET, err) < 0 ||
        put(fields, "redirect_uri", CONNECT_REDIRECT_URI, 0, err) < 0)
        return -1;
    return put(fields, "client_id", CONNECT_PROVIDER_ID, 0, err);
}

int token_refresh_fields(struct dcddns_fields *fields, const char *refresh_token, struct error *err)
{
    if (!refresh_token || !text_is_token(refresh_token, CONNECT_TOKEN_MAX))
        return error_set(err, ERR_CONSENT, "the stored grant holds no usable refresh token");
    if (put(fields, "grant_type", "refresh_token", 0, err) < 0 ||
        put(fields, "refresh_token", refresh_token, DCDDNS_SECRET, err) < 0)
        return -1;
    return put(fields, "client_id", CONNECT_PROVIDER_ID, 0, err);
}

int token_encode(struct token_wire *wire, const char *api_url, const struct dcddns_fields *fields,
                 enum fields_encoding encoding, struct error *err)
{
    *wire =
        (struct token_wire){ .url = BUF_MAX(CONNECT_URL_MAX), .body = BUF_MAX(CONNECT_URL_MAX) };
    wire->content_type =
        encoding == FIELDS_JSON ? "application/json" : "application/x-www-form-urlencoded";
    buf_printf(&wire->url, "%s/v2/oauth/access_token", api_url);
    fields_encode(fields, encoding, encoding == FIELDS_QUERY ? &wire->url : &wire->body);
    if (buf_ok(&wire->url) && buf_ok(&wire->body))
        return 0;
    token_wire_free(wire);
    return error_set(err, ERR_LOCAL, "the token request to %s is too large or memory ran out",
                     api_url);
}

void token_wire_free(struct token_wire *wire)
{
    buf_free(&wire->url);
    buf_free(&wire->body);
}

/* A token from the body, copied; NULL when absent.  *BAD when it is there but unusable; ERR when
 * that is for want of memory. */
static char *token_member(const struct json *body, const char *name, bool *bad, struct error *err)
{
    const char *value = json_string(body, name);
    if (!value || value[0] == '\0')
        return NULL;
    if (!text_is_token(value, CONNECT_TOKEN_MAX)) {
        *bad = true;
        return NULL;
    }
    char *copy = mem_strdup(value);
    if (!copy) {
        *bad = true;
        error_set(err, ERR_TEMP, "out of memory for the tokens of the provider's answer");
    }
    return copy;
}

static void judge_success(const struct json *body, const char *api_url, struct token_answer *answer)
{
    const char *type = json_string(body, "token_type");
    bool bad = false;

    answer->verdict = TOKEN_RETRY;
    answer->access_token = token_member(body, "access_token", &bad, &answer->error);
    answer->refresh_token = token_member(body, "refresh_token", &bad, &answer->error);
    answer->expires_in_s = EXPIRES_DEFAULT;
    int64_t life = 0;
    if (json_integer(body, "expires_in", INT64_MIN / 2, INT64_MAX / 2, &life))
        answer->expires_in_s = life < EXPIRES_MIN   ? EXPIRES_MIN
                               : life > EXPIRES_MAX ? EXPIRES_MAX
                                                    : life;
    if (answer->error.class != ERR_NONE) {
        answer->verdict = TOKEN_RETRY;
    } else if (!answer->access_token || bad) {
        error_set(&answer->error, ERR_TEMP, "%s answered the token request without a usable token",
                  api_url);
    } else if (type && strcasecmp(type, "bearer") != 0) {
        error_set(&answer->error, ERR_PERM,
                  "%s issues tokens of a type that is not \"bearer\"; this "
                  "provider cannot be used before it mends that",
                  api_url);
    } else {
        answer->verdict = TOKEN_GRANTED;
    }
}

/* OAuth words that speak of the token or the client for good (RFC 6749, 5.2).  invalid_request is
 * not among them: it is what a wrong encoding gets, and what IONOS says of a dead token. */
static bool is_denial(const char *word)
{
    return strcmp(word, "invalid_grant") == 0 || strcmp(word, "unauthorized_client") == 0 ||
           strcmp(word, "access_denied") == 0 || strcmp(word, "invalid_scope") == 0;
}

/* "Later", in the words of RFC 6749 (4.1.2.1), and as the Domain Connect specification spells one
 * of them: says nothing of the token, whatever the status. */
static bool is_later(const char *word)
{
    return strcmp(word, "temporarily_unavailable") == 0 ||
           strcmp(word, "temporarily_unavailiable") == 0 || strcmp(word, "server_error") == 0;
}

static void judge_error(const struct http_answer *http, const struct json *body,
                        const char *api_url, struct token_answer *answer)
{
    const char *code = json_string(body, "error");
    const char *description = json_string(body, "error_description");
    int status = http->status;

    if (code)
        text_escape(code, strlen(code) > 64 ? 64 : strlen(code), answer->word);
    if (description)
        text_escape(description, strlen(description) > 128 ? 128 : strlen(description),
                    answer->why);
    answer->oauth = code != NULL;
    /* Whatever a server in trouble says of the token is not its last word. */
    if (status == 408 || status == 425 || status == 429 || status >= 500 ||
        (code && is_later(code)))
        answer->verdict = TOKEN_RETRY;
    else if (code && is_denial(code))
        answer->verdict = TOKEN_DENIED;
    else if (status == 400 || status == 401 || status == 415)
        answer->verdict = TOKEN_ENCODING;
    else /* a redirect, or a 404 of some gateway: only the words of OAuth end a grant */
        answer->verdict = code ? TOKEN_DENIED : TOKEN_RETRY;
    error_set(&answer->error, answer->verdict == TOKEN_RETRY ? ERR_TEMP : ERR_CONSENT,
              "%s answered the token request with %d%s%s%s%s", api_url, status,
              answer->word[0] ? " " : "", answer->word, answer->why[0] ? ": " : "", answer->why);
}

void token_judge(const struct http_answer *http, const char *api_url, struct token_answer *answer)
{
    *answer = (struct token_answer){ .verdict = TOKEN_RETRY, .wait_s = http->retry_after_s };
    if (http->error.class != ERR_NONE) {
        answer->error = http->error;
        answer->wait_s = -1;
        return;
    }
    struct json *body = json_parse(http->body, http->len);
    if (http->status >= 200 && http->status < 300)
        judge_success(body, api_url, answer);
    else
        judge_error(http, body, api_url, answer);
    json_free(&body);
    if (answer->verdict != TOKEN_GRANTED) {
        mem_free_secret(answer->access_token);
        answer->access_token = NULL;
    }
}

void token_answer_free(struct token_answer *answer)
{
    mem_free_secret(answer->access_token);
    mem_free_secret(answer->refresh_token);
    *answer = (struct token_answer){ 0 };
}
