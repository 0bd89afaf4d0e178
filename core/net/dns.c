/* c-ares: puts questions on the wire and hands over raw answers.  The only includer of ares.h. Does
 * not know what an answer means (dns_message.c) nor who asked (dns_query.c). */
#include <ares.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "net/dns_message.h"
#include "net/dns_wire.h"
#include "platform/os.h"

enum { TRY_MS = 1000, TRIES = 4, SERVERS_MAX = 4096, CLASS_IN = 1, HEADER_PEEK = 4 };

struct dns_wire {
    struct dns_question *running, *waiting, *waiting_last;
    size_t running_count;
    char *servers;      /* for c-ares, comma-separated; NULL = the system's */
    ares_channel files; /* never asks; reads the hosts file */
};

int dns_wire_global_init(struct error *err)
{
    int status = ares_library_init_mem(ARES_LIB_INIT_ALL, os_wiping_alloc, os_wiping_release,
                                       os_wiping_resize);
    if (status != ARES_SUCCESS)
        return error_set(err, ERR_LOCAL, "the DNS library does not start: %s",
                         ares_strerror(status));
    return 0;
}

void dns_wire_global_cleanup(void)
{
    ares_library_cleanup();
}

/* No search domains, no HOSTALIASES: names are complete. */
static int channel_new(const char *servers, int flags, ares_channel *channel)
{
    struct ares_options options = { .flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | flags,
                                    .timeout = TRY_MS,
                                    .tries = TRIES };
    *channel = NULL;
    int status =
        ares_init_options(channel, &options, ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES);
    if (status == ARES_SUCCESS && servers)
        status = ares_set_servers_ports_csv(*channel, servers);
    if (status != ARES_SUCCESS && *channel) {
        ares_destroy(*channel);
        *channel = NULL;
    }
    return status;
}

/* False: out of memory. */
static bool join_servers(struct dns_wire *wire, const char *const *servers)
{
    struct buf list = BUF_MAX(SERVERS_MAX);
    if (!servers || !servers[0])
        return true;
    for (size_t i = 0; servers[i]; i++)
        buf_printf(&list, "%s%s", i ? "," : "", servers[i]);
    wire->servers = buf_take(&list);
    return wire->servers != NULL;
}

struct dns_wire *dns_wire_new(const char *const *servers, struct error *err)
{
    struct dns_wire *wire = mem_new(1, sizeof(*wire));
    int status = ARES_ENOMEM;
    if (wire && join_servers(wire, servers))
        status = channel_new(wire->servers, 0, &wire->files);
    if (status == ARES_SUCCESS)
        return wire;
    if (status == ARES_ENOMEM)
        error_set(err, ERR_LOCAL, "out of memory while setting up DNS");
    else
        error_set(err, ERR_CONFIG,
                  "the list of DNS servers cannot be used (%s): write each as "
                  "ADDRESS:PORT or [ADDRESS]:PORT",
                  ares_strerror(status));
    dns_wire_free(&wire);
    return NULL;
}

void dns_wire_free(struct dns_wire **wire)
{
    if (!*wire)
        return;
    if ((*wire)->files)
        ares_destroy((*wire)->files);
    mem_free((*wire)->servers);
    mem_free(*wire);
    *wire = NULL;
}

/* -- hosts file ------------------------------------------------------------------------------ */

static size_t hosts_of(struct dns_wire *wire, const char *host, int family,
                       struct dcddns_addr *addrs, size_t room)
{
    struct hostent *entry = NULL;
    int af = family == 4 ? AF_INET : AF_INET6;
    if (ares_gethostbyname_file(wire->files, host, af, &entry) != ARES_SUCCESS)
        return 0;
    size_t count = 0;
    for (size_t i = 0; entry->h_addr_list[i] && count < room; i++) {
        addrs[count] = (struct dcddns_addr){ .family = (uint8_t)family };
        memcpy(addrs[count++].ip, entry->h_addr_list[i], family == 4 ? 4 : 16);
    }
    ares_free_hostent(entry);
    return count;
}

