/*
 * The token endpoint. Knows how parameters may arrive; knows nothing of what tokens are.
 */
#ifndef SANDBOX_TOKEN_H
#define SANDBOX_TOKEN_H

#include "reply.h"

/* POST /v2/oauth/access_token (Domain Connect "OAuth: Getting an Access Token", RFC 6749 4.1.3, 6).
 * Needs the lock. */
void token_endpoint(struct sandbox *s, const struct request *request, struct reply *reply);

#endif
