/*
 * What happened: one line per request, and counters. Knows nothing of how requests are answered.
 * All functions need the lock.
 */
#ifndef SANDBOX_JOURNAL_H
#define SANDBOX_JOURNAL_H

#include "sandbox.h"

/* Count a request and add its line; note is "" or starts with a space and holds no secrets. */
void journal_request(struct sandbox *s, enum endpoint endpoint, const char *method, unsigned status,
                     const char *note);

/* The counters as a JSON object. */
void journal_stats(const struct sandbox *s, struct buf *out);

/* Forget lines and counters. */
void journal_clear(struct sandbox *s);

#endif
