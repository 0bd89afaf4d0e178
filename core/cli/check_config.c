/* `dcddns check-config`: every error of the configuration and its modules at once. */
#include <getopt.h>
#include <stdio.h>

#include "cli/cli.h"
#include "modules/instance.h"

/* What only the module itself can judge: create() promises to do no I/O. */
static int try_instances(struct runtime *rt)
{
    int count = 0;
    for (size_t i = 0; i < rt->config->instance_count; i++) {
        const struct config_instance *from = &rt->config->instances[i];
        const struct instance_env env = { 0 };
        struct error err = { 0 };
        const struct module *module = module_find(&rt->modules, from->kind, from->module, &err);
        struct instance *made = NULL;
        if (!module) /* unused, and warned of */
            continue;
        made = instance_new(module, from->name, from->options, from->option_count, &env, &err);
        if (!made) {
            fprintf(stderr, "%s:%d: [%s %s]: %s\n", from->file, from->line,
                    module_kind_name(from->kind), from->name, err.text);
            count++;
        }
        instance_free(&made);
    }
    return count;
}

int command_check_config(const struct command *command, const struct cli *cli, int argc,
                         char **argv)
{
    struct runtime rt = { 0 };

    int given = cli_no_options(command, argc, argv);
    if (given >= 0)
        return given;
    if (optind < argc)
        return cli_usage(command, "it takes no arguments; name a file with: dcddns --config FILE "
                                  "check-config");
    int status = session_load(cli, &rt);
    if (status == EXIT_DONE && try_instances(&rt) > 0)
        status = EXIT_PERMANENT;
    if (status == EXIT_DONE)
        printf("%s: no errors, %zu host%s\n", rt.config->path, rt.config->host_count,
               rt.config->host_count == 1 ? "" : "s");
    session_close(&rt);
    return status;
}
