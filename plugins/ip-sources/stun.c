/* STUN: asks public servers over UDP which address they saw, and believes what two of them say:
 * nobody signs these answers.  Must not know messages or sockets (the other files stun_*). */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "dcddns/plugin.h"
#include "shared/addr_words.h"
#include "stun_transaction.h"

/* AGREE voices settle the matter; when they differ, one more may decide.  While two sockets are
 * open they are waited on in turns of SLICE_MS.  What was heard is told before the call's deadline,
 * by up to MARGIN_MS.  A name that was not found comes last for the next REST questions. */
enum { AGREE = 2, VOICES_MAX = 3, SLICE_MS = 100, MARGIN_MS = 200, ADDRS_MAX = 8, REST = 20 };
enum { TIMEOUT_MIN_S = 1, TIMEOUT_MAX_S = 30, LINE_MAX_BYTES = 480 };

struct stun {
    const struct dcddns_host *host;
    struct stun_servers servers;
    uint32_t timeout_ms; /* for one server */
};

/* One query. */
struct hearing {
    struct stun *stun;
    struct dcddns_call *call;
    int family;
    uint32_t began, over;            /* what was left at the start, and the time to end it, ms */
    uint8_t order[STUN_SERVERS_MAX]; /* indices of servers, shuffled, then sorted */
    size_t next;                     /* in ORDER */
    size_t unresolved, without;      /* servers whose name told no address; have none of FAMILY */
    struct stun_transaction asked[STUN_SERVERS_MAX];
    size_t count;
    size_t waited; /* whose socket was waited on last */
};

static bool same(const struct dcddns_addr *a, const struct dcddns_addr *b)
{
    return a->family == b->family && memcmp(a->ip, b->ip, a->family == 4 ? 4 : 16) == 0;
}

/* -- configuration ---------------------------------------------------------------------------- */

/* The daemon has checked that it is a duration; here it is counted, longer ones become too long. */
static uint32_t read_seconds(const char *text)
{
    uint32_t value = 0;
    for (; *text >= '0' && *text <= '9'; text++)
        value = value > TIMEOUT_MAX_S ? value : value * 10 + (uint32_t)(*text - '0');
    text += strspn(text, " \t");
    if (*text == '\0' || *text == 's')
        return value;
    return value == 0 ? 0 : TIMEOUT_MAX_S + 1;
}

static void stun_destroy(void *self)
{
    struct stun *stun = self;

    stun_servers_free(&stun->servers);
    free(stun);
}

static int stun_create(const struct dcddns_host *host, void **self)
{
    struct stun *stun = calloc(1, sizeof(*stun));

    if (!stun)
        return DCDDNS_E_NOMEM;
    stun->host = host;
    uint32_t seconds = read_seconds(host->option(host, "timeout"));
    stun->timeout_ms = seconds * 1000;
    int code = stun_servers_read(host, host->option(host, "servers"), &stun->servers);
    if (code == DCDDNS_OK && (seconds < TIMEOUT_MIN_S || seconds > TIMEOUT_MAX_S))
        code = host->fail(host, DCDDNS_E_CONFIG, "timeout: give 1 s to 30 s");
    if (code != DCDDNS_OK) {
        stun_destroy(stun);
        return code;
    }
    *self = stun;
    return DCDDNS_OK;
}

/* -- what was heard --------------------------------------------------------------------------- */

static size_t count_of(const struct hearing *hearing, enum stun_state state)
{
    size_t count = 0;
    for (size_t i = 0; i < hearing->count; i++)
        count += hearing->asked[i].state == state;
    return count;
}

/* How many servers say the same as T, itself included. */
static size_t voices_for(const struct hearing *hearing, const struct stun_transaction *t)
{
    size_t count = 0;
    for (size_t i = 0; i < hearing->count; i++) {
        const struct stun_transaction *other = &hearing->asked[i];
        count += other->state == STUN_ANSWERED && same(&other->addr, &t->addr);
    }
    return count;
}

