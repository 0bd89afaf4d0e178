/* `dcddns update`: one cycle for the hosts that are named, or all. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cli/cli.h"
#include "engine/daemon.h"

static bool is_named(int count, char **names, const char *want)
{
    char fqdn[FQDN_MAX] = "";
    for (int i = 0; i < count; i++) {
        if (text_fqdn(names[i], fqdn) && strcmp(fqdn, want) == 0)
            return true;
    }
    return count == 0;
}

/* A name that no configuration has is worth no question. */
static int check_configured(const struct command *command, const struct runtime *rt, int count,
                            char **names)
{
    char fqdn[FQDN_MAX] = "";
    for (int i = 0; i < count; i++) {
        if (!session_name(command, names[i], fqdn))
            return EXIT_USAGE;
        if (!config_find_host(rt->config, fqdn)) {
            fprintf(stderr, "dcddns: %s is not configured in %s; run: dcddns setup %s\n", fqdn,
                    rt->config->path, fqdn);
            return EXIT_PERMANENT;
        }
    }
    if (rt->config->host_count > 0)
        return EXIT_DONE;
    fprintf(stderr, "dcddns: no host is configured yet; run: dcddns setup NAME\n");
    return EXIT_PERMANENT;
}

static int update(struct runtime *rt, int count, char **names, bool force)
{
    struct error err = { 0 };
    int worst = EXIT_DONE;

    if (runtime_build(rt, &err) < 0)
        return cli_fail(&err);
    for (size_t i = 0; i < rt->config->host_count; i++) {
        if (is_named(count, names, rt->config->hosts[i].fqdn))
            engine_check_host(rt->engine, rt->config->hosts[i].fqdn, force);
    }
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

static int beside(struct runtime *rt, int count, char **names, bool force, const struct error *why)
{
    int64_t pid = daemon_pid(rt->state_dir);
    if (pid > 0)
        log_info("the daemon (process %lld) cannot be asked (%s); working beside it",
                 (long long)pid, why->text);
    return update(rt, count, names, force);
}

/* The daemon, when one runs; else this process, and the lock of the grant keeps the two apart.
 * Many names are several requests, and it may end between two of them. */
static int ask_or_update(const struct command *command, struct runtime *rt, int count, char **names,
                         bool force)
{
    struct error err = { 0 };
    int worst = check_configured(command, rt, count, names), at = 0;
    bool answered = worst == EXIT_DONE;

    if (!answered)
        return worst;
    do {
        int share = session_share(count - at, names + at);
        int status = update_asked(command, rt, share, names + at, force, &answered, &err);
        if (status < 0) {
            status = beside(rt, count - at, names + at, force, &err);
            at = count;
        }
        worst = status > worst ? status : worst;
        at += share;
    } while (answered && at < count);
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
    int status = session_load(cli, &rt);
    if (status == EXIT_DONE)
        status = ask_or_update(command, &rt, argc - optind, argv + optind, force);
    session_close(&rt);
    return status;
}
