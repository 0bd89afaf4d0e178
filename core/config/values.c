/* What the keys of [core] and [host] mean: text to values by the table of keys.  Must not know
 * which files or sections there are. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "config/values_inside.h"
#include "platform/os.h"

void value_refuse(const struct value *v, const char *text, const char *what)
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
        value_refuse(v, v->text, "is not a duration such as 90, 90 s, 5 min or 1 h");
        return;
    }
    if (seconds < v->key->min || seconds > v->key->max) {
        snprintf(what, sizeof(what), "is not between %lld s and %lld s", (long long)v->key->min,
                 (long long)v->key->max);
        value_refuse(v, v->text, what);
        return;
    }
    *out = seconds;
}

/* "keep" (0), or "remove-after 24 h". */
static void read_lost(const struct value *v, int64_t *out)
{
    static const char after[] = "remove-after";
    const size_t len = sizeof(after) - 1;
    char what[96] = "";

    *out = 0;
    if (strcmp(v->text, "keep") == 0)
        return;
    const char *text = v->text + (strncmp(v->text, after, len) == 0 ? len : 0);
    if (text == v->text || (*text != ' ' && *text != '\t') ||
        !text_seconds(text + strspn(text, " \t"), out)) {
        value_refuse(v, v->text, "is neither keep nor, as an example, remove-after 24 h");
        return;
    }
    if (*out >= v->key->min && *out <= v->key->max)
        return;
    snprintf(what, sizeof(what), "is not between %lld h and %lld d", (long long)v->key->min / 3600,
             (long long)v->key->max / 86400);
    value_refuse(v, v->text, what);
}

static void read_count(const struct value *v, int64_t *out)
{
    char what[96] = "";

    snprintf(what, sizeof(what), "is not a number from %lld to %lld", (long long)v->key->min,
             (long long)v->key->max);
    if (!text_int(v->text, v->key->min, v->key->max, out))
        value_refuse(v, v->text, what);
}

static void read_bool(const struct value *v, bool *out)
{
    if (!text_bool(v->text, out))
        value_refuse(v, v->text, "is neither yes nor no");
}

static void read_path(const struct value *v, char **out)
{
    if (v->text[0] && !os_path_is_absolute(v->text))
        value_refuse(v, v->text, "is not an absolute path");
    else
        set_string(v, out, v->text);
    if (*out)
        os_path_tidy(*out);
}

static void read_device(const struct value *v, char **out)
{
    if (strpbrk(v->text, " \t/,") || strlen(v->text) > 63)
        value_refuse(v, v->text, "is not the name of one network device");
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
    value_refuse(v, v->text, what);
}

static bool name_ok(const struct value *v, const char *name)
{
    bool ok = config_name_ok(name);
    if (!ok)
        value_refuse(v, name, "is not a name of 1 to 32 letters a-z, digits and '-'");
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

void value_list_add_once(const struct value *v, struct config_list *list, const char *text)
{
    if (list_has(list, text))
        value_refuse(v, text, "is in the list twice");
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
            value_refuse(v, v->text, "has `none` beside other names; write one or the other");
        if (!name_ok(v, name))
            continue;
        value_list_add_once(v, out, name);
        instances_use(v->load, v->key->kind, name, v->file, v->line);
    }
    if (empty && v->key->type == CONFIG_NAMES)
        value_refuse(v, v->text, "names nothing; name at least one");
}

static void read_paths(const struct value *v, struct config_list *out)
{
    char path[VALUE_MAX] = "";
    const char *cursor = v->text;
    while (text_list_next(&cursor, path, sizeof(path))) {
        os_path_tidy(path);
        if (os_path_is_absolute(path))
            value_list_add_once(v, out, path);
        else
            value_refuse(v, path, "is not an absolute path");
    }
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
        value_resolvers(v, member);
        break;
    case CONFIG_COUNT:
        read_count(v, member);
        break;
    case CONFIG_BLOCKS:
        value_blocks(v, member);
        break;
    case CONFIG_SUFFIX:
        value_suffix(v, member);
        break;
    case CONFIG_LOST:
        read_lost(v, member);
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
