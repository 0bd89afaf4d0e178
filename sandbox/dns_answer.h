/*
 * From a DNS question to its answer, on the wire (RFC 1034, 1035, 2308, 6891).
 * Knows zones; knows nothing of sockets.
 */
#ifndef SANDBOX_DNS_ANSWER_H
#define SANDBOX_DNS_ANSWER_H

#include "sandbox.h"

/*
 * Answer one message of n bytes. Over UDP an answer that would not fit is cut (TC). Returns a new
 * buffer of *size bytes (free() it), or NULL when the message deserves silence: too short, or not a
 * question. Takes the lock.
 */
uint8_t *dns_answer(struct sandbox *s, const uint8_t *message, size_t n, bool udp, size_t *size);

#endif
