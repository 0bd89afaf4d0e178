/* `dcddns check`: the running daemon looks at the addresses now. */
#include <getopt.h>
#include <stdio.h>

#include "cli/cli.h"

enum { WAIT_MS = 60 * 1000 };

static int check(const struct command *command, const struct runtime *rt, int count, char **names)
{
    int status = EXIT_TEMPORARY;
    struct json *request = session_request(command, "check", count, names, &status);
    struct json *answer = NULL;
    struct error err = { 0 };
    int64_t hosts = 0;

    if (!request)
        return status;
    enum control_asked asked =
        control_ask(rt->config, rt->state_dir, request, WAIT_MS, &answer, &err);
    if (asked != CONTROL_ANSWERED) {
        status = session_print_unasked(rt, asked, answer, &err);
    } else {
        json_integer(answer, "hosts", 0, INT32_MAX, &hosts);
        printf("the daemon looks at the address%s of %lld host%s now; see: dcddns status\n",
               hosts == 1 ? "" : "es", (long long)hosts, hosts == 1 ? "" : "s");
        status = EXIT_DONE;
    }
    json_free(&answer);
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
