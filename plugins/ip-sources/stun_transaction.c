/* One question to one server; see stun_transaction.h. */
#include "stun_transaction.h"

#include <string.h>

/* RTO as section 6.2.1 has it.  READS bounds one turn, so that a flood cannot hold up the clock. */
enum { RTO_MS = 500, READS = 64 };

static void give_up(struct stun_transaction *t)
{
    t->state = STUN_GAVE_UP;
    stun_socket_close(&t->socket);
}

static void send_request(struct stun_transaction *t, uint32_t now)
{
    uint8_t request[STUN_REQUEST_LEN] = { 0 };

    stun_request(t->id, request);
    t->rto = t->rto ? 2 * t->rto : RTO_MS;
    t->next = now + t->rto;
    if (stun_socket_send(t->socket, request, sizeof(request), t->why) == STUN_IO_BROKEN)
        give_up(t);
}

void stun_transaction_begin(struct stun_transaction *t, const uint8_t id[STUN_ID_LEN],
                            const char *device, uint32_t now, uint32_t ends)
{
    memcpy(t->id, id, STUN_ID_LEN);
    t->began = now;
    t->ends = ends;
    t->state = STUN_OPEN;
    t->socket = stun_socket_open(&t->to, t->server->port, device, t->why);
    if (t->socket == STUN_NO_SOCKET)
        t->state = STUN_GAVE_UP;
    else
        send_request(t, now);
}

static void explain_failure(struct stun_transaction *t, const struct stun_answer *answer)
{
    if (answer->error != 0)
        snprintf(t->why, sizeof(t->why), "it answered with error %d", answer->error);
    else if (answer->unknown >= 0)
        snprintf(t->why, sizeof(t->why), "it answered with the unknown attribute 0x%04x",
                 (unsigned)answer->unknown);
    else
        snprintf(t->why, sizeof(t->why), "it answered with an error");
}

static void hear(struct stun_transaction *t, const uint8_t *data, size_t len)
{
    struct stun_answer answer = { 0 };

    stun_judge(data, len, t->id, t->to.family, &answer);
    if (answer.verdict == STUN_SUCCESS) {
        t->addr = answer.addr;
        t->state = STUN_ANSWERED;
        stun_socket_close(&t->socket);
    } else if (answer.verdict == STUN_FAILED) {
        explain_failure(t, &answer);
        give_up(t);
    }
}

/* False: nothing more is there for now. */
static bool receive(struct stun_transaction *t)
{
    uint8_t data[STUN_DATAGRAM_MAX];
    size_t len = 0;

    switch (stun_socket_receive(t->socket, data, sizeof(data), &len, t->why)) {
    case STUN_IO_DONE:
        hear(t, data, len);
        return true;
    case STUN_IO_BROKEN:
        give_up(t);
        return false;
    default:
        return false;
    }
}

void stun_transaction_turn(struct stun_transaction *t, uint32_t now)
{
    for (int i = 0; i < READS && t->state == STUN_OPEN; i++) {
        if (!receive(t))
            break;
    }
    if (t->state != STUN_OPEN)
        return;
    if (now >= t->ends) {
        uint32_t tenths = (t->ends - t->began) / 100;
        snprintf(t->why, sizeof(t->why), "no answer within %u.%u s", (unsigned)(tenths / 10),
                 (unsigned)(tenths % 10));
        give_up(t);
    } else if (now >= t->next) {
        send_request(t, now);
    }
}

void stun_transaction_prolong(struct stun_transaction *t, uint32_t spent, uint32_t latest)
{
    const uint32_t most = latest > t->ends ? latest - t->ends : 0;

    t->ends += spent < most ? spent : most;
}

uint32_t stun_transaction_due(const struct stun_transaction *t)
{
    return t->next < t->ends ? t->next : t->ends;
}

void stun_transaction_close(struct stun_transaction *t)
{
    if (t->state == STUN_OPEN)
        give_up(t);
}
