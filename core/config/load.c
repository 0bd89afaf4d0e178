/* Memory of a load: growing lists and what is freed at its end.  Must not know what is in them. */
#include "config/load.h"

#include <string.h>

#include "base/mem.h"

void *load_grow(void *list, size_t count, size_t *cap, size_t size)
{
    if (count < *cap)
        return list;
    size_t more = *cap ? *cap * 2 : 8;
    if (more > SIZE_MAX / size)
        return NULL;
    void *grown = mem_resize(list, more * size);
    if (grown)
        *cap = more;
    return grown;
}

char *load_strndup(struct load *load, const char *text, size_t len)
{
    char *copy = mem_strndup(text, len);
    if (!copy)
        load->problems.no_memory = true;
    return copy;
}

bool load_list_add(struct load *load, struct config_list *list, const char *text)
{
    char **items = mem_resize(list->items, (list->count + 2) * sizeof(*items));
    if (!items) {
        load->problems.no_memory = true;
        return false;
    }
    list->items = items;
    items[list->count] = load_strndup(load, text, strlen(text));
    if (!items[list->count])
        return false;
    items[++list->count] = NULL;
    return true;
}

void config_list_free(struct config_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        mem_free(list->items[i]);
    mem_free(list->items);
    *list = (struct config_list){ 0 };
}

bool config_name_ok(const char *name)
{
    size_t len = strlen(name);
    return len > 0 && len <= CONFIG_NAME_MAX &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

static void clear_section(struct ini_section *section)
{
    for (size_t i = 0; i < section->count; i++) {
        mem_free(section->entries[i].key);
        mem_free_secret(section->entries[i].value);
    }
    mem_free(section->entries);
    mem_free(section->kind);
    mem_free(section->name);
}

void load_clear(struct load *load)
{
    for (size_t i = 0; i < load->section_count; i++)
        clear_section(&load->sections[i]);
    for (size_t i = 0; i < load->include_count; i++)
        mem_free(load->includes[i].pattern);
    mem_free(load->sections);
    mem_free(load->includes);
    mem_free(load->seen);
    load->sections = NULL;
    load->includes = NULL;
    load->seen = NULL;
    load->section_count = 0;
    load->include_count = 0;
}
