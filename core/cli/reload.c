/* `dcddns reload`: the running daemon reads its configuration again, and says what is wrong with
 * it.
 */
#include <getopt.h>
#include <stdio.h>

#include "cli/cli.h"

static int reload(const struct command *command, const struct runtime *rt)
{
    int64_t hosts = 0;
    int status = session_ask(command, rt, "reload", 0, NULL, &hosts);

    if (status == EXIT_DONE)
        printf("reloaded: %lld host%s\n", (long long)hosts, hosts == 1 ? "" : "s");
    return status;
}

int command_reload(const struct command *command, const struct cli *cli, int argc, char **argv)
{
    struct runtime rt = { 0 };
    int given = cli_no_options(command, argc, argv);

    if (given >= 0)
        return given;
    if (optind < argc)
        return cli_usage(command, "it takes no arguments");
    int status = session_find_daemon(cli, &rt);
    if (status == EXIT_DONE)
        status = reload(command, &rt);
    session_close(&rt);
    return status;
}
