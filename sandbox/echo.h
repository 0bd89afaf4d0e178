/*
 * The echo services: what is my address? Knows nothing of who asks, but the family. Needs the lock.
 */
#ifndef SANDBOX_ECHO_H
#define SANDBOX_ECHO_H

#include "reply.h"

/* GET /ip: the public address of the caller's family, or the body set by `ctl echo`; which of the
 * five services is asked is told by the Host header. */
void echo_endpoint(struct sandbox *s, const struct request *request, struct reply *reply);

/* 0 for "echo", 1..4 for "echo1".."echo4", -1 for anything else. */
int echo_by_name(const char *name);

#endif
