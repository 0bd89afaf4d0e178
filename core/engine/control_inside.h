/* Between the files of the control socket only. */
#ifndef DCDDNS_ENGINE_CONTROL_INSIDE_H
#define DCDDNS_ENGINE_CONTROL_INSIDE_H

#include "base/buf.h"
#include "base/json.h"
#include "engine/control.h"
#include "platform/os.h"

struct control_line; /* text of one event, shared by the clients that wait for it */

struct control_letter {
    struct control_line *line;
    uint32_t dropped; /* events lost before this one */
};

struct control_task; /* what takes a while: an update, a reload */

struct control_client {
    struct control *control;
    int fd; /* -1: the place is free */
    struct os_peer peer;
    struct control_task *task; /* under way; later requests wait */
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
void control_client_begin(struct control_client *, struct control *, int fd,
                          const struct os_peer *);
/* Waits on NET for what the client needs next; NET NULL: stops waiting. */
void control_client_wait(struct control_client *, struct net *);
/* Queues an event, dropping the oldest when there are too many. */
void control_client_queue(struct control_client *, struct control_line *);
/* Sends what the socket takes now; ends the client when it is gone. */
void control_client_send(struct control_client *);
void control_client_end(struct control_client *);
/* Sends what is there, and takes up the requests that waited. */
void control_client_go_on(struct control_client *);

struct control_line *control_line_new(const struct event *);
void control_line_release(struct control_line *);
struct net *control_net(const struct control *);
struct control_desk *control_desk_of(const struct control *); /* or NULL */

/* -- control_request.c: what can be asked -- */

/* Answers one line into client->out, now or later.  False: it is no request, the client is to be
 * let go. */
bool control_request(struct control_client *, const char *line, size_t len);
/* {"v":1,"ok":OK}, to be filled; NULL: out of memory. */
struct json *control_answer(bool ok);
/* Adds OBJECT as a line and frees it, or a refusal in words when it is too large; false when not
 * COMPLETE, or out of memory. */
bool control_send_answer(struct control_client *, struct json *object, bool complete);
bool control_refuse(struct control_client *, const char *error);
/* The same with a class, for the exit status of who asked. */
bool control_refuse_as(struct control_client *, const struct error *);

/* -- control_task.c: requests that take a while -- */

/* NAMES are copied; none means all hosts.  False: out of memory. */
bool control_task_update(struct control_client *, const char *const *names, size_t count,
                         bool force);
bool control_task_reload(struct control_client *);
/* Answers when it is over; true: answered, the task is gone. */
bool control_task_turn(struct control_client *);
/* Answers a reload; true as above. */
bool control_task_reloaded(struct control_client *, const struct config_errors *);
void control_task_free(struct control_task **);

#endif
