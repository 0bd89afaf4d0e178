/* IP sources at work: one worker thread an instance, asked once for everybody who wants to know.
 * A query that ignores its deadline marks the source stuck: it is never called again and nothing
 * waits for it.  All functions are the engine thread's. */
#ifndef DCDDNS_ENGINE_SOURCE_H
#define DCDDNS_ENGINE_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "dcddns/plugin.h"
#include "modules/instance.h"
#include "net/net.h"

struct source;

struct source_answer {  /* valid during the callback */
    const char *source; /* instance name */
    int family;
    struct dcddns_addr addr; /* family 0: none, ERROR says why */
    int code;                /* DCDDNS_OK or DCDDNS_E_ */
    struct error error;
};
typedef void (*source_done)(void *ctx, const struct source_answer *);

/* The worker starts with the first question.  STUCK is called once when the source gets stuck. */
struct source *source_new(struct net *, struct instance *, int64_t timeout_ms,
                          void (*stuck)(void *ctx, const char *name), void *ctx);
const char *source_name(const struct source *);
bool source_is_stuck(const struct source *);
/* Asks for one family.  Everybody who asks while a question is on its way, or (unless FRESH) within
 * two seconds of the last answer, gets that answer.  DONE runs from a later net_turn(), exactly
 * once, unless source_free() comes first. */
bool source_ask(struct source *, int family, bool fresh, source_done, void *ctx);
/* Cancels what runs and waits at most GRACE_MS for the worker.  False: it did not end; the instance
 * was abandoned and must not be freed by the caller. */
bool source_free(struct source **, int64_t grace_ms);

#endif
