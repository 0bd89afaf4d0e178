/* Instances: one configured use of a module with its own options and its own host services.
 * The services are the daemon's side of include/dcddns/plugin.h. */
#ifndef DCDDNS_MODULES_INSTANCE_H
#define DCDDNS_MODULES_INSTANCE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "modules/module.h"
#include "modules/schema.h"
#include "net/net.h"
#include "platform/os.h"

struct instance;

/* What the host services need from outside. */
struct instance_env {
    /* For http(); NULL: that fails with E_BUG.  Must live until every worker has left its call, or
     * for ever; a call that was cancelled before never touches it again. */
    struct net *net;
    /* [any]; NULL: ignored.  Runs between watch() and unwatch() only. */
    void (*hint)(void *ctx, struct instance *);
    void *ctx;
};

/* Creates the instance: options (given or default) are copied, create() is called.  VALUES were
 * checked with schema_check() before.  NULL with ERR_CONFIG (the plugin's own words) otherwise. ENV
 * is copied. */
struct instance *instance_new(const struct module *, const char *name,
                              const struct schema_value *values, size_t count,
                              const struct instance_env *env, struct error *);
/* unwatch(), destroy(), then frees.  No call may be running: an instance that is still in one is
 * left behind, with a warning. */
void instance_free(struct instance **);
/* For an instance whose call never came back: its hints are ignored from now on, and it is never
 * freed, since its thread may still read it. */
void instance_abandon(struct instance *);
const char *instance_name(const struct instance *);
const struct module *instance_module(const struct instance *);

/* One blocking call: deadline on the boot clock and a gate that cancels it from any thread. */
struct dcddns_call *instance_call_new(struct instance *, int64_t deadline_boot_ms);
/* What holds for this call; before it begins.  Without it: no private address, any device.  DEVICE
 * is copied; NULL or "" = any. */
void instance_call_terms(struct dcddns_call *, bool allow_private, const char *device);
void instance_call_cancel(struct dcddns_call *); /* [any] */
void instance_call_free(struct dcddns_call **);

/* The four ways into a plugin.  One at a time per instance: a second one fails at once.  Each
 * clears the failure text, calls, and turns the result into 0 or -1 with ERR (class by DCDDNS_E_,
 * text = what the plugin said).  The first may block. */
int instance_query(struct instance *, struct dcddns_call *, int family, struct dcddns_addr *out,
                   int *code, struct error *); /* CODE: as returned; 0 for UNPROVEN, too */
/* Whether the module, in the query() before, was refused a shared address (CGNAT, RFC 6598).  For
 * the thread that called. */
bool instance_met_cgnat(const struct instance *);
int instance_notify(struct instance *, struct dcddns_call *, const struct dcddns_event *,
                    struct error *);
int instance_consent(struct instance *, struct dcddns_fields *params, struct dcddns_fields *keep,
                     struct error *);
int instance_token(struct instance *, const struct dcddns_fields *keep, struct dcddns_fields *body,
                   struct error *);
/* Optional pair of IP sources; watch() returns false when there is none or it failed (logged). */
bool instance_watch(struct instance *);
void instance_unwatch(struct instance *);

#endif
