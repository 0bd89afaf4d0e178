/* One question to one server, over its own socket: sent again until it is answered or its time is
 * over (RFC 8489, section 6.2.1).  Time is the query's own clock, in milliseconds.  Must not know
 * that others are asked as well. */
#ifndef DCDDNS_PLUGINS_STUN_TRANSACTION_H
#define DCDDNS_PLUGINS_STUN_TRANSACTION_H

#include "stun_message.h"
#include "stun_server.h"
#include "stun_socket.h"

enum stun_state { STUN_OPEN = 1, STUN_ANSWERED, STUN_GAVE_UP };

struct stun_transaction {
    const struct stun_server *server;
    enum stun_state state;
    struct dcddns_addr to;
    uintptr_t socket; /* while STUN_OPEN */
    uint8_t id[STUN_ID_LEN];
    uint32_t began, next, rto, ends; /* ms; NEXT: when it is sent again */
    struct dcddns_addr addr;         /* STUN_ANSWERED: what it said */
    char why[STUN_WHY_MAX];          /* STUN_GAVE_UP */
};

/* Sends for the first time; .server and .to are set, the rest is zero.  When it cannot, the state
 * says so. */
void stun_transaction_begin(struct stun_transaction *, const uint8_t id[STUN_ID_LEN],
                            const char *device, uint32_t now, uint32_t ends);
/* Reads what came, sends again what is due; may end it. */
void stun_transaction_turn(struct stun_transaction *, uint32_t now);
/* SPENT ms in which it could have no turn do not count, as far as LATEST. */
void stun_transaction_prolong(struct stun_transaction *, uint32_t spent, uint32_t latest);
/* When it wants its next turn at the latest. */
uint32_t stun_transaction_due(const struct stun_transaction *);
/* Closes the socket; the rest can still be read. */
void stun_transaction_close(struct stun_transaction *);

#endif
