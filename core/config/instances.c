/* Instances of modules as the configuration has them: what a section says, as written, or a name in
 * a list that has no section.  Must not know what options mean. */
#include <string.h>

#include "base/mem.h"
#include "config/load.h"

static struct config_instance *add(struct load *load, uint32_t kind, const char *name)
{
    struct config *config = load->config;
    struct config_instance *list =
        mem_resize(config->instances, (config->instance_count + 1) * sizeof(*list));
    if (!list) {
        load->problems.no_memory = true;
        return NULL;
    }
    config->instances = list;
    struct config_instance *instance = &list[config->instance_count++];
    *instance =
        (struct config_instance){ .kind = kind, .name = load_strndup(load, name, strlen(name)) };
    return instance;
}

static struct config_instance *find(struct config *config, uint32_t kind, const char *name)
{
    for (size_t i = 0; i < config->instance_count; i++) {
        struct config_instance *instance = &config->instances[i];
        if (instance->kind == kind && instance->name && strcmp(instance->name, name) == 0)
            return instance;
    }
    return NULL;
}

void instances_use(struct load *load, uint32_t kind, const char *name, const char *file, int line)
{
    struct config_instance *instance = find(load->config, kind, name);
    if (!instance) {
        instance = add(load, kind, name);
        if (!instance)
            return;
        instance->module = load_strndup(load, name, strlen(name));
        instance->file = file;
        instance->line = line;
        instance->implied = true;
    }
    instance->used = true;
}

static bool is_module_key(const struct ini_entry *entry)
{
    return strcmp(entry->key, "module") == 0;
}

static void read_module_key(struct load *load, const struct ini_section *section,
                            struct config_instance *instance)
{
    const struct ini_entry *first = NULL;
    char shown[TEXT_ESCAPED_MAX] = "";

    for (size_t i = 0; i < section->count; i++) {
        const struct ini_entry *entry = &section->entries[i];
        if (!is_module_key(entry))
            continue;
        if (first)
            problems_add(&load->problems, entry->file, entry->line,
                         "'module' is given already, in line %d; remove one", first->line);
        else if (!config_name_ok(entry->value))
            problems_add(&load->problems, entry->file, entry->line,
                         "module: '%s' is not a name of 1 to 32 letters a-z, digits and '-'",
                         text_escape(entry->value, strlen(entry->value), shown));
        if (!first)
            first = entry;
    }
    const char *module = first ? first->value : section->name;
    instance->module = load_strndup(load, module, strlen(module));
}

/* Where the strings of an instance go; sized before, so that they never move. */
struct arena {
    char *next;
};

static const char *put(struct arena *arena, const char *text)
{
    size_t len = strlen(text) + 1;
    char *at = arena->next;
    memcpy(at, text, len);
    arena->next += len;
    return at;
}

static const struct ini_entry *first_of(const struct ini_section *section, const char *key)
{
    const struct ini_entry *entry = section->entries;
    while (strcmp(entry->key, key) != 0)
        entry++;
    return entry;
}

/* All values of KEY, joined by commas: what a list option given in several lines means. */
static const char *put_values(struct arena *arena, const struct ini_section *section,
                              const char *key)
{
    char *start = arena->next;
    for (size_t i = 0; i < section->count; i++) {
        const struct ini_entry *entry = &section->entries[i];
        if (strcmp(entry->key, key) != 0 || entry->value[0] == '\0')
            continue;
        if (arena->next > start) {
            memcpy(arena->next, ", ", 2);
            arena->next += 2;
        }
        size_t len = strlen(entry->value);
        memcpy(arena->next, entry->value, len);
        arena->next += len;
    }
    *arena->next++ = '\0';
    return start;
}

static size_t text_size(const struct ini_section *section)
{
    size_t size = 1;
    for (size_t i = 0; i < section->count; i++)
        size += strlen(section->entries[i].key) + strlen(section->entries[i].value) + 4;
    return size;
}

static bool make_room(struct config_instance *instance, const struct ini_section *section)
{
    instance->text_len = text_size(section);
    instance->text = mem_new(instance->text_len, 1);
    instance->options = mem_new(section->count, sizeof(*instance->options));
    instance->repeats = mem_new(section->count, sizeof(*instance->repeats));
    return instance->text && instance->options && instance->repeats;
}

static void read_options(struct config_instance *instance, const struct ini_section *section)
{
    struct arena arena = { .next = instance->text };

    for (size_t i = 0; i < section->count; i++) {
        const struct ini_entry *entry = &section->entries[i];
        const struct ini_entry *first = first_of(section, entry->key);
        if (is_module_key(entry) || notifier_owns(instance->kind, entry->key))
            continue;
        const char *key = put(&arena, entry->key);
        if (first != entry) {
            instance->repeats[instance->repeat_count++] = (struct config_repeat){
                .name = key, .line = entry->line, .first_line = first->line
            };
            continue;
        }
        instance->options[instance->option_count++] =
            (struct schema_value){ .name = key,
                                   .value = put_values(&arena, section, entry->key),
                                   .file = entry->file,
                                   .line = entry->line };
    }
}

void instances_read(struct load *load, const struct ini_section *section, uint32_t kind)
{
    struct config_instance *instance = add(load, kind, section->name);
    if (!instance)
        return;
    instance->file = section->file;
    instance->line = section->line;
    read_module_key(load, section, instance);
    if (kind == DCDDNS_KIND_NOTIFIER)
        notifier_read(load, section, &instance->filter);
    if (make_room(instance, section))
        read_options(instance, section);
    else
        load->problems.no_memory = true;
}

void instances_free(struct config *config)
{
    for (size_t i = 0; i < config->instance_count; i++) {
        struct config_instance *instance = &config->instances[i];
        mem_free(instance->name);
        mem_free(instance->module);
        mem_free(instance->options);
        mem_free(instance->repeats);
        if (instance->text)
            mem_wipe(instance->text, instance->text_len);
        mem_free(instance->text);
    }
    mem_free(config->instances);
    config->instances = NULL;
    config->instance_count = 0;
}
