/* One question to the daemon that works on a state directory, for commands: waits for the answer.
 * What can be asked is in dcddns(1), CONTROL SOCKET. */
#ifndef DCDDNS_ENGINE_CONTROL_ASK_H
#define DCDDNS_ENGINE_CONTROL_ASK_H

#include "base/json.h"
#include "config/config.h"

enum control_asked {
    CONTROL_ANSWERED, /* "ok":true */
    CONTROL_REFUSED,  /* "ok":false; ERR has its words and class */
    CONTROL_NOBODY,   /* no daemon listens; ERR says where it was looked for */
    CONTROL_DENIED,   /* one does, and we may not ask it; ERR says what to do */
    CONTROL_LOST      /* one listens, and does not take the request, ends the connection or lets
                         TIMEOUT_MS pass before the answer came */
};

/* Where the daemon may listen that works with CONFIG on STATE_DIR: as configured, else its usual
 * places; NULL-ended, at most CONTROL_PLACES_MAX, in mem_ memory. */
enum { CONTROL_PLACES_MAX = 4 };
void control_places(const struct config *, const char *state_dir,
                    char *places[CONTROL_PLACES_MAX + 1]);
void control_places_free(char *places[CONTROL_PLACES_MAX + 1]);

/* Asks with REQUEST ("do" and what belongs to it), which is freed.  ANSWER is the caller's, NULL
 * unless there was one.  More names than a request can hold are refused, with ERR_USAGE, only where
 * there is a daemon that refuses them. */
enum control_asked control_ask(const struct config *, const char *state_dir, struct json *request,
                               int64_t timeout_ms, struct json **answer, struct error *);

#endif
