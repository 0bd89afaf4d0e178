/* `dcddns setup`: discovery, consent, code, grant, host section, first update.  Nothing on disk
 * changes before the code has been exchanged; an existing grant survives whatever fails. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cli/cli.h"
#include "connect/consent.h"
#include "connect/discover.h"
#include "engine/exchange.h"

enum { LINE_MAX_BYTES = 8192, ATTEMPTS = 3 };

struct setup {
    struct runtime rt;
    const struct cli *cli;
    char fqdn[FQDN_MAX];
    bool ipv4, ipv6, yes, no_browser;
    bool stored; /* the grant is on disk */
    const char *code, *code_file;

    struct provider provider;
    struct grant before; /* the grant there was, id "" = none */
    char state[CONSENT_STATE_MAX];
    struct dcddns_fields keep;
};

/* The host has no section yet, or one with other families. */
static bool section_changes(const struct setup *s)
{
    const struct config_host *host = config_find_host(s->rt.config, s->fqdn);
    return !host || host->ipv4 != s->ipv4 || host->ipv6 != s->ipv6;
}

static void choose_families(struct setup *s)
{
    const struct config_host *host = config_find_host(s->rt.config, s->fqdn);
    if (s->ipv4 || s->ipv6)
        return;
    s->ipv4 = host ? host->ipv4 : true;
    s->ipv6 = host ? host->ipv6 : false;
}

/* A line without its end; false at end of file.  Wiped by the caller. */
static bool read_line(FILE *from, char line[LINE_MAX_BYTES])
{
    if (!fgets(line, LINE_MAX_BYTES, from))
        return false;
    line[strcspn(line, "\r\n")] = '\0';
    return true;
}

static bool agree(const struct setup *s, const char *question)
{
    char line[LINE_MAX_BYTES] = "";
    if (s->yes)
        return true;
    printf("%s [y/N] ", question);
    fflush(stdout);
    return read_line(stdin, line) && (line[0] == 'y' || line[0] == 'Y');
}

static int look_at_old_grant(struct setup *s, struct error *err)
{
    bool found = false;
    struct error damage = { 0 };

    if (grants_load(engine_grants(s->rt.engine), s->fqdn, &s->before, &found, &damage) < 0) {
        fprintf(stderr, "dcddns: %s; it is replaced when you consent again\n", damage.text);
        return 0;
    }
    if (!found || s->before.needs_consent || s->code || s->code_file || !os_is_terminal(0))
        return 0;
    if (agree(s, "There is a working grant for this name. Ask for consent again?"))
        return 0;
    return error_set(err, ERR_PERM, "nothing was changed");
}

/* A false TXT record must not lead tokens of a known name elsewhere unnoticed. */
static int accept_provider(const struct setup *s, struct error *err)
{
    const struct provider *p = &s->provider;
    if (!s->before.api_url || strcmp(s->before.api_url, p->api_url) == 0)
        return 0;
    printf("Until now %s was served by %s; DNS now names %s.\n", s->fqdn, s->before.api_url,
           p->api_url);
    if ((s->yes || os_is_terminal(0)) && agree(s, "Did you, or your provider, move it?"))
        return 0;
    return error_set(err, ERR_PERM,
                     "the urlAPI changed from %s to %s; nothing was changed. If that is "
                     "right, run setup again with --yes",
                     s->before.api_url, p->api_url);
}

static int print_consent_url(struct setup *s, struct instance *auth, struct error *err)
{
    struct observation v4 = { 0 }, v6 = { 0 };
    struct dcddns_fields params = { 0 };
    struct buf url = BUF_MAX(LINE_MAX_BYTES);
    const struct consent_target target = { .async_url = s->provider.async_url,
                                           .service_id = s->provider.service_id,
                                           .zone = s->provider.zone,
                                           .host = s->provider.host };

    engine_look(s->rt.engine, s->ipv4, s->ipv6, &v4, &v6);
    /* Other hosts may need the other family: the page must not promise it for this one. */
    if (!s->ipv4)
        v4 = (struct observation){ 0 };
    if (!s->ipv6)
        v6 = (struct observation){ 0 };
    int rc = consent_new_state(s->state, err);
    if (rc == 0)
        rc = consent_params(&params, &target, s->state, &v4.addr, &v6.addr, err);
    if (rc == 0)
        rc = instance_consent(auth, &params, &s->keep, err);
    if (rc == 0)
        rc = consent_url(&url, s->provider.async_url, &params, err);
    if (rc == 0) {
        printf("%s is served by %s. Open this page and approve:\n\n%s\n\n", s->fqdn,
               s->provider.name, buf_text(&url));
        fflush(stdout);
        if (!s->no_browser && os_browser_open(buf_text(&url)))
            puts("(It was opened in your browser.)");
    }
    fields_free(&params);
    buf_free(&url);
    return rc;
}

static int ask_code(const struct setup *s, char code[CONSENT_CODE_MAX], struct error *err)
{
    char line[LINE_MAX_BYTES] = "";
    int rc = -1;

    for (int i = 0; rc < 0 && i < (os_is_terminal(0) ? ATTEMPTS : 1); i++) {
        printf("Paste the code, or the whole address of the page that shows it: ");
        fflush(stdout);
        if (!read_line(stdin, line)) {
            error_set(err, ERR_PERM,
                      "no code was given, nothing was changed; run setup again when you "
                      "have one, or give it with: dcddns setup %s --code-file FILE",
                      s->fqdn);
            break;
        }
        rc = consent_read(line, s->state, code, err);
        if (rc < 0 && err->class != ERR_USAGE)
            break;
        if (rc < 0 && os_is_terminal(0))
            printf("%s\n", err->text);
    }
    if (!os_is_terminal(0))
        putchar('\n');
    mem_wipe(line, sizeof(line));
    if (rc < 0 && err->class == ERR_USAGE)
        err->class = ERR_PERM; /* the command line was right, the paste was not */
    return rc;
}

