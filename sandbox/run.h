/*
 * The `run` subcommand: life of a sandbox from its folder to its end.
 */
#ifndef SANDBOX_RUN_H
#define SANDBOX_RUN_H

#include <stdint.h>

struct run_args {
    const char *dir;  /* NULL: a new one */
    const char *zone; /* normalised, not in the sandbox's own zones */
    uint16_t dns_port;
    uint16_t https_port;
    uint16_t stun_port;
};

/* Run until SIGTERM, SIGINT or `ctl stop`. Returns the exit status: 0, or 1 with a message. */
int run_sandbox(const struct run_args *args);

#endif
