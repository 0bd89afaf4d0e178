/* c-ares behind a small header: one question on the wire.  dns.c implements it and is the only
 * includer of ares.h. */
#ifndef DCDDNS_NET_DNS_WIRE_H
#define DCDDNS_NET_DNS_WIRE_H

#include "net/dns.h"
#include "net/internal.h"

enum { DNS_WIRE_RUNNING = 32, DNS_WIRE_FDS = 16 * DNS_WIRE_RUNNING };

enum dns_phase { DNS_IDLE, DNS_WAITING, DNS_RUNNING };

/* A zeroed struct is idle.  Each question has its own c-ares channel: its own source port (RFC
 * 5452), the resolv.conf of its day, and an end that touches no other question. */
struct dns_question {
    struct dns_question *prev, *next;
    struct ares_channeldata *channel;
    const char *name; /* the owner's */
    /* Asked alone, without recursion: "addr:port" or "[v6]:port", the owner's; NULL = resolvers */
    const char *server;
    enum dns_type type;
    enum dns_phase phase;
    bool answered;            /* ANSWER is set; the channel still lives */
    struct dns_answer answer; /* texts are in SPACE */
    char *space;
    int rcode; /* last one seen in a header, -1 = none: c-ares keeps SERVFAIL to itself */
    size_t fds, fd_count; /* its part of the last wait */
    /* It went on the wire, or was answered.  May run inside c-ares: only arms timers. */
    void (*event)(void *ctx);
    void *ctx;
};

struct dns_wire;
int dns_wire_global_init(struct error *);
void dns_wire_global_cleanup(void);
/* SERVERS: "addr:port" and "[v6]:port", NULL-ended; NULL = the system's. */
struct dns_wire *dns_wire_new(const char *const *servers, struct error *);
void dns_wire_free(struct dns_wire **);

/* Starts, or waits its turn: at most DNS_WIRE_RUNNING run at once. */
void dns_wire_start(struct dns_wire *, struct dns_question *);
/* Takes it off the wire, frees what it holds; the question is idle again. */
void dns_wire_stop(struct dns_wire *, struct dns_question *);
/* Addresses of HOST in the hosts file. */
size_t dns_wire_hosts(struct dns_wire *, const char *host, int family,
                      struct dcddns_addr addrs[DNS_RECORDS_MAX]);

/* Fills at most DNS_WIRE_FDS entries; returns how many. */
size_t dns_wire_fds(struct dns_wire *, struct net_fd *);
/* Until something must be sent again or given up, in ms; -1 = nothing is under way. */
int64_t dns_wire_timeout(const struct dns_wire *);
void dns_wire_turn(struct dns_wire *, const struct net_fd *);

#endif
