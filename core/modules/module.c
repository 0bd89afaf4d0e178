/* Finds, loads, proves and keeps modules; see module.h.  Must not know what a module is used for,
 * nor how the configuration names it. */
#include "modules/module.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "modules/descriptor.h"
#include "platform/os.h"

#define PATH_BUF BUF_MAX(4096)

static const char built_in[] = "(built in)";

typedef const struct dcddns_plugin *(*entry_function)(void);

static const char *const kind_names[] = {
    [DCDDNS_KIND_IP_SOURCE] = "ip-source",
    [DCDDNS_KIND_AUTH] = "auth",
    [DCDDNS_KIND_NOTIFIER] = "notifier",
};
enum { KIND_END = sizeof(kind_names) / sizeof(kind_names[0]) };

const char *module_kind_name(uint32_t kind)
{
    return kind > 0 && kind < KIND_END ? kind_names[kind] : "unknown";
}

uint32_t module_kind_of(const char *name)
{
    for (uint32_t kind = 1; kind < KIND_END; kind++) {
        if (strcmp(name, kind_names[kind]) == 0)
            return kind;
    }
    return 0;
}

static struct module *listed(const struct module_table *table, uint32_t kind, const char *name)
{
    struct module *module = table->list;
    while (module && (module->plugin.kind != kind || strcmp(module->plugin.name, name) != 0))
        module = module->next;
    return module;
}

static void module_free(struct module *module)
{
    if (module)
        mem_free(module->path);
    mem_free(module);
}

static struct module *module_new(const char *path, struct error *err)
{
    struct module *module = mem_new(1, sizeof(*module));
    if (module)
        module->path = mem_strdup(path);
    if (module && module->path)
        return module;
    module_free(module);
    error_set(err, ERR_LOCAL, "%s: out of memory while loading it; free some and try again", path);
    return NULL;
}

const struct module *module_adopt(struct module_table *table, uint32_t kind, const char *stem,
                                  const char *path, const struct dcddns_plugin *plugin,
                                  struct error *err)
{
    struct module *module = module_new(path, err);
    const struct module *known = NULL;

    if (!module)
        return NULL;
    if (descriptor_take(module, kind, stem, plugin, err) < 0) {
        error_prefix(err, "%s", path);
        module_free(module);
        return NULL;
    }
    known = listed(table, module->plugin.kind, module->plugin.name);
    if (!known) {
        module->next = table->list;
        table->list = module;
        return module;
    }
    module_free(module);
    if (strcmp(known->path, path) == 0)
        return known;
    error_set(err, ERR_CONFIG, "%s: a module of that name is loaded from %s; remove one of the two",
              path, known->path);
    return NULL;
}

/* The address of version 1's entry; NULL with words that say what the file is instead. */
static entry_function entry_of(void *handle, const char *path, struct error *err)
{
    void *symbol = os_module_symbol(handle, "dcddns_plugin_v1");
    if (symbol)
        return (entry_function)symbol;
    if (os_module_symbol(handle, "dcddns_plugin_v2"))
        error_set(
            err, ERR_CONFIG,
            "%s: is made for a newer dcddns (it exports dcddns_plugin_v2 only); update dcddns "
            "or install an older module",
            path);
    else
        error_set(err, ERR_CONFIG,
                  "%s: is not a dcddns module (it does not export dcddns_plugin_v1); remove it, or "
                  "install the module of that name",
                  path);
    return NULL;
}

