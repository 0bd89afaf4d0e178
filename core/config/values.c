/* What the keys of [core] and [host] mean: text to values by the table of keys.  Must not know
 * which files or sections there are. */
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/log.h"
#include "base/mem.h"
#include "config/load.h"
#include "platform/os.h"

enum { VALUE_MAX = 256, DNS_PORT = 53 };

/* One value on its way into the configuration. */
struct value {
    struct load *load;
    const struct config_key *key;
    const char *text, *file;
    int line;
};

static void refuse(const struct value *v, const char *text, const char *what)
{
    char shown[TEXT_ESCAPED_MAX] = "";
    problems_add(&v->load->problems, v->file, v->line, "%s: '%s' %s", v->key->name,
                 text_escape(text, strlen(text), shown), what);
}

static void set_string(const struct value *v, char **out, const char *text)
{
    mem_free(*out);
    *out = text[0] ? load_strndup(v->load, text, strlen(text)) : NULL;
}

static void read_seconds(const struct value *v, int64_t *out)
{
    char what[96] = "";
    int64_t seconds = 0;

    if (!text_seconds(v->text, &seconds)) {
        refuse(v, v->text, "is not a duration such as 90, 90 s, 5 min or 1 h");
        return;
    }
    if (seconds < v->key->min || seconds > v->key->max) {
        snprintf(what, sizeof(what), "is not between %lld s and %lld s", (long long)v->key->min,
                 (long long)v->key->max);
        refuse(v, v->text, what);
        return;
    }
    *out = seconds;
}

static void read_count(const struct value *v, int64_t *out)
{
    char what[96] = "";

    snprintf(what, sizeof(what), "is not a number from %lld to %lld", (long long)v->key->min,
             (long long)v->key->max);
    if (!text_int(v->text, v->key->min, v->key->max, out))
        refuse(v, v->text, what);
}

static void read_bool(const struct value *v, bool *out)
{
    if (!text_bool(v->text, out))
        refuse(v, v->text, "is neither yes nor no");
}

static void read_path(const struct value *v, char **out)
{
    if (v->text[0] && !os_path_is_absolute(v->text))
        refuse(v, v->text, "is not an absolute path");
    else
        set_string(v, out, v->text);
}

static void read_device(const struct value *v, char **out)
{
    if (strpbrk(v->text, " \t/,") || strlen(v->text) > 63)
        refuse(v, v->text, "is not the name of one network device");
    else
        set_string(v, out, v->text);
}

static void read_level(const struct value *v, int *out)
{
    char what[160] = "";

    if (log_level_parse(v->text, out))
        return;
    snprintf(what, sizeof(what), "is not one of error, warning, notice, info, debug%s",
             suggest(v->text, log_level_names, LOG_LEVELS).text);
    refuse(v, v->text, what);
}

static bool name_ok(const struct value *v, const char *name)
{
    bool ok = config_name_ok(name);
    if (!ok)
        refuse(v, name, "is not a name of 1 to 32 letters a-z, digits and '-'");
    return ok;
}

static void read_name(const struct value *v, char **out)
{
    if (!name_ok(v, v->text))
        return;
    set_string(v, out, v->text);
    instances_use(v->load, v->key->kind, v->text, v->file, v->line);
}

static bool list_has(const struct config_list *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i], text) == 0)
            return true;
    }
    return false;
}

static void list_add_once(const struct value *v, struct config_list *list, const char *text)
{
    if (list_has(list, text))
        refuse(v, text, "is in the list twice");
    else
        load_list_add(v->load, list, text);
}

static void read_names(const struct value *v, struct config_list *out)
{
    char name[VALUE_MAX] = "";
    const char *cursor = v->text;
    bool empty = true;

    if (v->key->kind == DCDDNS_KIND_NOTIFIER && strcmp(v->text, "none") == 0)
        return;
    while (text_list_next(&cursor, name, sizeof(name))) {
        empty = false;
        if (v->key->kind == DCDDNS_KIND_NOTIFIER && strcmp(name, "none") == 0)
            refuse(v, v->text, "has `none` beside other names; write one or the other");
        if (!name_ok(v, name))
            continue;
        list_add_once(v, out, name);
        instances_use(v->load, v->key->kind, name, v->file, v->line);
    }
    if (empty && v->key->type == CONFIG_NAMES)
        refuse(v, v->text, "names nothing; name at least one");
}

static void read_paths(const struct value *v, struct config_list *out)
{
    char path[VALUE_MAX] = "";
    const char *cursor = v->text;
    while (text_list_next(&cursor, path, sizeof(path))) {
        if (os_path_is_absolute(path))
            list_add_once(v, out, path);
        else
            refuse(v, path, "is not an absolute path");
    }
}

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
        refuse(v, entry, "is not ADDRESS, ADDRESS:PORT or [IPV6]:PORT");
        return;
    }
    snprintf(normal, sizeof(normal), addr.family == 6 ? "[%s]:%d" : "%s:%d",
             addr_text(&addr, number), (int)port);
    list_add_once(v, out, normal);
}

