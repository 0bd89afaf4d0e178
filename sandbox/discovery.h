/*
 * The two read-only questions of a client's setup: settings of a zone, support of a template.
 * Knows nothing of tokens or records. Both need the lock.
 */
#ifndef SANDBOX_DISCOVERY_H
#define SANDBOX_DISCOVERY_H

#include "reply.h"

/* GET /v2/{zone}/settings (Domain Connect "DNS Provider Discovery"); 404 for other zones. */
void discovery_settings(struct sandbox *s, const struct request *request, struct reply *reply);

/* GET .../providers/domainconnect.org/services/{service} ("Query Supported Template"). */
void discovery_template(struct sandbox *s, const struct request *request, struct reply *reply);

#endif
