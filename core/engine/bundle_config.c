/* The configuration as it is in effect, and the modules.  Values are printed by their type: one
 * that may hold anything is not printed. */
#include <string.h>

#include "base/mem.h"
#include "engine/bundle_inside.h"

static void put_list(struct bundle *b, const struct config_list *list,
                     void (*put)(struct bundle *, const char *))
{
    for (size_t i = 0; i < list->count; i++) {
        buf_puts(b->out, i > 0 ? ", " : "");
        put(b, list->items[i]);
    }
}

/* Names of instances are [a-z0-9-]{1,32} and seldom anybody's. */
static void put_plain(struct bundle *b, const char *text)
{
    buf_puts(b->out, text);
}

static void put_path(struct bundle *b, const char *path)
{
    mask_path(&b->mask, path, b->out);
}

/* ADDRESS, ADDRESS:PORT or [IPV6]:PORT */
static void put_resolver(struct bundle *b, const char *text)
{
    char host[64] = "";
    struct dcddns_addr addr = { 0 };
    const char *from = text[0] == '[' ? text + 1 : text;
    bool bare6 = text[0] != '[' && strchr(text, ':') != strrchr(text, ':');
    size_t len = text[0] == '[' ? strcspn(from, "]") : bare6 ? strlen(from) : strcspn(from, ":");

    if (len < sizeof(host))
        memcpy(host, from, len);
    if (addr_parse(host, &addr) == 0)
        mask_addr(&b->mask, &addr, b->out);
    else
        buf_puts(b->out, "***");
}

static void put_blocks(struct bundle *b, const struct config_blocks *blocks)
{
    char text[ADDR_TEXT_MAX] = "";
    for (size_t i = 0; i < blocks->count; i++) {
        buf_puts(b->out, i > 0 ? ", " : "");
        if (b->mask.names)
            buf_puts(b->out, addr_text(&blocks->items[i].addr, text));
        else
            buf_printf(b->out, "IPv%d block", (int)blocks->items[i].addr.family);
        buf_printf(b->out, "/%u", (unsigned)blocks->items[i].bits);
    }
}

static void put_string(struct bundle *b, const struct config_key *key, const char *text)
{
    if (!text)
        return;
    if (key->type == CONFIG_NAME)
        put_plain(b, text);
    else if (key->type == CONFIG_DEVICE)
        mask_device(&b->mask, text, b->out);
    else
        put_path(b, text);
}

static void put_lost(struct bundle *b, int64_t seconds)
{
    if (seconds > 0)
        buf_printf(b->out, "remove-after %lld s", (long long)seconds);
    else
        buf_puts(b->out, "keep");
}

static void put_value(struct bundle *b, const struct config_key *key, const void *base)
{
    const void *at = (const char *)base + key->offset;
    char *string = NULL;

    switch (key->type) {
    case CONFIG_SECONDS:
    case CONFIG_COUNT:
        buf_printf(b->out, "%lld", (long long)*(const int64_t *)at);
        break;
    case CONFIG_BOOL:
        buf_puts(b->out, *(const bool *)at ? "yes" : "no");
        break;
    case CONFIG_LEVEL:
        buf_printf(b->out, "%d", *(const int *)at);
        break;
    case CONFIG_PATH:
    case CONFIG_PATH_NONE:
    case CONFIG_DEVICE:
    case CONFIG_NAME:
        memcpy(&string, at, sizeof(string));
        put_string(b, key, string);
        break;
    case CONFIG_NAMES:
    case CONFIG_NAMES_OPT:
        put_list(b, at, put_plain);
        break;
    case CONFIG_PATHS:
        put_list(b, at, put_path);
        break;
    case CONFIG_RESOLVERS:
        put_list(b, at, put_resolver);
        break;
    case CONFIG_BLOCKS:
        put_blocks(b, at);
        break;
    case CONFIG_SUFFIX:
        buf_puts(b->out, addr_is_set(&((const struct config_suffix *)at)->addr) ? "(given)" : "");
        break;
    case CONFIG_LOST:
        put_lost(b, *(const int64_t *)at);
        break;
    default: /* what a later type holds is not known to be harmless */
        buf_puts(b->out, "(not shown)");
        break;
    }
}

static void put_section(struct bundle *b, const char *section, const void *base)
{
    for (const struct config_key *key = config_keys(); key->section; key++) {
        if (strcmp(key->section, section) != 0)
            continue;
        buf_printf(b->out, "%s = ", key->name);
        put_value(b, key, base);
        buf_putc(b->out, '\n');
    }
}

/* -- instances -------------------------------------------------------------------------------- */

static void put_urls(struct bundle *b, const char *list)
{
    char url[2048] = "";
    const char *at = list;
    for (int i = 0; text_list_next(&at, url, sizeof(url)); i++) {
        buf_puts(b->out, i > 0 ? ", " : "");
        mask_url(&b->mask, url, b->out);
    }
}

