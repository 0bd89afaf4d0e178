/* Entry of the program: global options, the table of commands. */
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "cli/cli.h"
#include "net/net.h"
#include "platform/os.h"

static const struct command commands[] = {
    { "setup",
      "NAME... [--ipv4] [--ipv6] [--each] [--code CODE | --code-file FILE] [--prove-pkce] "
      "[--no-browser] [--yes] [--json]",
      "ask the DNS provider for consent and configure NAME",
      "  --ipv4            keep the A record of each NAME (default)\n"
      "  --ipv6            keep the AAAA record of each NAME; alone: only that one\n"
      "  --each            one consent for each NAME, not one for all of a zone\n"
      "  --code CODE       the code from the consent page, or the address of the page that shows\n"
      "                    it, also for a consent that an earlier run of setup asked for\n"
      "  --code-file FILE  read it from FILE, - being standard input\n"
      "  --prove-pkce      find out whether the provider checks PKCE, and record it\n"
      "  --no-browser      only print the URL of the consent page\n"
      "  --yes             do not ask whether to replace an existing grant\n"
      "  --json            for programs: one JSON object a line, no question, no browser\n",
      command_setup },
    { "update", "[NAME...] [--force]", "check addresses once and publish what changed, then exit",
      "  --force           publish even what did not change, and do not wait\n", command_update },
    { "check", "[NAME...]", "have the running daemon look at the addresses now", "",
      command_check },
    { "reload", "", "have the running daemon read its configuration again", "", command_reload },
    { "events", "[--json]", "follow what the running daemon does",
      "  --json            one JSON object a line, as without a terminal\n", command_events },
    { "run", "", "run as a daemon in the foreground", "", command_run },
    { "agent", "", "show the daemon's events in a desktop session", "", command_agent },
    { "status", "[NAME...] [--json | --health]", "show what is published, observed and due",
      "  --json            for programs; members are only ever added\n"
      "  --health          one line, and exit status 0 when updates work, else 1\n",
      command_status },
    { "import", "FILE [NAME...] [--dry-run] [--replace]",
      "take over the names, and where they can move the grants, of another updater",
      "  --dry-run         say what would happen; nothing is changed and no token is sent\n"
      "  --replace         put the grant of FILE in the place of one that is there\n",
      command_import },
    { "remove", "NAME [--local]", "take the records back at the provider and forget NAME",
      "  --local           forget it here only; the records at the provider stay\n",
      command_remove },
    { "doctor", "NAME", "go through discovery step by step and explain what is wrong", "",
      command_doctor },
    { "modules", "[show NAME | check FILE [--option KEY=VALUE]...]",
      "list the modules, explain one, or check a file",
      "  --option KEY=VALUE\n"
      "                    check: an option of the module, instead of its default\n",
      command_modules },
    { "support-bundle", "[FILE] [--names]", "write a report that strangers may read",
      "  --names           with names, addresses and paths, for private use\n",
      command_support_bundle },
    { "check-config", "", "check the configuration and its modules", "", command_check_config },
};

static const size_t command_count = sizeof(commands) / sizeof(commands[0]);

enum { COMMANDS_MAX = sizeof(commands) / sizeof(commands[0]) + 1 };

/* The next of all commands, those of every system first; NULL after the last. */
static const struct command *command_at(size_t i)
{
    return i < command_count ? &commands[i] : i == command_count ? command_of_system() : NULL;
}

static void print_help(void)
{
    puts("Usage: dcddns [OPTION...] COMMAND [ARGUMENT...]\n"
         "Keeps the A and AAAA records of your names at your current address, with any DNS "
         "provider\n"
         "that speaks Domain Connect.\n\n"
         "Commands:");
    size_t i = 0;
    for (const struct command *at = command_at(i); at; at = command_at(++i))
        printf("  %-14s %s\n", at->name, at->summary);
    puts("\nOptions:\n"
         "  --config FILE     use this configuration file\n"
         "  --state-dir DIR   keep grants and records in this directory\n"
         "  -v, --verbose     say more; twice: everything\n"
         "  -q, --quiet       say less\n"
         "  --help            this help; after a command: its help\n"
         "  --version         print the version\n\n"
         "Exit status: 0 done, 1 temporary failure, 2 permanent failure, 64 wrong usage.\n"
         "Manuals: dcddns(1), dcddns.conf(5)");
}

int cli_help(const struct command *command)
{
    printf("Usage: dcddns [OPTION...] %s%s%s\n%s\n", command->name, command->synopsis[0] ? " " : "",
           command->synopsis, command->summary);
    if (command->options[0])
        printf("\nOptions:\n%s", command->options);
    return EXIT_DONE;
}