/* The first answer that COUNT servers gave, or NULL. */
static const struct stun_transaction *answer_of(const struct hearing *hearing, size_t count)
{
    for (size_t i = 0; i < hearing->count; i++) {
        const struct stun_transaction *t = &hearing->asked[i];
        if (t->state == STUN_ANSWERED && voices_for(hearing, t) >= count)
            return t;
    }
    return NULL;
}

/* "a.example says 192.0.2.1, b.example (no answer within 3.0 s)" of those in STATE. */
static void list(const struct hearing *hearing, enum stun_state state, char *out, size_t cap)
{
    char text[ADDR_WORDS_SIZE] = "";
    size_t used = strlen(out);
    const char *comma = "";

    for (size_t i = 0; i < hearing->count && used < cap; i++) {
        const struct stun_transaction *t = &hearing->asked[i];
        int added = 0;
        if (t->state != state)
            continue;
        if (state == STUN_ANSWERED)
            added = snprintf(out + used, cap - used, "%s%.80s says %s", comma, t->server->text,
                             addr_words(&t->addr, text));
        else
            added =
                snprintf(out + used, cap - used, "%s%.80s (%s)", comma, t->server->text, t->why);
        used += added > 0 ? (size_t)added : 0;
        comma = ", ";
    }
}

static int no_answer(const struct hearing *hearing)
{
    const struct dcddns_host *host = hearing->stun->host;
    char line[LINE_MAX_BYTES] = "no STUN server answered: ";

    if (hearing->count == 0 && hearing->without > 0) {
        snprintf(line, sizeof(line), "no server has an IPv%d address: nobody to ask",
                 hearing->family);
        return host->fail(host, DCDDNS_E_NOADDR, line);
    }
    if (hearing->count > 0 && hearing->unresolved == hearing->count)
        return DCDDNS_E_TEMP; /* it is DNS; resolve() left the reason */
    list(hearing, STUN_GAVE_UP, line, sizeof(line));
    return host->fail(host, DCDDNS_E_TEMP, line);
}

static int conclude(const struct hearing *hearing, struct dcddns_addr *out)
{
    const struct dcddns_host *host = hearing->stun->host;
    const struct stun_transaction *settled = answer_of(hearing, AGREE);
    const size_t voices = count_of(hearing, STUN_ANSWERED);
    char line[LINE_MAX_BYTES] = "servers disagree: ";

    if (voices == 0)
        return no_answer(hearing);
    list(hearing, STUN_ANSWERED, line, sizeof(line));
    if (settled && voices > AGREE)
        host->log(host, DCDDNS_LOG_DEBUG, line);
    if (!settled && voices > 1)
        return host->fail(host, DCDDNS_E_TEMP, line);
    if (settled) {
        *out = settled->addr;
        return DCDDNS_OK;
    }
    snprintf(line, sizeof(line), "only one server answered: ");
    list(hearing, STUN_ANSWERED, line, sizeof(line));
    host->log(host, DCDDNS_LOG_DEBUG, line);
    *out = answer_of(hearing, 1)->addr;
    return DCDDNS_UNPROVEN;
}

/* -- asking ----------------------------------------------------------------------------------- */

static uint32_t now_ms(const struct hearing *hearing)
{
    uint32_t left = hearing->stun->host->remaining_ms(hearing->call);
    return left < hearing->began ? hearing->began - left : 0;
}

/* How many more servers are to be asked, seen what was heard and who may answer yet. */
static size_t missing(const struct hearing *hearing)
{
    const size_t voices = count_of(hearing, STUN_ANSWERED), open = count_of(hearing, STUN_OPEN);
    const size_t wanted = voices < AGREE ? AGREE : VOICES_MAX;

    if (hearing->next == hearing->stun->servers.count || now_ms(hearing) >= hearing->over)
        return 0;
    return voices + open < wanted ? wanted - voices - open : 0;
}

/* Several names may lead to one server; it has one voice. */
static bool is_asked(const struct hearing *hearing, const struct dcddns_addr *addr, uint16_t port)
{
    for (size_t i = 0; i < hearing->count; i++) {
        const struct stun_transaction *t = &hearing->asked[i];
        if (same(&t->to, addr) && t->server->port == port)
            return true;
    }
    return false;
}

