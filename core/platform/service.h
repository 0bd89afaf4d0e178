/* The service of systems whose service manager starts nothing that did not ask it to: Windows.
 * Elsewhere units describe the service, and nothing here exists. */
#ifndef DCDDNS_PLATFORM_SERVICE_H
#define DCDDNS_PLATFORM_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum os_service_state {
    OS_SERVICE_ABSENT, /* not installed */
    OS_SERVICE_STOPPED,
    OS_SERVICE_STARTING,
    OS_SERVICE_RUNNING,
    OS_SERVICE_STOPPING
};
struct os_service {
    enum os_service_state state;
    int64_t pid;        /* 0 when it does not run */
    int exit_status;    /* of its last end, as the program's */
    bool never_started; /* since this computer started */
};

/* Names the service "dcddns", which runs this program with WORDS (NULL-ended) at every start of the
 * machine, under an account of its own, and makes STATE_DIR, which is the service's own, and
 * CONFIG_DIR (NULL: none), which it may read.  What administrators made there is given to it; where
 * anybody else has a part in it, nothing is installed.  What the system refuses beyond the service
 * itself is only logged.  0, or -1 with ERR. */
int os_service_install(const char *const *words, const char *state_dir, const char *config_dir,
                       struct error *err);
/* Stops it first, for at most WITHIN_MS. */
int os_service_uninstall(int64_t within_ms, struct error *err);
/* Waits until it runs.  1: it did already.  -1 with ERR, class ERR_TEMP when it ended at once or
 * takes longer than WITHIN_MS. */
int os_service_start(int64_t within_ms, struct error *err);
/* Waits until it has stopped.  1: it had already. */
int os_service_stop(int64_t within_ms, struct error *err);
int os_service_query(struct os_service *, struct error *err);

/* In the process that the service manager started: RUN(CTX) is the service; READY=1 and STOPPING=1
 * of os_service_notify() are told.  What RUN returned, or -errno: the service manager did not start
 * this process. */
int os_service_run(int (*run)(void *ctx), void *ctx);
/* Standard error goes to the end of STATE_DIR/service.log from now on; one longer than
 * OS_SERVICE_LOG_MAX bytes becomes service.log.1 first.  Where that fails, as somebody has one of
 * the two open, it grows on, and begins anew behind OS_SERVICE_LOG_UNMOVED.  Its length, or -errno.
 */
enum { OS_SERVICE_LOG_MAX = 1 << 20, OS_SERVICE_LOG_UNMOVED = 8 * OS_SERVICE_LOG_MAX };
int64_t os_service_log(const char *state_dir);

#endif
