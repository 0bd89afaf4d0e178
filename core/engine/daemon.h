/* The daemon: one per state directory, driven by its schedule and by signals. */
#ifndef DCDDNS_ENGINE_DAEMON_H
#define DCDDNS_ENGINE_DAEMON_H

#include "engine/runtime.h"

/* Runs until SIGTERM or SIGINT; SIGHUP reloads all or nothing, SIGUSR1 checks now.  RT was loaded.
 * 0, or -1 with ERR when it cannot start. */
int daemon_run(struct runtime *, struct error *);
/* Process id of the daemon that owns STATE_DIR, or 0 when none runs. */
int64_t daemon_pid(const char *state_dir);
/* None runs on STATE_DIR, and the last one was killed or crashed. */
bool daemon_died(const char *state_dir);
/* Asks it to read its configuration again: 0, -ESRCH when none runs, or another -errno.  *PID as
 * above. */
int daemon_tell(const char *state_dir, int64_t *pid);

#endif
