/* Between the files of the control socket only. */
#ifndef DCDDNS_ENGINE_CONTROL_INSIDE_H
#define DCDDNS_ENGINE_CONTROL_INSIDE_H

#include "base/buf.h"
#include "engine/control.h"

struct control_line; /* text of one event, shared by the clients that wait for it */

struct control_letter {
    struct control_line *line;
    uint32_t dropped; /* events lost before this one */
};

struct control_client {
    struct control *control;
    int fd; /* -1: the place is free */
    struct net_watch *watch;
    int watched;  /* what WATCH waits for */
    bool follows; /* asked for events */
    struct buf in, out;
    size_t sent; /* of OUT */
    struct control_letter queue[CONTROL_QUEUE_MAX];
    size_t first, count;
};

/* -- control_client.c: one connection -- */

/* Takes over FD; the loop is told by control_client_wait(). */
void control_client_begin(struct control_client *, struct control *, int fd);
/* Waits on NET for what the client needs next; NET NULL: stops waiting. */
void control_client_wait(struct control_client *, struct net *);
/* Queues an event, dropping the oldest when there are too many. */
void control_client_queue(struct control_client *, struct control_line *);
/* Sends what the socket takes now; ends the client when it is gone. */
void control_client_send(struct control_client *);
void control_client_end(struct control_client *);

struct control_line *control_line_new(const struct event *);
void control_line_release(struct control_line *);
struct net *control_net(const struct control *);

/* -- control_request.c: what can be asked -- */

/* Answers one line into client->out.  False: it is no request, the client is to be let go. */
bool control_request(struct control_client *, const char *line, size_t len);

#endif
