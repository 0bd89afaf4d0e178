/* What a zone's own name servers say about a host: their names from the resolver, their addresses
 * likewise, then each of them directly and not recursively.  Only answers with authority (AA)
 * count, so that neither a cache nor a resolver in between (port 53 redirected) can pass for the
 * zone.  Knows nothing of what should be published, nor when to ask. */
#ifndef DCDDNS_ENGINE_AUTHORITY_H
#define DCDDNS_ENGINE_AUTHORITY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/text.h"
#include "dcddns/plugin.h"
#include "net/net.h"

enum { AUTHORITY_SERVERS_MAX = 8, AUTHORITY_ADDRS_MAX = 4 };

enum authority_kind {
    AUTHORITY_NONE,     /* no answer, or one without authority: TEXT says why */
    AUTHORITY_RECORDS,  /* COUNT addresses; 0: it says that there are none */
    AUTHORITY_ALIAS,    /* a CNAME stands at the name */
    AUTHORITY_DELEGATED /* the name belongs to another zone, whose name is TEXT */
};

struct authority_answer { /* of one server for one family */
    bool asked;
    enum authority_kind kind;
    size_t count; /* may be more than there is room for */
    struct dcddns_addr addrs[AUTHORITY_ADDRS_MAX];
    char text[ERROR_TEXT_MAX];
};

struct authority_server {
    char name[FQDN_MAX];
    struct dcddns_addr addr; /* asked; family 0: its address is not known */
    struct authority_answer v4, v6;
};

struct authority_result {
    size_t known; /* servers that the zone has; those asked are COUNT of them */
    size_t count;
    struct authority_server servers[AUTHORITY_SERVERS_MAX];
    struct error error; /* why COUNT is 0 */
};

struct authority_question {
    const char *zone, *fqdn; /* lower case, without final dot; copied */
    bool want4, want6;
    size_t servers; /* at most so many, chosen at random; 1..AUTHORITY_SERVERS_MAX */
};

struct authority;
/* The result is valid during the call, in which nothing may be cancelled or asked. */
typedef void (*authority_done)(void *ctx, const struct authority_result *);
/* DONE runs exactly once, from a later net_turn(), within 12 s.  NULL: out of memory or closing, it
 * does not run. */
struct authority *authority_ask(struct net *, const struct authority_question *, authority_done,
                                void *ctx);
/* DONE does not run.  Accepts NULL. */
void authority_cancel(struct authority **);
/* The same for code that may wait.  -1 (ERR_LOCAL): out of memory. */
int authority_await(struct net *, const struct authority_question *, struct authority_result *,
                    struct error *);

#endif
