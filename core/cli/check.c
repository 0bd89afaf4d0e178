/* `dcddns check`: the running daemon looks at the addresses now. */
#include <getopt.h>
#include <stdio.h>

#include "cli/cli.h"

static int check(const struct command *command, const struct runtime *rt, int count, char **names)
{
    int64_t hosts = 0;
    int status = session_ask(command, rt, "check", count, names, &hosts);

    if (status == EXIT_DONE)
        printf("the daemon looks at the address%s of %lld host%s now; see: dcddns status\n",
               hosts == 1 ? "" : "es", (long long)hosts, hosts == 1 ? "" : "s");
    return status;
}

int command_check(const struct command *command, const struct cli *cli, int argc, char **argv)
{
    struct runtime rt = { 0 };
    int given = cli_no_options(command, argc, argv);

    if (given >= 0)
        return given;
    int status = session_find_daemon(cli, &rt);
    if (status == EXIT_DONE)
        status = check(command, &rt, argc - optind, argv + optind);
    session_close(&rt);
    return status;
}
