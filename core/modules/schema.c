/* Compares what a section of the configuration says with what a module declares; see schema.h.
 * Values of secret options never appear in a message. */
#include "modules/schema.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/text.h"
#include "base/url.h"
#include "modules/descriptor.h"
#include "platform/os.h"

enum { VALUE_MAX = 4096, MESSAGE_MAX = 2048 };

const char *schema_type_name(uint32_t type)
{
    switch (type) {
    case DCDDNS_OPT_STRING:
        return "string";
    case DCDDNS_OPT_INT:
        return "integer";
    case DCDDNS_OPT_BOOL:
        return "yes/no";
    case DCDDNS_OPT_SECONDS:
        return "duration";
    case DCDDNS_OPT_URL:
        return "URL";
    case DCDDNS_OPT_CIDR:
        return "address block";
    case DCDDNS_OPT_PATH:
        return "path";
    default:
        return "unknown";
    }
}

static bool has_control(const char *value)
{
    for (; *value; value++) {
        if ((unsigned char)*value < 0x20 || *value == 0x7f)
            return true;
    }
    return false;
}

/* SCHEME://HOST... of visible ASCII; which schemes are good is the module's to say. */
static bool is_url(const char *value)
{
    static const char scheme[] = "abcdefghijklmnopqrstuvwxyz0123456789+.-";
    char host[FQDN_MAX] = "";
    size_t len = strspn(value, scheme);
    if (len == 0 || !text_starts_with(value + len, "://"))
        return false;
    const char *authority = value + len + 3;
    if (memchr(authority, '@', strcspn(authority, "/?#"))) /* a name or password would be logged */
        return false;
    return text_is_token(value, VALUE_MAX) && url_host(value, host, sizeof(host));
}

static const char *check_one(uint32_t type, const char *value)
{
    int64_t number = 0;
    bool yes = false;
    struct addr_cidr block = { 0 };

    switch (type) {
    case DCDDNS_OPT_STRING:
        return NULL;
    case DCDDNS_OPT_INT:
        return text_int(value, INT64_MIN, INT64_MAX, &number) ? NULL : "is not a whole number";
    case DCDDNS_OPT_BOOL:
        return text_bool(value, &yes) ? NULL : "is neither yes nor no";
    case DCDDNS_OPT_SECONDS:
        return text_seconds(value, &number) ? NULL : "is not a duration such as 30 s, 5 min or 1 h";
    case DCDDNS_OPT_URL:
        return is_url(value) ? NULL : "is not a URL such as https://host.example/path";
    case DCDDNS_OPT_CIDR:
        return addr_cidr_parse(value, &block) == 0
                   ? NULL
                   : "is not a block such as 2001:db8::/32 with no bits behind the prefix";
    case DCDDNS_OPT_PATH:
        return os_path_is_absolute(value) ? NULL : "is not an absolute path";
    default:
        return "has a type that this dcddns does not know";
    }
}

const char *schema_check_value(uint32_t type, uint32_t flags, const char *value)
{
    char entry[VALUE_MAX + 1];
    const char *cursor = value, *wrong = NULL;

    if (strlen(value) > VALUE_MAX)
        return "is longer than 4096 bytes";
    if (has_control(value))
        return "holds control characters";
    if (*value == '\0' && (flags & DCDDNS_REQUIRED))
        return "is empty, but must be given";
    if (!(flags & DCDDNS_LIST))
        return check_one(type, value);
    while (!wrong && text_list_next(&cursor, entry, sizeof(entry)))
        wrong = check_one(type, entry);
    return wrong;
}

struct check {
    const struct module *module;
    const char *section;
    schema_report report;
    void *ctx;
    int count;
};

static void report(struct check *check, const char *file, int line, struct buf *message)
{
    check->report(check->ctx, file, line,
                  buf_ok(message) ? buf_text(message) : "out of memory while checking the section");
    check->count++;
    buf_free(message);
}

