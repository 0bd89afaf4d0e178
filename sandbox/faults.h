/*
 * Answers that fail, come late or never come, because a test asked for it.
 * Knows nothing of what the endpoints do. All functions need the lock.
 */
#ifndef SANDBOX_FAULTS_H
#define SANDBOX_FAULTS_H

#include "reply.h"

/* Use up one `fail`: true when reply is the failure and the endpoint must not run. */
bool faults_fail(struct sandbox *s, enum endpoint endpoint, struct reply *reply);

/* Use up one `delay` and one `drop`, if arranged, into the reply. */
void faults_deliver(struct sandbox *s, enum endpoint endpoint, struct reply *reply);

/* One line per arranged fault. */
void faults_show(const struct sandbox *s, struct buf *out);

#endif
