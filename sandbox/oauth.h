/*
 * Authorization codes and the families of tokens that grow from them (RFC 6749, 7636, 9700).
 * Knows nothing of HTTP, of encodings or of zones. All functions need the lock.
 */
#ifndef SANDBOX_OAUTH_H
#define SANDBOX_OAUTH_H

#include "sandbox.h"

/* How the client proved to be itself. */
enum client_proof { PROOF_NONE, PROOF_RIGHT, PROOF_WRONG };

/* What the token endpoint answers. error == NULL: the tokens are there. */
struct oauth_answer {
    unsigned status;
    const char *error; /* static, RFC 6749 5.2 */
    const char *description;
    char access[SBX_SECRET_TEXT];
    char refresh[SBX_SECRET_TEXT];
    unsigned expires_in; /* seconds */
};

/* Approve: a new grant with a code that lives 10 minutes. Takes what `ask` holds and empties it.
 * NULL: no memory or randomness, ask untouched. The grant belongs to s. */
const struct grant *oauth_grant(struct sandbox *s, struct ask *ask);

/* RFC 6749 4.1.3 with RFC 7636 4.5; strings may be NULL when absent. A code seen twice ends its
 * whole family (RFC 6749 4.1.2). */
void oauth_exchange(struct sandbox *s, const char *code, const char *redirect_uri,
                    const char *verifier, enum client_proof proof, struct oauth_answer *answer);

/* RFC 6749 6. With rotation, a token used again after its grace ends the family (RFC 9700 4.14). */
void oauth_refresh(struct sandbox *s, const char *refresh_token, enum client_proof proof,
                   struct oauth_answer *answer);

/* The grant a living access token belongs to, or NULL. */
const struct grant *oauth_bearer(const struct sandbox *s, const char *access_token);

/* End every access token, or every refresh token. Returns how many were alive. */
size_t oauth_end_all(struct sandbox *s, enum token_kind kind);

/* Remember all codes and tokens as they are. False: no memory. */
bool oauth_mark(struct sandbox *s);
/* Bring them back, with the time that was left to them; what was issued since is unknown again.
 * False: there is no mark. */
bool oauth_rewind(struct sandbox *s);

#endif
