/* Values that are addresses: resolvers, blocks, the suffix of an IPv6 address.  Must not know which
 * key they are of. */
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/mem.h"
#include "config/values_inside.h"

enum { DNS_PORT = 53 };

/* Splits "[v6]:port", "v4:port", "[v6]", "v6", "v4" in place; *PORT is NULL when there is none. */
static const char *split_port(char *text, const char **port)
{
    char *colon = strchr(text, ':');
    *port = NULL;
    if (text[0] == '[') {
        char *close = strchr(text, ']');
        if (!close || (close[1] != '\0' && close[1] != ':'))
            return NULL;
        *port = close[1] == ':' ? close + 2 : NULL;
        *close = '\0';
        return strchr(text, ':') ? text + 1 : NULL;
    }
    if (colon && !strchr(colon + 1, ':')) {
        *colon = '\0';
        *port = colon + 1;
    }
    return text;
}

static void read_resolver(const struct value *v, struct config_list *out, const char *entry)
{
    char text[VALUE_MAX] = "", number[ADDR_TEXT_MAX] = "", normal[ADDR_TEXT_MAX + 16] = "";
    struct dcddns_addr addr = { 0 };
    int64_t port = DNS_PORT;
    const char *port_text = NULL;

    memcpy(text, entry, strlen(entry) + 1);
    const char *host = split_port(text, &port_text);
    bool blanks = strpbrk(entry, " \t") != NULL;
    if (!host || blanks || addr_parse(host, &addr) != 0 ||
        (port_text && !text_int(port_text, 1, 65535, &port))) {
        value_refuse(v, entry, "is not ADDRESS, ADDRESS:PORT or [IPV6]:PORT");
        return;
    }
    snprintf(normal, sizeof(normal), addr.family == 6 ? "[%s]:%d" : "%s:%d",
             addr_text(&addr, number), (int)port);
    value_list_add_once(v, out, normal);
}

void value_resolvers(const struct value *v, struct config_list *out)
{
    char entry[VALUE_MAX] = "";
    const char *cursor = v->text;
    while (text_list_next(&cursor, entry, sizeof(entry)))
        read_resolver(v, out, entry);
}

static void read_block(const struct value *v, struct config_blocks *out, const char *entry)
{
    struct addr_cidr block = { 0 };

    if (addr_cidr_parse(entry, &block) < 0) {
        value_refuse(v, entry, "is not a block as 192.0.2.0/24 or 2001:db8::/32, or one address");
        return;
    }
    for (size_t i = 0; i < out->count; i++) {
        if (out->items[i].bits == block.bits && addr_equal(&out->items[i].addr, &block.addr)) {
            value_refuse(v, entry, "is in the list twice");
            return;
        }
    }
    struct addr_cidr *items = mem_resize(out->items, (out->count + 1) * sizeof(*items));
    if (!items) {
        v->load->problems.no_memory = true;
        return;
    }
    items[out->count++] = block;
    out->items = items;
}

void value_blocks(const struct value *v, struct config_blocks *out)
{
    char entry[VALUE_MAX] = "";
    const char *cursor = v->text;
    while (text_list_next(&cursor, entry, sizeof(entry)))
        read_block(v, out, entry);
}

/* "::1234/64": only bits behind the first 64 may be set. */
void value_suffix(const struct value *v, struct config_suffix *out)
{
    char copy[ADDR_TEXT_MAX] = "";
    const struct dcddns_addr zero = { .family = 6 };
    struct config_suffix suffix = { 0 };
    int64_t bits = 0;
    const size_t len = strcspn(v->text, "/");

    if (v->text[0] == '\0')
        return;
    if (len < sizeof(copy))
        memcpy(copy, v->text, len);
    if (addr_parse(copy, &suffix.addr) < 0 || suffix.addr.family != 6 || v->text[len] != '/' ||
        strpbrk(copy, " \t") || !text_int(v->text + len + 1, 1, 127, &bits)) {
        value_refuse(v, v->text, "is not an IPv6 suffix as ::1234/64, with /1 to /127");
        return;
    }
    suffix.bits = (unsigned)bits;
    const struct dcddns_addr head = addr_combine(&suffix.addr, suffix.bits, &zero);
    if (addr_equal(&head, &zero))
        *out = suffix;
    else
        value_refuse(v, v->text, "has bits in the part that comes from the observed address");
}
