/*
 * The apply and revert endpoints: templates into records. Knows grants and zones; knows nothing of
 * how a token came to be. Both need the lock.
 */
#ifndef SANDBOX_APPLY_H
#define SANDBOX_APPLY_H

#include "reply.h"

/* POST .../services/{service}/apply (Domain Connect "Asynchronous Flow: Apply Template"). */
void apply_endpoint(struct sandbox *s, const struct request *request, struct reply *reply);

/* POST .../services/{service}/revert ("Asynchronous Flow: Revert Template"). */
void apply_revert(struct sandbox *s, const struct request *request, struct reply *reply);

#endif
