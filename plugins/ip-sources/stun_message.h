/* STUN binding messages (RFC 8489): a request to send, and what a datagram that came back is worth.
 * Pure: must not know sockets, time or who is asked. */
#ifndef DCDDNS_PLUGINS_STUN_MESSAGE_H
#define DCDDNS_PLUGINS_STUN_MESSAGE_H

#include "dcddns/plugin.h"

/* A datagram of STUN_DATAGRAM_MAX bytes or more is none of ours: servers stay below the MTU
 * (section 6.1), and their answers have some hundred bytes. */
enum { STUN_ID_LEN = 12, STUN_REQUEST_LEN = 20, STUN_DATAGRAM_MAX = 1500 };

enum stun_verdict {
    STUN_DISCARDED, /* as if it had never come (section 6.3): keep waiting */
    STUN_SUCCESS,
    STUN_FAILED /* the transaction is over, without an address */
};

struct stun_answer {
    enum stun_verdict verdict;
    struct dcddns_addr addr; /* STUN_SUCCESS */
    int error;               /* STUN_FAILED: 300 to 699 (section 14.8), 0 when it was not told */
    int unknown; /* STUN_FAILED: type of an attribute we would have to understand, or -1 */
};

/* A binding request without attributes (sections 5 and 6.1); ID is random, fresh for each. */
void stun_request(const uint8_t id[STUN_ID_LEN], uint8_t out[STUN_REQUEST_LEN]);

/* Judges LEN bytes that came on a socket of FAMILY (4 or 6) in the transaction ID (section 6.3). */
void stun_judge(const uint8_t *data, size_t len, const uint8_t id[STUN_ID_LEN], int family,
                struct stun_answer *out);

#endif