static int begin(struct hearing *hearing, struct stun_transaction *t)
{
    const struct dcddns_host *host = hearing->stun->host;
    const uint32_t now = now_ms(hearing);
    uint32_t ends = now + hearing->stun->timeout_ms;
    uint8_t id[STUN_ID_LEN] = { 0 };

    if (host->random(id, sizeof(id)) != DCDDNS_OK)
        return host->fail(host, DCDDNS_E_TEMP, "no random numbers are to be had; try again later");
    if (ends > hearing->over)
        ends = hearing->over > now ? hearing->over : now;
    stun_transaction_begin(t, id, host->device(hearing->call), now, ends);
    return DCDDNS_OK;
}

/* resolve() for SERVER.  The others have no turn meanwhile and are not to lose by it. */
static int look_up(struct hearing *hearing, struct stun_server *server,
                   struct dcddns_addr addrs[ADDRS_MAX])
{
    const struct dcddns_host *host = hearing->stun->host;
    const uint32_t since = now_ms(hearing);
    int found = host->resolve(hearing->call, server->host, hearing->family,
                              hearing->stun->timeout_ms, addrs, ADDRS_MAX);
    const uint32_t spent = now_ms(hearing) - since;

    if (!server->literal)
        server->rest = found < 0 ? REST : 0;
    for (size_t i = 0; i < hearing->count; i++)
        stun_transaction_prolong(&hearing->asked[i], spent, hearing->over);
    return found;
}

static int begin_next(struct hearing *hearing)
{
    struct stun *stun = hearing->stun;
    struct stun_server *server = &stun->servers.list[hearing->order[hearing->next++]];
    struct stun_transaction *t = &hearing->asked[hearing->count];
    struct dcddns_addr addrs[ADDRS_MAX] = { { 0 } };
    int at = 0, found = look_up(hearing, server, addrs);

    if (found < 0 && found != DCDDNS_E_TEMP)
        return found;
    *t = (struct stun_transaction){ .server = server, .state = STUN_GAVE_UP };
    if (found < 0) {
        snprintf(t->why, sizeof(t->why), "no address in DNS");
        hearing->unresolved++;
        hearing->count++;
        return DCDDNS_OK;
    }
    while (at < found && is_asked(hearing, &addrs[at], server->port))
        at++;
    if (at == found) {
        hearing->without += found == 0;
        dcddns_logf(stun->host, DCDDNS_LOG_DEBUG, "%.80s is passed over: %s", server->text,
                    found == 0 ? "it has no address of the family" : "it is asked already");
        return DCDDNS_OK;
    }
    t->to = addrs[at];
    hearing->count++;
    return begin(hearing, t);
}

/* The one to wait on: the next after the last that is open. */
static const struct stun_transaction *choose(struct hearing *hearing)
{
    do
        hearing->waited = (hearing->waited + 1) % hearing->count;
    while (hearing->asked[hearing->waited].state != STUN_OPEN);
    return &hearing->asked[hearing->waited];
}

/* Gives every open transaction its turn. */
static void give_turns(struct hearing *hearing)
{
    const uint32_t now = now_ms(hearing);

    for (size_t i = 0; i < hearing->count; i++) {
        if (hearing->asked[i].state == STUN_OPEN)
            stun_transaction_turn(&hearing->asked[i], now);
    }
}

/* Until one of those that are open may want a turn. */
static int wait_for_turn(struct hearing *hearing)
{
    const struct dcddns_host *host = hearing->stun->host;
    const uint32_t now = now_ms(hearing);
    uint32_t due = count_of(hearing, STUN_OPEN) > 1 ? now + SLICE_MS : UINT32_MAX;

    for (size_t i = 0; i < hearing->count; i++) {
        const struct stun_transaction *t = &hearing->asked[i];
        if (t->state == STUN_OPEN && stun_transaction_due(t) < due)
            due = stun_transaction_due(t);
    }
    const uint32_t most = due > now ? due - now : 0;
    int ready = host->wait(hearing->call, choose(hearing)->socket, DCDDNS_READ, most);
    return ready < 0 ? ready : DCDDNS_OK;
}

