/* `dcddns setup`: consent, code, grant, host section, first update.  What was asked for is kept
 * until its code is redeemed, perhaps by a later run; else nothing on disk changes before the code
 * has been exchanged, and an existing grant survives whatever fails. */
#include "cli/setup.h"

#include <getopt.h>
#include <stdio.h>

/* The host has no section yet, or one with other families. */
static bool section_changes(const struct setup *s)
{
    const struct config_host *host = config_find_host(s->rt.config, s->fqdn);
    return !host || host->ipv4 != s->ipv4 || host->ipv6 != s->ipv6;
}

void setup_choose_families(struct setup *s)
{
    const struct config_host *host = config_find_host(s->rt.config, s->fqdn);
    bool asked = s->pending.ipv4 || s->pending.ipv6;
    if (s->ipv4 || s->ipv6)
        return;
    s->ipv4 = asked ? s->pending.ipv4 : host ? host->ipv4 : true;
    s->ipv6 = asked ? s->pending.ipv6 : host ? host->ipv6 : false;
}

int setup_can_write(const struct setup *s, struct error *err)
{
    if (!section_changes(s))
        return 0;
    if (config_host_is_ours(s->rt.config, s->fqdn, err) < 0)
        return -1;
    return config_can_write(s->rt.config, err);
}

void setup_forget_pending(const struct setup *s)
{
    struct error err = { 0 };
    if (pending_delete(engine_state(s->rt.engine), s->fqdn, &err) < 0)
        fprintf(stderr, "dcddns: %s\n", err.text);
}

enum exchange_proof setup_redeem(struct setup *s, struct instance *auth, const char *code,
                                 struct error *err)
{
    struct redemption r = { .net = engine_net(s->rt.engine),
                            .grants = engine_grants(s->rt.engine),
                            .auth = auth,
                            .pending = &s->pending,
                            .prove = s->prove,
                            .pkce = s->pkce };
    enum exchange_proof rc = redeem(&r, code, err);

    s->pkce = r.pkce;
    s->stored = r.stored;
    if (r.stored)
        setup_forget_pending(s);
    return rc;
}

int setup_no_challenge(const char *auth, struct error *err)
{
    return error_set(
        err, ERR_USAGE,
        "--prove-pkce: the auth module \"%s\" sends no PKCE challenge; set auth = pkce "
        "in [core] first",
        auth);
}

static void print_grant(const struct setup *s)
{
    const char *provider = s->pending.provider_name;
    printf("The grant for %s is stored.\n", s->fqdn);
    if (s->pkce == GRANT_PKCE_PROVEN)
        printf("%s checks PKCE: it refused a verifier that did not belong to the code.\n",
               provider);
    else if (s->pkce == GRANT_PKCE_IGNORED)
        fprintf(stderr,
                "dcddns: WARNING: %s ignores PKCE: it took the code with a verifier that does not "
                "belong to it, so whoever sees a code of yours can use it. The grant is good and "
                "was kept; tell the provider\n",
                provider);
}

static int consent(struct setup *s, struct error *err)
{
    int rc = s->code || s->code_file ? setup_given(s, err) : setup_asked(s, err);
    if (rc == 0 && section_changes(s))
        rc = config_write_host(s->rt.config, s->fqdn, s->ipv4, s->ipv6, err);
    return rc;
}

/* With the configuration as it is now.  Forced: what was published or put off under an older grant
 * says nothing about this one, the name may even have moved to another provider. */
static int first_update(struct setup *s)
{
    struct error err = { 0 };
    runtime_free(&s->rt);
    int status = session_open(s->cli, &s->rt);
    if (status != EXIT_DONE)
        return status;
    if (!engine_check_host(s->rt.engine, s->fqdn, true) || engine_start(s->rt.engine, &err) < 0)
        return cli_fail(&err);
    session_settle(&s->rt);
    status = session_print_result(&s->rt, s->fqdn);
    session_tell_daemon(&s->rt, true);
    return status;
}

/* Consent was worth something all the same. */
static void say_by_hand(const struct setup *s)
{
    fprintf(stderr,
            "dcddns: the grant for %s is stored all the same; add this section to %s, then run: "
            "dcddns update %s\n\n[host %s]\nipv4 = %s\nipv6 = %s\n",
            s->fqdn, s->rt.config->path, s->fqdn, s->fqdn, s->ipv4 ? "yes" : "no",
            s->ipv6 ? "yes" : "no");
}

static int setup(struct setup *s)
{
    struct error err = { 0 };
    int status = session_open(s->cli, &s->rt);
    if (status != EXIT_DONE)
        return status;
    if (consent(s, &err) < 0) {
        status = cli_fail(&err);
        if (s->stored)
            say_by_hand(s);
        return status;
    }
    print_grant(s);
    return first_update(s);
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
        { "prove-pkce", no_argument, NULL, 'p' },
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
        s->prove = s->prove || option == 'p';
        s->code = option == 'c' ? optarg : s->code;
        s->code_file = option == 'f' ? optarg : s->code_file;
        if (option == '?')
            return cli_wrong_option(command, argv);
    }
    if (argc - optind != 1)
        return cli_usage(command, "it takes one name");
    if (s->code && s->code_file)
        return cli_usage(command, "--code and --code-file exclude each other");
    return session_name(command, argv[optind], s->fqdn) ? -1 : EXIT_USAGE;
}

int command_setup(const struct command *command, const struct cli *cli, int argc, char **argv)
{
    struct setup s = { .cli = cli };
    int status = parse(command, &s, argc, argv);
    if (status < 0)
        status = setup(&s);
    grant_clear(&s.before);
    pending_clear(&s.pending);
    session_close(&s.rt);
    return status;
}
