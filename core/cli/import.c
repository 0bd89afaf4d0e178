/* `dcddns import`: what another updater's file says, made into grants and host sections, or into
 * words where it cannot be.  The file is only read. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/import_input.h"
#include "engine/adopt.h"

struct import_command {
    const struct cli *cli;
    const char *path;
    bool dry_run, replace;
    char **wanted; /* names of the command line */
    int wanted_count;
    struct runtime rt;
    struct import_file file;
    int imported;
};

static bool is_wanted(const struct import_command *c, const struct import_name *name)
{
    char fqdn[FQDN_MAX] = "";
    for (int i = 0; i < c->wanted_count; i++) {
        if (text_fqdn(c->wanted[i], fqdn) && strcmp(fqdn, name->fqdn) == 0)
            return true;
    }
    return c->wanted_count == 0;
}

static int name_fails(const struct import_name *name, const struct error *err)
{
    fprintf(stderr, "dcddns: %s: not imported: %s\n", name->fqdn[0] ? name->fqdn : name->shown,
            err->text);
    return error_exit_status(err->class);
}

static int worse(int a, int b)
{
    return a > b ? a : b;
}

/* -- Domain Connect clients: with grants ------------------------------------------------------ */

/* Before the token is touched: a section that cannot be written must not cost it. */
static int check_section(const struct import_command *c, const struct import_name *name,
                         struct error *err)
{
    const struct config *config = c->rt.config;
    if (config_find_host(config, name->fqdn))
        return 0;
    return config_can_write(config, err);
}

static int write_section(const struct import_command *c, const struct import_name *name,
                         struct error *err)
{
    if (config_find_host(c->rt.config, name->fqdn))
        return 0;
    if (config_write_host(c->rt.config, name->fqdn, name->ipv4, name->ipv6, err) == 0)
        return 0;
    fprintf(stderr,
            "dcddns: the grant for %s is stored all the same; add this section to %s:\n\n"
            "[host %s]\nipv4 = %s\nipv6 = %s\n",
            name->fqdn, c->rt.config->path, name->fqdn, name->ipv4 ? "yes" : "no",
            name->ipv6 ? "yes" : "no");
    return -1;
}

static void say_families(const struct import_command *c, const struct import_name *name)
{
    const struct config_host *host = config_find_host(c->rt.config, name->fqdn);
    if (name->v1 && host && host->ipv6)
        printf("%s: the old consent is for IPv4 only; for the AAAA record run: dcddns setup %s\n",
               name->fqdn, name->fqdn);
}

static int import_grant(struct import_command *c, const struct import_name *name)
{
    struct adoption a = {
        .engine = c->rt.engine, .modules = &c->rt.modules, .from = name, .replace = c->replace
    };
    struct error err = { 0 };
    const char *records = name->ipv4 && name->ipv6 ? "A and AAAA" : name->ipv6 ? "AAAA" : "A";
    int rc = check_section(c, name, &err);

    if (rc == 0)
        rc = adopt_look(&a, &err);
    if (rc == 0 && c->dry_run)
        printf("%s: would be imported: record %s, zone %s, provider %s\n", name->fqdn, records,
               a.zone, name->provider_name);
    else if (rc == 0)
        rc = adopt(&a, &err);
    if (rc == 0 && !c->dry_run)
        rc = write_section(c, name, &err);
    if (rc == 0 && !c->dry_run) {
        printf("%s: imported: record %s, zone %s; the provider took its token\n", name->fqdn,
               records, a.zone);
        c->imported++;
    }
    if (rc == 0)
        say_families(c, name);
    adopt_free(&a);
    return rc == 0 ? EXIT_DONE : name_fails(name, &err);
}

static int import_grants(struct import_command *c)
{
    int worst = EXIT_DONE;
    for (size_t i = 0; i < c->file.count; i++) {
        const struct import_name *name = &c->file.names[i];
        if (!is_wanted(c, name))
            continue;
        int status =
            name->error.class != ERR_NONE ? name_fails(name, &name->error) : import_grant(c, name);
        worst = worse(worst, status);
    }
    if (c->dry_run)
        puts("Nothing was changed, and no token was sent.");
    if (c->imported > 0) {
        printf("Stop %s for these names now, for good: two programs that use one grant make the "
               "provider end it for both.\n",
               import_format_name(c->file.format));
        session_tell_daemon(&c->rt, true);
    }
    return worst;
}

/* -- other clients: consent takes the place of their keys ------------------------------------- */

