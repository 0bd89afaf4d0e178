/* IP sources at work: one worker thread an instance, asked once for everybody who wants to know the
 * same: family and terms.  One question at a time; others wait until it is answered.
 * A query that ignores its deadline marks the source stuck: it is never called again and nothing
 * waits for it.  One that ends with DCDDNS_E_BUG is never called again either.  All functions are
 * the engine thread's. */
#ifndef DCDDNS_ENGINE_SOURCE_H
#define DCDDNS_ENGINE_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "dcddns/plugin.h"
#include "modules/instance.h"
#include "net/net.h"

struct source;

/* What holds for a question; answers are shared by those who ask on the same terms. */
struct source_terms {
    bool allow_private;
    char device[64]; /* network device the question is to leave by; "" = any */
};

struct source_answer {  /* valid during the callback */
    const char *source; /* instance name */
    int family;
    struct dcddns_addr addr; /* family 0: none, ERROR says why */
    bool cgnat;              /* none, and the module met a shared address (RFC 6598) */
    int code;                /* DCDDNS_OK, DCDDNS_UNPROVEN or DCDDNS_E_ */
    struct error error;
};
typedef void (*source_done)(void *ctx, const struct source_answer *);

/* The worker starts with the first question.  OUT is called once, with words for people, when the
 * source is not asked any more: it is stuck, or broke a promise of the contract (DCDDNS_E_BUG). */
struct source *source_new(struct net *, struct instance *, int64_t timeout_ms,
                          void (*out)(void *ctx, const char *words), void *ctx);
const char *source_name(const struct source *);
bool source_is_out(const struct source *);
/* Asks for one family.  Everybody who asks on the same terms while that question waits or is on its
 * way, or (unless FRESH) within two seconds of its last answer, gets that answer.  DONE runs from a
 * later net_turn(), exactly once, unless source_free() comes first.  False: out of memory or
 * threads, DONE will not run.  TERMS are copied. */
bool source_ask(struct source *, int family, const struct source_terms *, bool fresh, source_done,
                void *ctx);
/* Cancels what runs and waits at most GRACE_MS for the worker.  False: it did not end; the instance
 * was abandoned and must not be freed by the caller. */
bool source_free(struct source **, int64_t grace_ms);

#endif