/* Loads FILE of DIR/SUBDIR; a refused object stays mapped, which is harmless and safe. */
static const struct module *load_from(struct module_table *table, uint32_t kind, const char *stem,
                                      const char *dir, const char *subdir, struct error *err)
{
    const struct module *module = NULL;
    struct buf file = PATH_BUF, path = PATH_BUF;
    void *handle = NULL;
    entry_function entry = NULL;

    buf_printf(&file, "%s%s", stem, os_module_suffix());
    buf_printf(&path, "%s/%s/%s", strcmp(dir, "/") == 0 ? "" : dir, subdir, buf_text(&file));
    if (!buf_ok(&file) || !buf_ok(&path)) {
        error_set(err, ERR_LOCAL, "module %s: out of memory, or its path is too long", stem);
        goto end;
    }
    handle = os_module_open(dir, subdir, buf_text(&file), err);
    if (handle)
        entry = entry_of(handle, buf_text(&path), err);
    else if (err && err->class != ERR_LOCAL)
        err->class = ERR_CONFIG; /* whoever names a module mends what is wrong with its file */
    if (entry)
        module = module_adopt(table, kind, stem, buf_text(&path), entry(), err);
end:
    buf_free(&file);
    buf_free(&path);
    return module;
}

/* The folder may be named through symbolic links; what they lead to is what must be trusted. */
static const struct module *load(struct module_table *table, uint32_t kind, const char *name,
                                 const char *dir, struct error *err)
{
    const struct module *module = NULL;
    char *real = os_path_is_absolute(dir) ? os_real_path(dir) : NULL;

    if (real)
        module = load_from(table, kind, name, real, module_kind_name(kind), err);
    else
        error_set(err, ERR_CONFIG, "%s: is not an absolute path of a folder; correct plugin-path",
                  dir);
    mem_free(real);
    return module;
}

static const struct module_builtin *find_builtin(const struct module_table *table, uint32_t kind,
                                                 const char *name)
{
    const struct module_builtin *builtin = table->builtins;
    while (builtin && builtin->kind != 0 &&
           (builtin->kind != kind || strcmp(builtin->name, name) != 0))
        builtin++;
    return builtin && builtin->kind != 0 ? builtin : NULL;
}

static bool has_file(const char *dir, const char *kind, const char *name)
{
    struct buf path = PATH_BUF;
    buf_printf(&path, "%s/%s/%s%s", dir, kind, name, os_module_suffix());
    char *real = buf_ok(&path) ? os_real_path(buf_text(&path)) : NULL;
    bool found = real != NULL;
    mem_free(real);
    buf_free(&path);
    return found;
}

static void not_installed(const struct module_table *table, uint32_t kind, const char *name,
                          struct error *err)
{
    struct buf where = BUF_MAX(320);
    for (const char *const *dir = table->paths; dir && *dir; dir++)
        buf_printf(&where, "%s%s/%s", dir == table->paths ? "" : ", ", *dir,
                   module_kind_name(kind));
    error_set(err, ERR_CONFIG,
              "module %s/%s is not installed: there is no %s%s in %s; install it, or correct the "
              "name",
              module_kind_name(kind), name, name, os_module_suffix(),
              where.len > 0 ? buf_text(&where) : "any folder (plugin-path is empty)");
    buf_free(&where);
}

const struct module *module_find(struct module_table *table, uint32_t kind, const char *name,
                                 struct error *err)
{
    if (kind == 0 || kind >= KIND_END || !descriptor_name_ok(name)) {
        error_set(
            err, ERR_CONFIG,
            "module name \"%.40s\" is refused: a name is 1 to 32 of a-z, 0-9 and \"-\"; correct "
            "it",
            name);
        return NULL;
    }
    const struct module *module = listed(table, kind, name);
    if (module)
        return module;
    const struct module_builtin *builtin = find_builtin(table, kind, name);
    if (builtin)
        return module_adopt(table, kind, name, built_in, builtin->entry(), err);
    for (const char *const *dir = table->paths; dir && *dir; dir++) {
        if (has_file(*dir, module_kind_name(kind), name))
            return load(table, kind, name, *dir, err);
    }
    not_installed(table, kind, name, err);
    return NULL;
}

