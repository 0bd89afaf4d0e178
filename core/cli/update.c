/* `dcddns update`: one cycle for the hosts that are named, or all. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

static int check_named(const struct command *command, struct runtime *rt, int count, char **names,
                       bool force)
{
    char fqdn[FQDN_MAX] = "";
    for (int i = 0; i < count; i++) {
        if (!session_name(command, names[i], fqdn))
            return EXIT_USAGE;
        if (!engine_check_host(rt->engine, fqdn, force)) {
            fprintf(stderr, "dcddns: %s is not configured in %s; run: dcddns setup %s\n", fqdn,
                    rt->config->path, fqdn);
            return EXIT_PERMANENT;
        }
    }
    return EXIT_DONE;
}

static bool is_named(int count, char **names, const char *want)
{
    char fqdn[FQDN_MAX] = "";
    for (int i = 0; i < count; i++) {
        if (text_fqdn(names[i], fqdn) && strcmp(fqdn, want) == 0)
            return true;
    }
    return count == 0;
}

static int update(const struct command *command, struct runtime *rt, int count, char **names,
                  bool force)
{
    struct error err = { 0 };
    int worst = check_named(command, rt, count, names, force);

    if (worst != EXIT_DONE)
        return worst;
    if (rt->config->host_count == 0) {
        fprintf(stderr, "dcddns: no host is configured yet; run: dcddns setup NAME\n");
        return EXIT_PERMANENT;
    }
    for (size_t i = 0; count == 0 && i < rt->config->host_count; i++)
        engine_check_host(rt->engine, rt->config->hosts[i].fqdn, force);
    if (engine_start(rt->engine, &err) < 0)
        return cli_fail(&err);
    session_settle(rt);
    for (size_t i = 0; i < rt->config->host_count; i++) {
        const char *fqdn = rt->config->hosts[i].fqdn;
        if (!is_named(count, names, fqdn))
            continue;
        int status = session_print_result(rt, fqdn);
        worst = status > worst ? status : worst;
    }
    return worst;
}

int command_update(const struct command *command, const struct cli *cli, int argc, char **argv)
{
    static const struct option options[] = { { "force", no_argument, NULL, 'f' },
                                             { "help", no_argument, NULL, 'h' },
                                             { 0 } };
    struct runtime rt = { 0 };
    bool force = false;
    int option = getopt_long(argc, argv, "", options, NULL);

    for (; option >= 0; option = getopt_long(argc, argv, "", options, NULL)) {
        if (option == 'h')
            return cli_help(command);
        if (option != 'f')
            return cli_wrong_option(command, argv);
        force = true;
    }
    int status = session_open(cli, &rt);
    if (status == EXIT_DONE)
        status = update(command, &rt, argc - optind, argv + optind, force);
    session_close(&rt);
    return status;
}