static void report_unknown(struct check *check, const struct schema_value *value)
{
    const char *names[MODULE_OPTIONS_MAX] = { NULL };
    char escaped[TEXT_ESCAPED_MAX] = "";
    struct buf message = BUF_MAX(MESSAGE_MAX);
    struct dcddns_option option = { 0 };
    uint32_t count = check->module->plugin.option_count;

    buf_printf(&message, "[%s] has no key \"%s\"", check->section,
               text_escape(value->name, strlen(value->name), escaped));
    for (uint32_t i = 0; i < count; i++) {
        module_option(check->module, i, &option);
        names[i] = option.name;
    }
    const char *closest = text_closest(value->name, names, count);
    if (closest)
        buf_printf(&message, "; did you mean \"%s\"?", closest);
    else if (count == 0)
        buf_printf(&message, "; the module %s takes none", check->module->plugin.name);
    else
        buf_puts(&message, "; it knows ");
    for (uint32_t i = 0; !closest && i < count; i++)
        buf_printf(&message, "%s%s", i > 0 ? ", " : "", names[i]);
    report(check, value->file, value->line, &message);
}

/* The secret option that the key names a file for; false when it is no such key. */
static bool is_file_of(const struct module *module, const char *key, struct dcddns_option *option)
{
    char name[SCHEMA_KEY_MAX] = "";
    size_t len = strlen(key), suffix = strlen(SCHEMA_FILE_SUFFIX);
    if (len <= suffix || len - suffix >= sizeof(name) ||
        strcmp(key + len - suffix, SCHEMA_FILE_SUFFIX) != 0)
        return false;
    memcpy(name, key, len - suffix);
    return module_option_find(module, name, option) == 0 && (option->flags & DCDDNS_SECRET);
}

static void check_file(struct check *check, const struct schema_value *value,
                       const struct dcddns_option *secret)
{
    struct buf message = BUF_MAX(MESSAGE_MAX);
    if (os_path_is_absolute(value->value))
        return;
    buf_printf(&message, "%s: give the absolute path of a file that holds the %s", value->name,
               secret->name);
    report(check, value->file, value->line, &message);
}

static void check_given(struct check *check, const struct schema_value *value)
{
    struct dcddns_option option = { 0 };
    char escaped[TEXT_ESCAPED_MAX] = "";
    struct buf message = BUF_MAX(MESSAGE_MAX);

    if (module_option_find(check->module, value->name, &option) < 0) {
        if (is_file_of(check->module, value->name, &option))
            check_file(check, value, &option);
        else
            report_unknown(check, value);
        return;
    }
    const char *wrong = schema_check_value(option.type, option.flags, value->value);
    if (!wrong)
        return;
    if (option.flags & DCDDNS_SECRET)
        buf_printf(&message, "%s: the value %s; it is \"%s\"", option.name, wrong, option.help);
    else
        buf_printf(&message, "%s: \"%s\" %s; it is \"%s\"", option.name,
                   text_escape(value->value, strlen(value->value), escaped), wrong, option.help);
    report(check, value->file, value->line, &message);
}

static const struct schema_value *given(const char *name, const struct schema_value *values,
                                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(values[i].name, name) == 0)
            return &values[i];
    }
    return NULL;
}

/* A required key that is missing, or a secret that is given twice over. */
static void check_presence(struct check *check, const struct dcddns_option *option,
                           const struct schema_value *values, size_t count, const char *file,
                           int line)
{
    char key[SCHEMA_KEY_MAX] = "";
    struct buf message = BUF_MAX(MESSAGE_MAX);
    const struct schema_value *itself = given(option->name, values, count), *from = NULL;

    if (option->flags & DCDDNS_SECRET) {
        snprintf(key, sizeof(key), "%s" SCHEMA_FILE_SUFFIX, option->name);
        from = given(key, values, count);
    }
    if (itself && from) {
        buf_printf(&message, "%s: %s is given already, in line %d; remove one", from->name,
                   option->name, itself->line);
        report(check, from->file, from->line, &message);
    } else if (!itself && !from && (option->flags & DCDDNS_REQUIRED)) {
        buf_printf(&message, "[%s] lacks the key \"%s\" (%s); add it", check->section, option->name,
                   option->help);
        report(check, file, line, &message);
    }
}

int schema_check(const struct module *module, const char *section, const char *file, int line,
                 const struct schema_value *values, size_t count, schema_report each, void *ctx)
{
    struct check check = { .module = module, .section = section, .report = each, .ctx = ctx };
    struct dcddns_option option = { 0 };

    for (size_t i = 0; i < count; i++)
        check_given(&check, &values[i]);
    for (uint32_t i = 0; i < module->plugin.option_count; i++) {
        module_option(module, i, &option);
        check_presence(&check, &option, values, count, file, line);
    }
    return check.count;
}
