/* `dcddns run`: the daemon in the foreground; a service manager keeps it alive. */
#include <getopt.h>

#include "base/log.h"
#include "cli/cli.h"
#include "engine/daemon.h"

int command_run(const struct command *command, const struct cli *cli, int argc, char **argv)
{
    struct runtime rt = { 0 };
    struct error err = { 0 };

    int given = cli_no_options(command, argc, argv);
    if (given >= 0)
        return given;
    if (optind < argc)
        return cli_usage(command, "it takes no arguments");
    struct cli own = *cli;
    own.daemon = true;
    log_set_level(cli->verbose < 0 ? DCDDNS_LOG_WARN : DCDDNS_LOG_INFO + cli->verbose);
    log_journal_prefix(os_log_is_journal());
    int status = session_load(&own, &rt);
    if (status == EXIT_DONE && daemon_run(&rt, &err) < 0)
        status = cli_fail(&err);
    session_close(&rt);
    return status;
}
