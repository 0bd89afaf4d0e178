/* Token requests and answers (RFC 6749 sections 4.1.3, 5 and 6; Domain Connect asynchronous flow).
 * Pure: the engine and setup send and receive, the auth plugin completes the fields. */
#ifndef DCDDNS_CONNECT_TOKEN_H
#define DCDDNS_CONNECT_TOKEN_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/fields.h"
#include "base/text.h"
#include "net/http.h"

/* Parameters of the two requests, before the auth plugin adds its own.  0, or -1: ERR_LOCAL; when
 * the code or token has bytes no token may have, ERR_USAGE (a code) or ERR_CONSENT (a token). */
int token_exchange_fields(struct dcddns_fields *, const char *code, struct error *);
int token_refresh_fields(struct dcddns_fields *, const char *refresh_token, struct error *);

/* A request ready to send; holds secrets: token_wire_free() wipes. */
struct token_wire {
    struct buf url, body;
    const char *content_type;
};
/* Encodes FIELDS for {api_url}/v2/oauth/access_token. */
int token_encode(struct token_wire *, const char *api_url, const struct dcddns_fields *,
                 enum fields_encoding, struct error *);
void token_wire_free(struct token_wire *);

enum token_verdict {
    TOKEN_RETRY, /* no answer, 5xx, 429, anything that is not OAuth: transient */
    TOKEN_GRANTED,
    TOKEN_ENCODING, /* 400, 401, 415 without a clear word on the token: another encoding may do */
    TOKEN_DENIED    /* the provider says no: invalid_grant and its kin */
};

struct token_answer {
    enum token_verdict verdict;
    struct error error;
    bool oauth; /* it brought a word of OAuth: the provider itself speaks */
    char word[TEXT_ESCAPED_MAX], why[TEXT_ESCAPED_MAX]; /* error, error_description; escaped */
    char *access_token;                                 /* secret; NULL unless granted */
    char *refresh_token;  /* secret; NULL: the answer had none, keep the old one.  Can be there
                           * without  a grant: then the old one is spent all the same */
    int64_t expires_in_s; /* 60 .. one year; 3600 when not given */
    int64_t wait_s;       /* Retry-After, or -1 */
};

/* Judges an answer; unknown members are ignored. */
void token_judge(const struct http_answer *, const char *api_url, struct token_answer *);
void token_answer_free(struct token_answer *);

#endif
