/* Modules against the configuration: loads those that are used and has every section checked by its
 * module's schema.  Must not run a module. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "config/load.h"

enum { TITLE_MAX = 64, CANDIDATES_MAX = 64 };

static const char *title_of(const struct config_instance *instance, char title[TITLE_MAX])
{
    snprintf(title, TITLE_MAX, "%s %s", module_kind_name(instance->kind), instance->name);
    return title;
}

/* Names that could have been meant: sections of the kind, then module files. */
struct candidates {
    uint32_t kind;
    const char *names[CANDIDATES_MAX];
    char *copies[CANDIDATES_MAX];
    size_t count;
};

static void add_module_name(void *ctx, uint32_t kind, const char *name, const char *dir)
{
    struct candidates *c = ctx;
    (void)dir;
    if (kind != c->kind || c->count == CANDIDATES_MAX)
        return;
    c->copies[c->count] = mem_strdup(name);
    c->names[c->count] = c->copies[c->count];
    if (c->copies[c->count])
        c->count++;
}

static struct suggestion suggest_instance(const struct config *config,
                                          const struct module_table *table,
                                          const struct config_instance *wanted)
{
    struct candidates c = { .kind = wanted->kind };
    for (size_t i = 0; i < config->instance_count && c.count < CANDIDATES_MAX; i++) {
        const struct config_instance *instance = &config->instances[i];
        if (instance->kind == wanted->kind && !instance->implied)
            c.names[c.count++] = instance->name;
    }
    module_each(table, add_module_name, &c);
    struct suggestion out = suggest(wanted->module, c.names, c.count);
    for (size_t i = 0; i < c.count; i++)
        mem_free(c.copies[i]);
    return out;
}

static const char *list_key(uint32_t kind)
{
    return kind == DCDDNS_KIND_IP_SOURCE ? "sources"
           : kind == DCDDNS_KIND_AUTH    ? "auth"
                                         : "notifiers";
}

static void no_module(struct problems *problems, const struct module_table *table,
                      const struct config_instance *instance, const struct error *err)
{
    char title[TITLE_MAX] = "";
    struct suggestion hint = { "" };

    title_of(instance, title);
    if (!instance->used) {
        log_warn("%s:%d: [%s] is not used and its module cannot be loaded: %s", instance->file,
                 instance->line, title, err->text);
        return;
    }
    hint = suggest_instance(problems->config, table, instance);
    if (instance->implied)
        problems_add(problems, instance->file, instance->line,
                     "%s: there is no section [%s], and as a module: %s%s",
                     list_key(instance->kind), title, err->text, hint.text);
    else
        problems_add(problems, instance->file, instance->line, "[%s]: module '%s': %s%s", title,
                     instance->module, err->text, hint.text);
}

struct check {
    struct problems *problems;
    const struct module *module;
    const struct config_instance *instance;
};

/* True for a key that came again though it takes one value; unknown keys are the schema's to tell.
 */
static bool is_wrong(const struct check *check, const struct config_repeat *repeat)
{
    struct dcddns_option option = { 0 };
    return module_option_find(check->module, repeat->name, &option) == 0 &&
           !(option.flags & DCDDNS_LIST);
}

static void on_report(void *ctx, const char *file, int line, const char *message)
{
    const struct check *check = ctx;
    const struct config_instance *instance = check->instance;

    /* What is wrong with a joined value follows from the repetition. */
    for (size_t i = 0; i < instance->repeat_count; i++) {
        if (instance->repeats[i].first_line == line && is_wrong(check, &instance->repeats[i]))
            return;
    }
    problems_add(check->problems, file, line, "%s", message);
}

static void check_repeats(const struct check *check)
{
    const struct config_instance *instance = check->instance;
    for (size_t i = 0; i < instance->repeat_count; i++) {
        const struct config_repeat *repeat = &instance->repeats[i];
        if (is_wrong(check, repeat))
            problems_add(check->problems, instance->file, repeat->line,
                         "'%s' is given already, in line %d; remove one", repeat->name,
                         repeat->first_line);
    }
}

static bool is_given(const struct config_instance *instance, const struct config_key *key)
{
    const struct event_filter *filter = &instance->filter;
    return strcmp(key->name, "events") == 0 ? filter->events != 0 : filter->min_level != 0;
}

/* `events` and `min-level` are the program's: a module's own option of that name cannot be given,
 * and a module that works without it goes on as before. */
static void check_owned(const struct check *check, const char *title)
{
    const struct config_instance *instance = check->instance;
    for (const struct config_key *key = config_keys(); key->section; key++) {
        struct dcddns_option option = { 0 };
        if (!notifier_owns(instance->kind, key->name) ||
            module_option_find(check->module, key->name, &option) < 0)
            continue;
        if (!is_given(instance, key) && !(option.flags & DCDDNS_REQUIRED))
            continue;
        problems_add(check->problems, instance->file, instance->line,
                     "[%s]: the module %s has an option '%s', which is a key of dcddns itself; its "
                     "author must give it another name",
                     title, instance->module, key->name);
    }
}

static void check_instance(struct problems *problems, struct module_table *table,
                           const struct config_instance *instance)
{
    struct error err = { 0 };
    char title[TITLE_MAX] = "";
    struct check check = { .problems = problems, .instance = instance };

    check.module = module_find(table, instance->kind, instance->module, &err);
    if (!check.module) {
        no_module(problems, table, instance, &err);
        return;
    }
    schema_check(check.module, title_of(instance, title), instance->file, instance->line,
                 instance->options, instance->option_count, on_report, &check);
    check_repeats(&check);
    check_owned(&check, title);
}

int config_check_modules(const struct config *config, struct module_table *table,
                         struct config_errors *errors)
{
    struct problems problems = { .config = config };
    for (size_t i = 0; i < config->instance_count; i++)
        check_instance(&problems, table, &config->instances[i]);
    return problems_report(&problems, errors);
}