static int given_code(const struct setup *s, char code[CONSENT_CODE_MAX], struct error *err)
{
    char line[LINE_MAX_BYTES] = "";
    FILE *file = s->code_file ? fopen(s->code_file, "re") : NULL;
    bool got = file && read_line(file, line);
    int rc = -1;

    if (file)
        fclose(file);
    const char *text = s->code_file ? line : s->code;
    if (s->code_file && !got)
        error_set(err, ERR_PERM, "%s: cannot read a code from this file", s->code_file);
    else if (strstr(text, "://"))
        error_set(err, ERR_PERM,
                  "give the code only: the state in an address can be checked only by "
                  "the run of setup that printed its URL");
    else
        rc = consent_read(text, "", code, err);
    mem_wipe(line, sizeof(line));
    return rc;
}

static int fill_grant(const struct setup *s, struct grant *g, struct error *err)
{
    const struct provider *p = &s->provider;
    memcpy(g->id, s->fqdn, sizeof(g->id));
    memcpy(g->zone, p->zone, sizeof(g->zone));
    memcpy(g->host, p->host, sizeof(g->host));
    g->provider_id = mem_strdup(p->id);
    g->provider_name = mem_strdup(p->name);
    g->api_url = mem_strdup(p->api_url);
    g->async_url = mem_strdup(p->async_url);
    g->control_panel = mem_strdup(p->control_panel);
    g->service_id = mem_strdup(p->service_id);
    g->auth = mem_strdup(s->rt.config->auth);
    if (g->provider_id && g->provider_name && g->api_url && g->async_url && g->service_id &&
        g->auth)
        return 0;
    return error_set(err, ERR_LOCAL, "out of memory");
}

/* The new grant takes the place of the old one, one generation on. */
static int store(struct setup *s, struct grant *g, struct error *err)
{
    struct grant old = { 0 };
    struct error ignored = { 0 };
    bool found = false;
    struct grant_lock *lock = grants_lock(engine_grants(s->rt.engine), s->fqdn, err);
    int rc = -1;

    if (!lock)
        return -1;
    if (grants_load(engine_grants(s->rt.engine), s->fqdn, &old, &found, &ignored) == 0 && found)
        g->generation = old.generation;
    rc = grants_save(lock, g, err);
    grants_unlock(&lock);
    grant_clear(&old);
    s->stored = rc == 0;
    if (rc == 0 && section_changes(s))
        rc = config_write_host(s->rt.config, s->fqdn, s->ipv4, s->ipv6, err);
    return rc;
}

static int consent(struct setup *s, struct error *err)
{
    char code[CONSENT_CODE_MAX] = "";
    struct grant grant = { 0 };
    struct instance *auth = engine_auth(s->rt.engine, NULL);
    int rc = -1;

    if (section_changes(s) && (config_host_is_ours(s->rt.config, s->fqdn, err) < 0 ||
                               config_can_write(s->rt.config, err) < 0))
        return -1;
    if (look_at_old_grant(s, err) < 0 ||
        discover(engine_net(s->rt.engine), s->fqdn, s->ipv6, &s->provider, NULL, NULL, err) < 0 ||
        accept_provider(s, err) < 0)
        return -1;
    if (s->code || s->code_file)
        rc = given_code(s, code, err);
    else if (print_consent_url(s, auth, err) == 0)
        rc = ask_code(s, code, err);
    if (rc == 0)
        rc = fill_grant(s, &grant, err);
    if (rc == 0)
        rc = exchange_code(engine_net(s->rt.engine), auth, &s->keep, code, &grant, err);
    if (rc == 0)
        rc = store(s, &grant, err);
    grant_clear(&grant);
    mem_wipe(code, sizeof(code));
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
    choose_families(s);
    if (consent(s, &err) < 0) {
        status = cli_fail(&err);
        if (s->stored)
            say_by_hand(s);
        return status;
    }
    printf("The grant for %s is stored.\n", s->fqdn);
    return first_update(s);
}

static int parse(const struct command *command, struct setup *s, int argc, char **argv)
{
    static const struct option options[] = {
        { "ipv4", no_argument, NULL, '4' },       { "ipv6", no_argument, NULL, '6' },
        { "code", required_argument, NULL, 'c' }, { "code-file", required_argument, NULL, 'f' },
        { "no-browser", no_argument, NULL, 'n' }, { "yes", no_argument, NULL, 'y' },
        { "help", no_argument, NULL, 'h' },       { 0 },
    };
    int option = getopt_long(argc, argv, "", options, NULL);

    for (; option >= 0; option = getopt_long(argc, argv, "", options, NULL)) {
        if (option == 'h')
            return cli_help(command);
        s->ipv4 = s->ipv4 || option == '4';
        s->ipv6 = s->ipv6 || option == '6';
        s->no_browser = s->no_browser || option == 'n';
        s->yes = s->yes || option == 'y';
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
    provider_free(&s.provider);
    grant_clear(&s.before);
    fields_free(&s.keep);
    session_close(&s.rt);
    return status;
}
