/* DNS questions on the engine's loop.  dns.c is the only includer of ares.h.
 * Beyond what c-ares checks (ID, question, source) each answer is read here: QR set, opcode 0
 * (c-ares 1.18 accepts a query as its own answer), the records owned by the name that was asked or
 * reached by at most 8 CNAMEs; at most 16 records are used.
 * Two ways: through the resolvers, which may answer from a cache, and one server directly
 * (dns_ask_server()), where the answer says whether that server is an authority for the name. */
#ifndef DCDDNS_NET_DNS_H
#define DCDDNS_NET_DNS_H

#include "base/error.h"
#include "base/text.h"
#include "dcddns/plugin.h"
#include "net/net.h"

enum dns_type { DNS_A, DNS_AAAA, DNS_TXT, DNS_NS };

enum dns_status {
    DNS_OK,       /* at least one record */
    DNS_NXDOMAIN, /* the name does not exist */
    DNS_NODATA,   /* the name exists, no record of that type */
    DNS_TEMP /* SERVFAIL, REFUSED, timeout, malformed, cancelled: says nothing about the name */
};

enum { DNS_RECORDS_MAX = 16, DNS_TXT_MAX = 1024 };

struct dns_answer { /* valid during the callback */
    enum dns_status status;
    struct error error; /* set unless DNS_OK; names the server's rcode */
    size_t count;
    struct dcddns_addr addrs[DNS_RECORDS_MAX]; /* A, AAAA */
    /* TXT: strings of a record joined; NULs refused.  NS: names of servers, lower case */
    const char *txts[DNS_RECORDS_MAX];
    /* Of the message; what follows means nothing unless REPLIED. */
    bool replied;       /* a message came that answers this question, whatever its rcode */
    bool authoritative; /* AA: the server speaks for the zone that the name is in */
    int rcode;          /* RFC 1035, 4.1.1 */
    bool alias;         /* the name has a CNAME; the records are those of its target */
    /* A referral: the zone below which the server sends us elsewhere (RFC 1034, 4.3.2); else "" */
    char cut[FQDN_MAX];
};

typedef void (*dns_done)(void *ctx, const struct dns_answer *);
struct dns_query;

/* One question, CNAMEs followed, given up after 10 s on the wire; at most 32 are there at once.
 * DONE runs exactly once, later, from net_turn(), dns_cancel() or net_free(); NULL: out of memory
 * or closing, it does not run. */
struct dns_query *dns_ask(struct net *, const char *name, enum dns_type, dns_done, void *ctx);
/* Addresses to connect to: literals, then the hosts file, then A and AAAA asked at once (FAMILY 4,
 * 6 or 0 = both), AAAA first.  DNS_OK when at least one family answered; the other is then waited
 * for no longer than 3 s. */
struct dns_query *dns_lookup(struct net *, const char *host, int family, dns_done, void *ctx);
/* Asks the server at SERVER and nobody else, not recursively (RD = 0), on port 53.  As dns_ask()
 * otherwise; NXDOMAIN and NODATA say nothing unless the answer is AUTHORITATIVE.  An address in a
 * special-purpose block is not asked: DNS_TEMP.  With net_options.allow_loopback a server on this
 * machine is, on the port of the first of the resolvers (that of the sandbox). */
struct dns_query *dns_ask_server(struct net *, const struct dcddns_addr *server, const char *name,
                                 enum dns_type, dns_done, void *ctx);
/* DONE runs with DNS_TEMP and ERR_STOP before this returns; inside that DONE it does nothing. */
void dns_cancel(struct net *, struct dns_query *);

/* The servers that are asked when none are configured; how many.  After net_global_init(). */
size_t dns_system_servers(struct dcddns_addr *out, size_t cap);
/* Version of the library, for reports. */
const char *dns_library(void);

/* Answer kept by the caller, for code that may wait. */
struct dns_reply {
    enum dns_status status;
    struct error error;
    size_t count;
    struct dcddns_addr addrs[DNS_RECORDS_MAX];
    char txts[DNS_RECORDS_MAX][DNS_TXT_MAX];
};
void dns_await(struct net *, const char *name, enum dns_type, struct dns_reply *);

#endif
