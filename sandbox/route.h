/*
 * From path and method to the endpoint, with faults and log around it.
 * Knows every endpoint by name and none from inside; knows nothing of the HTTP library.
 */
#ifndef SANDBOX_ROUTE_H
#define SANDBOX_ROUTE_H

#include "reply.h"

/* Answer a request: locks, runs the endpoint, counts and logs, unlocks. Fills request->capture.
 * The caller then waits reply->delay_ms, and sends or drops. */
void route_request(struct sandbox *s, struct request *request, struct reply *reply);

#endif
