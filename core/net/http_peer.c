/* Resolves and filters the hosts of URLs, and remembers them for a while.  Knows no curl and no
 * requests. */
#include "net/http_peer.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "platform/os.h"

enum { KNOWN_MS = 30 * 1000 };

struct http_peers {
    struct net *net;
    bool allow_loopback;
    http_peer_ready ready;
    void *ctx;
    struct http_peer *first; /* newest first */
    size_t count;
    uint64_t serial;
};

struct http_peers *http_peers_new(struct net *net, bool allow_loopback, http_peer_ready ready,
                                  void *ctx)
{
    struct http_peers *peers = mem_new(1, sizeof(*peers));
    if (!peers)
        return NULL;
    peers->net = net;
    peers->allow_loopback = allow_loopback;
    peers->ready = ready;
    peers->ctx = ctx;
    return peers;
}

void http_peers_free(struct http_peers **peers)
{
    if (!*peers)
        return;
    while ((*peers)->first) {
        struct http_peer *peer = (*peers)->first;
        (*peers)->first = peer->next;
        mem_free(peer);
    }
    mem_free(*peers);
    *peers = NULL;
}

const struct addr_block *http_peer_refuses(const struct dcddns_addr *addr, enum http_trust trust,
                                           bool allow_loopback)
{
    static const struct addr_block outside = { "", "not in the own network",
                                               "http:// without TLS" };

    if (trust == HTTP_PLAIN)
        return addr_is_local(addr) ? NULL : &outside;
    if (trust == HTTP_CONFIGURED || (allow_loopback && addr_is_loopback(addr)))
        return NULL;
    return addr_special_peer(addr);
}

/* -- a lookup ends --------------------------------------------------------------------------- */

/* Adds "ADDRESS (NAME, RFC n)" to the refused ones. */
static void name_refused(char *list, size_t cap, const struct dcddns_addr *addr,
                         const struct addr_block *block)
{
    char text[ADDR_TEXT_MAX];
    size_t used = strlen(list);
    snprintf(list + used, cap - used, "%s%s (%s, %s)", used ? ", " : "", addr_text(addr, text),
             block->name, block->source);
}

static void take_addrs(struct http_peer *peer, const struct dns_answer *answer)
{
    char refused[ERROR_TEXT_MAX / 2] = "";
    peer->count = 0;
    for (size_t i = 0; i < answer->count; i++) {
        const struct addr_block *block =
            http_peer_refuses(&answer->addrs[i], peer->trust, peer->owner->allow_loopback);
        if (block)
            name_refused(refused, sizeof(refused), &answer->addrs[i], block);
        else
            peer->addrs[peer->count++] = answer->addrs[i];
    }
    if (peer->count == 0 && peer->trust == HTTP_PLAIN)
        error_set(&peer->error, ERR_CONFIG,
                  "%s is not in the own network and was not contacted without TLS (%s); use an "
                  "https URL",
                  peer->host, refused);
    else if (peer->count == 0)
        error_set(&peer->error, ERR_TEMP,
                  "%s leads to an address that is not public and was not "
                  "contacted: %s; whoever runs its DNS must correct it",
                  peer->host, refused);
}

static void fail(struct http_peer *peer, const struct dns_answer *answer)
{
    const char *family = peer->family == 4 ? "IPv4 " : peer->family == 6 ? "IPv6 " : "";
    if (answer->error.class == ERR_LOCAL || answer->error.class == ERR_STOP)
        peer->error = answer->error;
    else if (answer->status == DNS_NXDOMAIN)
        error_set(&peer->error, ERR_TEMP,
                  "the host name %s does not exist in DNS; check its "
                  "spelling",
                  peer->host);
    else if (answer->status == DNS_NODATA)
        error_set(&peer->error, ERR_TEMP,
                  "the host name %s has no %saddress in DNS; check its "
                  "spelling",
                  peer->host, family);
    else
        error_set(&peer->error, ERR_TEMP, "cannot look up the host name %s: %s", peer->host,
                  answer->error.text);
}

static void on_lookup(void *ctx, const struct dns_answer *answer)
{
    struct http_peer *peer = ctx;
    peer->lookup = NULL;
    peer->count = 0;
    peer->error = (struct error){ 0 };
    if (answer->status == DNS_OK)
        take_addrs(peer, answer);
    else
        fail(peer, answer);
    peer->known_ms = os.boot_ms();
    peer->owner->ready(peer->owner->ctx, peer);
}

/* -- the list -------------------------------------------------------------------------------- */

/* Makes room for one more: drops the oldest that nobody uses. */
static void evict(struct http_peers *peers)
{
    struct http_peer **oldest = NULL;
    if (peers->count < HTTP_PEERS_MAX)
        return;
    for (struct http_peer **at = &peers->first; *at; at = &(*at)->next) {
        if ((*at)->users == 0 && !(*at)->lookup)
            oldest = at;
    }
    if (!oldest)
        return;
    struct http_peer *gone = *oldest;
    *oldest = gone->next;
    mem_free(gone);
    peers->count--;
}

static struct http_peer *find(const struct http_peers *peers, const char *host, int family,
                              enum http_trust trust)
{
    for (struct http_peer *peer = peers->first; peer; peer = peer->next) {
        if (peer->family == family && peer->trust == trust && strcmp(peer->host, host) == 0)
            return peer;
    }
    return NULL;
}

static struct http_peer *add(struct http_peers *peers, const char *host, int family,
                             enum http_trust trust)
{
    evict(peers);
    struct http_peer *peer = mem_new(1, sizeof(*peer));
    if (!peer)
        return NULL;
    snprintf(peer->host, sizeof(peer->host), "%s", host);
    peer->owner = peers;
    peer->family = family;
    peer->trust = trust;
    peer->serial = ++peers->serial;
    peer->next = peers->first;
    peers->first = peer;
    peers->count++;
    return peer;
}

struct http_peer *http_peer_get(struct http_peers *peers, const char *host, int family,
                                enum http_trust trust)
{
    struct http_peer *peer = find(peers, host, family, trust);
    if (!peer)
        peer = add(peers, host, family, trust);
    if (!peer)
        return NULL;
    peer->users++;
    bool known = peer->count > 0 && os.boot_ms() - peer->known_ms < KNOWN_MS;
    if (known || peer->lookup)
        return peer;
    peer->lookup = dns_lookup(peers->net, host, family, on_lookup, peer);
    if (!peer->lookup)
        http_peer_release(&peer);
    return peer;
}

void http_peer_release(struct http_peer **peer)
{
    if (*peer)
        (*peer)->users--;
    *peer = NULL;
}

void http_peer_distrust(struct http_peer *peer, uint64_t serial)
{
    if (peer->serial != serial)
        return;
    peer->count = 0;
    peer->serial = ++peer->owner->serial;
}