/* A value that is the default of a published module says nothing about anybody. */
static void put_option_value(struct bundle *b, const struct dcddns_option *option,
                             const char *value)
{
    bool secret = option->flags & DCDDNS_SECRET;
    bool number = option->type == DCDDNS_OPT_INT || option->type == DCDDNS_OPT_BOOL ||
                  option->type == DCDDNS_OPT_SECONDS;
    if (secret)
        buf_puts(b->out, "(secret)");
    else if (number || (option->def && strcmp(option->def, value) == 0))
        buf_puts(b->out, value);
    else if (option->type == DCDDNS_OPT_URL)
        put_urls(b, value);
    else if (option->type == DCDDNS_OPT_PATH && !(option->flags & DCDDNS_LIST))
        put_path(b, value);
    else
        buf_puts(b->out, "(given)");
}

/* NAME-file, which stands for the secret option NAME. */
static bool find_file_option(const struct module *module, const char *key,
                             struct dcddns_option *option)
{
    char name[SCHEMA_KEY_MAX] = "";
    size_t len = strlen(key), end = strlen(SCHEMA_FILE_SUFFIX);

    if (len <= end || len >= sizeof(name) || strcmp(key + len - end, SCHEMA_FILE_SUFFIX) != 0)
        return false;
    memcpy(name, key, len - end);
    return module_option_find(module, name, option) == 0;
}

static void put_option(struct bundle *b, const struct module *module,
                       const struct schema_value *given)
{
    struct dcddns_option option = { 0 };

    if (module && module_option_find(module, given->name, &option) == 0) {
        buf_printf(b->out, "%s = ", option.name);
        put_option_value(b, &option, given->value);
    } else if (module && find_file_option(module, given->name, &option)) {
        buf_printf(b->out, "%s" SCHEMA_FILE_SUFFIX " = ", option.name);
        put_path(b, given->value);
    } else {
        buf_puts(b->out, "(a key that no module explains)");
    }
    buf_putc(b->out, '\n');
}

static void put_instance(struct bundle *b, const struct config_instance *instance)
{
    struct error err = { 0 };
    const struct module *module =
        module_find(&b->rt->modules, instance->kind, instance->module, &err);

    buf_printf(b->out, "\n[%s %s]%s\nmodule = %s\n", module_kind_name(instance->kind),
               instance->name, instance->used ? "" : " (not used)", instance->module);
    for (size_t i = 0; i < instance->option_count; i++)
        put_option(b, module, &instance->options[i]);
}

void bundle_config(struct bundle *b)
{
    const struct config *config = b->rt->config;

    bundle_title(b, "configuration in effect");
    if (!config) {
        buf_puts(b->out, "none: it cannot be read\n");
        return;
    }
    buf_puts(b->out, "file = ");
    put_path(b, config->path);
    buf_printf(b->out, " (%zu files)\nstate-dir in use = ", config->file_count);
    put_path(b, b->state_dir ? b->state_dir : "");
    buf_puts(b->out, "\n\n[core]\n");
    put_section(b, "core", config);
    for (size_t i = 0; i < config->instance_count; i++)
        put_instance(b, &config->instances[i]);
    for (size_t i = 0; i < config->host_count && i < BUNDLE_HOSTS_MAX; i++) {
        buf_puts(b->out, "\n[host ");
        mask_host(&b->mask, config->hosts[i].fqdn, b->out);
        buf_puts(b->out, "]\n");
        put_section(b, "host", &config->hosts[i]);
    }
    if (config->host_count > BUNDLE_HOSTS_MAX)
        buf_printf(b->out, "\nand %zu hosts more\n", config->host_count - BUNDLE_HOSTS_MAX);
}

/* -- modules ---------------------------------------------------------------------------------- */

/* A folder of modules where the program has its own. */
static bool is_usual_folder(const char *dir)
{
    char *own = os_place(OS_PLACE_MODULES, DCDDNS_PLUGIN_DIR);
    const size_t len = own ? strlen(own) : 0;
    const bool usual = len > 0 && strncmp(dir, own, len) == 0 && dir[len] == '/' &&
                       module_kind_of(dir + len + 1) != 0;
    mem_free(own);
    return usual;
}

static void put_folder(struct bundle *b, const char *dir)
{
    if (!dir)
        buf_puts(b->out, "built in");
    else if (is_usual_folder(dir))
        buf_puts(b->out, "installed with the program");
    else
        put_path(b, dir);
}

/* File names of strangers' modules are [a-z0-9-]{1,32}. */
static void put_module(void *ctx, uint32_t kind, const char *name, const char *dir)
{
    struct bundle *b = ctx;
    struct error err = { 0 };
    const struct module *module = module_find(&b->rt->modules, kind, name, &err);

    buf_printf(b->out, "%-10s %-18s ", module_kind_name(kind), name);
    if (!module) {
        buf_puts(b->out, "unusable: ");
        mask_text(&b->mask, err.text, b->out);
    } else {
        buf_printf(b->out, "%s, interface 1.%u, ", module->plugin.version,
                   (unsigned)module->plugin.abi_minor);
        put_folder(b, dir);
        buf_puts(b->out, module_is_from(module, dir) ? "" : ", not used");
    }
    buf_putc(b->out, '\n');
}

void bundle_modules(struct bundle *b)
{
    bundle_title(b, "modules");
    module_each(&b->rt->modules, put_module, b);
}
