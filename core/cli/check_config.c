/* `dcddns check-config`: every error of the configuration and its modules at once. */
#include <getopt.h>
#include <stdio.h>

#include "cli/cli.h"

int command_check_config(const struct command *command, const struct cli *cli, int argc,
                         char **argv)
{
    static const struct option options[] = { { "help", no_argument, NULL, 'h' }, { 0 } };
    struct runtime rt = { 0 };

    int option = getopt_long(argc, argv, "", options, NULL);
    if (option == 'h')
        return cli_help(command);
    if (option >= 0)
        return cli_wrong_option(command, argv);
    if (optind < argc)
        return cli_usage(command, "it takes no arguments; name a file with: dcddns --config FILE "
                                  "check-config");
    int status = session_load(cli, &rt);
    if (status == EXIT_DONE)
        printf("%s: no errors, %zu host%s\n", rt.config->path, rt.config->host_count,
               rt.config->host_count == 1 ? "" : "s");
    session_close(&rt);
    return status;
}
