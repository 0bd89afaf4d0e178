/* From a path to a finished configuration: read everything first, then look at it.  Must not know
 * how lines are read or where files are. */
#include "config/config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "config/load.h"

static bool is_kind(const struct ini_section *section, const char *kind)
{
    return strcmp(section->kind, kind) == 0;
}

static void free_core(struct config *config)
{
    config_list_free(&config->resolvers);
    config_list_free(&config->plugin_path);
    config_list_free(&config->sources);
    config_list_free(&config->notifiers);
    mem_free(config->expect.items);
    mem_free(config->ca_file);
    mem_free(config->device);
    mem_free(config->state_dir);
    mem_free(config->control_socket);
    mem_free(config->metrics_file);
    mem_free(config->auth);
}

static void free_host(struct config_host *host)
{
    config_list_free(&host->sources);
    mem_free(host->device);
    mem_free(host->expect.items);
}

/* Line of a key in SECTION, else 0. */
static int line_of(const struct ini_section *section, const char *key)
{
    for (size_t i = 0; i < section->count; i++) {
        if (strcmp(section->entries[i].key, key) == 0)
            return section->entries[i].line;
    }
    return 0;
}

/* As many sources must be there as are to agree. */
static void check_confirm(struct load *load, const struct ini_section *section, int64_t confirm,
                          size_t sources)
{
    int line = line_of(section, "confirm");
    if (line == 0)
        line = line_of(section, "sources");
    /* Neither is this section's: [core] was told of. */
    if (line > 0 && confirm > (int64_t)sources)
        problems_add(&load->problems, section->file, line,
                     "confirm = %d asks for more IP sources than the %zu that sources names; name "
                     "another one, or make it less",
                     (int)confirm, sources);
}

/* Keys of a section that does not count are looked at for their errors only. */
static void read_core(struct load *load, struct ini_section **sections, size_t count)
{
    bool found = false;
    for (size_t i = 0; i < count; i++) {
        struct config scratch = { 0 };
        int before = load->problems.total;
        if (!is_kind(sections[i], "core"))
            continue;
        values_read(load, sections[i], sections[i]->ignored ? &scratch : load->config);
        free_core(&scratch);
        if (sections[i]->ignored)
            continue;
        found = true;
        if (load->problems.total == before)
            check_confirm(load, sections[i], load->config->confirm, load->config->sources.count);
        load->config->core_file = sections[i]->file;
        load->config->core_line = sections[i]->line;
    }
    if (!found)
        values_defaults(load, "core", load->config);
}

static void read_instances(struct load *load, struct ini_section **sections, size_t count)
{
    for (size_t i = 0; i < count && !load->problems.no_memory; i++) {
        uint32_t kind = sections_kind(sections[i]);
        if (kind != 0)
            instances_read(load, sections[i], kind);
    }
}

static void check_host(struct load *load, const struct ini_section *section,
                       const struct config_host *host)
{
    if (!host->ipv4 && !host->ipv6)
        problems_add(&load->problems, section->file, section->line,
                     "[host %s] publishes nothing: say yes to ipv4 or ipv6", section->name);
    else if (addr_is_set(&host->ipv6_suffix.addr) && !host->ipv6)
        problems_add(&load->problems, section->file, line_of(section, "ipv6-suffix"),
                     "ipv6-suffix is of no use without ipv6 = yes; add that, or remove this");
    check_confirm(load, section, host->confirm, config_sources_of(load->config, host)->count);
}

static void read_host(struct load *load, const struct ini_section *section)
{
    struct config *config = load->config;
    struct config_host host = { .allow_private = config->allow_private,
                                .verify_dns = config->verify_dns,
                                .confirm = config->confirm,
                                .lost_remove_s = config->lost_remove_s,
                                .file = section->file,
                                .line = section->line };
    int before = load->problems.total;

    values_read(load, section, &host);
    if (load->problems.total == before)
        check_host(load, section, &host);
    if (section->ignored || load->problems.no_memory) {
        free_host(&host);
        return;
    }
    memcpy(host.fqdn, section->name, strlen(section->name) + 1);
    config->hosts[config->host_count++] = host;
}