int cli_usage(const struct command *command, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    fprintf(stderr, "dcddns %s: ", command->name);
    vfprintf(stderr, format, ap);
    fprintf(stderr, "; see: dcddns %s --help\n", command->name);
    va_end(ap);
    return EXIT_USAGE;
}

int cli_wrong_option(const struct command *command, char **argv)
{
    char shown[TEXT_ESCAPED_MAX] = "";
    text_escape(argv[optind - 1], strlen(argv[optind - 1]), shown);
    return cli_usage(command, "the option \"%s\" is unknown, or a value is missing or too much",
                     shown);
}

int cli_no_options(const struct command *command, int argc, char **argv)
{
    static const struct option options[] = { { "help", no_argument, NULL, 'h' }, { 0 } };
    int option = getopt_long(argc, argv, "", options, NULL);
    if (option < 0)
        return -1;
    return option == 'h' ? cli_help(command) : cli_wrong_option(command, argv);
}

int cli_fail(const struct error *err)
{
    fprintf(stderr, "dcddns: %s\n", err->text);
    return error_exit_status(err->class);
}

static int unknown_command(const char *name)
{
    const char *names[COMMANDS_MAX] = { 0 };
    char shown[TEXT_ESCAPED_MAX] = "";
    size_t count = 0;
    for (const struct command *at = command_at(count); at; at = command_at(count))
        names[count++] = at->name;
    const char *close = text_closest(name, names, count);
    text_escape(name, strlen(name), shown);
    if (close)
        fprintf(stderr, "dcddns: there is no command \"%s\"; did you mean %s?\n", shown, close);
    else
        fprintf(stderr, "dcddns: there is no command \"%s\"; see: dcddns --help\n", shown);
    return EXIT_USAGE;
}

static int run_command(const struct cli *cli, int argc, char **argv)
{
    struct error err = { 0 };
    const struct command *command = NULL;

    size_t i = 0;
    for (const struct command *at = command_at(i); at && !command; at = command_at(++i))
        command = strcmp(argv[0], at->name) == 0 ? at : NULL;
    if (!command)
        return unknown_command(argv[0]);
    log_set_level(cli->verbose < 0    ? DCDDNS_LOG_ERROR
                  : cli->verbose == 0 ? DCDDNS_LOG_WARN
                                      : DCDDNS_LOG_NOTICE + cli->verbose);
    os_process_init();
    if (net_global_init(&err) < 0)
        return cli_fail(&err);
    optind = 0; /* glibc: start over, for the command's own options */
    opterr = 0; /* cli_wrong_option() has better words */
    int status = command->run(command, cli, argc, argv);
    net_global_cleanup();
    return status;
}

int main(int argc, char **argv)
{
    enum { OPT_CONFIG = 256, OPT_STATE_DIR, OPT_HELP, OPT_VERSION };
    static const struct option options[] = {
        { "config", required_argument, NULL, OPT_CONFIG },
        { "state-dir", required_argument, NULL, OPT_STATE_DIR },
        { "verbose", no_argument, NULL, 'v' },
        { "quiet", no_argument, NULL, 'q' },
        { "help", no_argument, NULL, OPT_HELP },
        { "version", no_argument, NULL, OPT_VERSION },
        { 0 },
    };
    struct cli cli = { 0 };
    int option = 0;

    os_output_lines();
    argv = os_arguments(&argc, argv);
    if (!argv) {
        fputs("dcddns: out of memory\n", stderr);
        return EXIT_TEMPORARY;
    }
    while (option >= 0) {
        option = getopt_long(argc, argv, "+vq", options, NULL);
        switch (option) {
        case OPT_CONFIG:
            os_path_tidy(optarg);
            cli.config = optarg;
            break;
        case OPT_STATE_DIR:
            os_path_tidy(optarg);
            cli.state_dir = optarg;
            break;
        case 'v':
            cli.verbose++;
            break;
        case 'q':
            cli.verbose--;
            break;
        case OPT_HELP:
            print_help();
            return EXIT_DONE;
        case OPT_VERSION:
            puts("dcddns " DCDDNS_VERSION);
            return EXIT_DONE;
        case '?':
            fputs("see: dcddns --help\n", stderr);
            return EXIT_USAGE;
        default:
            break;
        }
    }
    if (optind >= argc) {
        fputs("dcddns: a command is missing; see: dcddns --help\n", stderr);
        return EXIT_USAGE;
    }
    return run_command(&cli, argc - optind, argv + optind);
}
