/* What the files behind instance.h share: an instance, a call, and the host services by file.
 * Private to core/modules/. */
#ifndef DCDDNS_MODULES_INSIDE_H
#define DCDDNS_MODULES_INSIDE_H

#include "base/format.h"
#include "modules/instance.h"
#include "modules/options.h"

struct instance {
    struct dcddns_host host; /* what the plugin sees; .priv leads back here */
    const struct module *module;
    char *name;
    struct options options;
    struct instance_env env;
    void *self;
    atomic_bool busy;      /* a thread is inside the plugin */
    atomic_bool listening; /* between watch() and unwatch(): hints are passed on */

    /* The rest belongs to the thread that is inside. */
    struct instance *outer; /* instance this thread was in before, or NULL */
    struct dcddns_call *call;
    struct dcddns_fields *writable[2];    /* fields the plugin was lent */
    const struct dcddns_fields *readable; /* and the one it may only read */
    char why[ERROR_TEXT_MAX];             /* text of fail(), escaped; "" = none */
    bool met_cgnat;                       /* query() was refused a shared address (RFC 6598) */
};

struct mailbox; /* where an answer, or a cancel, wakes the worker; see mailbox.h */

struct dcddns_call {
    struct instance *instance;
    int64_t deadline; /* boot clock, ms */
    struct os_gate *gate;
    struct mailbox *mailbox;
    bool allow_private;
    char device[64]; /* "" = any */
};

/* The instance whose plugin this thread is running, or NULL. */
struct instance *instance_here(void);
/* Puts words into the failure slot of the instance; foreign text is escaped by the caller. */
void instance_say(struct instance *, const char *format, ...) FORMAT_CHECKED(2, 3);

/* services.c: fills INSTANCE->host. */
void services_init(struct instance *);

/* call.c */
/* CALL is the one that this thread's plugin was handed; anything else is garbage. */
bool call_is_current(const struct dcddns_call *);
uint32_t call_remaining_ms(const struct dcddns_call *);
int call_wait(struct dcddns_call *, uintptr_t socket, int events, uint32_t timeout_ms);

/* call.c, too: the services of the same names */
const char *call_device(const struct dcddns_call *);
const char *call_refuses(const struct dcddns_call *, const struct dcddns_addr *);

/* resolve.c */
int call_resolve(struct dcddns_call *, const char *name, int family, uint32_t timeout_ms,
                 struct dcddns_addr *out, size_t cap);
/* program.c */
int call_run(struct dcddns_call *, const struct dcddns_run *, char *output, size_t cap,
             size_t *len);
/* fetch.c */
int call_http(struct dcddns_call *, const struct dcddns_http *, char *body, size_t cap,
              size_t *len);

/* mailbox.c */
struct mailbox *mailbox_new(void);
void mailbox_close(struct mailbox *);   /* wakes the worker; [any] while the call lives */
void mailbox_release(struct mailbox *); /* accepts NULL */

#endif
