/* `dcddns modules`: what there is, what one can do; `check` is in modules_check.c. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "modules/schema.h"
#include "platform/os.h"

static void print_row(void *ctx, uint32_t kind, const char *name, const char *dir)
{
    struct module_table *table = ctx;
    struct error err = { 0 };
    const struct module *module = module_find(table, kind, name, &err);

    if (module && !module_is_from(module, dir))
        printf("%-10s  %-18s  %-8s  not used: %s/%s%s, because %s is %s\n", module_kind_name(kind),
               name, "-", dir, name, os_module_suffix(), name,
               module_is_from(module, NULL) ? "built in" : module->path);
    else if (module)
        printf("%-10s  %-18s  %-8s  %s\n", module_kind_name(kind), name, module->plugin.version,
               module->plugin.summary);
    else
        printf("%-10s  %-18s  %-8s  unusable: %s\n", module_kind_name(kind), name, "-", err.text);
}

static void print_option(const struct module *module, uint32_t i)
{
    struct dcddns_option option = { 0 };
    module_option(module, i, &option);
    printf("  %s = %s\n      %s (%s%s%s%s%s%s)\n", option.name,
           option.flags & DCDDNS_SECRET ? "..."
           : option.def                 ? option.def
                                        : "",
           option.help, schema_type_name(option.type), option.flags & DCDDNS_LIST ? ", list" : "",
           option.flags & DCDDNS_REQUIRED ? ", required" : "",
           option.flags & DCDDNS_SECRET ? ", secret; or " : "",
           option.flags & DCDDNS_SECRET ? option.name : "",
           option.flags & DCDDNS_SECRET ? SCHEMA_FILE_SUFFIX " = PATH" : "");
}

static void print_module(const struct module *module)
{
    const struct dcddns_plugin *p = &module->plugin;
    printf("%s %s (%s)\n%s\n%s\n", p->name, p->version, module_kind_name(p->kind), p->summary,
           module->path);
    printf("%s", p->option_count > 0 ? "Options and their defaults:\n" : "No options.\n");
    for (uint32_t i = 0; i < p->option_count; i++)
        print_option(module, i);
}

static int show(struct module_table *table, const char *name)
{
    struct error err = { 0 };
    bool any = false;
    for (uint32_t kind = DCDDNS_KIND_IP_SOURCE; kind <= DCDDNS_KIND_NOTIFIER; kind++) {
        const struct module *module = module_find(table, kind, name, &err);
        if (!module)
            continue;
        print_module(module);
        any = true;
    }
    if (!any)
        fprintf(stderr, "dcddns: there is no usable module \"%s\" (%s); see: dcddns modules\n",
                name, err.text);
    return any ? EXIT_DONE : EXIT_PERMANENT;
}

int command_modules(const struct command *command, const struct cli *cli, int argc, char **argv)
{
    struct runtime rt = { 0 };

    if (argc > 1 && strcmp(argv[1], "check") == 0)
        return modules_check(command, argc - 1, argv + 1);
    int given = cli_no_options(command, argc, argv);
    if (given >= 0)
        return given;
    int count = argc - optind;
    const char *verb = count > 0 ? argv[optind] : "";
    if (count != 0 && (count != 2 || strcmp(verb, "show") != 0))
        return cli_usage(command, "it takes nothing, show NAME or check FILE");
    /* What there is can be asked for when what is wanted is not there. */
    int status = session_read(cli, &rt);
    if (status == EXIT_DONE && count == 0)
        module_each(&rt.modules, print_row, &rt.modules);
    else if (status == EXIT_DONE)
        status = show(&rt.modules, argv[optind + 1]);
    session_close(&rt);
    return status;
}