/* Cuts the last component off PATH, in place; NULL when there is no '/'. */
static char *cut_last(char *path)
{
    char *slash = strrchr(path, '/');
    if (!slash)
        return NULL;
    *slash = '\0';
    return slash + 1;
}

static bool cut_suffix(char *file)
{
    size_t len = strlen(file), suffix = strlen(os_module_suffix());
    if (len <= suffix || strcmp(file + len - suffix, os_module_suffix()) != 0)
        return false;
    file[len - suffix] = '\0';
    return true;
}

const struct module *module_load_file(struct module_table *table, const char *path,
                                      struct error *err)
{
    const struct module *module = NULL;
    char *dir = os_real_path(path);
    char *stem = dir ? cut_last(dir) : NULL;

    if (!stem) {
        error_set(err, ERR_CONFIG, "%s: cannot be found or read; check the path", path);
    } else if (!cut_suffix(stem) || !descriptor_name_ok(stem)) {
        error_set(err, ERR_CONFIG,
                  "%s: a module's file is called NAME%s, NAME being 1 to 32 of a-z, 0-9 and \"-\"; "
                  "rename it",
                  path, os_module_suffix());
    } else {
        char *subdir = cut_last(dir);
        bool top = !subdir || *subdir == '\0';
        module = load_from(table, 0, stem, *dir ? dir : "/", top ? "." : subdir, err);
    }
    mem_free(dir);
    return module;
}

struct scan {
    void (*each)(void *ctx, uint32_t kind, const char *name, const char *dir);
    void *ctx;
    uint32_t kind;
    const char *dir;
};

static bool scan_entry(void *ctx, const char *file)
{
    const struct scan *scan = ctx;
    char *stem = mem_strdup(file);
    if (stem && cut_suffix(stem) && descriptor_name_ok(stem))
        scan->each(scan->ctx, scan->kind, stem, scan->dir);
    mem_free(stem);
    return true;
}

void module_each(const struct module_table *table,
                 void (*each)(void *ctx, uint32_t kind, const char *name, const char *dir),
                 void *ctx)
{
    const struct module_builtin *builtin = table->builtins;
    for (; builtin && builtin->kind != 0; builtin++)
        each(ctx, builtin->kind, builtin->name, NULL);
    for (const char *const *path = table->paths; path && *path; path++) {
        struct os_dir *top = os_dir_open(*path, 0, NULL);
        for (uint32_t kind = 1; top && kind < KIND_END; kind++) {
            struct os_dir *dir = os_dir_sub(top, kind_names[kind], 0, NULL);
            struct scan scan = { .each = each, .ctx = ctx, .kind = kind };
            if (!dir)
                continue; /* a folder that is not there holds no modules */
            scan.dir = os_dir_path(dir);
            os_dir_list(dir, scan_entry, &scan);
            os_dir_close(&dir);
        }
        os_dir_close(&top);
    }
}

bool module_is_from(const struct module *module, const char *dir)
{
    struct buf path = PATH_BUF;
    if (!dir)
        return strcmp(module->path, built_in) == 0;
    char *real = os_real_path(dir);
    buf_printf(&path, "%s/%s%s", real ? real : dir, module->plugin.name, os_module_suffix());
    bool same = buf_ok(&path) && strcmp(buf_text(&path), module->path) == 0;
    mem_free(real);
    buf_free(&path);
    return same;
}

void module_table_free(struct module_table *table)
{
    while (table->list) {
        struct module *module = table->list;
        table->list = module->next;
        module_free(module);
    }
}

void module_option(const struct module *module, uint32_t i, struct dcddns_option *out)
{
    descriptor_option(&module->plugin, i, out);
}

int module_option_find(const struct module *module, const char *name, struct dcddns_option *out)
{
    for (uint32_t i = 0; i < module->plugin.option_count; i++) {
        module_option(module, i, out);
        if (strcmp(out->name, name) == 0)
            return 0;
    }
    *out = (struct dcddns_option){ 0 };
    return -1;
}
