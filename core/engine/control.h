/* The control socket: programs of this machine ask the daemon, which alone uses the tokens, and
 * follow its events.  A request is one row in control_request.c; dcddns(1), CONTROL SOCKET, has
 * them all.
 *
 * Protocol: JSON lines in UTF-8, every object with "v":1; a client's are at most 4 KiB each.
 *   client  {"v":1,"do":"events"}
 *   daemon  {"v":1,"ok":true,"version":"0.1.0"}           or {"v":1,"ok":false,"error":"..."}
 *           {"v":1,"event":{...}}                          see event_json.h; from now on
 *           {"v":1,"dropped":3,"event":{...}}              three before this one were lost
 * Requests of one connection are answered in their order; some take a while.
 *
 * Who may connect is the socket's mode: its owner, root and its group.  Who may connect may ask for
 * everything.  At most 16 clients; one that waits for nothing makes room for another; one that does
 * not read loses its oldest events beyond 64 and never holds the engine up; one that does not speak
 * the protocol is let go.  Engine thread only. */
#ifndef DCDDNS_ENGINE_CONTROL_H
#define DCDDNS_ENGINE_CONTROL_H

#include "base/error.h"
#include "config/config.h"
#include "engine/engine.h"
#include "engine/event.h"
#include "net/net.h"

enum {
    CONTROL_VERSION = 1,
    CONTROL_LINE_MAX = 4096,
    CONTROL_ANSWER_MAX = 64 * 1024 * 1024, /* a status of ten thousand hosts, all in trouble */
    CONTROL_CLIENTS_MAX = 16,
    CONTROL_QUEUE_MAX = 64
};

struct control;

/* What requests are about; the daemon's, who keeps it up to date. */
struct control_desk {
    unsigned generation;   /* another one for each engine: what was asked of one is asked anew */
    struct engine *engine; /* NULL: none just now */
    const char *state_dir; /* as os_real_path() says; requests for another one are refused */
    int64_t since_wall_ms; /* start of the daemon */
    bool reload;           /* somebody asks for it; see control_reloaded() */
};

/* Where the socket is, in mem_ memory: as configured, else where the service manager says, else
 * /run/dcddns for root and services, else the session's runtime directory, else STATE_DIR.  NULL:
 * none is wanted, or out of memory. */
char *control_path(const struct config *, const char *state_dir);
/* Listens at PATH; root gives the socket to UID and GID.  NULL with ERR. */
struct control *control_open(const char *path, uint32_t uid, uint32_t gid, struct error *err);
/* On which loop it lives; clients stay when it moves.  NULL: on none, before the loop is freed. */
void control_attach(struct control *, struct net *);
/* DESK stays the caller's; without one only events can be asked for. */
void control_serve(struct control *, struct control_desk *);
/* After each turn of the engine: answers the updates that are over. */
void control_turn(struct control *);
/* After a reload: answers those who asked for it.  ERRORS NULL: it went well. */
void control_reloaded(struct control *, const struct config_errors *errors);
/* An events_tap: queues the event for every client that follows. */
void control_tell(void *control, const struct event *);
/* Lets everybody go and removes the socket. */
void control_close(struct control **);

#endif
