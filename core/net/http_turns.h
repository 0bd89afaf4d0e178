/* Whose turn it is: requests wait in a line for each host and port, so that one provider which does
 * not answer holds up its own requests and no others. */
#ifndef DCDDNS_NET_HTTP_TURNS_H
#define DCDDNS_NET_HTTP_TURNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* On the wire at once: all, and to one host and port. */
enum { HTTP_RUNNING_MAX = 256, HTTP_RUNNING_HOST_MAX = 32 };

struct http_lane;
/* The place of one request; part of it.  A zeroed struct: in no line. */
struct http_turn {
    struct http_turn *prev, *next; /* in the line */
    struct http_lane *lane;
    bool runs;
    void *ctx; /* the request */
};
/* A zeroed struct: no lines. */
struct http_turns {
    struct http_lane *first;
    size_t running;
};

/* To the end of its line.  False: out of memory. */
bool http_turns_wait(struct http_turns *, struct http_turn *, const char *host, uint16_t port);
/* Lets one request run: the oldest of a line that may, and the lines in turn.  NULL: none may. */
struct http_turn *http_turns_next(struct http_turns *);
/* It does not run or wait any more, if it did. */
void http_turns_leave(struct http_turns *, struct http_turn *);

#endif
