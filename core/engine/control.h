/* The control socket: programs of this machine follow the daemon's events.  Later ones ask for
 * status and checks; a request is one row in control_request.c.
 *
 * Protocol: JSON lines in UTF-8, every object with "v":1; a client's are at most 4 KiB each.
 *   client  {"v":1,"do":"events"}
 *   daemon  {"v":1,"ok":true,"version":"0.1.0"}           or {"v":1,"ok":false,"error":"..."}
 *           {"v":1,"event":{...}}                          see event_json.h; from now on
 *           {"v":1,"dropped":3,"event":{...}}              three before this one were lost
 *
 * Who may connect is the socket's mode: its owner, root and its group.  At most 16 clients, one
 * that has asked nothing makes room for another; one that does not read loses its oldest events
 * beyond 64 and never holds the engine up; one that does not speak the protocol is let go.  Engine
 * thread only. */
#ifndef DCDDNS_ENGINE_CONTROL_H
#define DCDDNS_ENGINE_CONTROL_H

#include "base/error.h"
#include "config/config.h"
#include "engine/event.h"
#include "net/net.h"

enum { CONTROL_LINE_MAX = 4096, CONTROL_CLIENTS_MAX = 16, CONTROL_QUEUE_MAX = 64 };

struct control;

/* Where the socket is, in mem_ memory: as configured, else where the service manager says, else
 * /run/dcddns for root and services, else the session's runtime directory, else STATE_DIR.  NULL:
 * none is wanted, or out of memory. */
char *control_path(const struct config *, const char *state_dir);
/* Listens at PATH; root gives the socket to UID and GID.  NULL with ERR. */
struct control *control_open(const char *path, uint32_t uid, uint32_t gid, struct error *err);
/* On which loop it lives; clients stay when it moves.  NULL: on none, before the loop is freed. */
void control_attach(struct control *, struct net *);
/* An events_tap: queues the event for every client that follows. */
void control_tell(void *control, const struct event *);
/* Lets everybody go and removes the socket. */
void control_close(struct control **);

#endif
