/* The agent of a desktop session: the daemon's events, followed over its control socket, go to
 * notifiers that need a session, through the same bus as in the daemon. */
#ifndef DCDDNS_ENGINE_AGENT_H
#define DCDDNS_ENGINE_AGENT_H

#include "config/config.h"
#include "modules/module.h"

struct agent_options {
    const struct config *config;  /* of config_load_agent() */
    struct module_table *modules; /* its paths are set */
};

/* Runs until SIGTERM, SIGINT or SIGHUP, which end it at once; a daemon that is not there is waited
 * for.  0, or -1 with ERR when it cannot start. */
int agent_run(const struct agent_options *, struct error *);
/* 0: none ran in the session, and now nobody else can start one before *LOCK is closed.  -1: ERR
 * says what is wrong; *RUNS is true when an agent runs already. */
struct os_file;
int agent_lock(struct os_file **lock, bool *runs, struct error *);

#endif
