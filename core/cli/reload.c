/* `dcddns reload`: the running daemon reads its configuration again, and says what is wrong with
 * it.
 */
#include <getopt.h>
#include <stdio.h>

#include "cli/cli.h"

enum { WAIT_MS = 60 * 1000 };

static int reload(const struct command *command, const struct runtime *rt)
{
    int status = EXIT_TEMPORARY;
    struct json *request = session_request(command, "reload", 0, NULL, &status), *answer = NULL;
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
        printf("reloaded: %lld host%s\n", (long long)hosts, hosts == 1 ? "" : "s");
        status = EXIT_DONE;
    }
    json_free(&answer);
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
