/* Which sections there are: known kinds, proper names, nothing twice.  Must not look at keys. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "config/load.h"

static const char *const kinds[] = { "core", "host", "ip-source", "auth", "notifier" };
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

uint32_t sections_kind(const struct ini_section *section)
{
    return module_kind_of(section->kind);
}

static bool is_known(const char *kind)
{
    for (size_t i = 0; i < KINDS; i++) {
        if (strcmp(kind, kinds[i]) == 0)
            return true;
    }
    return false;
}

static void complain(struct load *load, struct ini_section *section, const char *what)
{
    char shown[TEXT_ESCAPED_MAX] = "";
    section->ignored = true;
    problems_add(&load->problems, section->file, section->line, "[%s%s%s]: %s", section->kind,
                 section->name[0] ? " " : "",
                 text_escape(section->name, strlen(section->name), shown), what);
}

static void unknown_kind(struct load *load, struct ini_section *section)
{
    char shown[TEXT_ESCAPED_MAX] = "";
    struct suggestion hint = suggest(section->kind, kinds, KINDS);
    section->ignored = true;
    problems_add(&load->problems, section->file, section->line,
                 "unknown section '%s'%s (there are [core], [host FQDN], [ip-source NAME], "
                 "[auth NAME] and [notifier NAME])",
                 text_escape(section->kind, strlen(section->kind), shown), hint.text);
}

static void check_host_name(struct load *load, struct ini_section *section)
{
    char fqdn[FQDN_MAX] = "";
    if (section->name[0] == '\0') {
        complain(load, section, "write the host's full name, as in [host home.example.com]");
        return;
    }
    if (!text_fqdn(section->name, fqdn)) {
        complain(load, section, "is not a full host name, as in [host home.example.com]");
        return;
    }
    char *name = load_strndup(load, fqdn, strlen(fqdn));
    if (!name)
        return;
    mem_free(section->name);
    section->name = name;
}

static void check_name(struct load *load, struct ini_section *section)
{
    if (strcmp(section->kind, "host") == 0)
        check_host_name(load, section);
    else if (strcmp(section->kind, "core") != 0 && !config_name_ok(section->name))
        complain(load, section, "the section needs a name of 1 to 32 letters a-z, digits and '-'");
    else if (strcmp(section->kind, "core") == 0 && section->name[0] != '\0')
        complain(load, section, "this section has no name; write [core]");
}

static int by_name(const void *a, const void *b)
{
    const struct ini_section *x = *(struct ini_section *const *)a;
    const struct ini_section *y = *(struct ini_section *const *)b;
    int order = strcmp(x->kind, y->kind);
    if (order == 0)
        order = strcmp(x->name, y->name);
    /* Both are in one array: the earlier one was read first. */
    return order != 0 ? order : x < y ? -1 : x > y;
}

/* Badly named sections were told of already. */
static void find_repeated(struct load *load, struct ini_section **sorted, size_t count)
{
    const struct ini_section *first = NULL;
    for (size_t i = 0; i < count; i++) {
        struct ini_section *section = sorted[i];
        bool again = first && strcmp(first->kind, section->kind) == 0 &&
                     strcmp(first->name, section->name) == 0;
        if (section->ignored)
            continue;
        if (!again) {
            first = section;
            continue;
        }
        section->ignored = true;
        problems_add(&load->problems, section->file, section->line,
                     "[%s%s%s] is there already, at %s:%d; merge the two", section->kind,
                     section->name[0] ? " " : "", section->name, first->file, first->line);
    }
}

size_t sections_identify(struct load *load, struct ini_section ***out)
{
    struct ini_section **sorted = mem_new(load->section_count, sizeof(struct ini_section *));
    size_t count = 0;

    *out = sorted;
    if (!sorted) {
        load->problems.no_memory = true;
        return 0;
    }
    for (size_t i = 0; i < load->section_count; i++) {
        struct ini_section *section = &load->sections[i];
        if (!is_known(section->kind)) {
            unknown_kind(load, section);
            continue;
        }
        check_name(load, section);
        sorted[count++] = section;
    }
    if (count > 1)
        qsort(sorted, count, sizeof(struct ini_section *), by_name);
    find_repeated(load, sorted, count);
    return count;
}
