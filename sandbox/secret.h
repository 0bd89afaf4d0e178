/*
 * Random tokens, comparison that does not tell by its time, and the PKCE digest.
 * Knows nothing of what the tokens open.
 */
#ifndef SANDBOX_SECRET_H
#define SANDBOX_SECRET_H

#include "sandbox.h"

/* `bytes` random bytes (at most 45) as base64url without padding. False: no randomness. */
bool secret_make(char out[SBX_SECRET_TEXT], size_t bytes);

/* Equal strings; the time depends on the lengths only. NULL equals nothing. */
bool secret_equal(const char *a, const char *b);

/* RFC 7636 4.6: BASE64URL(SHA256(verifier)) == challenge, and the verifier is well formed (4.1). */
bool secret_pkce_matches(const char *verifier, const char *challenge);

/* Remember a secret for `ctl secrets`, once. Needs the lock. */
void secret_remember(struct sandbox *s, const char *text);

#endif
