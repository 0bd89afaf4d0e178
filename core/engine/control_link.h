/* The other end of the control socket: one connection to a daemon, lines in.  On the loop of its
 * net; knows nothing of what is asked. */
#ifndef DCDDNS_ENGINE_CONTROL_LINK_H
#define DCDDNS_ENGINE_CONTROL_LINK_H

#include "base/buf.h"
#include "base/error.h"
#include "net/net.h"

struct control_link_calls {
    /* One line without its end.  False, with ERR: what speaks there is no daemon. */
    bool (*line)(void *ctx, const char *text, size_t len, struct error *);
    /* Nothing comes any more; the callee closes the link. */
    void (*lost)(void *ctx, const struct error *);
};

struct control_link {
    struct net *net;
    int fd; /* -1: closed */
    struct net_watch *watch;
    struct buf in;
    size_t searched; /* of IN: no line ends there; lines may have megabytes */
    const struct control_link_calls *calls;
    void *ctx;
};

/* Connects to the socket at PATH and sends REQUEST, a whole line.  LINE_MAX: of the daemon's lines,
 * in bytes.  -1 with ERR: ERR_TEMP when nobody listens there, ERR_PERM when we may not, ERR_LOCAL
 * when somebody listens and does not take the request. */
int control_link_open(struct control_link *, struct net *, const char *path, const char *request,
                      size_t line_max, struct error *err);
/* May be called in its callbacks. */
void control_link_close(struct control_link *);

#endif