/* So that the load spreads, and nobody knows beforehand whom we ask. */
static int shuffle(struct hearing *hearing)
{
    const struct dcddns_host *host = hearing->stun->host;
    struct stun_servers *servers = &hearing->stun->servers;
    uint8_t dice[STUN_SERVERS_MAX] = { 0 };

    if (host->random(dice, sizeof(dice)) != DCDDNS_OK)
        return host->fail(host, DCDDNS_E_TEMP, "no random numbers are to be had; try again later");
    for (size_t i = 0; i < servers->count; i++) {
        size_t with = dice[i] % (i + 1);
        hearing->order[i] = hearing->order[with];
        hearing->order[with] = (uint8_t)i;
    }
    stun_servers_sort(servers, hearing->order);
    for (size_t i = 0; i < servers->count; i++) {
        if (servers->list[i].rest > 0)
            servers->list[i].rest--;
    }
    return DCDDNS_OK;
}

static int ask(struct hearing *hearing)
{
    int code = shuffle(hearing);

    while (code == DCDDNS_OK) {
        if (missing(hearing) > 0)
            code = begin_next(hearing);
        else if (count_of(hearing, STUN_OPEN) > 0)
            code = wait_for_turn(hearing);
        else
            break;
        give_turns(hearing); /* also when the time is up: what came is heard */
        if (answer_of(hearing, AGREE))
            return DCDDNS_OK;
    }
    /* The end of the time, or a cancel, takes nothing from what was heard; silence until then is
     * not the servers' fault. */
    if (code == DCDDNS_OK && hearing->stun->host->remaining_ms(hearing->call) == 0)
        code = DCDDNS_E_STOP;
    return code == DCDDNS_E_STOP && count_of(hearing, STUN_ANSWERED) > 0 ? DCDDNS_OK : code;
}

static int stun_query(void *self, struct dcddns_call *call, int family, struct dcddns_addr *out)
{
    struct stun *stun = self;
    struct hearing hearing = { .stun = stun, .call = call, .family = family };

    hearing.began = stun->host->remaining_ms(call);
    hearing.over =
        hearing.began - (hearing.began / 10 < MARGIN_MS ? hearing.began / 10 : MARGIN_MS);
    int code = ask(&hearing);
    for (size_t i = 0; i < hearing.count; i++)
        stun_transaction_close(&hearing.asked[i]);
    return code == DCDDNS_OK ? conclude(&hearing, out) : code;
}

/* -- the module ------------------------------------------------------------------------------- */

/* Four operators, so that no one of them can move a record: a content network, a search engine, a
 * maker of groupware, a telephone company.  Each runs its server for the callers of its own
 * products and answers everybody; they are what VoIP and WebRTC programs name most. */
static const struct dcddns_option stun_options[] = {
    { "servers",
      "stun.cloudflare.com, stun.l.google.com:19302, stun.nextcloud.com:443, stun.sipgate.net",
      "STUN servers as HOST, HOST:PORT or [IPV6]:PORT, of different operators", DCDDNS_OPT_STRING,
      DCDDNS_LIST },
    { "timeout", "3 s", "how long one server may take, 1 s to 30 s", DCDDNS_OPT_SECONDS, 0 },
};

static const struct dcddns_ip_source stun_ops = { .size = sizeof(stun_ops), .query = stun_query };

static const struct dcddns_plugin stun_plugin = {
    .size = sizeof(stun_plugin),
    .kind = DCDDNS_KIND_IP_SOURCE,
    .abi_minor = DCDDNS_ABI_MINOR,
    .name = "stun",
    .version = "1.0",
    .summary = "asks STUN servers which address they see",
    .options = stun_options,
    .option_count = sizeof(stun_options) / sizeof(stun_options[0]),
    .option_size = sizeof(stun_options[0]),
    .create = stun_create,
    .destroy = stun_destroy,
    .ops = &stun_ops,
};

DCDDNS_ENTRY(stun)
{
    return &stun_plugin;
}