static void read_resolvers(const struct value *v, struct config_list *out)
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
        refuse(v, entry, "is not a block as 192.0.2.0/24 or 2001:db8::/32, or one address");
        return;
    }
    for (size_t i = 0; i < out->count; i++) {
        if (out->items[i].bits == block.bits && addr_equal(&out->items[i].addr, &block.addr)) {
            refuse(v, entry, "is in the list twice");
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

static void read_blocks(const struct value *v, struct config_blocks *out)
{
    char entry[VALUE_MAX] = "";
    const char *cursor = v->text;
    while (text_list_next(&cursor, entry, sizeof(entry)))
        read_block(v, out, entry);
}

/* "::1234/64": only bits behind the first 64 may be set. */
static void read_suffix(const struct value *v, struct config_suffix *out)
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
        refuse(v, v->text, "is not an IPv6 suffix as ::1234/64, with /1 to /127");
        return;
    }
    suffix.bits = (unsigned)bits;
    const struct dcddns_addr head = addr_combine(&suffix.addr, suffix.bits, &zero);
    if (addr_equal(&head, &zero))
        *out = suffix;
    else
        refuse(v, v->text, "has bits in the part that comes from the observed address");
}

static void read_value(const struct value *v, void *base)
{
    void *member = (char *)base + v->key->offset;
    switch (v->key->type) {
    case CONFIG_SECONDS:
        read_seconds(v, member);
        break;
    case CONFIG_BOOL:
        read_bool(v, member);
        break;
    case CONFIG_PATH:
        read_path(v, member);
        break;
    case CONFIG_PATH_NONE:
        if (strcmp(v->text, "none") == 0)
            set_string(v, member, v->text);
        else
            read_path(v, member);
        break;
    case CONFIG_DEVICE:
        read_device(v, member);
        break;
    case CONFIG_LEVEL:
        read_level(v, member);
        break;
    case CONFIG_NAME:
        read_name(v, member);
        break;
    case CONFIG_NAMES:
    case CONFIG_NAMES_OPT:
        read_names(v, member);
        break;
    case CONFIG_PATHS:
        read_paths(v, member);
        break;
    case CONFIG_RESOLVERS:
        read_resolvers(v, member);
        break;
    case CONFIG_COUNT:
        read_count(v, member);
        break;
    case CONFIG_BLOCKS:
        read_blocks(v, member);
        break;
    case CONFIG_SUFFIX:
        read_suffix(v, member);
        break;
    }
}

static bool is_list(enum config_type type)
{
    return type == CONFIG_NAMES || type == CONFIG_NAMES_OPT || type == CONFIG_PATHS ||
           type == CONFIG_RESOLVERS || type == CONFIG_BLOCKS;
}

/* The entry of that key before entry END of the section, or NULL. */
static const struct ini_entry *entry_before(const struct ini_section *section, const char *key,
                                            size_t end)
{
    for (size_t i = 0; section && i < end; i++) {
        if (strcmp(section->entries[i].key, key) == 0)
            return &section->entries[i];
    }
    return NULL;
}

static void read_entry(struct load *load, const struct ini_section *section, size_t i, void *base)
{
    const struct ini_entry *entry = &section->entries[i];
    const struct config_key *key = keys_find(section->kind, entry->key);
    const struct ini_entry *first = entry_before(section, entry->key, i);
    char shown[TEXT_ESCAPED_MAX] = "";

    if (!key) {
        problems_add(&load->problems, entry->file, entry->line, "unknown key '%s' in [%s]%s",
                     text_escape(entry->key, strlen(entry->key), shown), section->kind,
                     keys_suggest(section->kind, entry->key).text);
        return;
    }
    if (first && !is_list(key->type)) {
        problems_add(&load->problems, entry->file, entry->line,
                     "'%s' is given already, in line %d; remove one", entry->key, first->line);
        return;
    }
    const struct value value = {
        .load = load, .key = key, .text = entry->value, .file = entry->file, .line = entry->line
    };
    read_value(&value, base);
}

/* The agent only tells; who is told is a person. */
static const char *default_of(const struct load *load, const struct config_key *key)
{
    if (!load->agent || key->kind == 0)
        return key->def;
    return key->kind == DCDDNS_KIND_NOTIFIER ? "desktop" : NULL;
}

static void read_defaults(struct load *load, const char *name, const struct ini_section *section,
                          void *base)
{
    for (const struct config_key *key = config_keys(); key->section; key++) {
        const char *def = default_of(load, key);
        if (strcmp(key->section, name) != 0 || !def ||
            entry_before(section, key->name, section ? section->count : 0))
            continue;
        const struct value value = {
            .load = load, .key = key, .text = def, .file = load->config->path
        };
        read_value(&value, base);
    }
}

void values_read(struct load *load, const struct ini_section *section, void *base)
{
    for (size_t i = 0; i < section->count && !load->problems.no_memory; i++)
        read_entry(load, section, i, base);
    if (!load->problems.no_memory)
        read_defaults(load, section->kind, section, base);
}

void values_defaults(struct load *load, const char *section, void *base)
{
    read_defaults(load, section, NULL, base);
}
