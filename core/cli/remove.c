/* `dcddns remove`: revert at the provider, then forget. */
#include <getopt.h>
#include <stdio.h>

#include "base/log.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "engine/update.h"
#include "state/grant_hosts.h"
#include "state/grant_index.h"
#include "state/pending.h"

enum { WORDS_MAX = 600, NAMES_SHOWN = 8 };

struct reverting {
    bool over;
    struct outcome outcome;
};

static void on_reverted(void *ctx, const struct outcome *outcome)
{
    struct reverting *r = ctx;
    r->outcome = *outcome;
    r->over = true;
}

static struct instance *find_auth(void *ctx, const char *name)
{
    return engine_auth(ctx, name);
}

/* 1 reverted, 0 the provider cannot (delete by hand), -1 try again later. */
static int revert(struct runtime *rt, const struct grant *grant, const char *fqdn,
                  struct error *err)
{
    struct reverting r = { 0 };
    const struct updater_options options = { .net = engine_net(rt->engine),
                                             .grants = engine_grants(rt->engine),
                                             .auth = find_auth,
                                             .ctx = rt->engine };
    const struct update_request request = { .what = UPDATE_REVERT,
                                            .grant = grant->id,
                                            .fqdn = fqdn };
    struct updater *updater = updater_new(&options);
    struct error ignored = { 0 }; /* a refresh says so, should it come to that */

    /* The engine made the strategies of the grants that serve a configured host. */
    if (grant->auth)
        engine_need_auth(rt->engine, grant->auth, &rt->modules, &ignored);
    if (!updater || !update_start(updater, &request, on_reverted, &r)) {
        updater_free(&updater);
        return error_set(err, ERR_LOCAL, "out of memory");
    }
    while (!r.over)
        net_turn(engine_net(rt->engine), -1);
    updater_free(&updater);
    *err = r.outcome.error;
    if (r.outcome.kind == OUTCOME_DONE)
        return 1;
    return r.outcome.kind == OUTCOME_TEMP || r.outcome.kind == OUTCOME_STOPPED ? -1 : 0;
}

/* Who still needs the grant. */
static void say_kept(const struct grant *grant, const char *fqdn)
{
    struct buf words = BUF_MAX(WORDS_MAX);
    struct error ignored = { 0 };
    char host[FQDN_MAX] = "";
    char *left = mem_strdup(grant->hosts);

    if (left && grant_covers(grant, fqdn, host) && grant_hosts_drop(&left, host, &ignored) == 0 &&
        left) {
        grant_hosts_say(&words, grant->zone, left, NAMES_SHOWN);
        printf("%s: its grant stays, for %s\n", fqdn, buf_text(&words));
    }
    buf_free(&words);
    mem_free(left);
}

static int forget(struct runtime *rt, const struct grant *grant, const char *fqdn)
{
    struct error err = { 0 };
    if (config_find_host(rt->config, fqdn) && config_remove_host(rt->config, fqdn, &err) < 0)
        return cli_fail(&err);
    if (grants_forget_host(engine_grants(rt->engine), fqdn, &err) < 0)
        return cli_fail(&err);
    if (pending_delete(engine_state(rt->engine), fqdn, &err) < 0)
        log_warn("%s; it is of no use after a day", err.text);
    records_remove(engine_records(rt->engine), fqdn);
    if (records_commit(engine_records(rt->engine), true, &err) < 0)
        log_warn("%s", err.text);
    printf("%s: forgotten here\n", fqdn);
    say_kept(grant, fqdn);
    session_tell_daemon(rt, false);
    return EXIT_DONE;
}

static void say_by_hand(const struct grant *grant, const char *fqdn, const struct error *why)
{
    if (why->text[0])
        printf("%s: the provider does not take the records back: %s\n", fqdn, why->text);
    printf("Delete the A and AAAA records of %s by hand at the DNS provider%s%s%s%s\n", fqdn,
           grant->provider_name && grant->provider_name[0] ? ", " : "",
           grant->provider_name ? grant->provider_name : "", grant->control_panel ? ": " : "",
           grant->control_panel ? grant->control_panel : "");
}

/* A consent may have been asked for all the same. */
static int forget_pending(const struct runtime *rt, const char *fqdn)
{
    struct pending pending = { 0 };
    struct error err = { 0 };
    enum pending_found found = PENDING_NONE;
    int rc = pending_load(engine_state(rt->engine), fqdn, &pending, &found, &err);

    pending_clear(&pending);
    if (rc == 0)
        rc = pending_delete(engine_state(rt->engine), fqdn, &err);
    if (rc < 0)
        return cli_fail(&err);
    if (found == PENDING_NONE) {
        fprintf(stderr, "dcddns: %s is neither configured nor granted\n", fqdn);
        return EXIT_PERMANENT;
    }
    printf("%s: forgotten here; only a consent was asked for\n", fqdn);
    return EXIT_DONE;
}

static int remove_host(struct runtime *rt, const char *fqdn, bool local)
{
    struct grant grant = { 0 };
    struct error err = { 0 };
    bool found = false;
    int status = EXIT_DONE;

    if (grants_find(engine_grants(rt->engine), fqdn, &grant, &found, &err) < 0 && !local)
        return cli_fail(&err);
    if (!found && !config_find_host(rt->config, fqdn))
        return forget_pending(rt, fqdn);
    if (config_host_is_ours(rt->config, fqdn, &err) < 0 ||
        (config_find_host(rt->config, fqdn) && config_can_write(rt->config, &err) < 0)) {
        status = cli_fail(&err);
        goto done;
    }
    int done = local || !found ? 0 : revert(rt, &grant, fqdn, &err);
    if (done < 0) {
        fprintf(stderr,
                "dcddns: %s: nothing was removed: %s; try again later, or forget it here only: "
                "dcddns remove --local %s\n",
                fqdn, err.text, fqdn);
        status = error_exit_status(err.class);
    } else {
        if (done > 0)
            printf("%s: the provider took its records back\n", fqdn);
        else
            say_by_hand(&grant, fqdn, &err);
        status = forget(rt, &grant, fqdn);
    }
done:
    grant_clear(&grant);
    return status;
}

int command_remove(const struct command *command, const struct cli *cli, int argc, char **argv)
{
    static const struct option options[] = { { "local", no_argument, NULL, 'l' },
                                             { "help", no_argument, NULL, 'h' },
                                             { 0 } };
    struct runtime rt = { 0 };
    char fqdn[FQDN_MAX] = "";
    bool local = false;
    int option = getopt_long(argc, argv, "", options, NULL);

    for (; option >= 0; option = getopt_long(argc, argv, "", options, NULL)) {
        if (option == 'h')
            return cli_help(command);
        if (option != 'l')
            return cli_wrong_option(command, argv);
        local = true;
    }
    if (argc - optind != 1)
        return cli_usage(command, "it takes one name");
    if (!session_name(command, argv[optind], fqdn))
        return EXIT_USAGE;
    int status = session_open(cli, &rt);
    if (status == EXIT_DONE)
        status = remove_host(&rt, fqdn, local);
    session_close(&rt);
    return status;
}
