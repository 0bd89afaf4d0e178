/* `dcddns agent`: shows a user, in the desktop session, what the daemon does. */
#include <getopt.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "engine/agent.h"

static struct config *load(const struct cli *cli, struct module_table *modules)
{
    struct config_errors errors = { 0 };
    struct buf path = BUF_MAX(4096);
    char *folder = os_place(OS_PLACE_CONFIG, DCDDNS_CONFIG_DIR);

    buf_printf(&path, "%s/agent.conf", folder ? folder : DCDDNS_CONFIG_DIR);
    mem_free(folder);
    struct config *config =
        config_load_agent(cli->config ? cli->config : buf_text(&path), !cli->config, &errors);
    if (config)
        modules->paths = runtime_module_paths(config);
    if (config && config_check_modules(config, modules, &errors) > 0)
        config_free(&config);
    if (!config) {
        fputs(config_errors_text(&errors), stderr);
        fputs("dcddns agent: the configuration cannot be used\n", stderr);
    }
    config_errors_free(&errors);
    buf_free(&path);
    return config;
}

static int run(const struct cli *cli)
{
    struct module_table modules = { .builtins = module_builtins };
    struct error err = { 0 };
    int status = EXIT_PERMANENT;
    struct config *config = load(cli, &modules);

    if (config) {
        const struct agent_options options = { .config = config, .modules = &modules };
        if (cli->verbose == 0)
            log_set_level(config->log_level);
        status = agent_run(&options, &err) < 0 ? cli_fail(&err) : EXIT_DONE;
    }
    module_table_free(&modules);
    config_free(&config);
    return status;
}

int command_agent(const struct command *command, const struct cli *cli, int argc, char **argv)
{
    struct error err = { 0 };
    struct os_file *lock = NULL;
    bool runs = false;

    int given = cli_no_options(command, argc, argv);
    if (given >= 0)
        return given;
    if (optind < argc)
        return cli_usage(command, "it takes no arguments");
    log_set_level(cli->verbose < 0 ? DCDDNS_LOG_WARN : DCDDNS_LOG_INFO + cli->verbose);
    log_journal_prefix(os_log_is_journal());
    if (agent_lock(&lock, &runs, &err) < 0) {
        if (!runs)
            return cli_fail(&err);
        /* Both the desktop and the service manager may start it: no failure. */
        fputs("dcddns agent: one runs in the session already; this one is not needed\n", stderr);
        return EXIT_DONE;
    }
    int status = run(cli);
    os.close(lock);
    return status;
}
