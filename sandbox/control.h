/*
 * The control socket: its server. Knows nothing of what the commands do.
 *
 * One request per connection: the words of the command, each with a NUL after it, then end of
 * file. The answer: one byte exit status, then text for standard output (0) or error (else).
 */
#ifndef SANDBOX_CONTROL_H
#define SANDBOX_CONTROL_H

#include "sandbox.h"

#include <sys/un.h>

#define CONTROL_REQUEST_MAX (1024u * 1024)
#define CONTROL_WORDS       68

struct control_server {
    struct sandbox *s;
    int listener;
    int held; /* the connection that asked to stop; closed last, so its client sees the end */
};

/* Make the socket (0600). Returns its descriptor, or -1 with errno set. */
int control_listen(const char *path);

/* The address of a socket path. False: the path is too long. */
bool control_address(struct sockaddr_un *address, const char *path);

/* Serve until sandbox_stop; a pthread start routine with a struct control_server. */
void *control_server_run(void *server);

#endif
