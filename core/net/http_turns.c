/* Lines of requests, one for each host and port.  Must not know what a request is, nor time. */
#include "net/http_turns.h"

#include <string.h>

#include "base/mem.h"

struct http_lane {
    struct http_lane *next;
    char *host;
    uint16_t port;
    struct http_turn *oldest, *newest; /* those that wait */
    size_t running;
};

static struct http_lane *lane_for(struct http_turns *turns, const char *host, uint16_t port)
{
    struct http_lane **at = &turns->first;
    while (*at && ((*at)->port != port || strcmp((*at)->host, host) != 0))
        at = &(*at)->next;
    if (*at)
        return *at;
    struct http_lane *lane = mem_new(1, sizeof(*lane));
    if (!lane)
        return NULL;
    lane->host = mem_strdup(host);
    lane->port = port;
    if (!lane->host) {
        mem_free(lane);
        return NULL;
    }
    *at = lane;
    return lane;
}

/* Out of the list; it stays as it is. */
static void take_out(struct http_turns *turns, const struct http_lane *lane)
{
    struct http_lane **at = &turns->first;
    while (*at != lane)
        at = &(*at)->next;
    *at = lane->next;
}

static void unlink_turn(struct http_lane *lane, struct http_turn *turn)
{
    *(turn->prev ? &turn->prev->next : &lane->oldest) = turn->next;
    *(turn->next ? &turn->next->prev : &lane->newest) = turn->prev;
    turn->prev = turn->next = NULL;
}

bool http_turns_wait(struct http_turns *turns, struct http_turn *turn, const char *host,
                     uint16_t port)
{
    struct http_lane *lane = lane_for(turns, host, port);
    if (!lane)
        return false;
    turn->lane = lane;
    turn->next = NULL;
    turn->prev = lane->newest;
    *(lane->newest ? &lane->newest->next : &lane->oldest) = turn;
    lane->newest = turn;
    return true;
}

/* The lane goes to the end, so that the others come before it next time. */
static void step_back(struct http_turns *turns, struct http_lane *lane)
{
    struct http_lane **end = &turns->first;
    take_out(turns, lane);
    while (*end)
        end = &(*end)->next;
    lane->next = NULL;
    *end = lane;
}

struct http_turn *http_turns_next(struct http_turns *turns)
{
    if (turns->running >= HTTP_RUNNING_MAX)
        return NULL;
    for (struct http_lane *lane = turns->first; lane; lane = lane->next) {
        struct http_turn *turn = lane->oldest;
        if (!turn || lane->running >= HTTP_RUNNING_HOST_MAX)
            continue;
        unlink_turn(lane, turn);
        turn->runs = true;
        lane->running++;
        turns->running++;
        step_back(turns, lane);
        return turn;
    }
    return NULL;
}

void http_turns_leave(struct http_turns *turns, struct http_turn *turn)
{
    struct http_lane *lane = turn->lane;
    if (!lane)
        return;
    if (turn->runs) {
        lane->running--;
        turns->running--;
    } else {
        unlink_turn(lane, turn);
    }
    turn->runs = false;
    turn->lane = NULL;
    if (lane->running > 0 || lane->oldest)
        return;
    take_out(turns, lane);
    mem_free(lane->host);
    mem_free(lane);
}