/* SECTIONS are sorted by name, so are the hosts. */
static void read_hosts(struct load *load, struct ini_section **sections, size_t count)
{
    size_t hosts = 0;
    for (size_t i = 0; i < count; i++)
        hosts += is_kind(sections[i], "host") ? 1 : 0;
    load->config->hosts = mem_new(hosts, sizeof(*load->config->hosts));
    if (!load->config->hosts)
        load->problems.no_memory = true;
    for (size_t i = 0; i < count && !load->problems.no_memory; i++) {
        if (is_kind(sections[i], "host"))
            read_host(load, sections[i]);
    }
}

static void interpret(struct load *load)
{
    struct ini_section **sections = NULL;
    size_t count = sections_identify(load, &sections);

    if (!load->problems.no_memory)
        read_instances(load, sections, count);
    if (!load->problems.no_memory)
        read_core(load, sections, count);
    if (!load->problems.no_memory)
        read_hosts(load, sections, count);
    mem_free(sections);
}

enum load_how { LOAD_WHOLE, LOAD_AGENT, LOAD_PEEK };

static struct config *load_as(enum load_how how, const char *path, bool missing_ok,
                              struct config_errors *errors)
{
    struct config *config = mem_new(1, sizeof(*config));
    struct load load = { .config = config,
                         .agent = how == LOAD_AGENT,
                         .problems = { .config = config } };

    if (!config) {
        config_errors_add(errors, path, 0, "out of memory");
        return NULL;
    }
    files_read(&load, path, missing_ok);
    if (!load.problems.no_memory)
        interpret(&load);
    load_clear(&load);
    if (problems_report(&load.problems, errors) > 0 && how != LOAD_PEEK)
        config_free(&config);
    return config;
}

struct config *config_load(const char *path, bool missing_ok, struct config_errors *errors)
{
    return load_as(LOAD_WHOLE, path, missing_ok, errors);
}

struct config *config_load_agent(const char *path, bool missing_ok, struct config_errors *errors)
{
    return load_as(LOAD_AGENT, path, missing_ok, errors);
}

struct config *config_peek(const char *path)
{
    struct config_errors ignored = { 0 };
    struct config *config = load_as(LOAD_PEEK, path, true, &ignored);
    config_errors_free(&ignored);
    return config;
}

void config_free(struct config **config)
{
    struct config *c = *config;
    if (!c)
        return;
    free_core(c);
    instances_free(c);
    for (size_t i = 0; i < c->host_count; i++)
        free_host(&c->hosts[i]);
    mem_free(c->hosts);
    for (size_t i = 0; i < c->file_count; i++)
        mem_free(c->files[i]);
    mem_free(c->files);
    mem_free(c->path);
    mem_free(c->conf_d);
    mem_free(c);
    *config = NULL;
}

static int by_fqdn(const void *fqdn, const void *host)
{
    return strcmp(fqdn, ((const struct config_host *)host)->fqdn);
}

const struct config_host *config_find_host(const struct config *config, const char *fqdn)
{
    if (config->host_count == 0)
        return NULL;
    return bsearch(fqdn, config->hosts, config->host_count, sizeof(*config->hosts), by_fqdn);
}

const struct config_instance *config_find_instance(const struct config *config, uint32_t kind,
                                                   const char *name)
{
    for (size_t i = 0; i < config->instance_count; i++) {
        const struct config_instance *instance = &config->instances[i];
        if (instance->kind == kind && strcmp(instance->name, name) == 0)
            return instance;
    }
    return NULL;
}

const struct config_list *config_sources_of(const struct config *config,
                                            const struct config_host *host)
{
    return host->sources.count > 0 ? &host->sources : &config->sources;
}

const struct config_blocks *config_expect_of(const struct config *config,
                                             const struct config_host *host)
{
    return host->expect.count > 0 ? &host->expect : &config->expect;
}