size_t dns_wire_hosts(struct dns_wire *wire, const char *host, int family,
                      struct dcddns_addr addrs[DNS_RECORDS_MAX])
{
    size_t count = 0;
    if (family != 4)
        count = hosts_of(wire, host, 6, addrs, DNS_RECORDS_MAX / 2);
    if (family != 6)
        count += hosts_of(wire, host, 4, addrs + count, DNS_RECORDS_MAX / 2);
    return count;
}

/* -- questions ------------------------------------------------------------------------------- */

/* No message came; STATUS is c-ares's. */
static void fail(struct dns_question *q, int status)
{
    char shown[TEXT_ESCAPED_MAX] = "";
    const char *type = dns_type_name(q->type);
    text_escape(q->name, strlen(q->name), shown);
    if (status == ARES_ENOMEM)
        dns_answer_fail(&q->answer, DNS_TEMP, ERR_LOCAL, "out of memory while asking DNS for %s",
                        shown);
    else if (status == ARES_EBADNAME)
        dns_answer_fail(&q->answer, DNS_TEMP, ERR_PERM, "\"%s\" is not a name that DNS can hold",
                        shown);
    else if (q->rcode > 0)
        dns_answer_fail(&q->answer, DNS_TEMP, ERR_TEMP,
                        "the DNS server answered %s for %s (%s); "
                        "try again later",
                        dns_rcode_name(q->rcode), shown, type);
    else if (status == ARES_ETIMEOUT)
        dns_answer_fail(&q->answer, DNS_TEMP, ERR_TEMP,
                        "no DNS server answered for %s (%s) after "
                        "%d tries; check the network connection",
                        shown, type, TRIES);
    else if (status == ARES_ECONNREFUSED)
        dns_answer_fail(&q->answer, DNS_TEMP, ERR_TEMP,
                        "no DNS server could be reached for %s "
                        "(%s); check the network connection and the servers",
                        shown, type);
    else
        dns_answer_fail(&q->answer, DNS_TEMP, ERR_TEMP,
                        "DNS failed for %s (%s): %s; try again "
                        "later",
                        shown, type, ares_strerror(status));
}

/* From c-ares: inside ares_query(), ares_process_fd() or ares_destroy().  Nothing may be freed or
 * told to callers here. */
static void on_answer(void *arg, int status, int timeouts, unsigned char *message, int len)
{
    (void)timeouts;
    struct dns_question *q = arg;
    if (q->answered) /* being taken off the wire */
        return;
    q->answered = true;
    if (message && len > 0) {
        q->space = mem_new(1, DNS_SPACE((size_t)len));
        if (q->space)
            dns_message_read(message, (size_t)len, q->name, q->type, q->space, &q->answer);
        else
            fail(q, ARES_ENOMEM);
    } else {
        fail(q, status);
    }
    q->event(q->ctx);
}

static void run(struct dns_wire *wire, struct dns_question *q)
{
    static const int types[] = { [DNS_A] = 1, [DNS_AAAA] = 28, [DNS_TXT] = 16, [DNS_NS] = 2 };
    /* What a named server refuses is an answer of its own, not a reason to ask again. */
    const int direct = ARES_FLAG_NORECURSE | ARES_FLAG_NOCHECKRESP;
    q->phase = DNS_RUNNING;
    q->prev = NULL;
    q->next = wire->running;
    if (q->next)
        q->next->prev = q;
    wire->running = q;
    wire->running_count++;
    q->rcode = -1;
    q->event(q->ctx);
    int status = q->server ? channel_new(q->server, direct, &q->channel)
                           : channel_new(wire->servers, 0, &q->channel);
    if (status != ARES_SUCCESS)
        on_answer(q, status, 0, NULL, 0);
    else
        ares_query(q->channel, q->name, CLASS_IN, types[q->type], on_answer, q);
}

