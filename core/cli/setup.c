/* `dcddns setup`: consent, code, grant, host sections, first update.  What was asked for is kept
 * until its code is redeemed, perhaps by a later run; else nothing on disk changes before a code
 * has been exchanged, and an existing grant survives whatever fails. */
#include "cli/setup.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cli/setup_report.h"

/* With the configuration as it is now.  Forced: what was published or put off under an older grant
 * says nothing about this one, the name may even have moved to another provider. */
static int first_update(struct setup *s)
{
    struct error err = { 0 };
    int worst = EXIT_DONE;

    setup_zones_free(s);
    runtime_free(&s->rt);
    int status = session_open(s->cli, &s->rt);
    if (status != EXIT_DONE)
        return status;
    for (size_t i = 0; i < s->done_count; i++)
        engine_check_host(s->rt.engine, s->done[i].fqdn, true);
    if (engine_start(s->rt.engine, &err) < 0)
        return setup_report_error(s, &err);
    session_settle(&s->rt);
    for (size_t i = 0; i < s->done_count; i++) {
        status = setup_report_result(s, s->done[i].fqdn);
        worst = status > worst ? status : worst;
    }
    setup_report_to_daemon(s);
    return worst;
}

/* What was consented to before something failed is worth something all the same. */
static int setup(struct setup *s)
{
    struct error err = { 0 };
    int status = session_open(s->cli, &s->rt);
    if (status != EXIT_DONE)
        return status;
    if ((s->code || s->code_file ? setup_given(s, &err) : setup_asked(s, &err)) < 0)
        status = setup_report_error(s, &err);
    int updated = s->done_count > 0 ? first_update(s) : EXIT_DONE;
    return status != EXIT_DONE ? status : updated;
}

static bool is_named(const struct setup *s, const char *fqdn)
{
    for (size_t i = 0; i < s->name_count; i++) {
        if (strcmp(s->names[i].fqdn, fqdn) == 0)
            return true;
    }
    return false;
}

static int read_names(const struct command *command, struct setup *s, int count, char **names)
{
    struct setup_name name = { 0 };

    if (count < 1)
        return cli_usage(command, "a name is missing");
    if (count > SETUP_NAMES_MAX)
        return cli_usage(command, "it takes at most %d names", SETUP_NAMES_MAX);
    s->names = mem_new((size_t)count, sizeof(*s->names));
    if (!s->names)
        return cli_fail(&(struct error){ ERR_LOCAL, "out of memory" });
    for (int i = 0; i < count; i++) {
        if (!session_name(command, names[i], name.fqdn))
            return EXIT_USAGE;
        if (!is_named(s, name.fqdn))
            s->names[s->name_count++] = name;
    }
    return -1;
}

static int parse(const struct command *command, struct setup *s, int argc, char **argv)
{
    static const struct option options[] = {
        { "ipv4", no_argument, NULL, '4' },
        { "ipv6", no_argument, NULL, '6' },
        { "code", required_argument, NULL, 'c' },
        { "code-file", required_argument, NULL, 'f' },
        { "no-browser", no_argument, NULL, 'n' },
        { "yes", no_argument, NULL, 'y' },
        { "each", no_argument, NULL, 'e' },
        { "prove-pkce", no_argument, NULL, 'p' },
        { "json", no_argument, NULL, 'j' },
        { "help", no_argument, NULL, 'h' },
        { 0 },
    };
    int option = getopt_long(argc, argv, "", options, NULL);

    for (; option >= 0; option = getopt_long(argc, argv, "", options, NULL)) {
        if (option == 'h')
            return cli_help(command);
        s->ipv4 = s->ipv4 || option == '4';
        s->ipv6 = s->ipv6 || option == '6';
        s->no_browser = s->no_browser || option == 'n';
        s->yes = s->yes || option == 'y';
        s->each = s->each || option == 'e';
        s->prove = s->prove || option == 'p';
        s->json = s->json || option == 'j';
        s->code = option == 'c' ? optarg : s->code;
        s->code_file = option == 'f' ? optarg : s->code_file;
        if (option == '?')
            return cli_wrong_option(command, argv);
    }
    if (s->code && s->code_file)
        return cli_usage(command, "--code and --code-file exclude each other");
    if (s->each && (s->code || s->code_file))
        return cli_usage(command, "--each asks for consents, a code belongs to one already");
    return read_names(command, s, argc - optind, argv + optind);
}

int command_setup(const struct command *command, const struct cli *cli, int argc, char **argv)
{
    struct setup s = { .cli = cli };
    int status = parse(command, &s, argc, argv);
    if (status < 0)
        status = setup(&s);
    setup_zones_free(&s);
    mem_free(s.names);
    mem_free(s.done);
    session_close(&s.rt);
    return status;
}
