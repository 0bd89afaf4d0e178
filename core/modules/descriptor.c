/* Proves a plugin's descriptor before anything in it is used; see descriptor.h.  Sizes are those of
 * ABI 1.0 at least: what a newer plugin has beyond our structs is ignored, what an older one lacks
 * is zero. */
#include "modules/descriptor.h"

#include <stddef.h>
#include <string.h>

#include "modules/schema.h"

#define AUTHOR "report it to the module's author"

/* Nothing of ours comes near; a larger size is garbage, not a newer plugin. */
enum { SIZE_LIMIT = 4096 };

/* Size of TYPE when MEMBER was its last: what ABI 1.0 had. */
#define SIZE_UPTO(type, member) (offsetof(type, member) + sizeof(((type *)NULL)->member))

static bool allowed(const char *name, const char *extra, size_t max)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    size_t len = 0;
    if (!name)
        return false;
    while (len <= max && name[len] != '\0' &&
           (strchr(letters, name[len]) || strchr(extra, name[len])))
        len++;
    return len > 0 && len <= max && name[len] == '\0';
}

bool descriptor_name_ok(const char *name)
{
    return allowed(name, "", 32);
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Copies the struct at FROM, which begins with its own size, into zeroed OURS bytes; false when
 * that size is impossible. */
static bool copy_sized(void *to, size_t ours, size_t least, const void *from, uint32_t *said)
{
    memcpy(said, from, sizeof(*said));
    if (*said < least || *said > SIZE_LIMIT)
        return false;
    memset(to, 0, ours);
    memcpy(to, from, smaller(ours, *said));
    return true;
}

void descriptor_option(const struct dcddns_plugin *plugin, uint32_t i, struct dcddns_option *out)
{
    const char *row = (const char *)plugin->options + (size_t)i * plugin->option_size;
    memset(out, 0, sizeof(*out));
    memcpy(out, row, smaller(sizeof(*out), plugin->option_size));
}

static int check_kind(const struct dcddns_plugin *plugin, uint32_t kind, struct error *err)
{
    if (strcmp(module_kind_name(plugin->kind), "unknown") == 0)
        return error_set(err, ERR_CONFIG, "it has the unknown kind %u; " AUTHOR,
                         (unsigned)plugin->kind);
    if (kind != 0 && plugin->kind != kind)
        return error_set(
            err, ERR_CONFIG, "it is of kind %s in the folder of kind %s; move it to the folder %s",
            module_kind_name(plugin->kind), module_kind_name(kind), module_kind_name(plugin->kind));
    return 0;
}

static int check_names(const struct dcddns_plugin *plugin, const char *stem, struct error *err)
{
    if (!descriptor_name_ok(plugin->name))
        return error_set(err, ERR_CONFIG, "its name is not 1 to 32 of a-z, 0-9 and \"-\"; " AUTHOR);
    if (stem && strcmp(plugin->name, stem) != 0)
        return error_set(err, ERR_CONFIG,
                         "it calls itself \"%s\" but its file is called \"%s\"; rename the file",
                         plugin->name, stem);
    if (!plugin->version || !plugin->summary)
        return error_set(err, ERR_CONFIG, "it gives no version or no summary; " AUTHOR);
    return 0;
}

static bool is_file_of(const struct dcddns_option *file, const struct dcddns_option *secret)
{
    size_t len = strlen(secret->name);
    return (secret->flags & DCDDNS_SECRET) && strncmp(file->name, secret->name, len) == 0 &&
           strcmp(file->name + len, SCHEMA_FILE_SUFFIX) == 0;
}

static int check_option(const struct dcddns_plugin *plugin, uint32_t i, struct error *err)
{
    struct dcddns_option option = { 0 }, other = { 0 };

    descriptor_option(plugin, i, &option);
    if (!allowed(option.name, "_", 64) || !option.help)
        return error_set(err, ERR_CONFIG, "its option %u has no proper name or no help; " AUTHOR,
                         (unsigned)i);
    const char *wrong =
        option.def ? schema_check_value(option.type, option.flags, option.def) : NULL;
    if (strcmp(schema_type_name(option.type), "unknown") == 0)
        return error_set(
            err, ERR_CONFIG,
            "its option %s has type %u, which this dcddns does not know; update dcddns",
            option.name, (unsigned)option.type);
    if (wrong)
        return error_set(err, ERR_CONFIG, "the default of its option %s %s; " AUTHOR, option.name,
                         wrong);
    for (uint32_t k = 0; k < i; k++) {
        descriptor_option(plugin, k, &other);
        if (strcmp(other.name, option.name) == 0)
            return error_set(err, ERR_CONFIG, "it declares the option %s twice; " AUTHOR,
                             option.name);
        if (is_file_of(&option, &other) || is_file_of(&other, &option))
            return error_set(err, ERR_CONFIG,
                             "its options %s and %s cannot both be: dcddns reads a secret from "
                             "that file itself; " AUTHOR,
                             other.name, option.name);
    }
    return 0;
}

static int check_options(const struct dcddns_plugin *plugin, struct error *err)
{
    if (plugin->option_count == 0)
        return 0;
    if (!plugin->options || plugin->option_count > MODULE_OPTIONS_MAX)
        return error_set(err, ERR_CONFIG,
                         "it declares %u options, allowed are %d, in a table; " AUTHOR,
                         (unsigned)plugin->option_count, MODULE_OPTIONS_MAX);
    const size_t least = SIZE_UPTO(struct dcddns_option, flags);
    if (plugin->option_size < least || plugin->option_size > SIZE_LIMIT ||
        plugin->option_size % _Alignof(struct dcddns_option) != 0)
        return error_set(err, ERR_CONFIG,
                         "its options are %u bytes apart, allowed are %zu to %d; " AUTHOR,
                         (unsigned)plugin->option_size, least, SIZE_LIMIT);
    for (uint32_t i = 0; i < plugin->option_count; i++) {
        if (check_option(plugin, i, err) < 0)
            return -1;
    }
    return 0;
}

/* The first mandatory function that is missing, or NULL. */
static const char *missing(const struct module *module)
{
    const struct dcddns_plugin *plugin = &module->plugin;
    const struct dcddns_ip_source *source = &module->ops.ip_source;

    if (!plugin->create)
        return "create()";
    if (!plugin->destroy)
        return "destroy()";
    switch (plugin->kind) {
    case DCDDNS_KIND_IP_SOURCE:
        if (!source->query)
            return "query()";
        if (!source->watch != !source->unwatch)
            return source->watch ? "unwatch()" : "watch()";
        return NULL;
    case DCDDNS_KIND_AUTH:
        if (!module->ops.auth.consent)
            return "consent()";
        return module->ops.auth.token ? NULL : "token()";
    default:
        return module->ops.notifier.notify ? NULL : "notify()";
    }
}

static int take_ops(struct module *module, struct error *err)
{
    static const size_t least[] = {
        [DCDDNS_KIND_IP_SOURCE] = SIZE_UPTO(struct dcddns_ip_source, unwatch),
        [DCDDNS_KIND_AUTH] = SIZE_UPTO(struct dcddns_auth, token),
        [DCDDNS_KIND_NOTIFIER] = SIZE_UPTO(struct dcddns_notifier, notify),
    };
    static const size_t ours[] = {
        [DCDDNS_KIND_IP_SOURCE] = sizeof(struct dcddns_ip_source),
        [DCDDNS_KIND_AUTH] = sizeof(struct dcddns_auth),
        [DCDDNS_KIND_NOTIFIER] = sizeof(struct dcddns_notifier),
    };
    const struct dcddns_plugin *plugin = &module->plugin;
    uint32_t said = 0;

    if (!plugin->ops)
        return error_set(err, ERR_CONFIG, "it has no table of operations; " AUTHOR);
    if (!copy_sized(&module->ops, ours[plugin->kind], least[plugin->kind], plugin->ops, &said))
        return error_set(err, ERR_CONFIG,
                         "its table of operations says %u bytes, allowed are %zu to %d; rebuild it "
                         "with dcddns/plugin.h",
                         (unsigned)said, least[plugin->kind], SIZE_LIMIT);
    const char *function = missing(module);
    if (function)
        return error_set(err, ERR_CONFIG, "it lacks %s; " AUTHOR, function);
    return 0;
}

int descriptor_take(struct module *module, uint32_t kind, const char *stem,
                    const struct dcddns_plugin *given, struct error *err)
{
    const size_t least = SIZE_UPTO(struct dcddns_plugin, ops);
    struct dcddns_plugin *plugin = &module->plugin;
    uint32_t said = 0;

    if (!given)
        return error_set(err, ERR_CONFIG, "it returns no descriptor; " AUTHOR);
    if (!copy_sized(plugin, sizeof(*plugin), least, given, &said))
        return error_set(
            err, ERR_CONFIG,
            "its descriptor says %u bytes, allowed are %zu to %d; rebuild it with dcddns/plugin.h",
            (unsigned)said, least, SIZE_LIMIT);
    if (check_kind(plugin, kind, err) < 0 || check_names(plugin, stem, err) < 0 ||
        check_options(plugin, err) < 0)
        return -1;
    return take_ops(module, err);
}
