/* Lists of hosts as text; see grant_hosts.h.  Must not know of grants. */
#include "state/grant_hosts.h"

#include <string.h>

#include "base/mem.h"

bool grant_hosts_next(const char **cursor, char host[FQDN_MAX])
{
    const char *at = *cursor;
    size_t len = at ? strcspn(at, ",") : 0;

    if (!at || len >= FQDN_MAX)
        return false;
    memcpy(host, at, len);
    host[len] = '\0';
    *cursor = at[len] == ',' ? at + len + 1 : NULL;
    return true;
}

size_t grant_hosts_count(const char *hosts)
{
    char host[FQDN_MAX] = "";
    size_t count = 0;
    while (grant_hosts_next(&hosts, host))
        count++;
    return count;
}

bool grant_hosts_have(const char *hosts, const char *wanted)
{
    char host[FQDN_MAX] = "";
    while (grant_hosts_next(&hosts, host)) {
        if (strcmp(host, wanted) == 0)
            return true;
    }
    return false;
}

bool grant_hosts_relative(const char *zone, const char *fqdn, char host[FQDN_MAX])
{
    size_t all = strlen(fqdn), end = strlen(zone);

    if (end == 0 || all < end || all >= FQDN_MAX || strcmp(fqdn + all - end, zone) != 0)
        return false;
    if (all > end && fqdn[all - end - 1] != '.')
        return false;
    size_t len = all > end ? all - end - 1 : 0;
    memcpy(host, fqdn, len);
    host[len] = '\0';
    return true;
}

bool grant_hosts_fqdn(const char *zone, const char *host, char fqdn[FQDN_MAX])
{
    size_t end = strlen(zone), len = strlen(host);
    size_t dot = len > 0 ? 1 : 0;

    if (end == 0 || len + dot + end >= FQDN_MAX)
        return false;
    memcpy(fqdn, host, len);
    fqdn[len] = '.';
    memcpy(fqdn + len + dot, zone, end + 1);
    return true;
}

/* What of FROM is in LIKE, or is not. */
static void put(struct buf *out, size_t *count, const char *from, const char *like, bool in)
{
    char host[FQDN_MAX] = "";
    while (grant_hosts_next(&from, host)) {
        if (grant_hosts_have(like, host) != in)
            continue;
        if ((*count)++ > 0)
            buf_putc(out, ',');
        buf_puts(out, host);
    }
}

/* An empty buffer is a list, too: of the apex. */
static int take(struct buf *list, char **hosts, struct error *err)
{
    bool large = list->len >= GRANT_HOSTS_MAX - FQDN_MAX;
    char *text = buf_ok(list) ? mem_strdup(buf_text(list)) : NULL;

    buf_free(list);
    if (!text && large)
        return error_set(err, ERR_USAGE, "the list of hosts is longer than %d bytes",
                         GRANT_HOSTS_MAX);
    if (!text)
        return error_set(err, ERR_LOCAL, "out of memory");
    mem_free(*hosts);
    *hosts = text;
    return 0;
}

int grant_hosts_add(char **hosts, const char *more, struct error *err)
{
    struct buf list = BUF_MAX(GRANT_HOSTS_MAX);
    size_t count = 0;

    put(&list, &count, *hosts, *hosts, true);
    put(&list, &count, more, *hosts, false);
    if (count == 0)
        return 0;
    return take(&list, hosts, err);
}

int grant_hosts_drop(char **hosts, const char *less, struct error *err)
{
    struct buf list = BUF_MAX(GRANT_HOSTS_MAX);
    size_t count = 0;

    put(&list, &count, *hosts, less, false);
    if (count > 0)
        return take(&list, hosts, err);
    buf_free(&list);
    mem_free(*hosts);
    *hosts = NULL;
    return 0;
}

void grant_hosts_say(struct buf *out, const char *zone, const char *hosts, size_t most)
{
    char host[FQDN_MAX] = "";
    size_t count = grant_hosts_count(hosts);
    size_t shown = count <= most ? count : most - 1;

    for (size_t i = 0; i < shown && grant_hosts_next(&hosts, host); i++) {
        if (i > 0)
            buf_puts(out, i + 1 == count ? " and " : ", ");
        buf_puts(out, host[0] ? host : zone);
    }
    if (shown < count)
        buf_printf(out, " and %zu more", count - shown);
}