static void print_settings(const struct import_settings *s)
{
    if (s->interval_s == 0 && !s->devices[0] && !s->allow_private)
        return;
    puts("\nFor dcddns.conf:\n\n[core]");
    if (s->interval_s > 0)
        printf("interval = %lld s\n", (long long)s->interval_s);
    if (s->allow_private)
        puts("allow-private = yes");
    if (s->devices[0])
        printf("sources = interface\n\n[ip-source interface]\ndevice = %s\n", s->devices);
}

static int print_consents(const struct import_command *c)
{
    int worst = EXIT_DONE;
    printf("%s has no grants, so each name needs consent at its DNS provider:\n\n",
           import_format_name(c->file.format));
    for (size_t i = 0; i < c->file.count; i++) {
        const struct import_name *name = &c->file.names[i];
        const char *quote = name->fqdn[0] == '*' ? "'" : ""; /* of the shell */
        if (!is_wanted(c, name))
            continue;
        if (name->error.class != ERR_NONE)
            name_fails(name, &name->error);
        else if (config_find_host(c->rt.config, name->fqdn))
            printf("  %s is configured already\n", name->fqdn);
        else
            printf("  dcddns setup %s%s%s%s\n", quote, name->fqdn, quote,
                   name->ipv4 && name->ipv6 ? " --ipv4 --ipv6"
                   : name->ipv6             ? " --ipv6"
                                            : "");
        if (name->error.class != ERR_NONE || !config_find_host(c->rt.config, name->fqdn))
            worst = EXIT_PERMANENT;
    }
    print_settings(&c->file.settings);
    if (c->file.notes.len > 0)
        printf("\nWhat else the file says:\n\n%s", buf_text(&c->file.notes));
    printf("\nWhen the names are set up, stop %s.\n", import_format_name(c->file.format));
    return worst;
}

/* -- the command ------------------------------------------------------------------------------ */

static int check_wanted(const struct import_command *c)
{
    for (int i = 0; i < c->wanted_count; i++) {
        char fqdn[FQDN_MAX] = "";
        bool found = false;
        text_fqdn(c->wanted[i], fqdn);
        for (size_t k = 0; k < c->file.count; k++)
            found = found || strcmp(c->file.names[k].fqdn, fqdn) == 0;
        if (!found) {
            fprintf(stderr, "dcddns: %s is not in %s; nothing was imported\n", fqdn, c->path);
            return EXIT_PERMANENT;
        }
    }
    return EXIT_DONE;
}

static int import_it(struct import_command *c)
{
    struct error err = { 0 };
    if (import_input_read(c->path, &c->file, &err) < 0)
        return cli_fail(&err);
    int status = check_wanted(c);
    if (status != EXIT_DONE)
        return status;
    printf("%s: names of %s: %zu\n", c->path, import_format_name(c->file.format), c->file.count);
    bool grants = import_has_grants(c->file.format);
    status = grants ? session_open(c->cli, &c->rt) : session_load(c->cli, &c->rt);
    if (status == EXIT_DONE)
        status = grants ? import_grants(c) : print_consents(c);
    return status;
}

static int parse(const struct command *command, struct import_command *c, int argc, char **argv)
{
    static const struct option options[] = { { "dry-run", no_argument, NULL, 'd' },
                                             { "replace", no_argument, NULL, 'r' },
                                             { "help", no_argument, NULL, 'h' },
                                             { 0 } };
    char fqdn[FQDN_MAX] = "";
    int option = getopt_long(argc, argv, "", options, NULL);

    for (; option >= 0; option = getopt_long(argc, argv, "", options, NULL)) {
        if (option == 'h')
            return cli_help(command);
        if (option == '?')
            return cli_wrong_option(command, argv);
        c->dry_run = c->dry_run || option == 'd';
        c->replace = c->replace || option == 'r';
    }
    if (optind >= argc)
        return cli_usage(command, "it takes a file");
    c->path = argv[optind];
    c->wanted = argv + optind + 1;
    c->wanted_count = argc - optind - 1;
    for (int i = 0; i < c->wanted_count; i++) {
        if (!session_name(command, c->wanted[i], fqdn))
            return EXIT_USAGE;
    }
    return -1;
}

int command_import(const struct command *command, const struct cli *cli, int argc, char **argv)
{
    struct import_command c = { .cli = cli };
    int status = parse(command, &c, argc, argv);
    if (status < 0)
        status = import_it(&c);
    import_free(&c.file);
    session_close(&c.rt);
    return status;
}