static void take_out(struct dns_wire *wire, struct dns_question *q)
{
    struct dns_question **first = q->phase == DNS_RUNNING ? &wire->running : &wire->waiting;
    *(q->prev ? &q->prev->next : first) = q->next;
    if (q->next)
        q->next->prev = q->prev;
    else if (q->phase == DNS_WAITING)
        wire->waiting_last = q->prev;
    wire->running_count -= q->phase == DNS_RUNNING;
    q->prev = q->next = NULL;
    q->phase = DNS_IDLE;
}

static void run_waiting(struct dns_wire *wire)
{
    while (wire->waiting && wire->running_count < DNS_WIRE_RUNNING) {
        struct dns_question *q = wire->waiting;
        take_out(wire, q);
        run(wire, q);
    }
}

void dns_wire_start(struct dns_wire *wire, struct dns_question *q)
{
    q->phase = DNS_WAITING;
    q->next = NULL;
    q->prev = wire->waiting_last;
    *(q->prev ? &q->prev->next : &wire->waiting) = q;
    wire->waiting_last = q;
    run_waiting(wire);
}

void dns_wire_stop(struct dns_wire *wire, struct dns_question *q)
{
    if (q->phase != DNS_IDLE)
        take_out(wire, q);
    q->answered = true; /* ares_destroy() calls back */
    if (q->channel)
        ares_destroy(q->channel);
    q->channel = NULL;
    mem_free(q->space);
    q->space = NULL;
    run_waiting(wire);
}

/* -- waiting --------------------------------------------------------------------------------- */

size_t dns_wire_fds(struct dns_wire *wire, struct net_fd *fds)
{
    size_t count = 0;
    for (struct dns_question *q = wire->running; q; q = q->next) {
        ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
        q->fds = count;
        q->fd_count = 0;
        if (q->answered)
            continue;
        unsigned bits = (unsigned)ares_getsock(q->channel, sockets, ARES_GETSOCK_MAXNUM);
        for (unsigned i = 0; i < ARES_GETSOCK_MAXNUM; i++) {
            int events = (bits >> i & 1 ? DCDDNS_READ : 0) |
                         (bits >> (i + ARES_GETSOCK_MAXNUM) & 1 ? DCDDNS_WRITE : 0);
            if (events)
                fds[count++] = (struct net_fd){ .fd = (int)sockets[i], .events = events };
        }
        q->fd_count = count - q->fds;
    }
    return count;
}

int64_t dns_wire_timeout(const struct dns_wire *wire)
{
    int64_t least = -1;
    for (const struct dns_question *q = wire->running; q; q = q->next) {
        struct timeval tv = { 0 };
        if (q->answered || !ares_timeout(q->channel, NULL, &tv))
            continue;
        int64_t ms = (int64_t)tv.tv_sec * 1000 + (tv.tv_usec + 999) / 1000;
        if (least < 0 || ms < least)
            least = ms;
    }
    return least;
}

/* c-ares drops SERVFAIL and the like and asks the next server; when none is left it only says
 * "connection refused".  People want to know, so a look at the datagram before c-ares takes it. */
static void peek(struct dns_question *q, int fd)
{
    unsigned char header[HEADER_PEEK] = { 0 };
    if (os_datagram_peek(fd, header, sizeof(header)) == (int64_t)sizeof(header))
        q->rcode = header[HEADER_PEEK - 1] & 0x0f;
}

void dns_wire_turn(struct dns_wire *wire, const struct net_fd *fds)
{
    for (struct dns_question *q = wire->running; q; q = q->next) {
        for (size_t i = q->fds; i < q->fds + q->fd_count && !q->answered; i++) {
            bool in = fds[i].ready & DCDDNS_READ, out = fds[i].ready & DCDDNS_WRITE;
            if (in)
                peek(q, fds[i].fd);
            if (in || out)
                ares_process_fd(q->channel, in ? (ares_socket_t)fds[i].fd : ARES_SOCKET_BAD,
                                out ? (ares_socket_t)fds[i].fd : ARES_SOCKET_BAD);
        }
        if (!q->answered)
            ares_process_fd(q->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    }
}
