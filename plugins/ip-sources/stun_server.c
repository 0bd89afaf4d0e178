/* The option `servers`; see stun_server.h. */
#include "stun_server.h"

#include <stdlib.h>
#include <string.h>

/* 1 to 65535, digits only. */
static bool read_port(const char *text, uint16_t *out)
{
    unsigned value = 0;
    size_t len = strlen(text);
    if (len == 0 || len > 5 || strspn(text, "0123456789") != len)
        return false;
    for (; *text; text++)
        value = value * 10 + (unsigned)(*text - '0');
    *out = (uint16_t)value;
    return value > 0 && value <= UINT16_MAX;
}

static bool is_name(const char *host)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  "-._";
    return *host != '\0' && *host != '-' && *host != '.' && host[strspn(host, letters)] == '\0';
}

static bool keep_host(struct stun_server *server, const char *from, size_t len)
{
    if (len >= sizeof(server->host))
        return false;
    memcpy(server->host, from, len);
    server->host[len] = '\0';
    return true;
}

/* "[2001:db8::1]" or "[2001:db8::1]:port" */
static bool read_bracketed(const struct dcddns_host *host, struct stun_server *server)
{
    struct dcddns_addr addr = { 0 };
    const char *begin = server->text + 1, *end = strchr(begin, ']');

    if (!end || !keep_host(server, begin, (size_t)(end - begin)) ||
        host->parse_addr(server->host, &addr) != DCDDNS_OK || addr.family != 6)
        return false;
    return end[1] == '\0' || (end[1] == ':' && read_port(end + 2, &server->port));
}

static bool read_server(const struct dcddns_host *host, struct stun_server *server)
{
    struct dcddns_addr addr = { 0 };
    const char *colon = strchr(server->text, ':');

    if (*server->text == '[')
        return read_bracketed(host, server);
    if (host->parse_addr(server->text, &addr) == DCDDNS_OK)
        colon = NULL; /* those of an IPv6 address are no port's */
    else if (colon && !read_port(colon + 1, &server->port))
        return false;
    size_t len = colon ? (size_t)(colon - server->text) : strlen(server->text);
    return keep_host(server, server->text, len) && (addr.family != 0 || is_name(server->host));
}

static int add(const struct dcddns_host *host, const char *text, struct stun_servers *servers)
{
    if (servers->count == STUN_SERVERS_MAX)
        return dcddns_failf(host, DCDDNS_E_CONFIG, "servers names more than %d; remove some",
                            STUN_SERVERS_MAX);
    struct stun_server *server = &servers->list[servers->count];
    struct dcddns_addr addr = { 0 };
    *server = (struct stun_server){ .text = text, .port = STUN_PORT };
    if (!read_server(host, server))
        return dcddns_failf(host, DCDDNS_E_CONFIG,
                            "servers: \"%s\" is none; write HOST, HOST:PORT or [IPV6]:PORT", text);
    server->literal = host->parse_addr(server->host, &addr) == DCDDNS_OK;
    servers->count++;
    return DCDDNS_OK;
}

int stun_servers_read(const struct dcddns_host *host, const char *value,
                      struct stun_servers *servers)
{
    int code = DCDDNS_OK;
    size_t size = value ? strlen(value) + 1 : 1;

    *servers = (struct stun_servers){ .text = calloc(1, size) };
    if (!servers->text)
        return DCDDNS_E_NOMEM;
    /* Every entry fits: what stood behind it, a comma or the end, makes room for its NUL. */
    for (char *at = servers->text; code == DCDDNS_OK && dcddns_list_next(&value, at, size) == 1;
         at += strlen(at) + 1)
        code = add(host, at, servers);
    if (code == DCDDNS_OK && servers->count == 0)
        code = host->fail(host, DCDDNS_E_CONFIG, "servers is empty; name at least two");
    return code;
}

void stun_servers_free(struct stun_servers *servers)
{
    free(servers->text);
    *servers = (struct stun_servers){ 0 };
}

static int rank_of(const struct stun_server *server)
{
    if (server->literal)
        return 0;
    return server->rest == 0 ? 1 : 2;
}

void stun_servers_sort(const struct stun_servers *servers, uint8_t order[STUN_SERVERS_MAX])
{
    for (size_t i = 1; i < servers->count; i++) {
        const uint8_t moved = order[i];
        const int rank = rank_of(&servers->list[moved]);
        size_t at = i;
        for (; at > 0 && rank_of(&servers->list[order[at - 1]]) > rank; at--)
            order[at] = order[at - 1];
        order[at] = moved;
    }
}
