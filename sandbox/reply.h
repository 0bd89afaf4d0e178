/*
 * A request as the endpoints see it and the answer they give; no HTTP library in sight.
 */
#ifndef SANDBOX_REPLY_H
#define SANDBOX_REPLY_H

#include "params.h"
#include "sandbox.h"

#include <cjson/cJSON.h>

/* Belongs to the HTTP room; strings live as long as the request. */
struct request {
    const char *method;
    const char *path; /* as sent, without the query */
    struct params query;
    bool query_ok;             /* the query string could be decoded */
    bool ipv6;                 /* came over ::1 */
    bool too_large;            /* the body was over SBX_BODY_MAX and is not here */
    const char *host;          /* Host header, "" when absent or strange */
    const char *content_type;  /* "" when absent */
    const char *authorization; /* NULL when absent */
    struct buf body;
    char capture[SBX_NAME_MAX]; /* the {zone} or {service} of the path */
};

/* Zeroed plus maxima (reply_init) is empty. */
struct reply {
    unsigned status;
    const char *type; /* static */
    struct buf body;
    char *location;
    const char *allow;     /* static; methods for a 405 */
    bool bearer_challenge; /* send WWW-Authenticate: Bearer */
    bool has_retry_after;
    unsigned retry_after_s;
    unsigned delay_ms;
    bool drop;       /* close the connection instead of answering */
    struct buf note; /* for the log: what was asked, never a secret */
};

void reply_init(struct reply *reply);
void reply_free(struct reply *reply);

/* Take `json` (deleted here, may be NULL on lack of memory: 500) as the body. */
void reply_json(struct reply *reply, unsigned status, cJSON *json);

/* {"error": ..., "error_description": ...}, RFC 6749 5.2. */
void reply_error(struct reply *reply, unsigned status, const char *error, const char *description);

/* {"code": "...", "message": ...}, the shape of the apply endpoint's errors. */
void reply_refusal(struct reply *reply, unsigned status, const char *message);

/* Replace all that was answered so far by a status and a plain text. */
void reply_text(struct reply *reply, unsigned status, const char *text);

/* Add " name=value" to the note; bytes that could confuse a reader of the log are escaped. */
void reply_note(struct reply *reply, const char *name, const char *value);

#endif
