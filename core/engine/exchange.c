/* The authorization code request; see exchange.h.  Sees code and tokens, keeps neither. */
#include "engine/exchange.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "connect/token.h"
#include "platform/os.h"

static void take(struct grant *g, struct token_answer *answer, enum fields_encoding encoding)
{
    mem_free_secret(g->access_token);
    mem_free_secret(g->refresh_token);
    g->access_token = answer->access_token;
    g->refresh_token = answer->refresh_token;
    answer->access_token = answer->refresh_token = NULL;
    g->expires_in_s = answer->expires_in_s;
    g->obtained_boot_ms = os.boot_ms();
    g->obtained_wall_ms = g->refreshed_wall_ms = g->granted_wall_ms = os.wall_ms();
    strncpy(g->boot_id, os_boot_id(), sizeof(g->boot_id) - 1);
    g->encoding_exchange = g->encoding_refresh = encoding;
}

static int send(struct net *net, const struct grant *g, const struct dcddns_fields *body,
                enum fields_encoding encoding, struct token_answer *answer, struct error *err)
{
    struct token_wire wire = { 0 };
    struct http_reply reply = { 0 };

    if (encoding == FIELDS_QUERY)
        log_warn("%s takes the code only in the URL of the request, where its logs may keep it",
                 g->api_url);
    if (token_encode(&wire, g->api_url, body, encoding, err) < 0)
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
    token_judge(&http, g->api_url, answer);
    token_wire_free(&wire);
    http_reply_free(&reply);
    return 0;
}

static int denied(const struct grant *g, struct token_answer *answer, const char *code,
                  struct error *err)
{
    text_redact(answer->error.text, code);
    if (answer->verdict == TOKEN_RETRY)
        return error_set(err, answer->error.class, "%s; run setup again", answer->error.text);
    return error_set(err, ERR_PERM,
                     "%s does not accept this code (%s); codes work once and for a few "
                     "minutes only: run setup again and use the new code",
                     g->api_url, answer->error.text);
}

int exchange_code(struct net *net, struct instance *auth, const struct dcddns_fields *keep,
                  const char *code, struct grant *g, struct error *err)
{
    struct dcddns_fields body = { 0 };
    struct token_answer answer = { .verdict = TOKEN_ENCODING };
    enum fields_encoding worked = FIELDS_JSON;
    int rc = -1;

    if (token_exchange_fields(&body, code, err) < 0 || instance_token(auth, keep, &body, err) < 0)
        goto done;
    for (unsigned e = 0; e < FIELDS_ENCODINGS && answer.verdict == TOKEN_ENCODING; e++) {
        token_answer_free(&answer);
        if (send(net, g, &body, (enum fields_encoding)e, &answer, err) < 0)
            goto done;
        if (answer.verdict == TOKEN_GRANTED)
            worked = (enum fields_encoding)e;
    }
    if (answer.verdict != TOKEN_GRANTED)
        denied(g, &answer, code, err);
    else if (!answer.refresh_token)
        error_set(err, ERR_PERM,
                  "%s gave no refresh token, so updates would stop within the hour; "
                  "nothing was changed",
                  g->api_url);
    else
        rc = 0;
    if (rc == 0)
        take(g, &answer, worked);
done:
    token_answer_free(&answer);
    fields_free(&body);
    return rc;
}
